package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Async tasks, S7, and the stage that tells of a supervisor's end, S8. */
@Timeout(120)
class AsyncTest {

    /** The ways to ask an async task to cancel. */
    enum Request {
        CANCEL, ABORT, SHUTDOWN;

        /** Asks; a shutdown on another thread, since it waits for the task. */
        void of(Task<?> task) {
            switch (this) {
                case CANCEL -> assertTrue(task.cancel());
                case ABORT -> task.supervisor().abort();
                case SHUTDOWN -> {
                    Background.run(task.supervisor()::shutdown);
                    Poll.until("asked", task::isCancelRequested);
                }
            }
        }
    }

    /** A future that records how it is cancelled. */
    private static class RecordingFuture<T> extends CompletableFuture<T> {
        final AtomicInteger cancels = new AtomicInteger();
        final AtomicInteger withoutInterrupt = new AtomicInteger();

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            (mayInterruptIfRunning ? cancels : withoutInterrupt).incrementAndGet();
            return super.cancel(mayInterruptIfRunning);
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A supervisor whose executor is not to be asked. */
    private static Supervisor open() {
        return builder().open();
    }

    private static Supervisor.Builder builder() {
        return Supervisor.builder().unowned().onFailure(FailureHandler.ignore()).executor(task -> {
            throw new AssertionError("an async task has no thread");
        });
    }

    private static void join(Supervisor supervisor) {
        Background.run(supervisor::join).join();
    }

