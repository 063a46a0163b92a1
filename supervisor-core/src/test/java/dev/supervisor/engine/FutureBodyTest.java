package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.FailureHandler;
import dev.supervisor.Heap;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.ShortWait;
import dev.supervisor.Supervisor;
import dev.supervisor.Task.Status;
import dev.supervisor.Task;
import dev.supervisor.TaskCancelledException;
import dev.supervisor.UncaughtReports;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C2: a task that is cancelled before its start cancels a body that is a future, so no thread waits for ever. */
class FutureBodyTest {

    /** What drops a task that has not started. */
    enum Drop {
        ABORT, CLOSE, SHUTDOWN, CANCEL;

        void all(Supervisor supervisor) {
            switch (this) {
                case ABORT -> supervisor.abort();
                case CLOSE -> supervisor.close();
                case SHUTDOWN -> supervisor.shutdown();
                default -> supervisor.tasks().forEach(Task::cancel);
            }
        }
    }

    /** Bodies that are futures. */
    enum Body {
        FUTURE_TASK, FORK_JOIN_TASK, COMPLETABLE_FUTURE, CALLABLE;

        /** Gives such a body to the supervisor, and returns it. */
        Future<?> in(Supervisor supervisor) {
            Runnable body = switch (this) {
                case FUTURE_TASK -> new FutureTask<>(() -> 1);
                case FORK_JOIN_TASK -> (Runnable) ForkJoinTask.adapt(() -> 1);
                case COMPLETABLE_FUTURE -> new CompletesItself();
                case CALLABLE -> new CallsItself();
            };
            supervisor.execute(body);
            return (Future<?>) body;
        }
    }

    private static class CompletesItself extends CompletableFuture<Integer> implements Runnable {
        @Override
        public void run() {
            complete(1);
        }
    }

    /** A body that is a callable, too; {@code execute} has to run it all the same. */
    private static final class CallsItself extends CompletesItself implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new AssertionError("called");
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor late() {
        return Supervisor.builder().unowned().executor(new LateExecutor()).open();
    }

    private static void assertCancelled(Future<?> future) {
        assertTrue(future.isDone(), "a thread would wait for it for ever");
        assertThrows(CancellationException.class, future::get);
    }

    @ParameterizedTest
    @EnumSource(Drop.class)
    void c2_aFutureThatIsDroppedIsCancelledAndWhoWaitsForItIsReleased(Drop drop) {
        for (Body body : Body.values()) {
            Supervisor supervisor = late();
            Future<?> future = body.in(supervisor);
            Background<Throwable> waiter =
                    Background.call(() -> assertThrows(CancellationException.class, future::get));
            Poll.untilBlocked(waiter.thread());
            drop.all(supervisor);
            ShortWait.result(body.name(), waiter);
            assertCancelled(future);
            assertEquals(0, supervisor.liveCount());
        }
    }

