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
 * The last exit of one stripe against the last exit of another, after the end of admission: the end comes (C9; claim 3
 * of {@link Census}).
 *
 * <p>Each finisher raises {@code exited} of its stripe, then looks at the other stripe. At least one of the two sees
 * that both stripes are empty (Dekker), and closes them. If both do, each stripe is closed once.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16f_TwoStripesLeave"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 *     RESULT  SAMPLES     FREQ      EXPECT
 * finished 0  387,091  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "The last finisher has ended it.")
@Outcome(expect = FORBIDDEN, desc = "Each of the two has relied on the other.")
@State
public class Race16f_TwoStripesLeave {

    private final Census census = new Census();
    private final Stripe one = census.enter();
    private final Stripe two = Given.enterSecondStripe(census);

    /** Starts with a task in each stripe, and admission ended. */
    public Race16f_TwoStripesLeave() {
        census.endAdmission();
    }

    /** Counts the first task out. */
    @Actor
    public void first() {
        Given.leave(census, one);
    }

    /** Counts the second task out. */
    @Actor
    public void second() {
        Given.leave(census, two);
    }

    /** Checks whether the census is finished. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = Given.state(census);
    }
}
