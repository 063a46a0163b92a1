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
 * A thread that learns of the end of a body sees what the body has written (memory effects).
 *
 * <p>The body writes a plain field and returns a value. A thread that sees that the task is done sees both. A thread
 * that sees that the supervisor is finished also sees what a callback has written that was registered before the end
 * (E4): the callback ran before the task was counted out. A callback that is registered meanwhile sees what the body
 * has written, whether it runs on the writer's thread or on the registrant's.
 *
 * <p>On x86 no later store overtakes an earlier one, so only a compiler could break this there. The test is above all
 * for other machines.
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
        expect = ACCEPTABLE, desc = "Where the reader saw the end, it saw the write.")
@Outcome(expect = FORBIDDEN, desc = "The end was seen without what came before it.")
@State
public class Race14a_Publication {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<String> task = supervisor.spawn(() -> data = "written");
    private String data = "nothing";
    private String early = "not called";
    private volatile String late;

    /** Starts SEALED, so that the supervisor finishes with the task, and with a callback. */
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

    /** Checks whether the task is done and the supervisor finished, and registers a late callback. */
    @Actor
    public void reader(LLL_Result result) {
        start.meet();
        Given.hesitate();
        Task<?> any = task;   // if the value is a wrong one, its type does not matter
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
