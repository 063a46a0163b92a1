package dev.supervisor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * The last to leave a stripe against the end of admission: the stripe is closed, once (C9; claims 2 and 3 of {@link
 * Census}).
 *
 * <p>The one who leaves raises {@code left} and then reads the table; the one who ends admission sets the table and
 * then reads {@code left}. At least one of them sees that the stripe is deserted, and if both do, one compare-and-set
 * closes it. There is a second stripe, with somebody in it: were the first closed twice, the end would come while that
 * one is live; were it missed, the end would never come.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16_LeaveEndAdmission"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *             RESULT     SAMPLES     FREQ      EXPECT
 * open 1, finished 0  45,139,713  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "open 1, finished 0", expect = ACCEPTABLE, desc = "Closed once.")
@Outcome(expect = FORBIDDEN, desc = "Closed twice, or never.")
@State
public class Race16_LeaveEndAdmission {

    private final Census census = new Census();
    private final Stripe other = census.enter();
    private final Stripe stripe = Given.enterSecondStripe(census);

    /** Leaves. */
    @Actor
    public void finisher() {
        Given.leave(census, stripe);
    }

    /** Ends admission. */
    @Actor
    public void closer() {
        census.endAdmission();
    }

    /** Looks whether it is finished, and again when the other one has left. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r1 = Given.state(census);
        Given.leave(census, other);
        result.r2 = Given.state(census);
    }
}
