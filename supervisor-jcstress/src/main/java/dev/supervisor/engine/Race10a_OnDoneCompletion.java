package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The registration of callbacks against the completion: each callback is called exactly once, and sees the outcome
 * (E4).
 *
 * <p>The claim holds for a callback that is registered while the completer checks whether there is any. The flag for
 * that is WATCHED, which a registrant sets by compare-and-set on the state that the completer replaces. The claim
 * holds, too, for a callback that is registered while the completer goes through the list. The registrant pushes a
 * node, then checks whether the task is done, and the thread that claims the node first calls the callback. Two
 * registrations in a row meet both cases: the first races for the flag, and the second, if the first was in time, for
 * the list.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race10a_OnDoneCompletion"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *  RESULT     SAMPLES     FREQ      EXPECT
 * 1, 1, 0  61,114,634  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "Each was called once, and saw the outcome.")
@Outcome(expect = FORBIDDEN, desc = "A callback was lost, called twice, or called too early.")
@State
public class Race10a_OnDoneCompletion {

    private final Scope supervisor = Given.unowned();
    private final Task<String> task = supervisor.spawn(() -> "done");
    private final AtomicInteger first = new AtomicInteger();
    private final AtomicInteger second = new AtomicInteger();
    private final AtomicInteger early = new AtomicInteger();

    /** Runs the task. */
    @Actor
    public void finisher() {
        Given.run(task);
    }

    /** Registers twice. */
    @Actor
    public void registrar() {
        task.onDone(counting(first)).onDone(counting(second));
    }

    /** Counts the calls. */
    @Arbiter
    public void arbiter(III_Result result) {
        result.r1 = first.get();
        result.r2 = second.get();
        result.r3 = early.get();
    }

    private Consumer<Task<String>> counting(AtomicInteger calls) {
        return done -> {
            calls.incrementAndGet();
            if (done.status() != Task.Status.SUCCEEDED || !"done".equals(done.resultNow())) {
                early.incrementAndGet();
            }
        };
    }
}
