package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Cancellations of a task on whose thread another window begins and ends: that of another task, or the block of an
 * owner (C1, C3, C6; {@link WindowStack}, {@link Owner}).
 *
 * <p>The claim: the task is interrupted, whatever the inner code does with the one interrupt status of the thread. When
 * the inner code has ended, the body waits for the interrupt and for nothing else, so a lost interrupt is a deadlock.
 * When all is over, the status of the thread is clear.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck22_NestedTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck22_NestedTest {

    private static final Supervisor.Builder OWNED = Given.builder();

    @Test
    void c6_outerCancelledAgainstTheInnerOne() {
        Interleavings.explore(600, () -> {
            Task<?> inner = Given.unowned().spawn(Lincheck22_NestedTest::swallow);
            Task<?> outer = Given.unowned().spawn(() -> {
                Given.run(inner);
                awaitInterrupt();
            });
            Interleavings.concurrently(outer::cancel, () -> runOnPool(outer));
            assertEquals(Task.Status.CANCELLED, outer.status());
        });
    }

    /** The canceller comes while the inner task runs, and may be stopped in the middle. */
    @Test
    void c6_outerCancelledInTheInnerOne() {
        Interleavings.explore(200, () -> {
            Semaphore reached = new Semaphore(0);
            Task<?> inner = Given.unowned().spawn(() -> {
                reached.acquireUninterruptibly();
                swallow();
            });
            Task<?> outer = Given.unowned().spawn(() -> {
                Given.run(inner);
                awaitInterrupt();
            });
            Interleavings.concurrently(
                    () -> {
                        reached.release();
                        outer.cancel();
                    },
                    () -> runOnPool(outer));
        });
    }

    @Test
    void c6_bothCancelled() {
        Interleavings.explore(600, () -> {
            Task<?> inner = Given.unowned().spawn(Lincheck22_NestedTest::swallow);
            Task<?> outer = Given.unowned().spawn(() -> {
                Given.run(inner);
                awaitInterrupt();
            });
            Interleavings.concurrently(outer::cancel, inner::cancel, () -> runOnPool(outer));
            assertEquals(Task.Status.CANCELLED, outer.status());
        });
    }

    @Test
    void c6_ownerLeavesAgainstShutdownAndCancel() {
        Interleavings.explore(600, () -> {
            AtomicReference<Scope> block = new AtomicReference<>();
            Task<?> outer = Given.unowned().spawn(() -> {
                Scope mine = (Scope) OWNED.open();
                block.set(mine);
                mine.close();
                awaitInterrupt();
            });
            Interleavings.concurrently(outer::cancel, () -> shutDown(block.get()), () -> runOnPool(outer));
            assertTrue(outer.isDone());
        });
    }

    /** If the block swallows an interrupt and was not interrupted itself, the interrupt has reached the task. */
    @Test
    void c6_ownerThatSwallowsLeavesAgainstShutdownAndCancel() {
        Interleavings.explore(600, () -> {
            Semaphore opened = new Semaphore(0);
            Semaphore told = new Semaphore(0);
            AtomicReference<Scope> block = new AtomicReference<>();
            Task<?> outer = Given.unowned().spawn(() -> {
                Scope mine = (Scope) OWNED.open();
                block.set(mine);
                opened.release(2);
                told.acquireUninterruptibly();   // released by one of the two
                boolean felt = Thread.interrupted();
                mine.close();
                if (!felt || mine.owner.wasInterruptedByUs()) {
                    awaitInterrupt();
                }
            });
            Interleavings.concurrently(
                    () -> {
                        opened.acquire();
                        outer.cancel();
                        told.release();
                    },
                    () -> {
                        opened.acquire();
                        block.get().shutdown();
                        told.release();
                    },
                    () -> runOnPool(outer));
            assertEquals(1, told.availablePermits());
        });
    }

    @Test
    void c6_ownerLeavesAgainstShutdown() {
        Interleavings.explore(300, () -> {
            AtomicReference<Scope> block = new AtomicReference<>();
            Task<?> outer = Given.unowned().spawn(() -> {
                Scope mine = (Scope) OWNED.open();
                block.set(mine);
                mine.close();
                assertFalse(Thread.currentThread().isInterrupted(), "What was for the block has struck the task");
            });
            Interleavings.concurrently(() -> shutDown(block.get()), () -> runOnPool(outer));
            assertEquals(Task.Status.SUCCEEDED, outer.status());
        });
    }

    private static void swallow() {
        Thread.interrupted();
    }

    private static void awaitInterrupt() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    private static void shutDown(Scope block) {
        if (block != null) {
            block.shutdown();
        }
    }

    /** Runs the task, as a pool's thread does, which goes on to another task. */
    private static void runOnPool(Task<?> task) {
        Given.run(task);
        assertFalse(Thread.currentThread().isInterrupted(), "The next task on this thread would be interrupted");
    }
}
