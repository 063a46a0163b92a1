package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * A spawn against an abort, and against the close of a supervisor that nobody has entered yet (A3, A4, A5, C4, C9).
 *
 * <p>The claim: the spawn is rejected, or its task is told by whoever ends the supervisor; it is never lost between the
 * two. The closer may be stopped anywhere, in particular between its look at the empty census and the end of admission.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck03* \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck03_SpawnCloseTest {

    @Test
    void a5_spawnAgainstClose() {
        Interleavings.explore(400, Lincheck03_SpawnCloseTest::spawnAgainstClose);
    }

    @Test
    void a5_spawnAgainstAbortAndClose() {
        Interleavings.explore(400, Lincheck03_SpawnCloseTest::spawnAgainstAbortAndClose);
    }

    private static void spawnAgainstClose() {
        Supervisor supervisor = Given.unowned();
        Object[] spawned = new Object[1];
        Interleavings.concurrently(
                () -> spawned[0] = Given.spawn(supervisor),
                supervisor::close);
        itIsOver(supervisor, spawned[0]);
    }

    private static void spawnAgainstAbortAndClose() {
        Supervisor supervisor = Given.unowned();
        Object[] spawned = new Object[1];
        Interleavings.concurrently(
                () -> spawned[0] = Given.spawn(supervisor),
                () -> {
                    Object before = spawned[0];
                    supervisor.abort();
                    assertTrue(!(before instanceof Task<?> task) || task.isCancelled(), "The abort has not told it");
                },
                supervisor::close);
        itIsOver(supervisor, spawned[0]);
    }

    private static void itIsOver(Supervisor supervisor, Object spawned) {
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
        assertTrue(!(spawned instanceof Task<?> task) || task.isCancelled(), "Nobody has told it");
        assertEquals("is finished", Given.spawn(supervisor));
    }
}
