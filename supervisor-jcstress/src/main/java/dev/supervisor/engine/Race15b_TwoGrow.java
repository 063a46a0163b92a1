package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Two spawners each add a task to a full set: both tasks get a slot that a visit finds (A5; claims 3 and 4 of
 * {@link LiveTasks}).
 *
 * <p>Both spawners may find the set crowded and make a segment each, for the same place in the list. One
 * compare-and-set succeeds. The other spawner goes on in the segment that was linked. If a mere store linked the
 * segment, no visit would see the task in the lost segment.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race15b_TwoGrow"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * RESULT     SAMPLES     FREQ      EXPECT
 *      2  30,039,821  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "2", expect = ACCEPTABLE, desc = "Each task is in its slot, in a segment that is linked.")
@Outcome(expect = FORBIDDEN, desc = "A task is lost, or is in the set twice.")
@State
public class Race15b_TwoGrow {

    private static final int OTHERS = 8;

    private final Given.Start start = new Given.Start();
    private final Stripe stripe = new Stripe();

    /** Fills the first segment. */
    public Race15b_TwoGrow() {
        for (int others = OTHERS; others > 0; others--) {
            Given.add(stripe);
        }
    }

    /** Adds a task. */
    @Actor
    public void first() {
        start.meet();
        Given.add(stripe);
    }

    /** Adds another task. */
    @Actor
    public void second() {
        start.meet();
        Given.add(stripe);
    }

    /** Visits the set. */
    @Arbiter
    public void arbiter(I_Result result) {
        stripe.forEach(task -> result.r1++);
        result.r1 -= OTHERS;
    }
}
