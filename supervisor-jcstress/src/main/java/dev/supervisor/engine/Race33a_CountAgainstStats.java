package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.SupervisorStats;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The last task fails, against a thread that asks for the numbers as soon as it finds the supervisor finished: they are
 * exact (O1; {@link Tally}, 1).
 *
 * <p>The thread that completes the task counts the failure, and counts the task out after that. So a thread that finds
 * every task counted out finds every failure counted.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race33a_CountAgainstStats"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *            RESULT  SAMPLES     FREQ      EXPECT
 * 1 of 1 has failed  201,984  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1 of 1 has failed", expect = ACCEPTABLE, desc = "Exact.")
@Outcome(expect = FORBIDDEN, desc = "The supervisor is finished, and the failure is not counted.")
@State
public class Race33a_CountAgainstStats {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(() -> {
        throw new IllegalStateException("on purpose");
    });

    /** Starts with admission ended. */
    public Race33a_CountAgainstStats() {
        supervisor.seal();
    }

    /** Runs the task. */
    @Actor
    public void runner() {
        start.meet();
        Given.run(task);
    }

    /** Looks when all is over. */
    @Actor
    public void observer(L_Result result) {
        start.meet();
        Given.until(supervisor.census::isFinished);
        SupervisorStats stats = supervisor.stats();
        result.r1 = stats.failed() + " of " + stats.accepted() + (stats.succeeded() == 0 ? " has failed" : " succeeded");
    }
}
