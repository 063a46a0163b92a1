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
 * One who looks whether all is over, while somebody is live all the time, in one stripe or the next: it is not taken for
 * empty (A3, C9; claim 2 of {@link Census}).
 *
 * <p>A task enters one stripe before another leaves the next, to and fro. One look at both can find each deserted: the
 * first before somebody enters it, the second after somebody has left it. A second look finds that somebody has come.
 * Were that not asked, the census would be as right as before, but its stripes would be closed one after the other while
 * somebody joins, as they are found deserted, and all who spawn would meet on the last one.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16e_AlwaysLive"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 *                      RESULT  SAMPLES     FREQ      EXPECT
 * not found empty, finished 0  363,961  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "not found empty, finished 0", expect = ACCEPTABLE, desc = "Somebody was there all the time.")
@Outcome(expect = FORBIDDEN, desc = "It was found empty, and it never was.")
@State
public class Race16e_AlwaysLive {

    private static final int TIMES = 200;

    private final Given.Start start = new Given.Start();
    private final Census census = new Census();
    private final Stripe one = census.enter();
    private final Stripe two = Given.enterSecondStripe(census);
    private volatile boolean over;

    /** Starts with one task, in the second stripe, and admission ended. */
    public Race16e_AlwaysLive() {
        one.exit();
        census.endAdmission();
    }

    /** Enters one before another leaves the other. */
    @Actor
    public void mover() {
        start.meet();
        for (int times = TIMES; times > 0; times--) {
            Given.enter(one);
            two.exit();
            Given.enter(two);
            one.exit();
        }
        over = true;
    }

    /** Looks, again and again. */
    @Actor
    public void asker() {
        start.meet();
        while (!over) {
            census.isFinished();
        }
    }

    /** Looks whether it was found empty; and whether it is finished when the last one has left. */
    @Arbiter
    public void arbiter(L_Result result) {
        String found = Given.isFoundEmpty(census) ? "found empty, " : "not found empty, ";
        Given.leave(census, two);
        result.r1 = found + Given.state(census);
    }
}
