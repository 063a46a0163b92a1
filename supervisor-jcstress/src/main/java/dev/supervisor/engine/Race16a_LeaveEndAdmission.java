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
 * The last to leave against the end of admission: the end comes (C9; claim 3 of {@link Census}).
 *
 * <p>The one who leaves raises {@code left} and then reads the table; the one who ends admission sets the table and
 * then reads {@code left}. At least one of them sees that all stripes are deserted, and closes them; if both do, each is
 * closed once.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16a_LeaveEndAdmission"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 *     RESULT  SAMPLES     FREQ      EXPECT
 * finished 0  376,851  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "One of them has ended it.")
@Outcome(expect = FORBIDDEN, desc = "Each has relied on the other.")
@State
public class Race16a_LeaveEndAdmission {

    private final Census census = new Census();
    private final Stripe other = census.enter();
    private final Stripe stripe = Given.enterSecondStripe(census);

    /** Starts with one task, in the second stripe. */
    public Race16a_LeaveEndAdmission() {
        Given.leave(census, other);
    }

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

    /** Looks whether it is finished. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = Given.state(census);
    }
}
