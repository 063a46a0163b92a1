package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The slots of a supervisor that is finished are let go of (E6; {@link LiveTasks}, 7).
 *
 * <p>The claim: when all is over, a task that a user has kept leads to no slots. A thread that sees that all is over
 * does not disturb the last completer, which has counted its task out and is about to clear its slot. Nor does it
 * disturb a visit. When a join has returned, the slots have been let go of, wherever the last completer is.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck14_SlotsLetGoTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck14_SlotsLetGoTest {

    @Test
    void e6_theLastCompletionAgainstWhoeverAsks() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            SupervisedTask<?> last = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
            supervisor.seal();
            Interleavings.concurrently(supervisor::state, () -> Given.run(last));
            assertEquals(Supervisor.State.FINISHED, supervisor.state());
            assertNull(last.segment.slots);
        });
    }

    @Test
    void e6_theLastCompletionAgainstASweep() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            SupervisedTask<?> last = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
            supervisor.seal();
            Interleavings.concurrently(() -> {
                List<Task<?>> seen = supervisor.tasks();
                assertEquals(0, seen.stream().filter(task -> task != last).count());
            }, () -> Given.run(last));
            assertEquals(List.of(), supervisor.tasks());
            assertNull(last.segment.slots);
        });
    }

    @Test
    void e6_whoeverHasJoinedFindsNoSlots() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            SupervisedTask<?> last = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
            Interleavings.concurrently(() -> Given.run(last), () -> {
                supervisor.join();
                assertNull(last.segment.slots);
            });
        });
    }
}
