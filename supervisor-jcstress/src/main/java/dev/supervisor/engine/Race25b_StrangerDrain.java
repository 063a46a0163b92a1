package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.TaskSpec;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIL_Result;

/**
 * A stranger that spawns, against the begin of a drain: the spawn is refused, or the task is live and its drain hook
 * runs once (S1; {@link Drain}).
 *
 * <p>A stranger that has read the state before the drain began may still enter. The spawner adds its task, and then
 * reads the state once more. The drainer sets DRAINING, and then visits all tasks. At least one of the two sees the
 * other. Another task stays live, so the census refuses nobody.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race25b_StrangerDrain"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                      RESULT  SAMPLES    FREQ      EXPECT
 *    accepted, 1, is draining   70,654  55.51%  Acceptable
 * is draining, 0, is draining   56,617  44.49%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, 1, is draining", expect = ACCEPTABLE, desc = "The stranger came before the drain.")
@Outcome(id = "is draining, 0, is draining", expect = ACCEPTABLE, desc = "The drain came first.")
@Outcome(expect = FORBIDDEN, desc = "A hook was lost, or ran twice, or a stranger was accepted later.")
@State
public class Race25b_StrangerDrain {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final SupervisedTask<?> stays = Given.claimed(supervisor);
    private final AtomicInteger hooks = new AtomicInteger();
    private final TaskSpec spec = supervisor.spec("stranger").onDrain(hooks::getAndIncrement);

    /** Spawns. */
    @Actor
    public void stranger(LIL_Result result) {
        start.meet();
        Given.hesitate();
        try {
            spec.spawn(Given.NOTHING);
            result.r1 = "accepted";
        } catch (RejectedExecutionException e) {
            result.r1 = Given.reason(e);
        }
    }

    /** Drains. */
    @Actor
    public void drainer() {
        start.meet();
        Given.drain(supervisor);
    }

    /** Counts the calls, and spawns once more. */
    @Arbiter
    public void arbiter(LIL_Result result) {
        result.r2 = hooks.get();
        result.r3 = Given.told(Given.spawn(supervisor));
        supervisor.abort();
        Given.drop(stays);
    }
}
