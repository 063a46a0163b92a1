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
 * A spawn against an abort, when admission has ended already (A5): {@link Race01_SpawnAbort} without a fence that helps.
 *
 * <p>The first abort of an open supervisor ends admission by a compare-and-set, which happens to lie between its flag
 * and its sweep. Here somebody joins, so nothing lies between them but reads. Were the flag written by a mere store,
 * the sweep could overtake it, even on x86.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race01_SpawnAbortExiting"
 *
 * Observed (OBSERVED):
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, CANCELLED, FINISHED", expect = ACCEPTABLE, desc = "The sweep has seen the task, and told it.")
@Outcome(id = "is shutting down, none, FINISHED", expect = ACCEPTABLE,
        desc = "The spawner has seen the flag; nothing of the task is left.")
@Outcome(expect = FORBIDDEN, desc = "A task has escaped, or a rejected one has left something behind.")
@State
public class Race01_SpawnAbortExiting {

    private final Given.Start start = new Given.Start();
    private final Supervisor supervisor = Given.unowned();
    private Object spawned;

    /** Starts EXITING, with one live task. */
    public Race01_SpawnAbortExiting() {
        supervisor.spawn(Given.NOTHING);
        Given.exiting(supervisor);
    }

    /** Spawns. */
    @Actor
    public void spawner() {
        start.meet();
        spawned = Given.spawn(supervisor);
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        Given.hesitate();
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
