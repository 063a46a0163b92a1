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
 * Two finishers exit one stripe at once, by the word of tasks that have succeeded and by that of all others, after the
 * end of admission: the stripe counts each exit, and the end comes (C9; O1 is why there are two words).
 *
 * <p>Each word is raised by one atomic operation. A finisher that has raised one reads both; of the last to exit at least
 * one finds that as many have gone as have come.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race33c_TwoWords"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *     RESULT    SAMPLES     FREQ      EXPECT
 * finished 0  1,824,719  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "The last finisher has closed the stripe.")
@Outcome(expect = FORBIDDEN, desc = "A task that has exited still counts.")
@State
public class Race33c_TwoWords {

    private static final int TASKS = 10;

    private final Census census = new Census();
    private final Stripe stripe = census.enter();

    /** Starts with tasks for both in one stripe, and admission ended. */
    public Race33c_TwoWords() {
        for (int others = 4 * TASKS - 1; others > 0; others--) {
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
            stripe.exitOtherwise();
            census.afterExit(stripe);
        }
    }
}
