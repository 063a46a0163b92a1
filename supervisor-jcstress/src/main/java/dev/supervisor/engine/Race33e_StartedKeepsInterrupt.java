package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A cancel against the begin of a body whose observer swallows interrupts: the body sees the interrupt all the same (O4;
 * {@link RecordedBody}).
 *
 * <p>The observer is told of the start in the window of the body. If the interrupt comes then, and the observer clears
 * the status, the task's word says that the task was interrupted, or that a canceller is in the middle of it; the runner
 * waits for that, and sets the status again.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race33e_StartedKeepsInterrupt"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *             RESULT  SAMPLES    FREQ      EXPECT
 * clean, interrupted  107,291  42.07%  Acceptable
 * clean, never began  147,744  57.93%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "clean, never began", expect = ACCEPTABLE, desc = "The cancel came before the start.")
@Outcome(id = "clean, interrupted", expect = ACCEPTABLE, desc = "It came later.")
@Outcome(expect = FORBIDDEN, desc = "The observer has swallowed the interrupt, or it came after the body.")
@State
public class Race33e_StartedKeepsInterrupt {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = (Scope) Given.builder().unowned().observer(new TaskObserver() {
        @Override
        public void started(Task<?> of) {
            Given.swallow();
        }
    }).open();
    private final Task<?> task = supervisor.spawn(this::body);
    private volatile boolean cancelled;
    private String body = "never began";

    private void body() {
        Given.until(() -> cancelled);
        body = Thread.interrupted() ? "interrupted" : "not interrupted";
    }

    /** Runs the task, on a thread whose status must be clear before and after. */
    @Actor
    public void runner(LL_Result result) {
        boolean early = Thread.interrupted();
        start.meet();
        Given.run(task);
        result.r1 = Thread.interrupted() || early ? "interrupted late" : "clean";
    }

    /** Cancels. */
    @Actor
    public void canceller() {
        start.meet();
        Given.pause();
        task.cancel();
        cancelled = true;
    }

    /** Looks at what the body has seen. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r2 = body;
        supervisor.seal();
    }
}
