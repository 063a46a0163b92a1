package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Checks of the refusals of a supervisor named "north". */
final class Refusals {

    private Refusals() { }

    /** Asserts that this was thrown by such a supervisor for this reason. */
    static void assertSays(String reason, Throwable thrown) {
        RejectedExecutionException refusal = assertInstanceOf(RejectedExecutionException.class, thrown);
        assertTrue(refusal.getMessage().contains("north"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    /** Asserts that each way to spawn is refused to the calling thread with this reason, and leaves nothing behind. */
    static void assertRefuses(String reason, Supervisor supervisor) {
        AtomicBoolean ran = new AtomicBoolean();
        List<Task<?>> listed = supervisor.tasks();
        Completions<Boolean> completions = supervisor.completions();
        TaskSpec spec = supervisor.spec("spec").onDone(task -> ran.set(true)).onCancel(() -> ran.set(true));
        for (SpawnWay way : SpawnWay.values()) {
            Throwable thrown =
                    thrownBy(() -> assertNull(way.spawn(supervisor, spec, () -> ran.set(true)), way.name()));
            if (way.tries() && reason.equals("is full")) {
                assertNull(thrown, way.name());
            } else {
                assertSays(reason, thrown);
            }
        }
        assertSays(reason, thrownBy(() -> completions.spawn(() -> ran.getAndSet(true))));
        assertFalse(ran.get());
        assertEquals(0, completions.pending());
        assertTrue(listed.containsAll(supervisor.tasks()), "none was added");
    }

    /** What the action throws, or null. */
    static Throwable thrownBy(Action action) {
        try {
            action.run();
            return null;
        } catch (Throwable t) {
            return t;
        }
    }
}
