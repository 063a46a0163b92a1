package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import dev.supervisor.engine.Peek;
import java.lang.ref.WeakReference;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The time limit of a task, the deadline of a supervisor, and the alarm that both share: S5 and S6. */
@Timeout(120)
class TimeLimitTest {

    private static final Duration SHORT = Duration.ofMillis(20);
    /** Long enough for a body to begin, on a busy machine too. */
    private static final Duration BEGUN = Duration.ofMillis(700);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String ALARM = "supervisor-alarm";

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** Ends by an interrupt only. */
    private static void never() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    /** Waits until its thread is interrupted, and clears the status. */
    private static void untilInterrupted() {
        assertThrows(InterruptedException.class, TimeLimitTest::never);
    }

    /** Returns when all limits up to this one have passed, of the tasks that this supervisor has now. */
    private static void untilPassed(Supervisor supervisor, Duration limit) {
        Task<?> later = supervisor.spec("later").timeout(limit).spawn(TimeLimitTest::never);
        Poll.until("the later limit has passed", later::isDone);
        assertEquals(Status.FAILED, later.status());
    }

    /** The same, where the supervisor takes no more tasks. */
    private static void untilPassed(Duration limit) {
        try (Supervisor other = Supervisor.builder().onFailure(FailureHandler.ignore()).open()) {
            untilPassed(other, limit);
        }
    }

    /** Joins on another thread, so that a join that hangs fails the test. */
    private static void join(Supervisor unowned) {
        Background.run(unowned::join).join();
    }

    private static void assertTimedOut(Task<?> task, String name, Duration limit) {
        assertEquals(Status.FAILED, task.status());
        TimeoutException timeout = assertInstanceOf(TimeoutException.class, task.failure());
        assertTrue(timeout.getMessage().contains(name), timeout::getMessage);
        assertTrue(timeout.getMessage().contains(limit.toString()), timeout::getMessage);
        assertTrue(task.isCancelRequested());
        assertFalse(task.isCancelled());
        assertSame(timeout, task.exceptionNow());
        assertSame(timeout, assertThrows(ExecutionException.class, task::get).getCause());
        assertSame(timeout, assertThrows(CompletionException.class, task::join).getCause());
    }

    private static void assertIsNoAlarm(Thread thread) {
        assertFalse(thread.getName().startsWith(ALARM), () -> "user code on " + thread);
    }

