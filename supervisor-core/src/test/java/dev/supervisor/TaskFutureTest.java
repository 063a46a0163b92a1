package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The futures of a task: an outcome goes from the task to its futures, a cancellation from a future to its task. */
class TaskFutureTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor late(LateExecutor executor) {
        return Supervisor.builder().executor(executor).onFailure(FailureHandler.ignore()).open();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void api_itCompletesWithTheResult(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            CompletableFuture<String> future = supervisor.spawn(() -> "result").toCompletableFuture();
            assertEquals("result!", future.thenApply(result -> result + "!").get(30, TimeUnit.SECONDS));
            assertFalse(future.isCompletedExceptionally());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void api_itCompletesWithTheFailure(Kind kind) throws Exception {
        Exception failure = new Exception("on purpose");
        try (Supervisor supervisor = kind.open()) {
            CompletableFuture<String> future = supervisor.<String>spawn(() -> {
                throw failure;
            }).toCompletableFuture();
            assertSame(failure, assertThrows(ExecutionException.class, future::get).getCause());
            assertSame(failure, assertThrows(CompletionException.class, future::join).getCause());
            assertFalse(future.isCancelled());
            supervisor.join();
        }
    }

    @Test
    void api_aCancelledTaskCancelsIt() throws Exception {
        try (Supervisor supervisor = late(new LateExecutor())) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            CompletableFuture<Integer> before = task.toCompletableFuture();
            assertFalse(before.isDone());
            task.cancel();
            for (CompletableFuture<Integer> future : List.of(before, task.toCompletableFuture())) {
                assertTrue(future.isDone());
                assertTrue(future.isCancelled());
                assertThrows(CancellationException.class, future::get);
                assertThrows(CancellationException.class, future::join);
            }
            supervisor.join();
        }
    }

    /** On every JDK. Otherwise a task that lets this exception escape would count as cancelled. */
    @Test
    void e3_whatItThrowsOfACancelledTaskSaysWhichTaskThatWas() throws Exception {
        List<Throwable> reported = new ArrayList<>();
        LateExecutor late = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(late)
                .onFailure((task, failure) -> reported.add(failure)).open()) {
            Task<Integer> cancelled = supervisor.spawn(() -> 1);
            cancelled.cancel();
            CompletableFuture<Integer> future = cancelled.toCompletableFuture();
            List<Callable<Integer>> ways = List.of(
                    future::get, () -> future.get(1, TimeUnit.SECONDS), future::join, () -> future.getNow(2));
            for (Callable<Integer> way : ways) {
                assertSame(cancelled, assertThrows(TaskCancelledException.class, way::call).task());
                Task<Integer> seen = supervisor.spawn(way);
                late.runAll();
                assertEquals(Task.Status.FAILED, seen.status());
            }
            assertEquals(ways.size(), reported.size());
            supervisor.join();
        }
    }

    @Test
    void api_cancellingItCancelsATaskThatHasNotStarted() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            CompletableFuture<Integer> future = task.toCompletableFuture();
            assertTrue(future.cancel(true));
            assertTrue(task.isCancelled());
            assertEquals(0, supervisor.liveCount());
            executor.runAll();
            supervisor.join();
            assertTrue(task.isCancelled());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void api_cancellingItInterruptsARunningTask(Kind kind) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> {
                started.countDown();
                new CountDownLatch(1).await();
            });
            Poll.await(started);
            CompletableFuture<?> future = task.toCompletableFuture();
            assertTrue(future.cancel(true));
            assertTrue(future.isCancelled());
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
        }
    }

    @Test
    void api_cancellingItIsARequestThatTheBodyMayIgnore() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            AtomicReference<CompletableFuture<?>> future = new AtomicReference<>();
            Task<String> task = supervisor.spawn(() -> {
                future.set(supervisor.tasks().get(0).toCompletableFuture());
                assertTrue(future.get().cancel(true));
                return "done all the same";
            });
            assertEquals("done all the same", task.get());
            assertTrue(future.get().isCancelled());
            assertEquals("done all the same", task.toCompletableFuture().get());
            supervisor.join();
        }
    }

    @Test
    void api_cancellingItAfterTheEndIsTooLate() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            CompletableFuture<Integer> future = task.toCompletableFuture();
            executor.runAll();
            assertFalse(future.cancel(true));
            assertEquals(1, future.get());
            assertEquals(Status.SUCCEEDED, task.status());
            supervisor.join();
        }
    }

    @Test
    void api_eachCallMakesANewOne() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            CompletableFuture<Integer> one = task.toCompletableFuture();
            CompletableFuture<Integer> other = task.toCompletableFuture();
            assertNotSame(one, other);
            assertTrue(one.complete(2));
            assertFalse(other.isDone());
            assertEquals(Status.PENDING, task.status());
            executor.runAll();
            assertEquals(2, one.get());
            assertEquals(1, other.get());
            assertEquals(1, task.get());
            supervisor.join();
        }
    }

    @Test
    void api_completingItByHandDoesNotTouchTheTask() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertTrue(task.toCompletableFuture().completeExceptionally(new IllegalStateException("by hand")));
            executor.runAll();
            assertEquals(1, task.get());
            assertNull(task.failure());
            supervisor.join();
        }
    }

    @Test
    void api_cancellingADependantDoesNotCancelTheTask() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertTrue(task.toCompletableFuture().thenApply(result -> result + 1).cancel(true));
            assertEquals(Status.PENDING, task.status());
            executor.runAll();
            assertEquals(1, task.get());
            supervisor.join();
        }
    }

    @Test
    void c2_itsDependantsRunOnTheTasksThreadBeforeCallbacksAndBeforeItStopsBeingLive() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
            AtomicReference<Thread> thread = new AtomicReference<>();
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.onDone(done -> events.add("first"));
            task.toCompletableFuture().thenRun(() -> {
                thread.set(Thread.currentThread());
                events.add("dependant, live: " + supervisor.liveCount());
            });
            task.onDone(done -> events.add("last"));
            Runnable shell = executor.next();
            Background<Void> runner = Background.run(shell::run);
            runner.join();
            assertEquals(List.of("dependant, live: 1", "first", "last"), List.copyOf(events));
            assertSame(runner.thread(), thread.get());
            supervisor.join();
        }
    }
}
