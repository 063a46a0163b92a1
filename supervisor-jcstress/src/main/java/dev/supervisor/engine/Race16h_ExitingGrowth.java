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
 * While a thread joins, the census grows as the last task exits (A3, C9; claims 2 and 3 of {@link Census}).
 *
 * <p>The spawner has its proof that a task is live from before, and enters. Then the census grows, as it does when two
 * spawners meet, and the spawner enters once more. The finisher may have looked at all stripes that there were at that
 * time. It claims that these are all by a compare-and-set of the table, which fails if there are more stripes by then.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16h_ExitingGrowth"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 *                       RESULT  SAMPLES    FREQ      EXPECT
 * 0 in, finished 0, finished 0  137,228  32.84%  Acceptable
 *     2 in, open 2, finished 0  280,583  67.16%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "2 in, open 2, finished 0", expect = ACCEPTABLE,
        desc = "The spawner entered before the end, which waits for its tasks.")
@Outcome(id = "1 in, open 1, finished 0", expect = ACCEPTABLE,
        desc = "The spawner entered once, between the last look and the closing.")
@Outcome(id = "0 in, finished 0, finished 0", expect = ACCEPTABLE, desc = "The end came first.")
@Outcome(expect = FORBIDDEN, desc = "A task that entered is not counted, or the end never comes.")
@State
public class Race16h_ExitingGrowth {

    private final Census census = new Census();
    private final Stripe stripe = census.enter();
    private final long seen = stripe.entered();
    private Stripe first;
    private Stripe second;

    /** Starts with one task, and admission ended. */
    public Race16h_ExitingGrowth() {
        census.endAdmission();
    }

    /** Enters, grows the census, and enters again. */
    @Actor
    public void spawner() {
        if (stripe.enter(seen)) {
            first = stripe;
        }
        Given.grow(census);
        second = census.enter();
    }

    /** Counts the last task out. */
    @Actor
    public void finisher() {
        Given.leave(census, stripe);
    }

    /** Checks whether the census is finished, and again when every task has exited. */
    @Arbiter
    public void arbiter(LL_Result result) {
        int in = (first == null ? 0 : 1) + (second == null ? 0 : 1);
        result.r1 = in + " in, " + Given.state(census);
        if (second != null) {
            Given.leave(census, second);
        }
        if (first != null) {
            Given.leave(census, first);
        }
        result.r2 = Given.state(census);
    }
}
