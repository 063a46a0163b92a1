package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The callbacks, futures and waiters of a task, against each other and against its end (E4, E7; {@link Followers}).
 *
 * <p>The claim: none that is registered at the same time as another is lost. Waiters share one latch. A sweep takes out
 * futures that other threads have completed. It hides no other future from the completer that goes through the list
 * meanwhile.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck10_FollowersTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck10_FollowersTest {

    @Test
    void e4_aFutureAgainstAnother() {
        Interleavings.explore(300, () -> {
            Task<Integer> task = Given.unowned().spawn(() -> 1);
            CompletableFuture<?>[] futures = new CompletableFuture<?>[3];
            futures[0] = task.toCompletableFuture();
            Interleavings.concurrently(
                    () -> futures[1] = task.toCompletableFuture(),
                    () -> futures[2] = task.toCompletableFuture());
            Given.run(task);
            assertAllDone(futures);
        });
    }

    @Test
    void e4_aCallbackAgainstAnother_afterAWait() {
        Interleavings.explore(300, () -> {
            SupervisedTask<?> task = (SupervisedTask<?>) Given.unowned().spawn(Given.NOTHING);
            assertEquals(1, task.registeredLatch().getCount());
            AtomicInteger calls = new AtomicInteger();
            Action register = () -> task.onDone(done -> calls.incrementAndGet());
            Interleavings.concurrently(register, register);
            Given.run(task);
            assertEquals(2, calls.get());
        });
    }

    @Test
    void e4_theFirstFutureAgainstACallback() {
        Interleavings.explore(300, () -> {
            Task<Integer> task = Given.unowned().spawn(() -> 1);
            CompletableFuture<?>[] futures = new CompletableFuture<?>[1];
            AtomicInteger calls = new AtomicInteger();
            Interleavings.concurrently(
                    () -> futures[0] = task.toCompletableFuture(),
                    () -> task.onDone(done -> calls.incrementAndGet()));
            Given.run(task);
            assertAllDone(futures);
            assertEquals(1, calls.get());
        });
    }

    @Test
    void e7_theFirstWaiterAgainstAnother() {
        Interleavings.explore(300, () -> {
            SupervisedTask<?> task = (SupervisedTask<?>) Given.unowned().spawn(Given.NOTHING);
            CountDownLatch[] latches = new CountDownLatch[2];
            Interleavings.concurrently(
                    () -> latches[0] = task.registeredLatch(),
                    () -> latches[1] = task.registeredLatch());
            assertSame(latches[0], latches[1]);
            Given.run(task);
            assertEquals(0, latches[0].getCount());
        });
    }

    @Test
    void e4_aSweepAgainstTheEnd() {
        Interleavings.explore(300, () -> {
            Task<Integer> task = Given.unowned().spawn(() -> 1);
            CompletableFuture<?>[] stay = new CompletableFuture<?>[2];
            stay[0] = task.toCompletableFuture();
            CompletableFuture<Integer> goes = task.toCompletableFuture();
            stay[1] = task.toCompletableFuture();
            Given.sweepNext(task);
            Interleavings.concurrently(() -> goes.complete(2), () -> Given.run(task));
            assertAllDone(stay);
        });
    }

    private static void assertAllDone(CompletableFuture<?>[] futures) {
        for (CompletableFuture<?> future : futures) {
            assertTrue(future.isDone());
        }
    }
}
