package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A spawn against an abort: no task escapes (A5, A3).
 *
 * <p>The claim: the spawner is rejected, or its task has been asked to cancel. This does not depend on timing. The
 * spawner publishes its task and then reads the flag. The aborter sets the flag and then reads the live set. One of the
 * two reads comes last (see {@link Lifecycle}).
 *
 * <p>The actors meet in the spawner's decorator, which runs between the spawner's two looks at the flag. A resident
 * task, which an abort asks but does not end, keeps the census open. So the spawner can enter even when admission has
 * ended.
 *
 * <p>No actor runs the task. So a task that was asked to cancel is CANCELLED at once. A task that escaped would stay
 * PENDING, and live.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race01a_SpawnAbort"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                           RESULT     SAMPLES    FREQ      EXPECT
 *    accepted, CANCELLED, FINISHED   4,826,715  31.17%  Acceptable
 * is shutting down, none, FINISHED  10,658,479  68.83%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, CANCELLED, FINISHED", expect = ACCEPTABLE, desc = "The visit has seen the task, and asked it.")
@Outcome(id = "is shutting down, none, FINISHED", expect = ACCEPTABLE,
        desc = "The spawner has seen the flag; nothing of the task remains.")
@Outcome(expect = FORBIDDEN, desc = "A task has escaped, or a rejected one has left something behind.")
@State
public class Race01a_SpawnAbort {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = (Scope) Given.builder().unowned().decorator(this::between).open();
    private final SupervisedTask<?> resident = Given.claimed(supervisor);
    private Object spawned;

    private Runnable between(Runnable body) {
        if (resident != null) {   // null while the resident is spawned, which takes no part in the race
            start.meet();
            Given.hesitate();
        }
        return body;
    }

    /** Spawns. */
    @Actor
    public void spawner() {
        spawned = Given.spawn(supervisor);
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        Given.hesitate();
        supervisor.abort();
    }

    /** Checks what has become of the task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        Given.drop(resident);
        result.r1 = Given.told(spawned);
        result.r2 = Given.statusOf(spawned);
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
