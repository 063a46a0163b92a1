package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * {@code shutdownNow} of a view against a spawn: the {@code Runnable} is accepted and returned, or refused, and not both
 * (S10; {@link Admission}).
 *
 * <p>The spawner adds its task, and then finds the supervisor aborting. By then the other thread may have dropped the
 * task, and have its body. The spawner looks for that mark before it throws.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race29b_ShutdownNowSpawn"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                          RESULT  SAMPLES    FREQ      EXPECT
 *    accepted, returned, FINISHED   77,755  43.54%  Acceptable
 * refused, not returned, FINISHED  100,846  56.46%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, returned, FINISHED", expect = ACCEPTABLE, desc = "The shutdown found the task.")
@Outcome(id = "refused, not returned, FINISHED", expect = ACCEPTABLE, desc = "It came before the task.")
@Outcome(expect = FORBIDDEN, desc = "The body was lost, or is refused and returned.")
@State
public class Race29b_ShutdownNowSpawn {

    private static final Runnable BODY = () -> { };

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();

    /** Spawns. */
    @Actor
    public void spawner(LLL_Result result) {
        start.meet();
        Given.hesitate();
        try {
            supervisor.asExecutorService().execute(BODY);
            result.r1 = "accepted";
        } catch (RejectedExecutionException refused) {
            result.r1 = "refused";
        }
    }

    /** Shuts down. */
    @Actor
    public void shutter(LLL_Result result) {
        start.meet();
        List<Runnable> returned = supervisor.asExecutorService().shutdownNow();
        result.r2 = returned.equals(List.of(BODY)) ? "returned" : returned.isEmpty() ? "not returned" : returned;
    }

    /** Checks that nothing is left. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r3 = Given.whatIsLeft(supervisor);
    }
}
