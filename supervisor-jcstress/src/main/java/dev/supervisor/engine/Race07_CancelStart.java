package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Action;
import dev.supervisor.Task;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A cancellation against the start: the body never runs, or it is interrupted (E1, C1, C6).
 *
 * <p>The claim: a cancel that returns true has its effect, however close to the start it came. The body waits for the
 * interrupt and nothing else. If the interrupt were swallowed or lost, the body would wait for some seconds and then
 * report "deaf". There are two protections. The runner sets aside a status that it finds at the start before the step
 * that makes the task RUNNING, never after. And the runner itself finds a request that comes between its claim and its
 * start. It is not interrupted then: its thread would get an interrupt for a body that never runs.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race07_CancelStart"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                       RESULT     SAMPLES    FREQ      EXPECT
 *   never ran, true, CANCELLED     768,729   4.95%  Acceptable
 * interrupted, true, CANCELLED  14,747,185  95.05%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "never ran, true, CANCELLED", expect = ACCEPTABLE, desc = "The cancel came before the start.")
@Outcome(id = "interrupted, true, CANCELLED", expect = ACCEPTABLE,
        desc = "The cancel came after the start: the body was interrupted.")
@Outcome(expect = FORBIDDEN,
        desc = "The body ran without an interrupt, or is kept, or the interrupt came outside of the body.")
@State
public class Race07_CancelStart {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(this::body);
    private String body = "never ran";
    private boolean struck;

    private void body() throws InterruptedException {
        body = "deaf";
        long start = System.nanoTime();
        while (System.nanoTime() - start < PATIENCE) {
            if (Thread.interrupted()) {
                body = "interrupted";
                throw new InterruptedException();
            }
            Thread.onSpinWait();
        }
    }

    /** Runs the task. */
    @Actor
    public void runner() {
        start.meet();
        Given.run(task);
        struck = Thread.interrupted();
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
        boolean keeps = task.isCancelled() && ((SupervisedTask<?>) task).payload instanceof Action;
        result.r1 = body + (keeps ? ", and is kept" : "") + (struck ? ", and its thread was struck" : "");
        result.r3 = supervisor.liveCount() == 0 ? task.status() : supervisor.toString();
    }
}
