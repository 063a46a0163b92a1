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
 * A spawn against a seal (A3, A4).
 *
 * <p>The claim: the spawn is accepted, or it is rejected as sealed, and leaves nothing half done. A spawn that begins
 * after the seal has returned is rejected, though a task is live. The flag alone decides that: the census would accept
 * the spawn while a task is live. Once the task, or both tasks, are done, the supervisor is finished.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race02_SpawnSeal"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                                  RESULT     SAMPLES    FREQ      EXPECT
 *  accepted, is sealed, SEALED 2 FINISHED  11,783,237  93.54%  Acceptable
 * is sealed, is sealed, SEALED 1 FINISHED     814,277   6.46%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, is sealed, SEALED 2 FINISHED", expect = ACCEPTABLE,
        desc = "The spawn came first: its task is live beside the resident.")
@Outcome(id = "is sealed, is sealed, SEALED 1 FINISHED", expect = ACCEPTABLE, desc = "The seal came first.")
@Outcome(expect = FORBIDDEN, desc = "A spawn after the seal was accepted, or a count is wrong.")
@State
public class Race02_SpawnSeal {

    private final Scope supervisor = Given.unowned();
    private final Task<?> resident = supervisor.spawn(Given.NOTHING);
    private Object spawned;

    /** Spawns. */
    @Actor
    public void spawner() {
        spawned = Given.spawn(supervisor);
    }

    /** Seals, then spawns. */
    @Actor
    public void sealer(LLL_Result result) {
        supervisor.seal();
        result.r2 = Given.told(Given.spawn(supervisor));
    }

    /** Checks the state, and again after the end of every task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = Given.told(spawned);
        String before = Given.state(supervisor) + " " + supervisor.liveCount() + " ";
        Given.run(resident);
        if (spawned instanceof Task<?> task) {
            Given.run(task);
        }
        result.r3 = before + Given.state(supervisor);
    }
}
