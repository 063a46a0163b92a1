package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Cancel and abort against the start and the end of a task (E1, E4, C1, C6).
 *
 * <p>The claim: a task that was asked to cancel never runs, or is interrupted once. Its body waits for the interrupt
 * and for nothing else, so a lost interrupt is a deadlock. A body that does not wait may end before the interrupt. Then
 * the interrupt does not reach what the thread does next, nor a callback. The callback is called once.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck07_CancelStartTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck07_CancelStartTest {

    @Test
    void c1_cancelAndAbortAgainstStart() {
        Interleavings.explore(300, Lincheck07_CancelStartTest::cancelAndAbortAgainstStart);
    }

    @Test
    void c6_cancelAgainstEnd() {
        Interleavings.explore(200, Lincheck07_CancelStartTest::cancelAgainstEnd);
    }

    private static void cancelAndAbortAgainstStart() {
        Scope supervisor = Given.unowned();
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        AtomicInteger calls = new AtomicInteger();
        Task<?> task = supervisor.spawn(() -> {
            runs.incrementAndGet();
            never.await();
        });
        task.onDone(done -> calls.incrementAndGet());
        Interleavings.concurrently(
                () -> assertTrue(task.cancel() || task.isDone()),
                supervisor::abort,
                () -> runOnPool(task));
        assertEquals(Task.Status.CANCELLED, task.status());
        assertTrue(runs.get() <= 1, "The body has run twice");
        assertEquals(1, calls.get());
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }

    private static void cancelAgainstEnd() {
        Scope supervisor = Given.unowned();
        AtomicInteger calls = new AtomicInteger();
        Task<?> task = supervisor.spawn(Given.NOTHING);
        task.onDone(done -> {
            calls.incrementAndGet();
            assertFalse(Thread.currentThread().isInterrupted(), "The callback was interrupted");
        });
        Interleavings.concurrently(
                () -> assertTrue(task.cancel() || task.status() == Task.Status.SUCCEEDED, "Not cancelled, nor over"),
                () -> runOnPool(task));
        assertTrue(task.isDone());
        assertEquals(1, calls.get());
        assertEquals(0, supervisor.liveCount());
    }

    /** Runs the task, as a pool's thread does, which goes on to another task. */
    private static void runOnPool(Task<?> task) {
        Given.run(task);
        assertFalse(Thread.currentThread().isInterrupted(), "The next task on this thread would be interrupted");
    }
}
