package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * The last task against an observer that looks for the end: until the observer sees the end it finds the task, and from
 * then on it finds none (E6, C9).
 *
 * <p>A completer counts a task out and then clears its slot, never the other way round. So a task that is still counted
 * lies in the set, where a thread looks for it that takes over from a thread that was cut off ({@link Completion}). The
 * list that {@code tasks()} returns leaves out a task that is between the two steps. In the end the slot is clear: a
 * finished supervisor holds nothing.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race14b_EndForgets"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, one fork):
 *           RESULT    SAMPLES     FREQ      EXPECT
 * 0 listed, 0 kept  3,377,171  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "0 listed, 0 kept", expect = ACCEPTABLE, desc = "Nothing is listed after the end, nor kept.")
@Outcome(expect = FORBIDDEN,
        desc = "Finished, and a task is still listed, or kept; or a task is counted, and not in the set.")
@State
public class Race14b_EndForgets {

    private static final Watchdog OBSERVER = new Watchdog();

    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Given.NOTHING);

    /** Starts SEALED, so that the supervisor finishes with the task. */
    public Race14b_EndForgets() {
        supervisor.seal();
    }

    /** Runs the task. */
    @Actor
    public void finisher() {
        Given.run(task);
    }

    /** Looks for the task until the supervisor is finished, then for tasks that are listed. */
    @Actor
    public void observer(LL_Result result) {
        result.r1 = OBSERVER.wait(() -> {
            do {
                long found = inTheSet();
                if (found == 0 && supervisor.liveCount() != 0) {
                    return "counted, and not in the set";
                }
            } while (supervisor.state() != Supervisor.State.FINISHED);
            return supervisor.tasks().size() + " listed";
        });
    }

    /** Counts the tasks that are kept. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r2 = inTheSet() + " kept";
    }

    private long inTheSet() {
        long[] found = new long[1];
        supervisor.census.forEach(each -> found[0]++);
        return found[0];
    }
}
