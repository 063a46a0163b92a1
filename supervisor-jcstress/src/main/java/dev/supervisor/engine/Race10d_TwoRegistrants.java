package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads register callbacks on one task: neither pushes the other's callback out of the list (E4).
 *
 * <p>The completer only reads the list, and replaces it at the end. So the push has to be a compare-and-set because of
 * other registrants.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race10d_TwoRegistrants"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * RESULT     SAMPLES     FREQ      EXPECT
 *   1, 1  24,967,434  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Each was called once.")
@Outcome(expect = FORBIDDEN, desc = "A callback was lost, or called twice.")
@State
public class Race10d_TwoRegistrants {

    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Given.NOTHING);
    private final AtomicInteger first = new AtomicInteger();
    private final AtomicInteger second = new AtomicInteger();

    /** Registers. */
    @Actor
    public void one() {
        task.onDone(done -> first.incrementAndGet());
    }

    /** Registers too. */
    @Actor
    public void other() {
        task.onDone(done -> second.incrementAndGet());
    }

    /** Runs the task, and counts the calls. */
    @Arbiter
    public void arbiter(II_Result result) {
        Given.run(task);
        result.r1 = first.get();
        result.r2 = second.get();
    }
}
