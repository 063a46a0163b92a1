package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * What a body has written is seen by whoever learns of its end (memory effects).
 *
 * <p>The body writes a plain field and returns a value. One who sees that the task is done sees both. One who sees that
 * the supervisor is finished sees besides what a callback has written, which was registered before the end (E4): it has
 * run before the task stopped counting as live. A callback that is registered meanwhile sees it wherever it runs, on
 * the finisher's thread or on the registrant's.
 *
 * <p>On x86 no store is overtaken by a later one, so only a compiler could break this here; the test is for other
 * machines above all.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race14a_Publication"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                          RESULT     SAMPLES    FREQ      EXPECT
 * not done, not finished, written  10,570,105  38.73%  Acceptable
 *      not done, written, written     500,348   1.83%  Acceptable
 *  written, not finished, written   2,210,712   8.10%  Acceptable
 *       written, written, written  14,010,749  51.34%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = {"written, written, written", "not done, written, written",
        "written, not finished, written", "not done, not finished, written"},
        expect = ACCEPTABLE, desc = "Who saw the end, saw the write.")
@Outcome(expect = FORBIDDEN, desc = "The end was seen without what came before it.")
@State
public class Race14a_Publication {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<String> task = supervisor.spawn(() -> data = "written");
    private String data = "nothing";
    private String early = "not called";
    private volatile String late;

    /** Starts SEALED, so that the end of the task is the end of all, and with a callback. */
    public Race14a_Publication() {
        supervisor.seal();
        task.onDone(done -> early = data);
    }

    /** Runs the task. */
    @Actor
    public void writer() {
        start.meet();
        Given.run(task);
    }

    /** Looks. */
    @Actor
    public void reader(LLL_Result result) {
        start.meet();
        Given.hesitate();
        Task<?> any = task;   // of what type the value is, if it is the wrong one, does not matter
        result.r1 = !any.isDone() ? "not done" : data.equals(any.resultNow()) ? data : data + ", not returned";
        result.r2 = supervisor.state() == Supervisor.State.FINISHED ? early : "not finished";
        task.onDone(done -> late = data);
    }

    /** Notes what the late callback saw. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r3 = late;
    }
}
