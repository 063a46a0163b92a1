package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a consumer waits for finished tasks, and what a spawn that throws does to it: E9. */
class CompletionsWaitTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @Test
    void e9_takeWithNonePendingThrowsRatherThanBlock() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Completions<String> completions = supervisor.completions();
            assertThrows(NoSuchElementException.class, completions::take);
            assertEquals(0, completions.pending());
            completions.spawn(() -> "one");
            assertEquals("one", completions.take().get());
            assertThrows(NoSuchElementException.class, completions::take);
            supervisor.spawn(() -> "not through the completions");
            assertThrows(NoSuchElementException.class, completions::take);
            supervisor.join();
        }
    }

    @Test
    void e9_pollNeverBlocks() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Completions<String> completions = supervisor.completions();
            assertNull(completions.poll());
            Task<String> task = completions.spawn(() -> "late");
            assertNull(completions.poll());
            assertEquals(1, completions.pending());
            executor.runAll();
            assertSame(task, completions.poll());
            assertNull(completions.poll());
            supervisor.join();
        }
    }

    @Test
    void e9_pollWithATimeoutWaitsThatLong() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Completions<String> completions = supervisor.completions();
            Task<String> task = completions.spawn(() -> "late");
            long start = System.nanoTime();
            assertNull(completions.poll(Duration.ofMillis(20)));
            assertTrue(System.nanoTime() - start >= Duration.ofMillis(20).toNanos());
            assertNull(completions.poll(Duration.ZERO));
            assertNull(completions.poll(Duration.ofNanos(-1)));
            assertNull(completions.poll(Duration.ofSeconds(Long.MIN_VALUE)));
            assertEquals(1, completions.pending());
            executor.runAll();
            assertSame(task, completions.poll(Duration.ZERO));
            supervisor.join();
        }
    }

    @Test
    void e9_pollWithAnyTimeoutHandsOverWhatIsThere() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Completions<String> completions = supervisor.completions();
            for (Duration timeout : List.of(
                    Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(365_000), Duration.ofNanos(1), Duration.ZERO,
                    Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                Task<String> task = completions.spawn(() -> "there");
                assertSame(task, completions.poll(timeout));
            }
            supervisor.join();
        }
    }

    @Test
    void e9_pollWithALongTimeoutWaitsForATask() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<String> completions = supervisor.completions();
        Task<String> task = completions.spawn(() -> "late");
        Background<Task<String>> taker = Background.call(() -> completions.poll(Duration.ofSeconds(Long.MAX_VALUE)));
        Poll.untilBlocked(taker.thread());
        executor.runNext();
        assertSame(task, taker.join());
        supervisor.join();
    }

    @Test
    void e9_aTimedPollWithNonePendingWaitsForOneToBeSpawned() throws Exception {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        Completions<String> completions = supervisor.completions();
        assertNull(completions.poll(Duration.ofMillis(1)));
        Background<Task<String>> poller = Background.call(() -> completions.poll(Duration.ofHours(1)));
        Poll.untilBlocked(poller.thread());
        Task<String> task = completions.spawn(() -> "one");
        assertSame(task, poller.join());
        assertNull(completions.poll(Duration.ZERO));
        supervisor.join();
    }

    /** How a supervisor ends. */
    enum End {
        JOIN, CLOSE, SHUTDOWN, ABORT, SEAL;

        void of(Supervisor supervisor) throws InterruptedException {
            switch (this) {
                case JOIN -> supervisor.join();
                case CLOSE -> supervisor.close();
                case SHUTDOWN -> supervisor.shutdown();
                case ABORT -> supervisor.abort();
                default -> supervisor.seal();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void e9_aTimedPollReturnsAtOnceIfTheSupervisorIsFinishedAndNoneIsPending(End end) throws Exception {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        Completions<String> completions = supervisor.completions();
        Task<String> task = completions.spawn(() -> "one");
        end.of(supervisor);
        Background<Task<String>> first = Background.call(() -> completions.poll(Duration.ofHours(1)));
        assertSame(task, ShortWait.result("the poll", first), "what is pending comes first");
        assertNull(ShortWait.result("the poll", Background.call(() -> completions.poll(Duration.ofHours(1)))));
        assertNull(ShortWait.result("the poll",
                Background.call(() -> supervisor.completions().poll(Duration.ofDays(1)))));
    }

    /** No task is live when the supervisor ends. In the first round no task was ever spawned. */
    @ParameterizedTest
    @EnumSource(End.class)
    void e9_aTimedPollThatWaitsReturnsWhenTheSupervisorIsFinishedAndNoneIsPending(End end) throws Exception {
        for (boolean spawns : new boolean[] {false, true}) {
            Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
            if (spawns) {
                supervisor.spawn(() -> "not through the completions");
            }
            List<Background<Task<String>>> polls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Completions<String> completions = supervisor.completions();
                polls.add(Background.call(() -> completions.poll(Duration.ofHours(1))));
            }
            polls.forEach(poll -> Poll.untilBlocked(poll.thread()));
            end.of(supervisor);
            for (Background<Task<String>> poll : polls) {
                assertNull(ShortWait.result("the poll", poll));
            }
        }
    }

    /** The last live task was not spawned through the completions; while it is live the poll waits. */
    @ParameterizedTest
    @EnumSource(value = End.class, names = {"ABORT", "SEAL"})
    void e9_aTimedPollThatWaitsReturnsWhenTheLastTaskHasEnded(End end) throws Exception {
        Supervisor supervisor = Kind.POOLED.builder().unowned().open();
        Completions<String> completions = supervisor.completions();
        GatedTask last = GatedTask.stubborn(Kind.POOLED, supervisor);
        Background<Task<String>> poll = Background.call(() -> completions.poll(Duration.ofHours(1)));
        Poll.untilBlocked(poll.thread());
        end.of(supervisor);
        assertNull(completionsOf(supervisor).poll(Duration.ofMillis(20)));
        assertFalse(poll.hasEnded());
        last.release();
        assertNull(ShortWait.result("the poll", poll));
        assertEquals(Task.Status.SUCCEEDED, last.end());
    }

    private static Completions<Object> completionsOf(Supervisor supervisor) {
        return supervisor.completions();
    }

    @ParameterizedTest
    @EnumSource(value = End.class, names = {"JOIN", "ABORT", "SEAL"})
    void e9_aTimedPollThatBeginsAsTheSupervisorIsFinishedReturns(End end) throws Exception {
        for (int i = 0; i < 2_000; i++) {
            Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
            Completions<String> completions = supervisor.completions();
            Background<Task<String>> poll = Background.call(() -> completions.poll(Duration.ofHours(1)));
            Poll.spinUntil("about to poll", () -> poll.thread().getState() != Thread.State.NEW);
            for (int spins = i % 100 * 20; spins > 0; spins--) {
                Thread.onSpinWait();
            }
            end.of(supervisor);
            assertNull(ShortWait.result("the poll", poll));
        }
    }

    /** A spawn is under way in a finished supervisor: its task counts until the spawn has returned or thrown. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void e9_aTimedPollWaitsForASpawnThatWasCutOffByTheEndOfItsSupervisor(boolean returns) throws Exception {
        CountDownLatch spawning = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> {
            spawning.countDown();
            Poll.await(go);
            if (!returns) {
                throw new RejectedExecutionException("full");
            }
        }).open();
        Completions<String> completions = supervisor.completions();
        Background<Task<String>> spawner = Background.call(() -> completions.spawn(() -> "never"));
        Poll.await(spawning);
        supervisor.abort();
        assertEquals(Supervisor.State.FINISHED, supervisor.state());
        Background<Task<String>> poll = Background.call(() -> completions.poll(Duration.ofHours(1)));
        Poll.untilBlocked(poll.thread());
        assertFalse(poll.hasEnded());
        go.countDown();
        Task<String> polled = ShortWait.result("the poll", poll);
        if (returns) {
            assertSame(spawner.join(), polled);
        } else {
            assertNull(polled);
            assertInstanceOf(RejectedExecutionException.class, spawner.thrown());
        }
        assertEquals(0, completions.pending());
    }

    @Test
    void e9_aTimedPollThatWaitsWithNonePendingLeavesNothingBehind() throws Exception {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        WeakReference<?> abandoned = pollInVain(supervisor);
        Heap.untilCollected(abandoned);
        assertEquals(Supervisor.State.ENTERED, supervisor.state(), "the supervisor is still in use");
    }

    private static WeakReference<?> pollInVain(Supervisor supervisor) throws InterruptedException {
        Completions<String> completions = supervisor.completions();
        assertNull(completions.poll(Duration.ofMillis(1)));
        return new WeakReference<>(completions);
    }

    @Test
    void e9_takeBlocksUntilATaskIsDone() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<Integer> completions = supervisor.completions();
        for (int i = 0; i < 50; i++) {
            Task<Integer> task = completions.spawn(() -> 1);
            Background<Task<Integer>> taker = Background.call(completions::take);
            if (i % 2 == 0) {
                Poll.untilBlocked(taker.thread());
                assertFalse(taker.hasEnded());
            }
            executor.runNext();
            assertSame(task, taker.join());
        }
        supervisor.join();
    }

    @Test
    void e9_anInterruptedTakeLosesNothing() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<Integer> completions = supervisor.completions();
        Task<Integer> task = completions.spawn(() -> 1);
        Background<InterruptedException> taker =
                Background.call(() -> assertThrows(InterruptedException.class, completions::take));
        Poll.untilBlocked(taker.thread());
        taker.thread().interrupt();
        assertNotNull(taker.join());
        Background<InterruptedException> poller = Background.call(
                () -> assertThrows(InterruptedException.class, () -> completions.poll(Duration.ofHours(1))));
        Poll.untilBlocked(poller.thread());
        poller.thread().interrupt();
        assertNotNull(poller.join());
        assertEquals(1, completions.pending());
        executor.runNext();
        assertSame(task, completions.take());
        supervisor.join();
    }

    @Test
    void e9_interruptsAgainstCompletions_nothingIsLost() throws Exception {
        Supervisor supervisor = Kind.POOLED.builder().unowned().open();
        Completions<Integer> completions = supervisor.completions();
        int count = 1_000;
        AtomicBoolean over = new AtomicBoolean();
        Background<Integer> taker = Background.call(() -> {
            int taken = 0;
            while (taken < count) {
                try {
                    boolean timed = taken % 2 == 0;
                    Task<Integer> task = timed ? completions.poll(Duration.ofSeconds(30)) : completions.take();
                    assertEquals(1, task.resultNow());
                    taken++;
                } catch (InterruptedException e) {
                    Thread.yield();
                } catch (NoSuchElementException e) {
                    Thread.yield();
                }
            }
            over.set(true);
            Thread.interrupted();
            return taken;
        });
        Background<Void> interrupter = Background.run(() -> {
            while (!over.get()) {
                taker.thread().interrupt();
                Thread.yield();
            }
        });
        for (int i = 0; i < count; i++) {
            completions.spawn(() -> 1);
        }
        assertEquals(count, taker.join());
        interrupter.join();
        assertEquals(0, completions.pending());
        assertNull(completions.poll());
        supervisor.join();
    }

    @Test
    void e9_aSecondConsumerIsTurnedAway() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<String> completions = supervisor.completions();
        Task<String> task = completions.spawn(() -> "late");
        Background<Task<String>> first = Background.call(completions::take);
        Poll.untilBlocked(first.thread());
        assertThrows(IllegalStateException.class, completions::take);
        assertThrows(IllegalStateException.class, completions::poll);
        assertThrows(IllegalStateException.class, () -> completions.poll(Duration.ZERO));
        executor.runNext();
        assertSame(task, first.join());
        assertNull(completions.poll());
        supervisor.join();
    }

    @Test
    void e9_aSpawnThatThrowsDoesNotCount() throws Exception {
        RejectedExecutionException refusal = new RejectedExecutionException("full");
        AtomicBoolean refusing = new AtomicBoolean(true);
        Executor executor = task -> {
            if (refusing.get()) {
                throw refusal;
            }
            task.run();
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Completions<Integer> completions = supervisor.completions();
            assertSame(refusal, assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> 1)));
            assertEquals(0, completions.pending());
            assertNull(completions.poll());
            assertThrows(NoSuchElementException.class, completions::take);
            refusing.set(false);
            assertSame(completions.spawn(() -> 1), completions.take());
            supervisor.seal();
            assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> 1));
            assertEquals(0, completions.pending());
            assertThrows(NoSuchElementException.class, completions::take);
            supervisor.join();
        }
    }

    @Test
    void e9_aTimedPollEndsWithItsTimeHoweverOftenItIsWoken() throws Exception {
        Executor refusing = task -> {
            throw new RejectedExecutionException("full");
        };
        try (Supervisor supervisor = Supervisor.builder().executor(refusing).open()) {
            Completions<Integer> completions = supervisor.completions();
            Background<Task<Integer>> poller = Background.call(() -> completions.poll(Duration.ofMillis(300)));
            Poll.until("the poll ends", () -> {
                assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> 1));   // wakes it
                return poller.hasEnded();
            });
            assertNull(poller.join());
        }
    }

    @Test
    void e9_aSpawnThatThrowsWakesABlockedTake() throws Exception {
        AtomicReference<Completions<Integer>> self = new AtomicReference<>();
        AtomicReference<Background<NoSuchElementException>> taker = new AtomicReference<>();
        Executor executor = task -> {
            Background<NoSuchElementException> background =
                    Background.call(() -> assertThrows(NoSuchElementException.class, () -> self.get().take()));
            taker.set(background);
            Poll.untilBlocked(background.thread());
            throw new RejectedExecutionException("full");
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            self.set(supervisor.completions());
            for (int i = 0; i < 20; i++) {
                assertThrows(RejectedExecutionException.class, () -> self.get().spawn(() -> 1));
                assertNotNull(taker.get().join());
                assertEquals(0, self.get().pending());
            }
            supervisor.join();
        }
    }

    @Test
    void e9_aTaskThatAStrangerCancelsBeforeItsSpawnThrowsIsCountedAndHandedOverOrNeither() throws Exception {
        AtomicReference<Supervisor> self = new AtomicReference<>();
        Executor executor = task -> {
            Background.run(() -> assertTrue(self.get().tasks().get(0).cancel())).join();
            throw new RejectedExecutionException("full");
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            self.set(supervisor);
            Completions<Integer> completions = supervisor.completions();
            assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> 1));
            assertEquals(0, supervisor.liveCount());
            long pending = completions.pending();
            Task<Integer> handedOver = completions.poll();
            assertEquals(handedOver == null ? 0 : 1, pending);
            assertEquals(0, completions.pending());
            assertThrows(NoSuchElementException.class, completions::take);
            supervisor.join();
        }
    }

    @Test
    void e9_takeNeverHangsWhateverAStrangerDoesWhileTheExecutorRefuses() throws Exception {
        AtomicReference<Supervisor> self = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        Executor executor = task -> {
            Thread.yield();
            throw new RejectedExecutionException("full");
        };
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        self.set(supervisor);
        Completions<Integer> completions = supervisor.completions();
        Background<Void> canceller = Background.run(() -> {
            while (!over.get()) {
                self.get().tasks().forEach(Task::cancel);
            }
        });
        Background<Void> taker = Background.run(() -> {
            while (!over.get()) {
                try {
                    assertTrue(completions.take().isCancelled());
                } catch (NoSuchElementException e) {
                    Thread.yield();
                }
            }
        });
        for (int i = 0; i < 1_000; i++) {
            assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> 1));
        }
        over.set(true);
        canceller.join();
        taker.join();
        while (completions.poll() != null) {
            Thread.yield();
        }
        assertEquals(0, completions.pending());
        assertEquals(0, supervisor.liveCount());
        supervisor.join();
    }

    @Test
    void e9_aSpawnThatAnAbortDropsAndThatThrowsDoesNotCount() {
        Supervisor[] opened = new Supervisor[1];
        try (Supervisor supervisor = Supervisor.builder().executor(task -> {
            opened[0].abort();
            throw new RejectedExecutionException("closed meanwhile");
        }).open()) {
            opened[0] = supervisor;
            Completions<Integer> completions = supervisor.completions();
            assertThrows(RejectedExecutionException.class, () -> completions.spawn(() -> 1));
            assertEquals(0, completions.pending());
            assertNull(completions.poll());
        }
    }

    @Test
    void e9_aSpawnThatAnAbortDropsAndThatReturnsCountsAndIsHandedOver() throws InterruptedException {
        Supervisor[] opened = new Supervisor[1];
        try (Supervisor supervisor = Supervisor.builder().executor(task -> opened[0].abort()).open()) {
            opened[0] = supervisor;
            Completions<Integer> completions = supervisor.completions();
            Task<Integer> task = completions.spawn(() -> 1);
            assertEquals(1, completions.pending());
            assertSame(task, completions.take());
            assertTrue(task.isCancelled());
            assertEquals(0, completions.pending());
        }
    }
}
