package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * An owner leaves its block, inside of a task, while the block is shut down and the task is cancelled: the thread has
 * one interrupt status for both (C1, C3, C6; {@link Owner}).
 *
 * <p>The claim: an exit takes back the interrupt that was for the block, and no other. If only the block was
 * interrupted, the status is clear after the exit. If the task is cancelled, its body finds the status set after the
 * exit. There is one exception: the block has swallowed an interrupt and was not interrupted itself. Then the interrupt
 * was for the task, and has reached it, since the code of the block is code of the task. When all is over, the status
 * of the thread is clear, at once and later.
 *
 * <p>Half of all blocks swallow the interrupts that they meet.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race22c_OwnerLeaves"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, one fork):
 *                                    RESULT  SAMPLES    FREQ      EXPECT
 * cancel shutdown, felt in the block, clean   42,120   7.65%  Acceptable
 *              cancel shutdown, told, clean  140,935  25.58%  Acceptable
 *              shutdown cancel, told, clean  183,812  33.36%  Acceptable
 *             shutdown, nothing left, clean  184,064  33.41%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "shutdown, nothing left, clean", expect = ACCEPTABLE,
        desc = "The exit has taken back the interrupt of the block, if one came.")
@Outcome(id = {"shutdown cancel, told, clean", "cancel shutdown, told, clean"}, expect = ACCEPTABLE,
        desc = "The body of the task found the status set.")
@Outcome(id = "cancel shutdown, felt in the block, clean", expect = ACCEPTABLE,
        desc = "The task was interrupted in the block; the owner was not, for it had left the block by then.")
@Outcome(expect = FORBIDDEN, desc = "The task was not interrupted, or an interrupt came outside of its window.")
@State
public class Race22c_OwnerLeaves {

    private static final Supervisor.Builder OWNED = Given.builder();

    private final Given.Start start = new Given.Start();
    private final boolean swallows = ThreadLocalRandom.current().nextBoolean();
    private final Task<?> task = Given.unowned().spawn(this::body);
    private volatile boolean running;
    private volatile Scope block;
    private volatile String done;
    private String outcome = "not run";

    private void body() {
        Thread me = Thread.currentThread();
        running = true;
        start.meet();
        Scope mine = (Scope) OWNED.open();
        block = mine;
        boolean swallowed = swallows && Given.swallow();
        if (!swallows) {
            Given.pause();
        }
        mine.close();
        boolean left = me.isInterrupted();
        Given.until(() -> done != null);
        boolean told = me.isInterrupted();
        if (done.equals("shutdown")) {
            outcome = left ? "left" : told ? "told later" : "nothing left";
        } else {
            boolean felt = swallowed && !mine.owner.wasInterruptedByUs();
            outcome = told ? "told" : felt ? "felt in the block" : "not told";
        }
    }

    /** Runs the task, on a thread whose status must be clear before and after. */
    @Actor
    public void runner(LLL_Result result) {
        boolean early = Thread.interrupted();
        Given.run(task);
        boolean late = Thread.interrupted();
        result.r2 = outcome;
        result.r3 = late ? "interrupted" : early ? "interrupted later" : "clean";
    }

    /** Shuts the supervisor of the block down, and cancels the task before that, or after, or not at all. */
    @Actor
    public void meddler(LLL_Result result) {
        int choice = ThreadLocalRandom.current().nextInt(3);
        Given.until(() -> running);
        start.meet();
        if (choice == 2) {
            Given.pause();
            task.cancel();
        }
        Given.until(() -> block != null);
        Given.pause();
        block.shutdown();
        if (choice == 1) {
            Given.hesitate();
            task.cancel();
        }
        String what = choice == 0 ? "shutdown" : choice == 1 ? "shutdown cancel" : "cancel shutdown";
        done = what;
        result.r1 = what;
    }
}
