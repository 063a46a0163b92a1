package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * An abort against an abort: when either returns, every task has been asked (A5, C2).
 *
 * <p>The claim: the second abort does not rely on the first, which may be in the middle of its visit, unless that visit
 * is over. So both aborts may ask a task. Here neither task has started, so one of the two aborts drops each. The
 * callback of a task that never started is called once.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race12_TwoAborts"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                 RESULT     SAMPLES     FREQ      EXPECT
 * told, told, 1 FINISHED  25,407,754  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "told, told, 1 FINISHED", expect = ACCEPTABLE,
        desc = "Each abort had asked both tasks when it returned, or found them asked.")
@Outcome(expect = FORBIDDEN,
        desc = "An abort has returned before every task was asked, or a callback was not called once.")
@State
public class Race12_TwoAborts {

    private final Scope supervisor = Given.unowned();
    private final Task<?> one = supervisor.spawn(Given.NOTHING);
    private final Task<?> two = supervisor.spawn(Given.NOTHING);
    private final AtomicInteger calls = new AtomicInteger();

    /** Starts with a callback on the second task. */
    public Race12_TwoAborts() {
        two.onDone(task -> calls.incrementAndGet());
    }

    /** Aborts. */
    @Actor
    public void first(LLL_Result result) {
        supervisor.abort();
        result.r1 = told();
    }

    /** Aborts. */
    @Actor
    public void second(LLL_Result result) {
        supervisor.abort();
        result.r2 = told();
    }

    /** Counts the calls. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r3 = calls + " " + Given.state(supervisor);
    }

    private String told() {
        return one.isCancelled() && two.isCancelled() ? "told" : "not told";
    }
}
