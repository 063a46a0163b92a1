package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which threads may spawn, and until when: A1 to A4. */
class AdmissionTest {

    /** The calls that end admission and leave the owner in its block. */
    enum End {
        SEAL, ABORT, SHUTDOWN;

        void apply(Supervisor supervisor) {
            switch (this) {
                case SEAL -> supervisor.seal();
                case ABORT -> supervisor.abort();
                case SHUTDOWN -> supervisor.shutdown();
            }
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // A1

    @Test
    void a1_openIsEnteredEmptyAndOwnedByTheCaller() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            assertEquals(State.ENTERED, supervisor.state());
            assertEquals(0, supervisor.liveCount());
            assertTrue(supervisor.tasks().isEmpty());
            Background.run(() -> {
                assertThrows(IllegalStateException.class, supervisor::join);
                assertThrows(IllegalStateException.class, supervisor::close);
            }).join();
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @Test
    void a1_theOwnerIsTheThreadThatOpensNotTheOneThatBuilds() throws Exception {
        Supervisor.Builder builder = Background.call(() -> Supervisor.builder().name("built elsewhere")).join();
        try (Supervisor supervisor = builder.open()) {
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.join();
        }
    }

    @Test
    void a1_anUnownedOneMayBeJoinedAndClosedByAnyone() throws Exception {
        Supervisor supervisor = Background.call(() -> Supervisor.builder().unowned().open()).join();
        assertEquals(State.ENTERED, supervisor.state());
        Task<Integer> task = supervisor.spawn(() -> 1);
        supervisor.join();
        assertEquals(1, task.resultNow());
        Background.run(supervisor::close).join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void a1_oneBuilderOpensManySupervisors() throws Exception {
        Supervisor.Builder builder = Supervisor.builder().name("twin");
        try (Supervisor one = builder.open(); Supervisor other = builder.open()) {
            assertNotSame(one, other);
            one.abort();
            assertEquals(State.ENTERED, other.state());
            Task<String> task = other.spawn(() -> "lives");
            other.join();
            assertEquals("lives", task.resultNow());
            assertSame(other, task.supervisor());
        }
    }

    // A2

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a2_ownerTaskCallbackHandlerAndStrangerMaySpawn(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        FailureHandler handler = (task, failure) -> task.supervisor().spawn(() -> ran.addAndGet(1));
        Supervisor.Builder builder = kind.builder().onFailure(handler);
        try (Supervisor supervisor = builder.open()) {
            supervisor.spawn(() -> {
                ran.addAndGet(10);
                supervisor.spawn(() -> {
                    ran.addAndGet(100);
                    throw new IllegalStateException("on purpose");
                });
            }).onDone(task -> supervisor.spawn(() -> ran.addAndGet(1_000)));
            Background.run(() -> supervisor.spawn(() -> ran.addAndGet(10_000))).join();
            Background.run(() -> supervisor.execute(() -> ran.addAndGet(100_000))).join();
            supervisor.join();
        }
        assertEquals(111_111, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a2_manyStrangersAtOnce(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            List<Background<Void>> background = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                background.add(Background.run(() -> {
                    for (int j = 0; j < 250; j++) {
                        supervisor.spawn(() -> ran.incrementAndGet());
                    }
                }));
            }
            background.forEach(Background::join);
            supervisor.join();
            assertEquals(0, supervisor.liveCount());
        }
        assertEquals(1_000, ran.get());
    }

    // A3

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a3_exitingAcceptsWhileATaskIsLive(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = kind.builder().unowned().open();
        supervisor.spawn(() -> Poll.await(release));
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("exiting", () -> supervisor.state() == State.EXITING);
        Task<String> late = supervisor.spawn(() -> "accepted");
        assertEquals("accepted", late.get());
        assertFalse(joiner.hasEnded());
        release.countDown();
        joiner.join();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> "refused"));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a3_tasksSpawnFollowUpsWhileTheOwnerWaits(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            spawnChain(supervisor, ran, 100);
            supervisor.join();
            assertEquals(100, ran.get());
        }
    }

