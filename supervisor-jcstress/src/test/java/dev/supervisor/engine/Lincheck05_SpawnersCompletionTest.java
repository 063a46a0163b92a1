package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.Task;
import org.junit.jupiter.api.Test;

/**
 * While the owner waits, two spawners against the last completion, which a third thread does (A3, C9).
 *
 * <p>The claim: both are accepted or both are rejected. A spawner that is accepted keeps the supervisor open for the
 * other. Once the last completion has finished the supervisor, it stays finished. The count is right either way, and
 * the end comes.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck05_SpawnersCompletionTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck05_SpawnersCompletionTest {

    @Test
    void a3_twoSpawnersAgainstLastCompletion() {
        Interleavings.explore(400, Lincheck05_SpawnersCompletionTest::twoSpawnersAgainstLastCompletion);
    }

    private static void twoSpawnersAgainstLastCompletion() {
        Scope supervisor = Given.unowned();
        Task<?> last = supervisor.spawn(Given.NOTHING);
        Given.exiting(supervisor);
        Object[] spawned = new Object[2];
        Interleavings.concurrently(
                () -> Given.run(last),
                () -> spawned[0] = Given.spawn(supervisor),
                () -> spawned[1] = Given.spawn(supervisor));
        boolean accepted = spawned[0] instanceof Task;
        assertEquals(Given.told(spawned[0]), Given.told(spawned[1]));
        assertEquals(accepted ? "accepted" : "is finished", Given.told(spawned[0]));
        assertEquals(accepted ? "EXITING" : "FINISHED", Given.state(supervisor));
        assertEquals(accepted ? 2 : 0, supervisor.liveCount());
        for (Object each : spawned) {
            if (each instanceof Task<?> task) {
                Given.run(task);
            }
        }
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }
}
