package dev.supervisor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The last task against one who looks for the end: whoever sees the end finds no task any more (E6, C9).
 *
 * <p>A task clears its slot and then is counted out, never the other way round: what is finished holds nothing.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race14_EndForgets"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *   RESULT     SAMPLES     FREQ      EXPECT
 * 0 listed  39,395,594  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "0 listed", expect = ACCEPTABLE, desc = "Nothing is listed after the end.")
@Outcome(expect = FORBIDDEN, desc = "Finished, and a task is still listed.")
@State
public class Race14_EndForgets {

    private static final Watchdog OBSERVER = new Watchdog();

    private final Supervisor supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Given.NOTHING);

    /** Starts SEALED, so that the end of the task is the end of all. */
    public Race14_EndForgets() {
        supervisor.seal();
    }

    /** Runs the task. */
    @Actor
    public void finisher() {
        Given.run(task);
    }

    /** Looks until the end has come, then for tasks. */
    @Actor
    public void observer(L_Result result) {
        result.r1 = OBSERVER.wait(() -> {
            while (supervisor.state() != Supervisor.State.FINISHED) {
                Thread.onSpinWait();
            }
            return supervisor.tasks().size() + " listed";
        });
    }
}
