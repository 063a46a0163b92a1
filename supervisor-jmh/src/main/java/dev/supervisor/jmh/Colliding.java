package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: what if two threads that spawn into one supervisor are sent to the same of its stripes? They are chosen
 * by their ids, which are what a stripe is found by: to be sent to one stripe at first, or to two. As {@link
 * Accounting#shared}; the score is ns per task of either thread.
 */
public class Colliding extends Timed {

    private static final int TASKS = 100_000;

    // As dev.supervisor.Stripes has it.
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int STRIPES =
            Math.min(64, Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 4));

    /** Two threads. */
    @State(Scope.Benchmark)
    public static class Two {

        /** To how many stripes their ids lead at first. */
        @Param({"one", "two"})
        public String stripes;

        private final Supervisor supervisor = Supervisor.builder().unowned().executor(Runnable::run).open();
        private final CyclicBarrier barrier = new CyclicBarrier(3);
        private volatile boolean over;

        /** Starts them. */
        @Setup
        public void setUp() {
            Thread first = new Thread(this::spawn);
            Thread second;
            do {
                second = new Thread(this::spawn);
            } while ((stripe(first) == stripe(second)) != stripes.equals("one"));
            start(first);
            start(second);
        }

        /** Ends them. */
        @TearDown
        public void tearDown() {
            over = true;
            meet();
        }

        private void spawn() {
            meet();
            while (!over) {
                for (int tasks = TASKS; tasks > 0; tasks--) {
                    supervisor.spawn(Work.NONE);
                }
                meet();
                meet();
            }
        }

        private void meet() {
            try {
                barrier.await();
            } catch (InterruptedException | BrokenBarrierException e) {
                throw new AssertionError(e);
            }
        }

        private static void start(Thread thread) {
            thread.setDaemon(true);
            thread.start();
        }

        @SuppressWarnings("deprecation")   // threadId() is there from JDK 19 on
        private static int stripe(Thread thread) {
            return (int) (thread.getId() * GOLDEN >>> Long.SIZE - Integer.numberOfTrailingZeros(STRIPES));
        }
    }

    /** Both spawn. */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void spawn(Two threads) {
        threads.meet();
        threads.meet();
    }
}