    private static void spawnChain(Supervisor supervisor, AtomicInteger ran, int length) {
        supervisor.spawn(() -> {
            ran.incrementAndGet();
            if (length > 1) {
                spawnChain(supervisor, ran, length - 1);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a3_callbacksSpawnFollowUpsWhileTheOwnerWaits(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        CountDownLatch joining = new CountDownLatch(1);
        Supervisor supervisor = kind.builder().unowned().open();
        supervisor.spawn(() -> Poll.await(joining)).onDone(task -> {
            assertEquals(State.EXITING, supervisor.state());
            chainByCallbacks(supervisor, ran, 50);
        });
        Background<Integer> joiner = Background.call(() -> {
            supervisor.join();
            return ran.get();
        });
        Poll.until("exiting", () -> supervisor.state() == State.EXITING);
        joining.countDown();
        assertEquals(50, joiner.join());
    }

    private static void chainByCallbacks(Supervisor supervisor, AtomicInteger ran, int length) {
        CountDownLatch registered = new CountDownLatch(1);
        Task<?> task = supervisor.spawn(() -> {
            Poll.await(registered);
            return ran.incrementAndGet();
        });
        if (length > 1) {
            task.onDone(done -> chainByCallbacks(supervisor, ran, length - 1));
        }
        registered.countDown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a3_afterAJoinTheReasonIsFinished(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().name("north").open()) {
            supervisor.join();
            assertRefuses(supervisor, "is finished");
        }
    }

    @Test
    void a3_afterACloseTheReasonIsFinishedAlthoughItAborted() {
        Supervisor supervisor = Supervisor.builder().name("north").open();
        supervisor.close();
        assertRefuses(supervisor, "is finished");
    }

    @Test
    void a3_afterAnAbortTheReasonIsShuttingDownEvenIfSealedToo() {
        for (int order = 0; order < 2; order++) {
            try (Supervisor supervisor = Supervisor.builder().name("north").executor(new LateExecutor()).open()) {
                if (order == 0) {
                    supervisor.seal();
                }
                supervisor.abort();
                assertRefuses(supervisor, "is shutting down");
                if (order == 1) {
                    supervisor.seal();
                }
                assertRefuses(supervisor, "is shutting down");
            }
        }
    }

    @Test
    void a3_afterAnAbortAndAJoinTheReasonIsFinished() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().name("north").open()) {
            supervisor.abort();
            supervisor.join();
            assertRefuses(supervisor, "is finished");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void a3_whileAbortedTasksStillEndTheReasonIsShuttingDown(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        try (Supervisor supervisor = kind.builder().name("north").open()) {
            supervisor.spawn(() -> {
                started.countDown();
                Poll.await(release);
            });
            Poll.await(started);
            supervisor.abort();
            assertEquals(State.ABORTING, supervisor.state());
            assertRefuses(supervisor, "is shutting down");
            release.countDown();
            supervisor.join();
        }
    }

    @Test
    void a3_afterASealTheReasonIsSealedWithAndWithoutLiveTasks() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().name("north").executor(executor).open()) {
            Task<String> task = supervisor.spawn(() -> "runs on");
            supervisor.seal();
            assertEquals(State.SEALED, supervisor.state());
            assertRefuses(supervisor, "is sealed");
            executor.runAll();
            assertEquals("runs on", task.resultNow());
            assertEquals(State.FINISHED, supervisor.state());
            assertRefuses(supervisor, "is sealed");
            supervisor.join();
            assertRefuses(supervisor, "is finished");
        }
    }

    private static void assertRefuses(Supervisor supervisor, String reason) {
        long live = supervisor.liveCount();
        List<Task<?>> listed = supervisor.tasks();
        Refusals.assertRefuses(reason, supervisor);
        assertEquals(live, supervisor.liveCount());
        assertEquals(listed, supervisor.tasks());
    }

    @Test
    void a3_theExecutorIsNotAskedForARefusedSpawn() {
        AtomicInteger asked = new AtomicInteger();
        Executor executor = task -> asked.incrementAndGet();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            supervisor.seal();
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
        assertEquals(0, asked.get());
    }

    // A4

    @ParameterizedTest
    @EnumSource(End.class)
    void a4_onceItHasReturnedNoLaterSpawnSucceeds(End end) {
        for (int round = 0; round < 100; round++) {
            Supervisor supervisor = Kind.POOLED.builder().unowned().open();
            AtomicBoolean ended = new AtomicBoolean();
            List<Background<Boolean>> spawners = new ArrayList<>();
            CountDownLatch spawning = new CountDownLatch(2);
            for (int i = 0; i < 2; i++) {
                spawners.add(Background.call(() -> spawnsAfter(supervisor, ended, spawning, false)));
            }
            Poll.await(spawning);
            end.apply(supervisor);
            ended.set(true);
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            for (Background<Boolean> spawner : spawners) {
                assertFalse(spawner.join(), "a spawn began after " + end + " had returned, and succeeded");
            }
            supervisor.shutdown();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    /**
     * Spawns until refused; returns whether a spawn that began after the end has succeeded. If it spawns one by one,
     * there are moments without a live task, so that a join can return.
     */
    private static boolean spawnsAfter(
            Supervisor supervisor, AtomicBoolean ended, CountDownLatch spawning, boolean oneByOne) {
        while (true) {
            boolean late = ended.get();
            try {
                Task<Integer> task = supervisor.spawn(() -> 1);
                if (oneByOne) {
                    Poll.until("done", task::isDone);
                }
            } catch (RejectedExecutionException e) {
                spawning.countDown();
                return false;
            }
            spawning.countDown();
            if (late) {
                return true;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a4_onceJoinHasReturnedNoSpawnEverSucceeds(Kind kind) throws Exception {
        for (int round = 0; round < 50; round++) {
            AtomicBoolean ended = new AtomicBoolean();
            CountDownLatch spawning = new CountDownLatch(1);
            Supervisor supervisor = kind.builder().unowned().open();
            Background<Boolean> spawner = Background.call(() -> spawnsAfter(supervisor, ended, spawning, true));
            Poll.await(spawning);
            supervisor.join();
            ended.set(true);
            assertEquals(0, supervisor.liveCount());
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            assertFalse(spawner.join());
            assertEquals(0, supervisor.liveCount());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a4_onceCloseHasReturnedNoSpawnEverSucceeds(Kind kind) {
        for (int round = 0; round < 50; round++) {
            AtomicBoolean ended = new AtomicBoolean();
            CountDownLatch spawning = new CountDownLatch(1);
            Background<Boolean> spawner;
            Supervisor supervisor = kind.builder().open();
            spawner = Background.call(() -> spawnsAfter(supervisor, ended, spawning, true));
            Poll.await(spawning);
            supervisor.close();
            ended.set(true);
            assertEquals(0, supervisor.liveCount());
            assertFalse(spawner.join());
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
    }
}
