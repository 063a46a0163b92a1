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
 * Two finishers exit one stripe at once, again and again, after the end of admission: the stripe counts each exit, and
 * the end comes (C9).
 *
 * <p>Each finisher adds one to {@code exited} by one atomic operation. If it read the word and wrote the sum back, one
 * of two exits could be lost, and the end with it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16b_TwoLeave"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *     RESULT     SAMPLES     FREQ      EXPECT
 * finished 0  41,561,229  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "The last finisher has closed the stripe.")
@Outcome(expect = FORBIDDEN, desc = "A task that has exited still counts.")
@State
public class Race16b_TwoLeave {

    private static final int TASKS = 20;

    private final Census census = new Census();
    private final Stripe stripe = census.enter();

    /** Starts with tasks for both in one stripe, and admission ended. */
    public Race16b_TwoLeave() {
        for (int others = 2 * TASKS - 1; others > 0; others--) {
            census.enter();
        }
        census.endAdmission();
    }

    /** Counts its tasks out. */
    @Actor
    public void first() {
        leave();
    }

    /** Counts its tasks out. */
    @Actor
    public void second() {
        leave();
    }

    /** Checks whether the census is finished. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = Given.state(census);
    }

    private void leave() {
        for (int tasks = TASKS; tasks > 0; tasks--) {
            Given.leave(census, stripe);
        }
    }
}
