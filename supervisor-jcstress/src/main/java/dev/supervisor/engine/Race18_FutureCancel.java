package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * The cancellation of a future that follows a task against the task's completion (C1; {@code toCompletableFuture}).
 *
 * <p>The claim: the future has one outcome. If its cancel returns true, the future is cancelled, and the task has been
 * asked by then: a task that has not started is dropped, a running one is interrupted. If its cancel returns false, the
 * future has the task's result. One half of the bodies returns after a moment. The other half waits for the cancel to
 * return, and must find its thread interrupted then.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race18_FutureCancel"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                     RESULT    SAMPLES    FREQ      EXPECT
 *          false, done, done  4,935,266  43.76%  Acceptable
 * true, cancelled, CANCELLED  5,681,832  50.38%  Acceptable
 *      true, cancelled, done    661,351   5.86%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "true, cancelled, CANCELLED", expect = ACCEPTABLE,
        desc = "The cancel came before the start of the task, or while its body waited.")
@Outcome(id = "true, cancelled, done", expect = ACCEPTABLE,
        desc = "The cancel came while the body ran without waiting, or just after.")
@Outcome(id = "false, done, done", expect = ACCEPTABLE, desc = "The cancel came after the completion.")
@Outcome(expect = FORBIDDEN, desc = "The future and its cancel disagree, or the future never completes.")
@State
public class Race18_FutureCancel {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final boolean patient = ThreadLocalRandom.current().nextBoolean();
    private final Task<String> task = supervisor.spawn(this::body);
    private final CompletableFuture<String> future = task.toCompletableFuture();
    private volatile boolean cancelled;

    private String body() throws InterruptedException {
        if (!patient) {
            Given.hesitate();
            return "done";
        }
        while (!cancelled) {
            Thread.onSpinWait();
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return "not told";
    }

    /** Runs the task. */
    @Actor
    public void runner() {
        start.meet();
        Given.run(task);
    }

    /** Cancels the future. */
    @Actor
    public void canceller(LLL_Result result) {
        start.meet();
        result.r1 = future.cancel(true);
        cancelled = true;
    }

    /** Checks the future and the task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r2 = future.isCancelled() ? "cancelled" : future.getNow("never");
        result.r3 = task.status() == Task.Status.SUCCEEDED ? task.resultNow() : task.status();
    }
}
