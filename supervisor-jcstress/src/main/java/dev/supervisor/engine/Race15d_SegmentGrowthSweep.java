package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * The live set grows during a visit: a task in a new segment does not escape (A5; claim 3 of {@link LiveTasks}).
 *
 * <p>As in {@link Race01a_SpawnAbort}, but tasks that an abort does not end take all slots, so the spawner adds a
 * segment for its task. A visit that has not seen the segment began before the segment was linked. Then the spawner
 * sees the flag.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race15d_SegmentGrowthSweep"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                           RESULT    SAMPLES    FREQ      EXPECT
 *    accepted, CANCELLED, FINISHED  6,654,709  43.67%  Acceptable
 * is shutting down, none, FINISHED  8,584,725  56.33%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, CANCELLED, FINISHED", expect = ACCEPTABLE,
        desc = "The visit has seen the new segment, and asked the task.")
@Outcome(id = "is shutting down, none, FINISHED", expect = ACCEPTABLE, desc = "The spawner has seen the flag.")
@Outcome(expect = FORBIDDEN, desc = "A task has escaped.")
@State
public class Race15d_SegmentGrowthSweep {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final SupervisedTask<?>[] residents = new SupervisedTask<?>[8];
    private Object spawned;

    /** Fills the first segment. */
    public Race15d_SegmentGrowthSweep() {
        Arrays.setAll(residents, index -> Given.claimed(supervisor));
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

    /** Checks what has become of the task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        for (SupervisedTask<?> resident : residents) {
            Given.drop(resident);
        }
        result.r1 = Given.told(spawned);
        result.r2 = Given.statusOf(spawned);
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
