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
 * A thread checks whether all is over, while a task is live all the time, in one stripe or the next: the thread does
 * not find the census empty (A3, C9; claim 2 of {@link Census}).
 *
 * <p>A task enters one stripe before another exits the next, to and fro. One look at both stripes can find each empty:
 * the first before a task enters it, the second after a task has exited it. A second look finds that a task has
 * entered. Without the second look the census would be as correct as before. But while a thread joins, its stripes
 * would be closed one after the other, as they are found empty, and all spawners would meet on the last one.
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
@Outcome(id = "not found empty, finished 0", expect = ACCEPTABLE, desc = "A task was live all the time.")
@Outcome(expect = FORBIDDEN, desc = "The census was found empty, and it never was.")
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

    /** Counts a task into one stripe before it counts a task out of the other. */
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

    /** Checks whether all is over, again and again. */
    @Actor
    public void asker() {
        start.meet();
        while (!over) {
            census.isFinished();
        }
    }

    /** Checks whether the census was found empty, and whether it is finished when the last task has exited. */
    @Arbiter
    public void arbiter(L_Result result) {
        String found = Given.isFoundEmpty(census) ? "found empty, " : "not found empty, ";
        Given.leave(census, two);
        result.r1 = found + Given.state(census);
    }
}
