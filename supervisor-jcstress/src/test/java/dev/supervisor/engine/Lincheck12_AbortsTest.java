package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Two aborts against a spawn: when either returns, every task has been asked (A5, C2).
 *
 * <p>The claim: the second abort does not rely on the first, which may be in the middle of its visit. A task that was
 * live before has been asked when either abort returns. A task that is spawned meanwhile is asked, or its spawn throws.
 * The callback of a task that never started is called once, by one of the two.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck12_AbortsTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck12_AbortsTest {

    @Test
    void c2_twoAbortsAgainstSpawn() {
        Interleavings.explore(400, Lincheck12_AbortsTest::twoAbortsAgainstSpawn);
    }

    private static void twoAbortsAgainstSpawn() {
        Scope supervisor = Given.unowned();
        AtomicInteger calls = new AtomicInteger();
        Task<?> before = supervisor.spawn(Given.NOTHING);
        before.onDone(task -> calls.incrementAndGet());
        Object[] spawned = new Object[1];
        Action abort = () -> {
            Object meanwhile = spawned[0];
            supervisor.abort();
            assertTrue(before.isCancelled(), "An abort has returned before everybody was told");
            assertTrue(!(meanwhile instanceof Task<?> task) || task.isCancelled(), "Spawned before, and not told");
        };
        Interleavings.concurrently(abort, abort, () -> spawned[0] = Given.spawn(supervisor));
        assertTrue(spawned[0] instanceof Task<?> task ? task.isCancelled() : spawned[0].equals("is shutting down"),
                Given.told(spawned[0]));
        assertEquals(1, calls.get());
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }
}
