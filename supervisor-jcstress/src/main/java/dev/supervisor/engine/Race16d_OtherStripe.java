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
 * After the end of admission, a spawner against the last to leave its stripe, with somebody live in another: it is let
 * in, whichever comes first (A3; claim 4 of {@link Census}).
 *
 * <p>While a task is live its stripe is open. A spawner that finds one stripe deserted closes it, on behalf of the
 * finisher who is about to, and goes on to the others; what it must not do is take the end of a stripe for the end.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16d_OtherStripe"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                      RESULT     SAMPLES     FREQ      EXPECT
 * entered, open 2, finished 0  47,290,634  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "entered, open 2, finished 0", expect = ACCEPTABLE, desc = "Let in, before the end or beside the other.")
@Outcome(expect = FORBIDDEN, desc = "Refused while somebody was in, or ended with somebody in it.")
@State
public class Race16d_OtherStripe {

    private final Census census = new Census();
    private final Stripe one = census.enter();
    private final Stripe two = Given.enterSecondStripe(census);
    private Stripe entered;

    /** Starts with one task in each stripe, and admission ended. */
    public Race16d_OtherStripe() {
        census.endAdmission();
        Given.foundEmpty(census);
    }

    /** Enters. */
    @Actor
    public void spawner() {
        entered = census.enter();
    }

    /** Leaves one stripe; the other stays open. */
    @Actor
    public void finisher() {
        Given.leave(census, one);
    }

    /** Looks whether it is finished, and again when everybody has left. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = entered == null ? "refused" : "entered";
        result.r2 = Given.state(census);
        Given.leave(census, two);
        if (entered != null) {
            Given.leave(census, entered);
        }
        result.r3 = Given.state(census);
    }
}
