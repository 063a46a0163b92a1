package dev.supervisor;

import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a supervisor counts: O1. */
class StatsTest {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(20);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** Asserts the numbers of a supervisor in which nothing goes on. */
    private static void assertStats(Supervisor supervisor, long live, long succeeded, long failed, long cancelled) {
        SupervisorStats stats = supervisor.stats();
        String seen = stats.toString();
        assertEquals(live, stats.live(), seen);
        assertEquals(succeeded, stats.succeeded(), seen);
        assertEquals(failed, stats.failed(), seen);
        assertEquals(cancelled, stats.cancelled(), seen);
        assertEquals(live + succeeded + failed + cancelled, stats.accepted(), seen);
    }

    private static void assertRefused(Supervisor supervisor, Refusal reason, long times) {
        SupervisorStats stats = supervisor.stats();
        assertEquals(times, stats.refused(reason), stats.toString());
        assertEquals(times, stats.refused(), stats.toString());
    }

    private static void untilRetired(Supervisor supervisor) {
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
    }

    private static Object failing() {
        throw new IllegalStateException("on purpose");
    }

    // tasks by outcome

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_aSupervisorThatHasHadNoTaskHasCountedNothing(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            assertStats(supervisor, 0, 0, 0, 0);
            assertEquals(0, supervisor.stats().refused());
            assertEquals(0, supervisor.stats().timedOut());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_eachOutcomeIsCountedOnce(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        for (int i = 0; i < 3; i++) {
            supervisor.spawn(() -> 1);
        }
        supervisor.spawn(StatsTest::failing);
        supervisor.spawn("named", StatsTest::failing);
        supervisor.spawn(() -> {
            throw new CancellationException("on purpose");
        });
        untilRetired(supervisor);
        assertStats(supervisor, 0, 3, 2, 1);
        GatedTask asked = GatedTask.yielding(kind, supervisor);
        GatedTask other = GatedTask.stubborn(kind, supervisor);
        assertStats(supervisor, 2, 3, 2, 1);
        asked.task().cancel();
        Poll.until("retired", () -> supervisor.liveCount() == 1);
        assertStats(supervisor, 1, 3, 2, 2);
        other.release();
        untilRetired(supervisor);
        supervisor.close();
        assertStats(supervisor, 0, 4, 2, 2);
        assertEquals(0, supervisor.stats().timedOut());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_tasksOfEveryFormCount(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        Completions<Object> completions = supervisor.completions();
        supervisor.execute(() -> { });
        supervisor.execute(StatsTest::failing);
        supervisor.spec("spec").spawn(() -> 1);
        supervisor.spec("spec").onDone(task -> { }).spawn(StatsTest::failing);
        supervisor.spawnWithSelf(self -> self.task().name());
        assertNotNull(supervisor.trySpawn(() -> 1));
        supervisor.spawnAsync(() -> CompletableFuture.completedFuture(1));
        supervisor.spawnAsync(() -> CompletableFuture.failedFuture(new IllegalStateException("on purpose")));
        completions.spawn(() -> 1);
        completions.spawn(StatsTest::failing);
        completions.take();
        completions.take();
        supervisor.asExecutorService().submit(() -> failing());   // a failure that belongs to its future
        untilRetired(supervisor);
        assertStats(supervisor, 0, 7, 4, 0);
        CompletableFuture<Object> stage = new CompletableFuture<>();
        Task<Object> async = supervisor.spawnAsync(() -> stage);
        assertStats(supervisor, 1, 7, 4, 0);
        async.cancel();
        untilRetired(supervisor);
        assertStats(supervisor, 0, 7, 4, 1);
        supervisor.close();
    }

    @Test
    void o1_aTaskThatNeverStartedIsCancelledHoweverItWasDropped() {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
        supervisor.spawn(() -> 1).cancel();
        supervisor.execute(() -> { });
        supervisor.execute(() -> { });
        assertStats(supervisor, 2, 0, 0, 1);
        assertEquals(2, supervisor.asExecutorService().shutdownNow().size());
        late.runAll();   // empty shells
        assertStats(supervisor, 0, 0, 0, 3);
        supervisor.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_aTimeLimitCountsIfItIsTheReason(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        CountDownLatch never = new CountDownLatch(1);
        Task<?> ended = supervisor.spec("ended").timeout(SHORT).spawn(() -> never.await());
        Task<?> failed = supervisor.spec("failed").timeout(SHORT).spawn(() -> {
            try {
                never.await();
            } catch (InterruptedException limit) {
                failing();
            }
        });
        Task<?> returned = supervisor.spec("returned").timeout(SHORT).spawn(() -> {
            try {
                never.await();
            } catch (InterruptedException limit) {
                return;
            }
        });
        Task<?> early = supervisor.spec("early").timeout(LONG).spawn(StatsTest::failing);
        for (Task<?> task : List.of(ended, failed, returned, early)) {
            Poll.until("done: " + task, task::isDone);
        }
        untilRetired(supervisor);
        // A limit that passes before the start is the reason, too, and then the body has not begun.
        long successes = returned.status() == Task.Status.SUCCEEDED ? 1 : 0;
        assertStats(supervisor, 0, successes, 4 - successes, 0);
        long timedOut = Stream.of(ended, failed, returned, early)
                .filter(task -> task.failure() instanceof TimeoutException).count();
        assertEquals(timedOut, supervisor.stats().timedOut());
        supervisor.close();
    }

    @Test
    void o1_aTimeLimitThatPassesBeforeTheStartCountsToo() {
        Supervisor supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore())
                .executor(new LateExecutor()).open();
        supervisor.spec("pending").timeout(SHORT).spawn(() -> 1);
        untilRetired(supervisor);
        assertStats(supervisor, 0, 0, 1, 0);
        assertEquals(1, supervisor.stats().timedOut());
        supervisor.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_aChildIsATaskOfItsParentAndCountsItsOwn(Kind kind) {
        Supervisor parent = kind.builder().unowned().open();
        Supervisor child = kind.builder().unowned().parent(parent).open();
        child.spawn(StatsTest::failing);
        untilRetired(child);
        assertStats(child, 0, 0, 1, 0);
        assertStats(parent, 1, 0, 0, 0);
        child.close();
        untilRetired(parent);
        assertEquals(1, parent.stats().accepted());
        assertEquals(0, parent.stats().failed());
        parent.close();
    }

    // refusals by reason

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_refusalsAreCountedByReason(Kind kind) {
        Supervisor sealed = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, sealed);
        sealed.seal();
        thrownBy(() -> sealed.spawn(() -> 1));
        thrownBy(() -> sealed.spec("spec").spawn(() -> 1));
        assertRefused(sealed, Refusal.SEALED, 2);
        sealed.abort();
        thrownBy(() -> sealed.execute(() -> { }));
        thrownBy(() -> sealed.trySpawn(() -> 1));
        thrownBy(() -> sealed.spawnAsync(() -> new CompletableFuture<>()));
        assertEquals(3, sealed.stats().refused(Refusal.SHUTTING_DOWN));
        gated.release();
        sealed.close();
        thrownBy(() -> sealed.completions().spawn(() -> 1));
        assertEquals(1, sealed.stats().refused(Refusal.FINISHED));
        assertEquals(6, sealed.stats().refused());
        assertStats(sealed, 0, 1, 0, 0);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_aFullSupervisorCountsRefusalsAndAttempts(Kind kind) {
        for (Overflow overflow : Overflow.values()) {
            Supervisor supervisor = Limits.open(kind, 1, overflow);
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            assertNull(supervisor.trySpawn(() -> 1));
            assertRefused(supervisor, Refusal.FULL, 1);
            if (overflow == Overflow.REJECT) {
                thrownBy(() -> supervisor.spawn(() -> 1));
                assertRefused(supervisor, Refusal.FULL, 2);
            }
            assertStats(supervisor, 1, 0, 0, 0);
            gated.release();
            untilRetired(supervisor);
            supervisor.close();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_aDrainRefusesStrangers(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        Poll.until("draining", () -> supervisor.state() == Supervisor.State.DRAINING);
        thrownBy(() -> supervisor.spawn(() -> 1));
        assertRefused(supervisor, Refusal.DRAINING, 1);
        gated.release();
        drainer.join();
        supervisor.close();
    }

    @Test
    void o1_aWaiterThatIsInterruptedIsRefusedOnce() {
        Supervisor supervisor = Limits.open(Kind.POOLED, 1, Overflow.BLOCK);
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        Background<Void> waiter = Background.blockedIn(() -> supervisor.spawn(() -> 1));
        waiter.interrupt();
        waiter.thrown();
        assertRefused(supervisor, Refusal.FULL, 1);
        gated.release();
        untilRetired(supervisor);
        supervisor.close();
    }

    // spawns that are undone

    @Test
    void o1_aSpawnThatTheExecutorRefusesWasNotAccepted() {
        RejectedExecutionException refusal = new RejectedExecutionException("on purpose");
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> {
            throw refusal;
        }).open();
        assertSame(refusal, thrownBy(() -> supervisor.spawn(() -> 1)));
        assertNotNull(thrownBy(() -> supervisor.spec("spec").spawn(() -> 1)));
        assertStats(supervisor, 0, 0, 0, 0);
        assertRefused(supervisor, Refusal.EXECUTOR, 2);
        supervisor.close();
    }

    @Test
    void o1_aBodyThatHadBegunWhenTheExecutorThrewWasAccepted() {
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> {
            task.run();
            throw new RejectedExecutionException("late");
        }).open();
        assertNotNull(thrownBy(() -> supervisor.spawn(() -> 1)));
        assertStats(supervisor, 0, 1, 0, 0);
        assertEquals(0, supervisor.stats().refused());
        supervisor.close();
    }

    @Test
    void o1_aDecoratorThatThrowsIsNoRefusal() {
        Supervisor supervisor = Supervisor.builder().unowned().decorator(task -> {
            throw new IllegalStateException("on purpose");
        }).open();
        assertNotNull(thrownBy(() -> supervisor.spawn(() -> 1)));
        assertStats(supervisor, 0, 0, 0, 0);
        assertEquals(0, supervisor.stats().refused());
        supervisor.close();
    }

    @Test
    void o1_aTaskThatAnAbortDropsInItsSpawnIsCancelledUnlessTheSpawnThrows() {
        for (boolean refuses : new boolean[] {false, true}) {
            List<SupervisorStats> between = new ArrayList<>();
            Supervisor[] opened = new Supervisor[1];
            Supervisor supervisor = Supervisor.builder().unowned().executor(task -> {
                opened[0].abort();
                between.add(opened[0].stats());
                if (refuses) {
                    throw new RejectedExecutionException("on purpose");
                }
            }).open();
            opened[0] = supervisor;
            assertEquals(refuses, thrownBy(() -> supervisor.spawn(() -> 1)) != null);
            assertEquals(1, between.get(0).accepted(), "not yet known");
            assertEquals(1, between.get(0).cancelled());
            assertStats(supervisor, 0, 0, 0, refuses ? 0 : 1);
            assertRefused(supervisor, Refusal.EXECUTOR, refuses ? 1 : 0);
            supervisor.close();
        }
    }

    // all at once

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_afterAStormTheSumsFit(Kind kind) {
        for (int round = 0; round < 20; round++) {
            AtomicLong spawned = new AtomicLong();
            AtomicLong refused = new AtomicLong();
            AtomicLong reported = new AtomicLong();
            ConcurrentHashMap<Task<?>, Boolean> tasks = new ConcurrentHashMap<>();
            Supervisor supervisor = kind.builder().unowned().onFailure((task, failure) -> reported.incrementAndGet())
                    .open();
            List<Background<Void>> spawners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                spawners.add(Background.run(() -> {
                    for (int n = 0; n < 200; n++) {
                        try {
                            tasks.put(spawnAny(supervisor), true);
                            spawned.incrementAndGet();
                        } catch (RejectedExecutionException e) {
                            refused.incrementAndGet();
                        }
                        TwoThreadRace.jitter();
                    }
                }));
            }
            Poll.until("half-way", () -> spawned.get() > 200);
            supervisor.abort();
            spawners.forEach(Background::join);
            supervisor.close();
            assertStats(supervisor, 0, count(tasks, Task.Status.SUCCEEDED), count(tasks, Task.Status.FAILED),
                    count(tasks, Task.Status.CANCELLED));
            assertEquals(spawned.get(), supervisor.stats().accepted());
            assertEquals(reported.get(), supervisor.stats().failed());
            assertEquals(refused.get(), supervisor.stats().refused());
        }
    }

    private static Task<?> spawnAny(Supervisor supervisor) {
        Task<?> task = switch (ThreadLocalRandom.current().nextInt(6)) {
            case 0 -> supervisor.spawn(StatsTest::failing);
            case 1 -> supervisor.spawn(() -> {
                throw new CancellationException("on purpose");
            });
            case 2 -> supervisor.spec("spec").timeout(LONG).spawn(() -> 1);
            case 3 -> supervisor.spawnAsync(() -> CompletableFuture.failedFuture(new Exception("on purpose")));
            default -> supervisor.spawn(() -> 1);
        };
        if (ThreadLocalRandom.current().nextInt(4) == 0) {
            task.cancel();
        }
        return task;
    }

    private static long count(ConcurrentHashMap<Task<?>, Boolean> tasks, Task.Status status) {
        return tasks.keySet().stream().filter(task -> task.status() == status).count();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_whileTasksComeAndGoNoNumberFallsOrIsNegative(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        List<Background<Void>> spawners = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            spawners.add(Background.run(() -> {
                for (int n = 0; n < 1_000; n++) {
                    spawnAny(supervisor);
                }
            }));
        }
        SupervisorStats before = supervisor.stats();
        while (!spawners.stream().allMatch(Background::hasEnded)) {
            SupervisorStats stats = supervisor.stats();
            String seen = before + " then " + stats;
            assertTrue(stats.live() >= 0 && stats.succeeded() >= 0 && stats.cancelled() >= 0, seen);
            assertTrue(stats.accepted() >= before.accepted() && stats.succeeded() >= before.succeeded()
                    && stats.failed() >= before.failed() && stats.cancelled() >= before.cancelled(), seen);
            assertTrue(stats.succeeded() <= stats.accepted() && stats.timedOut() <= stats.failed(), seen);
            before = stats;
        }
        spawners.forEach(Background::join);
        untilRetired(supervisor);
        supervisor.close();
        assertEquals(2_000, supervisor.stats().accepted());
    }

    @Test
    void o1_aSnapshotDoesNotChange() {
        Supervisor supervisor = Supervisor.builder().unowned().executor(Runnable::run)
                .onFailure(FailureHandler.ignore()).open();
        SupervisorStats before = supervisor.stats();
        supervisor.spawn(StatsTest::failing);
        supervisor.close();
        thrownBy(() -> supervisor.spawn(() -> 1));
        assertEquals("SupervisorStats[accepted=0, live=0, succeeded=0, failed=0, cancelled=0, timedOut=0, refused=0]",
                before.toString());
        assertEquals("SupervisorStats[accepted=1, live=0, succeeded=0, failed=1, cancelled=0, timedOut=0, refused=1]",
                supervisor.stats().toString());
    }
}
