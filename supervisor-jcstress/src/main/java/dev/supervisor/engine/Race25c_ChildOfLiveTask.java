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
 * The last live task spawns and ends, against the begin of a drain: the child is accepted, and the drain waits for the
 * child (S1; {@link Drain}).
 *
 * <p>The spawner is inside of a live task, so no drain refuses the spawn. The child enters before the task that spawned
 * it exits, so the census does not come to its end in between.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race25c_ChildOfLiveTask"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                               RESULT  SAMPLES    FREQ      EXPECT
 * early accepted, DRAINING 1, FINISHED  122,856  63.37%  Acceptable
 *  late accepted, DRAINING 1, FINISHED   71,009  36.63%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "early accepted, DRAINING 1, FINISHED", expect = ACCEPTABLE,
        desc = "The drain came after the spawn began.")
@Outcome(id = "late accepted, DRAINING 1, FINISHED", expect = ACCEPTABLE, desc = "The drain came first.")
@Outcome(expect = FORBIDDEN, desc = "The child was refused, or the end came too early, or never.")
@State
public class Race25c_ChildOfLiveTask {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> last = supervisor.spawn(this::body);
    private volatile Object child;
    private volatile boolean draining;

    private void body() {
        start.meet();
        Given.hesitate();
        draining = supervisor.lifecycle.isDraining();
        child = Given.spawn(supervisor);
    }

    /** Runs the last task, which spawns. */
    @Actor
    public void runner() {
        Given.run(last);
    }

    /** Drains. */
    @Actor
    public void drainer() {
        start.meet();
        Given.hesitate();
        Given.drain(supervisor);
    }

    /** Checks that the child is live, and runs it. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = (draining ? "late " : "early ") + Given.told(child);
        result.r2 = Given.state(supervisor) + " " + supervisor.liveCount();
        if (child instanceof Task<?> task) {
            Given.run(task);
        }
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
