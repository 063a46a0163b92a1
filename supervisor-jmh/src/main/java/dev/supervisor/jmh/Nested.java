package dev.supervisor.jmh;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: how long does an abort of tasks take each of which runs inside of the one before, on one platform
 * thread? The score is the time of the whole; {@code abortMicros} is that from the abort, by the innermost, until the
 * outermost has ended. It should be four times as long for four times as many.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 10)
@Measurement(iterations = 1)   // JMH adds counters up over iterations
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseG1GC", "-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch"})
public class Nested {

    private static final long STACK = 2_000_000_000;

    /** What counts. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Unwinding {
        /** Microseconds. */
        public long abortMicros;
    }

    /** How deep. */
    @State(Scope.Thread)
    public static class Depth {
        /** How many tasks there are. */
        @Param({"25000", "100000"})
        public int tasks;
    }

    /** A task that spawns the next one in itself, and so on; the last one aborts. */
    private static final class Nest implements Action {

        private final Supervisor supervisor = Supervisor.builder().unowned().executor(Runnable::run).open();
        private int left;
        private long aborted;
        private long ended;

        Nest(int tasks) {
            left = tasks;
        }

        @Override
        public void run() {
            if (--left > 0) {
                supervisor.execute(this::run);
            } else {
                aborted = System.nanoTime();
                supervisor.abort();
            }
        }

        void all() {
            supervisor.execute(this::run);
            ended = System.nanoTime();
            Thread.interrupted();   // of the outermost, which nothing is around
            supervisor.shutdown();
        }
    }

    /**
     * All of them.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void abort(Depth depth, Unwinding unwinding) throws InterruptedException {
        Nest nest = new Nest(depth.tasks);
        Thread thread = new Thread(null, nest::all, "nested", STACK);
        thread.start();
        thread.join();
        if (nest.left > 0) {
            throw new AssertionError(nest.left + " tasks were not reached");
        }
        unwinding.abortMicros = TimeUnit.NANOSECONDS.toMicros(nest.ended - nest.aborted);
    }
}
