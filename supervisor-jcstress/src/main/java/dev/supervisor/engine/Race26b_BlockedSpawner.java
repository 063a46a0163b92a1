package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Overflow;
import dev.supervisor.Task;
import java.util.concurrent.CountDownLatch;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.LJ_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawner that waits for a permit, against the end of the task that has it, and against what ends admission: no
 * wake-up is lost (S9; {@link Permits}).
 *
 * <p>The spawner adds its gate, and then looks for a permit. The thread that returns one does so, and then looks for
 * gates. A thread that seals does the same with the state. At least one of the two sees the other. Each return wakes one
 * spawner, which passes that on if it gives up.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race26b_BlockedSpawner"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * PassedOn:
 *         RESULT    SAMPLES     FREQ      EXPECT
 * interrupted, 0  1,064,663  100.00%  Acceptable
 * Returned:
 *      RESULT  SAMPLES     FREQ      EXPECT
 * accepted, 0  240,973  100.00%  Acceptable
 * Sealed:
 *            RESULT  SAMPLES     FREQ      EXPECT
 * is sealed, SEALED  332,160  100.00%  Acceptable
 * SealedThenReturned:
 *       RESULT  SAMPLES     FREQ      EXPECT
 * is sealed, 1  130,183  100.00%  Acceptable
 * TwoReturned:
 * RESULT    SAMPLES     FREQ      EXPECT
 *   0, 0  1,927,085  100.00%  Acceptable
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

    /** Another thread seals, and then runs the task. */
    @JCStressTest
    @Outcome(id = "is sealed, 1", expect = ACCEPTABLE, desc = "The spawner was refused, whether it waited or not.")
    @Outcome(expect = FORBIDDEN, desc = "The spawner sleeps on, or was accepted after the seal.")
    @State
    public static class SealedThenReturned {

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

        /** Seals, and runs the task. */
        @Actor
        public void sealer() {
            start.meet();
            Given.pause();
            supervisor.seal();
            Given.run(holder);
        }

        /** Counts the permits. */
        @Arbiter
        public void arbiter(LL_Result result) {
            result.r2 = supervisor.permits().free;
            supervisor.abort();
        }
    }

    /** Two threads return permits. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Both spawners are woken.")
    @Outcome(expect = FORBIDDEN, desc = "A spawner sleeps on.")
    @State
    public static class TwoReturned {

        private final Given.Start start = new Given.Start();
        private final Permits permits = new Permits(0);
        private final CountDownLatch first = Given.addGate(permits);
        private final CountDownLatch second = Given.addGate(permits);

        /** Wakes a spawner. */
        @Actor
        public void one() {
            start.meet();
            permits.wakeOne();
        }

        /** Wakes a spawner, too. */
        @Actor
        public void two() {
            start.meet();
            Given.hesitate();
            permits.wakeOne();
        }

        /** Looks who sleeps. */
        @Arbiter
        public void arbiter(JJ_Result result) {
            result.r1 = first.getCount();
            result.r2 = second.getCount();
        }
    }

    /** A spawner is interrupted, perhaps when it has been woken; the next one waits. */
    @JCStressTest
    @Outcome(id = "interrupted, 0", expect = ACCEPTABLE, desc = "The next spawner is woken.")
    @Outcome(expect = FORBIDDEN, desc = "The next spawner sleeps on.")
    @State
    public static class PassedOn {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = full();
        private final Task<?> holder = supervisor.spawn(Given.NOTHING);
        private CountDownLatch next;

        /** Spawns, with the interrupt status set. */
        @Actor
        public void spawner(LJ_Result result) {
            start.meet();
            Thread.currentThread().interrupt();
            try {
                supervisor.permits().await(supervisor);
                result.r1 = "woken";
            } catch (InterruptedException e) {
                result.r1 = Thread.interrupted() ? "interrupted" : "its status is lost";
            }
        }

        /** Wakes whoever has waited longest, when the next spawner waits, too. */
        @Actor
        public void waker() {
            start.meet();
            Given.hesitate();
            next = Given.addGate(supervisor.permits());
            supervisor.permits().wakeOne();
        }

        /** Looks whether it sleeps. */
        @Arbiter
        public void arbiter(LJ_Result result) {
            result.r2 = next.getCount();
            holder.cancel();
        }
    }
}
