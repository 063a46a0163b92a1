package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IL_Result;

/**
 * A spawner claims a slot in a segment that is being dropped: a visit finds the task (A5, E7; claims 1 and 2 of
 * {@link Segment}).
 *
 * <p>All slots of the first segment are taken. The second segment is empty, and the cursor stands there. The closer
 * sets its token, then reads the slots. The spawner claims a slot, then reads the token. At least one of the two sees
 * the other. Then the closer gives up, or the spawner looks for another slot.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race15f_ClaimDrop"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, one fork of two seconds):
 *     RESULT  SAMPLES    FREQ      EXPECT
 * 1, dropped  166,973  39.23%  Acceptable
 *    1, kept  258,670  60.77%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1, kept", expect = ACCEPTABLE,
        desc = "The closer has seen the task, or the spawner has made it give up.")
@Outcome(id = "1, dropped", expect = ACCEPTABLE, desc = "The task is in another segment.")
@Outcome(expect = FORBIDDEN, desc = "The task is lost, or is in the set twice.")
@State
public class Race15f_ClaimDrop {

    private static final int OTHERS = 8;

    private final Given.Start start = new Given.Start();
    private final Stripe stripe = new Stripe();
    private final Segment second;
    private boolean dropped;

    /** Fills the first segment, and leaves the second empty. */
    public Race15f_ClaimDrop() {
        for (int others = OTHERS; others > 0; others--) {
            Given.add(stripe);
        }
        Completion.retire(Given.add(stripe));
        second = stripe.segments.all[1];
    }

    /** Adds a task. */
    @Actor
    public void spawner() {
        start.meet();
        Given.add(stripe);
    }

    /** Drops the segment, if it is empty. */
    @Actor
    public void closer() {
        start.meet();
        dropped = second.close(new Object());
        if (dropped) {
            stripe.unlink();
        }
    }

    /** Visits the set. */
    @Arbiter
    public void arbiter(IL_Result result) {
        stripe.forEach(task -> result.r1++);
        result.r1 -= OTHERS;
        result.r2 = dropped ? "dropped" : "kept";
    }
}
