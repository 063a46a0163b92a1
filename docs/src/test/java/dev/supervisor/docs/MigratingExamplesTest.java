package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Overflow;
import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import dev.supervisor.Task.Status;
import dev.supervisor.Tasks;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What {@code docs/migrating.md} says of both sides: each claim is tried on what one had, and on what one writes. */
class MigratingExamplesTest extends HeldBodies {

    private static final Duration AGES = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
    private final List<ExecutorService> executors = new ArrayList<>();

    @AfterEach
    void stopExecutors() {
        executors.forEach(ExecutorService::shutdownNow);
    }

    private ExecutorService remember(ExecutorService executor) {
        executors.add(executor);
        return executor;
    }

    private Supervisor.Builder builder() {
        return Supervisor.builder().onFailure((task, thrown) -> reported.add(thrown));
    }

    private Supervisor open() {
        return open(builder());
    }

    private String awaitUnchecked() {
        try {
            return await();
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private Callable<Object> failing() {
        return () -> {
            throw failure;
        };
    }

    /** Runs a call on another thread. */
    private static <T> T elsewhere(Callable<T> call) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        Threads.run(() -> {
            try {
                result.complete(call.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result.get(60, TimeUnit.SECONDS);
    }

    @Nested
    class FromExecutorService {

        @Test
        void bothSendMails() throws Exception {
            MigratingExamples.ExecutorMails before = new MigratingExamples.ExecutorMails();
            before.send(MigratingExamplesTest.this::await);
            awaitBegun(1);
            release.countDown();
            before.stop();
            MigratingExamples.SupervisedMails after = new MigratingExamples.SupervisedMails();
            after.send(MigratingExamplesTest.this::await);
            after.send(failing());
            after.stop();
            assertEquals(2, begun.get());
            assertEquals(0, interrupted.get());
        }

        @Test
        void shutdownOfAnExecutorLetsTasksEnd() throws Exception {
            ExecutorService executor = remember(Executors.newCachedThreadPool());
            Future<String> task = executor.submit(MigratingExamplesTest.this::await);
            awaitBegun(1);
            executor.shutdown();
            release.countDown();
            assertEquals("released", task.get());
        }

        @Test
        void shutdownOfASupervisorCancelsAndSealDoesNot() throws Exception {
            Supervisor supervisor = open();
            Task<String> task = supervisor.spawn(MigratingExamplesTest.this::await);
            awaitBegun(1);
            supervisor.shutdown();
            assertEquals(Status.CANCELLED, task.status());
            Supervisor other = open();
            Task<String> second = other.spawn(MigratingExamplesTest.this::await);
            other.seal();
            assertThrows(RejectedExecutionException.class, () -> other.spawn(() -> { }));
            release.countDown();
            assertEquals("released", second.get());
        }

        @Test
        void theViewIsShutDownAsAnExecutorIs() throws Exception {
            Supervisor supervisor = open();
            ExecutorService view = supervisor.asExecutorService();
            Future<String> task = view.submit(MigratingExamplesTest.this::await);
            view.shutdown();
            release.countDown();
            assertEquals("released", task.get());
        }

        @Test
        void closeWithoutJoinCancels() {
            Supervisor supervisor = Supervisor.open();
            Task<String> task = supervisor.spawn(MigratingExamplesTest.this::await);
            awaitBegun(1);
            supervisor.close();
            assertEquals(Status.CANCELLED, task.status());
        }

        @Test
        void aFailureIsSeenHereAndInTheFutureOnlyThere() throws Exception {
            Future<?> unasked = remember(Executors.newCachedThreadPool()).submit(failing());
            assertSame(failure, assertThrows(ExecutionException.class, unasked::get).getCause());
            Supervisor supervisor = open();
            supervisor.asExecutorService().submit(failing());
            Poll.until("none is live", () -> supervisor.liveCount() == 0);
            assertEquals(List.of(), List.copyOf(reported));
            supervisor.spawn(failing());
            supervisor.drain(AGES);
            assertEquals(List.of(failure), List.copyOf(reported));
        }

        @Test
        void executeGivesAFailureToTheHandlerInPlaceOfTheThread() throws Exception {
            CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
            remember(Executors.newCachedThreadPool(body -> {
                Thread thread = new Thread(body);
                thread.setUncaughtExceptionHandler((dead, thrown) -> uncaught.complete(thrown));
                return thread;
            })).execute(() -> {
                throw new UncheckedIOException(failure);
            });
            assertSame(failure, uncaught.get(60, TimeUnit.SECONDS).getCause());
            Supervisor supervisor = open();
            supervisor.execute(() -> {
                throw new UncheckedIOException(failure);
            });
            supervisor.drain(AGES);
            assertSame(failure, reported.element().getCause());
        }

        @Test
        void anOwnedBeanCannotBeClosedElsewhereAndAnUnownedOneCan() throws Exception {
            Supervisor owned = Supervisor.open();
            try {
                ExecutionException refused = assertThrows(ExecutionException.class, () -> elsewhere(() -> {
                    owned.close();
                    return null;
                }));
                assertInstanceOf(IllegalStateException.class, refused.getCause());
                Threads.run(owned::shutdown);
                assertThrows(InterruptedException.class, release::await);       // its owner does something else
            } finally {
                owned.close();
            }
            Supervisor unowned = open();
            elsewhere(() -> {
                unowned.close();
                return null;
            });
            assertEquals(State.FINISHED, unowned.state());
        }

        @Test
        void aCancelledFutureIsDoneAtOnceAndATaskWhenItsBodyHasEnded() throws Exception {
            CountDownLatch cleanUp = new CountDownLatch(1);
            Callable<String> slowToEnd = () -> {
                try {
                    return await();
                } catch (InterruptedException e) {
                    cleanUp.await();
                    throw e;
                }
            };
            Future<String> future = remember(Executors.newCachedThreadPool()).submit(slowToEnd);
            Task<String> task = open().spawn(slowToEnd);
            awaitBegun(2);
            assertTrue(future.cancel(true));
            assertTrue(task.cancel());
            assertTrue(future.isDone() && future.isCancelled());
            assertTrue(task.isCancelRequested());
            assertFalse(task.isDone() || task.isCancelled());
            cleanUp.countDown();
            Poll.until("done", task::isDone);
            assertTrue(task.isCancelled());
        }

        @Test
        void futuresThatShutdownNowDropsAreNeverDoneAndTasksThatAbortDropsAre() {
            ExecutorService executor = remember(Executors.newSingleThreadExecutor());
            executor.submit(MigratingExamplesTest.this::await);
            Future<String> waiting = executor.submit(MigratingExamplesTest.this::await);
            awaitBegun(1);
            assertEquals(1, executor.shutdownNow().size());
            assertFalse(waiting.isDone());
            Queue<Runnable> queue = new ArrayDeque<>();
            Supervisor supervisor = open(builder().executor(queue::add));
            Task<String> task = supervisor.spawn(MigratingExamplesTest.this::await);
            supervisor.abort();
            assertEquals(Status.CANCELLED, task.status());
        }

        @Test
        void aDrainLetsTasksSpawnAndAnExecutorThatIsShutDownDoesNot() throws Exception {
            ExecutorService executor = remember(Executors.newCachedThreadPool());
            Future<Future<String>> refused = executor.submit(() -> {
                await();
                return executor.submit(() -> "part");
            });
            Supervisor supervisor = open();
            Task<String> request = supervisor.spawn(() -> {
                await();
                return supervisor.spawn(() -> "part").get();
            });
            awaitBegun(2);
            executor.shutdown();
            CompletableFuture<Boolean> drain =
                CompletableFuture.supplyAsync(() -> supervisor.drain(AGES), Threads::run);
            Poll.until("draining", () -> supervisor.state() == State.DRAINING);
            release.countDown();
            assertInstanceOf(RejectedExecutionException.class,
                assertThrows(ExecutionException.class, refused::get).getCause());
            assertEquals("part", request.get());
            assertTrue(drain.get());
        }

        @Test
        void aPoolWhoseCallersRunDropsWhatComesLateAndASupervisorRefusesIt() {
            ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                new ThreadPoolExecutor.CallerRunsPolicy());
            pool.shutdown();
            assertFalse(pool.submit(MigratingExamplesTest.this::await).isDone());
            assertEquals(0, begun.get());
            Supervisor supervisor = open();
            supervisor.shutdown();
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(MigratingExamplesTest.this::await));
        }

        @Test
        void threadsAreDaemons() throws Exception {
            Callable<Boolean> isDaemon = () -> Thread.currentThread().isDaemon();
            assertFalse(remember(Executors.newCachedThreadPool()).submit(isDaemon).get());
            assertTrue(open().spawn(isDaemon).get());
        }

        @Test
        void inheritableThreadLocalsAreNotInherited() throws Exception {
            InheritableThreadLocal<String> user = new InheritableThreadLocal<>();
            user.set("ann");
            try {
                assertEquals("ann", remember(Executors.newCachedThreadPool()).submit(user::get).get());
                assertNull(open().spawn(() -> user.get()).get());
            } finally {
                user.remove();
            }
        }

        @Test
        void aPoolLimitsThreadsAndASupervisorNothing() throws Exception {
            ExecutorService pool = remember(Executors.newFixedThreadPool(2));
            for (int i = 0; i < 3; i++) {
                pool.execute(MigratingExamplesTest.this::awaitUnchecked);
            }
            awaitBegun(2);
            assertEquals(1, ((ThreadPoolExecutor) pool).getQueue().size());
            Supervisor supervisor = open();
            for (int i = 0; i < 3; i++) {
                supervisor.spawn(MigratingExamplesTest.this::await);
            }
            awaitBegun(5);
            Supervisor limited = open(builder().maxTasks(2, Overflow.BLOCK));
            limited.spawn(MigratingExamplesTest.this::await);
            Task<?> second = limited.spawn(() -> {
                await();
                return limited.spawn(() -> { });        // inside of a task it throws, where others wait
            });
            awaitBegun(7);
            assertNull(limited.trySpawn(MigratingExamplesTest.this::await));
            CompletableFuture<Task<String>> third =
                CompletableFuture.supplyAsync(() -> limited.spawn(() -> "third"), Threads::run);
            release.countDown();
            assertEquals("third", third.get(60, TimeUnit.SECONDS).get());
        }

        @Test
        void aTaskThatSpawnsIntoAFullSupervisorIsRefusedThoughOthersWait() {
            Supervisor full = open(builder().maxTasks(1, Overflow.BLOCK));
            Task<?> task = full.spawn(() -> full.spawn(() -> "inner"));
            assertInstanceOf(RejectedExecutionException.class,
                assertThrows(ExecutionException.class, task::get).getCause());
        }

        @Test
        void aSupervisorCanKeepThePoolAndItsQueue() throws Exception {
            ExecutorService pool = remember(Executors.newFixedThreadPool(2));
            Supervisor supervisor = open(builder().executor(pool));
            List<Task<String>> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tasks.add(supervisor.spawn(MigratingExamplesTest.this::await));
            }
            awaitBegun(2);
            assertEquals(3, supervisor.liveCount());
            release.countDown();
            assertTrue(supervisor.drain(AGES));
            pool.shutdown();
            assertEquals("released", tasks.get(2).get());
        }

        @Test
        void invokeAllWithATimeCancelsFuturesAndADeadlineThrows() throws Exception {
            List<Callable<String>> bodies = List.of(() -> "quick", MigratingExamplesTest.this::await);
            List<Future<String>> futures = remember(Executors.newCachedThreadPool())
                .invokeAll(bodies, SHORT.toMillis(), TimeUnit.MILLISECONDS);
            assertTrue(futures.get(1).isCancelled());
            assertThrows(DeadlineExceededException.class,
                () -> Tasks.allSettled(Supervisor.builder().deadline(SHORT), bodies));
        }

        @Test
        void invokeAnyLeavesLosersAndFirstSuccessfulWaitsForThem() throws Exception {
            CountDownLatch cleanUp = new CountDownLatch(1);
            AtomicInteger ended = new AtomicInteger();
            Callable<String> loser = () -> {
                try {
                    return await();
                } finally {
                    cleanUp.await();
                    ended.incrementAndGet();
                }
            };
            Callable<String> winner = () -> {
                Poll.until("the other has begun", () -> begun.get() >= 1);
                return "won";
            };
            assertEquals("won", remember(Executors.newCachedThreadPool()).invokeAny(List.of(loser, winner)));
            assertEquals(0, ended.get());
            cleanUp.countDown();
            Poll.until("it has ended", () -> ended.get() == 1);
            assertEquals("won", Tasks.firstSuccessful(List.of(loser, winner)));
            assertTrue(ended.get() >= begun.get());
        }
    }

    @Nested
    class FromCompletableFuture {

        @Test
        void bothMakeAPage() throws Exception {
            assertEquals("ann: 3", MigratingExamples.pageOfFutures(() -> "ann", () -> "3"));
            assertEquals("ann: 3", MigratingExamples.pageOfTasks(() -> "ann", () -> "3"));
        }

        @Test
        void aFailureWaitsForTheOtherThereAndCancelsItHere() throws Exception {
            CompletableFuture<String> page = CompletableFuture.supplyAsync(() -> MigratingExamples.pageOfFutures(
                MigratingExamplesTest.this::awaitUnchecked, () -> {
                    throw new UncheckedIOException(failure);
                }), Threads::run);
            awaitBegun(1);
            assertFalse(page.isDone());
            release.countDown();
            assertThrows(ExecutionException.class, () -> page.get(60, TimeUnit.SECONDS));
            CountDownLatch never = new CountDownLatch(1);
            ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> MigratingExamples.pageOfTasks(() -> {
                never.await();
                return "never";
            }, () -> {
                throw failure;
            }));
            assertSame(failure, thrown.getCause());
        }

        @Test
        void cancelOfAFutureInterruptsNothingAndIsDone() {
            CompletableFuture<String> future =
                CompletableFuture.supplyAsync(MigratingExamplesTest.this::awaitUnchecked, Threads::run);
            awaitBegun(1);
            assertTrue(future.cancel(true));
            assertTrue(future.isDone());
            release.countDown();
            CompletableFuture<String> derived = open().spawn(MigratingExamplesTest.this::await).toCompletableFuture();
            assertEquals("released", derived.join());
            assertEquals(0, interrupted.get());
        }

        @Test
        void cancelOfATaskOrOfItsFutureInterruptsAndThatOfADerivedStageDoesNot() {
            Supervisor supervisor = open();
            Task<String> task = supervisor.spawn(MigratingExamplesTest.this::await);
            CompletableFuture<String> future = task.toCompletableFuture();
            awaitBegun(1);
            assertTrue(future.thenApply(result -> result).cancel(true));
            assertFalse(task.isCancelRequested());
            assertTrue(future.cancel(true));
            assertTrue(task.isCancelRequested());
            Poll.until("done", task::isDone);
            assertEquals(1, interrupted.get());
        }

        @Test
        void aTimeOutOfAFutureLeavesTheBodyAndThatOfATaskEndsIt() throws Exception {
            CompletableFuture<String> future =
                CompletableFuture.supplyAsync(MigratingExamplesTest.this::awaitUnchecked, Threads::run);
            awaitBegun(1);      // for a future that is done does not call its supplier any more
            future.orTimeout(SHORT.toMillis(), TimeUnit.MILLISECONDS);
            assertInstanceOf(TimeoutException.class, assertThrows(ExecutionException.class, future::get).getCause());
            assertEquals(0, interrupted.get());
            Task<String> task = open().spec("slow").timeout(SHORT).spawn(MigratingExamplesTest.this::await);
            assertInstanceOf(TimeoutException.class, assertThrows(ExecutionException.class, task::get).getCause());
            assertEquals(begun.get() - 1, interrupted.get());
        }

        @Test
        void aFailureOfABodyThatKeepsItIsNotReported() {
            Supervisor supervisor = open();
            CompletableFuture<String> future = CompletableFuture.supplyAsync(() -> {
                throw new UncheckedIOException(failure);
            }, supervisor);
            assertThrows(CompletionException.class, future::join);
            supervisor.drain(AGES);
            assertEquals(List.of(), List.copyOf(reported));
        }

        @Test
        void aFutureOfSupplyAsyncIsNotCompletedByAnAbortAndThatOfATaskIs() {
            Queue<Runnable> queue = new ArrayDeque<>();
            Supervisor supervisor = open(builder().executor(queue::add));
            CompletableFuture<String> lost = CompletableFuture.supplyAsync(() -> "never", supervisor);
            CompletableFuture<String> kept = supervisor.spawn(() -> "never").toCompletableFuture();
            supervisor.abort();
            assertFalse(lost.isDone());
            assertTrue(kept.isCancelled());
        }

        @Test
        void aDependentIsWaitedForAndAnAsyncOneIsNot() throws Exception {
            CountDownLatch held = new CountDownLatch(1);
            Supervisor supervisor = open();
            CompletableFuture<String> future =
                supervisor.spawn(MigratingExamplesTest.this::await).toCompletableFuture();
            AtomicInteger dependents = new AtomicInteger();
            future.thenRun(dependents::incrementAndGet);
            CompletableFuture<Void> async = future.thenRunAsync(() -> {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }, Threads::run);
            release.countDown();
            assertTrue(supervisor.drain(AGES));
            assertEquals(1, dependents.get());
            assertFalse(async.isDone());
            held.countDown();
            async.get(60, TimeUnit.SECONDS);
        }

        @Test
        void allOfWaitsForTheRestAndAnyOfLeavesIt() {
            CompletableFuture<String> hanging =
                CompletableFuture.supplyAsync(MigratingExamplesTest.this::awaitUnchecked, Threads::run);
            CompletableFuture<String> failed = CompletableFuture.failedFuture(failure);
            assertFalse(CompletableFuture.allOf(hanging, failed).isDone());
            assertTrue(CompletableFuture.anyOf(hanging, failed).isDone());
            assertFalse(hanging.isDone());
            awaitBegun(1);
            ExecutionException thrown = assertThrows(ExecutionException.class,
                () -> Tasks.firstCompleted(List.of(MigratingExamplesTest.this::await, () -> {
                    throw failure;
                })));
            assertSame(failure, thrown.getCause());
            assertEquals(begun.get() - 1, interrupted.get());
        }

        @Test
        void joinOfATaskCanBeInterruptedAndThatOfAFutureCannot() throws Exception {
            Supervisor supervisor = open();
            Task<String> task = supervisor.spawn(MigratingExamplesTest.this::await);
            Thread.currentThread().interrupt();
            CompletionException thrown = assertThrows(CompletionException.class, task::join);
            assertInstanceOf(InterruptedException.class, thrown.getCause());
            assertTrue(Thread.interrupted());
            Thread waiter = Thread.currentThread();
            CompletableFuture<String> future = new CompletableFuture<>();
            Threads.run(() -> {
                Poll.until("it waits, though interrupted", () -> waiter.getState() == Thread.State.WAITING);
                future.complete("late");
            });
            Thread.currentThread().interrupt();
            assertEquals("late", future.join());
            assertTrue(Thread.interrupted());
            assertEquals(0, interrupted.get());
        }
    }
}
