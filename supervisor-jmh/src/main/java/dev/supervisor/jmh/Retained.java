package dev.supervisor.jmh;

import static java.nio.file.StandardOpenOption.APPEND;

import dev.supervisor.Supervisor;
import dev.supervisor.TaskSpec;
import dev.supervisor.jmh.alternatives.Alternative;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The question: what does a supervisor hold after a hundred million tasks? Always 128 are live, the oldest of which is
 * run when one comes. The heap is read after a collection, at forty points of the way; who has not arrived after
 * three minutes, or has run out of memory, is left where he is.
 *
 * <pre>{@code
 * java -Xmx6g -cp supervisor-jmh/target/benchmarks.jar dev.supervisor.jmh.Retained 100000000 docs/benchmarks/raw/retained.csv
 * }</pre>
 */
public final class Retained {

    private static final int LIVE = 128;
    private static final int POINTS = 40;
    private static final int WARM_UP = 100_000;
    private static final long LONGEST = TimeUnit.MINUTES.toNanos(3);

    private Retained() { }

    /**
     * Runs all, one after the other.
     *
     * @param args the number of tasks, and where the results go
     * @throws IOException if they cannot be written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("Retained TASKS FILE");
        }
        long tasks = Long.parseLong(args[0]);
        Path file = Path.of(args[1]);
        if (file.getParent() != null) {
            Files.createDirectories(file.getParent());
        }
        Files.write(file, List.of("by,tasks,bytes"));
        // What the first measurement loads and makes, once for all, is not what is asked for.
        measure("warm-up", Retained::supervised, WARM_UP);
        Files.write(file, measure("supervised", Retained::supervised, tasks), APPEND);
        Files.write(file, measure("limited", Retained::limited, tasks), APPEND);
        Files.write(file, measure("cells", alternative(Alternative.Kind.CELLS), tasks), APPEND);
        Files.write(file, measure("keySet", alternative(Alternative.Kind.KEY_SET), tasks), APPEND);
        Files.write(file, measure("hashSet", alternative(Alternative.Kind.HASH_SET), tasks), APPEND);
    }

    private static Function<Executor, Executor> alternative(Alternative.Kind kind) {
        return executor -> new Alternative(kind, executor)::spawn;
    }

    private static Executor supervised(Executor executor) {
        return Supervisor.builder().unowned().executor(executor).open();
    }

    /** Each task with a limit of an hour. */
    private static Executor limited(Executor executor) {
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        TaskSpec spec = supervisor.spec("limited").timeout(Duration.ofHours(1));
        return body -> spec.spawn(body::run);
    }

    private static List<String> measure(String name, Function<Executor, Executor> open, long tasks) {
        long[] bytes = new long[POINTS + 1];   // made before the heap is read, and nothing else between
        int points = 0;
        Executor spawner = open.apply(new Oldest());
        for (int live = 0; live < LIVE; live++) {
            spawner.execute(Work.NONE);
        }
        long before = used();
        long begin = System.nanoTime();
        try {
            while (points < POINTS && System.nanoTime() - begin < LONGEST) {
                for (long task = tasks / POINTS; task > 0; task--) {
                    spawner.execute(Work.NONE);
                }
                bytes[++points] = used() - before;
            }
        } catch (OutOfMemoryError noMemory) {
            System.out.println(name + " has run out of memory");
        }
        Reference.reachabilityFence(spawner);
        long millis = (System.nanoTime() - begin) / 1_000_000;
        List<String> lines = new ArrayList<>();
        for (int point = 0; point <= points; point++) {
            lines.add(name + "," + tasks / POINTS * point + "," + bytes[point]);
        }
        System.out.println(lines.get(points) + " after " + millis + " ms");
        return lines;
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Holds 128 tasks, and runs the oldest for each that comes. */
    private static final class Oldest implements Executor {

        private final Runnable[] live = new Runnable[LIVE];
        private int next;

        @Override
        public void execute(Runnable task) {
            Runnable oldest = live[next];
            live[next] = task;
            next = (next + 1) % LIVE;
            if (oldest != null) {
                oldest.run();
            }
        }
    }
}
