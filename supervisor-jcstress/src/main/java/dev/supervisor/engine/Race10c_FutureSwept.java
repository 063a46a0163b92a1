package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A sweep of futures that others have completed against the end of their task: the others are all completed (E4, E7).
 *
 * <p>The other completes two futures by hand, which are taken out of the list then, while the task goes through it. A
 * sweep changes the links of nodes that stay, past nodes that are of no use; the completer, who reads the one link or
 * the other, comes to every node that stays.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race10c_FutureSwept"
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "All that nobody else has completed have the result.")
@Outcome(expect = FORBIDDEN, desc = "A future was lost.")
@State
public class Race10c_FutureSwept {

    private final Scope supervisor = Given.unowned();
    private final Task<Integer> task = supervisor.spawn(() -> 1);
    private final CompletableFuture<Integer> oldest = task.toCompletableFuture();
    private final CompletableFuture<Integer> goesFirst = task.toCompletableFuture();
    private final CompletableFuture<Integer> goes = task.toCompletableFuture();
    private final CompletableFuture<Integer> between = task.toCompletableFuture();
    private final CompletableFuture<Integer> newest = task.toCompletableFuture();

    /** Runs the task. */
    @Actor
    public void runner() {
        Given.run(task);
    }

    /** Completes two by hand, and sweeps. */
    @Actor
    public void other() {
        goesFirst.complete(2);
        Given.sweepNext(task);
        goes.complete(2);
    }

    /** Looks at those that stay. */
    @Arbiter
    public void arbiter(III_Result result) {
        result.r1 = oldest.getNow(0);
        result.r2 = between.getNow(0);
        result.r3 = newest.getNow(0);
    }
}
