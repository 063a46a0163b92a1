package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.TaskSpec;
import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawner whose task has a time limit, against the end of the supervisor, which an abort brings about: the alarm does
 * not go on looking at a supervisor that is finished (S6; {@link Deadlines}).
 *
 * <p>The spawner gives the supervisor to the alarm, and the thread that brings the end about takes the supervisor out.
 * Whichever comes last, the supervisor is out afterwards.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27e_FinishArm"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                 RESULT  SAMPLES    FREQ      EXPECT
 *         accepted, gone   46,079  57.11%  Acceptable
 * is shutting down, gone   34,603  42.89%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, gone", expect = ACCEPTABLE, desc = "The task was dropped.")
@Outcome(id = "is shutting down, gone", expect = ACCEPTABLE, desc = "The abort came first.")
@Outcome(expect = FORBIDDEN, desc = "The alarm keeps what is finished.")
@State
public class Race27e_FinishArm {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final TaskSpec spec = supervisor.spec("limited").timeout(Given.HOUR);

    /** Spawns. */
    @Actor
    public void spawner(LL_Result result) {
        start.meet();
        try {
            spec.spawn(Given.NOTHING);
            result.r1 = "accepted";
        } catch (RejectedExecutionException e) {
            result.r1 = Given.reason(e);
        }
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        Given.pause();
        supervisor.abort();
    }

    /** Looks whether the alarm has let go. */
    @Arbiter
    public void arbiter(LL_Result result) {
        boolean kept = Given.isWatched(supervisor.deadlines());
        result.r2 = supervisor.census.isFinished() && !kept ? "gone" : "kept";
        supervisor.deadlines().leave();
    }
}
