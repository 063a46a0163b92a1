package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIL_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A request to cancel an async task, against the start that returns the stage, and against the completion of the stage;
 * and that completion against the start (S7; {@link AsyncTask}).
 *
 * <p>The spawner stores the stage by compare-and-set where the requester stores that it has asked. So the request is
 * carried out once the stage is known: by the requester that finds the stage, or by the spawner that finds the request.
 * A stage that completes at the same time ends the task once, and its outcome is that of the stage. The spawner stores
 * the stage before it registers with it, so the end that follows forgets it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race28b_StageCancel"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Completed:
 *                  RESULT  SAMPLES    FREQ      EXPECT
 * CANCELLED, 1, cancelled   39,114  13.26%  Acceptable
 * SUCCEEDED, 1, completed  255,858  86.74%  Acceptable
 * CompletedInStart:
 *                                RESULT  SAMPLES    FREQ      EXPECT
 *  by the completer, 1 SUCCEEDED, let go   61,612  57.33%  Acceptable
 *    by the spawner, 1 SUCCEEDED, let go   45,864  42.67%  Acceptable
 * Returned:
 *                                RESULT  SAMPLES    FREQ      EXPECT
 *         accepted, cancelled, FINISHED  118,960  63.97%  Acceptable
 *         accepted, untouched, FINISHED       36   0.02%  Acceptable
 * is shutting down, untouched, FINISHED   66,958  36.01%  Acceptable
 * }</pre>
 */
public final class Race28b_StageCancel {

    private Race28b_StageCancel() { }

    /** The start returns the stage. */
    @JCStressTest
    @Outcome(id = "accepted, cancelled, FINISHED", expect = ACCEPTABLE, desc = "The request has reached the stage.")
    @Outcome(id = "is shutting down, untouched, FINISHED", expect = ACCEPTABLE, desc = "The start was not called.")
    @Outcome(id = "accepted, untouched, FINISHED", expect = ACCEPTABLE, desc = "The task was dropped before its start.")
    @Outcome(expect = FORBIDDEN, desc = "The request was lost, or the stage of a spawn that throws was cancelled.")
    @State
    public static class Returned {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final CompletableFuture<String> stage = new CompletableFuture<>();

        /** Spawns. */
        @Actor
        public void spawner(LLL_Result result) {
            start.meet();
            try {
                supervisor.spawnAsync(() -> {
                    Given.hesitate();
                    return stage;
                });
                result.r1 = "accepted";
            } catch (RejectedExecutionException e) {
                result.r1 = Given.reason(e);
            }
        }

        /** Aborts. */
        @Actor
        public void aborter() {
            start.meet();
            Given.pause();
            supervisor.abort();
        }

        /** Checks what has come of the stage. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r2 = stage.isCancelled() ? "cancelled" : "untouched";
            result.r3 = Given.whatIsLeft(supervisor);
        }
    }

    /** The stage completes. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, completed", expect = ACCEPTABLE, desc = "The stage completed first.")
    @Outcome(id = "CANCELLED, 1, cancelled", expect = ACCEPTABLE, desc = "The request came first.")
    @Outcome(expect = FORBIDDEN, desc = "The task ended twice, or not as its stage.")
    @State
    public static class Completed {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final CompletableFuture<String> stage = new CompletableFuture<>();
        private final Task<String> task = supervisor.spawnAsync(() -> stage);
        private final AtomicInteger callbacks = new AtomicInteger();

        /** Starts with a callback. */
        public Completed() {
            task.onDone(done -> callbacks.getAndIncrement());
        }

        /** Completes the stage. */
        @Actor
        public void completer() {
            start.meet();
            Given.hesitate();
            stage.complete("done");
        }

        /** Cancels the task. */
        @Actor
        public void canceller() {
            start.meet();
            task.cancel();
        }

        /** Checks the outcome. */
        @Arbiter
        public void arbiter(LIL_Result result) {
            result.r1 = supervisor.liveCount() == 0 ? task.status() : supervisor;
            result.r2 = callbacks.get();
            result.r3 = stage.isCancelled() ? "cancelled" : "completed";
        }
    }

    /** The stage completes while the start returns it, and no request comes. */
    @JCStressTest
    @Outcome(id = "by the spawner, 1 SUCCEEDED, let go", expect = ACCEPTABLE, desc = "It was complete when it was known.")
    @Outcome(id = "by the completer, 1 SUCCEEDED, let go", expect = ACCEPTABLE, desc = "It was known when it completed.")
    @Outcome(expect = FORBIDDEN, desc = "The task ended twice, or not at all, or keeps the stage.")
    @State
    public static class CompletedInStart {

        private final Given.Start start = new Given.Start();
        private final CompletableFuture<String> stage = new CompletableFuture<>();
        private final AtomicInteger callbacks = new AtomicInteger();
        private final TaskSpec spec = Given.unowned().spec("async").onDone(this::ended);
        private volatile Task<String> task;
        private volatile Thread completer;
        private volatile Thread ender;

        private void ended(Task<?> done) {
            callbacks.getAndIncrement();
            ender = Thread.currentThread();
        }

        /** Spawns. */
        @Actor
        public void spawner() {
            start.meet();
            task = spec.spawnAsync(() -> {
                Given.hesitate();
                return stage;
            });
        }

        /** Completes the stage. */
        @Actor
        public void completer() {
            completer = Thread.currentThread();
            start.meet();
            Given.pause();
            stage.complete("done");
        }

        /** Checks the outcome. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r1 = ender == completer ? "by the completer" : "by the spawner";
            result.r2 = callbacks + " " + task.status();
            result.r3 = Given.keepsStage(task) ? "kept" : "let go";
        }
    }
}
