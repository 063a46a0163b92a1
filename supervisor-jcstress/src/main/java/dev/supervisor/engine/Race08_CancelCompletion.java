package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A cancellation against the end of the body: the canceller delivers the interrupt inside of the body's window, or not
 * at all (C1, C6).
 *
 * <p>The claim: cancel returns true if and only if it came before the end. Once the task is done, the thread that ran
 * it has a clear interrupt status, at once and later. The body ignores the interrupt and returns. So the task is
 * SUCCEEDED, whatever cancel returns (E3), unless it was dropped before its start.
 *
 * <p>The runner reads its status twice: after the task, and before the next one. An interrupt that was still on its way
 * after the task shows before the next one.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race08_CancelCompletion"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                  RESULT     SAMPLES    FREQ      EXPECT
 *  clean, true, CANCELLED   3,612,413  13.00%  Acceptable
 *  clean, true, SUCCEEDED   4,653,233  16.75%  Acceptable
 * clean, false, SUCCEEDED  19,522,454  70.25%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "clean, true, CANCELLED", expect = ACCEPTABLE,
        desc = "The cancel came before the start: the body never ran.")
@Outcome(id = "clean, true, SUCCEEDED", expect = ACCEPTABLE,
        desc = "The cancel came inside of the window: the runner clears the status at its end.")
@Outcome(id = "clean, false, SUCCEEDED", expect = ACCEPTABLE,
        desc = "The cancel came after the end: it sent no interrupt.")
@Outcome(expect = FORBIDDEN, desc = "An interrupt came after the window, or cancel returned the wrong value.")
@State
public class Race08_CancelCompletion {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Race08_CancelCompletion::body);

    private static void body() {
        Thread.onSpinWait();
    }

    /** Runs the task on a thread whose interrupt status must be clear before and after. */
    @Actor
    public void runner(LLL_Result result) {
        boolean before = Thread.interrupted();
        start.meet();
        Given.run(task);
        boolean after = Thread.interrupted();
        result.r1 = after ? "interrupted" : before ? "interrupted later" : "clean";
    }

    /** Cancels the task. */
    @Actor
    public void canceller(LLL_Result result) {
        start.meet();
        Given.hesitate();
        result.r2 = task.cancel();
    }

    /** Checks the outcome. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        boolean keeps = ((SupervisedTask<?>) task).thread != null;
        result.r3 = supervisor.liveCount() != 0 ? supervisor : keeps ? "keeps its thread" : task.status();
    }
}
