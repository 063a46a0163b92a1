package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Two ways to count against tasks that come and go: the count for users is never less than the tasks that stay
 * throughout (C9; see {@link Stripe#liveCount}), and the count that decides on growth is never more than there are (E7;
 * see {@link Stripe#size}).
 *
 * <p>The first count reads {@code exited} before {@code entered}. In the other order it could subtract a task that came
 * between the two reads, and report 0 while a task is live. The second count reads them the other way round. It may be
 * too small, and then a set that is not full does not grow.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race20_LiveCount"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                    RESULT     SAMPLES     FREQ      EXPECT
 * not too few, not too many  11,713,936  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "not too few, not too many", expect = ACCEPTABLE,
        desc = "At least the task that stays, and at most one more.")
@Outcome(expect = FORBIDDEN, desc = "A count was less than there were at any time, or more.")
@State
public class Race20_LiveCount {

    private static final int TIMES = 100;

    private final Given.Start start = new Given.Start();
    private final Census census = new Census();
    private final Stripe stripe = census.enter();
    private volatile boolean counted;

    /** Beside a task that stays, counts a task in and out, again and again, until the counter has counted. */
    @Actor
    public void other() {
        start.meet();
        while (!counted) {
            Stripe entered = census.enter();
            Given.leave(census, entered);
        }
    }

    /** Counts in both ways, again and again. */
    @Actor
    public void counter(LL_Result result) {
        start.meet();
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int times = TIMES; times > 0; times--) {
            least = Math.min(least, census.size());
            most = Math.max(most, stripe.size());
        }
        counted = true;
        result.r1 = least >= 1 ? "not too few" : "too few: " + least;
        result.r2 = most <= 2 ? "not too many" : "too many: " + most;
    }
}
