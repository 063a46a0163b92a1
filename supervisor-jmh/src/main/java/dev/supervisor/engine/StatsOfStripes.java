package dev.supervisor.engine;

import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import dev.supervisor.jmh.Timed;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The question: what does {@code stats()} cost, with as many stripes as there can be, and with one? The supervisor is
 * given its stripes, and has had a task that failed, so all numbers are there.
 */
public class StatsOfStripes extends Timed {

    /** The supervisor that is asked. */
    @State(org.openjdk.jmh.annotations.Scope.Benchmark)
    public static class Asked {

        /** How many stripes it has. */
        @Param({"1", "64"})
        public int stripes;

        private final Scope supervisor = (Scope) Supervisor.builder().unowned().executor(Runnable::run)
                .onFailure((task, failure) -> { }).open();

        /**
         * Gives it its stripes.
         *
         * @throws ReflectiveOperationException never
         */
        @Setup
        public void setUp() throws ReflectiveOperationException {
            VarHandle table = MethodHandles.privateLookupIn(Census.class, MethodHandles.lookup())
                    .findVarHandle(Census.class, "table", Object.class);
            Stripes made = Stripes.one();
            while (made.all.length < stripes) {
                made = made.doubled();
            }
            table.setVolatile(supervisor.census, made);
            supervisor.spawn(() -> {
                throw new IllegalStateException("on purpose");
            });
        }
    }

    /** One snapshot. */
    @Benchmark
    public SupervisorStats stats(Asked asked) {
        return asked.supervisor.stats();
    }
}
