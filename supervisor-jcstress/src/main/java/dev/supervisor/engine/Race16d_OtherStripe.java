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
 * After the end of admission, a spawner against the last exit of its stripe, with a task live in another stripe: the
 * spawner enters, whichever comes first (A3; claim 5 of {@link Census}).
 *
 * <p>While a task is live its stripe is open. A spawner that finds one stripe empty closes it, on behalf of the
 * finisher that is about to, and goes on to the others. It must not take the closing of one stripe for the end of the
 * census.
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
@Outcome(id = "entered, open 2, finished 0", expect = ACCEPTABLE,
        desc = "The spawner entered, before its stripe closed or beside the other task.")
@Outcome(expect = FORBIDDEN, desc = "The spawner was refused while a task was live, or the census ended then.")
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

    /** Counts the task of one stripe out. The other stripe stays open. */
    @Actor
    public void finisher() {
        Given.leave(census, one);
    }

    /** Checks whether the census is finished, and again when every task has exited. */
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
