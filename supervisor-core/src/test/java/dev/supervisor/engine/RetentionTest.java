package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Heap;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.RecordedLog;
import dev.supervisor.Supervisor;
import dev.supervisor.Task.Status;
import dev.supervisor.Task;
import dev.supervisor.TaskDecorator;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing of a retired task is retained: E6. Weak references show it while the supervisor is in use. */
class RetentionTest {

    /** How the body of a traced task ends. */
    enum End {
        RETURNS, THROWS, QUITS, CANCELLED;

        Status status() {
            return switch (this) {
                case RETURNS -> Status.SUCCEEDED;
                case THROWS -> Status.FAILED;
                default -> Status.CANCELLED;
            };
        }
    }

    /** The referent of a weak reference. Its mark names it in the message of a failure. */
    private static final class Marked {
        private final String mark;

        Marked(String mark) {
            this.mark = mark;
        }

        @Override
        public String toString() {
            return mark;
        }
    }

    /** A task with a weak reference to each of its parts. */
    private static final class Traced {
        final List<WeakReference<?>> parts = new ArrayList<>();
        WeakReference<Task<?>> handle = new WeakReference<>(null);

        /** Spawns the task; keeps no strong reference to any part of it. */
        Task<Object> spawn(Supervisor supervisor, End end) {
            Marked ofBody = trace(new Marked("body"));
            AtomicReference<Object> keeper = new AtomicReference<>();
            CountDownLatch registered = new CountDownLatch(1);
            Task<Object> task = supervisor.spawn(() -> {
                if (supervisor.tasks().size() == 1) {
                    registerOn(supervisor.tasks().get(0));
                } else {
                    Poll.await(registered);
                }
                keeper.set(ofBody);
                switch (end) {
                    case THROWS -> throw trace(new IllegalStateException("failure"));
                    case QUITS -> throw trace(new CancellationException("quits"));
                    case CANCELLED -> {
                        supervisor.tasks().forEach(Task::cancel);
                        Thread.sleep(Long.MAX_VALUE);
                    }
                    case RETURNS -> keeper.set(null);
                }
                return trace(new Marked("result"));
            });
            registered.countDown();
            handle = new WeakReference<>(task);
            return task;
        }

        private void registerOn(Task<?> task) {
            Marked ofCallback = trace(new Marked("callback"));
            task.onDone(done -> assertNotNull(ofCallback.toString()));
        }