    @ParameterizedTest
    @EnumSource(Body.class)
    void c2_aFutureInADecoratorToo(Body body) {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor())
                .decorator(task -> task::run).open();
        Future<?> future = body.in(supervisor);
        supervisor.abort();
        assertCancelled(future);
    }

    @ParameterizedTest
    @EnumSource(Body.class)
    void c2_aFutureThatIsRunEndsByItself(Body body) throws Exception {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        Future<?> future = body.in(supervisor);
        supervisor.abort();
        assertTrue(future.isDone());
        assertFalse(future.isCancelled());
        assertEquals(1, future.get());
    }

    /** A runner that has claimed a task, and finds that it was cancelled, drops the task itself. */
    @Test
    void c2_aFutureThatItsRunnerDropsIsCancelledByTheRunner() throws Exception {
        Supervisor supervisor = late();
        Future<?> future = Body.FUTURE_TASK.in(supervisor);
        SupervisedTask<?> task = (SupervisedTask<?>) supervisor.tasks().get(0);
        assertTrue(task.claim(TaskState.STARTING));
        supervisor.abort();
        assertFalse(future.isDone());
        assertFalse(task.start(Thread.currentThread()));
        Completion.complete(task, null);
        assertCancelled(future);
        assertNull(task.payload);
        assertEquals(0, supervisor.liveCount());
    }

    // all tasks are asked, and all waiting threads released, before such code runs

    /** A future whose hook is called when it is done. */
    private static FutureTask<Integer> hooked(Runnable hook) {
        return new FutureTask<>(() -> 1) {
            @Override
            protected void done() {
                hook.run();
            }
        };
    }

    @Test
    void c2_itsHookFindsEverybodyToldAndTasksAndFuturesComplete() {
        Supervisor supervisor = late();
        List<Task<Integer>> tasks = new ArrayList<>();
        List<CompletableFuture<Integer>> futures = new ArrayList<>();
        AtomicInteger released = new AtomicInteger();
        for (int i = 0; i < 20; i++) {
            supervisor.execute(hooked(() -> {
                tasks.forEach(task -> assertThrows(TaskCancelledException.class, task::get));
                futures.forEach(future -> assertThrows(CancellationException.class, future::join));
                released.incrementAndGet();
            }));
            Task<Integer> task = supervisor.spawn(() -> 1);
            tasks.add(task);
            futures.add(task.toCompletableFuture());
        }
        ShortWait.result("the abort", Background.run(supervisor::abort));
        assertEquals(20, released.get());
    }

    @Test
    void c2_aCallbackMayWaitForTheFuturesOfItsSiblings() {
        Supervisor supervisor = late();
        List<FutureTask<Integer>> futures = new ArrayList<>();
        AtomicInteger released = new AtomicInteger();
        for (int i = 0; i < 20; i++) {
            supervisor.spawn(() -> 1).onDone(done -> {
                futures.forEach(future -> assertThrows(CancellationException.class, future::get));
                released.incrementAndGet();
            });
            FutureTask<Integer> future = new FutureTask<>(() -> 1);
            futures.add(future);
            supervisor.execute(future);
        }
        ShortWait.result("the abort", Background.run(supervisor::abort));
        assertEquals(20, released.get());
    }

    @ParameterizedTest
    @EnumSource(value = Drop.class, names = {"ABORT", "CANCEL"})
    void c2_aHookThatThrowsIsReportedAndTheOthersAreCancelled(Drop drop) {
        Supervisor supervisor = late();
        IllegalStateException thrown = new IllegalStateException("on purpose");
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            FutureTask<Integer> future = hooked(() -> {
                throw thrown;
            });
            futures.add(future);
            supervisor.execute(future);
        }
        try (UncaughtReports reports = UncaughtReports.collect()) {
            drop.all(supervisor);
            assertEquals(20, reports.wrapping(thrown));
            assertEquals(20, reports.seen().size());
        }
        futures.forEach(FutureBodyTest::assertCancelled);
        assertEquals(0, supervisor.liveCount());
        assertEquals(0, thrown.getSuppressed().length);
    }

    @Test
    void c2_aCancellationThatThrowsIsTriedOnceMoreByAnAbort() {
        Supervisor supervisor = late();
        AtomicInteger calls = new AtomicInteger();
        FutureTask<Integer> future = new FutureTask<>(() -> 1) {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                if (calls.incrementAndGet() == 1) {
                    throw new StackOverflowError("on purpose");
                }
                return super.cancel(mayInterruptIfRunning);
            }
        };
        supervisor.execute(future);
        try (UncaughtReports reports = UncaughtReports.collect()) {
            supervisor.abort();
            assertEquals(1, reports.seen().size());
        }
        assertEquals(2, calls.get());
        assertCancelled(future);
    }

    @Test
    void c7_aFatalErrorOfAHookIsThrownByTheExit() {
        Supervisor supervisor = late();
        InternalError error = new InternalError("on purpose");
        supervisor.execute(hooked(() -> {
            throw error;
        }));
        Future<?> other = Body.FUTURE_TASK.in(supervisor);
        try (UncaughtReports reports = UncaughtReports.collect()) {
            supervisor.tasks().get(0).cancel();
            assertEquals(1, reports.wrapping(error));
        }
        assertCancelled(other);
        assertEquals(error, assertThrows(InternalError.class, supervisor::join));
    }

    @ParameterizedTest
    @EnumSource(value = Drop.class, names = {"ABORT", "CANCEL"})
    void c6_aHookStartsWithAClearStatusWhichIsSetAgain(Drop drop) {
        Supervisor supervisor = late();
        AtomicReference<Boolean> status = new AtomicReference<>();
        supervisor.execute(hooked(() -> status.set(Thread.currentThread().isInterrupted())));
        supervisor.tasks().get(0).toCompletableFuture()
                .whenComplete((result, thrown) -> Thread.currentThread().interrupt());
        Thread.currentThread().interrupt();
        drop.all(supervisor);
        assertTrue(Thread.interrupted());
        assertEquals(false, status.get());
    }

    @Test
    void c8_aHookThatWaitsForItsSupervisorIsRefused() {
        Supervisor supervisor = late();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        supervisor.execute(hooked(() ->
                thrown.set(assertThrows(IllegalStateException.class, supervisor::shutdown))));
        ShortWait.result("the abort", Background.run(supervisor::abort));
        assertInstanceOf(IllegalStateException.class, thrown.get());
    }

    /** Another thread may run the future at the same time; the library does not interrupt that thread. */
    @Test
    void c2_nobodyIsInterrupted() throws Exception {
        Supervisor supervisor = late();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        FutureTask<Integer> future = new FutureTask<>(() -> {
            started.countDown();
            Poll.await(release);
            return 1;
        });
        supervisor.execute(future);
        Background<Boolean> elsewhere = Background.call(() -> {
            future.run();
            return Thread.interrupted();
        });
        Poll.await(started);
        supervisor.abort();
        assertCancelled(future);
        release.countDown();
        assertEquals(false, elsewhere.join());
    }

    // a caller that is refused gets an exception

    @Test
    void a6_theFutureOfARefusedSpawnIsLeftToTheCaller() throws Exception {
        Executor executor = task -> {
            throw new RejectedExecutionException("full");
        };
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        FutureTask<Integer> future = new FutureTask<>(() -> 1);
        assertThrows(RejectedExecutionException.class, () -> supervisor.execute(future));
        assertFalse(future.isDone());
        supervisor.abort();
        assertThrows(RejectedExecutionException.class, () -> supervisor.execute(future));
        assertFalse(future.isDone());
        future.run();
        assertEquals(1, future.get());
    }

    // nothing is retained

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void e6_theShellOfADroppedFutureIsEmpty(boolean aborts) {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        List<WeakReference<?>> traces = new ArrayList<>();
        List<Task<?>> handles = new ArrayList<>();
        for (Body body : Body.values()) {
            traces.add(new WeakReference<>(body.in(supervisor)));
        }
        handles.addAll(supervisor.tasks());
        if (aborts) {
            supervisor.abort();
        } else {
            handles.forEach(Task::cancel);
        }
        Heap.untilCollected(traces);
        assertEquals(traces.size(), executor.size());
        handles.forEach(handle -> assertEquals(Status.CANCELLED, handle.status()));
    }

    // code that hands such bodies over

    @Test
    void c2_aSupervisorWhoseExecutorIsAbortedDoesNotWaitForEver() {
        Supervisor outer = late();
        Supervisor inner = Supervisor.builder().unowned().executor(outer).open();
        Task<Integer> task = inner.spawn(() -> 1);
        Background<Void> joiner = Background.run(inner::join);
        Poll.untilBlocked(joiner.thread());
        outer.abort();
        ShortWait.result("the join", joiner);
        assertEquals(Status.CANCELLED, task.status());
    }

    /** An executor service on top of a supervisor, as a user would write it. */
    private static final class Service extends AbstractExecutorService {

        private final Supervisor supervisor;

        Service(Supervisor supervisor) {
            this.supervisor = supervisor;
        }

        @Override
        public void execute(Runnable command) {
            supervisor.execute(command);
        }

        @Override
        public void shutdown() {
            supervisor.seal();
        }

        @Override
        public List<Runnable> shutdownNow() {
            supervisor.abort();
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return supervisor.state().compareTo(Supervisor.State.SEALED) >= 0;
        }

        @Override
        public boolean isTerminated() {
            return supervisor.state() == Supervisor.State.FINISHED;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            throw new UnsupportedOperationException();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c2_noFutureOfAServiceIsLeftIncompleteByAnAbort(Kind kind) throws Exception {
        for (int round = 0; round < (kind == Kind.PER_TASK ? 20 : 200); round++) {
            Supervisor supervisor = kind.builder().unowned().onFailure(FailureHandler.ignore()).open();
            Service service = new Service(supervisor);
            List<Future<Integer>> futures = new ArrayList<>();
            CountDownLatch begun = new CountDownLatch(1);
            Background<Void> submitter = Background.run(() -> {
                for (int i = 0; i < 1_000; i++) {
                    try {
                        futures.add(service.submit(() -> 1));
                    } catch (RejectedExecutionException expected) {
                        return;
                    } finally {
                        begun.countDown();
                    }
                }
            });
            Poll.await(begun);
            service.shutdownNow();
            ShortWait.result("the submitter", submitter);
            supervisor.join();
            for (Future<Integer> future : futures) {
                assertTrue(future.isDone(), "a thread would wait for it for ever");
                try {
                    assertEquals(1, future.get());
                } catch (CancellationException dropped) {
                    continue;
                } catch (ExecutionException interrupted) {
                    throw new AssertionError(interrupted);
                }
            }
        }
    }
}
