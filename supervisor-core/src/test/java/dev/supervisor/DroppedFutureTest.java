package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C2: a thread that waits for a dropped task, or for its future, is released before any callback can delay that. */
class DroppedFutureTest {

    /** What drops the tasks that have not started. */
    enum Drop {
        ABORT, CLOSE, SHUTDOWN, RUN;

        /** Runs code that spawns tasks which never start, and then drops these. */
        void after(NestedExitTest.Stage stage) throws Exception {
            Supervisor.Builder builder = Supervisor.builder().executor(new LateExecutor());
            if (this == RUN) {
                assertThrows(InterruptedException.class, () -> builder.run(supervisor -> {
                    stage.in(supervisor);
                    throw new InterruptedException();
                }));
                return;
            }
            Supervisor supervisor = builder.open();
            stage.in(supervisor);
            switch (this) {
                case ABORT -> supervisor.abort();
                case CLOSE -> supervisor.close();
                default -> supervisor.shutdown();
            }
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // futures come before callbacks

    @ParameterizedTest
    @EnumSource(Drop.class)
    void c2_aCallbackOfADroppedTaskMayWaitForTheFuturesOfItsSiblings(Drop drop) {
        AtomicInteger released = new AtomicInteger();
        List<CompletableFuture<Integer>> futures = new ArrayList<>();
        ShortWait.result("the abort", Background.run(() -> drop.after(supervisor -> {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Task<Integer> task = supervisor.spawn(() -> 1);
                tasks.add(task);
                task.onDone(done -> futures.forEach(future -> {
                    assertThrows(CancellationException.class, future::join);
                    released.incrementAndGet();
                }));
            }
            tasks.forEach(task -> futures.add(task.toCompletableFuture()));
        })));
        assertEquals(9, released.get());
    }

    /** The callback is registered before the future, and so comes before it in the list of observers. */
    @Test
    void c2_aCallbackOfACancelledPendingTaskMayWaitForItsFuture() {
        AtomicReference<CompletableFuture<Integer>> future = new AtomicReference<>();
        AtomicBoolean released = new AtomicBoolean();
        Task<Integer> task = Supervisor.builder().executor(new LateExecutor()).open().spawn(() -> 1);
        task.onDone(done -> {
            assertThrows(CancellationException.class, () -> future.get().join());
            released.set(true);
        });
        future.set(task.toCompletableFuture());
        ShortWait.result("the cancel", Background.run(task::cancel));
        assertTrue(released.get());
    }

