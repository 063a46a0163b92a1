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
 * A sweep of futures that another thread has completed, against the end of their task: the task completes all other
 * futures (E4, E7).
 *
 * <p>The other actor completes two futures by hand. The sweep takes these out of the list, while the completer goes
 * through the list. The sweep changes the links of nodes that stay, past nodes that are of no use. The completer reads
 * the old link or the new one, and by both it comes to every node that stays.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race10c_FutureSwept"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *  RESULT     SAMPLES     FREQ      EXPECT
 * 1, 1, 1  19,663,114  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "All futures that stay have the result.")
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

    /** Completes two futures by hand, and sweeps. */
    @Actor
    public void other() {
        goesFirst.complete(2);
        Given.sweepNext(task);
        goes.complete(2);
    }

    /** Checks the futures that stay. */
    @Arbiter
    public void arbiter(III_Result result) {
        result.r1 = oldest.getNow(0);
        result.r2 = between.getNow(0);
        result.r3 = newest.getNow(0);
    }
}
