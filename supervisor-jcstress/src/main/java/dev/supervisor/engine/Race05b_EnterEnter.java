package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * Two threads enter one stripe at once, again and again: the stripe counts each task (C9).
 *
 * <p>Each thread adds one to {@code entered} by a compare-and-set. If it wrote the sum back by a mere store, one of two
 * entries could be lost. A stripe that more tasks have exited than entered is never closed, or is closed while a task
 * is live in it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race05b_EnterEnter"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * RESULT     SAMPLES     FREQ      EXPECT
 *      0  21,435,654  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "As many tasks have entered as have exited.")
@Outcome(expect = FORBIDDEN, desc = "A task that entered was not counted, or was counted twice.")
@State
public class Race05b_EnterEnter {

    private static final int TASKS = 20;

    private final Stripe stripe = new Stripe();

    /** Enters and exits. */
    @Actor
    public void first() {
        enterAndLeave();
    }

    /** Enters and exits. */
    @Actor
    public void second() {
        enterAndLeave();
    }

    /** Counts. */
    @Arbiter
    public void arbiter(J_Result result) {
        result.r1 = stripe.liveCount();
    }

    private void enterAndLeave() {
        for (int tasks = TASKS; tasks > 0; tasks--) {
            Given.enter(stripe);
            stripe.exit();
        }
    }
}
