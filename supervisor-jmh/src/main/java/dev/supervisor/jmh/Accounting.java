package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.jmh.alternatives.Alternative;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The question: what does it cost to account for a task, and how does that scale? The executor is
 * {@code Runnable::run}, the body does nothing, and the supervisor is open all the time: nothing but admission and
 * completion is left. {@link #shared} has one supervisor for all threads, {@link #own} one for each: so much scaling
 * the machine allows. Run it with {@code -t} 1, 2, 4 and so on; the score is how many million tasks a second all threads
 * together get done.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Accounting extends Timed {

    private static final Executor CALLER = Runnable::run;

    private static Supervisor open() {
        return Supervisor.builder().unowned().executor(CALLER).open();
    }

    /** One supervisor for all threads. */
    @State(Scope.Benchmark)
    public static class Shared {
        private final Supervisor supervisor = open();
    }

    /** A supervisor for each thread. */
    @State(Scope.Thread)
    public static class Own {
        private final Supervisor supervisor = open();
    }

    /** A rejected design, one for all threads. */
    @State(Scope.Benchmark)
    public static class Rejected {

        /** Which one. */
        @Param({"HASH_SET", "CELLS", "KEY_SET"})
        public Alternative.Kind kind;

        private Alternative supervisor;

        /** Makes it. */
        @Setup
        public void setUp() {
            supervisor = new Alternative(kind, CALLER);
        }
    }

    /** The executor alone. */
    @Benchmark
    public void bare() {
        CALLER.execute(Work.NONE);
    }

    /** All into one. */
    @Benchmark
    public Task<?> shared(Shared all) {
        return all.supervisor.spawn(Work.NONE);
    }

    /** Each into its own. */
    @Benchmark
    public Task<?> own(Own mine) {
        return mine.supervisor.spawn(Work.NONE);
    }

    /** All into one of another design. */
    @Benchmark
    public void alternative(Rejected all) {
        all.supervisor.spawn(Work.NONE);
    }
}
