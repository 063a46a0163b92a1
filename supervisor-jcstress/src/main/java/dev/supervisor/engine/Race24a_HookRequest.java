package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Action;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.LII_Result;

/**
 * The registration of hooks against a request to cancel: each hook runs exactly once (S3; {@link Hooks}).
 *
 * <p>The registrant sets HOOKED, pushes the hook, and then reads whether a request was made. The requester sets its
 * flag, and then reads HOOKED and the list. At least one of the two sees the other. If both do, the one that takes the
 * hook first runs it. Two registrations in a row meet both cases: the first races for the flag, and the second, if the
 * first was in time, for the list.
 *
 * <p>A task that has not started is dropped by the request, and the requester completes it. So there the hook runs
 * before the callbacks, or on the registrant.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race24a_HookRequest"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Claimed:
 *                      RESULT  SAMPLES    FREQ      EXPECT
 * registrant registrant, 1, 1   66,328  51.35%  Acceptable
 *  registrant requester, 1, 1        2  <0.01%  Acceptable
 *  requester registrant, 1, 1   16,987  13.15%  Acceptable
 *   requester requester, 1, 1   45,846  35.49%  Acceptable
 * Pending:
 *  RESULT  SAMPLES     FREQ      EXPECT
 * 1, 1, 0  195,997  100.00%  Acceptable
 * }</pre>
 */
public final class Race24a_HookRequest {

    private Race24a_HookRequest() { }

    /** A runner has claimed the task, and has not started it: the request ends nothing. */
    @JCStressTest
    @Outcome(id = "registrant registrant, 1, 1", expect = ACCEPTABLE, desc = "The request came before both.")
    @Outcome(id = "requester registrant, 1, 1", expect = ACCEPTABLE, desc = "The request came between them.")
    @Outcome(id = "requester requester, 1, 1", expect = ACCEPTABLE, desc = "The request came after both.")
    @Outcome(id = "registrant requester, 1, 1", expect = ACCEPTABLE,
            desc = "The registrant was first with one hook, and the requester with the other.")
    @Outcome(expect = FORBIDDEN, desc = "A hook was lost, or ran twice.")
    @State
    public static class Claimed {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final SupervisedTask<?> task = Given.claimed(supervisor);
        private final AtomicInteger first = new AtomicInteger();
        private final AtomicInteger second = new AtomicInteger();
        private volatile Thread registrant;
        private volatile String firstBy;
        private volatile String secondBy;

        /** Registers twice. */
        @Actor
        public void registrant() {
            registrant = Thread.currentThread();
            start.meet();
            task.onCancel(() -> {
                firstBy = by();
                first.getAndIncrement();
            });
            task.onCancel(() -> {
                secondBy = by();
                second.getAndIncrement();
            });
        }

        /** Requests. */
        @Actor
        public void requester() {
            start.meet();
            Given.hesitate();
            task.cancel();
        }

        /** Counts the calls, which were made before the task has ended. */
        @Arbiter
        public void arbiter(LII_Result result) {
            result.r1 = firstBy + " " + secondBy;
            result.r2 = first.get();
            result.r3 = second.get();
            Given.drop(task);
        }

        private String by() {
            return Thread.currentThread() == registrant ? "registrant" : "requester";
        }
    }

    /** The task has not started: the request drops it. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "Each ran once.")
    @Outcome(expect = FORBIDDEN, desc = "A hook was lost, or ran twice, or the task was not counted out.")
    @State
    public static class Pending {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
        private final AtomicInteger first = new AtomicInteger();
        private final AtomicInteger second = new AtomicInteger();

        /** Registers twice. */
        @Actor
        public void registrant() {
            Action one = first::getAndIncrement;
            Action two = second::getAndIncrement;
            start.meet();
            task.onCancel(one).onCancel(two);
        }

        /** Requests. */
        @Actor
        public void requester() {
            start.meet();
            Given.hesitate();
            task.cancel();
        }

        /** Counts the calls. */
        @Arbiter
        public void arbiter(III_Result result) {
            result.r1 = first.get();
            result.r2 = second.get();
            result.r3 = (int) supervisor.liveCount();
        }
    }
}
