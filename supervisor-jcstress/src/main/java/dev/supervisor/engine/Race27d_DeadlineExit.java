package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.DeadlineExceededException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * The deadline of a supervisor against its exit: the exit throws if and only if the deadline has passed before it (S5;
 * {@link Lifecycle}).
 *
 * <p>The alarm sets DEADLINE by compare-and-set on a word without EXITED. The exit sets EXITED in the same word, and
 * then reads DEADLINE. So one of the two comes first, and both know which.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27d_DeadlineExit"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                          RESULT  SAMPLES    FREQ      EXPECT
 * in time, returned, not exceeded  163,104  49.10%  Acceptable
 *        passed, thrown, exceeded  169,086  50.90%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "passed, thrown, exceeded", expect = ACCEPTABLE, desc = "The deadline came first.")
@Outcome(id = "in time, returned, not exceeded", expect = ACCEPTABLE, desc = "The exit came first.")
@Outcome(expect = FORBIDDEN, desc = "The two do not agree.")
@State
public class Race27d_DeadlineExit {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();

    /** Does what follows when the deadline has passed. */
    @Actor
    public void alarm(LLL_Result result) {
        start.meet();
        Given.hesitate();
        boolean passed = supervisor.lifecycle.markDeadlineExceeded();
        if (passed) {
            supervisor.abort();
        }
        result.r1 = passed ? "passed" : "in time";
    }

    /** Joins. */
    @Actor
    public void joiner(LLL_Result result) {
        start.meet();
        Given.hesitate();
        try {
            supervisor.join();
            result.r2 = "returned";
        } catch (DeadlineExceededException e) {
            result.r2 = "thrown";
        } catch (InterruptedException e) {
            result.r2 = "interrupted";
        }
    }

    /** Asks the supervisor. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r3 = supervisor.isDeadlineExceeded() ? "exceeded" : "not exceeded";
    }
}
