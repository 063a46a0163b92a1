package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A cancellation against a task that begins and ends on the thread of the task that is cancelled: whatever the inner
 * task does with the interrupt, the outer one is interrupted (C1, C6; {@link WindowStack}).
 *
 * <p>The inner task, of another supervisor, swallows every interrupt that it meets. The claim: when the inner task has
 * ended, and the outer one has been cancelled, the outer body finds the status set. The interrupt may have come before
 * the inner task, in it, at its end, or after that. When both tasks are over, the status of the thread is clear, at
 * once and later.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race22b_NestedInterrupt"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, one fork):
 *              RESULT  SAMPLES    FREQ      EXPECT
 *  after, told, clean  263,960  47.04%  Acceptable
 * before, told, clean      396   0.07%  Acceptable
 * inside, told, clean  296,815  52.89%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "before, told, clean", expect = ACCEPTABLE, desc = "The interrupt came before the inner task began.")
@Outcome(id = "inside, told, clean", expect = ACCEPTABLE,
        desc = "The inner task swallowed the interrupt; its end set the status again for the outer one.")
@Outcome(id = "after, told, clean", expect = ACCEPTABLE,
        desc = "The interrupt came when the inner task had ended, or just before.")
@Outcome(expect = FORBIDDEN, desc = "The outer body was not interrupted, or the interrupt came outside of its window.")
@State
public class Race22b_NestedInterrupt {

    private static final Supervisor.Builder CALLER_RUNS =
            Supervisor.builder().executor(Runnable::run).onFailure(FailureHandler.ignore()).unowned();

    private final Given.Start start = new Given.Start();
    private final Task<?> outer = Given.unowned().spawn(this::outer);
    private final Scope others = (Scope) CALLER_RUNS.open();
    private volatile boolean running;
    private volatile boolean cancelled;
    private boolean before;
    private boolean swallowed;
    private boolean told;

    private void outer() {
        running = true;
        start.meet();
        before = Thread.currentThread().isInterrupted();
        others.spawn(() -> {
            swallowed = Given.swallow();
        });
        Given.until(() -> cancelled);
        told = Thread.currentThread().isInterrupted();
    }

    /** Runs the outer task, on a thread whose status must be clear before and after. */
    @Actor
    public void runner(LLL_Result result) {
        boolean early = Thread.interrupted();
        Given.run(outer);
        boolean late = Thread.interrupted();
        result.r1 = before ? "before" : swallowed ? "inside" : "after";
        result.r2 = told ? "told" : "not told";
        result.r3 = late ? "interrupted" : early ? "interrupted later" : "clean";
    }

    /** Cancels the outer task. */
    @Actor
    public void canceller() {
        Given.until(() -> running);
        start.meet();
        Given.pause();
        outer.cancel();
        cancelled = true;
    }
}
