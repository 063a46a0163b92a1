package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * The census grows while the last task exits and admission ends (A3, C9; {@link Census}).
 *
 * <p>The array of stripes and the end of admission are states of the same word, so growth and end exclude each other. A
 * stripe that was added is among those that the end closes, and no stripe is added after the end. The spawner grows the
 * census and enters. The closer counts the last task out and ends admission.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16c_StripeGrowth"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                 RESULT     SAMPLES    FREQ      EXPECT
 *     open 1, finished 0  28,512,308  71.46%  Acceptable
 * finished 0, finished 0  11,385,046  28.54%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "open 1, finished 0", expect = ACCEPTABLE,
        desc = "The spawner entered before the end, which waits for its task.")
@Outcome(id = "finished 0, finished 0", expect = ACCEPTABLE, desc = "The spawner came too late.")
@Outcome(expect = FORBIDDEN, desc = "The census ended while a task was live, or never ended.")
@State
public class Race16c_StripeGrowth {

    private final Census census = new Census();
    private final Stripe stripe = census.enter();
    private Stripe entered;

    /** Grows the census and enters. */
    @Actor
    public void spawner() {
        Given.grow(census);
        entered = census.enter();
    }

    /** Counts the task out and ends admission. */
    @Actor
    public void closer() {
        Given.leave(census, stripe);
        census.endAdmission();
    }

    /** Checks whether the census is finished, and again when the spawner's task has exited. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r1 = Given.state(census);
        if (entered != null) {
            Given.leave(census, entered);
        }
        result.r2 = Given.state(census);
    }
}