    // the outcome of a task

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_bodyThatIsInterruptedByItsLimitFails(Kind kind) throws Exception {
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        AtomicReference<InterruptedException> thrown = new AtomicReference<>();
        Supervisor.Builder builder = kind.builder().unowned().onFailure((task, failure) -> reported.add(failure));
        Supervisor supervisor = builder.open();
        Task<?> task = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
            try {
                never();
            } catch (InterruptedException e) {
                thrown.set(e);
                throw e;
            }
        });
        join(supervisor);
        assertTimedOut(task, "query", BEGUN);
        assertEquals(List.of(thrown.get()), List.of(task.failure().getSuppressed()));
        assertEquals(List.of(task.failure()), List.copyOf(reported));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    static Stream<Supplier<Exception>> cancellations() {
        return Stream.of(
                () -> new CancellationException("on request"),
                ClosedByInterruptException::new,
                () -> new IllegalStateException("wrapped", new InterruptedException()),
                () -> new ExecutionException(new RuntimeException(new CancellationException())));
    }

    @ParameterizedTest
    @MethodSource("cancellations")
    void s5_bodyThatEndsByACancellationAfterItsLimitFails(Supplier<Exception> cancellation) {
        List<Background<Void>> all = new ArrayList<>();
        for (Kind kind : Kind.all()) {
            all.add(Background.run(() -> {
                Exception thrown = cancellation.get();
                Supervisor supervisor = kind.builder().unowned().open();
                Task<?> task = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
                    untilInterrupted();
                    throw thrown;
                });
                join(supervisor);
                assertTimedOut(task, "query", BEGUN);
                assertEquals(List.of(thrown), List.of(task.failure().getSuppressed()), kind::name);
            }));
        }
        for (Background<Void> each : all) {
            each.join();
            assertFalse(each.leftInterrupted(), "a stray interrupt");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_bodyThatReturnsAfterItsLimitSucceeds(Kind kind) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        Supervisor supervisor = kind.builder().unowned().onFailure((t, failure) -> reports.incrementAndGet()).open();
        Task<String> task = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
            untilInterrupted();
            return "half of it";
        });
        join(supervisor);
        assertEquals(Status.SUCCEEDED, task.status());
        assertEquals("half of it", task.get());
        assertTrue(task.isCancelRequested());
        assertNull(task.failure());
        assertEquals(0, reports.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_bodyThatThrowsSomethingElseAfterItsLimitFailsWithThat(Kind kind) {
        IllegalStateException thrown = new IllegalStateException("on purpose");
        IllegalStateException hides = new IllegalStateException("on purpose");
        Supervisor supervisor = kind.builder().unowned().open();
        Task<?> task = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
            untilInterrupted();
            throw thrown;
        });
        Task<?> cleanUp = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
            untilInterrupted();
            InterruptedException e = new InterruptedException();
            e.addSuppressed(hides);
            throw e;
        });
        join(supervisor);
        assertSame(thrown, task.failure());
        assertEquals(0, thrown.getSuppressed().length);
        assertEquals(Status.FAILED, cleanUp.status());
        Throwable failure = cleanUp.failure();
        Throwable interrupt = failure instanceof TimeoutException ? failure.getSuppressed()[0] : failure;
        assertSame(hides, interrupt.getSuppressed()[0], "the failure of the clean-up can be found");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_bodyThatEndsInTimeEndsAsWithoutALimit(Kind kind) {
        InterruptedException interrupt = new InterruptedException("of its own accord");
        Supervisor supervisor = kind.builder().unowned().open();
        TaskSpec spec = supervisor.spec("query").timeout(HOUR);
        Task<Integer> succeeds = spec.spawn(() -> 1);
        Task<?> fails = spec.spawn(() -> {
            throw interrupt;
        });
        Task<?> cancels = spec.spawn(() -> {
            throw new CancellationException();
        });
        join(supervisor);
        assertEquals(1, succeeds.resultNow());
        assertSame(interrupt, fails.failure());
        assertEquals(Status.CANCELLED, cancels.status());
        for (Task<?> task : List.of(succeeds, fails)) {
            assertFalse(task.isCancelRequested());
        }
        Thread.interrupted();   // of caller-runs: the task was not asked to cancel, so the interrupt was another's (C6)
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_everySpawnOfASpecHasTheLimit(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        TaskSpec spec = supervisor.spec("query").timeout(SHORT);
        List<Task<?>> tasks = new ArrayList<>();
        tasks.add(spec.spawn(TimeLimitTest::never));
        tasks.add(spec.spawn(() -> {
            never();
            return 1;
        }));
        tasks.add(spec.trySpawn(() -> {
            never();
            return 1;
        }));
        tasks.add(spec.spawnWithSelf(self -> {
            never();
            return 1;
        }));
        tasks.add(spec.decorator(task -> task).spawn(TimeLimitTest::never));
        join(supervisor);
        tasks.forEach(task -> assertTimedOut(task, "query", SHORT));
    }

    // a task that has not started

    @Test
    void s5_pendingTaskFailsAndItsBodyNeverRuns() {
        LateExecutor late = new LateExecutor();
        AtomicBoolean ran = new AtomicBoolean();
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned()
                .onFailure((task, failure) -> reported.add(failure)).open();
        Task<?> task = supervisor.spec("query").timeout(SHORT).spawn(() -> ran.set(true));
        Background<Void> joiner = Background.run(supervisor::join);
        joiner.join();
        assertTimedOut(task, "query", SHORT);
        assertEquals(0, task.failure().getSuppressed().length);
        assertEquals(List.of(task.failure()), List.copyOf(reported));
        assertEquals(0, supervisor.liveCount());
        assertEquals(1, late.size(), "the executor has not been asked again");
        late.runAll();
        assertFalse(ran.get());
        assertEquals(Status.FAILED, task.status());
    }

    @Test
    void s5_waitersAndFuturesOfAPendingTaskSeeTheFailure() {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned()
                .onFailure(FailureHandler.ignore()).open();
        Task<Integer> task = supervisor.spec("query").timeout(Duration.ofMillis(100)).spawn(() -> 1);
        Background<Integer> waiter = Background.call(task::get);
        var future = task.toCompletableFuture();
        Throwable failure = assertInstanceOf(ExecutionException.class, waiter.thrown()).getCause();
        assertInstanceOf(TimeoutException.class, failure);
        Background<Integer> getter = Background.call(future::get);
        assertSame(failure, getter.thrown().getCause());
        join(supervisor);
    }

    @Test
    void s5_theLimitRunsFromTheAcceptance() {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned()
                .onFailure(FailureHandler.ignore()).open();
        Duration limit = Duration.ofSeconds(2);
        AtomicReference<Duration> remained = new AtomicReference<>();
        long accepted = System.nanoTime();
        Task<?> task = supervisor.spec("query").timeout(limit).spawn(() -> {
            long begun = System.nanoTime();
            untilInterrupted();
            remained.set(Duration.ofNanos(System.nanoTime() - begun));
        });
        untilPassed(Duration.ofMillis(300));
        Background<Void> runner = Background.run(late::runAll);
        runner.join();
        Duration all = Duration.ofNanos(System.nanoTime() - accepted);
        if (task.status() == Status.SUCCEEDED) {   // else this thread was too slow, and the body has not begun
            assertTrue(remained.get().compareTo(limit) < 0, () -> "began anew with the body: " + remained);
        }
        assertTrue(all.compareTo(limit) >= 0, () -> "early: " + all);
        join(supervisor);
    }

    // the first reason

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_aCancelThatComesFirstStaysTheReason(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        AtomicInteger hooks = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Task<?> task = supervisor.spec("query").timeout(BEGUN).onCancel(hooks::incrementAndGet)
                .spawn(() -> {
                    begun.countDown();
                    untilInterrupted();
                    Poll.await(release);
                    assertFalse(Thread.interrupted(), "one interrupt in all");
                    throw new InterruptedException();
                });
        Poll.await(begun);
        task.cancel();
        untilPassed(supervisor, BEGUN);
        release.countDown();
        join(supervisor);
        assertEquals(Status.CANCELLED, task.status());
        assertEquals(1, hooks.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_aCancelWithoutInterruptThatComesFirstStaysTheReason(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        CountDownLatch begun = new CountDownLatch(1);
        Task<?> task = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
            begun.countDown();
            never();
        });
        Poll.await(begun);
        assertTrue(task.cancel(false));
        try {
            ShortWait.until("the limit interrupts the body all the same", task::isDone);
        } finally {
            supervisor.abort();
        }
        assertEquals(Status.CANCELLED, task.status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_anAbortThatComesFirstStaysTheReason(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Task<?> task = supervisor.spec("query").timeout(BEGUN).spawn(() -> {
            begun.countDown();
            untilInterrupted();
            Poll.await(release);
            throw new InterruptedException();
        });
        Poll.await(begun);
        supervisor.abort();
        untilPassed(BEGUN);
        release.countDown();
        join(supervisor);
        assertEquals(Status.CANCELLED, task.status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_aLimitThatComesFirstStaysTheReason(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        AtomicInteger hooks = new AtomicInteger();
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Task<?> task = supervisor.spec("query").timeout(BEGUN).onCancel(hooks::incrementAndGet).spawn(() -> {
            untilInterrupted();
            told.countDown();
            Poll.await(release);
            assertFalse(Thread.interrupted(), "one interrupt in all");
            throw new InterruptedException();
        });
        Poll.await(told);
        assertTrue(task.cancel());
        supervisor.abort();
        release.countDown();
        join(supervisor);
        assertTimedOut(task, "query", BEGUN);
        Poll.until("the hook has run, perhaps after the end", () -> hooks.get() > 0);
        assertEquals(1, hooks.get());
    }

    @Test
    void s5_aPendingTaskThatWasCancelledIsNotFailedLater() {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned()
                .onFailure(FailureHandler.ignore()).open();
        Task<?> task = supervisor.spec("query").timeout(SHORT).spawn(() -> 1);
        boolean first = task.cancel();
        Task<?> later = supervisor.spec("later").timeout(SHORT.multipliedBy(2)).spawn(() -> 1);
        join(supervisor);
        assertEquals(first ? Status.CANCELLED : Status.FAILED, task.status());
        assertEquals(Status.FAILED, later.status());
    }

    // hooks, callbacks, handlers

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_hooksRunOnceWhenTheLimitHasPassedAndNotOnTheAlarmsThread(Kind kind) {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        AtomicInteger ofSpec = new AtomicInteger();
        AtomicInteger ofTask = new AtomicInteger();
        AtomicBoolean clear = new AtomicBoolean(true);
        Supervisor supervisor = kind.builder().unowned().open();
        CountDownLatch hooked = new CountDownLatch(2);
        Task<?> task = supervisor.spec("query").timeout(BEGUN).onCancel(() -> {
            threads.add(Thread.currentThread());
            clear.compareAndSet(true, !Thread.currentThread().isInterrupted());
            ofSpec.incrementAndGet();
            hooked.countDown();
        }).spawn(() -> {
            supervisor.tasks().get(0).onCancel(() -> {
                threads.add(Thread.currentThread());
                ofTask.incrementAndGet();
                hooked.countDown();
            });
            untilInterrupted();
            Poll.await(hooked);
        });
        join(supervisor);
        assertEquals(Status.SUCCEEDED, task.status());
        assertEquals(1, ofSpec.get());
        assertEquals(1, ofTask.get());
        assertTrue(clear.get(), "the status is clear");
        threads.forEach(TimeLimitTest::assertIsNoAlarm);
    }

    @Test
    void s6_callbacksHandlerAndHookOfAPendingTaskRunNotOnTheAlarmsThread() {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        Action note = () -> threads.add(Thread.currentThread());
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned()
                .onFailure((task, failure) -> threads.add(Thread.currentThread())).open();
        Task<?> task = supervisor.spec("query").timeout(BEGUN).onCancel(note)
                .onDone(done -> threads.add(Thread.currentThread())).spawn(() -> 1);
        task.onDone(done -> threads.add(Thread.currentThread()));
        join(supervisor);
        assertEquals(4, threads.size());
        threads.forEach(TimeLimitTest::assertIsNoAlarm);
        assertFalse(threads.contains(Thread.currentThread()));
    }

    /** User code of one supervisor that never returns holds up no limit of another. */
    @Test
    void s6_aCallbackThatBlocksHoldsUpNoOtherLimit() {
        CountDownLatch release = new CountDownLatch(1);
        Supervisor blocked = Supervisor.builder().executor(new LateExecutor()).unowned()
                .onFailure((task, failure) -> Poll.await(release)).open();
        try {
            Task<?> first = blocked.spec("first").timeout(SHORT).spawn(() -> 1);
            Poll.until("its handler blocks", first::isDone);
            untilPassed(SHORT);
            Task<?> second = blocked.spec("second").timeout(SHORT).spawn(() -> 1);
            Poll.until("the limit of the same supervisor, too", second::isDone);
            assertEquals(2, blocked.liveCount());
        } finally {
            release.countDown();
        }
        join(blocked);
    }

    @Test
    void s6_theUsersExecutorIsNeverAskedByTheAlarm() {
        AtomicInteger asked = new AtomicInteger();
        Queue<Thread> askers = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore()).executor(task -> {
            askers.add(Thread.currentThread());
            if (asked.incrementAndGet() % 2 == 0) {
                Kind.POOL.execute(task);
            }
        }).open();
        for (int i = 0; i < 20; i++) {
            supervisor.spec("query").timeout(SHORT).spawn(TimeLimitTest::never);
        }
        join(supervisor);
        assertEquals(20, asked.get());
        askers.forEach(asker -> assertSame(Thread.currentThread(), asker));
    }

    @Test
    void s6_theUsersThreadFactoryIsNeverAskedByTheAlarm() {
        Queue<Thread> askers = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore())
                .threadFactory(body -> {
                    askers.add(Thread.currentThread());
                    return Kind.daemon(body);
                }).deadline(BEGUN).open();
        supervisor.spec("query").timeout(SHORT).spawn(TimeLimitTest::never);
        supervisor.spawn(TimeLimitTest::never);
        assertInstanceOf(DeadlineExceededException.class, Background.run(supervisor::join).thrown());
        assertEquals(List.of(Thread.currentThread(), Thread.currentThread()), List.copyOf(askers));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_theTimeoutIsShownToFatalIf(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().fatalIf(TimeoutException.class::isInstance).open();
        Task<?> task = supervisor.spec("query").timeout(SHORT).spawn(TimeLimitTest::never);
        Throwable thrown = Background.run(supervisor::join).thrown();
        assertInstanceOf(CompletionException.class, thrown);
        assertSame(task.failure(), thrown.getCause());
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void s5_theTimeoutOfAPendingTaskIsShownToFatalIf() {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned()
                .onFailure(FailureHandler.ignore()).fatalIf(TimeoutException.class::isInstance).open();
        Task<?> sibling = supervisor.spawn(() -> 1);
        Task<?> task = supervisor.spec("query").timeout(SHORT).spawn(() -> 1);
        Throwable thrown = Background.run(supervisor::join).thrown();
        assertSame(task.failure(), thrown.getCause());
        assertEquals(Status.CANCELLED, sibling.status());
    }

    // what remains, what leaks

    @Test
    void s6_finishedTasksWithALimitOfAnHourLeaveNothing() {
        List<WeakReference<Task<?>>> handles = new ArrayList<>();
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            TaskSpec spec = supervisor.spec("query").timeout(HOUR);
            for (int i = 0; i < 100_000; i++) {
                int[] result = {i};
                Task<?> task = spec.spawn(() -> result);
                if (i % 10_000 == 0) {
                    handles.add(new WeakReference<>(task));
                }
            }
            assertEquals(0, supervisor.liveCount());
            Heap.untilCollected(handles);
        }
    }

    @Test
    void s6_supervisorsThatWereClosedInTimeAreCollected() throws Exception {
        List<WeakReference<Supervisor>> supervisors = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            try (Supervisor supervisor = Kind.POOLED.builder().deadline(HOUR).open()) {
                supervisor.spec("query").timeout(HOUR).spawn(() -> 1);
                supervisor.join();
                supervisors.add(new WeakReference<>(supervisor));
            }
        }
        Heap.untilCollected(supervisors);
    }

    @Test
    void s6_aSupervisorThatIsDroppedWithADeadlineIsCollected() {
        List<WeakReference<Supervisor>> supervisors = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            supervisors.add(new WeakReference<>(Supervisor.builder().deadline(HOUR).unowned().open()));
        }
        Heap.untilCollected(supervisors);
    }

    @Test
    void s5_aLimitThatMeetsTheEndOfItsBodyReachesNoLaterTask() {
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm()) {
            Supervisor supervisor = Supervisor.builder().executor(executor).unowned()
                    .onFailure(FailureHandler.ignore()).open();
            TaskSpec spec = supervisor.spec("query").timeout(Duration.ofMillis(1));
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                tasks.add(spec.spawn(() -> {
                    long end = System.nanoTime() + 1_000_000;
                    while (System.nanoTime() - end < 0) {
                        Thread.onSpinWait();
                    }
                    TwoThreadRace.jitter();
                }));
                executor.drain();
            }
            join(supervisor);
            executor.drain();
            assertEquals(0, executor.strays());
            assertTrue(tasks.stream().allMatch(Task::isDone));
        }
    }

    // arguments

    @Test
    void s5_limitsThatAreNoneAreRefused() {
        try (Supervisor supervisor = Supervisor.open()) {
            TaskSpec spec = supervisor.spec("query");
            Supervisor.Builder builder = Supervisor.builder();
            for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThrows(IllegalArgumentException.class, () -> spec.timeout(none));
                assertThrows(IllegalArgumentException.class, () -> builder.deadline(none));
            }
            assertThrows(NullPointerException.class, () -> spec.timeout(null));
            assertThrows(NullPointerException.class, () -> builder.deadline(null));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s6_limitsThatOverflowNeverPass(Kind kind) {
        for (Duration long_ : List.of(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofNanos(Long.MAX_VALUE), Duration.ofDays(106_752), Duration.ofDays(53_376))) {
            Supervisor supervisor = kind.builder().deadline(long_).unowned().open();
            Task<Integer> task = supervisor.spec("query").timeout(long_).spawn(() -> {
                untilPassed(SHORT);
                return 1;
            });
            untilPassed(supervisor, SHORT);
            join(supervisor);
            assertEquals(1, task.resultNow());
            assertFalse(task.isCancelRequested());
            assertFalse(supervisor.isDeadlineExceeded());
        }
    }

    // the alarm

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s6_manyStaggeredLimitsOfRunningTasksAllPassAndNoneEarly(Kind kind) {
        Queue<String> early = new ConcurrentLinkedQueue<>();
        List<Task<?>> tasks = new ArrayList<>();
        Supervisor supervisor = kind.builder().unowned().open();
        for (int i = 0; i < 200; i++) {
            Duration limit = Duration.ofMillis(1 + i * 7919L % 400);
            long begin = System.nanoTime();
            tasks.add(supervisor.spec("query").timeout(limit).onDone(task -> noteIfEarly(early, begin, limit))
                    .spawn(TimeLimitTest::never));
        }
        join(supervisor);
        assertEquals(List.of(), List.copyOf(early));
        tasks.forEach(task -> assertInstanceOf(TimeoutException.class, task.failure()));
    }

    @Test
    void s6_manyStaggeredLimitsOfPendingTasksAllPassAndNoneEarly() {
        Queue<String> early = new ConcurrentLinkedQueue<>();
        AtomicInteger reports = new AtomicInteger();
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> { })
                .onFailure((task, failure) -> reports.incrementAndGet()).open();
        for (int i = 0; i < 5_000; i++) {
            Duration limit = Duration.ofMillis(1 + i * 7919L % 500);
            long begin = System.nanoTime();
            supervisor.spec("query").timeout(limit).onDone(task -> noteIfEarly(early, begin, limit)).spawn(() -> 1);
        }
        join(supervisor);
        assertEquals(List.of(), List.copyOf(early));
        assertEquals(5_000, reports.get());
    }

    private static void noteIfEarly(Queue<String> early, long begin, Duration limit) {
        long took = System.nanoTime() - begin;
        if (took < limit.toNanos()) {
            early.add(limit + " after " + took + " ns");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s6_anEarlierLimitIsNotHeldUpByALaterOne(Kind kind) {
        Supervisor supervisor = kind.builder().deadline(HOUR).unowned().open();
        Task<?> hour = supervisor.spec("hour").timeout(HOUR).spawn(TimeLimitTest::never);
        Supervisor other = kind.builder().deadline(HOUR.plusMinutes(1)).unowned().open();
        for (int millis : new int[] {400, 200, 100, 20, 1}) {
            untilPassed(supervisor, Duration.ofMillis(millis));
            untilPassed(other, Duration.ofMillis(millis));
        }
        assertEquals(Status.RUNNING, hour.status());
        other.close();
        hour.cancel();
        join(supervisor);
        assertEquals(Status.CANCELLED, hour.status());
    }

    @Test
    void s6_theAlarmsThreadIsADaemonAndTheOnlyOne() {
        List<Supervisor> supervisors = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            supervisors.add(Supervisor.builder().deadline(HOUR).unowned().open());
            supervisors.get(i).spec("query").timeout(HOUR).spawn(TimeLimitTest::never);
            untilPassed(SHORT);
        }
        List<Thread> alarms = Peek.alarms();
        assertEquals(1, alarms.size(), alarms::toString);
        assertTrue(alarms.get(0).isDaemon());
        assertNull(alarms.get(0).getContextClassLoader(), "it leads to no application");
        supervisors.forEach(Supervisor::close);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s6_aLimitThatRacesWithTheEndAndACancelGivesOneOutcome(Kind kind) throws Exception {
        Queue<String> odd = new ConcurrentLinkedQueue<>();
        AtomicInteger callbacks = new AtomicInteger();
        AtomicInteger reports = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        Supervisor supervisor = kind.builder().unowned()
                .onFailure((task, failure) -> reports.incrementAndGet()).open();
        TaskSpec spec = supervisor.spec("query").timeout(Duration.ofMillis(2)).onDone(task -> {
            callbacks.incrementAndGet();
            boolean asked = task.isCancelRequested();
            switch (task.status()) {
                case SUCCEEDED -> { }
                case CANCELLED -> odd.addAll(asked ? List.of() : List.of("cancelled unasked"));
                case FAILED -> {
                    failed.incrementAndGet();
                    if (!(task.failure() instanceof TimeoutException) || !asked) {
                        odd.add("failed by " + task.failure());
                    }
                }
                default -> odd.add(task.toString());
            }
        });
        CountDownLatch release = new CountDownLatch(1);
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 200; i++) {
                long end = System.nanoTime() + 2_000_000;
                CountDownLatch mayEnd = new CountDownLatch(1);
                boolean stays = i % 2 == 0;
                Task<?> task = spec.spawn(() -> (stays ? release : mayEnd).await());
                race.round(() -> spinUntil(end, mayEnd::countDown), () -> spinUntil(end, task::cancel));
            }
        }
        join(supervisor);
        assertEquals(List.of(), List.copyOf(odd));
        assertEquals(200, callbacks.get());
        assertEquals(failed.get(), reports.get());
    }

    private static void spinUntil(long end, Action then) throws Exception {
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        TwoThreadRace.jitter();
        then.run();
    }

    // the deadline of a supervisor

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_theDeadlineAbortsInterruptsTheBlockAndIsThrownByClose(Kind kind) {
        Background.run(() -> {
            Supervisor supervisor = kind.builder().name("batch").deadline(BEGUN).open();
            GatedTask obeys = GatedTask.yielding(kind, supervisor);
            GatedTask ignores = GatedTask.stubborn(kind, supervisor);
            assertThrows(InterruptedException.class, TimeLimitTest::never);
            assertTrue(supervisor.isDeadlineExceeded());
            assertEquals(State.ABORTING, supervisor.state());
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            ignores.untilTold();
            Background<Void> releases = Background.run(ignores::release);
            DeadlineExceededException thrown = assertThrows(DeadlineExceededException.class, supervisor::close);
            assertTrue(thrown.getMessage().contains("batch"), thrown::getMessage);
            assertTrue(thrown.getMessage().contains(BEGUN.toString()), thrown::getMessage);
            assertEquals(State.FINISHED, supervisor.state());
            assertTrue(ignores.hasEnded());
            assertEquals(Status.CANCELLED, obeys.task().status());
            assertFalse(Thread.currentThread().isInterrupted());
            supervisor.close();
            releases.join();
        }).join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_joinThrowsAfterEveryTaskHasEndedAndIsComplete(Kind kind) {
        AtomicReference<GatedTask> ignores = new AtomicReference<>();
        Background<Void> owner = Background.run(CountedThread::new, () -> {
            try (Supervisor supervisor = kind.builder().deadline(BEGUN).open()) {
                ignores.set(GatedTask.stubborn(kind, supervisor));
                assertThrows(DeadlineExceededException.class, supervisor::join);
                assertTrue(ignores.get().hasEnded());
                assertEquals(State.FINISHED, supervisor.state());
                assertTrue(supervisor.isDeadlineExceeded());
                supervisor.join();
            }
        });
        Poll.until("spawned", () -> ignores.get() != null);
        ignores.get().untilTold();
        assertFalse(owner.hasEnded(), "it waits for the task");
        ignores.get().release();
        owner.join();
        assertEquals(0, ((CountedThread) owner.thread()).interrupts(), "an owner in join is not interrupted");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_runAndCallThrowWhenTheirBlockHasReturned(Kind kind) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        assertThrows(DeadlineExceededException.class, () -> kind.builder().deadline(BEGUN).run(supervisor -> {
            opened.set(supervisor);
            Task<?> task = supervisor.spawn(TimeLimitTest::never);
            Poll.until("ended by the deadline", task::isDone);
            Poll.until("interrupted", Thread.currentThread()::isInterrupted);
        }));
        assertTrue(opened.get().isDeadlineExceeded());
        assertFalse(Thread.currentThread().isInterrupted(), "taken back");
        assertThrows(DeadlineExceededException.class, () -> kind.builder().deadline(BEGUN).call(supervisor -> {
            opened.set(supervisor);
            Poll.until("interrupted", Thread.currentThread()::isInterrupted);
            return "lost";
        }));
        assertTrue(opened.get().isDeadlineExceeded());
        assertFalse(Thread.currentThread().isInterrupted(), "taken back");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_runThrowsIfTheDeadlinePassesWhileItWaits(Kind kind) {
        AtomicInteger told = new AtomicInteger();
        assertThrows(DeadlineExceededException.class, () -> kind.builder().deadline(BEGUN).run(supervisor -> {
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> {
                    untilInterrupted();
                    told.incrementAndGet();
                });
            }
        }));
        assertEquals(10, told.get());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_aBlockThatOurInterruptHasEndedIsTheDeadline(Kind kind) {
        List<Block<Exception>> blocks = List.of(
                supervisor -> never(),
                supervisor -> {
                    try {
                        never();
                    } catch (InterruptedException e) {
                        throw new InterruptedException("another object");
                    }
                });
        for (Block<Exception> block : blocks) {
            for (BlockFailure policy : BlockFailure.values()) {
                Supervisor.Builder builder = kind.builder().deadline(SHORT).onBlockFailure(policy);
                assertThrows(DeadlineExceededException.class, () -> builder.run(block));
                assertFalse(Thread.currentThread().isInterrupted(), "it was thrown");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_theBlocksOwnExceptionWinsAndSuppressesTheDeadline(Kind kind) {
        IllegalStateException thrown = new IllegalStateException("on purpose");
        assertSame(thrown, assertThrows(IllegalStateException.class, () ->
                kind.builder().deadline(BEGUN).run(supervisor -> {
                    untilInterrupted();
                    throw thrown;
                })));
        assertEquals(1, thrown.getSuppressed().length);
        assertInstanceOf(DeadlineExceededException.class, thrown.getSuppressed()[0]);

        IllegalStateException inTry = new IllegalStateException("on purpose");
        assertSame(inTry, assertThrows(IllegalStateException.class, () -> {
            try (Supervisor supervisor = kind.builder().deadline(BEGUN).open()) {
                assertTrue(supervisor.tasks().isEmpty());
                untilInterrupted();
                throw inTry;
            }
        }));
        assertInstanceOf(DeadlineExceededException.class, inTry.getSuppressed()[0]);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_aFatalErrorWinsOverTheDeadline(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Action fails = () -> {
            untilInterrupted();
            throw fatal;
        };
        assertSame(fatal, assertThrows(InternalError.class, () ->
                kind.builder().deadline(BEGUN).run(supervisor -> supervisor.spawn(fails))));
        assertSame(fatal, assertThrows(InternalError.class, () ->
                kind.builder().deadline(BEGUN).run(supervisor -> {
                    supervisor.spawn(fails);
                    untilInterrupted();
                    throw new IllegalStateException("the block's own");
                })));
        Supervisor joined = kind.builder().deadline(BEGUN).open();
        joined.spawn(fails);
        assertSame(fatal, assertThrows(InternalError.class, joined::join));
        joined.close();
        Supervisor closed = kind.builder().deadline(BEGUN).open();
        Task<?> task = closed.spawn(fails);
        Poll.until("failed", task::isDone);
        assertSame(fatal, assertThrows(CompletionException.class, closed::close).getCause());
        closed.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_theDeadlineWinsOverAnInterruptWhichStaysSet(Kind kind) {
        AtomicReference<GatedTask> ignores = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> kind.builder().deadline(BEGUN)
                .run(supervisor -> ignores.set(GatedTask.stubborn(kind, supervisor))));
        Poll.until("spawned", () -> ignores.get() != null);
        ignores.get().untilTold();
        assertTrue(ignores.get().task().supervisor().isDeadlineExceeded());
        Poll.untilBlocked(owner.thread());
        owner.interrupt();
        Poll.until("consumed", () -> !owner.thread().isInterrupted());
        Poll.untilBlocked(owner.thread());
        ignores.get().release();
        assertInstanceOf(DeadlineExceededException.class, owner.thrown());
        assertTrue(owner.leftInterrupted(), "an interrupt that loses sets the status");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_aSupervisorThatIsAbortedFirstDoesNotExceedItsDeadline(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().deadline(BEGUN).open()) {
            GatedTask ignores = GatedTask.stubborn(kind, supervisor);
            supervisor.abort();
            boolean inTime = !supervisor.isDeadlineExceeded();
            untilPassed(BEGUN.plusMillis(50));
            assertEquals(inTime, !supervisor.isDeadlineExceeded());
            assertFalse(Thread.currentThread().isInterrupted());
            ignores.release();
            supervisor.join();
            assertTrue(inTime, "no deadline was thrown, so there was none");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_aSupervisorThatExitsInTimeHasNotExceededItsDeadlineLaterEither(Kind kind) throws Exception {
        List<Supervisor> supervisors = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            supervisors.add(kind.builder().deadline(BEGUN).open());
            supervisors.get(i).spawn(() -> 1);
        }
        Supervisor joined = supervisors.get(0);
        joined.join();
        joined.close();
        supervisors.get(1).close();
        supervisors.get(2).seal();
        Poll.until("finished", () -> supervisors.get(2).state() == State.FINISHED);
        supervisors.forEach(supervisor -> assertFalse(supervisor.isDeadlineExceeded()));
        untilPassed(BEGUN.plusMillis(50));
        supervisors.forEach(supervisor -> assertFalse(supervisor.isDeadlineExceeded()));
        assertFalse(Thread.currentThread().isInterrupted());
        supervisors.get(2).close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_withoutADeadlineNoneIsExceeded(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            supervisor.spec("query").timeout(SHORT).spawn(TimeLimitTest::never);
            supervisor.join();
            assertFalse(supervisor.isDeadlineExceeded(), "a limit of a task is none of its supervisor");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_anUnownedOneThrowsItsDeadlineAndInterruptsNobody(Kind kind) {
        Background<Void> opener = Background.run(CountedThread::new, () -> {
            Supervisor supervisor = kind.builder().deadline(BEGUN).unowned().open();
            Task<?> task = supervisor.spawn(TimeLimitTest::never);
            Poll.until("cancelled", task::isDone);
            assertEquals(Status.CANCELLED, task.status());
            assertInstanceOf(DeadlineExceededException.class, Background.run(supervisor::join).thrown());
            assertTrue(supervisor.isDeadlineExceeded());
        });
        opener.join();
        assertEquals(0, ((CountedThread) opener.thread()).interrupts());
        Supervisor closed = kind.builder().deadline(BEGUN).unowned().open();
        GatedTask.yielding(kind, closed).end();
        assertInstanceOf(DeadlineExceededException.class, Background.run(closed::close).thrown());
        Supervisor empty = kind.builder().deadline(SHORT).unowned().open();
        Poll.until("finished", () -> empty.state() == State.FINISHED);
        assertTrue(empty.isDeadlineExceeded());
        empty.shutdown();   // is no exit
        assertInstanceOf(DeadlineExceededException.class, Background.run(empty::join).thrown());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_eachExitThatHasWaitedThrowsTheDeadline(Kind kind) {
        Supervisor supervisor = kind.builder().deadline(BEGUN).unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        List<Background<Void>> exits = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            exits.add(Background.run(supervisor::join));
        }
        gated.untilTold();
        exits.add(Background.run(supervisor::close));
        exits.forEach(exit -> Poll.untilBlocked(exit.thread()));
        gated.release();
        exits.forEach(exit -> assertInstanceOf(DeadlineExceededException.class, exit.thrown()));
        Background.run(supervisor::join).join();
        Background.run(supervisor::close).join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s5_theDeadlineOfAnEmptyOneInterruptsItsBlock(Kind kind) {
        long begin = System.nanoTime();
        Background<Void> owner = Background.run(CountedThread::new, () ->
                kind.builder().deadline(Duration.ofMillis(50)).run(supervisor -> never()));
        assertInstanceOf(DeadlineExceededException.class, owner.thrown());
        assertTrue(System.nanoTime() - begin >= 50_000_000);
        assertEquals(1, ((CountedThread) owner.thread()).interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_nestedIsDeadlineExceededTellsWhichOneItWas(Kind kind) throws Exception {
        AtomicReference<Supervisor> outer = new AtomicReference<>();
        AtomicReference<Supervisor> inner = new AtomicReference<>();
        Throwable byOuter = assertThrows(DeadlineExceededException.class, () ->
                kind.builder().deadline(SHORT).run(first -> {
                    outer.set(first);
                    kind.builder().deadline(HOUR).run(second -> {
                        inner.set(second);
                        never();
                    });
                }));
        assertTrue(outer.get().isDeadlineExceeded());
        assertFalse(inner.get().isDeadlineExceeded());
        assertFalse(Thread.currentThread().isInterrupted());

        DeadlineExceededException byInner = assertThrows(DeadlineExceededException.class, () ->
                kind.builder().deadline(HOUR).run(first -> {
                    outer.set(first);
                    kind.builder().deadline(SHORT).run(second -> {
                        inner.set(second);
                        never();
                    });
                }));
        assertFalse(outer.get().isDeadlineExceeded());
        assertTrue(inner.get().isDeadlineExceeded());
        assertFalse(byOuter == byInner);
        assertFalse(Thread.currentThread().isInterrupted());

        kind.builder().deadline(HOUR).run(first -> {
            assertThrows(DeadlineExceededException.class, () ->
                    kind.builder().deadline(SHORT).run(second -> never()));
            assertEquals(1, first.spawn(() -> 1).get(), "the outer one goes on");
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s5_aDeadlineInATaskThatHasALimitIsNotTakenForTheLimit(Kind kind) {
        AtomicReference<Supervisor> inner = new AtomicReference<>();
        Supervisor supervisor = kind.builder().unowned().open();
        Task<?> innerPasses = supervisor.spec("hour").timeout(HOUR).spawn(() ->
                kind.builder().deadline(BEGUN).run(second -> never()));
        join(supervisor);
        assertInstanceOf(DeadlineExceededException.class, innerPasses.failure());
        assertFalse(innerPasses.isCancelRequested());

        Supervisor other = kind.builder().unowned().open();
        Task<?> outerPasses = other.spec("short").timeout(BEGUN).spawn(() ->
                kind.builder().deadline(HOUR).run(second -> {
                    inner.set(second);
                    never();
                }));
        join(other);
        assertTimedOut(outerPasses, "short", BEGUN);
        assertFalse(inner.get() != null && inner.get().isDeadlineExceeded());
    }

    @Test
    void s5_manyDeadlinesAllPassAndNoneEarly() {
        Queue<String> early = new ConcurrentLinkedQueue<>();
        List<Supervisor> supervisors = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Duration limit = Duration.ofMillis(1 + i * 7919L % 400);
            long begin = System.nanoTime();
            Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).deadline(limit).unowned().open();
            try {
                supervisor.spawn(() -> 1).onDone(task -> noteIfEarly(early, begin, limit));
            } catch (RejectedExecutionException e) {
                noteIfEarly(early, begin, limit);
            }
            supervisors.add(supervisor);
        }
        Poll.until("all have passed", () -> supervisors.stream().allMatch(s -> s.state() == State.FINISHED));
        assertEquals(List.of(), List.copyOf(early));
        supervisors.forEach(supervisor -> assertTrue(supervisor.isDeadlineExceeded()));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s6_callbacksOfADeadlineRunNotOnTheAlarmsThread(Kind kind) {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = kind.builder().unowned().deadline(BEGUN)
                .onFailure((task, failure) -> threads.add(Thread.currentThread())).open();
        Task<?> task = supervisor.spec("query").onCancel(() -> threads.add(Thread.currentThread())).spawn(() -> {
            untilInterrupted();
            throw new IllegalStateException("on purpose");
        });
        task.onDone(done -> threads.add(Thread.currentThread()));
        Supervisor late = Supervisor.builder().executor(new LateExecutor()).deadline(BEGUN).unowned().open();
        late.spawn(() -> 1).onDone(done -> threads.add(Thread.currentThread()));
        assertInstanceOf(DeadlineExceededException.class, Background.run(supervisor::join).thrown());
        assertInstanceOf(DeadlineExceededException.class, Background.run(late::join).thrown());
        Poll.until("all have run, the hook perhaps after the end", () -> threads.size() >= 4);
        assertEquals(4, threads.size());
        threads.forEach(TimeLimitTest::assertIsNoAlarm);
    }
}
