package dev.supervisor;

import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A graceful stop: S1. */
class DrainTest {

    /** A grace that does not end within a test. */
    private static final Duration LONG = Duration.ofHours(1);

    /** A grace that ends while tasks are live. */
    private static final Duration SHORT = Duration.ofMillis(30);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().name("north").unowned().open();
    }

    // how it ends

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.03S", "PT1H"})
    void s1_anEmptyOneIsFinishedAtOnce(Duration grace) throws Exception {
        try (Supervisor supervisor = Supervisor.builder().name("north").open()) {
            assertTrue(supervisor.drain(grace));
            assertEquals(State.FINISHED, supervisor.state());
            assertEquals("Supervisor[north, tasks=0, finished]", supervisor.toString());
            assertTrue(supervisor.drain(grace), "again");
            assertFalse(Thread.currentThread().isInterrupted(), "its own drain does not interrupt the owner");
            supervisor.join();
            assertRefuses("is finished", supervisor);
            assertTrue(supervisor.drain(grace), "after the join");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s1_tasksThatEndWithinTheGraceAreNotDisturbed(Kind kind, Caller caller) {
        Supervisor supervisor = unowned(kind);
        List<GatedTask> gated = List.of(GatedTask.stubborn(kind, supervisor), GatedTask.stubborn(kind, supervisor));
        Background<Boolean> drainer = Draining.begin(caller, supervisor, LONG);
        assertEquals("Supervisor[north, tasks=2, draining]", supervisor.toString());
        drainer.untilBlocked();
        gated.get(0).release();
        assertEquals(Status.SUCCEEDED, gated.get(0).end());
        assertEquals(State.DRAINING, supervisor.state());
        assertFalse(drainer.hasEnded());
        gated.get(1).release();
        assertTrue(drainer.join());
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(0, supervisor.liveCount());
        for (GatedTask task : gated) {
            assertEquals(Status.SUCCEEDED, task.task().status());
            assertEquals(0, task.interrupts());
            assertFalse(task.task().isCancelRequested());
        }
        assertFalse(drainer.leftInterrupted());
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
    }

    /** The reasons come in the order finished (by an exit), shutting down, sealed, draining, full, finished. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_afterADrainTheReasonIsThatItDrainsUntilAnExitHasEnded(Kind kind) throws Exception {
        Supervisor supervisor = unowned(kind);
        assertEquals(1, supervisor.spawn(() -> 1).get());
        assertTrue(supervisor.drain(LONG));
        assertEquals(State.FINISHED, supervisor.state());
        assertRefuses("is draining", supervisor);
        supervisor.join();
        assertRefuses("is finished", supervisor);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s1_whenTheGraceIsOverItShutsDownAndWaitsForEveryTask(Kind kind, Caller caller) {
        Supervisor supervisor = unowned(kind);
        GatedTask yielding = GatedTask.yielding(kind, supervisor);
        GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
        Background<Boolean> drainer = Background.call(caller::unstarted, () -> supervisor.drain(SHORT));
        stubborn.untilTold();
        assertEquals(Status.CANCELLED, yielding.end());
        assertEquals(State.ABORTING, supervisor.state());
        assertRefuses("is shutting down", supervisor);
        drainer.untilBlocked();
        assertFalse(drainer.hasEnded());
        stubborn.release();
        assertFalse(drainer.join());
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(Status.SUCCEEDED, stubborn.task().status());
        assertEquals(1, stubborn.interrupts());
        assertFalse(supervisor.drain(LONG), "there was an abort");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_theGraceIsNotCutShort(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask yielding = GatedTask.yielding(kind, supervisor);
        long begin = System.nanoTime();
        assertFalse(supervisor.drain(Duration.ofMillis(300)));
        long millis = (System.nanoTime() - begin) / 1_000_000;
        assertTrue(millis >= 250, "over after " + millis + " ms");
        assertTrue(millis < 20_000, "over after " + millis + " ms");
        assertEquals(Status.CANCELLED, yielding.task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_withoutAnyGraceItShutsDownAtOnce(Kind kind) {
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        List<GatedTask> gated = List.of(GatedTask.yielding(kind, supervisor), GatedTask.yielding(kind, supervisor));
        gated.forEach(task -> task.task().onDrain(hook));
        assertFalse(supervisor.drain(Duration.ZERO));
        assertEquals(State.FINISHED, supervisor.state());
        gated.forEach(task -> assertEquals(Status.CANCELLED, task.task().status()));
        gated.forEach(task -> assertEquals(1, task.interrupts()));
        assertTrue(hook.runs() <= 2, hook.runs() + " runs");
    }

    @Test
    void s1_pendingTasksAreWaitedForAndDroppedWhenTheGraceIsOver() {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
        Task<Integer> first = supervisor.spawn(() -> 1);
        Task<Integer> second = supervisor.spawn(() -> 2);
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        late.runNext();
        assertEquals(1, first.resultNow());
        assertFalse(drainer.hasEnded());
        assertFalse(supervisor.drain(SHORT));
        assertEquals(Status.CANCELLED, second.status());
        assertFalse(drainer.join());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s1_itWaitsForTheCallbacksOfTheLastTask(Kind kind, Caller caller) {
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean returned = new AtomicBoolean();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDone(task -> {
            inCallback.countDown();
            Poll.await(release);
            returned.set(true);
        });
        Background<Boolean> drainer = Draining.begin(caller, supervisor, LONG);
        gated.release();
        Poll.await(inCallback);
        assertEquals(State.DRAINING, supervisor.state());
        drainer.untilBlocked();
        release.countDown();
        assertTrue(drainer.join());
        assertTrue(returned.get());
    }

    // admission

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_inALiveTaskEachWayToSpawnIsAcceptedAndWaitedFor(Kind kind) {
        Set<SpawnWay> ran = ConcurrentHashMap.newKeySet();
        AtomicInteger followUps = new AtomicInteger();
        CountDownLatch spawned = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = unowned(kind);
        Task<?> task = ShortWait.begin(kind, supervisor, () -> {
            Draining.untilBegun(supervisor);
            for (SpawnWay way : SpawnWay.values()) {
                assertNotNull(way.spawn(supervisor, () -> {
                    ran.add(way);
                    supervisor.execute(followUps::incrementAndGet);
                }), way.name());
            }
            spawned.countDown();
            Poll.await(release);
        });
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        Poll.await(spawned);
        Poll.until("all have run", () -> followUps.get() == SpawnWay.values().length);
        assertEquals(Set.of(SpawnWay.values()), ran);
        assertFalse(drainer.hasEnded());
        release.countDown();
        assertTrue(drainer.join());
        assertEquals(Status.SUCCEEDED, task.status());
        assertEquals(0, supervisor.liveCount());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aChainOfFollowUpsIsWaitedFor(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        Supervisor supervisor = unowned(kind);
        ShortWait.begin(kind, supervisor, () -> {
            Draining.untilBegun(supervisor);
            chain(supervisor, ran, 50);
        });
        assertTrue(supervisor.drain(LONG));
        assertEquals(50, ran.get());
    }

    private static void chain(Supervisor supervisor, AtomicInteger ran, int length) {
        supervisor.spawn(() -> {
            ran.incrementAndGet();
            if (length > 1) {
                chain(supervisor, ran, length - 1);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_inACallbackOfTheLastTaskASpawnIsAccepted(Kind kind) {
        AtomicReference<Task<Integer>> followUp = new AtomicReference<>();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDone(task -> followUp.set(supervisor.spawn(() -> 1)));
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        gated.release();
        assertTrue(drainer.join());
        assertEquals(1, followUp.get().resultNow());
    }

    @Test
    void s1_inACallbackOfATaskThatIsDroppedASpawnIsAccepted() {
        LateExecutor late = new LateExecutor();
        AtomicReference<Task<Integer>> followUp = new AtomicReference<>();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
        Task<Integer> task = supervisor.spawn(() -> 1);
        task.onDone(done -> followUp.set(supervisor.spawn(() -> 2)));
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        assertTrue(task.cancel());
        assertEquals(Status.PENDING, followUp.get().status());
        late.runAll();
        assertTrue(drainer.join());
        assertEquals(2, followUp.get().resultNow());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aSupervisorThatIsOpenedInATaskIsInside(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        Supervisor supervisor = unowned(kind);
        Task<?> task = ShortWait.begin(kind, supervisor, () -> {
            Draining.untilBegun(supervisor);
            for (Kind inside : List.of(Kind.CALLER_RUNS, Kind.POOLED)) {
                try (Supervisor inner = inside.open()) {
                    supervisor.spawn(() -> ran.incrementAndGet());
                    inner.spawn(() -> supervisor.spawn(() -> ran.incrementAndGet()));
                    inner.join();
                }
            }
        });
        assertTrue(supervisor.drain(LONG));
        assertEquals(Status.SUCCEEDED, task.status(), () -> "" + task.failure());
        assertEquals(4, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_strangersAreRefusedAlsoThreadsThatATaskHasStartedAndTasksOfOthers(Kind kind) {
        AtomicReference<Throwable> inThread = new AtomicReference<>(new AssertionError("not tried"));
        AtomicReference<Throwable> inOther = new AtomicReference<>(new AssertionError("not tried"));
        Supervisor supervisor = unowned(kind);
        Supervisor other = unowned(kind);
        ShortWait.begin(kind, supervisor, () -> {
            Draining.untilBegun(supervisor);
            inThread.set(Background.run(() -> assertRefuses("is draining", supervisor)).outcome());
        });
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        assertRefuses("is draining", supervisor);
        other.spawn(() -> {
            try {
                assertRefuses("is draining", supervisor);
                inOther.set(null);
            } catch (AssertionError e) {
                inOther.set(e);
            }
        }).join();
        gated.release();
        assertTrue(drainer.join());
        assertNull(inThread.get(), () -> "" + inThread.get());
        assertNull(inOther.get(), () -> "" + inOther.get());
        other.shutdown();
    }

    /** A late callback runs for a task that has retired. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aCallbackThatIsRegisteredLateIsNotInside(Kind kind) {
        AtomicReference<Throwable> thrown = new AtomicReference<>(new AssertionError("not called"));
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        GatedTask other = GatedTask.stubborn(kind, supervisor);
        other.release();
        Poll.until("retired", () -> supervisor.liveCount() == 1);
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        other.task().onDone(task -> thrown.set(thrownBy(() -> assertRefuses("is draining", supervisor))));
        assertNull(thrown.get(), () -> "" + thrown.get());
        gated.release();
        assertTrue(drainer.join());
    }

    /** On a virtual thread such a handler hides the task from the chain (C6). */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aTaskWithAnUncaughtExceptionHandlerOfItsOwnIsInside(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        Supervisor supervisor = unowned(kind);
        Task<?> task = ShortWait.begin(kind, supervisor, () -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> { });
            Draining.untilBegun(supervisor);
            supervisor.spawn(() -> ran.incrementAndGet());
        });
        assertTrue(supervisor.drain(LONG));
        assertNull(task.failure(), () -> "" + task.failure());
        assertEquals(1, ran.get());
    }

    @Test
    void s1_onceItHasReturnedNoSpawnEverSucceeds() {
        for (int round = 0; round < 100; round++) {
            Supervisor supervisor = unowned(Kind.POOLED);
            AtomicBoolean ended = new AtomicBoolean();
            AtomicInteger ran = new AtomicInteger();
            CountDownLatch spawning = new CountDownLatch(2);
            List<Background<Integer>> spawners = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                spawners.add(Background.call(() -> {
                    for (int accepted = 0; ; accepted++) {
                        boolean late = ended.get();
                        try {
                            supervisor.spawn(() -> ran.incrementAndGet());
                        } catch (RejectedExecutionException refused) {
                            spawning.countDown();
                            return accepted;
                        }
                        spawning.countDown();
                        assertFalse(late, "a spawn began after the drain had returned, and succeeded");
                    }
                }));
            }
            Poll.await(spawning);
            assertTrue(supervisor.drain(LONG));
            int atEnd = ran.get();
            ended.set(true);
            int accepted = spawners.stream().mapToInt(Background::join).sum();
            assertEquals(accepted, atEnd, "the drain waits for all that were accepted");
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_childrenOfLiveTasksBesideADrainAreAllAccepted(Kind kind) {
        for (int round = 0; round < 100; round++) {
            Supervisor supervisor = unowned(kind);
            AtomicInteger ran = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            Background<Void> spawner = Background.run(() -> supervisor.spawn(() -> {
                begun.countDown();
                chain(supervisor, ran, 20);
            }));
            Poll.await(begun);
            assertTrue(supervisor.drain(LONG));
            assertEquals(20, ran.get());
            spawner.join();
        }
    }

    // hooks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_theHooksOfAllLiveTasksRunOnceEach(Kind kind) {
        Supervisor supervisor = unowned(kind);
        List<GatedTask> gated = new ArrayList<>();
        List<RecordedHook> hooks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            GatedTask task = GatedTask.stubborn(kind, supervisor);
            hooks.add(new RecordedHook(task::release));
            task.task().onDrain(hooks.get(i));
            gated.add(task);
        }
        assertTrue(supervisor.drain(LONG), "each hook lets its task end");
        for (int i = 0; i < 20; i++) {
            assertEquals(1, hooks.get(i).runs());
            assertEquals(0, gated.get(i).interrupts());
            assertEquals(Status.SUCCEEDED, gated.get(i).task().status());
        }
        assertTrue(supervisor.drain(LONG));
        assertEquals(20, hooks.stream().mapToInt(RecordedHook::runs).sum());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_anAcceptorEndsByItsHook(Kind kind) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Supervisor supervisor = unowned(kind);
            Task<?> acceptor = ShortWait.begin(kind, supervisor, () -> {
                try {
                    listener.accept().close();
                } catch (IOException closed) {
                    assertTrue(listener.isClosed());
                }
            });
            acceptor.onDrain(listener::close);
            assertTrue(supervisor.drain(LONG));
            assertEquals(Status.SUCCEEDED, acceptor.status());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aHookMayCancelItsTaskAndShutDown(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        gated.task().onDrain(gated.task()::cancel);
        assertTrue(supervisor.drain(LONG), "one task was cancelled, but nothing was aborted");
        assertEquals(Status.CANCELLED, gated.task().status());
        Supervisor other = unowned(kind);
        GatedTask ended = GatedTask.yielding(kind, other);
        ended.task().onDrain(other::shutdown);
        assertFalse(other.drain(LONG));
        assertEquals(Status.CANCELLED, ended.task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aHookThatIsSlowerThanTheGraceIsNotWaitedFor(Kind kind) {
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean returned = new AtomicBoolean();
        RecordedHook hook = new RecordedHook(() -> {
            Poll.await(release);
            returned.set(true);
        });
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        gated.task().onDrain(hook);
        assertFalse(supervisor.drain(SHORT));
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(Status.CANCELLED, gated.task().status());
        assertFalse(returned.get());
        release.countDown();
        assertTrue(hook.runs() <= 1);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aHookThatHangsKeepsNoDrainFromItsEndWhenAllTasksHaveEnded(Kind kind) {
        CountDownLatch release = new CountDownLatch(1);
        RecordedHook hook = new RecordedHook(() -> Poll.await(release));
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDrain(hook);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        hook.untilRun();
        gated.release();
        try {
            assertTrue(ShortWait.result("drain", drainer));
            assertEquals(State.FINISHED, supervisor.state());
        } finally {
            release.countDown();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s1_anInterruptEndsTheGraceAlsoWhileAHookHangs(Kind kind, Caller caller) {
        CountDownLatch release = new CountDownLatch(1);
        RecordedHook hook = new RecordedHook(() -> Poll.await(release));
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        gated.task().onDrain(hook);
        Background<Boolean> drainer = Background.call(caller::unstarted, () -> supervisor.drain(LONG));
        hook.untilRun();
        drainer.untilBlocked();
        drainer.interrupt();
        try {
            assertFalse(ShortWait.result("drain", drainer));
            assertTrue(drainer.leftInterrupted());
            assertEquals(Status.CANCELLED, gated.task().status());
        } finally {
            release.countDown();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s1_theEarliestEndCountsAlsoWhileAHookHangs(Kind kind, Caller caller) {
        CountDownLatch release = new CountDownLatch(1);
        RecordedHook hook = new RecordedHook(() -> Poll.await(release));
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        gated.task().onDrain(hook);
        Background<Boolean> drainer = Background.call(caller::unstarted, () -> supervisor.drain(LONG));
        hook.untilRun();
        drainer.untilBlocked();
        try {
            assertFalse(supervisor.drain(SHORT));
            assertEquals(Status.CANCELLED, gated.task().status());
            assertFalse(ShortWait.result("drain", drainer));
        } finally {
            release.countDown();
        }
    }
}
