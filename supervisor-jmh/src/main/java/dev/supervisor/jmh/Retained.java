package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.jmh.alternatives.Alternative;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The question: what does a supervisor hold after a hundred million tasks? Always 128 are live, the oldest of which is
 * run when one comes. The heap is read after a collection, at forty points of the way; who has not arrived after a
 * minute is left where he is.
 *
 * <pre>{@code
 * java -Xmx6g -cp supervisor-jmh/target/benchmarks.jar dev.supervisor.jmh.Retained 100000000 docs/benchmarks/raw/retained.csv
 * }</pre>
 */
public final class Retained {

    private static final int LIVE = 128;
    private static final int POINTS = 40;
    private static final int WARM_UP = 100_000;
    private static final long LONGEST = TimeUnit.MINUTES.toNanos(1);

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
        List<String> lines = new ArrayList<>(List.of("by,tasks,bytes"));
        // What the first measurement loads and makes, once for all, is not what is asked for.
        measure("warm-up", Retained::supervised, WARM_UP, new ArrayList<>());
        measure("supervised", Retained::supervised, tasks, lines);
        measure("cells", executor -> new Alternative(Alternative.Kind.CELLS, executor)::spawn, tasks, lines);
        measure("keySet", executor -> new Alternative(Alternative.Kind.KEY_SET, executor)::spawn, tasks, lines);
        measure("hashSet", executor -> new Alternative(Alternative.Kind.HASH_SET, executor)::spawn, tasks, lines);
        Path file = Path.of(args[1]);
        if (file.getParent() != null) {
            Files.createDirectories(file.getParent());
        }
        Files.write(file, lines);
    }

    private static Executor supervised(Executor executor) {
        return Supervisor.builder().unowned().executor(executor).open();
    }

    private static void measure(String name, Function<Executor, Executor> open, long tasks, List<String> lines) {
        Executor spawner = open.apply(new Oldest());
        for (int live = 0; live < LIVE; live++) {
            spawner.execute(Work.NONE);
        }
        long before = used();
        long begin = System.nanoTime();
        lines.add(name + ",0,0");
        long done = 0;
        for (int point = 1; point <= POINTS && System.nanoTime() - begin < LONGEST; point++) {
            for (long until = tasks / POINTS * point; done < until; done++) {
                spawner.execute(Work.NONE);
            }
            lines.add(name + "," + done + "," + (used() - before));
        }
        Reference.reachabilityFence(spawner);
        System.out.println(lines.get(lines.size() - 1) + " after " + (System.nanoTime() - begin) / 1_000_000 + " ms");
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
