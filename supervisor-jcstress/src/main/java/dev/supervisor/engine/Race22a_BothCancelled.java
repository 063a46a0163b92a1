package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Two tasks, one inside of the other on the same thread, are cancelled in either order: the outer one is interrupted,
 * though the thread has one interrupt status for both (C1, C6; {@link WindowStack}).
 *
 * <p>The inner task, of another supervisor, swallows every interrupt that it meets, and at its end takes back the one
 * that was for it. The claim: when the inner task has ended, and both have been cancelled, the outer body finds the
 * status set. When both tasks are over, the status of the thread is clear, at once and later.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race22a_BothCancelled"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, one fork):
 *                             RESULT  SAMPLES    FREQ      EXPECT
 * inner outer, told CANCELLED, clean    3,444   0.57%  Acceptable
 * inner outer, told SUCCEEDED, clean  297,604  49.43%  Acceptable
 * outer inner, told CANCELLED, clean    2,530   0.42%  Acceptable
 * outer inner, told SUCCEEDED, clean  298,553  49.58%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = {"outer inner, told CANCELLED, clean", "inner outer, told CANCELLED, clean"}, expect = ACCEPTABLE,
        desc = "The inner task was cancelled before its start.")
@Outcome(id = {"outer inner, told SUCCEEDED, clean", "inner outer, told SUCCEEDED, clean"}, expect = ACCEPTABLE,
        desc = "The inner task was cancelled later, or too late.")
@Outcome(expect = FORBIDDEN, desc = "The outer body was not interrupted, or an interrupt came outside of its window.")
@State
public class Race22a_BothCancelled {

    private final Given.Start start = new Given.Start();
    private final Task<?> outer = Given.unowned().spawn(this::outer);
    private final Task<?> inner = Given.unowned().spawn(this::inner);
    private volatile boolean running;
    private volatile boolean cancelled;
    private boolean told;

    private void outer() {
        running = true;
        start.meet();
        Given.run(inner);
        Given.until(() -> cancelled);
        told = Thread.currentThread().isInterrupted();
    }

    private void inner() {
        Given.swallow();
    }

    /** Runs the outer task, which runs the inner one, on a thread whose status must be clear before and after. */
    @Actor
    public void runner(LLL_Result result) {
        boolean early = Thread.interrupted();
        Given.run(outer);
        boolean late = Thread.interrupted();
        result.r2 = (told ? "told " : "not told ") + inner.status();
        result.r3 = late ? "interrupted" : early ? "interrupted later" : "clean";
    }

    /** Cancels both tasks, in either order. */
    @Actor
    public void canceller(LLL_Result result) {
        boolean outerFirst = ThreadLocalRandom.current().nextBoolean();
        Given.until(() -> running);
        start.meet();
        Given.pause();
        (outerFirst ? outer : inner).cancel();
        Given.hesitate();
        (outerFirst ? inner : outer).cancel();
        cancelled = true;
        result.r1 = outerFirst ? "outer inner" : "inner outer";
    }
}