        <T> T trace(T part) {
            synchronized (parts) {
                parts.add(new WeakReference<>(part));
            }
            return part;
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static void untilNoneLive(Supervisor supervisor) {
        Poll.until("no live task", () -> supervisor.liveCount() == 0);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_theSupervisorHoldsNothingOfADoneTask(Kind kind) {
        for (End end : End.values()) {
            try (Supervisor supervisor = kind.open()) {
                Traced traced = new Traced();
                assertEquals(end.status(), statusOf(traced.spawn(supervisor, end)));
                untilNoneLive(supervisor);
                Heap.untilCollected(traced.parts);
                Heap.untilCollected(traced.handle);
                assertTrue(traced.parts.size() >= 2, "body and callback at least were traced");
                assertEquals(Supervisor.State.ENTERED, supervisor.state());
            }
        }
    }

    private static Status statusOf(Task<?> task) {
        Poll.until("done", task::isDone);
        return task.status();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_aHandleHoldsItsOutcomeAndNothingElse(Kind kind) throws Exception {
        for (End end : End.values()) {
            try (Supervisor supervisor = kind.open()) {
                Traced traced = new Traced();
                Task<Object> task = traced.spawn(supervisor, end);
                untilNoneLive(supervisor);
                List<WeakReference<?>> rest = new ArrayList<>(traced.parts);
                switch (end) {
                    case RETURNS -> rest.removeIf(reference -> reference.get() == task.resultNow());
                    case THROWS -> rest.removeIf(reference -> reference.get() == task.failure());
                    default -> rest.removeIf(reference -> reference.get() instanceof CancellationException);
                }
                assertEquals(end == End.CANCELLED ? rest.size() : rest.size() + 1, traced.parts.size());
                Heap.untilCollected(rest);
                assertEquals(end.status(), task.status());
                supervisor.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_aFinishedSupervisorHoldsNothingEither(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        List<Traced> all = new ArrayList<>();
        for (End end : End.values()) {
            Traced traced = new Traced();
            all.add(traced);
            assertNotNull(traced.spawn(supervisor, end));
            untilNoneLive(supervisor);
        }
        supervisor.join();
        for (Traced traced : all) {
            Heap.untilCollected(traced.parts);
            Heap.untilCollected(traced.handle);
        }
        assertEquals(Supervisor.State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e6_theSupervisorHoldsNoThreadOfADoneTask(Kind kind) {
        if (kind == Kind.POOLED || kind == Kind.SHARED_POOL) {   // which keep their threads
            assertEquals(Status.SUCCEEDED, statusOfTaskOnOwnPool());
            return;
        }
        try (Supervisor supervisor = kind.open()) {
            AtomicReference<WeakReference<Thread>> thread = new AtomicReference<>();
            supervisor.spawn(() -> thread.set(new WeakReference<>(Thread.currentThread())));
            untilNoneLive(supervisor);
            Heap.untilCollected(thread.get());
            assertEquals(Supervisor.State.ENTERED, supervisor.state());
        }
    }

    private static Status statusOfTaskOnOwnPool() {
        ExecutorService pool = Executors.newSingleThreadExecutor(Kind::daemon);
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            AtomicReference<WeakReference<Thread>> thread = new AtomicReference<>();
            Task<?> task = supervisor.spawn(() -> thread.set(new WeakReference<>(Thread.currentThread())));
            untilNoneLive(supervisor);
            pool.shutdown();
            Heap.untilCollected(thread.get());
            return task.status();
        }
    }

    @Test
    void e6_theQueueOfASaturatedPoolHoldsEmptyShells() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor(Kind::daemon);
        CountDownLatch release = new CountDownLatch(1);
        pool.submit(() -> {
            release.await();   // no deadline: that would release the shells just before the deadline of the check
            return null;
        });
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            List<WeakReference<?>> traces = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                spawnCancelled(supervisor, traces);
            }
            assertEquals(20, traces.size());
            Heap.untilCollected(traces);
            assertEquals(0, supervisor.liveCount());
            release.countDown();
            supervisor.join();
        } finally {
            release.countDown();
            pool.shutdown();
        }
    }

    private static void spawnCancelled(Supervisor supervisor, List<WeakReference<?>> traces) {
        Task<?> task = spawnTracedPending(supervisor, traces);
        assertTrue(task.cancel());
    }

    private static Task<?> spawnTracedPending(Supervisor supervisor, List<WeakReference<?>> traces) {
        Marked ofBody = new Marked("body");
        Marked ofCallback = new Marked("callback");
        traces.add(new WeakReference<>(ofBody));
        traces.add(new WeakReference<>(ofCallback));
        return supervisor.spawn(() -> ofBody.toString()).onDone(done -> assertNotNull(ofCallback.toString()));
    }

    @Test
    void e6_whatAnAbortCancelsBeforeItsStartIsAnEmptyShellToo() throws Exception {
        LateExecutor executor = new LateExecutor();
        List<WeakReference<?>> traces = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            for (int i = 0; i < 10; i++) {
                assertFalse(spawnTracedPending(supervisor, traces).isDone());
            }
            supervisor.abort();
            Heap.untilCollected(traces);
            assertEquals(10, executor.size());
            supervisor.join();
        }
    }

    @Test
    void e6_whatARefusingExecutorKeepsIsAnEmptyShell() {
        LateExecutor queue = new LateExecutor();
        Executor executor = task -> {
            queue.execute(task);
            throw new RejectedExecutionException("queued all the same");
        };
        List<WeakReference<?>> traces = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            assertThrows(RejectedExecutionException.class, () -> spawnTracedPending(supervisor, traces));
            assertEquals(1, queue.size());
            Heap.untilCollected(traces);
        }
    }

    @Test
    void e6_whatAnExecutorKeepsOfAFinishedTaskHoldsNoBody() throws Exception {
        List<Runnable> kept = new ArrayList<>();
        Executor executor = task -> {
            kept.add(task);
            task.run();
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Traced traced = new Traced();
            assertTrue(traced.spawn(supervisor, End.CANCELLED).isCancelled());
            assertEquals(1, kept.size());
            Heap.untilCollected(traced.parts);
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_whatTheDecoratorReturnedIsNotHeld(Kind kind) throws Exception {
        List<WeakReference<?>> traces = new ArrayList<>();
        TaskDecorator decorator = task -> {
            Runnable decorated = new Runnable() {
                @Override
                public void run() {
                    task.run();
                }
            };
            traces.add(new WeakReference<>(decorated));
            return decorated;
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            untilNoneLive(supervisor);
            Heap.untilCollected(traces);
            assertEquals("result", task.get());
            supervisor.join();
        }
        traces.clear();
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).decorator(decorator).open()) {
            Task<String> task = supervisor.spawn(() -> "never");
            task.cancel();
            assertEquals(1, traces.size());
            Heap.untilCollected(traces);
            assertEquals(1, executor.size());
            supervisor.join();
        }
    }

    /** Keeps the messages, but not what was thrown. */
    private static final class LogWithoutThrowables extends RecordedLog {
        @Override
        public void publish(LogRecord record) {
            record.setThrown(null);
            super.publish(record);
        }
    }

    /** Some of the failures are logged, and the others left out and counted. */
    @Test
    void e6_theDefaultHandlerHoldsNoFailure() throws Exception {
        try (RecordedLog log = new LogWithoutThrowables();
                Supervisor supervisor = Supervisor.builder().name("retaining").executor(Runnable::run).open()) {
            List<WeakReference<?>> traces = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                supervisor.spawn(() -> {
                    IllegalStateException failure = new IllegalStateException("on purpose");
                    traces.add(new WeakReference<>(failure));
                    throw failure;
                });
            }
            assertEquals(100, traces.size());
            assertTrue(log.messages("of Supervisor[retaining,").size() >= LogLimit.BURST, "the log has handled some");
            Heap.untilCollected(traces);
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_aThrowingCallbackIsNotHeldEither(Kind kind) throws Exception {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, throwable) -> { });
        try (Supervisor supervisor = kind.open()) {
            List<WeakReference<?>> traces = new ArrayList<>();
            spawnWithThrowingCallback(supervisor, traces);
            untilNoneLive(supervisor);
            assertEquals(1, traces.size());
            Heap.untilCollected(traces);
            supervisor.join();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    private static void spawnWithThrowingCallback(Supervisor supervisor, List<WeakReference<?>> traces) {
        IllegalStateException thrown = new IllegalStateException("a callback's");
        traces.add(new WeakReference<>(thrown));
        supervisor.spawn(() -> 1).onDone(done -> {
            throw thrown;
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_aCompletableFutureOfADoneTaskIsNotHeldByIt(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            CountDownLatch release = new CountDownLatch(kind == Kind.CALLER_RUNS ? 0 : 1);
            Task<String> task = supervisor.spawn(() -> {
                Poll.await(release);
                return "result";
            });
            WeakReference<?> future = new WeakReference<>(task.toCompletableFuture());
            release.countDown();
            untilNoneLive(supervisor);
            Heap.untilCollected(future);
            assertSame(Status.SUCCEEDED, task.status());
            supervisor.join();
        }
    }

    /** How a supervisor ends after a peak of live tasks. */
    private enum Finished {
        JOINED {
            @Override
            void end(Supervisor supervisor, LateExecutor executor) throws InterruptedException {
                executor.runAll();
                supervisor.join();
            }
        },
        CLOSED {
            @Override
            void end(Supervisor supervisor, LateExecutor executor) {
                supervisor.close();   // the queue keeps the shells
            }
        },
        ABORTED {
            @Override
            void end(Supervisor supervisor, LateExecutor executor) {
                supervisor.abort();
            }
        },
        SEALED {
            @Override
            void end(Supervisor supervisor, LateExecutor executor) {
                supervisor.seal();
                executor.runAll();   // the last task finishes the supervisor
            }
        };

        abstract void end(Supervisor supervisor, LateExecutor executor) throws InterruptedException;
    }

    @ParameterizedTest
    @EnumSource(Finished.class)
    void e6_aHandleOfAFinishedSupervisorLeadsToNoSlots(Finished finished) throws Exception {
        int peak = 200_000;
        LateExecutor executor = new LateExecutor();
        List<Object> kept = new ArrayList<>();
        try (Supervisor first = Supervisor.builder().executor(new LateExecutor()).open()) {
            first.spawn(() -> 1);   // the first message of all makes the log load much
        }
        long before = Heap.used();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            for (int i = 0; i < peak; i++) {
                Task<?> task = supervisor.spawn(() -> 1);
                if (i % (peak / 10) == 0) {
                    kept.add(task);   // in old segments and in new ones
                }
            }
            finished.end(supervisor, executor);
            for (int left = executor.size(); left > 1; left--) {   // size is called once, since it counts the queue
                executor.next();
            }
            assertEquals(Supervisor.State.FINISHED, supervisor.state());
        }
        Heap.untilGrownByAtMost(100_000, before);   // the slots of the peak are 800,000 at least
        if (executor.size() > 0) {
            kept.add(executor.next());   // a shell
        }
        for (Object task : kept) {
            assertNull(((SupervisedTask<?>) task).segment.slots);
        }
        assertTrue(kept.size() >= 10);
    }
}
