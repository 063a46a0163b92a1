package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLI_Result;
import org.openjdk.jcstress.infra.results.LI_Result;

/**
 * The permits of a supervisor with a limit: one thread gets the last one, and each comes back once, whether its task
 * ends, is cancelled before it runs, or is undone since the executor throws (S9; {@link Permits}).
 *
 * <p>A spawner takes a permit by compare-and-set. The thread that counts the task out returns it, and that is one
 * thread, however many would end the task. A spawner returns it itself only if its task was not counted in.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race26a_LastPermit"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Ended:
 *       RESULT  SAMPLES    FREQ      EXPECT
 * CANCELLED, 1  297,679  69.37%  Acceptable
 * SUCCEEDED, 1  131,467  30.63%  Acceptable
 * Taken:
 *               RESULT  SAMPLES    FREQ      EXPECT
 * accepted, is full, 0  168,291  52.69%  Acceptable
 * is full, accepted, 0  151,107  47.31%  Acceptable
 * Undone:
 *              RESULT  SAMPLES    FREQ      EXPECT
 *  by the executor, 1  152,803  67.97%  Acceptable
 * is shutting down, 1   72,012  32.03%  Acceptable
 * }</pre>
 */
public final class Race26a_LastPermit {

    private Race26a_LastPermit() { }

    /** Two spawners, and one permit. */
    @JCStressTest
    @Outcome(id = "accepted, is full, 0", expect = ACCEPTABLE, desc = "The first spawner got it.")
    @Outcome(id = "is full, accepted, 0", expect = ACCEPTABLE, desc = "The second spawner got it.")
    @Outcome(expect = FORBIDDEN, desc = "Both got it, or neither.")
    @State
    public static class Taken {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = (Scope) Given.builder().unowned().maxTasks(1).open();

        /** Spawns. */
        @Actor
        public void one(LLI_Result result) {
            start.meet();
            result.r1 = Given.told(Given.spawn(supervisor));
        }

        /** Spawns, too. */
        @Actor
        public void two(LLI_Result result) {
            start.meet();
            Given.hesitate();
            result.r2 = Given.told(Given.spawn(supervisor));
        }

        /** Counts the permits. */
        @Arbiter
        public void arbiter(LLI_Result result) {
            result.r3 = supervisor.permits().free;
            supervisor.abort();
        }
    }

    /** The task ends, and is cancelled, perhaps before it runs. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1", expect = ACCEPTABLE, desc = "The task began before the cancel.")
    @Outcome(id = "CANCELLED, 1", expect = ACCEPTABLE, desc = "The task was dropped.")
    @Outcome(expect = FORBIDDEN, desc = "The permit was lost, or returned twice.")
    @State
    public static class Ended {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = (Scope) Given.builder().unowned().maxTasks(1).open();
        private final Task<?> task = supervisor.spawn(Given.NOTHING);

        /** Runs the task. */
        @Actor
        public void runner() {
            start.meet();
            Given.hesitate();
            Given.run(task);
        }

        /** Cancels the task. */
        @Actor
        public void canceller() {
            start.meet();
            task.cancel();
        }

        /** Counts the permits. */
        @Arbiter
        public void arbiter(LI_Result result) {
            result.r1 = task.status().name();
            result.r2 = supervisor.permits().free;
        }
    }

    /** The executor throws, while a thread aborts. */
    @JCStressTest
    @Outcome(id = "by the executor, 1", expect = ACCEPTABLE, desc = "The executor was asked, and has thrown.")
    @Outcome(id = "is shutting down, 1", expect = ACCEPTABLE, desc = "The abort came first.")
    @Outcome(expect = FORBIDDEN, desc = "The permit was lost, or returned twice.")
    @State
    public static class Undone {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = (Scope) Given.builder().executor(Undone::refuse).unowned().maxTasks(1).open();

        private static void refuse(Runnable task) {
            Given.hesitate();
            throw new RejectedExecutionException("by the executor");
        }

        /** Spawns. */
        @Actor
        public void spawner(LI_Result result) {
            start.meet();
            result.r1 = Given.told(Given.spawn(supervisor));
        }

        /** Aborts. */
        @Actor
        public void aborter() {
            start.meet();
            Given.pause();
            supervisor.abort();
        }

        /** Counts the permits. */
        @Arbiter
        public void arbiter(LI_Result result) {
            result.r2 = supervisor.permits().free;
        }
    }
}
