package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Finished tasks are handed over once each, in the order in which they finished: E9. */
class CompletionsTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_everyTaskIsHandedOverExactlyOnce(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Integer> completions = supervisor.completions();
            assertSame(supervisor, completions.supervisor());
            Set<Task<Integer>> spawned = new HashSet<>();
            for (int i = 0; i < 500; i++) {
                int number = i;
                spawned.add(completions.spawn(() -> number));
            }
            assertEquals(500, completions.pending());
            for (int left = 499; left >= 0; left--) {
                Task<Integer> task = completions.take();
                assertTrue(task.isDone());
                assertTrue(spawned.remove(task), "handed over twice, or never spawned");
                assertEquals(left, completions.pending());
            }
            assertNull(completions.poll());
            supervisor.join();
        }
    }

    @Test
    void e9_inTheOrderOfCompletion() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Completions<Integer> completions = supervisor.completions();
            List<Task<Integer>> tasks = new ArrayList<>();
            List<Runnable> shells = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int number = i;
                tasks.add(completions.spawn(() -> number));
                shells.add(executor.next());
            }
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                order.add(i * 37 % 100);
            }
            order.forEach(number -> shells.get(number).run());
            for (int number : order) {
                assertSame(tasks.get(number), completions.take());
            }
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e9_theFastComeBeforeTheSlow(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Completions<String> completions = supervisor.completions();
            completions.spawn(() -> {
                Poll.await(release);
                return "slow";
            });
            completions.spawn(() -> "fast");
            assertEquals("fast", completions.take().get());
            assertNull(completions.poll());
            assertEquals(1, completions.pending());
            release.countDown();
            assertEquals("slow", completions.take().get());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_failedAndCancelledOnesToo(Kind kind) throws Exception {
        IllegalStateException failure = new IllegalStateException("on purpose");
        try (Supervisor supervisor = kind.open()) {
            Completions<String> completions = supervisor.completions();
            completions.spawn("failed", () -> {
                throw failure;
            });
            assertSame(failure, completions.take().failure());
            completions.spawn(() -> {
                throw new CancellationException("quits");
            });
            assertEquals(Status.CANCELLED, completions.take().status());
            completions.spawn("cancelled", () -> {
                supervisor.tasks().stream().filter(task -> task.name().equals("cancelled")).forEach(Task::cancel);
                Thread.sleep(Long.MAX_VALUE);
                return "never";
            });
            assertEquals(Status.CANCELLED, completions.take().status());
            assertEquals(0, completions.pending());
            supervisor.join();
        }
    }

    @Test
    void e9_onesThatWereCancelledBeforeTheirStartToo() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Completions<String> completions = supervisor.completions();
            Task<String> cancelled = completions.spawn(() -> "never");
            Task<String> aborted = completions.spawn(() -> "never");
            assertTrue(cancelled.cancel());
            assertSame(cancelled, completions.poll());
            assertEquals(1, completions.pending());
            supervisor.abort();
            assertSame(aborted, completions.take());
            assertTrue(aborted.isCancelled());
            executor.runAll();
            assertNull(completions.poll());
            supervisor.join();
        }
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
    void e9_aTimedPollWithNonePendingThrowsRatherThanWait() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Completions<String> completions = supervisor.completions();
            assertThrows(NoSuchElementException.class, () -> completions.poll(Duration.ofHours(1)));
            completions.spawn(() -> "one");
            assertEquals("one", completions.poll(Duration.ofHours(1)).get());
            assertThrows(NoSuchElementException.class, () -> completions.poll(Duration.ofHours(1)));
            supervisor.join();
        }
    }

    @Test
    void e9_aSecondConsumerIsTurnedAway() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<String> completions = supervisor.completions();
        Task<String> task = completions.spawn(() -> "late");
        Stranger<Task<String>> first = Stranger.call(completions::take);
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
            for (Duration timeout : List.of(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(365_000), Duration.ofNanos(1),
                    Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
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
        Stranger<Task<String>> taker = Stranger.call(() -> completions.poll(Duration.ofSeconds(Long.MAX_VALUE)));
        Poll.untilBlocked(taker.thread());
        executor.runNext();
        assertSame(task, taker.join());
        supervisor.join();
    }

    @Test
    void e9_takeBlocksUntilATaskIsDone() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<Integer> completions = supervisor.completions();
        for (int i = 0; i < 50; i++) {
            Task<Integer> task = completions.spawn(() -> 1);
            Stranger<Task<Integer>> taker = Stranger.call(completions::take);
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
        Stranger<InterruptedException> taker =
                Stranger.call(() -> assertThrows(InterruptedException.class, completions::take));
        Poll.untilBlocked(taker.thread());
        taker.thread().interrupt();
        assertNotNull(taker.join());
        Stranger<InterruptedException> poller =
                Stranger.call(() -> assertThrows(InterruptedException.class, () -> completions.poll(Duration.ofHours(1))));
        Poll.untilBlocked(poller.thread());
        poller.thread().interrupt();
        assertNotNull(poller.join());
        assertEquals(1, completions.pending());
        executor.runNext();
        assertSame(task, completions.take());
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
    void e9_aSpawnThatThrowsWakesABlockedTake() throws Exception {
        AtomicReference<Completions<Integer>> self = new AtomicReference<>();
        AtomicReference<Stranger<NoSuchElementException>> taker = new AtomicReference<>();
        Executor executor = task -> {
            Stranger<NoSuchElementException> stranger =
                    Stranger.call(() -> assertThrows(NoSuchElementException.class, () -> self.get().take()));
            taker.set(stranger);
            Poll.untilBlocked(stranger.thread());
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
            Stranger.run(() -> assertTrue(self.get().tasks().get(0).cancel())).join();
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
        Stranger<Void> canceller = Stranger.run(() -> {
            while (!over.get()) {
                self.get().tasks().forEach(Task::cancel);
            }
        });
        Stranger<Void> taker = Stranger.run(() -> {
            while (!over.get()) {
                try {
                    assertTrue(completions.take().isCancelled());
                } catch (NoSuchElementException e) {
                    Thread.yield();
                }
            }
        });
        for (int i = 0; i < 3_000; i++) {
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

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_manySpawnersOneConsumer(Kind kind) throws Exception {
        int spawners = 4;
        int each = kind == Kind.PER_TASK ? 250 : 2_500;
        Supervisor supervisor = kind.builder().unowned().open();
        Completions<Integer> completions = supervisor.completions();
        List<Stranger<Void>> strangers = new ArrayList<>();
        for (int i = 0; i < spawners; i++) {
            int offset = i * each;
            strangers.add(Stranger.run(() -> {
                for (int j = 0; j < each; j++) {
                    int number = offset + j;
                    completions.spawn(() -> number);
                }
            }));
        }
        boolean[] seen = new boolean[spawners * each];
        int taken = 0;
        while (taken < seen.length) {
            Task<Integer> task;
            try {
                task = taken % 2 == 0 ? completions.take() : completions.poll();
            } catch (NoSuchElementException e) {
                task = null;   // the spawners are behind
            }
            if (task == null) {
                Thread.yield();
            } else {
                assertFalse(seen[task.resultNow()], "handed over twice");
                seen[task.resultNow()] = true;
                taken++;
            }
        }
        strangers.forEach(Stranger::join);
        assertEquals(0, completions.pending());
        assertNull(completions.poll());
        supervisor.join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_whatWasNotTakenCanBeTakenAfterTheSupervisorsEnd(Kind kind) throws Exception {
        Completions<Integer> completions;
        try (Supervisor supervisor = kind.open()) {
            completions = supervisor.completions();
            completions.spawn(() -> 1);
            completions.spawn(() -> 2);
            supervisor.join();
        }
        assertEquals(2, completions.pending());
        assertEquals(3, completions.take().get() + completions.take().get());
        assertThrows(NoSuchElementException.class, completions::take);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_twoOfOneSupervisorAreIndependent(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<String> one = supervisor.completions();
            Completions<String> other = supervisor.completions();
            Task<String> task = one.spawn(() -> "one");
            assertEquals(0, other.pending());
            assertNull(other.poll());
            assertSame(task, one.take());
            supervisor.join();
        }
    }

    @Test
    void e9_aTaskMayBeTheConsumerOfItsSiblings() throws Exception {
        try (Supervisor supervisor = Kind.POOLED.open()) {
            Completions<Integer> completions = supervisor.completions();
            Task<Integer> sum = supervisor.spawn(() -> {
                for (int i = 1; i <= 10; i++) {
                    int number = i;
                    completions.spawn(() -> number);
                }
                int total = 0;
                while (completions.pending() > 0) {
                    total += completions.take().get();
                }
                return total;
            });
            assertEquals(55, sum.get());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_aTaskThatWasTakenIsNotRetained(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Object> completions = supervisor.completions();
            List<WeakReference<?>> traces = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 5; i++) {
                spawnTraced(completions, traces);
            }
            supervisor.spawn(() -> 1).get();
            List<Task<Object>> kept = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                kept.add(completions.take());
            }
            assertEquals(10, traces.size());
            kept.clear();
            Poll.until("none live", () -> supervisor.liveCount() == 0);
            Heap.untilCollected(traces);
            assertEquals(0, completions.pending());
            supervisor.join();
        }
    }

    private static void spawnTraced(Completions<Object> completions, List<WeakReference<?>> traces) {
        Task<Object> task = completions.spawn(() -> {
            Object result = new Object();
            traces.add(new WeakReference<>(result));
            return result;
        });
        traces.add(new WeakReference<>(task));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_aTaskThatWasNotTakenHoldsNoBody(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Object> completions = supervisor.completions();
            WeakReference<?> body = spawnHolding(completions);
            Poll.until("none live", () -> supervisor.liveCount() == 0);
            Heap.untilCollected(body);
            assertEquals("result", completions.take().get());
            supervisor.join();
        }
    }

    private static WeakReference<?> spawnHolding(Completions<Object> completions) {
        AtomicInteger held = new AtomicInteger();
        completions.spawn(() -> {
            held.incrementAndGet();
            return "result";
        });
        return new WeakReference<>(held);
    }

    @Test
    void e9_abandonedCompletionsAreNotHeldByTheSupervisor() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            WeakReference<?> abandoned = abandon(supervisor);
            Heap.untilCollected(abandoned);
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
    }

    private static WeakReference<?> abandon(Supervisor supervisor) {
        Completions<String> completions = supervisor.completions();
        completions.spawn(() -> "never taken");
        return new WeakReference<>(completions);
    }

    @Test
    void e9_nullsAreRefusedAndChangeNothing() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Completions<String> completions = supervisor.completions();
            assertThrows(NullPointerException.class, () -> completions.spawn(null));
            assertThrows(NullPointerException.class, () -> completions.spawn("named", null));
            assertThrows(NullPointerException.class, () -> completions.spawn(null, () -> "unnamed"));
            assertThrows(NullPointerException.class, () -> completions.poll(null));
            assertEquals(0, completions.pending());
            assertEquals(0, supervisor.liveCount());
            completions.spawn("named", () -> "fine");
            assertEquals("named", completions.take().name());
            supervisor.join();
        }
    }
}
