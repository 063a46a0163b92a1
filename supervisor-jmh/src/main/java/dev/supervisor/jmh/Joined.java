package dev.supervisor.jmh;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: is a supervisor as fast while its owner waits in {@code join} (EXITING), as a server's does for months,
 * as it is before that (ENTERED)? As {@link Accounting#shared}, beside one task that lives all the time. Run it with
 * {@code -t} 1, 2, 4 and so on; the score is how many million tasks a second all threads together get done.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Joined extends Timed {

    /** One supervisor for all threads. */
    @State(Scope.Benchmark)
    public static class Shared {

        /** Whether somebody joins. */
        @Param({"ENTERED", "EXITING"})
        public Supervisor.State state;

        private final Supervisor supervisor = Supervisor.builder().unowned().executor(Runnable::run).open();
        private final CountDownLatch release = new CountDownLatch(1);

        /** Spawns the task that lives on, and joins. */
        @Setup
        public void setUp() {
            start(() -> supervisor.spawn(() -> release.await()));
            until(() -> supervisor.liveCount() == 1);
            if (state == Supervisor.State.EXITING) {
                start(supervisor::join);
                until(() -> supervisor.state() == state);
            }
        }

        /**
         * Ends it all.
         *
         * @throws InterruptedException never
         */
        @TearDown
        public void tearDown() throws InterruptedException {
            release.countDown();
            supervisor.join();
        }

        private static void start(Action action) {
            Thread thread = new Thread(() -> {
                try {
                    action.run();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        private static void until(BooleanSupplier holds) {
            while (!holds.getAsBoolean()) {
                Thread.onSpinWait();
            }
        }
    }

    /** One task. */
    @Benchmark
    public Task<?> spawn(Shared all) {
        return all.supervisor.spawn(Work.NONE);
    }
}
