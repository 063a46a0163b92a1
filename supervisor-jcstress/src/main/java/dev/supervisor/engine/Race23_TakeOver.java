package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Two threads find the same tasks UNFINISHED, which a thread that was cut off has left: one of the two completes each
 * task (E1, E4, E5, C2; {@link Completion}).
 *
 * <p>One task was dropped before its start. The runner of another ran out of stack. A third task stays live. The claim:
 * the thread that takes a task over completes it, once. Its callback and the failure handler are called once. It is
 * counted out once, so the third task alone is live.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race23_TakeOver"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, one fork):
 *                                RESULT  SAMPLES     FREQ      EXPECT
 * CANCELLED FAILED, 1 1 1, 1 1 FINISHED  909,331  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "CANCELLED FAILED, 1 1 1, 1 1 FINISHED", expect = ACCEPTABLE, desc = "Each task was completed once.")
@Outcome(expect = FORBIDDEN, desc = "A task was completed twice, or not at all.")
@State
public class Race23_TakeOver {

    private final Given.Start start = new Given.Start();
    private final AtomicInteger reported = new AtomicInteger();
    private final Scope supervisor = (Scope) Given.builder().unowned()
            .onFailure((task, failure) -> reported.getAndIncrement()).open();
    private final AtomicInteger first = new AtomicInteger();
    private final AtomicInteger second = new AtomicInteger();
    private final SupervisedTask<?> dropped = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
    private final SupervisedTask<?> cutOff = Given.claimed(supervisor);
    private final SupervisedTask<?> third = Given.claimed(supervisor);

    /** Starts with two tasks that no thread completes. */
    public Race23_TakeOver() {
        dropped.onDone(task -> first.getAndIncrement());
        cutOff.onDone(task -> second.getAndIncrement());
        dropped.request(true);
        cutOff.start(Thread.currentThread());
        cutOff.payload = new StackOverflowError();
        cutOff.thread = TaskState.UNFINISHED;
    }

    /** Recovers. */
    @Actor
    public void recoverer() {
        start.meet();
        supervisor.unfinished = true;
        Abort.recover(supervisor);
    }

    /** Recovers, too. */
    @Actor
    public void other() {
        start.meet();
        Given.hesitate();
        supervisor.unfinished = true;
        Abort.recover(supervisor);
    }

    /** Checks all three tasks. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = dropped.status() + " " + cutOff.status();
        result.r2 = first + " " + second + " " + reported;
        String live = supervisor.liveCount() + " " + supervisor.tasks().size();
        supervisor.abort();
        Given.drop(third);
        result.r3 = live + " " + Given.whatIsLeft(supervisor);
    }
}
