package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * {@code shutdownNow} of a view against the start of a task: the {@code Runnable} is returned, or it runs, and not both
 * (S10; {@link ExecutorView}).
 *
 * <p>A thread that drops a pending task hands its body over. A runner may have claimed the task and not have started
 * it: then the runner does not drop it, as it would for another request, but runs it, and interrupts itself.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race29a_ShutdownNowStart"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                                    RESULT  SAMPLES    FREQ      EXPECT
 * not returned, interrupted, clean FINISHED    9,127   5.89%  Acceptable
 *         not returned, ran, clean FINISHED   95,808  61.79%  Acceptable
 *     returned, never began, clean FINISHED   50,107  32.32%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "returned, never began, clean FINISHED", expect = ACCEPTABLE, desc = "The shutdown came first.")
@Outcome(id = "not returned, interrupted, clean FINISHED", expect = ACCEPTABLE, desc = "It came at the start.")
@Outcome(id = "not returned, ran, clean FINISHED", expect = ACCEPTABLE, desc = "It came late.")
@Outcome(expect = FORBIDDEN, desc = "The body was lost, or is returned and runs.")
@State
public class Race29a_ShutdownNowStart {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Runnable body = this::body;
    private final Task<?> task;
    private List<Runnable> returned;
    private String ran = "never began";
    private String status;

    /** Starts with a task that was given to the view. */
    public Race29a_ShutdownNowStart() {
        supervisor.asExecutorService().execute(body);
        this.task = supervisor.tasks().get(0);
    }

    private void body() {
        ran = Thread.currentThread().isInterrupted() ? "interrupted" : "ran";
    }

    /** Runs the task, on a thread whose status must be clear before and after. */
    @Actor
    public void runner() {
        boolean early = Thread.interrupted();
        start.meet();
        Given.hesitate();
        Given.run(task);
        boolean late = Thread.interrupted();
        status = late ? "interrupted" : early ? "interrupted later" : "clean";
    }

    /** Shuts down. */
    @Actor
    public void shutter() {
        start.meet();
        Given.hesitate();
        returned = supervisor.asExecutorService().shutdownNow();
    }

    /** Checks where the body is. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = returned.equals(List.of(body)) ? "returned" : returned.isEmpty() ? "not returned" : returned;
        result.r2 = ran;
        result.r3 = status + " " + Given.whatIsLeft(supervisor);
    }
}
