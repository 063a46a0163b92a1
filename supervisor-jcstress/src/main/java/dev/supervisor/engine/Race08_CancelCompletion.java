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
 * A cancellation against the end of the body: the interrupt is delivered inside of the body's window, or not at all
 * (C1, C6).
 *
 * <p>The claim: cancel says true if and only if it came before the end, and once the task is over the thread that ran
 * it is clean, at once and later. The body takes no notice and returns; so the task SUCCEEDED, whatever cancel says
 * (E3), unless it was dropped before its start.
 *
 * <p>The runner looks at its status twice: after the task, and before the next one, where an interrupt shows that was
 * still on its way then.
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
@Outcome(id = "clean, true, CANCELLED", expect = ACCEPTABLE, desc = "Before the start: the body never ran.")
@Outcome(id = "clean, true, SUCCEEDED", expect = ACCEPTABLE,
        desc = "Inside of the window: the status is taken back at its end.")
@Outcome(id = "clean, false, SUCCEEDED", expect = ACCEPTABLE, desc = "After the end: no interrupt.")
@Outcome(expect = FORBIDDEN, desc = "An interrupt after the window, or a cancel that is wrong about what it did.")
@State
public class Race08_CancelCompletion {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Race08_CancelCompletion::body);

    private static void body() {
        Thread.onSpinWait();
    }

    /** Runs the task on a thread that must be clean before and after. */
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

    /** Looks at the outcome. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        boolean keeps = ((SupervisedTask<?>) task).thread != null;
        result.r3 = supervisor.liveCount() != 0 ? supervisor : keeps ? "keeps its thread" : task.status();
    }
}