    /** The error is that of a body, or that of a callback that comes before the future in the list of observers. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void c2_theFutureOfAFatalTaskIsCompleteBeforeItsAbortCallsAnybody(boolean body) {
        LateExecutor never = new LateExecutor();
        AtomicBoolean used = new AtomicBoolean();
        AtomicReference<CompletableFuture<?>> future = new AtomicReference<>();
        AtomicBoolean released = new AtomicBoolean();
        CountDownLatch ready = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore())
                .executor(task -> (used.getAndSet(true) ? never : Kind.POOL).execute(task)).open();
        Task<Integer> fatal = supervisor.spawn(() -> {
            Poll.await(ready);
            if (body) {
                throw new InternalError("on purpose");
            }
            return 1;
        });
        if (!body) {
            fatal.onDone(done -> {
                throw new InternalError("on purpose");
            });
        }
        future.set(fatal.toCompletableFuture());
        supervisor.spawn(() -> 2).onDone(dropped -> {
            future.get().handle((result, thrown) -> 1).join();
            released.set(true);
        });
        try (UncaughtReports reports = UncaughtReports.collect()) {
            ready.countDown();
            ShortWait.until("aborted", () -> supervisor.liveCount() == 0);
            assertTrue(released.get());
            assertThrows(Throwable.class, supervisor::close);
            assertTrue(body || !reports.seen().isEmpty(), "what a callback throws is reported besides");
        }
    }

    // an interrupt() that does not return

    @Test
    void c2_anInterruptThatDoesNotReturnHoldsUpItsAbortAlone() {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger threads = new AtomicInteger();
        Supervisor supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore())
                .threadFactory(task -> {
                    boolean holds = threads.incrementAndGet() == 10;
                    Thread thread = new Thread(task) {
                        @Override
                        public void interrupt() {
                            if (holds) {
                                held.countDown();
                                Poll.await(release);
                            }
                            super.interrupt();
                        }
                    };
                    thread.setDaemon(true);
                    return thread;
                }).open();
        List<GatedTask> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tasks.add(GatedTask.yielding(Kind.PER_TASK, supervisor));
        }
        Background<Void> first = Background.run(supervisor::abort);
        try {
            Poll.await(held);
            ShortWait.result("the second abort", Background.run(supervisor::abort));
            for (GatedTask task : tasks) {
                if (task != tasks.get(9)) {
                    assertEquals(Status.CANCELLED, task.end());
                }
            }
            assertFalse(first.hasEnded());
            ShortWait.until("all but one are counted out", () -> supervisor.liveCount() == 1);
        } finally {
            release.countDown();
        }
        ShortWait.shutdown(supervisor);
        first.join();
        assertEquals(Status.CANCELLED, tasks.get(9).end());
    }

    // cancelling a future

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_aDependentOfACancelledFutureMayWaitForTheEndOfTheTask(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        AtomicReference<Boolean> done = new AtomicReference<>();
        CompletableFuture<?> future = gated.task().toCompletableFuture();
        future.whenComplete((result, thrown) -> {
            assertThrows(TaskCancelledException.class, gated.task()::get);
            done.set(gated.task().isDone());
        });
        assertTrue(ShortWait.result("the cancel", Background.call(() -> future.cancel(true))));
        assertTrue(future.isCancelled());
        assertThrows(CancellationException.class, future::join);
        Poll.until("the dependent has run", () -> done.get() != null);
        assertTrue(done.get());
        ShortWait.shutdown(supervisor);
    }

    /** A dependent finds that the task has been asked: a pending task is done. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void c1_aTaskIsAskedBeforeTheDependentsOfItsFutureRun(boolean interrupt) {
        Task<Integer> task = Supervisor.builder().executor(new LateExecutor()).open().spawn(() -> 1);
        AtomicReference<Status> seen = new AtomicReference<>();
        CompletableFuture<Integer> future = task.toCompletableFuture();
        future.whenComplete((result, thrown) -> seen.set(task.status()));
        assertTrue(future.cancel(interrupt));
        assertEquals(Status.CANCELLED, seen.get());
        assertTrue(future.isCancelled());
        assertTrue(future.cancel(interrupt), "again");
    }

    // a wait of no time

    @ParameterizedTest
    @CsvSource({"0, NANOSECONDS", "-1, NANOSECONDS", "-1, DAYS", "-9223372036854775808, NANOSECONDS",
            "-9223372036854775808, DAYS"})
    void c1_aGetOfNoTimeLooksAndReturns(long time, TimeUnit unit) {
        assertReturnsOnAWorker(supervisor -> {
            Task<Integer> pending = supervisor.spawn(() -> 1);
            for (int i = 0; i < 10; i++) {
                assertThrows(TimeoutException.class, () -> pending.get(time, unit));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void e9_aPollOfNoTimeLooksAndReturns(long seconds) {
        assertReturnsOnAWorker(supervisor -> {
            Completions<Integer> completions = supervisor.completions();
            completions.spawn(() -> 1);
            for (int i = 0; i < 10; i++) {
                assertNull(completions.poll(Duration.ofSeconds(seconds)));
            }
        });
    }

    /** Runs code on the worker of a pool of one, which would start another thread if the worker blocked. */
    private static void assertReturnsOnAWorker(NestedExitTest.Stage stage) {
        ForkJoinPool pool = new ForkJoinPool(1);
        AtomicInteger size = new AtomicInteger();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        pool.execute(() -> {
            try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
                stage.in(supervisor);
                size.set(pool.getPoolSize());
            } catch (Throwable t) {
                thrown.set(t);
            } finally {
                ended.countDown();
            }
        });
        try {
            ShortWait.until("returned", () -> ended.getCount() == 0);
            assertNull(thrown.get());
            assertEquals(1, size.get(), "threads in the pool");
        } finally {
            pool.shutdownNow();
        }
    }
}
