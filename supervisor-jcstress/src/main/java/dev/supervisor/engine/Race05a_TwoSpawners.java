package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * While the owner waits, two spawners against the last completion, which one of them does itself (A3, C9).
 *
 * <p>The claim: both are accepted or both are rejected. The spawner that has completed the last task can be accepted
 * only because the other one is. A spawner that was accepted before keeps the supervisor open for later spawns. Either
 * way the count is right and the end comes. (A spawner that is rejected brings the end about, as in
 * {@link Race04_SpawnLastCompletion}.)
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race05a_TwoSpawners"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                                        RESULT    SAMPLES    FREQ      EXPECT
 *        accepted, accepted, EXITING 2 FINISHED  8,175,489  90.19%  Acceptable
 * is finished, is finished, FINISHED 0 FINISHED    889,225   9.81%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, accepted, EXITING 2 FINISHED", expect = ACCEPTABLE,
        desc = "The first spawner came before the completion.")
@Outcome(id = "is finished, is finished, FINISHED 0 FINISHED", expect = ACCEPTABLE,
        desc = "The completion came first: the supervisor is finished for both.")
@Outcome(expect = FORBIDDEN, desc = "A finished supervisor opened again, or it finished while a task was live.")
@State
public class Race05a_TwoSpawners {

    private final Scope supervisor = Given.unowned();
    private final Task<?> last = supervisor.spawn(Given.NOTHING);
    private Object first;
    private Object second;

    /** Starts EXITING, with one live task. */
    public Race05a_TwoSpawners() {
        Given.exiting(supervisor);
    }

    /** Spawns. */
    @Actor
    public void spawner() {
        first = Given.spawn(supervisor);
    }

    /** Runs the last task, then spawns. */
    @Actor
    public void finisher() {
        Given.run(last);
        second = Given.spawn(supervisor);
    }

    /** Checks the state, and again after the end of every task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = Given.told(first);
        result.r2 = Given.told(second);
        String before = Given.state(supervisor) + " " + supervisor.liveCount() + " ";
        for (Object spawned : new Object[] {first, second}) {
            if (spawned instanceof Task<?> task) {
                Given.run(task);
            }
        }
        result.r3 = before + Given.state(supervisor);
    }
}
