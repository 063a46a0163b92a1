package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Action;
import dev.supervisor.Task;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLI_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A time limit against the run of its task, and against a cancel (S5; {@link TaskState}, 5).
 *
 * <p>The alarm sets EXPIRED by compare-and-set of the word on which the start, the end and a cancel decide. The claim:
 * a task whose limit passes before it starts fails, and its body never runs. A body that the limit interrupts, and that
 * ends by the interrupt, makes its task fail with a {@link TimeoutException}; a body that returns makes it succeed. The
 * thread that ran the body has a clear status afterwards, at once and later. Of a limit and a cancel the first reason
 * decides the outcome.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27b_LimitEndCancel"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Cancel:
 *               RESULT  SAMPLES    FREQ      EXPECT
 * cancel, CANCELLED, 1  131,680  61.92%  Acceptable
 *    limit, TIMEOUT, 1   80,982  38.08%  Acceptable
 * Run:
 *                      RESULT  SAMPLES    FREQ      EXPECT
 * clean, interrupted, TIMEOUT   31,084  20.06%  Acceptable
 * clean, never began, TIMEOUT   57,435  37.06%  Acceptable
 *  clean, returned, SUCCEEDED   66,449  42.88%  Acceptable
 * }</pre>
 */
public final class Race27b_LimitEndCancel {

    private Race27b_LimitEndCancel() { }

    private static SupervisedTask<?> limited(Scope supervisor, Action body) {
        Task<?> task = supervisor.spec("limited").timeout(Given.HOUR).spawn(body);
        return (SupervisedTask<?>) task;
    }

    private static String outcome(Task<?> task) {
        return task.failure() instanceof TimeoutException ? "TIMEOUT" : task.status().name();
    }

    /** The task runs. */
    @JCStressTest
    @Outcome(id = "clean, never began, TIMEOUT", expect = ACCEPTABLE, desc = "The limit passed before the start.")
    @Outcome(id = "clean, interrupted, TIMEOUT", expect = ACCEPTABLE, desc = "The limit passed in the body.")
    @Outcome(id = "clean, returned, SUCCEEDED", expect = ACCEPTABLE, desc = "The body returned, in time or late.")
    @Outcome(expect = FORBIDDEN, desc = "The outcome is another, or an interrupt came after the body.")
    @State
    public static class Run {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final SupervisedTask<?> task = limited(supervisor, this::body);
        private String body = "never began";

        private void body() throws InterruptedException {
            body = "interrupted";
            if (Given.swallow()) {
                throw new InterruptedException();
            }
            body = "returned";
        }

        /** Runs the task, on a thread whose status must be clear before and after. */
        @Actor
        public void runner(LLL_Result result) {
            boolean early = Thread.interrupted();
            start.meet();
            Given.run(task);
            boolean late = Thread.interrupted();
            result.r1 = late ? "interrupted" : early ? "interrupted later" : "clean";
        }

        /** Does what follows when the limit has passed. */
        @Actor
        public void alarm() {
            start.meet();
            Given.pause();
            Given.timeOut(task);
        }

        /** Checks the outcome. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r2 = body;
            result.r3 = supervisor.liveCount() == 0 ? outcome(task) : supervisor;
            supervisor.seal();
        }
    }

    /** The task is cancelled, and has not started. */
    @JCStressTest
    @Outcome(id = "limit, TIMEOUT, 1", expect = ACCEPTABLE, desc = "The limit was the first reason.")
    @Outcome(id = "cancel, CANCELLED, 1", expect = ACCEPTABLE, desc = "The cancel was the first reason.")
    @Outcome(expect = FORBIDDEN, desc = "The second reason has decided, or the callback was lost or called twice.")
    @State
    public static class Cancel {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final SupervisedTask<?> task = limited(supervisor, Given.NOTHING);
        private final AtomicInteger callbacks = new AtomicInteger();

        /** Starts with a callback. */
        public Cancel() {
            task.onDone(done -> callbacks.getAndIncrement());
        }

        /** Cancels. */
        @Actor
        public void canceller() {
            start.meet();
            Given.hesitate();
            task.cancel();
        }

        /** Does what follows when the limit has passed. */
        @Actor
        public void alarm(LLI_Result result) {
            start.meet();
            Given.hesitate();
            result.r1 = Given.timeOut(task) ? "limit" : "cancel";
        }

        /** Checks the outcome. */
        @Arbiter
        public void arbiter(LLI_Result result) {
            result.r2 = supervisor.liveCount() == 0 ? outcome(task) : supervisor;
            result.r3 = callbacks.get();
            supervisor.seal();
        }
    }
}
