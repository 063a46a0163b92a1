package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** No task escapes: A5, a spawn against an abort and against every way to wait. */
class SpawnAbortTest {

    /** The executors that start no task by themselves. */
    enum Idle { LATE, DROPPING }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a5_upTo15SpawnsBeforeAndUpTo15AfterAnAbort(Kind kind) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int before = 0; before <= 15; before++) {
            for (int after = 0; after <= 15; after++) {
                try (Supervisor supervisor = kind.open()) {
                    List<Task<?>> tasks = new ArrayList<>();
                    for (int i = 0; i < before; i++) {
                        tasks.add(supervisor.spawn(() -> never.await()));
                    }
                    abortAndSpawn(supervisor, after);
                    supervisor.join();
                    for (Task<?> task : tasks) {
                        assertEquals(Status.CANCELLED, task.status());
                    }
                    assertNothingLives(supervisor);
                }
            }
        }
    }

    @Test
    void a5_upTo15SpawnsBeforeAndUpTo15AfterAnAbort_callerRuns() throws Exception {
        for (int before = 0; before <= 15; before++) {
            for (int after = 0; after <= 15; after++) {
                try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
                    List<Task<?>> tasks = new ArrayList<>();
                    for (int i = 0; i < before; i++) {
                        tasks.add(supervisor.spawn(() -> 1));
                    }
                    abortAndSpawn(supervisor, after);
                    supervisor.join();
                    for (Task<?> task : tasks) {
                        assertEquals(Status.SUCCEEDED, task.status());
                    }
                    assertNothingLives(supervisor);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Idle.class)
    void a5_upTo15SpawnsBeforeAndUpTo15AfterAnAbort_notStarted(Idle idle) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        for (int before = 0; before <= 15; before++) {
            for (int after = 0; after <= 15; after++) {
                LateExecutor executor = new LateExecutor();
                try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
                    List<Task<?>> tasks = new ArrayList<>();
                    for (int i = 0; i < before; i++) {
                        tasks.add(supervisor.spawn(() -> ran.incrementAndGet()));
                    }
                    abortAndSpawn(supervisor, after);
                    assertEquals(before, executor.size());
                    if (idle == Idle.LATE) {
                        executor.runAll();
                    }
                    supervisor.join();
                    for (Task<?> task : tasks) {
                        assertEquals(Status.CANCELLED, task.status());
                    }
                    assertNothingLives(supervisor);
                }
            }
        }
        assertEquals(0, ran.get());
    }

    private static void abortAndSpawn(Supervisor supervisor, int spawns) {
        supervisor.abort();
        for (int i = 0; i < spawns; i++) {
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
    }

    private static void assertNothingLives(Supervisor supervisor) {
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(0, supervisor.liveCount());
        assertTrue(supervisor.tasks().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a5_aSpawnThatRacesAnAbortThrowsOrItsTaskIsTold(Kind kind) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int round = 0; round < 100; round++) {
            Supervisor supervisor = kind.builder().unowned().open();
            ConcurrentLinkedQueue<Task<?>> accepted = new ConcurrentLinkedQueue<>();
            CountDownLatch spawning = new CountDownLatch(2);
            List<Background<Void>> spawners = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                spawners.add(Background.run(() -> {
                    try {
                        for (int spawns = 0; spawns < 200; spawns++) {
                            accepted.add(supervisor.spawn(() -> never.await()));
                            spawning.countDown();
                            Thread.yield();
                        }
                    } catch (RejectedExecutionException e) {
                        String reason = e.getMessage();
                        assertTrue(reason.contains("is shutting down") || reason.contains("is finished"), reason);
                    }
                }));
            }
            Poll.await(spawning);
            supervisor.abort();
            supervisor.join();
            spawners.forEach(Background::join);
            for (Task<?> task : accepted) {
                assertEquals(Status.CANCELLED, task.status());
            }
            assertNothingLives(supervisor);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a5_manyAbortsRacingManySpawns(Kind kind) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int round = 0; round < 100; round++) {
            Supervisor supervisor = kind.builder().unowned().open();
            CountDownLatch go = new CountDownLatch(1);
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger cancelled = new AtomicInteger();
            List<Background<Void>> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                others.add(Background.run(() -> {
                    Poll.await(go);
                    try {
                        supervisor.spawn(() -> never.await()).onDone(task -> cancelled.incrementAndGet());
                        accepted.incrementAndGet();
                    } catch (RejectedExecutionException e) {
                        assertNotEquals(State.ENTERED, supervisor.state());
                    }
                }));
                others.add(Background.run(() -> {
                    Poll.await(go);
                    supervisor.abort();
                }));
            }
            go.countDown();
            others.forEach(Background::join);
            supervisor.join();
            assertNothingLives(supervisor);
            assertEquals(accepted.get(), cancelled.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a5_anAbortWithinTheSpawnIsNotMissed(Kind kind) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<Supervisor> self = new AtomicReference<>();
        TaskDecorator aborts = task -> {
            self.get().abort();
            return task;
        };
        try (Supervisor supervisor = kind.builder().decorator(aborts).open()) {
            self.set(supervisor);
            try {
                Task<?> task = supervisor.spawn(() -> never.await());
                supervisor.join();
                assertEquals(Status.CANCELLED, task.status());
            } catch (RejectedExecutionException e) {
                assertTrue(e.getMessage().contains("is shutting down"), e.getMessage());
                supervisor.join();
            }
            assertNothingLives(supervisor);
        }
    }

    @Test
    void a5_anAbortWhileTheExecutorIsAskedCancelsTheTask() throws Exception {
        AtomicReference<Supervisor> self = new AtomicReference<>();
        AtomicInteger ran = new AtomicInteger();
        Supervisor supervisor = Supervisor.builder().executor(task -> {
            self.get().abort();
            Kind.POOL.execute(task);
        }).open();
        try (supervisor) {
            self.set(supervisor);
            try {
                Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
                assertEquals(Status.CANCELLED, task.status());
            } catch (RejectedExecutionException e) {
                assertTrue(e.getMessage().contains("is shutting down"), e.getMessage());
            }
            supervisor.join();
            assertNothingLives(supervisor);
        }
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a5_aSecondAbortFindsTheTaskThatIgnoredTheFirst(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        AtomicInteger interrupts = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> {
                started.countDown();
                while (release.getCount() > 0) {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        interrupts.incrementAndGet();
                    }
                }
            });
            Poll.await(started);
            supervisor.abort();
            supervisor.abort();
            Poll.until("interrupted", () -> interrupts.get() > 0);
            assertFalse(task.isDone());
            release.countDown();
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status());
        }
        assertEquals(1, interrupts.get(), "once per task, however often it is asked to cancel");
    }

    /** The ways to wait for every task. */
    enum Wait {
        JOIN, CLOSE, SHUTDOWN;

        void apply(Supervisor supervisor) throws InterruptedException {
            switch (this) {
                case JOIN -> supervisor.join();
                case CLOSE -> supervisor.close();
                case SHUTDOWN -> supervisor.shutdown();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void a5_everyWaitWaitsForWhatWasSpawnedBeforeItReturns(Wait wait) throws Exception {
        for (Kind kind : Kind.concurrent()) {
            for (int round = 0; round < 20; round++) {
                Supervisor supervisor = kind.builder().unowned().open();
                ConcurrentLinkedQueue<Task<?>> accepted = new ConcurrentLinkedQueue<>();
                CountDownLatch spawning = new CountDownLatch(1);
                Background<Void> spawner = Background.run(() -> {
                    try {
                        for (int i = 0; i < 100; i++) {
                            accepted.add(supervisor.spawn(Thread::yield));
                            spawning.countDown();
                        }
                    } catch (RejectedExecutionException e) {
                        spawning.countDown();
                    }
                });
                Poll.await(spawning);
                wait.apply(supervisor);
                assertEquals(0, supervisor.liveCount());
                for (Task<?> task : accepted) {
                    assertTrue(task.isDone(), kind + " " + wait);
                }
                spawner.join();
                for (Task<?> task : accepted) {
                    assertTrue(task.isDone(), kind + " " + wait);
                }
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void a5_noWaitReturnsWhileATaskOrItsCallbacksRun(Wait wait) throws Exception {
        for (Kind kind : Kind.concurrent()) {
            CountDownLatch started = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch inCallback = new CountDownLatch(1);
            CountDownLatch releaseCallback = new CountDownLatch(1);
            Supervisor supervisor = kind.builder().unowned().open();
            supervisor.spawn(() -> {
                started.countDown();
                Poll.await(release);
            }).onDone(task -> {
                inCallback.countDown();
                Poll.await(releaseCallback);
            });
            Poll.await(started);
            Background<Void> waiter = Background.run(() -> wait.apply(supervisor));
            Poll.untilBlocked(waiter.thread());
            assertFalse(waiter.hasEnded(), kind + " " + wait);
            release.countDown();
            Poll.await(inCallback);
            Poll.untilBlocked(waiter.thread());
            assertFalse(waiter.hasEnded(), kind + " " + wait);
            assertEquals(1, supervisor.liveCount());
            releaseCallback.countDown();
            waiter.join();
            assertNothingLives(supervisor);
        }
    }
}
