package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.TaskSpec;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LII_Result;

/**
 * A spawn by a spec with a callback and a hook, against an abort that drops the task, and against its time limit: if
 * the spawn returns the task, both run once; if it throws, neither runs (S3, S4; {@link Specified}).
 *
 * <p>The aborter completes the task while the spawner is still in its executor, and neither knows yet whether the spawn
 * will throw. The spawner sets ACCEPTED as its last step, and then looks whether the task was dropped. The completer
 * drops the task, and then looks for ACCEPTED. At least one of the two sees the other. If both do, a flag decides who
 * calls.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race25a_AcceptDrop"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Expired:
 *        RESULT  SAMPLES     FREQ      EXPECT
 * refused, 0, 0  199,063  100.00%  Acceptable
 * Refused:
 *        RESULT  SAMPLES     FREQ      EXPECT
 * refused, 0, 0  203,798  100.00%  Acceptable
 * Taken:
 *                 RESULT  SAMPLES    FREQ      EXPECT
 *         accepted, 1, 1  138,403  69.66%  Acceptable
 * is shutting down, 0, 0   60,272  30.34%  Acceptable
 * }</pre>
 */
public final class Race25a_AcceptDrop {

    private Race25a_AcceptDrop() { }

    /** The executor takes the task. */
    @JCStressTest
    @Outcome(id = "accepted, 1, 1", expect = ACCEPTABLE, desc = "The task was dropped before or after its spawn ended.")
    @Outcome(id = "is shutting down, 0, 0", expect = ACCEPTABLE, desc = "The abort came before the task was launched.")
    @Outcome(expect = FORBIDDEN, desc = "A call was lost, or made twice, or made for a spawn that throws.")
    @State
    public static class Taken {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = (Scope) Given.builder().executor(task -> Given.pause()).unowned().open();
        private final AtomicInteger hooks = new AtomicInteger();
        private final AtomicInteger callbacks = new AtomicInteger();
        private final TaskSpec spec = supervisor.spec("specified")
                .onCancel(hooks::getAndIncrement).onDone(task -> callbacks.getAndIncrement());

        /** Spawns. */
        @Actor
        public void spawner(LII_Result result) {
            start.meet();
            try {
                spec.spawn(Given.NOTHING);
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

        /** Counts the calls. */
        @Arbiter
        public void arbiter(LII_Result result) {
            result.r2 = hooks.get();
            result.r3 = callbacks.get();
        }
    }

    /** The executor refuses the task. */
    @JCStressTest
    @Outcome(id = "refused, 0, 0", expect = ACCEPTABLE, desc = "The executor has thrown, or was not asked.")
    @Outcome(expect = FORBIDDEN, desc = "A call was made for a spawn that throws.")
    @State
    public static class Refused {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = (Scope) Given.builder().executor(Refused::refuse).unowned().open();
        private final AtomicInteger hooks = new AtomicInteger();
        private final AtomicInteger callbacks = new AtomicInteger();
        private final TaskSpec spec = supervisor.spec("specified")
                .onCancel(hooks::getAndIncrement).onDone(task -> callbacks.getAndIncrement());

        private static void refuse(Runnable task) {
            Given.pause();
            throw new RejectedExecutionException("The executor is full");
        }

        /** Spawns. */
        @Actor
        public void spawner(LII_Result result) {
            start.meet();
            try {
                spec.spawn(Given.NOTHING);
                result.r1 = "accepted";
            } catch (RejectedExecutionException e) {
                result.r1 = "refused";
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
        public void arbiter(LII_Result result) {
            result.r2 = hooks.get();
            result.r3 = callbacks.get();
        }
    }

    /** The executor refuses the task, and meanwhile its time limit passes. */
    @JCStressTest
    @Outcome(id = "refused, 0, 0", expect = ACCEPTABLE, desc = "The executor has thrown.")
    @Outcome(expect = FORBIDDEN, desc = "A call was made for a spawn that throws.")
    @State
    public static class Expired {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = (Scope) Given.builder().executor(Refused::refuse).unowned().open();
        private final AtomicInteger hooks = new AtomicInteger();
        private final AtomicInteger callbacks = new AtomicInteger();
        private final TaskSpec spec = supervisor.spec("specified").timeout(Given.HOUR)
                .onCancel(hooks::getAndIncrement).onDone(task -> callbacks.getAndIncrement());

        /** Spawns. */
        @Actor
        public void spawner(LII_Result result) {
            start.meet();
            try {
                spec.spawn(Given.NOTHING);
                result.r1 = "accepted";
            } catch (RejectedExecutionException e) {
                result.r1 = "refused";
            }
        }

        /** Does what follows when the limit has passed. */
        @Actor
        public void alarm() {
            start.meet();
            Given.pause();
            supervisor.census.forEach(Given::timeOut);
        }

        /** Counts the calls. */
        @Arbiter
        public void arbiter(LII_Result result) {
            result.r2 = hooks.get();
            result.r3 = callbacks.get();
            supervisor.seal();
        }
    }
}
