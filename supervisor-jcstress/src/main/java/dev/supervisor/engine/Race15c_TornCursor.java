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
 * Two spawners that write the cursor at once: the next spawner claims a slot that a visit finds (A5;
 * {@link LiveTasks}).
 *
 * <p>The cursor is two fields, written one after the other. One spawner takes the last slot of a long segment, the other
 * the first slot of a short one. The cursor that they write may be the short segment with the index behind the end of the
 * long one, which is behind the end of the short one's array, too. The next spawner has to see that, and look elsewhere.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race15c_TornCursor"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * RESULT  SAMPLES     FREQ      EXPECT
 *      3  127,797  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "3", expect = ACCEPTABLE, desc = "Each task is in its slot, before the end of a segment.")
@Outcome(expect = FORBIDDEN, desc = "A task is lost, or is in the set twice, or cannot be added.")
@State
public class Race15c_TornCursor {

    /** The slots of the segments before the last one. */
    private static final int BEFORE = 8 + 8 + 8 + 12 + 18;
    /** More than the slots of the first one, with the spare elements behind them. */
    private static final int LONG = 27;

    private final Given.Start start = new Given.Start();
    private final Stripe stripe = new Stripe();

    /** Fills all segments, but for the first slot of the first, a short one, and the last slot of the last, a long one. */
    public Race15c_TornCursor() {
        SupervisedTask<?> first = Given.add(stripe);
        fill(BEFORE - 1 + LONG - 1);
        Completion.retire(first);
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

    /** Adds a third task, and visits the set. */
    @Arbiter
    public void arbiter(I_Result result) {
        int others = (int) stripe.size() - 2;
        try {
            Given.add(stripe);
        } catch (ArrayIndexOutOfBoundsException behindTheEnd) {
            result.r1 = -1;
            return;
        }
        stripe.forEach(task -> result.r1++);
        result.r1 -= others;
    }

    private void fill(int tasks) {
        for (int task = 0; task < tasks; task++) {
            Given.add(stripe);
        }
    }
}