    // the life of a task

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s7_aTaskIsLiveUntilItsStageCompletes(Kind kind, Caller caller) throws Exception {
        CompletableFuture<String> stage = new CompletableFuture<>();
        Supervisor supervisor = kind.builder().unowned().open();
        Task<String> task = supervisor.spawnAsync(() -> stage);
        assertEquals(Status.RUNNING, task.status());
        assertFalse(task.isDone());
        assertEquals(1, supervisor.liveCount());
        assertEquals(List.of(task), supervisor.tasks());
        assertSame(supervisor, task.supervisor());
        assertThrows(TimeoutException.class, () -> task.get(0, TimeUnit.SECONDS));
        Background<Void> joiner = Background.blockedIn(caller::unstarted, supervisor::join);
        Background<String> getter = Background.call(caller::unstarted, task::get);
        Poll.untilBlocked(getter.thread());
        assertFalse(joiner.hasEnded());
        Background.run(caller::unstarted, () -> {
            stage.complete("result");
            assertEquals(Status.SUCCEEDED, task.status(), "when complete has returned, the task is done");
        }).join();
        assertEquals(0, supervisor.liveCount());
        assertEquals("result", task.resultNow());
        assertEquals("result", getter.join());
        joiner.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void s7_noThreadIsHeld() {
        Supervisor supervisor = open();
        List<CompletableFuture<Integer>> stages = new ArrayList<>();
        List<Task<Integer>> tasks = new ArrayList<>();
        int before = Thread.activeCount();
        for (int i = 0; i < 10_000; i++) {
            CompletableFuture<Integer> stage = new CompletableFuture<>();
            stages.add(stage);
            tasks.add(supervisor.spawnAsync(() -> stage));
        }
        assertEquals(10_000, supervisor.liveCount());
        assertTrue(Thread.activeCount() < before + 100, "no thread for each");
        for (int i = 9_999; i >= 0; i--) {
            stages.get(i).complete(i);
        }
        assertEquals(0, supervisor.liveCount());
        for (int i = 0; i < 10_000; i++) {
            assertEquals(i, tasks.get(i).resultNow());
        }
        join(supervisor);
    }

    @Test
    void s7_aStageThatIsCompleteGivesATaskThatIsDone() {
        IllegalStateException failure = new IllegalStateException("on purpose");
        Supervisor supervisor = open();
        Task<Integer> task = supervisor.spawnAsync(() -> CompletableFuture.completedFuture(1));
        assertEquals(1, task.resultNow());
        Task<Integer> stage = supervisor.spawnAsync(() -> CompletableFuture.completedStage(2));
        assertEquals(2, stage.resultNow());
        Task<?> nothing = supervisor.spawnAsync(() -> CompletableFuture.completedFuture(null));
        assertNull(nothing.resultNow());
        Task<Integer> failed = supervisor.spawnAsync(() -> CompletableFuture.failedFuture(failure));
        assertSame(failure, failed.failure());
        assertEquals(0, supervisor.liveCount());
        join(supervisor);
    }

    @ParameterizedTest
    @EnumSource(value = Request.class, names = {"ABORT", "SHUTDOWN"})
    void s7_theEndOfASupervisorWaitsForTheStage(Request request) {
        CompletableFuture<String> source = new CompletableFuture<>();
        Supervisor supervisor = open();
        Task<String> task = supervisor.spawnAsync(source::minimalCompletionStage);
        request.of(task);
        Background<Void> closer = Background.blockedIn(supervisor::close);
        assertEquals(State.ABORTING, supervisor.state());
        source.complete("late");
        closer.join();
        assertEquals("late", task.resultNow());
    }

    // the start

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s7_theStartRunsOnTheSpawningThreadInsideOfTheDecorator(Kind kind) {
        ThreadLocal<String> context = new ThreadLocal<>();
        List<String> events = new ArrayList<>();
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        AtomicReference<String> seenByCallback = new AtomicReference<>("unset");
        Supervisor supervisor = kind.builder().unowned().decorator(task -> () -> {
            events.add("begin");
            context.set("context");
            try {
                task.run();
            } finally {
                context.remove();
                events.add("end");
            }
        }).open();
        Task<Integer> task = supervisor.spawnAsync(() -> {
            events.add(Thread.currentThread().getName() + " " + context.get());
            return stage;
        });
        task.onDone(done -> seenByCallback.set(context.get()));
        assertEquals(List.of("begin", Thread.currentThread().getName() + " context", "end"), events);
        assertFalse(task.isDone());
        Background.run(() -> stage.complete(1)).join();
        assertEquals(1, task.resultNow());
        assertNull(seenByCallback.get(), "the decorator wraps the start only");
        assertEquals(3, events.size());
        join(supervisor);
    }

    @Test
    void s7_theDecoratorsOfSpecAndSupervisorWrapTheStart() {
        List<String> events = new ArrayList<>();
        Supervisor supervisor = builder().decorator(named("outer", events)).open();
        Task<Integer> task = supervisor.spec("rpc").decorator(named("inner", events)).spawnAsync(() -> {
            events.add("start");
            return CompletableFuture.completedFuture(1);
        });
        assertEquals(List.of("outer", "inner", "start", "end of inner", "end of outer"), events);
        assertEquals("rpc", task.name());
        assertEquals(1, task.resultNow());
        join(supervisor);
    }

    private static TaskDecorator named(String name, List<String> events) {
        return task -> () -> {
            events.add(name);
            task.run();
            events.add("end of " + name);
        };
    }

    @Test
    void s7_aDecoratorThatThrowsOrReturnsNullUndoesTheSpawn() {
        IllegalStateException thrown = new IllegalStateException("on purpose");
        AtomicBoolean started = new AtomicBoolean();
        Callable<CompletionStage<Integer>> start = () -> {
            started.set(true);
            return CompletableFuture.completedFuture(1);
        };
        Supervisor throwing = builder().decorator(task -> {
            throw thrown;
        }).open();
        assertSame(thrown, assertThrows(IllegalStateException.class, () -> throwing.spawnAsync(start)));
        Supervisor none = builder().decorator(task -> null).open();
        assertThrows(NullPointerException.class, () -> none.spawnAsync(start));
        for (Supervisor supervisor : List.of(throwing, none)) {
            assertEquals(0, supervisor.liveCount());
            join(supervisor);
        }
        assertFalse(started.get());
    }

    @Test
    void s7_aDecoratedRunnableThatDoesNotCallTheTaskMakesItFail() {
        AtomicBoolean started = new AtomicBoolean();
        Supervisor supervisor = builder().decorator(task -> () -> { }).open();
        Task<Integer> task = supervisor.spawnAsync(() -> {
            started.set(true);
            return new CompletableFuture<>();
        });
        assertEquals(Status.FAILED, task.status());
        assertFalse(started.get());
        join(supervisor);
    }

    @Test
    void s7_theStartIsRunOnlyByItsDecoratedRunnable() {
        AtomicBoolean started = new AtomicBoolean();
        AtomicReference<Runnable> kept = new AtomicReference<>();
        Supervisor supervisor = builder().decorator(task -> {
            kept.set(task);
            return () -> { };
        }).open();
        Task<Integer> task = supervisor.spawnAsync(() -> {
            started.set(true);
            return new CompletableFuture<>();
        });
        assertEquals(Status.FAILED, task.status());
        assertThrows(IllegalStateException.class, kept.get()::run);
        assertInstanceOf(IllegalStateException.class, Background.run(kept.get()::run).thrown());
        assertFalse(started.get());
        join(supervisor);
    }

    @Test
    void s7_aDecoratorThatThrowsIsAFailure() {
        CancellationException thrown = new CancellationException("the decorator's");
        Supervisor supervisor = builder().decorator(task -> () -> {
            throw thrown;
        }).open();
        Task<Integer> task = supervisor.spawnAsync(() -> new CompletableFuture<>());
        assertEquals(Status.FAILED, task.status());
        assertSame(thrown, task.failure());
        join(supervisor);
    }

    @Test
    void s7_whatADecoratorThrowsAfterTheStartIsReported() {
        AssertionError thrown = new AssertionError("the decorator's");
        InternalError fatal = new InternalError("the decorator's");
        for (Error error : List.of(thrown, fatal)) {
            CompletableFuture<Integer> stage = new CompletableFuture<>();
            Supervisor supervisor = builder().decorator(task -> () -> {
                task.run();
                throw error;
            }).open();
            try (UncaughtReports uncaught = UncaughtReports.collect()) {
                Task<Integer> task = supervisor.spawnAsync(() -> stage);
                assertEquals(error == fatal, stage.isCancelled());
                assertEquals(error == fatal, task.isDone());
                stage.complete(1);
                assertEquals(1, uncaught.wrapping(error));
                if (error == fatal) {
                    assertSame(fatal, Background.run(supervisor::join).thrown());
                    assertEquals(Status.CANCELLED, task.status());
                } else {
                    join(supervisor);
                    assertEquals(Status.SUCCEEDED, task.status());
                }
            }
        }
    }

    @Test
    void s7_aStartThatThrowsOrReturnsNullMakesTheTaskFailAndTheSpawnReturns() {
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = builder().onFailure((task, failure) -> reported.add(failure)).open();
        Exception checked = new Exception("checked");
        AssertionError error = new AssertionError("error");
        Task<Integer> first = supervisor.spawnAsync(() -> {
            throw checked;
        });
        Task<Integer> second = supervisor.spawnAsync(() -> {
            throw error;
        });
        Task<Integer> third = supervisor.spawnAsync(() -> null);
        assertSame(checked, first.failure());
        assertSame(error, second.failure());
        assertEquals(Status.FAILED, third.status());
        assertNotNull(third.failure());
        assertEquals(List.of(checked, error, third.failure()), List.copyOf(reported));
        assertEquals(0, supervisor.liveCount());
        assertThrows(NullPointerException.class, () -> supervisor.spawnAsync(null));
        join(supervisor);
    }

    @Test
    void s7_aStartThatThrowsACancellationCancelsItsTask() {
        Supervisor supervisor = open();
        Task<Integer> task = supervisor.spawnAsync(() -> {
            throw new CancellationException("of its own");
        });
        assertEquals(Status.CANCELLED, task.status());
        join(supervisor);
    }

    @Test
    void s7_aStartThatThrowsSomethingFatalAborts() {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = open();
        Task<Integer> sibling = supervisor.spawnAsync(CompletableFuture::new);
        Task<Integer> task = supervisor.spawnAsync(() -> {
            throw fatal;
        });
        assertSame(fatal, task.failure());
        assertEquals(Status.CANCELLED, sibling.status());
        assertSame(fatal, Background.run(supervisor::join).thrown());
    }

    @Test
    void s7_aRefusedSpawnDoesNotCallStart() {
        AtomicInteger starts = new AtomicInteger();
        Callable<CompletionStage<Integer>> start = () -> {
            starts.incrementAndGet();
            return CompletableFuture.completedFuture(1);
        };
        Supervisor sealed = open();
        sealed.seal();
        Supervisor aborted = open();
        aborted.spawnAsync(() -> new CompletableFuture<>().minimalCompletionStage());
        aborted.abort();
        assertMessage("is sealed", () -> sealed.spawnAsync(start));
        assertMessage("is shutting down", () -> aborted.spec("rpc").spawnAsync(start));
        assertEquals(0, starts.get());
    }

    private static void assertMessage(String part, Action refused) {
        String message = assertThrows(RejectedExecutionException.class, refused::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    // the outcome

    @Test
    void s7_layersOfWrappersAreTakenOff() {
        IllegalStateException failure = new IllegalStateException("on purpose");
        Supervisor supervisor = open();
        for (Throwable wrapped : List.of(failure, new CompletionException(failure), new ExecutionException(failure),
                new CompletionException(new ExecutionException(new CompletionException(failure))))) {
            CompletableFuture<Integer> stage = new CompletableFuture<>();
            Task<Integer> task = supervisor.spawnAsync(() -> stage);
            stage.completeExceptionally(wrapped);
            assertSame(failure, task.failure(), wrapped::toString);
        }
        CompletableFuture<Integer> source = new CompletableFuture<>();
        Task<Integer> derived = supervisor.spawnAsync(() -> source.thenApply(i -> i).thenApply(i -> i));
        source.completeExceptionally(failure);
        assertSame(failure, derived.failure());
        assertSame(failure, assertThrows(ExecutionException.class, derived::get).getCause());

        CompletionException bare = new CompletionException("without a cause", null);
        Task<Integer> task = supervisor.spawnAsync(() -> CompletableFuture.failedFuture(bare));
        assertSame(bare, task.failure());
        IllegalStateException wraps = new IllegalStateException(new CompletionException(failure));
        Task<Integer> other = supervisor.spawnAsync(() -> CompletableFuture.failedFuture(wraps));
        assertSame(wraps, other.failure(), "only the outer layers");
        join(supervisor);
    }

    @Test
    void s7_aStageThatIsCancelledCancelsItsTask() {
        Supervisor supervisor = open();
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        CompletableFuture<Integer> source = new CompletableFuture<>();
        Task<Integer> plain = supervisor.spawnAsync(() -> stage);
        Task<Integer> derived = supervisor.spawnAsync(() -> source.thenApply(i -> i));
        stage.cancel(true);
        source.cancel(false);
        assertEquals(Status.CANCELLED, plain.status());
        assertEquals(Status.CANCELLED, derived.status());
        assertNull(plain.failure());
        assertThrows(TaskCancelledException.class, plain::get);
        join(supervisor);
    }

    @Test
    void s7_aStageThatFailsByAnInterruptFailsItsTaskUnlessThatWasAskedToCancel() {
        Supervisor supervisor = open();
        for (boolean asked : new boolean[] {false, true}) {
            CompletableFuture<Integer> stage = new CompletableFuture<>();
            Task<Integer> task = supervisor.spawnAsync(stage::minimalCompletionStage);
            if (asked) {
                task.cancel();
            }
            stage.completeExceptionally(new InterruptedException("of some thread"));
            assertEquals(asked ? Status.CANCELLED : Status.FAILED, task.status());
        }
        join(supervisor);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#all")
    void s7_theFailureOfAStageIsReportedOnceAndUnwrapped(Caller caller) {
        IllegalStateException failure = new IllegalStateException("on purpose");
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = builder().onFailure((task, thrown) -> {
            reported.add(thrown);
            threads.add(Thread.currentThread());
        }).open();
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        supervisor.spawnAsync(() -> stage.thenApply(i -> i));
        Background<Void> completer = Background.run(caller::unstarted, () -> stage.completeExceptionally(failure));
        completer.join();
        assertEquals(List.of(failure), List.copyOf(reported));
        assertEquals(List.of(completer.thread()), List.copyOf(threads));
        join(supervisor);
    }

    @Test
    void s7_aFatalErrorOfAStageAbortsAndIsThrownByTheExit() {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = open();
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        RecordingFuture<Integer> other = new RecordingFuture<>();
        supervisor.spawnAsync(() -> stage);
        Task<Integer> sibling = supervisor.spawnAsync(() -> other);
        stage.completeExceptionally(new CompletionException(fatal));
        assertEquals(1, other.cancels.get());
        assertEquals(Status.CANCELLED, sibling.status());
        assertSame(fatal, Background.run(supervisor::join).thrown());
    }

    // callbacks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#all")
    void s7_callbacksRunOnTheCompletingThreadWhoseStatusIsKept(Caller caller) {
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        Supervisor supervisor = open();
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        AtomicBoolean clear = new AtomicBoolean();
        AtomicReference<Integer> future = new AtomicReference<>();
        Task<Integer> task = supervisor.spec("rpc").onDone(done -> threads.add(Thread.currentThread()))
                .spawnAsync(() -> stage);
        task.toCompletableFuture().thenAccept(future::set);
        task.onDone(done -> {
            threads.add(Thread.currentThread());
            clear.set(!Thread.currentThread().isInterrupted());
            assertEquals(1, supervisor.liveCount());
            assertEquals(1, future.get());
        });
        Background<Void> completer = Background.run(caller::unstarted, () -> {
            Thread.currentThread().interrupt();
            stage.complete(1);
        });
        completer.join();
        assertTrue(completer.leftInterrupted(), "restored");
        assertTrue(clear.get());
        assertEquals(List.of(completer.thread(), completer.thread()), List.copyOf(threads));
        join(supervisor);
    }

    @Test
    void s7_whatACallbackThrowsReachesNotTheThreadThatCompletes() {
        IllegalStateException thrown = new IllegalStateException("a callback's");
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        Supervisor supervisor = open();
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            supervisor.spawnAsync(() -> stage).onDone(done -> {
                throw thrown;
            });
            stage.complete(1);
            assertEquals(1, uncaught.wrapping(thrown));
        }
        join(supervisor);
    }

    // cancellation

    @ParameterizedTest
    @EnumSource(Request.class)
    void s7_aRequestCancelsTheFuture(Request request) {
        RecordingFuture<Integer> stage = new RecordingFuture<>();
        Supervisor supervisor = open();
        Task<Integer> task = supervisor.spawnAsync(() -> stage);
        request.of(task);
        Poll.until("done", task::isDone);
        assertEquals(Status.CANCELLED, task.status());
        assertTrue(stage.isCancelled());
        assertEquals(1, stage.cancels.get());
        assertEquals(0, stage.withoutInterrupt.get());
        assertFalse(task.cancel(), "too late");
        supervisor.abort();
        assertEquals(1, stage.cancels.get());
        join(supervisor);
    }

    @ParameterizedTest
    @EnumSource(Request.class)
    void s7_aRequestRunsTheHookInPlaceOfCancellingTheFuture(Request request) {
        RecordingFuture<String> stage = new RecordingFuture<>();
        AtomicInteger hooks = new AtomicInteger();
        Supervisor supervisor = open();
        Task<String> task = supervisor.spec("rpc").onCancel(hooks::incrementAndGet).spawnAsync(() -> stage);
        request.of(task);
        Poll.until("the hook has run", () -> hooks.get() == 1);
        task.cancel();
        supervisor.abort();
        assertEquals(1, hooks.get());
        assertEquals(0, stage.cancels.get());
        assertFalse(task.isDone(), "live until the stage completes");
        assertEquals(Status.RUNNING, task.status());
        stage.complete("all the same");
        assertEquals("all the same", task.resultNow());
        assertTrue(task.isCancelRequested());
        join(supervisor);
    }

    @Test
    void s7_aHookThatIsRegisteredWithTheTaskRunsInPlaceOfTheCancelToo() {
        RecordingFuture<String> stage = new RecordingFuture<>();
        Supervisor supervisor = open();
        Task<String> task = supervisor.spawnAsync(() -> stage);
        task.onCancel(() -> stage.completeExceptionally(new CancellationException("by the hook")));
        assertTrue(task.cancel());
        assertEquals(Status.CANCELLED, task.status());
        assertEquals(0, stage.cancels.get());
        join(supervisor);
    }

    @Test
    void s7_aHookThatFailsTheStageFailsTheTask() {
        IllegalStateException failure = new IllegalStateException("connection reset");
        CompletableFuture<String> stage = new CompletableFuture<>();
        Supervisor supervisor = open();
        Task<String> task = supervisor.spec("rpc").onCancel(() -> stage.completeExceptionally(failure))
                .spawnAsync(() -> stage);
        task.cancel();
        assertSame(failure, task.failure());
        join(supervisor);
    }

    @ParameterizedTest
    @EnumSource(Request.class)
    void s7_aStageThatCannotBeCancelledIsWaitedFor(Request request) {
        CompletableFuture<String> source = new CompletableFuture<>();
        Supervisor supervisor = open();
        Task<String> task = supervisor.spawnAsync(source::minimalCompletionStage);
        Task<String> sibling = supervisor.spawnAsync(CompletableFuture::new);
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            request.of(task);
            assertEquals(List.of(), uncaught.seen(), "a stage that does not support it is no error");
        }
        assertTrue(task.isCancelRequested());
        assertFalse(task.isDone());
        if (request == Request.CANCEL) {
            assertTrue(sibling.cancel());
        }
        Poll.until("the sibling is told, too", sibling::isDone);
        Poll.until("and is counted out", () -> supervisor.liveCount() == 1);
        source.complete("late");
        assertEquals("late", task.resultNow());
        join(supervisor);
    }

    @ParameterizedTest
    @EnumSource(Request.class)
    void s7_aRequestThatComesWhileStartRunsIsDeliveredAfter(Request request) {
        RecordingFuture<Integer> stage = new RecordingFuture<>();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger early = new AtomicInteger();
        AtomicBoolean interrupted = new AtomicBoolean();
        Supervisor supervisor = open();
        Background<Void> spawner = Background.run(CountedThread::new, () -> supervisor.spawnAsync(() -> {
            started.countDown();
            Poll.await(release);
            early.set(stage.cancels.get());
            interrupted.set(Thread.currentThread().isInterrupted());
            return stage;
        }));
        Poll.await(started);
        Task<?> task = supervisor.tasks().get(0);
        request.of(task);
        assertTrue(task.isCancelRequested());
        assertFalse(task.isDone());
        release.countDown();
        spawner.join();
        Poll.until("the stage is cancelled, by the spawner or whoever asks", task::isDone);
        assertEquals(0, early.get());
        assertEquals(1, stage.cancels.get(), "delivered when the stage is known");
        assertEquals(Status.CANCELLED, task.status());
        assertFalse(interrupted.get());
        assertEquals(0, ((CountedThread) spawner.thread()).interrupts());
        assertFalse(spawner.leftInterrupted());
        join(supervisor);
    }

    @ParameterizedTest
    @EnumSource(value = Request.class)
    void s7_aRequestThatComesWhileStartRunsRunsTheHookOnce(Request request) {
        RecordingFuture<Integer> stage = new RecordingFuture<>();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger hooks = new AtomicInteger();
        AtomicBoolean early = new AtomicBoolean();
        Supervisor supervisor = open();
        TaskSpec spec = supervisor.spec("rpc").onCancel(() -> {
            early.compareAndSet(false, release.getCount() > 0);
            hooks.incrementAndGet();
            stage.completeExceptionally(new CancellationException());
        });
        Background<Task<Integer>> spawner = Background.call(() -> spec.spawnAsync(() -> {
            started.countDown();
            Poll.await(release);
            return stage;
        }));
        Poll.await(started);
        request.of(supervisor.tasks().get(0));
        release.countDown();
        Task<Integer> task = spawner.join();
        Poll.until("done", task::isDone);
        assertEquals(Status.CANCELLED, task.status());
        assertEquals(1, hooks.get());
        assertFalse(early.get(), "before the start has returned");
        assertEquals(0, stage.cancels.get());
        join(supervisor);
    }

    @Test
    void s7_aStartMayCancelItsOwnTask() {
        RecordingFuture<Integer> stage = new RecordingFuture<>();
        Supervisor supervisor = open();
        AtomicBoolean interrupted = new AtomicBoolean();
        Task<Integer> task = supervisor.spawnAsync(() -> {
            supervisor.tasks().get(0).cancel();
            interrupted.set(Thread.currentThread().isInterrupted());
            return stage;
        });
        assertEquals(Status.CANCELLED, task.status());
        assertEquals(1, stage.cancels.get());
        assertFalse(interrupted.get(), "no interrupt, ever");
        assertFalse(Thread.currentThread().isInterrupted());
        join(supervisor);
    }

    /** Something in the start of an async task is interrupted only by those whom its thread belongs to. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s7_theStartInsideOfATaskFeelsTheInterruptOfThatTask(Kind kind) {
        Supervisor outer = kind.builder().unowned().open();
        Supervisor supervisor = open();
        RecordingFuture<Integer> stage = new RecordingFuture<>();
        AtomicBoolean felt = new AtomicBoolean();
        Task<?> task = ShortWait.begin(kind, outer, () -> supervisor.spawnAsync(() -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                felt.set(true);
            }
            return stage;
        }));
        Poll.until("started", () -> supervisor.liveCount() == 1);
        task.cancel();
        Poll.until("done", task::isDone);
        assertTrue(felt.get());
        assertFalse(stage.isDone());
        supervisor.shutdown();
        ShortWait.shutdown(outer);
        assertEquals(1, stage.cancels.get());
    }

    @Test
    void s7_theThreadThatCompletesIsNeverInterrupted() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            Supervisor supervisor = open();
            for (int i = 0; i < 500; i++) {
                RecordingFuture<Integer> stage = new RecordingFuture<>();
                Task<Integer> task = supervisor.spawnAsync(() -> stage);
                AtomicInteger callbacks = new AtomicInteger();
                task.onDone(done -> callbacks.incrementAndGet());
                race.round(() -> stage.complete(1), task::cancel);
                assertFalse(Thread.currentThread().isInterrupted());
                assertTrue(task.isDone());
                assertEquals(stage.isCancelled() ? Status.CANCELLED : Status.SUCCEEDED, task.status());
                Poll.until("counted out", () -> supervisor.liveCount() == 0);
                assertEquals(1, callbacks.get());
            }
            join(supervisor);
        }
    }

    @Test
    void s7_completionMeetsTheReturnOfStartAndACancel() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            Supervisor supervisor = open();
            for (int i = 0; i < 500; i++) {
                RecordingFuture<Integer> stage = new RecordingFuture<>();
                AtomicInteger callbacks = new AtomicInteger();
                AtomicBoolean started = new AtomicBoolean();
                AtomicReference<Task<Integer>> task = new AtomicReference<>();
                TaskSpec spec = supervisor.spec("rpc").onDone(done -> callbacks.incrementAndGet());
                boolean cancels = i % 2 == 0;
                race.round(() -> task.set(spec.spawnAsync(() -> {
                    started.set(true);
                    return stage;
                })), () -> {
                    if (cancels) {
                        supervisor.tasks().forEach(Task::cancel);
                    }
                    stage.complete(1);
                });
                assertTrue(task.get().isDone());
                boolean dropped = !started.get();   // cancelled before its start was called (E1)
                assertEquals(
                        dropped || stage.isCancelled() ? Status.CANCELLED : Status.SUCCEEDED, task.get().status());
                Poll.until("counted out", () -> supervisor.liveCount() == 0);
                assertEquals(1, callbacks.get());
                assertTrue(stage.cancels.get() <= 1);
            }
            join(supervisor);
        }
    }

    @Test
    void s7_aThousandAreCancelledByOneAbort() {
        Supervisor supervisor = open();
        List<Task<Integer>> tasks = new ArrayList<>();
        AtomicInteger callbacks = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            tasks.add(supervisor.spawnAsync(CompletableFuture::new));
            tasks.get(i).onDone(task -> callbacks.incrementAndGet());
        }
        supervisor.abort();
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(1_000, callbacks.get());
        tasks.forEach(task -> assertTrue(task.isCancelled()));
    }

    @Test
    void s7_aCancelThatThrowsKeepsNoOtherTaskFromBeingAsked() {
        Supervisor supervisor = open();
        CompletableFuture<Integer> odd = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                throw new IllegalStateException("a broken future");
            }
        };
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Task<Integer> before = supervisor.spawnAsync(CompletableFuture::new);
            Task<Integer> task = supervisor.spawnAsync(() -> odd);
            Task<Integer> after = supervisor.spawnAsync(CompletableFuture::new);
            supervisor.abort();
            assertTrue(before.isCancelled());
            assertTrue(after.isCancelled());
            assertFalse(task.isDone());
            odd.complete(1);
            assertEquals(1, uncaught.seen().size(), () -> uncaught.seen().toString());
            assertEquals(1, task.resultNow());
        }
        join(supervisor);
    }

    // limits

    @Test
    void s7_aTimeLimitCancelsTheFutureAndFailsTheTask() {
        RecordingFuture<Integer> stage = new RecordingFuture<>();
        Supervisor supervisor = open();
        Task<Integer> task = supervisor.spec("rpc").timeout(Duration.ofMillis(400)).spawnAsync(() -> stage);
        join(supervisor);
        TimeoutException timeout = assertInstanceOf(TimeoutException.class, task.failure());
        assertTrue(timeout.getMessage().contains("rpc"), timeout::getMessage);
        assertEquals(1, stage.cancels.get());
        assertTrue(stage.isCancelled());
    }

    @Test
    void s7_aTimeLimitRunsTheHookAndWaitsForTheStage() {
        IllegalStateException failure = new IllegalStateException("on purpose");
        Supervisor supervisor = open();
        AtomicInteger hooks = new AtomicInteger();
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        TaskSpec spec = supervisor.spec("rpc").timeout(Duration.ofMillis(400)).onCancel(() -> {
            threads.add(Thread.currentThread());
            hooks.incrementAndGet();
        });
        CompletableFuture<Integer> one = new CompletableFuture<>();
        CompletableFuture<Integer> two = new CompletableFuture<>();
        CompletableFuture<Integer> three = new CompletableFuture<>();
        Task<Integer> returns = spec.spawnAsync(() -> one);
        Task<Integer> fails = spec.spawnAsync(() -> two);
        Task<Integer> cancels = spec.spawnAsync(() -> three);
        Poll.until("the hooks have run", () -> hooks.get() == 3);
        assertEquals(3, supervisor.liveCount());
        assertTrue(returns.isCancelRequested());
        one.complete(1);
        two.completeExceptionally(failure);
        three.cancel(true);
        assertEquals(1, returns.resultNow());
        assertSame(failure, fails.failure());
        assertInstanceOf(TimeoutException.class, cancels.failure());
        threads.forEach(thread -> assertFalse(thread.getName().startsWith("supervisor-alarm")));
        join(supervisor);
    }

    @Test
    void s7_aDeadlineCancelsTheFutures() {
        Supervisor supervisor = builder().deadline(Duration.ofSeconds(2)).open();
        Task<Integer> task = supervisor.spawnAsync(CompletableFuture::new);
        assertInstanceOf(DeadlineExceededException.class, Background.run(supervisor::join).thrown());
        assertEquals(Status.CANCELLED, task.status());
    }

    @Test
    void s7_aTaskHasAPermitUntilItsStageCompletes() {
        Supervisor supervisor = builder().maxTasks(1).open();
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        AtomicInteger starts = new AtomicInteger();
        Task<Integer> task = supervisor.spawnAsync(() -> stage);
        assertMessage("is full", () -> supervisor.spawnAsync(() -> {
            starts.incrementAndGet();
            return stage;
        }));
        assertNull(supervisor.trySpawn(starts::incrementAndGet));
        stage.complete(1);
        for (int i = 0; i < 10; i++) {
            assertEquals(1, supervisor.spawnAsync(() -> CompletableFuture.completedFuture(1)).resultNow());
            assertEquals(Status.FAILED, supervisor.spawnAsync(() -> null).status());
        }
        assertEquals(0, starts.get());
        assertEquals(1, task.resultNow());
        join(supervisor);
    }

    @Test
    void s7_aDrainRunsTheHookAndWaits() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        Supervisor supervisor = open();
        Task<String> task = supervisor.spec("rpc").onDrain(() -> stage.complete("drained")).spawnAsync(() -> stage);
        assertTrue(Background.call(() -> supervisor.drain(Poll.DEADLINE)).join());
        assertEquals("drained", task.resultNow());
    }

    // odd stages

    /** A stage that calls what is registered with it twice, and then once more with another outcome. */
    private static final class RepeatingStage extends CompletableFuture<Integer> {

        @Override
        public CompletableFuture<Integer> whenComplete(BiConsumer<? super Integer, ? super Throwable> action) {
            return super.whenComplete((result, failure) -> {
                action.accept(result, failure);
                action.accept(result, failure);
                action.accept(null, new IllegalStateException("another outcome"));
            });
        }

        @Override
        public <U> CompletableFuture<U> handle(BiFunction<? super Integer, Throwable, ? extends U> function) {
            return super.handle((result, failure) -> {
                function.apply(result, failure);
                function.apply(result, failure);
                return function.apply(null, new IllegalStateException("another outcome"));
            });
        }
    }

    @Test
    void s7_aStageThatCompletesTwiceEndsItsTaskOnce() {
        AtomicInteger reports = new AtomicInteger();
        AtomicInteger callbacks = new AtomicInteger();
        Supervisor supervisor = builder().onFailure((task, failure) -> reports.incrementAndGet()).maxTasks(2).open();
        CompletableFuture<Integer> other = new CompletableFuture<>();
        supervisor.spawnAsync(() -> other);
        for (boolean completed : new boolean[] {true, false}) {
            RepeatingStage stage = new RepeatingStage();
            if (completed) {
                stage.complete(1);
            }
            Task<Integer> task = supervisor.spec("rpc").onDone(done -> callbacks.incrementAndGet())
                    .spawnAsync(() -> stage);
            stage.complete(1);
            assertEquals(1, task.resultNow());
            assertEquals(1, supervisor.liveCount());
        }
        assertEquals(2, callbacks.get());
        assertEquals(0, reports.get());
        assertEquals(State.ENTERED, supervisor.state());
        other.complete(1);
        join(supervisor);
    }

    @Test
    void s7_aStageThatTakesNoRegistrationFailsItsTask() {
        CompletableFuture<Integer> stage = new CompletableFuture<>() {
            @Override
            public CompletableFuture<Integer> whenComplete(BiConsumer<? super Integer, ? super Throwable> action) {
                throw new UnsupportedOperationException("whenComplete");
            }

            @Override
            public <U> CompletableFuture<U> handle(BiFunction<? super Integer, Throwable, ? extends U> function) {
                throw new UnsupportedOperationException("handle");
            }
        };
        Supervisor supervisor = open();
        Task<Integer> task = supervisor.spawnAsync(() -> stage);
        assertEquals(Status.FAILED, task.status());
        assertInstanceOf(UnsupportedOperationException.class, task.failure());
        assertEquals(0, supervisor.liveCount());
        join(supervisor);
    }

    @Test
    void s7_aStageThatHasNoFutureWillDo() {
        CompletableFuture<Integer> source = new CompletableFuture<>();
        CompletableFuture<Integer> stage = new CompletableFuture<>() {
            @Override
            public CompletableFuture<Integer> toCompletableFuture() {
                throw new UnsupportedOperationException();
            }
        };
        source.whenComplete((result, failure) -> stage.complete(result));
        Supervisor supervisor = open();
        Task<Integer> task = supervisor.spawnAsync(() -> stage);
        source.complete(1);
        assertEquals(1, task.resultNow());
        join(supervisor);
    }

    // memory

    @Test
    void s7_nothingOfAFinishedTaskIsRetained() {
        Supervisor supervisor = open();
        CompletableFuture<Object> stays = new CompletableFuture<>();
        supervisor.spawnAsync(() -> stays);
        List<WeakReference<?>> references = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            CompletableFuture<Object> stage = new CompletableFuture<>();
            Object result = new Object();
            Task<Object> task = supervisor.spawnAsync(() -> stage);
            stage.complete(result);
            references.add(new WeakReference<>(task));
            references.add(new WeakReference<>(stage));
            references.add(new WeakReference<>(result));
        }
        Heap.untilCollected(references);
        stays.complete(1);
        join(supervisor);
    }

    // S8

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s8_itCompletesAfterTheLastTaskOnItsThread(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        AtomicReference<Thread> thread = new AtomicReference<>();
        AtomicReference<String> seen = new AtomicReference<>();
        GatedTask first = GatedTask.stubborn(kind, supervisor);
        GatedTask last = GatedTask.stubborn(kind, supervisor);
        CountDownLatch completed = new CountDownLatch(1);
        CompletionStage<Void> stage = supervisor.completion();
        stage.thenRun(() -> {
            thread.set(Thread.currentThread());
            seen.set(supervisor.state() + ", " + supervisor.liveCount());
            completed.countDown();
        });
        supervisor.seal();
        first.release();
        first.end();
        Poll.until("counted out", () -> supervisor.liveCount() == 1);
        assertFalse(stage.toCompletableFuture().isDone());
        last.release();
        Poll.await(completed);
        assertSame(last.thread(), thread.get());
        assertEquals("FINISHED, 0", seen.get());
        join(supervisor);
    }

    @Test
    void s8_itCompletesOnTheThreadThatEndsAnEmptyOne() throws Exception {
        for (int end = 0; end < 5; end++) {
            Supervisor supervisor = open();
            AtomicReference<Thread> thread = new AtomicReference<>();
            supervisor.completion().thenRun(() -> thread.set(Thread.currentThread()));
            assertNull(thread.get());
            switch (end) {
                case 0 -> supervisor.seal();
                case 1 -> supervisor.abort();
                case 2 -> supervisor.join();
                case 3 -> supervisor.close();
                default -> assertTrue(supervisor.drain(Duration.ofSeconds(10)));
            }
            assertSame(Thread.currentThread(), thread.get(), "by way " + end);
            assertTrue(supervisor.completion().toCompletableFuture().isDone());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#all")
    void s8_ofAnAsyncTaskItCompletesOnTheThreadThatCompletesTheStage(Caller caller) {
        Supervisor supervisor = open();
        CompletableFuture<Integer> source = new CompletableFuture<>();
        AtomicReference<Thread> thread = new AtomicReference<>();
        List<String> events = new ArrayList<>();
        supervisor.spawnAsync(() -> source).onDone(task -> events.add("callback"));
        supervisor.completion().thenRun(() -> {
            events.add("completion");
            thread.set(Thread.currentThread());
        });
        supervisor.seal();
        Background<Void> completer = Background.run(caller::unstarted, () -> source.complete(1));
        completer.join();
        assertSame(completer.thread(), thread.get());
        assertEquals(List.of("callback", "completion"), events);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s8_itCompletesNormallyThoughAFatalErrorStaysWithTheExit(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = kind.builder().unowned().open();
        CompletableFuture<Void> future = supervisor.completion().toCompletableFuture();
        supervisor.spawn(() -> {
            throw fatal;
        });
        assertNull(Background.call(() -> future.get(30, TimeUnit.SECONDS)).join());
        assertSame(fatal, Background.run(supervisor::join).thrown());
        assertFalse(supervisor.completion().toCompletableFuture().isCompletedExceptionally());
    }

    @Test
    void s8_aDeadlineCompletesItNormallyToo() {
        Supervisor supervisor = builder().deadline(Duration.ofMillis(20)).open();
        CompletableFuture<Void> future = supervisor.completion().toCompletableFuture();
        assertNull(Background.call(() -> future.get(30, TimeUnit.SECONDS)).join());
        assertTrue(supervisor.isDeadlineExceeded());
        assertInstanceOf(DeadlineExceededException.class, Background.run(supervisor::join).thrown());
    }

    @Test
    void s8_usersCannotCompleteIt() {
        Supervisor supervisor = open();
        CompletableFuture<Integer> source = new CompletableFuture<>();
        supervisor.spawnAsync(() -> source);
        CompletionStage<Void> one = supervisor.completion();
        if (one instanceof CompletableFuture<?> future) {
            assertThrows(UnsupportedOperationException.class, () -> future.complete(null));
            assertThrows(UnsupportedOperationException.class, () -> future.cancel(true));
            assertThrows(UnsupportedOperationException.class, () -> future.obtrudeValue(null));
        }
        CompletableFuture<Void> copy = one.toCompletableFuture();
        copy.completeExceptionally(new IllegalStateException("not ours"));
        CompletableFuture<Void> other = supervisor.completion().toCompletableFuture();
        CompletableFuture<Void> again = one.toCompletableFuture();
        assertFalse(other.isDone());
        assertFalse(again.isDone());
        supervisor.seal();
        source.complete(1);
        assertNull(other.join());
        assertNull(again.join());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s8_itMayBeAskedForAfterTheEnd(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        supervisor.spawn(() -> 1);
        supervisor.join();
        AtomicReference<Thread> thread = new AtomicReference<>();
        supervisor.completion().thenRun(() -> thread.set(Thread.currentThread()));
        if (kind == Kind.CALLER_RUNS) {
            assertSame(Thread.currentThread(), thread.get());
        } else {
            Poll.until("called, perhaps by the task's thread", () -> thread.get() != null);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s8_toAskForItEndsNoAdmission(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        CompletableFuture<Void> future = supervisor.completion().toCompletableFuture();
        for (int i = 0; i < 10; i++) {
            assertEquals(1, supervisor.spawn(() -> 1).get());
        }
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
        assertEquals(State.ENTERED, supervisor.state());
        assertFalse(future.isDone());
        supervisor.join();
        assertNull(future.get(30, TimeUnit.SECONDS));
    }

    @Test
    void s8_aDependentThatThrowsHarmsNobody() throws Exception {
        Supervisor supervisor = open();
        AtomicBoolean other = new AtomicBoolean();
        CompletableFuture<Void> failed = supervisor.completion().thenRun(() -> {
            throw new IllegalStateException("a dependent's");
        }).toCompletableFuture();
        supervisor.completion().thenRun(() -> other.set(true));
        supervisor.join();
        assertTrue(other.get());
        assertTrue(failed.isCompletedExceptionally());
        supervisor.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s8_askedAsTheLastTaskEndsItIsNotMissed(Kind kind) throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 300; i++) {
                Supervisor supervisor = kind.builder().unowned().open();
                CountDownLatch release = new CountDownLatch(1);
                supervisor.spawn(() -> Poll.await(release));
                supervisor.seal();
                AtomicReference<CompletableFuture<Void>> future = new AtomicReference<>();
                race.round(() -> future.set(supervisor.completion().toCompletableFuture()), release::countDown);
                Poll.until("completed", () -> future.get().isDone());
                assertEquals(State.FINISHED, supervisor.state());
            }
        }
    }
}
