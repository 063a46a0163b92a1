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
 * While somebody joins, the census grows as the last one leaves (A3, C9; claims 2 and 3 of {@link Census}).
 *
 * <p>The spawner has its proof that somebody is live from before, and enters; then others would meet, the census grows,
 * and it enters once more. What the last to leave has looked at may have been all that there was. It says so by a
 * compare-and-set of the table, which fails if there is more by then.
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
@Outcome(id = "2 in, open 2, finished 0", expect = ACCEPTABLE, desc = "In before the end, which waits.")
@Outcome(id = "1 in, open 1, finished 0", expect = ACCEPTABLE, desc = "Between the last look and the closing.")
@Outcome(id = "0 in, finished 0, finished 0", expect = ACCEPTABLE, desc = "The end was first.")
@Outcome(expect = FORBIDDEN, desc = "Somebody is in, and is not counted, or it never ends.")
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

    /** Enters, lets it grow, and enters. */
    @Actor
    public void spawner() {
        if (stripe.enter(seen)) {
            first = stripe;
        }
        Given.grow(census);
        second = census.enter();
    }

    /** Leaves. */
    @Actor
    public void finisher() {
        Given.leave(census, stripe);
    }

    /** Looks whether it is finished, and again when all have left. */
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
