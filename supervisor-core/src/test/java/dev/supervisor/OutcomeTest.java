package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A body runs once, and what it throws stays with its task: E1, E2. More of E3 is in CancellationOutcomeTest. */
class OutcomeTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // E1

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e1_everyAcceptedBodyRunsExactlyOnce(Kind kind) throws Exception {
        AtomicInteger[] runs = new AtomicInteger[1_000];
        try (Supervisor supervisor = kind.open()) {
            for (int i = 0; i < runs.length; i++) {
                AtomicInteger count = new AtomicInteger();
                runs[i] = count;
                supervisor.spawn(() -> count.incrementAndGet());
            }
            supervisor.join();
        }
        for (AtomicInteger count : runs) {
            assertEquals(1, count.get());
        }
    }

    @Test
    void e1_executorThatRunsATaskTwice() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger called = new AtomicInteger();
        AtomicReference<Runnable> kept = new AtomicReference<>();
        Executor twice = task -> {
            kept.set(task);
            task.run();
            task.run();
        };
        try (Supervisor supervisor = Supervisor.builder().executor(twice).open()) {
            Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet()).onDone(done -> called.incrementAndGet());
            kept.get().run();
            assertEquals(1, task.get());
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
            kept.get().run();
            assertEquals(State.FINISHED, supervisor.state());
        }
        assertEquals(1, ran.get());
        assertEquals(1, called.get());
    }

    @Test
    void e1_executorThatRunsATaskTwiceAtTheSameTime() throws Exception {
        for (int round = 0; round < 300; round++) {
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger called = new AtomicInteger();
            CyclicBarrier barrier = new CyclicBarrier(2);
            Executor twice = task -> {
                for (int i = 0; i < 2; i++) {
                    Kind.POOL.execute(() -> {
                        await(barrier);
                        task.run();
                    });
                }
            };
            try (Supervisor supervisor = Supervisor.builder().executor(twice).open()) {
                Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet());
                task.onDone(done -> called.incrementAndGet());
                supervisor.join();
                assertEquals(1, task.get());
                assertEquals(0, supervisor.liveCount());
            }
            assertEquals(1, ran.get());
            assertEquals(1, called.get());
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void e1_theSecondRunOfARunningTaskReturnsAtOnceAndStealsNoInterrupt() throws Exception {
        LateExecutor executor = new LateExecutor();
        CountDownLatch started = new CountDownLatch(1);
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<?> task = supervisor.spawn(() -> {
                started.countDown();
                new CountDownLatch(1).await();
            });
            Runnable shell = executor.next();
            Background<Void> first = Background.run(shell::run);
            Poll.await(started);
            shell.run();
            assertEquals(Status.RUNNING, task.status());
            task.cancel();
            assertFalse(Thread.currentThread().isInterrupted());
            first.join();
            assertEquals(Status.CANCELLED, task.status());
            supervisor.join();
        }
    }

    @Test
    void e1_runningATaskAgainFromItsOwnBodyOrCallbackDoesNothing() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicReference<Runnable> shell = new AtomicReference<>();
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<?> task = supervisor.spawn(() -> {
                ran.incrementAndGet();
                shell.get().run();
            });
            task.onDone(done -> shell.get().run());
            shell.set(executor.next());
            shell.get().run();
            assertEquals(Status.SUCCEEDED, task.status());
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
        assertEquals(1, ran.get());
    }

    @Test
    void e1_executorThatRunsATaskTwiceAndThenThrows() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        RejectedExecutionException refusal = new RejectedExecutionException("after two runs");
        Executor executor = task -> {
            task.run();
            task.run();
            throw refusal;
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Throwable thrown = assertThrows(Throwable.class, () -> supervisor.spawn(() -> ran.incrementAndGet()));
            assertSame(refusal, thrown);
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
        assertEquals(1, ran.get());
    }

    @Test
    void e1_aBodyThatIsCancelledBeforeItsStartNeverRuns() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
            assertTrue(task.cancel());
            executor.runAll();
            assertEquals(Status.CANCELLED, task.status());
            supervisor.join();
        }
        assertEquals(0, ran.get());
    }

    @Test
    void e1_startAgainstCancel_race() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(1, Kind::daemon);
        int cancelled = 0;
        int rounds = 2_000;
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            for (int round = 0; round < rounds; round++) {
                Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
                if ((round & 1) == 0) {
                    Thread.onSpinWait();
                }
                task.cancel();
                Poll.until("done", task::isDone);
                if (task.isCancelled()) {
                    cancelled++;
                }
            }
            supervisor.join();
        } finally {
            pool.shutdown();
        }
        assertEquals(rounds, ran.get() + cancelled);
    }

    // E2

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e2_aFailureReachesNeitherSiblingNorOwnerNorSupervisor(Kind kind) throws Exception {
        List<Throwable> failures = List.of(
                new Exception("checked"),
                new IllegalStateException("unchecked"),
                new AssertionError("an error"),
                new OutOfMemoryError("not fatal"),
                new StackOverflowError("not fatal"),
                new InterruptedException("unasked for"),
                new ThreadDeathLike());
        AtomicInteger fine = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            List<Task<?>> failing = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                for (Throwable failure : failures) {
                    failing.add(supervisor.spawn(() -> raise(failure)));
                    supervisor.spawn(() -> fine.incrementAndGet());
                }
            }
            for (int i = 0; i < failing.size(); i++) {
                Task<?> task = failing.get(i);
                Poll.until("done", task::isDone);
                assertEquals(Status.FAILED, task.status());
                assertSame(failures.get(i % failures.size()), task.failure());
            }
            if (kind == Kind.CALLER_RUNS) {
                // An inline task that ends by an interrupt sets the status again (C6).
                assertTrue(Thread.interrupted());
            }
            assertEquals(State.ENTERED, supervisor.state());
            assertFalse(Thread.currentThread().isInterrupted());
            assertEquals("still at work", supervisor.spawn(() -> "still at work").get());
            supervisor.join();
        }
        assertEquals(70, fine.get());
    }

    /** A throwable that is neither an Exception nor an Error. */
    private static final class ThreadDeathLike extends Throwable {
        private static final long serialVersionUID = 1L;
    }

    private static Object raise(Throwable failure) throws Exception {
        Sneaky.<Exception>sneak(failure);
        return failure;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e2_aRunningSiblingIsNotDisturbedByAFailure(Kind kind) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<String> sibling = supervisor.spawn(() -> {
                started.countDown();
                release.await();
                return "undisturbed";
            });
            Poll.await(started);
            Task<?> failing = supervisor.spawn(() -> raise(new IllegalStateException("on purpose")));
            Poll.until("failed", failing::isDone);
            assertEquals(Status.RUNNING, sibling.status());
            release.countDown();
            assertEquals("undisturbed", sibling.get());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e2_everyTaskFailingStillEndsNormally(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Supervisor.Builder builder = kind.builder();
        builder.run(supervisor -> {
            for (int i = 0; i < 100; i++) {
                supervisor.spawn(() -> {
                    ran.incrementAndGet();
                    throw new IllegalArgumentException("on purpose");
                });
            }
        });
        assertEquals(100, ran.get());
    }

    @Test
    void e2_aPooledThreadSurvivesTheTasksFailure() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor(Kind::daemon);   // a thread that dies is replaced
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor =
                        Supervisor.builder().executor(pool).onFailure(FailureHandler.ignore()).open()) {
            Thread thread = supervisor.spawn(Thread::currentThread).get();
            Task<?> failing = supervisor.spawn(() -> raise(new AssertionError("on purpose")));
            supervisor.execute(() -> {
                throw new AssertionError("on purpose");
            });
            assertSame(thread, supervisor.spawn(Thread::currentThread).get(), "the next task has the same thread");
            assertEquals(Status.FAILED, failing.status());
            supervisor.join();
            assertEquals(List.of(), uncaught.seen());
        } finally {
            pool.shutdown();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e2_aFailureIsNotThrownInTheThreadOfTheTask(Kind kind) throws Exception {
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            Task<?> failing = supervisor.spawn(() -> raise(new AssertionError("on purpose")));
            supervisor.execute(() -> {
                throw new AssertionError("on purpose");
            });
            Poll.until("done", failing::isDone);
            supervisor.join();
            assertEquals(List.of(), uncaught.seen());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e2_executeIsSupervisedLikeSpawn(Kind kind) throws Exception {
        AtomicReference<Throwable> reported = new AtomicReference<>();
        IllegalStateException failure = new IllegalStateException("on purpose");
        try (Supervisor supervisor = kind.builder().onFailure((task, thrown) -> reported.set(thrown)).open()) {
            supervisor.execute(() -> {
                throw failure;
            });
            supervisor.join();
            assertSame(failure, reported.get());
        }
    }

    // E3, the plain outcomes

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_returnedNormallyIsSucceeded(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            Task<Void> action = supervisor.spawn(() -> { });
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status());
            assertEquals("result", task.get());
            assertNull(task.failure());
            assertFalse(task.isCancelled());
            assertEquals(Status.SUCCEEDED, action.status());
            assertNull(action.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_aFailureReturnedAsAResultIsAResult(Kind kind) throws Exception {
        Exception value = new Exception("a value");
        try (Supervisor supervisor = kind.open()) {
            Task<Exception> task = supervisor.spawn(() -> value);
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status());
            assertSame(value, task.get());
            assertNull(task.failure());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_threwIsFailed(Kind kind) throws Exception {
        Exception failure = new Exception("on purpose");
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> raise(failure));
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertSame(failure, task.failure());
            assertFalse(task.isCancelled());
            assertTrue(task.isDone());
        }
        assertEquals(0, failure.getSuppressed().length);
        assertNull(failure.getCause());
    }

    @Test
    void e3_aFailureThatCannotBeLookedIntoIsAFailureAllTheSame() throws Exception {
        IllegalStateException refusal = new IllegalStateException("isInterrupted");
        class Untelling extends Thread {
            Untelling(Runnable body) {
                super(body, "untelling");
                setDaemon(true);
            }

            @Override
            public boolean isInterrupted() {
                throw refusal;
            }
        }
        SocketException failure = new SocketException("by an interrupt or not");
        Supervisor.Builder builder = Supervisor.builder().threadFactory(Untelling::new);
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = builder.onFailure(FailureHandler.ignore()).open()) {
            Task<Object> task = supervisor.spawn(() -> {
                throw failure;
            });
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertSame(failure, task.failure());
            assertEquals(1, uncaught.wrapping(refusal));
        }
    }
}
