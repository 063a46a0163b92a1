package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/**
 * A consumer that blocks, against threads that end tasks, or whose spawn throws (E9; {@link CompletionQueue}, which
 * implements {@link Completions}).
 *
 * <p>The claim: each task that was spawned is handed over exactly once, however it ended, and no wake-up is lost. A
 * spawn that throws does not count: a consumer that waits for nothing else gets an exception. If an abort drops a task
 * before the spawn of that task throws, the task is not handed over. Tasks that one thread drops are handed over in
 * that order, whichever thread completes them. A timed poll with none pending ends when its supervisor is finished.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck21_CompletionsTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck21_CompletionsTest {

    /** A time so long that a wait for it is like one for ever. */
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final Supervisor.Builder REFUSING = Supervisor.builder().name("refusing").unowned()
            .executor(task -> {
                throw new RejectedExecutionException("refused");
            });

    private static final Supervisor.Builder DROPPING = Supervisor.builder().name("dropping").unowned()
            .executor(task -> ((SupervisedTask<?>) task).request(true));

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

    @Test
    void e9_twoDropsAgainstAnotherWhoCompletes() {
        Interleavings.explore(200, Lincheck21_CompletionsTest::twoDropsAgainstAnotherWhoCompletes);
    }

    @Test
    void e9_spawnerAgainstWhoCompletes() {
        Interleavings.explore(200, Lincheck21_CompletionsTest::spawnerAgainstWhoCompletes);
    }

    @Test
    void e9_aTimedPollAgainstTheEnd() {
        Interleavings.explore(200, Lincheck21_CompletionsTest::aTimedPollAgainstTheEnd);
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

    /** The second actor completes the tasks, as an abort does that finds tasks which another thread has dropped. */
    private static void twoDropsAgainstAnotherWhoCompletes() {
        Scope supervisor = Given.unowned();
        Completions<Object> completions = supervisor.completions();
        Task<?> first = completions.spawn(() -> "never");
        Task<?> second = completions.spawn(() -> "never");
        Interleavings.concurrently(
                () -> assertTrue(first.cancel() && second.cancel()),
                () -> Completion.completeUnfinished(supervisor));
        assertSame(first, completions.poll());
        assertSame(second, completions.poll());
        nothingIsLeft(completions);
    }

    /** The executor drops the task inside of its spawn, as the first pass of an abort does. */
    private static void spawnerAgainstWhoCompletes() {
        Scope supervisor = (Scope) DROPPING.open();
        Completions<Object> completions = supervisor.completions();
        Task<?>[] spawned = new Task<?>[1];
        Interleavings.concurrently(
                () -> spawned[0] = completions.spawn(() -> "never"),
                () -> Completion.completeUnfinished(supervisor));
        Completion.completeUnfinished(supervisor);
        assertSame(spawned[0], completions.poll());
        nothingIsLeft(completions);
    }

    /** By its time alone the poll would wait for longer than Lincheck explores. */
    private static void aTimedPollAgainstTheEnd() {
        Scope supervisor = Given.unowned();
        Task<?> last = supervisor.spawn(() -> "not through the completions");
        Completions<Object> completions = supervisor.completions();
        Interleavings.concurrently(
                () -> assertNull(completions.poll(FOREVER)),
                () -> {
                    supervisor.seal();
                    Given.run(last);
                });
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
        Scope supervisor = Given.unowned();
        Completions<Object> completions = supervisor.completions();
        Task<?>[] spawned = new Task<?>[1];
        Task<?>[] taken = new Task<?>[1];
        Interleavings.concurrently(
                () -> {
                    try {
                        spawned[0] = completions.spawn(() -> "never");
                    } catch (RejectedExecutionException expected) {
                        // The spawn came after the abort.
                    }
                },
                supervisor::abort,
                () -> {
                    try {
                        taken[0] = completions.take();
                    } catch (NoSuchElementException expected) {
                        // None was pending: the take came before the spawn, or the spawn has thrown.
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
