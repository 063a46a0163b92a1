package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Threads that wait, against the last completion: each of them returns (C3, C4, C9).
 *
 * <p>The claim: no wake-up is lost, whatever other waiters do. {@link EndLatch} and {@link Termination} make sure of
 * it. A waiter installs the latch and then checks whether all is over. The last closer terminates the Phaser and then
 * looks for a latch. One of the two looks comes last.
 *
 * <p>A waiter spins for a while before it needs the latch. So the other actor pauses before the completion, for a
 * random time that is about as long. The race happens only now and then, but often enough. The actors meet before. If a
 * wait hangs, the {@link Watchdog} ends it, and that is an outcome.
 *
 * <p>A thread that comes later helps the threads that wait (C9), here the actor that goes on to close. So a wake-up
 * that the completion itself loses does not show here. It shows in {@link Race11b_TwoStripes}, where no thread comes
 * after the completion. Two threads that wait at once need a third: {@code Lincheck11_WaitersTest}.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race11a_TwoClosers"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * CloseShutdown:
 *             RESULT    SAMPLES     FREQ      EXPECT
 * FINISHED, FINISHED  7,034,876  100.00%  Acceptable
 * GivenUp:
 *                         RESULT    SAMPLES     FREQ      EXPECT
 * FINISHED, interrupted FINISHED  3,443,406  100.00%  Acceptable
 * JoinClose:
 *             RESULT    SAMPLES     FREQ      EXPECT
 * FINISHED, FINISHED  7,119,114  100.00%  Acceptable
 * }</pre>
 */
public final class Race11a_TwoClosers {

    private Race11a_TwoClosers() { }

    /** One actor joins. The other completes the task, and closes. */
    @JCStressTest
    @Outcome(id = "FINISHED, FINISHED", expect = ACCEPTABLE,
            desc = "Both have returned, and the supervisor was finished.")
    @Outcome(expect = FORBIDDEN, desc = "A waiter hangs, or has returned too early.")
    @State
    public static class JoinClose {

        private static final Watchdog FIRST = new Watchdog();
        private static final Watchdog SECOND = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final Task<?> last = supervisor.spawn(Given.NOTHING);

        /** Joins. */
        @Actor
        public void joiner(LL_Result result) {
            start.meet();
            result.r1 = FIRST.wait(() -> {
                supervisor.join();
                return Given.state(supervisor);
            });
        }

        /** Runs the task and closes. */
        @Actor
        public void closer(LL_Result result) {
            start.meet();
            Given.pause();
            Given.run(last);
            result.r2 = SECOND.wait(() -> {
                supervisor.close();
                return Given.state(supervisor);
            });
        }
    }

    /** The other actor first gives up a join of its own: the actor that goes on waiting loses nothing by that. */
    @JCStressTest
    @Outcome(id = "FINISHED, interrupted FINISHED", expect = ACCEPTABLE,
            desc = "Both have returned, and the supervisor was finished.")
    @Outcome(expect = FORBIDDEN, desc = "A waiter hangs, or has returned too early.")
    @State
    public static class GivenUp {

        private static final Watchdog FIRST = new Watchdog();
        private static final Watchdog SECOND = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final Task<?> last = supervisor.spawn(Given.NOTHING);

        /** Joins. */
        @Actor
        public void joiner(LL_Result result) {
            start.meet();
            result.r1 = FIRST.wait(() -> {
                supervisor.join();
                return Given.state(supervisor);
            });
        }

        /** Joins with a pending interrupt, which ends that wait. Then runs the task and closes. */
        @Actor
        public void closer(LL_Result result) {
            start.meet();
            String first = Given.givesUpAJoin(supervisor) ? "interrupted " : "not interrupted ";
            Given.pause();
            Given.run(last);
            result.r2 = first + SECOND.wait(() -> {
                supervisor.close();
                return Given.state(supervisor);
            });
        }
    }

    /** One actor closes, which aborts. The other runs the task and shuts down. */
    @JCStressTest
    @Outcome(id = "FINISHED, FINISHED", expect = ACCEPTABLE,
            desc = "Both have returned, and the supervisor was finished.")
    @Outcome(expect = FORBIDDEN, desc = "A waiter hangs, or has returned too early.")
    @State
    public static class CloseShutdown {

        private static final Watchdog FIRST = new Watchdog();
        private static final Watchdog SECOND = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final Task<?> last = supervisor.spawn(Given::pause);

        /** Closes. */
        @Actor
        public void closer(LL_Result result) {
            start.meet();
            result.r1 = FIRST.wait(() -> {
                supervisor.close();
                return Given.state(supervisor);
            });
        }

        /** Runs the task, unless it is cancelled first, and shuts down. */
        @Actor
        public void shutter(LL_Result result) {
            start.meet();
            Given.run(last);
            result.r2 = SECOND.wait(() -> {
                supervisor.shutdown();
                return Given.state(supervisor);
            });
        }
    }
}
