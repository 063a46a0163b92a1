package dev.supervisor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * A count against those who come and go: it is never less than what stays throughout (C9; see {@link
 * Stripe#liveCount}).
 *
 * <p>The count reads who has gone before who has come. In the other order it would subtract one who came after, and
 * call a supervisor empty in which a task is live.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race20_LiveCount"
 *
 * Observed (OBSERVED):
 * }</pre>
 */
@JCStressTest
@Outcome(id = {"1", "2"}, expect = ACCEPTABLE, desc = "The one that stays, and perhaps one of the others.")
@Outcome(id = {"3", "4", "5", "6", "7", "8", "9"}, expect = ACCEPTABLE, desc = "Others have come in between.")
@Outcome(expect = FORBIDDEN, desc = "Less than there was at any time.")
@State
public class Race20_LiveCount {

    private static final int OTHERS = 8;

    private final Given.Start start = new Given.Start();
    private final Census census = new Census();

    /** Starts with one that stays. */
    public Race20_LiveCount() {
        census.enter();
    }

    /** Enters and leaves, again and again. */
    @Actor
    public void others() {
        start.meet();
        for (int others = OTHERS; others > 0; others--) {
            Stripe stripe = census.enter();
            census.leave(stripe);
        }
    }

    /** Counts. */
    @Actor
    public void counter(J_Result result) {
        start.meet();
        Given.hesitate();
        result.r1 = census.size();
    }
}
