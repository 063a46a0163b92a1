package dev.supervisor.jmh;

import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: how long until a million sleeping tasks have been told to cancel and are gone, and what does each of
 * them hold while it sleeps? The score is the time from the abort until all have ended; {@code bytesPerTask} is what
 * the heap holds more, after a collection, than before they were started.
 *
 * <p>The first abort in a JVM takes several times as long as the next ones, whoever looks after the tasks; the score is
 * that of the fourth, {@code firstMillis} that of the first.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 1)   // JMH adds counters up over iterations
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseG1GC", "-Xms10g", "-Xmx10g", "-XX:+AlwaysPreTouch", "--enable-preview"})
public class Abort {

    /** What the tasks hold. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Footprint {
        /** Heap, in bytes, by the number of tasks. */
        public long bytesPerTask;
        /** How long the first abort in this JVM has taken. */
        public long firstMillis;
    }

    /** The tasks. */
    @State(Scope.Thread)
    public static class Tasks {

        /** Who looks after them. */
        @Param({"bare", "supervised", "structured"})
        public String by;

        /** How many there are. */
        @Param("1000000")
        public int tasks;

        private Sleepers sleepers;
        private long bytesPerTask;
        private long firstMillis;

        /**
         * Starts them, and waits until all sleep.
         *
         * @throws Exception never
         */
        @Setup(Level.Iteration)
        public void setUp() throws Exception {
            long before = used();
            sleepers = Sleepers.of(by);
            CountDownLatch asleep = new CountDownLatch(tasks);
            sleepers.start(tasks, () -> {
                asleep.countDown();
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    // as it should be
                }
            });
            asleep.await();
            bytesPerTask = (used() - before) / tasks;
        }

        /** Lets them be collected. */
        @TearDown(Level.Iteration)
        public void tearDown() {
            sleepers = null;
        }

        private static long used() {
            System.gc();
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }
    }

    /**
     * All at once.
     *
     * @throws Exception never
     */
    @Benchmark
    public void abort(Tasks all, Footprint footprint) throws Exception {
        footprint.bytesPerTask = all.bytesPerTask;   // here, for what is set before an iteration is forgotten
        long begin = System.nanoTime();
        all.sleepers.abortAndJoin();
        if (all.firstMillis == 0) {
            all.firstMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        }
        footprint.firstMillis = all.firstMillis;
    }
}
