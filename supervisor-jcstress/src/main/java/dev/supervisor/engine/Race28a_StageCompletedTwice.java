package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIL_Result;

/**
 * A stage that two threads complete at once, each with its own result: the task ends once (S7; {@link AsyncTask}).
 *
 * <p>No stage of the JDK does that. The first thread that calls the task claims the end by a flag of the task's word,
 * and completes the task; the other changes nothing.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race28a_StageCompletedTwice"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *             RESULT  SAMPLES    FREQ      EXPECT
 * one, 1, 0 FINISHED  114,154  69.27%  Acceptable
 * two, 1, 0 FINISHED   50,635  30.73%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "one, 1, 0 FINISHED", expect = ACCEPTABLE, desc = "The first result counts.")
@Outcome(id = "two, 1, 0 FINISHED", expect = ACCEPTABLE, desc = "The second result counts.")
@Outcome(expect = FORBIDDEN, desc = "The task ended twice, or not at all.")
@State
public class Race28a_StageCompletedTwice {

    /** A stage that leaves it to others when, and how often, it calls what was registered. */
    private static final class Odd extends CompletableFuture<String> {

        private BiConsumer<? super String, ? super Throwable> registered;

        @Override
        public CompletableFuture<String> whenComplete(BiConsumer<? super String, ? super Throwable> action) {
            registered = action;
            return this;
        }
    }

    private final Given.Start start = new Given.Start();
    private final Odd stage = new Odd();
    private final Scope supervisor = Given.unowned();
    private final Task<String> task = supervisor.spawnAsync(() -> stage);
    private final AtomicInteger callbacks = new AtomicInteger();

    /** Starts with a callback. */
    public Race28a_StageCompletedTwice() {
        task.onDone(done -> callbacks.getAndIncrement());
    }

    /** Completes the stage. */
    @Actor
    public void one() {
        start.meet();
        stage.registered.accept("one", null);
    }

    /** Completes the stage, too. */
    @Actor
    public void two() {
        start.meet();
        Given.hesitate();
        stage.registered.accept("two", null);
    }

    /** Checks the outcome. */
    @Arbiter
    public void arbiter(LIL_Result result) {
        result.r1 = task.isDone() ? task.resultNow() : task.status();
        result.r2 = callbacks.get();
        long live = supervisor.liveCount();
        supervisor.seal();
        result.r3 = live + " " + Given.whatIsLeft(supervisor);
    }
}
