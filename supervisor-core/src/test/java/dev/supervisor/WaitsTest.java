package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** C4, C3: a wait throws only what the contract says, whatever the pool of the waiting thread does. */
class WaitsTest {

    @ParameterizedTest
    @ValueSource(strings = {"join", "close", "shutdown"})
    void c4_aForkJoinPoolThatCannotReplaceItsWorkerDoesNotEndTheWait(String exit) throws Exception {
        AtomicInteger threads = new AtomicInteger();
        ForkJoinPool pool = new ForkJoinPool(1, p -> {
            if (threads.getAndIncrement() > 0) {
                throw new IllegalStateException("no more threads");
            }
            return ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(p);
        }, null, false);
        CountDownLatch end = new CountDownLatch(1);
        AtomicReference<Thread> worker = new AtomicReference<>();
        var live = pool.submit(() -> {
            Supervisor supervisor = Kind.POOLED.open();
            CountDownLatch started = new CountDownLatch(1);
            supervisor.spawn(() -> {
                started.countDown();
                Poll.await(end);
            });
            Poll.await(started);
            worker.set(Thread.currentThread());
            switch (exit) {
                case "join" -> supervisor.join();
                case "close" -> supervisor.close();
                default -> supervisor.shutdown();
            }
            return supervisor.liveCount();
        });
        Poll.until("the worker waits", () -> live.isDone() || worker.get() != null && threads.get() > 1
                && LockSupport.getBlocker(worker.get()) != null);
        assertFalse(live.isDone());
        end.countDown();
        assertEquals(0, live.get(30, TimeUnit.SECONDS));
        pool.shutdownNow();   // after its factory's exception the pool itself never terminates
    }

    @Test
    void c10_aPoolThatIsShutDownGoesOnWithWhatItsOwnWorkerWaitsFor() throws Exception {
        ForkJoinPool pool = new ForkJoinPool(1);
        CountDownLatch shutDown = new CountDownLatch(1);
        var sum = pool.submit(() -> {
            Poll.await(shutDown);
            try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
                int one = supervisor.spawn(() -> 1).get();
                Task<Integer> two = supervisor.spawn(() -> 2);
                supervisor.join();
                return one + two.resultNow();
            }
        });
        pool.shutdown();
        shutDown.countDown();
        assertEquals(3, sum.get(30, TimeUnit.SECONDS));
    }

    /** Calls the callable on a worker of a new pool, and returns its result. */
    private static <T> T onWorker(Callable<T> callable) throws Exception {
        ForkJoinPool pool = new ForkJoinPool(1);
        try {
            return pool.submit(callable).get(30, TimeUnit.SECONDS);
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void c1_aTimedGetOnAForkJoinWorkerEndsWithTheTask() throws Exception {
        try (Supervisor supervisor = Kind.POOLED.open()) {
            GatedTask task = GatedTask.yielding(Kind.POOLED, supervisor);
            assertEquals("released", onWorker(() -> {
                Thread worker = Thread.currentThread();
                Background.run(() -> {
                    Poll.untilBlocked(worker);
                    task.release();
                });
                return task.task().get(30, TimeUnit.SECONDS);
            }));
        }
    }

    @Test
    void c1_aTimedGetOnAForkJoinWorkerEndsWithTheTime() throws Exception {
        try (Supervisor supervisor = Kind.POOLED.open()) {
            GatedTask task = GatedTask.yielding(Kind.POOLED, supervisor);
            assertTrue(onWorker(() -> {
                assertThrows(TimeoutException.class, () -> task.task().get(10, TimeUnit.MILLISECONDS));
                return task.task().status() == Status.RUNNING;
            }));
        }
    }
}
