package dev.supervisor;

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
 * <p>The claim: the spawner is rejected, or its task has been told to cancel. Nobody has to be lucky: the spawner
 * publishes its task and then reads the flag; the aborter sets the flag and then reads the live set. One of the two
 * reads comes last (see {@link Lifecycle}). A resident task keeps the census open, so that the spawner may get past it
 * even when admission has ended.
 *
 * <p>The task is never run, so one that was told is CANCELLED at once, and one that escaped would be PENDING for ever,
 * and live.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race01"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                           RESULT    SAMPLES    FREQ      EXPECT
 *    accepted, CANCELLED, FINISHED    632,711   6.83%  Acceptable
 * is shutting down, none, FINISHED  8,626,563  93.17%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, CANCELLED, FINISHED", expect = ACCEPTABLE, desc = "The sweep has seen the task, and told it.")
@Outcome(id = "is shutting down, none, FINISHED", expect = ACCEPTABLE,
        desc = "The spawner has seen the flag; nothing of the task is left.")
@Outcome(expect = FORBIDDEN, desc = "A task has escaped, or a rejected one has left something behind.")
@State
public class Race01_SpawnAbort {

    /** Makes the spawner slow between its two looks at the flag. */
    private static final TaskDecorator SLOW = task -> {
        Given.pause();
        return task;
    };
    private static final Supervisor.Builder UNOWNED = Supervisor.builder()
            .name("stress").executor(Given.LATER).unowned().decorator(SLOW).onFailure(FailureHandler.ignore());

    private final Supervisor supervisor = UNOWNED.open();
    private Object spawned;

    /** Starts with one live task. */
    public Race01_SpawnAbort() {
        supervisor.spawn(Given.NOTHING);
    }

    /** Spawns. */
    @Actor
    public void spawner() {
        spawned = Given.spawn(supervisor);
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        supervisor.abort();
    }

    /** Looks what has become of the task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = Given.told(spawned);
        result.r2 = Given.statusOf(spawned);
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
