package dev.supervisor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * Two who leave one stripe at once, after the end of admission: both are counted, and the end comes (C9).
 *
 * <p>Each adds one to {@code left} by one atomic operation. Were it read and written back, one of them could be lost,
 * and the end with it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16_TwoLeave"
 *
 * Observed (OBSERVED):
 * }</pre>
 */
@JCStressTest
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "Whoever was last has closed the stripe.")
@Outcome(expect = FORBIDDEN, desc = "One who has left still counts.")
@State
public class Race16_TwoLeave {

    private final Census census = new Census();
    private final Stripe one = census.enter();
    private final Stripe other = census.enter();

    /** Starts with two tasks in one stripe, and admission ended. */
    public Race16_TwoLeave() {
        census.endAdmission();
    }

    /** Leaves. */
    @Actor
    public void first() {
        one.leave();
        census.left(one);
    }

    /** Leaves. */
    @Actor
    public void second() {
        other.leave();
        census.left(other);
    }

    /** Looks whether it is finished. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = (census.isFinished() ? "finished " : "open ") + census.size();
    }
}
