package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The methods of {@link Task}: names, status, and the ways to wait for an outcome. */
class TaskTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A supervisor whose tasks run when the test says so. */
    private static Supervisor late(LateExecutor executor) {
        return Supervisor.builder().name("late").executor(executor).onFailure(FailureHandler.ignore()).open();
    }

    // Names

    @Test
    void api_theNameIsTheGivenOneOrMadeUpOfTheSupervisors() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> given = supervisor.spawn("given", () -> 1);
            Task<Integer> one = supervisor.spawn(() -> 1);
            Task<Void> other = supervisor.spawn(() -> { });
            assertEquals("given", given.name());
            assertTrue(one.name().contains("late"), one.name());
            assertTrue(other.name().contains("late"), other.name());
            assertNotEquals(one.name(), other.name());
            assertEquals("also given", supervisor.spawn("also given", () -> { }).name());
            assertTrue(given.toString().contains("given"), given.toString());
            String name = one.name();
            executor.runAll();
            assertEquals(name, one.name());
            assertEquals("given", given.name());
            supervisor.join();
        }
    }

    @Test
    void api_theSupervisorIsTheOneThatSpawned() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertSame(supervisor, task.supervisor());
            executor.runAll();
            assertSame(supervisor, task.supervisor());
            supervisor.join();
        }
    }

    // Status

    @Test
    void api_theStatusGoesFromPendingOverRunningToTheOutcome() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Status> task = supervisor.spawn(() -> supervisor.tasks().get(0).status());
            assertEquals(Status.PENDING, task.status());
            assertFalse(task.isDone());
            executor.runAll();
            assertEquals(Status.RUNNING, task.get());
            assertEquals(Status.SUCCEEDED, task.status());
            assertTrue(task.isDone());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void api_aCancelledTaskIsNotDoneUntilItsBodyHasEnded(Kind kind) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> {
                started.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                    Poll.await(release);
                    throw e;
                }
            });
            Poll.await(started);
            assertTrue(task.cancel());
            Poll.await(interrupted);
            assertFalse(task.isDone());
            assertFalse(task.isCancelled());
            assertEquals(Status.RUNNING, task.status());
            assertTrue(task.cancel(), "false only if the task is done");
            assertThrows(TimeoutException.class, () -> task.get(1, TimeUnit.MILLISECONDS));
            release.countDown();
            assertThrows(TaskCancelledException.class, task::get);
            assertTrue(task.isDone());
            assertTrue(task.isCancelled());
            assertFalse(task.cancel());
            supervisor.join();
        }
    }

    // The outcome of each kind, by every accessor

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void api_everyAccessorOfATaskThatSucceeded(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            assertEquals("result", task.get());
            assertEquals("result", task.get(1, TimeUnit.HOURS));
            assertEquals("result", task.get(0, TimeUnit.SECONDS));
            assertEquals("result", task.get(-1, TimeUnit.DAYS));
            assertEquals("result", task.join());
            assertEquals("result", task.resultNow());
            assertEquals("result", task.toCompletableFuture().get());
            assertThrows(IllegalStateException.class, task::exceptionNow);
            assertNull(task.failure());
            assertFalse(task.isCancelled());
            assertFalse(task.cancel());
            assertFalse(task.cancel(false));
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void api_aNullResultIsAResult(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> null);
            assertNull(task.get());
            assertNull(task.join());
            assertNull(task.resultNow());
            assertNull(task.toCompletableFuture().get());
            assertEquals(Status.SUCCEEDED, task.status());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void api_everyAccessorOfATaskThatFailed(Kind kind) throws Exception {
        for (Throwable failure : List.of(new Exception("checked"), new AssertionError("an error"))) {
            try (Supervisor supervisor = kind.open()) {
                Task<?> task = supervisor.spawn(() -> Sneaky.<Exception>sneak(failure));
                assertSame(failure, assertThrows(ExecutionException.class, task::get).getCause());
                Throwable timed = assertThrows(ExecutionException.class, () -> task.get(0, TimeUnit.SECONDS));
                assertSame(failure, timed.getCause());
                assertSame(failure, assertThrows(CompletionException.class, task::join).getCause());
                assertSame(failure, task.exceptionNow());
                assertSame(failure, task.failure());
                assertThrows(IllegalStateException.class, task::resultNow);
                assertFalse(task.isCancelled());
                assertFalse(task.cancel());
                assertEquals(Status.FAILED, task.status());
                supervisor.join();
            }
        }
    }

    @Test
    void api_everyAccessorOfATaskThatWasCancelled() throws Exception {
        try (Supervisor supervisor = late(new LateExecutor())) {
            Task<?> task = supervisor.spawn("given up", () -> 1);
            assertTrue(task.cancel());
            for (TaskCancelledException thrown : List.of(
                    assertThrows(TaskCancelledException.class, task::get),
                    assertThrows(TaskCancelledException.class, () -> task.get(0, TimeUnit.SECONDS)),
                    assertThrows(TaskCancelledException.class, task::join))) {
                assertSame(task, thrown.task());
                assertTrue(thrown.getMessage().contains("given up"), thrown.getMessage());
            }
            assertThrows(IllegalStateException.class, task::resultNow);
            assertThrows(IllegalStateException.class, task::exceptionNow);
            assertNull(task.failure());
            supervisor.join();
        }
    }

    @Test
    void api_everyAccessorOfATaskThatIsNotDone() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<?> task = supervisor.spawn(() -> 1);
            assertThrows(IllegalStateException.class, task::resultNow);
            assertThrows(IllegalStateException.class, task::exceptionNow);
            assertNull(task.failure());
            assertFalse(task.isDone());
            assertFalse(task.isCancelled());
            assertThrows(TimeoutException.class, () -> task.get(0, TimeUnit.SECONDS));
            assertThrows(TimeoutException.class, () -> task.get(-1, TimeUnit.SECONDS));
            assertThrows(TimeoutException.class, () -> task.get(1, TimeUnit.MILLISECONDS));
            executor.runAll();
            assertEquals(1, task.get());
            supervisor.join();
        }
    }

    @Test
    void api_insideItsOwnBodyATaskHasNoResultYet() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Throwable> task = supervisor.spawn(
                    () -> assertThrows(IllegalStateException.class, () -> supervisor.tasks().get(0).resultNow()));
            assertEquals(Status.SUCCEEDED, task.status());
            supervisor.join();
        }
    }

    @Test
    void api_aTaskCancelledExceptionSurvivesSerializationWithoutItsTask() throws Exception {
        try (Supervisor supervisor = late(new LateExecutor())) {
            Task<?> task = supervisor.spawn("given up", () -> 1);
            task.cancel();
            TaskCancelledException thrown = assertThrows(TaskCancelledException.class, task::get);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(thrown);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                TaskCancelledException copy = assertInstanceOf(TaskCancelledException.class, in.readObject());
                assertEquals(thrown.getMessage(), copy.getMessage());
                assertNull(copy.task());
            }
            supervisor.join();
        }
    }

    // Waiting

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void api_everyWaiterIsReleased(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                Poll.await(release);
                return "result";
            });
            List<Background<String>> waiters = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                waiters.add(Background.call(task::get));
                waiters.add(Background.call(task::join));
                waiters.add(Background.call(() -> task.get(1, TimeUnit.HOURS)));
                waiters.add(Background.call(() -> task.get(Long.MAX_VALUE, TimeUnit.DAYS)));
            }
            waiters.forEach(waiter -> Poll.untilBlocked(waiter.thread()));
            release.countDown();
            for (Background<String> waiter : waiters) {
                assertEquals("result", waiter.join());
            }
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void api_waitersAndCompletionRace(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            for (int i = 0; i < 500; i++) {
                int number = i;
                Task<Integer> task = supervisor.spawn(() -> number);
                int result = i % 3 == 0 ? task.get() : i % 3 == 1 ? task.join() : task.get(30, TimeUnit.SECONDS);
                assertEquals(number, result);
                assertTrue(task.isDone());
            }
            supervisor.join();
        }
    }

    @Test
    void c1_anInterruptedGetThrowsAndLeavesTheTaskAlone() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, task::get);
            assertFalse(Thread.currentThread().isInterrupted());
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> task.get(1, TimeUnit.HOURS));
            assertFalse(Thread.currentThread().isInterrupted());
            Background<Boolean> waiter = Background.call(() -> {
                assertThrows(InterruptedException.class, task::get);
                return Thread.currentThread().isInterrupted();
            });
            Poll.untilBlocked(waiter.thread());
            waiter.thread().interrupt();
            assertFalse(waiter.join());
            assertEquals(Status.PENDING, task.status());
            executor.runAll();
            assertEquals(1, task.get());
            supervisor.join();
        }
    }

    @Test
    void c1_anInterruptedJoinThrowsCompletionExceptionAndRestoresTheStatus() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            Thread.currentThread().interrupt();
            CompletionException thrown = assertThrows(CompletionException.class, task::join);
            assertTrue(Thread.interrupted(), "restored");
            assertInstanceOf(InterruptedException.class, thrown.getCause());
            Background<Boolean> waiter = Background.call(() -> {
                Throwable later = assertThrows(CompletionException.class, task::join);
                assertInstanceOf(InterruptedException.class, later.getCause());
                return Thread.currentThread().isInterrupted();
            });
            Poll.untilBlocked(waiter.thread());
            waiter.thread().interrupt();
            assertTrue(waiter.join());
            assertEquals(Status.PENDING, task.status());
            executor.runAll();
            assertEquals(1, task.join());
            supervisor.join();
        }
    }

    @Test
    void api_nullArgumentsAreRefusedAndChangeNothing() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = late(executor)) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            for (int i = 0; i < 2; i++) {
                assertThrows(NullPointerException.class, () -> task.onDone(null));
                assertThrows(NullPointerException.class, () -> task.get(1, null));
                executor.runAll();
            }
            assertEquals(1, task.get());
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
    }

    @Test
    void api_aSelfThrownCancellationKeepsItsMessageForWhoeverWaits() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<?> task = supervisor.spawn("quitter", () -> {
                throw new CancellationException("enough");
            });
            TaskCancelledException thrown = assertThrows(TaskCancelledException.class, task::get);
            assertEquals("enough", thrown.getCause().getMessage());
            supervisor.join();
        }
    }

    @Test
    void c1_anInterruptedJoinThrowsTheSameWhereTheStatusCannotBeRestored() {
        SecurityException refusal = new SecurityException("interrupt refused");
        class Refusing extends Thread {
            Refusing(Runnable body) {
                super(body, "refusing");
                setDaemon(true);
            }

            @Override
            public void interrupt() {
                if (Thread.currentThread() == this) {
                    throw refusal;
                }
                super.interrupt();
            }
        }
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = Kind.POOLED.open()) {
            GatedTask task = GatedTask.stubborn(Kind.POOLED, supervisor);
            Background<Void> waiter = Background.run(Refusing::new, () -> task.task().join());
            Poll.untilBlocked(waiter.thread());
            waiter.interrupt();
            CompletionException thrown = assertInstanceOf(CompletionException.class, waiter.thrown());
            assertInstanceOf(InterruptedException.class, thrown.getCause());
            assertEquals(1, uncaught.wrapping(refusal));
            task.release();
        }
    }
}
