package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The steps under {@link Race03a_SpawnCloseEmpty}, and nothing else: the first spawner that enters a census, against
 * the end of admission (A5, C9).
 *
 * <p>The spawner installs the first stripe. The closer, which ends admission, installs the Termination NOTHING. Each
 * does so by compare-and-set from null. If one of them were a mere store, it could hide a stripe that a task has
 * entered.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race03b_EnterEndEmpty"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *              RESULT      SAMPLES    FREQ      EXPECT
 *     entered, open 1    8,323,336   6.09%  Acceptable
 * refused, finished 0  128,314,790  93.91%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "entered, open 1", expect = ACCEPTABLE, desc = "The task entered first: the end waits for it.")
@Outcome(id = "refused, finished 0", expect = ACCEPTABLE, desc = "The end came first.")
@Outcome(expect = FORBIDDEN, desc = "A task is counted in, and the census is finished.")
@State
public class Race03b_EnterEndEmpty {

    private final Census census = new Census();
    private Stripe entered;

    /** Enters. */
    @Actor
    public void spawner() {
        entered = census.enter();
    }

    /** Ends admission. */
    @Actor
    public void closer() {
        census.endAdmission();
    }

    /** Checks whether the census is finished. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = (entered == null ? "refused, " : "entered, ")
                + Given.state(census);
    }
}
