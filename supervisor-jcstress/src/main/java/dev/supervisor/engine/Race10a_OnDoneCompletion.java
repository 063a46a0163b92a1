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
 * The registration of callbacks against the completion: each is called exactly once, and sees the outcome (E4).
 *
 * <p>The claim holds for one that comes while the completer looks whether anybody has registered (the flag WATCHED, set
 * by compare-and-set on the state that the completer replaces), and for one that comes while it goes through the list:
 * the registrant pushes, then looks for the end, and whoever claims the node first calls it. Two registrations in a row
 * meet both: the first races for the flag, the second, if the first was in time, for the list.
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
