package dev.supervisor;

import static dev.supervisor.Limits.assertPermits;
import static dev.supervisor.Limits.hold;
import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A limit on the number of tasks, and how its permits come back: S9. */
class LimitTest {

    private static final Duration LONG = Duration.ofHours(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    static Stream<Arguments> overflowsOfAllKinds() {
        return Stream.of(Overflow.values())
                .flatMap(overflow -> Kind.all().stream().map(kind -> Arguments.of(overflow, kind)));
    }

    // never more

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_aSpawnBeyondTheLimitIsRefusedAsFull(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().name("north").maxTasks(3).open()) {
            List<GatedTask> held = hold(kind, supervisor, 3);
            assertRefuses("is full", supervisor);
            Background.run(() -> assertRefuses("is full", supervisor)).join();
            assertEquals(3, supervisor.liveCount());
            assertEquals(State.ENTERED, supervisor.state());
            held.get(1).release();
            Poll.until("retired", () -> supervisor.liveCount() == 2);
            held.add(GatedTask.stubborn(kind, supervisor));
            assertRefuses("is full", supervisor);
            held.forEach(GatedTask::release);
            supervisor.join();
            held.forEach(gated -> assertEquals(Status.SUCCEEDED, gated.task().status()));
        }
    }

    @ParameterizedTest
    @MethodSource("overflowsOfAllKinds")
    void s9_aPermitIsBackWhenItsTaskIsCountedOut(Overflow overflow, Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        Supervisor supervisor = Limits.open(kind, 1, overflow);
        for (int i = 0; i < 200; i++) {
            boolean fail = i % 2 == 0;
            assertNotNull(supervisor.trySpawn(() -> {
                ran.incrementAndGet();
                if (fail) {
                    throw new IllegalStateException("on purpose");
                }
                return null;
            }), "number " + i);
            Poll.spinUntil("retired", () -> supervisor.liveCount() == 0);
        }
        assertEquals(200, ran.get());
        assertPermits(1, kind, supervisor);
        supervisor.shutdown();
    }

