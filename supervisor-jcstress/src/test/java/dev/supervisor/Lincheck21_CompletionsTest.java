package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.NoSuchElementException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/**
 * A consumer that blocks against those who end tasks, or whose spawn throws (E9; {@link Completions}).
 *
 * <p>The claim: each task that was spawned is handed over exactly once, however it ended, and no wake-up is lost. A
 * spawn that throws does not count: a consumer that waits for nothing else is told so, and one that is dropped by an
 * abort before its spawn throws is not handed over.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck21_CompletionsTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck21_CompletionsTest {

    private static final Supervisor.Builder REFUSING = Supervisor.builder().name("refusing").unowned()
            .executor(task -> {
                throw new RejectedExecutionException("refused");
            });

    @Test
    void e9_takeAgainstTwoCompletions() {
        Interleavings.explore(200, Lincheck21_CompletionsTest::takeAgainstTwoCompletions);
    }

    @Test
    void e9_takeAgainstRefusal() {
        Interleavings.explore(200, Lincheck21_CompletionsTest::takeAgainstRefusal);
    }

    @Test
    void e9_takeAgainstSpawnAndAbort() {
        Interleavings.explore(200, Lincheck21_CompletionsTest::takeAgainstSpawnAndAbort);
    }

    private static void takeAgainstTwoCompletions() {
        Completions<Object> completions = Given.unowned().completions();
        Task<?> first = completions.spawn(() -> "first");
        Task<?> second = completions.spawn(() -> "second");
        Interleavings.concurrently(
                () -> Given.run(first),
                () -> {
                    Task<?> one = completions.take();
                    Task<?> other = completions.take();
                    assertNotSame(one, other);
                    assertTrue(one.isDone() && other.isDone(), "Handed over before its end");
                },
                () -> Given.run(second));
        nothingIsLeft(completions);
    }

    private static void takeAgainstRefusal() {
        Completions<Object> completions = REFUSING.open().completions();
        Interleavings.concurrently(
                () -> assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> "never")),
                () -> assertThrows(NoSuchElementException.class, completions::take));
        nothingIsLeft(completions);
    }

    private static void takeAgainstSpawnAndAbort() {
        Supervisor supervisor = Given.unowned();
        Completions<Object> completions = supervisor.completions();
        Task<?>[] spawned = new Task<?>[1];
        Task<?>[] taken = new Task<?>[1];
        Interleavings.concurrently(
                () -> {
                    try {
                        spawned[0] = completions.spawn(() -> "never");
                    } catch (RejectedExecutionException expected) {
                        // Too late.
                    }
                },
                supervisor::abort,
                () -> {
                    try {
                        taken[0] = completions.take();
                    } catch (NoSuchElementException expected) {
                        // Too early, or for ever.
                    }
                });
        if (taken[0] == null && spawned[0] != null) {
            taken[0] = completions.poll();
        }
        assertEquals(spawned[0], taken[0]);
        nothingIsLeft(completions);
    }

    private static void nothingIsLeft(Completions<?> completions) {
        assertNull(completions.poll());
        assertEquals(0, completions.pending());
        assertEquals(0, completions.supervisor().liveCount());
    }
}
