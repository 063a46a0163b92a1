package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/**
 * The registration of drain hooks against the begin of a drain: each hook of a live task runs exactly once (S1, S3;
 * {@link Hooks}).
 *
 * <p>The registrant sets HOOKED, pushes the hook, and then reads whether the supervisor drains. The drainer sets
 * DRAINING, and then visits the tasks and reads their lists. At least one of the two sees the other, and the one that
 * takes the hook first runs it. In a child that a task of the draining supervisor has opened, the registrant reads the
 * state of each supervisor around, and the visit comes down to the child's tasks.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race24b_HookDrain"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Around:
 *        RESULT  SAMPLES    FREQ      EXPECT
 *    drainer, 1   37,878  45.90%  Acceptable
 * registrant, 1   44,636  54.10%  Acceptable
 * Own:
 *        RESULT  SAMPLES    FREQ      EXPECT
 *    drainer, 1   65,489  38.98%  Acceptable
 * registrant, 1  102,511  61.02%  Acceptable
 * }</pre>
 */
public final class Race24b_HookDrain {

    private Race24b_HookDrain() { }

    /** The hook of a live task, and who has run it. */
    private static final class Registration {

        private final SupervisedTask<?> task;
        private final AtomicInteger calls = new AtomicInteger();
        private volatile Thread registrant;
        private volatile String by;

        Registration(Scope supervisor) {
            task = Given.claimed(supervisor);
        }

        void register() {
            registrant = Thread.currentThread();
            task.onDrain(() -> {
                by = Thread.currentThread() == registrant ? "registrant" : "drainer";
                calls.getAndIncrement();
            });
        }

        void report(LI_Result result) {
            result.r1 = by;
            result.r2 = calls.get();
        }

        void endTask() {
            Given.drop(task);
        }
    }

    /** The task's own supervisor drains. */
    @JCStressTest
    @Outcome(id = "drainer, 1", expect = ACCEPTABLE, desc = "The drainer found the hook.")
    @Outcome(id = "registrant, 1", expect = ACCEPTABLE, desc = "The registrant found the supervisor draining.")
    @Outcome(expect = FORBIDDEN, desc = "The hook was lost, or ran twice.")
    @State
    public static class Own {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final Registration registration = new Registration(supervisor);

        /** Registers. */
        @Actor
        public void registrant() {
            start.meet();
            Given.hesitate();
            registration.register();
        }

        /** Drains. */
        @Actor
        public void drainer() {
            start.meet();
            Given.drain(supervisor);
        }

        /** Counts the calls. */
        @Arbiter
        public void arbiter(LI_Result result) {
            registration.report(result);
            supervisor.abort();
            registration.endTask();
        }
    }

    /** The supervisor around drains, in one of whose tasks the task's own was opened. */
    @JCStressTest
    @Outcome(id = "drainer, 1", expect = ACCEPTABLE, desc = "The drainer found the hook.")
    @Outcome(id = "registrant, 1", expect = ACCEPTABLE, desc = "The registrant found the supervisor around draining.")
    @Outcome(expect = FORBIDDEN, desc = "The hook was lost, or ran twice.")
    @State
    public static class Around {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();
        private final Registration registration = new Registration(Given.childInTask(parent));

        /** Registers. */
        @Actor
        public void registrant() {
            start.meet();
            Given.hesitate();
            registration.register();
        }

        /** Drains. */
        @Actor
        public void drainer() {
            start.meet();
            Given.drain(parent);
        }

        /** Counts the calls. */
        @Arbiter
        public void arbiter(LI_Result result) {
            registration.report(result);
            parent.abort();
            registration.endTask();
        }
    }
}
