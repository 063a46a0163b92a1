package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Overflow;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawner that waits for a permit, against the end of the task that has it, and against what ends admission: no
 * wake-up is lost (S9; {@link Permits}).
 *
 * <p>The spawner says that it waits, and then looks for a permit. The thread that returns one does so, and then looks
 * for threads that wait. A thread that seals does the same with the state. At least one of the two sees the other.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race26b_BlockedSpawner"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Returned:
 *      RESULT  SAMPLES     FREQ      EXPECT
 * accepted, 0  124,567  100.00%  Acceptable
 * Sealed:
 *            RESULT  SAMPLES     FREQ      EXPECT
 * is sealed, SEALED   73,232  100.00%  Acceptable
 * }</pre>
 */
public final class Race26b_BlockedSpawner {

    private Race26b_BlockedSpawner() { }

    private static Scope full() {
        return (Scope) Given.builder().unowned().maxTasks(1, Overflow.BLOCK).open();
    }

    /** The task ends. */
    @JCStressTest
    @Outcome(id = "accepted, 0", expect = ACCEPTABLE, desc = "The spawner got the permit.")
    @Outcome(expect = FORBIDDEN, desc = "The spawner sleeps on, or the permit was lost.")
    @State
    public static class Returned {

        private static final Watchdog SPAWNER = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = full();
        private final Task<?> holder = supervisor.spawn(Given.NOTHING);

        /** Spawns. */
        @Actor
        public void spawner(LL_Result result) {
            start.meet();
            result.r1 = SPAWNER.wait(() -> Given.told(Given.spawn(supervisor)));
        }

        /** Runs the task. */
        @Actor
        public void runner() {
            start.meet();
            Given.pause();
            Given.run(holder);
        }

        /** Counts the permits. */
        @Arbiter
        public void arbiter(LL_Result result) {
            result.r2 = supervisor.permits().free;
            supervisor.abort();
        }
    }

    /** Another thread seals. */
    @JCStressTest
    @Outcome(id = "is sealed, SEALED", expect = ACCEPTABLE, desc = "The spawner was refused, whether it waited or not.")
    @Outcome(expect = FORBIDDEN, desc = "The spawner sleeps on, or is told something else.")
    @State
    public static class Sealed {

        private static final Watchdog SPAWNER = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = full();
        private final Task<?> holder = supervisor.spawn(Given.NOTHING);

        /** Spawns. */
        @Actor
        public void spawner(LL_Result result) {
            start.meet();
            result.r1 = SPAWNER.wait(() -> Given.told(Given.spawn(supervisor)));
        }

        /** Seals. */
        @Actor
        public void sealer() {
            start.meet();
            Given.pause();
            supervisor.seal();
        }

        /** Checks the state. */
        @Arbiter
        public void arbiter(LL_Result result) {
            result.r2 = Given.state(supervisor);
            holder.cancel();
        }
    }
}
