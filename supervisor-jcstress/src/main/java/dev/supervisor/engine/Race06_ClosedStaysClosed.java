package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * The census alone: a closed stripe is empty and stays so (C9; claims 1 and 4 of {@link Census}).
 *
 * <p>Admission has ended and one task is live. The spawner enters. The finisher counts the task out and then enters,
 * too. The claim: the finisher enters if and only if the spawner did, since no other task can have kept the census
 * open. If no task is counted in, the census is finished; otherwise it is not. The spawner counts before it enters: if
 * no task is counted in any more, it is refused, even if the stripe has not been closed yet. The same compare-and-set
 * counts a spawner in or refuses it. So no transient count can reopen a closed stripe.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race06_ClosedStaysClosed"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                                RESULT     SAMPLES    FREQ      EXPECT
 *     entered, entered, open 2 finished  55,354,580  91.84%  Acceptable
 * refused, refused, finished 0 finished   4,920,374   8.16%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "entered, entered, open 2 finished", expect = ACCEPTABLE,
        desc = "The spawner came before the stripe was empty.")
@Outcome(id = "refused, refused, finished 0 finished", expect = ACCEPTABLE,
        desc = "The stripe was empty first, and is closed for good.")
@Outcome(expect = FORBIDDEN, desc = "A closed stripe opened again, or a stripe was closed while a task was live in it.")
@State
public class Race06_ClosedStaysClosed {

    private final Census census = new Census();
    private final Stripe stripe = census.enter();
    private Stripe first;
    private Stripe second;
    private boolean sawNobody;

    /** Starts with admission ended and one task live. */
    public Race06_ClosedStaysClosed() {
        census.endAdmission();
    }

    /** Counts, then enters. */
    @Actor
    public void spawner() {
        sawNobody = census.size() == 0;
        first = census.enter();
    }

    /** Counts the task out, then enters. */
    @Actor
    public void finisher() {
        Given.leave(census, stripe);
        second = census.enter();
    }

    /** Checks whether the census is finished, and again after every task has exited. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = first == null ? "refused" : sawNobody ? "entered when nobody was in" : "entered";
        result.r2 = second != null ? "entered" : "refused";
        String before = Given.state(census) + " ";
        if (first != null) {
            Given.leave(census, first);
        }
        if (second != null) {
            Given.leave(census, second);
        }
        result.r3 = before + (Given.isAnnounced(census) ? "finished" : "open");
    }
}
