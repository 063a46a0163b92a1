package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.junit.jupiter.api.Test;

/**
 * The first spawn of a supervisor against its end: by join, by close, by an abort and a close (A3, A4, A5, C4, C9).
 *
 * <p>The claim: the spawn is rejected, or the end waits for its task. No task is lost between the two. A thread that
 * ends an empty supervisor may be stopped anywhere, in particular between its look at the census, which no task has
 * entered yet, and the end of admission.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck03_SpawnCloseTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck03_SpawnCloseTest {

    @Test
    void a5_spawnAgainstJoin() {
        Interleavings.explore(300, Lincheck03_SpawnCloseTest::spawnAgainstJoin);
    }

    @Test
    void a5_spawnAgainstClose() {
        Interleavings.explore(200, Lincheck03_SpawnCloseTest::spawnAgainstClose);
    }

    @Test
    void a5_spawnAgainstAbortAndClose() {
        Interleavings.explore(200, Lincheck03_SpawnCloseTest::spawnAgainstAbortAndClose);
    }

    private static void spawnAgainstJoin() {
        Scope supervisor = Given.unowned();
        Object[] spawned = new Object[1];
        Interleavings.concurrently(
                () -> spawned[0] = Given.spawn(supervisor),
                () -> assertEquals(Given.givesUpAJoin(supervisor) ? 1 : 0, supervisor.liveCount()));
        if (spawned[0] instanceof Task<?> task) {
            assertEquals(1, supervisor.liveCount());
            assertEquals(Supervisor.State.EXITING, supervisor.state());
            Given.run(task);
        } else {
            assertEquals("is finished", spawned[0]);
        }
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }

    private static void spawnAgainstClose() {
        Scope supervisor = Given.unowned();
        Object[] spawned = new Object[1];
        Interleavings.concurrently(
                () -> closes(supervisor),
                () -> spawned[0] = Given.spawn(supervisor));
        itIsOver(supervisor, spawned[0]);
    }

    private static void spawnAgainstAbortAndClose() {
        Scope supervisor = Given.unowned();
        Object[] spawned = new Object[1];
        Interleavings.concurrently(
                () -> spawned[0] = Given.spawn(supervisor),
                () -> {
                    Object before = spawned[0];
                    supervisor.abort();
                    assertTrue(!(before instanceof Task<?> task) || task.isCancelled(), "The abort has not told it");
                },
                () -> closes(supervisor));
        itIsOver(supervisor, spawned[0]);
    }

    /** Closes: when close returns, no task is live, and none comes after it. */
    private static void closes(Scope supervisor) {
        supervisor.close();
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }

    private static void itIsOver(Scope supervisor, Object spawned) {
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
        assertTrue(!(spawned instanceof Task<?> task) || task.isCancelled(), "Nobody has told it");
        assertEquals("is finished", Given.spawn(supervisor));
    }
}