    @Test
    void s9_pendingTasksCount() throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor.Builder builder = Supervisor.builder().name("north").executor(late).maxTasks(2);
        try (Supervisor supervisor = builder.open()) {
            Task<Integer> one = supervisor.spawn(() -> 1);
            supervisor.execute(() -> { });
            assertRefuses("is full", supervisor);
            assertEquals(2, late.size());
            late.runNext();
            assertEquals(1, one.resultNow());
            Task<Integer> three = supervisor.trySpawn(() -> 3);
            assertNotNull(three);
            assertRefuses("is full", supervisor);
            late.runAll();
            supervisor.join();
            assertEquals(3, three.resultNow());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_aTaskCountsUntilItsCallbacksHaveReturned(Kind kind) {
        AtomicReference<String> inCallback = new AtomicReference<>();
        AtomicReference<Task<?>> tried = new AtomicReference<>();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Supervisor supervisor = Limits.open(kind, 1, Overflow.REJECT);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDone(task -> {
            inCallback.set(String.valueOf(thrownBy(() -> supervisor.spawn(() -> 1))));
            tried.set(supervisor.trySpawn(() -> 1));
            entered.countDown();
            Poll.await(leave);
        });
        gated.release();
        Poll.await(entered);
        assertTrue(inCallback.get().contains("is full"), inCallback.get());
        assertNull(tried.get());
        assertRefuses("is full", supervisor);
        leave.countDown();
        assertPermits(1, kind, supervisor);
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("overflowsOfAllKinds")
    void s9_executeAndCompletionsObeyTheLimitAndGiveItBack(Overflow overflow, Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Supervisor supervisor = Limits.open(kind, 2, overflow);
        Completions<Integer> completions = supervisor.completions();
        for (int i = 0; i < 50; i++) {
            supervisor.execute(ran::incrementAndGet);
            completions.spawn(ran::incrementAndGet);
            assertNotNull(completions.take());
            Poll.until("retired", () -> supervisor.liveCount() == 0);
        }
        assertEquals(100, ran.get());
        assertPermits(2, kind, supervisor);
        supervisor.shutdown();
    }

    @Test
    void s9_eachSupervisorOfABuilderHasALimitOfItsOwnAndTheLastSettingCounts() throws Exception {
        Supervisor.Builder builder = Supervisor.builder().name("north").executor(new LateExecutor())
                .maxTasks(5, Overflow.BLOCK).maxTasks(2);
        try (Supervisor one = builder.open(); Supervisor other = builder.maxTasks(1).open()) {
            one.execute(() -> { });
            one.execute(() -> { });
            assertRefuses("is full", one);
            other.execute(() -> { });
            assertRefuses("is full", other);
            one.abort();
            other.abort();
        }
    }

    @Test
    void s9_aLimitOfNoneIsRefusedAndChangesNothing() throws Exception {
        Supervisor.Builder builder = Supervisor.builder().name("north").executor(new LateExecutor()).maxTasks(2);
        for (int none : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> builder.maxTasks(none));
            assertThrows(IllegalArgumentException.class, () -> builder.maxTasks(none, Overflow.BLOCK));
        }
        assertThrows(NullPointerException.class, () -> builder.maxTasks(1, null));
        try (Supervisor supervisor = builder.open()) {
            supervisor.execute(() -> { });
            supervisor.execute(() -> { });
            assertRefuses("is full", supervisor);
            supervisor.abort();
        }
    }

    @Test
    void s9_theGreatestLimitIsNone() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.builder().maxTasks(Integer.MAX_VALUE).open()) {
            AtomicInteger ran = new AtomicInteger();
            for (int i = 0; i < 1_000; i++) {
                supervisor.spawn(() -> ran.incrementAndGet());
            }
            supervisor.join();
            assertEquals(1_000, ran.get());
        }
    }

    // the first reason that holds

    @ParameterizedTest
    @EnumSource(Overflow.class)
    void s9_fullIsTheLastReason(Overflow overflow) {
        Supervisor supervisor = Limits.open(Kind.POOLED, 1, overflow);
        AtomicReference<String> inside = new AtomicReference<>();
        CountDownLatch tried = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        supervisor.spawn(() -> {
            Poll.until("draining", () -> supervisor.state() == State.DRAINING);
            inside.set(thrownBy(() -> supervisor.spawn(() -> 1)) + " " + supervisor.trySpawn(() -> 1));
            tried.countDown();
            Poll.await(release);
        });
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        Poll.await(tried);
        assertTrue(inside.get().contains("is full") && inside.get().endsWith(" null"), inside.get());
        assertRefuses("is draining", supervisor);
        supervisor.seal();
        assertRefuses("is sealed", supervisor);
        supervisor.abort();
        assertRefuses("is shutting down", supervisor);
        release.countDown();
        drainer.join();
        supervisor.close();
        assertRefuses("is finished", supervisor);
    }

    @ParameterizedTest
    @MethodSource("overflowsOfAllKinds")
    void s9_whatEndsAdmissionComesBeforeFull(Overflow overflow, Kind kind) {
        for (boolean seal : new boolean[] {true, false}) {
            Supervisor supervisor = Limits.open(kind, 1, overflow);
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            if (seal) {
                supervisor.seal();
            } else {
                supervisor.abort();
            }
            assertRefuses(seal ? "is sealed" : "is shutting down", supervisor);
            gated.release();
            gated.end();
            supervisor.close();
            assertRefuses("is finished", supervisor);
        }
    }

    @ParameterizedTest
    @MethodSource("overflowsOfAllKinds")
    void s9_nullIsRefusedBeforeAnyReasonAndNothingChanges(Overflow overflow, Kind kind) {
        Supervisor supervisor = Limits.open(kind, 1, overflow);
        assertNullIsRefused(supervisor);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        assertNullIsRefused(supervisor);
        supervisor.seal();
        assertNullIsRefused(supervisor);
        supervisor.abort();
        assertNullIsRefused(supervisor);
        gated.release();
        supervisor.close();
        assertNullIsRefused(supervisor);
        Supervisor draining = Limits.open(kind, 1, overflow);
        GatedTask drained = GatedTask.stubborn(kind, draining);
        Background<Boolean> drainer = Draining.begin(draining, LONG);
        assertNullIsRefused(draining);
        drained.release();
        assertTrue(drainer.join());
        assertNullIsRefused(draining);
    }

    /** On a thread of its own, since it could wait for a permit. */
    private static void assertNullIsRefused(Supervisor supervisor) {
        State state = supervisor.state();
        List<Task<?>> listed = supervisor.tasks();
        long refused = supervisor.stats().refused();
        long accepted = supervisor.stats().accepted();
        Background.run(() -> {
            for (SpawnWay way : SpawnWay.values()) {
                assertInstanceOf(NullPointerException.class, thrownBy(() -> way.spawn(supervisor, null)), way.name());
            }
        }).join();
        assertEquals(state, supervisor.state());
        assertEquals(listed, supervisor.tasks());
        assertEquals(refused, supervisor.stats().refused(), "it counts as no refusal");
        assertEquals(accepted, supervisor.stats().accepted());
    }

    // permits come back

    @ParameterizedTest
    @EnumSource(Overflow.class)
    void s9_aTaskThatIsCancelledBeforeItsStartGivesItsPermitBackOnce(Overflow overflow) throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().name("north").executor(late).maxTasks(2, overflow).open();
        for (int i = 0; i < 50; i++) {
            Task<Integer> one = supervisor.trySpawn(() -> 1);
            Task<Integer> two = supervisor.trySpawn(() -> 2);
            assertNotNull(one);
            assertNotNull(two);
            assertNull(supervisor.trySpawn(() -> 3));
            assertTrue(one.cancel());
            Task<Integer> four = supervisor.trySpawn(() -> 4);
            assertNotNull(four);
            late.runAll();   // the empty shell, too
            assertEquals(2, two.resultNow());
            assertEquals(4, four.resultNow());
            assertFalse(one.cancel());
        }
        supervisor.join();
    }

    @Test
    void s9_aCancelBesideTheStartGivesThePermitBackOnce() throws Exception {
        LateExecutor late = new LateExecutor();
        try (TwoThreadRace race = new TwoThreadRace();
                Supervisor supervisor = Supervisor.builder().executor(late).maxTasks(1).open()) {
            for (int round = 0; round < 3_000; round++) {
                Task<Integer> task = supervisor.trySpawn(() -> 1);
                assertNotNull(task, "a permit was lost");
                race.round(task::cancel, late::runNext);
                Poll.spinUntil("retired", () -> supervisor.liveCount() == 0);
            }
            assertNotNull(supervisor.trySpawn(() -> 1));
            assertNull(supervisor.trySpawn(() -> 1), "a permit came back twice");
            supervisor.abort();
        }
    }

    /** Ways for a spawn to be undone, each a change to a builder that holds while the switch is on. */
    enum Undone {
        EXECUTOR_THROWS, EXECUTOR_QUEUES_AND_THROWS, DECORATOR_THROWS, DECORATOR_RETURNS_NULL, FACTORY_THROWS,
        FACTORY_RETURNS_NULL, THREAD_DOES_NOT_START;

        private static final RuntimeException THROWN = new IllegalStateException("on purpose");

        Supervisor.Builder apply(Supervisor.Builder builder, LateExecutor late, AtomicBoolean on) {
            return switch (this) {
                case EXECUTOR_THROWS, EXECUTOR_QUEUES_AND_THROWS -> builder.executor(task -> {
                    if (!on.get()) {
                        Kind.POOL.execute(task);
                        return;
                    }
                    if (this == EXECUTOR_QUEUES_AND_THROWS) {
                        late.execute(task);
                    }
                    throw THROWN;
                });
                case DECORATOR_THROWS, DECORATOR_RETURNS_NULL -> builder.executor(Kind.POOL).decorator(task -> {
                    if (on.get() && this == DECORATOR_THROWS) {
                        throw THROWN;
                    }
                    return on.get() ? null : task;
                });
                case FACTORY_THROWS, FACTORY_RETURNS_NULL, THREAD_DOES_NOT_START -> builder.threadFactory(task -> {
                    if (!on.get()) {
                        return Kind.daemon(task);
                    }
                    return switch (this) {
                        case FACTORY_THROWS -> throw THROWN;
                        case FACTORY_RETURNS_NULL -> null;
                        default -> new Thread(task) {
                            @Override
                            public void start() {
                                throw THROWN;
                            }
                        };
                    };
                });
            };
        }

        Class<? extends Throwable> type() {
            return switch (this) {
                case DECORATOR_RETURNS_NULL -> NullPointerException.class;
                case FACTORY_RETURNS_NULL -> RejectedExecutionException.class;
                default -> IllegalStateException.class;
            };
        }
    }

    @ParameterizedTest
    @EnumSource(Undone.class)
    void s9_aSpawnThatIsUndoneGivesItsPermitBackOnce(Undone undone) {
        for (Overflow overflow : Overflow.values()) {
            AtomicBoolean on = new AtomicBoolean();
            AtomicInteger ran = new AtomicInteger();
            LateExecutor late = new LateExecutor();
            Supervisor.Builder builder = Supervisor.builder().unowned().onFailure(FailureHandler.ignore());
            Supervisor supervisor = undone.apply(builder, late, on).maxTasks(2, overflow).open();
            for (int i = 0; i < 10; i++) {
                on.set(true);
                assertThrows(undone.type(), () -> supervisor.spawn(ran::incrementAndGet));
                assertThrows(undone.type(), () -> supervisor.trySpawn(ran::incrementAndGet));
                assertThrows(undone.type(), () -> supervisor.execute(ran::incrementAndGet));
                assertThrows(undone.type(), () -> supervisor.spec("spec").spawn(ran::incrementAndGet));
                late.runAll();
                on.set(false);
                assertEquals(0, supervisor.liveCount());
            }
            assertEquals(0, ran.get());
            assertPermits(2, Kind.POOLED, supervisor);
            supervisor.shutdown();
        }
    }

    @Test
    void s9_aTaskWhoseBodyRanBeforeItsExecutorThrewGivesItsPermitBackOnce() {
        AtomicBoolean on = new AtomicBoolean(true);
        AtomicInteger ran = new AtomicInteger();
        Executor executor = task -> {
            if (on.get()) {
                task.run();
                throw new IllegalStateException("on purpose");
            }
            Kind.POOL.execute(task);
        };
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).maxTasks(2).open();
        for (int i = 0; i < 10; i++) {
            assertThrows(IllegalStateException.class, () -> supervisor.spawn(ran::incrementAndGet));
        }
        assertEquals(10, ran.get());
        on.set(false);
        assertPermits(2, Kind.POOLED, supervisor);
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s9_theDecoratorIsNotAskedWhenItIsFull(Kind kind) {
        AtomicInteger asked = new AtomicInteger();
        TaskDecorator decorator = task -> {
            asked.incrementAndGet();
            return task;
        };
        for (Overflow overflow : Overflow.values()) {
            asked.set(0);
            Supervisor supervisor = kind.builder().unowned().decorator(decorator).maxTasks(1, overflow).open();
            TaskSpec spec = supervisor.spec("spec").decorator(decorator);
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            assertEquals(1, asked.get());
            Background<Task<Integer>> waiter = null;
            if (overflow == Overflow.BLOCK) {
                waiter = Background.call(() -> spec.spawn(() -> 1));
                waiter.untilBlocked();
            } else {
                assertThrows(RejectedExecutionException.class, () -> spec.spawn(() -> 1));
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            }
            assertNull(supervisor.trySpawn(() -> 1));
            assertNull(spec.trySpawn(() -> 1));
            assertEquals(1, asked.get());
            gated.release();
            if (waiter != null) {
                assertEquals(1, waiter.join().join());
                assertEquals(3, asked.get());
            }
            supervisor.shutdown();
        }
    }
}
