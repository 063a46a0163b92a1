package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The first future of a task against its callbacks: none of them is lost (E4).
 *
 * <p>The first thread that waits for a task, or makes a future of it, puts a node before the list of its callbacks.
 * From then on callbacks are pushed behind that node. So both actors push by compare-and-set of the same field, and the
 * second one looks again at what is there.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race10b_FirstFuture"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *  RESULT     SAMPLES     FREQ      EXPECT
 * 1, 1, 2  20,625,674  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1, 1, 2", expect = ACCEPTABLE, desc = "Both futures have the result, and each callback was called once.")
@Outcome(expect = FORBIDDEN, desc = "A future or a callback was lost, or a callback called twice.")
@State
public class Race10b_FirstFuture {

    private final Scope supervisor = Given.unowned();
    private final Task<Integer> task = supervisor.spawn(() -> 1);
    private final AtomicInteger calls = new AtomicInteger();
    private CompletableFuture<Integer> first;
    private CompletableFuture<Integer> second;

    /** Makes two futures. */
    @Actor
    public void future() {
        first = task.toCompletableFuture();
        second = task.toCompletableFuture();
    }

    /** Registers two callbacks. */
    @Actor
    public void callback() {
        task.onDone(done -> calls.incrementAndGet()).onDone(done -> calls.incrementAndGet());
    }

    /** Runs the task, and checks which futures and callbacks were notified. */
    @Arbiter
    public void arbiter(III_Result result) {
        Given.run(task);
        result.r1 = first.getNow(0);
        result.r2 = second.getNow(0);
        result.r3 = calls.get();
    }
}
