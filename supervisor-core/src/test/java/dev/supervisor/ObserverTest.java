package dev.supervisor;

import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.engine.Peek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an observer is told, when, and on which thread: O4. */
class ObserverTest {

    private final RecordedEvents events = new RecordedEvents();

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Object failing() {
        throw new IllegalStateException("on purpose");
    }

    // the events of a task

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_aTaskIsAcceptedThenStartedThenEnded(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().observer(events).open()) {
            events.assertEvents(supervisor.spawn(() -> 1), "accepted", "started", "ended SUCCEEDED");
            events.assertEvents(supervisor.spawn("named", ObserverTest::failing), "accepted", "started", "ended FAILED");
            events.assertEvents(supervisor.spawn(() -> {
                throw new CancellationException("on purpose");
            }), "accepted", "started", "ended CANCELLED");
            supervisor.join();
        }
        assertEquals(9, events.all().size());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_theTimesAreThoseInTheQueueAndInTheBody(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().observer(events).open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Poll.spend(2_000_000);
        gated.release();
        events.assertEvents(gated.task(), "accepted", "started", "ended SUCCEEDED");
        assertTrue(events.ranNanos(gated.task()) >= 2_000_000, "it ran meanwhile");
        supervisor.shutdown();
    }

    @Test
    void o4_aTaskThatNeverStartsIsQueuedUntilItsEnd() {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).observer(events).open();
        Task<?> cancelled = supervisor.spawn(() -> 1);
        Task<?> aborted = supervisor.spawn(() -> 1);
        Poll.spend(2_000_000);
        cancelled.cancel();
        supervisor.abort();
        late.runAll();   // empty shells
        for (Task<?> task : List.of(cancelled, aborted)) {
            events.assertEvents(task, "accepted", "ended CANCELLED");
            assertTrue(events.queuedNanos(task) >= 2_000_000, "it was queued meanwhile");
            assertEquals(0, events.ranNanos(task));
        }
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_theEndIsToldBeforeCallbacksAndBeforeTheTaskRetires(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().observer(events).open()) {
            TaskSpec spec = supervisor.spec("spec").onDone(task -> events.note(task, "callback of the spec"));
            CountDownLatch registered = new CountDownLatch(1);
            Task<?> task = kind == Kind.CALLER_RUNS ? spec.spawn(() -> 1) : spec.spawn(() -> Poll.await(registered));
            task.onDone(done -> events.note(done, "callback"));
            registered.countDown();
            supervisor.join();
            events.assertEvents(task, "accepted", "started", "ended SUCCEEDED", "callback of the spec", "callback");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_tasksOfEveryFormAreObserved(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().observer(events).open();
        Completions<Object> completions = supervisor.completions();
        completions.spawn(() -> 1);
        events.assertEvents(completions.take(), "accepted", "started", "ended SUCCEEDED");
        events.assertEvents(supervisor.trySpawn(() -> 1), "accepted", "started", "ended SUCCEEDED");
        events.assertEvents(supervisor.spawnWithSelf(Self::task), "accepted", "started", "ended SUCCEEDED");
        events.assertEvents(supervisor.spec("spec").timeout(Duration.ofHours(1)).spawn(() -> 1),
                "accepted", "started", "ended SUCCEEDED");
        supervisor.execute(() -> { });
        assertEquals(1, supervisor.asExecutorService().submit(() -> 1).get());
        supervisor.join();
        assertEquals(6, events.byTask().size());
        events.byTask().forEach((task, of) -> assertEquals(3, of.size(), of::toString));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_anAsyncTaskRunsUntilItsStageCompletes(Kind kind) {
        for (boolean decorated : new boolean[] {false, true}) {
            RecordedEvents events = new RecordedEvents();
            Supervisor.Builder builder = kind.builder().unowned().observer(events);
            Supervisor supervisor = (decorated ? builder.decorator(task -> task::run) : builder).open();
            CompletableFuture<Object> stage = new CompletableFuture<>();
            Task<Object> task = supervisor.spawnAsync(() -> stage);
            assertEquals(List.of("accepted", "started"), events.of(task));
            Poll.spend(2_000_000);
            stage.complete(1);
            events.assertEvents(task, "accepted", "started", "ended SUCCEEDED");
            assertTrue(events.ranNanos(task) >= 2_000_000);
            events.assertEvents(supervisor.spawnAsync(() -> null), "accepted", "started", "ended FAILED");
            events.assertEvents(supervisor.spawnAsync(() -> CompletableFuture.failedFuture(new Exception("on purpose"))),
                    "accepted", "started", "ended FAILED");
            supervisor.shutdown();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_aChildIsAcceptedAndEndsAndDoesNotStart(Kind kind) {
        Supervisor parent = kind.builder().unowned().observer(events).open();
        Supervisor child = kind.builder().unowned().parent(parent).open();
        assertEquals(List.of("accepted"), events.all());
        child.spawn(() -> 1);
        child.shutdown();
        Poll.until("ended", () -> parent.liveCount() == 0);
        assertEquals(2, events.all().size(), "the child's own tasks are the child's");
        events.assertEvents(events.byTask().keySet().iterator().next(), "accepted", events.all().get(1));
        parent.shutdown();
    }

    @Test
    void o4_bodiesAreWhatTheUserGaveThoughTheyAreRecorded() {
        LateExecutor late = new LateExecutor();
        for (boolean decorated : new boolean[] {false, true}) {
            Supervisor.Builder builder = Supervisor.builder().unowned().executor(late).observer(events);
            Supervisor supervisor = (decorated ? builder.decorator(task -> task) : builder).open();
            FutureTask<Integer> future = new FutureTask<>(() -> 1);
            Runnable body = () -> { };
            supervisor.execute(body);
            Task<?> held = supervisor.tasks().get(0);
            assertEquals(List.of(body), supervisor.asExecutorService().shutdownNow());
            events.assertEvents(held, "accepted", "ended CANCELLED");
            supervisor.shutdown();
            Supervisor other = builder.open();
            other.execute(future);
            other.abort();
            assertTrue(future.isCancelled());
            other.close();
        }
    }

    // refusals

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_refusalsAreToldWithTheirReason(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().maxTasks(1).observer(events).open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        assertNull(supervisor.trySpawn(() -> 1));
        thrownBy(() -> supervisor.spawn(() -> 1));
        supervisor.seal();
        thrownBy(() -> supervisor.execute(() -> { }));
        supervisor.abort();
        thrownBy(() -> supervisor.spec("spec").spawn(() -> 1));
        gated.release();
        supervisor.close();
        thrownBy(() -> supervisor.spawn(() -> 1));
        assertEquals(List.of(Refusal.FULL, Refusal.FULL, Refusal.SEALED, Refusal.SHUTTING_DOWN, Refusal.FINISHED),
                events.refusals());
        events.assertEvents(gated.task(), "accepted", "started", "ended SUCCEEDED");
        assertEquals(1, events.byTask().size());
    }

    @Test
    void o4_aSpawnThatTheExecutorRefusesHasEndedAndIsThenRefused() {
        Supervisor supervisor = Supervisor.builder().unowned().observer(events).executor(task -> {
            throw new RejectedExecutionException("on purpose");
        }).open();
        assertNotNull(thrownBy(() -> supervisor.spawn(() -> 1)));
        assertEquals(List.of("accepted", "ended CANCELLED", "refused EXECUTOR"), events.all());
        supervisor.shutdown();
    }

    @Test
    void o4_aBodyThatHadBegunWhenTheExecutorThrewIsNotRefused() {
        Supervisor supervisor = Supervisor.builder().unowned().observer(events).executor(task -> {
            task.run();
            throw new RejectedExecutionException("late");
        }).open();
        assertNotNull(thrownBy(() -> supervisor.spawn(() -> 1)));
        assertEquals(List.of("accepted", "started", "ended SUCCEEDED"), events.all());
        supervisor.shutdown();
    }

    @Test
    void o4_aDecoratorThatThrowsBringsNoEvent() {
        Supervisor supervisor = Supervisor.builder().unowned().observer(events).decorator(task -> {
            throw new IllegalStateException("on purpose");
        }).open();
        assertNotNull(thrownBy(() -> supervisor.spawn(() -> 1)));
        assertEquals(List.of(), events.all());
        supervisor.shutdown();
    }

    // dropped in the spawn

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_aTaskThatIsCancelledInAcceptedEndsAfterThat(Kind kind) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<Thread> teller = new AtomicReference<>();
        RecordedEvents cancelling = new RecordedEvents() {
            @Override
            public void accepted(Task<?> task) {
                Background.run(() -> task.cancel()).join();
                assertEquals(0, opened.get().liveCount(), "it is dropped and counted out");
                super.accepted(task);
            }

            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                teller.set(Thread.currentThread());
                super.ended(task, queuedNanos, ranNanos);
            }
        };
        Supervisor supervisor = kind.builder().unowned().observer(cancelling).open();
        opened.set(supervisor);
        Task<?> task = supervisor.spawn(() -> 1);
        cancelling.assertEvents(task, "accepted", "ended CANCELLED");
        assertSame(Thread.currentThread(), teller.get());
        supervisor.shutdown();
        assertEquals(2, cancelling.all().size());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_anObserverThatAbortsInAccepted(Kind kind) {
        RecordedEvents aborting = new RecordedEvents() {
            @Override
            public void accepted(Task<?> task) {
                super.accepted(task);
                task.supervisor().abort();
            }
        };
        Supervisor supervisor = kind.builder().unowned().observer(aborting).open();
        Task<?> task = supervisor.spawn(() -> 1);
        aborting.assertEvents(task, "accepted", "ended CANCELLED");
        supervisor.shutdown();
        assertEquals(1, supervisor.stats().cancelled());
    }

    // where it is told

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_startAndEndAreToldInsideOfTheDecorator(Kind kind) throws Exception {
        ThreadLocal<String> context = new ThreadLocal<>();
        List<String> seen = new ArrayList<>();
        TaskObserver observer = new TaskObserver() {
            @Override
            public void accepted(Task<?> task) {
                seen.add("accepted " + context.get());
            }

            @Override
            public void started(Task<?> task) {
                seen.add("started " + context.get());
            }

            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                seen.add("ended " + context.get());
            }
        };
        try (Supervisor supervisor = kind.builder().observer(observer).decorator(task -> () -> {
            context.set("inside");
            task.run();
            context.remove();
        }).open()) {
            supervisor.spawn(() -> 1);
            supervisor.join();
        }
        assertEquals(List.of("accepted null", "started inside", "ended inside"), seen);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_anInterruptThatTheObserverSwallowsReachesTheBody(Kind kind) {
        CountDownLatch entered = new CountDownLatch(1);
        AtomicBoolean felt = new AtomicBoolean();
        AtomicReference<Task<?>> observed = new AtomicReference<>();
        TaskObserver swallowing = new TaskObserver() {
            @Override
            public void started(Task<?> task) {
                observed.set(task);
                entered.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException swallowed) {
                    assertFalse(Thread.interrupted());
                }
            }
        };
        Supervisor supervisor = kind.builder().unowned().observer(swallowing).open();
        Background<Task<?>> spawner = Background.call(() -> supervisor.spawn(() -> felt.set(Thread.interrupted())));
        Poll.await(entered);
        observed.get().cancel();
        Task<?> task = spawner.join();
        Poll.until("done", task::isDone);
        assertTrue(felt.get());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_theStatusIsClearForTheObserverAndKept(Kind kind) {
        List<Boolean> seen = new ArrayList<>();
        TaskObserver observer = new TaskObserver() {
            @Override
            public void accepted(Task<?> task) {
                seen.add(Thread.currentThread().isInterrupted());
            }

            @Override
            public void refused(Supervisor supervisor, Refusal reason) {
                seen.add(Thread.currentThread().isInterrupted());
            }

            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                seen.add(Thread.currentThread().isInterrupted());
            }
        };
        Supervisor supervisor = kind.builder().unowned().observer(observer).open();
        Thread.currentThread().interrupt();
        supervisor.spawn(() -> Thread.currentThread().interrupt());
        assertTrue(Thread.interrupted(), "the spawner's is kept");
        Poll.until("ended", () -> supervisor.liveCount() == 0);
        supervisor.seal();
        Thread.currentThread().interrupt();
        assertNotNull(thrownBy(() -> supervisor.spawn(() -> 1)));
        assertTrue(Thread.interrupted(), "the spawner's is kept");
        assertEquals(List.of(false, false, false), seen);
        supervisor.shutdown();
    }

    // what it does

    private static TaskObserver throwing(Throwable thrown) {
        return new TaskObserver() {
            @Override
            public void accepted(Task<?> task) {
                throw Sneaky.<RuntimeException>sneakyThrow(thrown);
            }

            @Override
            public void started(Task<?> task) {
                throw Sneaky.<RuntimeException>sneakyThrow(thrown);
            }

            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                throw Sneaky.<RuntimeException>sneakyThrow(thrown);
            }

            @Override
            public void refused(Supervisor supervisor, Refusal reason) {
                throw Sneaky.<RuntimeException>sneakyThrow(thrown);
            }
        };
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_whatItThrowsIsReportedAndChangesNothing(Kind kind) {
        Exception thrown = new Exception("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = kind.builder().unowned().observer(throwing(thrown)).open();
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertEquals(1, task.join());
            Poll.until("retired", () -> supervisor.liveCount() == 0);
            assertEquals(3, uncaught.wrapping(thrown));
            supervisor.shutdown();
            Throwable refusal = thrownBy(() -> supervisor.spawn(() -> 1));
            assertTrue(refusal instanceof RejectedExecutionException, () -> "" + refusal);
            assertEquals(4, uncaught.wrapping(thrown));
            assertTrue(uncaught.seen().get(0).getMessage().startsWith("The observer of "));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_aFatalErrorOfTheObserverIsOfTheSupervisor(Kind kind) {
        Limits.Fatal fatal = new Limits.Fatal();
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = kind.builder().unowned().fatalIf(Limits.Fatal.class::isInstance)
                    .observer(throwing(fatal)).open();
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertEquals(Task.Status.CANCELLED, task.status(), "it was dropped before the executor was asked");
            assertEquals(Supervisor.State.FINISHED, supervisor.state());
            assertSame(fatal, thrownBy(supervisor::close).getCause());
            assertEquals(2, uncaught.wrapping(fatal), "accepted and ended have thrown it");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void o4_anObserverThatBlocksHoldsUpItsOwnTaskAlone(Kind kind) {
        CountDownLatch release = new CountDownLatch(1);
        AtomicReference<Task<?>> blocked = new AtomicReference<>();
        RecordedEvents blocking = new RecordedEvents() {
            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                if (blocked.compareAndSet(null, task)) {
                    Poll.await(release);
                }
                super.ended(task, queuedNanos, ranNanos);
            }
        };
        Supervisor supervisor = kind.builder().unowned().observer(blocking).open();
        supervisor.spawn(() -> 1);
        Poll.until("blocks", () -> blocked.get() != null);
        blocking.assertEvents(supervisor.spawn(() -> 2), "accepted", "started", "ended SUCCEEDED");
        Poll.until("the other has retired", () -> supervisor.liveCount() == 1);
        assertTrue(blocked.get().isDone(), "its outcome is published");
        release.countDown();
        supervisor.shutdown();
        blocking.assertEvents(blocked.get(), "accepted", "started", "ended SUCCEEDED");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_anObserverMaySpawn(Kind kind) throws Exception {
        AtomicInteger spawns = new AtomicInteger();
        RecordedEvents spawning = new RecordedEvents() {
            private void spawn(Task<?> task) {
                if (spawns.incrementAndGet() <= 9) {
                    task.supervisor().spawn(() -> 1);
                }
            }

            @Override
            public void accepted(Task<?> task) {
                super.accepted(task);
                spawn(task);
            }

            @Override
            public void started(Task<?> task) {
                super.started(task);
                spawn(task);
            }

            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                super.ended(task, queuedNanos, ranNanos);
                spawn(task);
            }
        };
        try (Supervisor supervisor = kind.builder().observer(spawning).open()) {
            supervisor.spawn(() -> 1);
            supervisor.join();
        }
        assertEquals(10, spawning.byTask().size());
        spawning.byTask().keySet()
                .forEach(task -> spawning.assertEvents(task, "accepted", "started", "ended SUCCEEDED"));
    }

    // all at once

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_inAStormEachEventComesOnceAndInOrder(Kind kind) {
        for (int round = 0; round < 5; round++) {
            RecordedEvents events = new RecordedEvents();
            AtomicInteger refused = new AtomicInteger();
            AtomicInteger spawned = new AtomicInteger();
            Supervisor supervisor = kind.builder().unowned().observer(events).open();
            List<Background<Void>> spawners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                spawners.add(Background.run(() -> {
                    for (int n = 0; n < 150; n++) {
                        spawnAny(supervisor, spawned, refused);
                    }
                }));
            }
            Background<Void> canceller = Background.run(() -> {
                while (!spawners.stream().allMatch(Background::hasEnded)) {
                    supervisor.tasks().forEach(Task::cancel);
                }
            });
            Poll.until("half-way", () -> spawned.get() > 150);
            supervisor.abort();
            spawners.forEach(Background::join);
            canceller.join();
            supervisor.shutdown();
            assertEquals(spawned.get(), events.byTask().size());
            assertEquals(refused.get(), events.refusals().size());
            events.byTask().forEach((task, of) -> {
                String end = "ended " + task.status();
                List<String> told = List.copyOf(of);
                assertTrue(told.equals(List.of("accepted", end)) && task.status() == Task.Status.CANCELLED
                        || told.equals(List.of("accepted", "started", end)), told::toString);
            });
        }
    }

    private static void spawnAny(Supervisor supervisor, AtomicInteger spawned, AtomicInteger refused) {
        try {
            switch (ThreadLocalRandom.current().nextInt(4)) {
                case 0 -> supervisor.spawn(ObserverTest::failing);
                case 1 -> supervisor.spawnAsync(() -> CompletableFuture.completedFuture(1));
                case 2 -> supervisor.spec("spec").onDone(task -> { }).spawn(() -> 1);
                default -> supervisor.execute(() -> { });
            }
            spawned.incrementAndGet();
        } catch (RejectedExecutionException e) {
            refused.incrementAndGet();
        }
    }

    // times alone

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_theAgeOfALiveTaskIsKnownIfTimesAreRecordedOrItHasATimeLimit(Kind kind) {
        for (boolean recorded : new boolean[] {false, true}) {
            Supervisor.Builder builder = kind.builder().unowned();
            Supervisor supervisor = (recorded ? builder.recordTimes() : builder).open();
            GatedTask plain = GatedTask.stubborn(kind, supervisor);
            long first = Peek.age(plain.task());
            assertEquals(recorded, first >= 0, "age " + first);
            if (recorded) {
                Poll.until("older", () -> Peek.age(plain.task()) > first);
            }
            plain.release();
            plain.end();
            supervisor.shutdown();
        }
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
        Task<?> limited = supervisor.spec("limited").timeout(Duration.ofHours(1)).spawn(() -> 1);
        Task<?> endless = supervisor.spec("endless").timeout(Duration.ofSeconds(Long.MAX_VALUE)).spawn(() -> 1);
        assertTrue(Peek.age(limited) >= 0 && Peek.age(limited) < Duration.ofMinutes(10).toNanos());
        assertEquals(-1, Peek.age(endless));
        supervisor.shutdown();
    }

    @Test
    void o4_theObserverTakesThePlaceOfAnyOtherAndOfRecordTimes() throws Exception {
        RecordedEvents other = new RecordedEvents();
        Supervisor.Builder builder = Kind.CALLER_RUNS.builder().recordTimes().observer(other).observer(events)
                .recordTimes();
        try (Supervisor supervisor = builder.open()) {
            events.assertEvents(supervisor.spawn(() -> 1), "accepted", "started", "ended SUCCEEDED");
            supervisor.join();
        }
        assertEquals(List.of(), other.all());
        assertEquals(List.of(1), Tasks.all(builder, List.of(() -> 1)));
        assertEquals(6, events.all().size());
    }
}
