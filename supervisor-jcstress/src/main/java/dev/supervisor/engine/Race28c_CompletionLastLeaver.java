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
import org.openjdk.jcstress.infra.results.LI_Result;

/**
 * A thread that asks for the completion of a supervisor, against the last task: the stage completes, once (S8; {@link
 * Extras}).
 *
 * <p>The asker installs the stage, and then looks whether all is over. The thread that has brought the end about then
 * looks for a stage. At least one of the two sees the other.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race28c_CompletionLastLeaver"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *    RESULT  SAMPLES    FREQ      EXPECT
 *  asker, 1   52,609  53.34%  Acceptable
 * leaver, 1   46,016  46.66%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "asker, 1", expect = ACCEPTABLE, desc = "The stage was complete when the asker registered.")
@Outcome(id = "leaver, 1", expect = ACCEPTABLE, desc = "The last task has completed it.")
@Outcome(expect = FORBIDDEN, desc = "The stage stays incomplete, or its dependent ran twice.")
@State
public class Race28c_CompletionLastLeaver {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> last = supervisor.spawn(Given.NOTHING);
    private final AtomicInteger calls = new AtomicInteger();
    private volatile Thread asker;
    private volatile String by;

    /** Starts with one task, and no other to come. */
    public Race28c_CompletionLastLeaver() {
        supervisor.seal();
    }

    /** Runs the last task. */
    @Actor
    public void leaver() {
        start.meet();
        Given.run(last);
    }

    /** Asks for the completion. */
    @Actor
    public void asker() {
        asker = Thread.currentThread();
        start.meet();
        Given.hesitate();
        supervisor.completion().thenRun(() -> {
            by = Thread.currentThread() == asker ? "asker" : "leaver";
            calls.getAndIncrement();
        });
    }

    /** Counts the calls. */
    @Arbiter
    public void arbiter(LI_Result result) {
        result.r1 = by;
        result.r2 = calls.get();
    }
}
