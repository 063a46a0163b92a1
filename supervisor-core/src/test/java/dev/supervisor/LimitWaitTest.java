package dev.supervisor;

import static dev.supervisor.Limits.assertPermits;
import static dev.supervisor.Limits.hold;
import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.Refusals.assertSays;
import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Spawns that wait for a permit, and many at once: S9. */
class LimitWaitTest {

    private static final Duration LONG = Duration.ofHours(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    static Stream<Arguments> overflowsOfAllKinds() {
        return Stream.of(Overflow.values())
                .flatMap(overflow -> Kind.all().stream().map(kind -> Arguments.of(overflow, kind)));
    }

    // waiting for a permit

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s9_blockWaitsUntilATaskHasRetiredAndGoesOn(Kind kind, Caller caller) {
        Supervisor supervisor = Limits.open(kind, 2, Overflow.BLOCK);
        List<GatedTask> held = hold(kind, supervisor, 2);
        AtomicInteger ran = new AtomicInteger();
        List<Background<Void>> waiters = new ArrayList<>();
        for (SpawnWay way : SpawnWay.waiting()) {
            waiters.add(Background.blockedIn(caller::unstarted, () -> way.spawn(supervisor, ran::incrementAndGet)));
        }
        assertEquals(0, ran.get());
        assertEquals(2, supervisor.liveCount());
        held.get(0).release();
        waiters.forEach(Background::join);
        Poll.until("all have run", () -> ran.get() == waiters.size());
        assertEquals(Status.RUNNING, held.get(1).task().status());
        held.get(1).release();
        assertPermits(2, kind, supervisor);
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#all")
    void s9_aWaiterGoesOnWhenAPendingTaskIsCancelled(Caller caller) {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).maxTasks(1, Overflow.BLOCK).open();
        Task<?> pending = supervisor.spawn(() -> 1);
        Background<Task<Integer>> waiter = Background.call(caller::unstarted, () -> supervisor.spawn(() -> 2));
        waiter.untilBlocked();
        pending.cancel();
        Task<Integer> task = waiter.join();
        late.runAll();
        assertEquals(2, task.resultNow());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s9_aWaiterGoesOnWhenASpawnIsUndone(Kind kind, Caller caller) {
        CountDownLatch decorating = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        TaskDecorator decorator = task -> {
            if (first.getAndSet(false)) {
                decorating.countDown();
                Poll.await(go);
                throw new IllegalStateException("on purpose");
            }
            return task;
        };
        Supervisor supervisor =
                kind.builder().unowned().decorator(decorator).maxTasks(1, Overflow.BLOCK).open();
        Background<Void> undone = Background.run(() -> supervisor.spawn(() -> 1));
        Poll.await(decorating);
        assertNull(supervisor.trySpawn(() -> 2), "the permit is taken before the decorator is asked");
        Background<Integer> waiter = Background.call(caller::unstarted, () -> supervisor.spawn(() -> 3).get());
        waiter.untilBlocked();
        go.countDown();
        assertInstanceOf(IllegalStateException.class, undone.thrown());
        assertEquals(3, waiter.join());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s9_anInterruptedWaiterIsRefusedWithItsStatusSet(Kind kind, Caller caller) {
        Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        AtomicBoolean ran = new AtomicBoolean();
        List<Background<Void>> waiters = new ArrayList<>();
        for (SpawnWay way : SpawnWay.waiting()) {
            waiters.add(Background.blockedIn(caller::unstarted, () -> way.spawn(supervisor, () -> ran.set(true))));
        }
        for (Background<Void> waiter : waiters) {
            waiter.interrupt();
            RejectedExecutionException refusal =
                    assertInstanceOf(RejectedExecutionException.class, waiter.thrown());
            assertInstanceOf(InterruptedException.class, refusal.getCause());
            assertTrue(waiter.leftInterrupted());
        }
        Background<Throwable> interruptedBefore = Background.call(caller::unstarted, () -> {
            Thread.currentThread().interrupt();
            return thrownBy(() -> supervisor.spawn(() -> ran.set(true)));
        });
        assertInstanceOf(InterruptedException.class, interruptedBefore.join().getCause());
        assertTrue(interruptedBefore.leftInterrupted());
        assertEquals(List.of(gated.task()), supervisor.tasks());
        assertEquals(State.ENTERED, supervisor.state());
        assertEquals(0, gated.interrupts());
        gated.release();
        assertPermits(1, kind, supervisor);
        assertFalse(ran.get());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s9_aPendingInterruptRefusesNoSpawnThatNeedNotWait(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().maxTasks(1, Overflow.BLOCK).open()) {
            Thread.currentThread().interrupt();
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertTrue(Thread.interrupted(), "kept");
            supervisor.join();
            assertEquals(1, task.get());
        }
    }

    @Test
    void s9_anInterruptBesideAFreePermitLosesNoPermit() throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).maxTasks(1, Overflow.BLOCK).open();
        for (int round = 0; round < 200; round++) {
            Task<?> holder = supervisor.spawn(() -> 1);
            Background<Task<Integer>> waiter = Background.call(() -> {
                Task<Integer> accepted = supervisor.spawn(() -> 2);
                ShortWait.until("interrupted", Thread.currentThread()::isInterrupted);
                return accepted;
            });
            waiter.untilBlocked();
            Background<Task<Integer>> next = Background.call(() -> supervisor.spawn(() -> 3));
            next.untilBlocked();
            Background<Boolean> canceller = Background.call(holder::cancel);
            waiter.interrupt();
            assertTrue(canceller.join());
            if (waiter.outcome() == null) {
                waiter.join().cancel();
            } else {
                assertInstanceOf(InterruptedException.class, waiter.outcome().getCause());
            }
            assertTrue(waiter.leftInterrupted());
            assertTrue(next.join().cancel(), "the other waiter goes on");
            assertEquals(0, supervisor.liveCount());
        }
        Task<?> last = supervisor.trySpawn(() -> 1);
        assertNotNull(last);
        assertNull(supervisor.trySpawn(() -> 1));
        supervisor.shutdown();
    }

    /** What ends admission, with the reason that a waiter is then given. */
    enum End {
        SEAL("is sealed"), ABORT("is shutting down"), SHUTDOWN("is shutting down"), CLOSE("is shutting down"),
        DRAIN("is draining"), FATAL("is shutting down"), DEADLINE("is shutting down"),
        VIEW_SHUTDOWN("is sealed"), VIEW_SHUTDOWN_NOW("is shutting down"),
        PARENT_SEAL("is sealed"), PARENT_DRAIN("is draining"), PARENT_ABORT("is shutting down"),
        PARENT_SHUTDOWN("is shutting down"), PARENT_FATAL("is shutting down");

        /** Long enough for the waiters to block, on a busy machine too. */
        private static final Duration DEADLINE_IN = Duration.ofSeconds(2);

        private final String reason;

        End(String reason) {
            this.reason = reason;
        }

        Supervisor open(Supervisor.Builder builder, Supervisor parent) {
            return switch (this) {
                case DEADLINE -> builder.deadline(DEADLINE_IN).open();
                case PARENT_SEAL, PARENT_DRAIN, PARENT_ABORT, PARENT_SHUTDOWN, PARENT_FATAL ->
                        builder.parent(parent).open();
                default -> builder.open();
            };
        }

        void apply(Supervisor supervisor, Supervisor parent, GatedTask last) {
            switch (this) {
                case SEAL -> supervisor.seal();
                case ABORT -> supervisor.abort();
                case SHUTDOWN -> supervisor.shutdown();
                case CLOSE -> supervisor.close();
                case DRAIN -> supervisor.drain(LONG);
                case FATAL -> last.fail(new Limits.Fatal());
                case DEADLINE -> Poll.until("passed", supervisor::isDeadlineExceeded);
                case VIEW_SHUTDOWN -> supervisor.asExecutorService().shutdown();
                case VIEW_SHUTDOWN_NOW -> supervisor.asExecutorService().shutdownNow();
                case PARENT_SEAL -> parent.seal();
                case PARENT_DRAIN -> parent.drain(LONG);
                case PARENT_ABORT -> parent.abort();
                case PARENT_SHUTDOWN -> parent.shutdown();
                case PARENT_FATAL -> parent.execute(() -> {
                    throw new Limits.Fatal();
                });
            }
        }
    }

    static Stream<Arguments> endsOfAllKinds() {
        return Stream.of(End.values()).flatMap(end -> Kind.all().stream()
                .flatMap(kind -> Caller.all().stream().map(caller -> Arguments.of(end, kind, caller))));
    }

    @ParameterizedTest
    @MethodSource("endsOfAllKinds")
    void s9_whatEndsAdmissionWakesEveryWaiterWithItsReason(End end, Kind kind, Caller caller) {
        Supervisor parent = Limits.builder(kind, 2, Overflow.REJECT).name("parent").open();
        Supervisor supervisor = end.open(Limits.builder(kind, 2, Overflow.BLOCK), parent);
        AtomicInteger ran = new AtomicInteger();
        List<GatedTask> held = hold(kind, supervisor, 2);
        List<Background<Void>> waiters = new ArrayList<>();
        for (SpawnWay way : SpawnWay.waiting()) {
            Action code = () -> way.spawn(supervisor, ran::incrementAndGet);
            waiters.add(end == End.DEADLINE   // which does not wait until they are blocked
                    ? Background.run(caller::unstarted, code) : Background.blockedIn(caller::unstarted, code));
        }
        Background<Void> ender = Background.run(() -> end.apply(supervisor, parent, held.get(1)));
        for (Background<Void> waiter : waiters) {
            assertSays(end.reason, waiter.thrown());
            assertFalse(waiter.leftInterrupted());
        }
        assertFalse(held.get(0).hasEnded(), "no waiter needed a permit");
        held.forEach(GatedTask::release);
        ender.join();
        Poll.until("finished", () -> supervisor.state() == State.FINISHED);
        assertEquals(0, ran.get());
        parent.seal();
        Poll.until("finished", () -> parent.state() == State.FINISHED);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s9_theEndOfAJoinLeavesNoWaiter(Kind kind, Caller caller) throws Exception {
        for (int round = 0; round < 20; round++) {
            Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
            AtomicInteger ran = new AtomicInteger();
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            List<Background<Task<Integer>>> waiters = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiters.add(Background.call(caller::unstarted, () -> supervisor.spawn(ran::incrementAndGet)));
            }
            waiters.forEach(Background::untilBlocked);
            Background<Void> joiner = Background.run(supervisor::join);
            Poll.until("exiting", () -> supervisor.state() == State.EXITING);
            gated.release();
            joiner.join();
            int accepted = 0;
            for (Background<Task<Integer>> waiter : waiters) {
                Throwable refused = waiter.outcome();
                if (refused == null) {
                    accepted++;
                    assertEquals(Status.SUCCEEDED, waiter.join().status(), "the join has waited for it");
                } else {
                    assertSays("is finished", refused);
                }
            }
            assertEquals(accepted, ran.get());
            assertRefuses("is finished", supervisor);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_insideOfATaskASpawnNeverBlocks(Kind kind) {
        Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
        Action tried = () -> assertRefuses("is full", supervisor);
        Task<List<Throwable>> task = supervisor.spawn(() -> {
            List<Throwable> thrown = new ArrayList<>();
            thrown.add(thrownBy(tried));
            try (Supervisor inner = Kind.CALLER_RUNS.open()) {
                thrown.add(thrownBy(tried));
                inner.spawn(() -> thrown.add(thrownBy(tried)));
                inner.join();
            }
            try (Supervisor inner = Kind.POOLED.open()) {
                thrown.add(inner.spawn(() -> new Throwable[] {thrownBy(tried)}).get()[0]);
                inner.join();
            }
            return thrown;
        });
        List<Throwable> thrown = task.join();
        assertEquals(4, thrown.size());
        thrown.forEach(failure -> assertNull(failure, () -> "" + failure));
        supervisor.shutdown();
    }

    /** On a virtual thread such a handler hides the task from the chain (C6). */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s9_aTaskWithAnUncaughtExceptionHandlerOfItsOwnNeverBlocks(Kind kind) {
        Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
        Task<Throwable> task = supervisor.spawn(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> { });
            return thrownBy(() -> assertRefuses("is full", supervisor));
        });
        assertNull(task.join(), () -> "" + task.join());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_insideOfACallbackASpawnNeverBlocks(Kind kind) {
        AtomicReference<Throwable> thrown = new AtomicReference<>(new AssertionError("not called"));
        Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
        TaskSpec spec = supervisor.spec("spec")
                .onDone(task -> thrown.set(thrownBy(() -> assertRefuses("is full", supervisor))));
        spec.spawn(() -> 1);
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        assertNull(thrown.get(), () -> "" + thrown.get());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_aTaskOfAnotherSupervisorMayWait(Kind kind) {
        Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
        Supervisor other = Kind.PER_TASK.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Task<Integer> task = other.spawn(() -> {
            waiter.set(Thread.currentThread());
            return supervisor.spawn(() -> 1).get();
        });
        Poll.until("waits", () -> waiter.get() != null && waiter.get().getState() == Thread.State.WAITING);
        gated.release();
        assertEquals(1, task.join());
        other.shutdown();
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_trySpawnNeverWaits(Kind kind) {
        Supervisor supervisor = Limits.open(kind, 1, Overflow.BLOCK);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Void> waiter = Background.run(() -> supervisor.spawn(() -> 1).get());
        waiter.untilBlocked();
        Thread.currentThread().interrupt();
        assertNull(supervisor.trySpawn(() -> 1));
        assertNull(supervisor.spec("spec").trySpawn(() -> 1));
        assertTrue(Thread.interrupted(), "kept");
        gated.release();
        waiter.join();
        supervisor.seal();
        assertSays("is sealed", thrownBy(() -> supervisor.trySpawn(() -> 1)));
        supervisor.shutdown();
    }

    /** A worker that waits for a permit must not keep a pool of one from running the task that holds it. */
    @Test
    void s9_aWaiterOnAForkJoinWorkerLetsThePoolRunTheTaskThatItWaitsFor() throws Exception {
        ForkJoinPool pool = new ForkJoinPool(1);
        try {
            Supervisor supervisor =
                    Supervisor.builder().unowned().executor(pool).maxTasks(1, Overflow.BLOCK).open();
            assertEquals(3, pool.submit(() -> {
                Task<Integer> one = supervisor.spawn(() -> 1);
                Task<Integer> two = supervisor.spawn(() -> 2);
                return one.get() + two.get();
            }).get(30, TimeUnit.SECONDS));
            supervisor.shutdown();
        } finally {
            pool.shutdownNow();
        }
    }

    // stress

    /** Counts how many are in it at once. */
    private static final class Gauge {
        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger entries = new AtomicInteger();

        void visit() {
            int present = now.incrementAndGet();
            most.accumulateAndGet(present, Math::max);
            entries.incrementAndGet();
            if (ThreadLocalRandom.current().nextInt(4) == 0) {
                Thread.yield();
            }
            now.decrementAndGet();
        }
    }

    @ParameterizedTest
    @MethodSource("overflowsOfAllKinds")
    void s9_bodiesAndCallbacksAreNeverMoreThanTheLimitAndAllPermitsComeBack(Overflow overflow, Kind kind) {
        int max = 3;
        int threads = 6;
        int spawns = kind == Kind.PER_TASK ? 60 : 300;
        Gauge gauge = new Gauge();
        AtomicInteger bodies = new AtomicInteger();
        AtomicInteger dropped = new AtomicInteger();
        Supervisor supervisor = Limits.open(kind, max, overflow);
        TaskSpec spec = supervisor.spec("spec").onDone(task -> {
            gauge.visit();
            if (task.isCancelled()) {
                dropped.incrementAndGet();
            }
        });
        List<Background<Void>> spawners = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            spawners.add(Background.run(() -> {
                for (int number = 0; number < spawns; number++) {
                    int input = number;
                    Task<Integer> task = untilAccepted(spec, number % 3 == 0, () -> visited(gauge, bodies, input));
                    if (number % 5 == 0) {
                        task.cancel();
                    }
                }
            }));
        }
        spawners.forEach(Background::join);
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
        assertTrue(gauge.most.get() <= max, gauge.most.get() + " at once");
        int accepted = threads * spawns;
        assertEquals(accepted, gauge.entries.get() - bodies.get(), "each has been called back");
        assertTrue(bodies.get() >= accepted - dropped.get());
        assertPermits(max, kind, supervisor);
        supervisor.shutdown();
    }

    private static Task<Integer> untilAccepted(TaskSpec spec, boolean tries, Callable<Integer> body) {
        while (true) {
            try {
                Task<Integer> task = tries ? spec.trySpawn(body) : spec.spawn(body);
                if (task != null) {
                    return task;
                }
            } catch (RejectedExecutionException full) {
                assertSays("is full", full);
            }
            Thread.yield();
        }
    }

    private static Integer visited(Gauge gauge, AtomicInteger bodies, int number) {
        bodies.incrementAndGet();
        gauge.visit();
        if (number % 7 == 0) {
            throw new IllegalStateException("on purpose");
        }
        return number;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#all")
    void s9_manyWaitersShareOnePermitAndAllGetIt(Caller caller) {
        AtomicInteger ran = new AtomicInteger();
        Gauge gauge = new Gauge();
        Supervisor supervisor = Limits.open(Kind.POOLED, 1, Overflow.BLOCK);
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        List<Background<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            waiters.add(Background.run(caller::unstarted, () -> {
                for (int j = 0; j < 20; j++) {
                    supervisor.spawn(() -> {
                        gauge.visit();
                        ran.incrementAndGet();
                    });
                }
            }));
        }
        waiters.forEach(Background::untilBlocked);
        gated.release();
        waiters.forEach(Background::join);
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
        assertEquals(600, ran.get());
        assertEquals(1, gauge.most.get());
        supervisor.shutdown();
    }

    @Test
    void s9_spawnersBesideASealAllEnd() {
        for (int round = 0; round < 100; round++) {
            AtomicInteger ran = new AtomicInteger();
            Supervisor supervisor = Limits.open(Kind.POOLED, 1, Overflow.BLOCK);
            List<Background<Integer>> spawners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                spawners.add(Background.call(() -> {
                    for (int accepted = 0; ; accepted++) {
                        try {
                            supervisor.spawn(() -> ran.incrementAndGet());
                        } catch (RejectedExecutionException refused) {
                            assertSays("is sealed", refused);
                            return accepted;
                        }
                    }
                }));
            }
            Poll.until("some have run", () -> ran.get() > 5);
            supervisor.seal();
            int accepted = spawners.stream().mapToInt(Background::join).sum();
            Poll.until("finished", () -> supervisor.state() == State.FINISHED);
            assertEquals(accepted, ran.get());
        }
    }

    @Test
    void s9_theLimitIsKeptAcrossACancelledWaitInATaskOfAnotherSupervisor() {
        Supervisor supervisor = Limits.open(Kind.POOLED, 1, Overflow.BLOCK);
        Supervisor other = Kind.PER_TASK.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        AtomicReference<Thread> waiter = new AtomicReference<>();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Task<?> task = other.spawn(() -> {
            waiter.set(Thread.currentThread());
            thrown.set(thrownBy(() -> supervisor.spawn(() -> 1)));
            Sneaky.<Exception>sneak(thrown.get());
        });
        Poll.until("waits", () -> waiter.get() != null && waiter.get().getState() == Thread.State.WAITING);
        assertTrue(task.cancel());
        Poll.until("ended", task::isDone);
        assertInstanceOf(InterruptedException.class, thrown.get().getCause());
        assertEquals(Status.CANCELLED, task.status(), "an interrupt is among the causes (E3)");
        gated.release();
        assertPermits(1, Kind.POOLED, supervisor);
        other.shutdown();
        supervisor.shutdown();
    }
}
