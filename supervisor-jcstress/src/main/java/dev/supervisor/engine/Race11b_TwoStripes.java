package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A thread that waits, and the last completions in two stripes: the first of them does not release the waiter (C9; see
 * {@link Termination}).
 *
 * <p>A thread that closes a stripe releases the waiters only if the Phaser has terminated by then. The first closer
 * finds that it has not. The waiter may have installed its latch by then or not; in both cases it wakes up when all is
 * over.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race11b_TwoStripes"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *     RESULT    SAMPLES     FREQ      EXPECT
 * finished 0  4,046,882  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "finished 0", expect = ACCEPTABLE, desc = "The waiter has waited for both.")
@Outcome(expect = FORBIDDEN, desc = "The waiter has returned too early, or hangs.")
@State
public class Race11b_TwoStripes {

    private static final Watchdog WAITER = new Watchdog();

    private final Given.Start start = new Given.Start();
    private final Census census = new Census();
    private final Stripe one = census.enter();
    private final Stripe two = Given.enterSecondStripe(census);

    /** Starts with admission ended, as if one of the two tasks had entered after the census was found empty. */
    public Race11b_TwoStripes() {
        census.endAdmission();
        Given.foundEmpty(census);
    }

    /** Waits for the end. */
    @Actor
    public void waiter(L_Result result) {
        start.meet();
        result.r1 = WAITER.wait(() -> {
            census.await();
            return Given.state(census);
        });
    }

    /** Counts both tasks out, one after the other. */
    @Actor
    public void finisher() {
        start.meet();
        Given.pause();
        Given.leave(census, one);
        Given.pause();
        Given.leave(census, two);
    }
}
