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
 * While the owner waits, a spawn against the completion of the last task (A3, A5, C9).
 *
 * <p>The claim: the spawn is accepted, and the supervisor waits for that task too; or the spawn is rejected because the
 * supervisor is finished, and then the supervisor is finished. There is no third outcome: the end waits for every
 * accepted task, no supervisor rejects the spawn and stays open, and no finished supervisor opens again.
 *
 * <p>{@link Census} decides. The spawner raises {@code entered}, and the last finisher closes the stripe, both by
 * compare-and-set of the same word. A spawner that is rejected brings the end about itself, if the last finisher has
 * not done so yet (C9). So this race does not show which thread announces the end; the races of the census do.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race04_SpawnLastCompletion"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                          RESULT    SAMPLES    FREQ      EXPECT
 *     accepted, EXITING, FINISHED  4,365,477  50.98%  Acceptable
 * is finished, FINISHED, FINISHED  4,197,477  49.02%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, EXITING, FINISHED", expect = ACCEPTABLE,
        desc = "The spawn came first: the supervisor waits for its task, and finishes with it.")
@Outcome(id = "is finished, FINISHED, FINISHED", expect = ACCEPTABLE,
        desc = "The completion came first: the supervisor is finished.")
@Outcome(expect = FORBIDDEN,
        desc = "No thread waits for the task, or a finished supervisor opened again, or it never ends.")
@State
public class Race04_SpawnLastCompletion {

    private final Scope supervisor = Given.unowned();
    private final Task<?> last = supervisor.spawn(Given.NOTHING);
    private Object spawned;

    /** Starts EXITING, with one live task. */
    public Race04_SpawnLastCompletion() {
        Given.exiting(supervisor);
    }

    /** Spawns. */
    @Actor
    public void spawner() {
        spawned = Given.spawn(supervisor);
    }

    /** Runs the last task. */
    @Actor
    public void finisher() {
        Given.run(last);
    }

    /** Checks whether the supervisor is finished, then runs the spawned task, if there is one, and checks again. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = Given.told(spawned);
        result.r2 = Given.state(supervisor);
        if (spawned instanceof Task<?> task) {
            Given.run(task);
        }
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
