package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: what does a time limit cost that does not pass? A task that does nothing is run by its spawner, with a
 * limit of an hour or without one; so the difference is what the limit costs. For others it is to start a timer of an
 * hour, and to cancel it. Run it with {@code -t} 1 and 2.
 *
 * <ul>
 * <li>{@code spawn}: no limit, and no spec.
 * <li>{@code spec}: no limit, by a spec.
 * <li>{@code timeout}: a limit.
 * <li>{@code schedule}: a {@code ScheduledThreadPoolExecutor} with one thread, which removes what is cancelled.
 * <li>{@code wheel}: Netty's {@code HashedWheelTimer}.
 * </ul>
 */
@Fork(value = 3, jvmArgsAppend = {"-XX:+UseG1GC", "-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch", "--enable-preview"})
public class TimeLimits extends Timed {

    private static final Duration LIMIT = Duration.ofHours(1);

    /** What is asked, by all threads together. */
    @State(Scope.Benchmark)
    public static class Asked {

        /** Who sets the limit. */
        @Param({"spawn", "spec", "timeout", "schedule", "wheel"})
        public String by;

        /** How many other tasks live, or timers run, all the while. */
        @Param({"1000", "1000000"})
        public int outstanding;

        private Way way;

        /** Brings the others to life. */
        @Setup
        public void setUp() {
            way = switch (by) {
                case "spawn", "spec", "timeout" -> new Supervised(by, outstanding);
                default -> new ByTimer(by, outstanding);
            };
        }

        /** Ends them. */
        @TearDown
        public void tearDown() {
            way.close();
        }
    }

    private interface Way extends AutoCloseable {

        Object once();

        @Override
        void close();
    }

    /** By a supervisor. */
    private static final class Supervised implements Way {

        private final Held held = new Held();
        private final Supervisor supervisor = Supervisor.builder().unowned().executor(held).open();
        private final TaskSpec spec;

        Supervised(String by, int outstanding) {
            TaskSpec plain = supervisor.spec("limited");
            spec = by.equals("spawn") ? null : by.equals("spec") ? plain : plain.timeout(LIMIT);
            for (int task = 0; task < outstanding; task++) {
                once();
            }
            held.runs = true;
        }

        @Override
        public Object once() {
            return spec == null ? supervisor.spawn(Work.NONE) : spec.spawn(Work.NONE);
        }

        @Override
        public void close() {
            supervisor.shutdown();
        }
    }

    /** Keeps tasks at first, then runs each in its spawner. */
    private static final class Held implements Executor {

        private final List<Runnable> tasks = new ArrayList<>();
        private boolean runs;

        @Override
        public void execute(Runnable task) {
            if (runs) {
                task.run();
            } else {
                tasks.add(task);
            }
        }
    }

    /** By a timer. */
    private static final class ByTimer implements Way {

        private final Timer timer;

        ByTimer(String by, int outstanding) {
            timer = Timer.of(by);
            for (int started = 0; started < outstanding; started++) {
                timer.start(Work.NONE, LIMIT.toNanos());
            }
        }

        @Override
        public Object once() {
            Timer.Ticket ticket = timer.start(Work.NONE, LIMIT.toNanos());
            ticket.cancel();
            return ticket;
        }

        @Override
        public void close() {
            timer.close();
        }
    }

    /** One task, or one timer. */
    @Benchmark
    public Object limit(Asked asked) {
        return asked.way.once();
    }
}
