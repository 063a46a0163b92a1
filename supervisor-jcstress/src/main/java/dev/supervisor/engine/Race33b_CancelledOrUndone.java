package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Refusal;
import dev.supervisor.SupervisorStats;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawn against an abort: its task was accepted and cancelled, or it was refused, and is counted as one of the two
 * (O1; {@link Tally}, 3).
 *
 * <p>The abort can drop the task while the spawn is under way. Then it counts as cancelled until the spawner throws. The
 * completer and the spawner each leave a mark in the task's word, and the second of them corrects the numbers.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race33b_CancelledOrUndone"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                                             RESULT  SAMPLES    FREQ      EXPECT
 *         accepted, 1 accepted 1 cancelled 0 refused   66,811  33.19%  Acceptable
 * is shutting down, 0 accepted 0 cancelled 1 refused  134,476  66.81%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, 1 accepted 1 cancelled 0 refused", expect = ACCEPTABLE, desc = "The abort came later.")
@Outcome(id = "is shutting down, 0 accepted 0 cancelled 1 refused", expect = ACCEPTABLE, desc = "It came earlier.")
@Outcome(expect = FORBIDDEN, desc = "The spawn is counted as something else, or twice.")
@State
public class Race33b_CancelledOrUndone {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();

    /** Spawns. */
    @Actor
    public void spawner(LL_Result result) {
        start.meet();
        Given.hesitate();
        result.r1 = Given.told(Given.spawn(supervisor));
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        supervisor.abort();
    }

    /** Looks at the numbers. */
    @Arbiter
    public void arbiter(LL_Result result) {
        SupervisorStats stats = supervisor.stats();
        result.r2 = stats.live() != 0 || stats.succeeded() != 0 || stats.failed() != 0 ? stats.toString()
                : stats.accepted() + " accepted " + stats.cancelled() + " cancelled "
                + stats.refused(Refusal.SHUTTING_DOWN) + " refused";
    }
}
