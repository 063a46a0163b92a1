package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.FailureHandler;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.Sneaky;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Supervisor;
import dev.supervisor.Task.Status;
import dev.supervisor.Task;
import dev.supervisor.TaskCancelledException;
import dev.supervisor.TaskDecorator;
import dev.supervisor.UncaughtReports;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A spawn whose executor, thread factory or decorator refuses leaves nothing behind: A6. */
class RefusalTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    static Stream<Throwable> throwables() {
        return Stream.of(
                new RejectedExecutionException("full"),
                new OutOfMemoryError("unable to create native thread"),
                new IllegalStateException("broken"),
                new InternalError("fatal, had it come from a task"),
                new StackOverflowError(),
                new AssertionError("an error"),
                new InterruptedException("checked, thrown sneakily"),
                new IOException("checked, thrown sneakily"));
    }

    /** Asserts that each spawn throws this very throwable and leaves nothing behind, and that a later spawn works. */
    private static void assertLeavesNothing(Supervisor.Builder builder, Throwable expected, AtomicBoolean refusing)
            throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger reported = new AtomicInteger();
        try (Supervisor supervisor = builder.onFailure((task, failure) -> reported.incrementAndGet()).open()) {
            for (int i = 0; i < 3; i++) {
                assertSame(expected, assertThrows(Throwable.class, () -> supervisor.spawn(() -> ran.addAndGet(9))));
                assertSame(expected, assertThrows(Throwable.class, () -> supervisor.spawn("named", () -> ran.set(9))));
                assertSame(expected, assertThrows(Throwable.class, () -> supervisor.execute(() -> ran.set(9))));
                assertEquals(0, supervisor.liveCount());
                assertEquals(List.of(), supervisor.tasks());
                assertEquals(State.ENTERED, supervisor.state());
            }
            assertEquals(0, expected.getSuppressed().length);
            refusing.set(false);
            Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.join();
            assertEquals(1, task.resultNow());
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.FINISHED, supervisor.state());
        }
        assertEquals(1, ran.get());
        assertEquals(0, reported.get());
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void a6_executorThatThrowsLeavesNothingBehind(Throwable throwable) throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        Executor executor = task -> {
            if (refusing.get()) {
                Sneaky.<RuntimeException>sneak(throwable);
            }
            task.run();
        };
        assertLeavesNothing(Supervisor.builder().executor(executor), throwable, refusing);
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void a6_factoryThatThrowsLeavesNothingBehind(Throwable throwable) throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        ThreadFactory factory = task -> {
            if (refusing.get()) {
                Sneaky.<RuntimeException>sneak(throwable);
            }
            return Kind.daemon(task);
        };
        assertLeavesNothing(Supervisor.builder().threadFactory(factory), throwable, refusing);
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void a6_threadWhoseStartThrowsLeavesNothingBehind(Throwable throwable) throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        ThreadFactory factory = task -> {
            Thread thread = new Thread(task) {
                @Override
                public void start() {
                    if (refusing.get()) {
                        Sneaky.<RuntimeException>sneak(throwable);
                    }
                    super.start();
                }
            };
            thread.setDaemon(true);
            return thread;
        };
        assertLeavesNothing(Supervisor.builder().threadFactory(factory), throwable, refusing);
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void a6_decoratorThatThrowsLeavesNothingBehind(Throwable throwable) throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        TaskDecorator decorator = task -> {
            if (refusing.get()) {
                Sneaky.<RuntimeException>sneak(throwable);
            }
            return task;
        };
        for (Kind kind : Kind.all()) {
            refusing.set(true);
            assertLeavesNothing(kind.builder().decorator(decorator), throwable, refusing);
        }
    }

    @Test
    void a6_factoryThatReturnsNullIsARejection() throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        ThreadFactory factory = task -> refusing.get() ? null : Kind.daemon(task);
        assertNullIsRefused(Supervisor.builder().threadFactory(factory), RejectedExecutionException.class, refusing);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a6_decoratorThatReturnsNullMakesTheSpawnThrow(Kind kind) throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        TaskDecorator decorator = task -> refusing.get() ? null : task;
        assertNullIsRefused(kind.builder().decorator(decorator), NullPointerException.class, refusing);
    }

    private static void assertNullIsRefused(
            Supervisor.Builder builder, Class<? extends RuntimeException> type, AtomicBoolean refusing)
            throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = builder.open()) {
            assertThrows(type, () -> supervisor.spawn(() -> ran.incrementAndGet()));
            assertEquals(0, supervisor.liveCount());
            assertEquals(List.of(), supervisor.tasks());
            assertEquals(State.ENTERED, supervisor.state());
            refusing.set(false);
            supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.join();
        }
        assertEquals(1, ran.get());
    }

    @Test
    void a6_factoryWhoseThreadIsStartedAlreadyMakesTheSpawnThrow() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        ThreadFactory factory = task -> {
            Thread thread = Kind.daemon(() -> Poll.await(release));
            thread.start();
            return thread;
        };
        try (Supervisor supervisor = Supervisor.builder().threadFactory(factory).open()) {
            assertThrows(IllegalThreadStateException.class, () -> supervisor.spawn(() -> 1));
            assertEquals(0, supervisor.liveCount());
            release.countDown();
            supervisor.join();
        }
    }

    @Test
    void a6_aShutDownPoolRefuses() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor(Kind::daemon);
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            assertEquals(1, supervisor.spawn(() -> 1).get());
            pool.shutdown();
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            supervisor.join();
            assertEquals(0, supervisor.liveCount());
        }
    }

    @Test
    void a6_whatARefusingExecutorHasQueuedIsAnEmptyShell() throws Exception {
        LateExecutor queue = new LateExecutor();
        AtomicInteger ran = new AtomicInteger();
        RejectedExecutionException refusal = new RejectedExecutionException("queued all the same");
        Executor executor = task -> {
            queue.execute(task);
            throw refusal;
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            assertSame(refusal, assertThrows(Throwable.class, () -> supervisor.spawn(() -> ran.incrementAndGet())));
            assertEquals(0, supervisor.liveCount());
            queue.runAll();
            supervisor.join();
        }
        assertEquals(0, ran.get());
    }

    @Test
    void a6_bodyThatHadEndedBeforeTheExecutorThrewIsNotUndone() throws Exception {
        List<String> events = new ArrayList<>();
        OutOfMemoryError refusal = new OutOfMemoryError("after the run");
        IllegalStateException failure = new IllegalStateException("on purpose");
        Executor executor = task -> {
            task.run();
            events.add("executor throws");
            throw refusal;
        };
        FailureHandler handler = (task, thrown) -> {
            assertSame(failure, thrown);
            events.add("reported " + task.name() + " " + task.status());
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).onFailure(handler).open()) {
            assertSame(refusal, assertThrows(OutOfMemoryError.class, () -> supervisor.spawn("a", () -> {
                events.add("ran");
                throw failure;
            })));
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.join();
        }
        assertEquals(List.of("ran", "reported a FAILED", "executor throws"), events);
        assertEquals(0, failure.getSuppressed().length);
    }

    @Test
    void a6_bodyThatHadBegunWhenTheExecutorThrewStaysSupervised() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        RejectedExecutionException refusal = new RejectedExecutionException("after the start");
        Executor executor = task -> {
            Kind.POOL.execute(task);
            Poll.await(begun);
            throw refusal;
        };
        Supervisor supervisor = Supervisor.builder().executor(executor).unowned().open();
        assertSame(refusal, assertThrows(RejectedExecutionException.class, () -> supervisor.spawn("begun", () -> {
            begun.countDown();
            Poll.await(release);
        })));
        assertEquals(1, supervisor.liveCount());
        Task<?> task = supervisor.tasks().get(0);
        assertEquals("begun", task.name());
        assertEquals(Status.RUNNING, task.status());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.untilBlocked(joiner.thread());
        assertFalse(joiner.hasEnded());
        release.countDown();
        joiner.join();
        assertEquals(Status.SUCCEEDED, task.status());
        assertEquals(0, supervisor.liveCount());
    }

    @Test
    void a6_bodyThatHadBegunWhenTheExecutorThrewIsStillCancelledByAnAbort() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Executor executor = task -> {
            Kind.POOL.execute(task);
            Poll.await(begun);
            throw new RejectedExecutionException("after the start");
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> {
                begun.countDown();
                new CountDownLatch(1).await();
            }));
            Task<?> task = supervisor.tasks().get(0);
            supervisor.abort();
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
        }
    }

    @Test
    void a6_aStrangerWhoFoundTheTaskIsServedWhenTheExecutorRefuses() throws Exception {
        RejectedExecutionException refusal = new RejectedExecutionException("full");
        AtomicReference<Task<?>> glimpsed = new AtomicReference<>();
        AtomicReference<Background<TaskCancelledException>> waiter = new AtomicReference<>();
        AtomicInteger reported = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        ConcurrentLinkedQueue<Status> called = new ConcurrentLinkedQueue<>();
        AtomicReference<Supervisor> self = new AtomicReference<>();
        Executor executor = task -> {
            Task<?> found = self.get().tasks().get(0);
            glimpsed.set(found);
            found.onDone(done -> called.add(done.status()));
            Background<TaskCancelledException> background =
                    Background.call(() -> assertThrows(TaskCancelledException.class, () -> found.get()));
            waiter.set(background);
            Poll.untilBlocked(background.thread());
            throw refusal;
        };
        Supervisor.Builder builder = Supervisor.builder().executor(executor);
        try (Supervisor supervisor = builder.onFailure((task, failure) -> reported.incrementAndGet()).open()) {
            self.set(supervisor);
            assertSame(refusal, assertThrows(Throwable.class, () -> supervisor.spawn(() -> ran.incrementAndGet())));
            assertSame(glimpsed.get(), waiter.get().join().task());
            assertEquals(List.of(Status.CANCELLED), List.copyOf(called));
            assertTrue(glimpsed.get().isCancelled());
            assertNull(glimpsed.get().failure());
            assertFalse(glimpsed.get().cancel());
            assertEquals(0, supervisor.liveCount());
            assertEquals(List.of(), supervisor.tasks());
            supervisor.join();
        }
        assertEquals(0, ran.get());
        assertEquals(0, reported.get());
    }

    @Test
    void a6_aStrangerWhoCancelsWhileTheExecutorRefusesCleansUpOnce() throws Exception {
        RejectedExecutionException refusal = new RejectedExecutionException("full");
        AtomicInteger called = new AtomicInteger();
        AtomicReference<Supervisor> self = new AtomicReference<>();
        Executor executor = task -> {
            Background.run(() -> {
                Task<?> found = self.get().tasks().get(0);
                found.onDone(done -> called.incrementAndGet());
                assertTrue(found.cancel());
                assertTrue(found.isCancelled());
                assertEquals(1, called.get());
            }).join();
            throw refusal;
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            self.set(supervisor);
            for (int i = 1; i <= 3; i++) {
                called.set(0);
                assertSame(refusal, assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1)));
                assertEquals(1, called.get());
                assertEquals(0, supervisor.liveCount());
                assertEquals(List.of(), supervisor.tasks());
            }
            supervisor.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @Test
    void a6_aRefusedTaskIsNotListedWhileAStrangerCleansItUp() throws Exception {
        RejectedExecutionException refusal = new RejectedExecutionException("full");
        CountDownLatch cleaning = new CountDownLatch(1);
        CountDownLatch cleaned = new CountDownLatch(1);
        AtomicReference<Supervisor> self = new AtomicReference<>();
        AtomicReference<Background<Void>> background = new AtomicReference<>();
        Executor executor = task -> {
            background.set(Background.run(() -> {
                Task<?> found = self.get().tasks().get(0);
                found.onDone(done -> {
                    cleaning.countDown();
                    Poll.await(cleaned);
                });
                found.cancel();
            }));
            Poll.await(cleaning);
            throw refusal;
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            self.set(supervisor);
            assertSame(refusal, assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1)));
            List<Task<?>> listed = supervisor.tasks();
            cleaned.countDown();   // before an assertion can fail, since the close waits for the background thread
            background.get().join();
            assertEquals(List.of(), listed);
        }
    }

    /** Between the two steps by which a runner starts a task, the body has not begun: so the runner drops it. */
    @Test
    void a6_aTaskWhoseSpawnThrowsWhileItIsStartingNeverRuns() {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        SupervisedTask<?> task = new SupervisedTask<Object>((Scope) supervisor, (Action) () -> { }, null);
        assertTrue(task.claim(TaskState.STARTING));
        assertFalse(task.refuse(), "the runner completes it");
        assertFalse(task.start(Thread.currentThread()));
        assertTrue(task.isRefused());
        assertEquals(Status.CANCELLED, task.status());
    }

    @Test
    void a6_aTaskWhoseSpawnWasCutOffWhereItUndidThatNeverRuns() {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        SupervisedTask<?> task = new SupervisedTask<Object>((Scope) supervisor, (Action) () -> { }, null);
        task.state |= TaskState.REFUSED_FLAGS;   // the mark of Admission
        assertFalse(task.claim(TaskState.STARTING));
        assertFalse(task.claim(TaskState.RUNNING));
        assertTrue(task.isUnfinished());
        assertTrue(task.refuse(), "the thread that recovers completes it");
        assertEquals(Status.CANCELLED, task.status());
    }

    @Test
    void a6_aRefusalIsNeverFatalByItself() throws Exception {
        InternalError refusal = new InternalError("from the executor, not from a task");
        AtomicBoolean refusing = new AtomicBoolean(true);
        Executor executor = task -> {
            if (refusing.get()) {
                throw refusal;
            }
            task.run();
        };
        Supervisor.Builder builder = Supervisor.builder().executor(executor).fatalIf(thrown -> true);
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = builder.open()) {
            assertSame(refusal, assertThrows(InternalError.class, () -> supervisor.spawn(() -> 1)));
            assertEquals(State.ENTERED, supervisor.state());
            refusing.set(false);
            assertEquals(2, supervisor.spawn(() -> 2).get());
            supervisor.join();
            assertEquals(List.of(), uncaught.seen());
        }
    }

    @Test
    void a6_aRefusedFollowUpLeavesItsParentAlone() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        RejectedExecutionException refusal = new RejectedExecutionException("second");
        Executor executor = task -> {
            if (asked.incrementAndGet() == 2) {
                throw refusal;
            }
            Kind.POOL.execute(task);
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<Throwable> parent = supervisor.spawn(() ->
                    assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1)));
            supervisor.join();
            assertSame(refusal, parent.resultNow());
        }
    }

    @Test
    void a6_refusalsInARowWhileTheOwnerJoinsDoNotEndTheSupervisorEarly() throws Exception {
        AtomicBoolean refusing = new AtomicBoolean();
        Executor executor = task -> {
            if (refusing.get()) {
                throw new RejectedExecutionException("full");
            }
            Kind.POOL.execute(task);
        };
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        supervisor.spawn(() -> Poll.await(release));
        refusing.set(true);
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("exiting", () -> supervisor.state() == State.EXITING);
        for (int i = 0; i < 100; i++) {
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
        assertEquals(1, supervisor.liveCount());
        assertFalse(joiner.hasEnded());
        assertEquals(State.EXITING, supervisor.state());
        release.countDown();
        joiner.join();
    }
}
