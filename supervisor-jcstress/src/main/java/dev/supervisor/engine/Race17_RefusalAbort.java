package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIL_Result;

/**
 * An executor that refuses a task against an abort: the spawn is undone, once (A5, A6).
 *
 * <p>The task is in the live set when the executor refuses it, so the visit of the abort may find it. The claim: the
 * spawner throws what the executor has thrown. One of the two, the spawner or the aborter, cleans up. A callback that
 * is registered in between, here by the executor itself, is called once.
 *
 * <p>The aborter waits until the executor has the task. Only an aborter that has waited too long comes before the
 * spawn.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race17_RefusalAbort"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                        RESULT    SAMPLES    FREQ      EXPECT
 * is shutting down, 0, FINISHED     40,411   0.48%  Acceptable
 *          refused, 1, FINISHED  8,358,703  99.52%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "refused, 1, FINISHED", expect = ACCEPTABLE,
        desc = "The executor refused; one thread cleaned up, and which one does not show.")
@Outcome(id = "is shutting down, 0, FINISHED", expect = ACCEPTABLE,
        desc = "The spawner has seen the flag, and has not called the executor.")
@Outcome(expect = FORBIDDEN, desc = "The task was cleaned up twice, or not at all.")
@State
public class Race17_RefusalAbort {

    private static final RejectedExecutionException REFUSAL = new RejectedExecutionException("refused by the executor");

    private final Given.Start start = new Given.Start();
    private final AtomicInteger calls = new AtomicInteger();
    private final Scope supervisor = (Scope) Supervisor.builder().unowned().executor(this::refuse).open();
    private String told;

    private void refuse(Runnable task) {
        ((Task<?>) task).onDone(done -> calls.incrementAndGet());
        start.meet();
        throw REFUSAL;
    }

    /** Spawns. */
    @Actor
    public void spawner() {
        try {
            told = Given.told(Given.spawn(supervisor));
        } catch (Throwable thrown) {
            told = thrown.toString();
        }
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        Given.pause();
        supervisor.abort();
    }

    /** Counts the calls. */
    @Arbiter
    public void arbiter(LIL_Result result) {
        result.r1 = REFUSAL.getMessage().equals(told) ? "refused" : told;
        result.r2 = calls.get();
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
