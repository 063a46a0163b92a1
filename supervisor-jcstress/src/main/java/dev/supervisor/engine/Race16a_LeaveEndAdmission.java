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
 * The last exit of a stripe against the end of admission: the end comes (C9; claim 3 of {@link Census}).
 *
 * <p>The finisher raises {@code exited} and then reads the table. The closer, which ends admission, sets the table and
 * then reads {@code exited}. At least one of the two sees that all stripes are empty, and closes them. If both do, each
 * stripe is closed once.
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
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "One of the two has ended it.")
@Outcome(expect = FORBIDDEN, desc = "Each of the two has relied on the other.")
@State
public class Race16a_LeaveEndAdmission {

    private final Census census = new Census();
    private final Stripe other = census.enter();
    private final Stripe stripe = Given.enterSecondStripe(census);

    /** Starts with one task, in the second stripe. */
    public Race16a_LeaveEndAdmission() {
        Given.leave(census, other);
    }

    /** Counts the task out. */
    @Actor
    public void finisher() {
        Given.leave(census, stripe);
    }

    /** Ends admission. */
    @Actor
    public void closer() {
        census.endAdmission();
    }

    /** Checks whether the census is finished. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = Given.state(census);
    }
}
