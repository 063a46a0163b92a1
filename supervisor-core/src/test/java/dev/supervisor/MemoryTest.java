package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How much memory a supervisor takes, and that it does not grow with the number of tasks or of waits: E7. */
class MemoryTest {

    private static final long MIB = 1 << 20;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e7_theHeapDoesNotGrowWithTheNumberOfTasksThatHaveRun(Kind kind) throws Exception {
        int tasks = kind == Kind.CALLER_RUNS ? 1_000_000 : kind == Kind.PER_TASK ? 10_000 : 30_000;
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            spawnInBatches(supervisor, ran, 1_000);
            long before = Heap.used();
            spawnInBatches(supervisor, ran, tasks);
            Heap.untilGrownByAtMost(Math.min(MIB, 35L * tasks), before);   // the task object alone takes 40 bytes
            assertEquals(1_000 + tasks, ran.get());
            supervisor.join();
        }
    }

    /** Spawns at most a hundred tasks at a time, so that the peak stays where it is. */
    private static void spawnInBatches(Supervisor supervisor, AtomicInteger ran, int tasks) {
        for (int i = 1; i <= tasks; i++) {
            supervisor.execute(ran::incrementAndGet);
            if (i % 100 == 0) {
                Poll.until("batch done", () -> supervisor.liveCount() == 0);
            }
        }
    }

    @Test
    void e7_afterAPeakOf200000LiveTasksTheSlotsAreFew() throws Exception {
        int peak = 200_000;
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            supervisor.execute(() -> { });
            executor.runAll();
            long before = Heap.used();
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < peak; i++) {
                    supervisor.execute(() -> { });
                }
                assertEquals(peak, supervisor.liveCount());
                executor.runAll();
                assertEquals(0, supervisor.liveCount());
                assertTrue(supervisor.tasks().isEmpty());
                // 12/7 slots of at most 8 bytes for each task of the peak; see LiveTasks.
                Heap.untilGrownByAtMost(14L * peak + MIB / 4, before);
            }
            supervisor.join();
        }
    }

    @Test
    void e7_theSlotsOfAPeakAreGivenBackAsMoreTasksRun() throws Exception {
        int peak = 1_000_000;
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            supervisor.execute(() -> { });
            executor.runAll();
            long before = Heap.used();
            for (int i = 0; i < peak; i++) {
                supervisor.execute(() -> { });
            }
            executor.runAll();
            for (int i = 0; i < peak / 10; i++) {
                supervisor.execute(() -> { });
                executor.runNext();
            }
            Heap.untilGrownByAtMost(MIB / 4, before);
            supervisor.join();
        }
    }

    @Test
    void e7_aCancelledPeakLeavesNoMoreThanOneThatRan() throws Exception {
        int peak = 200_000;
        LateExecutor executor = new LateExecutor();
        long before = Heap.used();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            for (int i = 0; i < peak; i++) {
                supervisor.execute(() -> { });
            }
            supervisor.abort();
            assertEquals(0, supervisor.liveCount());
            executor.runAll();
            Heap.untilGrownByAtMost(14L * peak + MIB / 4, before);
            supervisor.join();
        }
    }

    @Test
    void e7_anIdleSupervisorIsAFewHundredBytes() {
        int count = 20_000;
        List<Supervisor> supervisors = new ArrayList<>(count);
        long before = Heap.used();
        for (int i = 0; i < count; i++) {
            supervisors.add(Supervisor.open());
        }
        Heap.untilGrownByAtMost(400L * count, before);
        supervisors.forEach(Supervisor::close);
        assertEquals(count, supervisors.size());
    }

    @Test
    void e7_timedOutWaitsOnATaskLeaveNothing() throws Exception {
        int threads = 8;
        int waits = 25_000;
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<?> task = supervisor.spawn(() -> 1);
            Background<Void> keeper = Background.run(() -> assertThrows(TaskCancelledException.class, task::get));
            Poll.untilBlocked(keeper.thread());
            long before = Heap.used();
            List<Background<Integer>> waiters = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                waiters.add(Background.call(() -> {
                    int timedOut = 0;
                    for (int wait = 0; wait < waits; wait++) {
                        try {
                            task.get(wait % 3, TimeUnit.MICROSECONDS);
                        } catch (TimeoutException e) {
                            timedOut++;
                        }
                    }
                    return timedOut;
                }));
            }
            List<WeakReference<Thread>> dead = new ArrayList<>();
            for (Background<Integer> waiter : waiters) {
                assertEquals(waits, waiter.join());
                dead.add(new WeakReference<>(waiter.thread()));
            }
            waiters.clear();
            Heap.untilGrownByAtMost(MIB / 4, before);
            Heap.untilCollected(dead);
            task.cancel();
            keeper.join();
            supervisor.join();
        }
    }

    /** A way to wait that an interrupt ends. */
    @FunctionalInterface
    private interface Wait {
        void run() throws InterruptedException;
    }

    @Test
    void e7_interruptedWaitsOnATaskLeaveNothing() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<?> task = supervisor.spawn(() -> 1);
            interruptedWaitsLeaveNothing(() -> {
                try {
                    task.get();
                } catch (ExecutionException e) {
                    throw new AssertionError(e);
                }
            }, task::cancel);
            supervisor.join();
        }
    }

    @Test
    void e7_interruptedJoinsOfASupervisorLeaveNothing() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Task<?> task = supervisor.spawn(() -> 1);
        interruptedWaitsLeaveNothing(supervisor::join, task::cancel);
        assertEquals(0, supervisor.liveCount());
    }

    /** Many threads wait and are interrupted, again and again, beside one that goes on waiting. */
    private static void interruptedWaitsLeaveNothing(Wait wait, Runnable release) {
        int threads = 8;
        int interrupts = 10_000;
        AtomicBoolean released = new AtomicBoolean();
        Background<Boolean> keeper = Background.call(() -> {
            try {
                wait.run();
            } catch (Exception e) {
                assertTrue(released.get(), "no thread interrupts this one");
            }
            return released.get();
        });
        Poll.untilBlocked(keeper.thread());
        AtomicInteger left = new AtomicInteger(interrupts);
        long before = Heap.used();
        List<Background<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            waiters.add(Background.run(() -> {
                while (left.get() > 0) {
                    assertThrows(InterruptedException.class, wait::run);
                    left.decrementAndGet();
                }
            }));
        }
        while (waiters.stream().anyMatch(waiter -> !waiter.hasEnded())) {
            waiters.forEach(waiter -> waiter.thread().interrupt());
            Thread.yield();
        }
        List<WeakReference<Thread>> dead = new ArrayList<>();
        for (Background<Void> waiter : waiters) {
            waiter.join();
            dead.add(new WeakReference<>(waiter.thread()));
        }
        waiters.clear();
        Heap.untilGrownByAtMost(MIB / 4, before);
        Heap.untilCollected(dead);
        released.set(true);
        release.run();
        assertTrue(keeper.join());
    }

    /** A way to complete a future of a task from outside of the task. */
    private enum CompletedBy {
        VALUE {
            @Override
            void complete(CompletableFuture<Object> future) {
                assertTrue(future.complete(1));
            }
        },
        FAILURE {
            @Override
            void complete(CompletableFuture<Object> future) {
                assertTrue(future.completeExceptionally(new IllegalStateException("by hand")));
            }
        },
        CANCEL {
            @Override
            void complete(CompletableFuture<Object> future) {
                assertTrue(future.cancel(true));   // the task ignores it
            }
        },
        ASYNC_VALUE {
            @Override
            void complete(CompletableFuture<Object> future) {
                assertSame(future, future.completeAsync(() -> 2, Runnable::run));
                assertEquals(2, future.join());
            }
        },
        ASYNC_FAILURE {
            @Override
            void complete(CompletableFuture<Object> future) {
                future.completeAsync(() -> {
                    throw new IllegalStateException("by hand");
                }, Runnable::run);
                assertTrue(future.isCompletedExceptionally());
            }
        },
        TIMEOUT {
            @Override
            void complete(CompletableFuture<Object> future) {
                future.orTimeout(1, TimeUnit.NANOSECONDS);
                Poll.until("timed out", future::isCompletedExceptionally);
            }
        },
        TIMEOUT_VALUE {
            @Override
            void complete(CompletableFuture<Object> future) {
                assertEquals(3, future.completeOnTimeout(3, 1, TimeUnit.NANOSECONDS).join());
            }
        },
        OBTRUDED_VALUE {
            @Override
            void complete(CompletableFuture<Object> future) {
                future.obtrudeValue(4);
            }
        },
        OBTRUDED_FAILURE {
            @Override
            void complete(CompletableFuture<Object> future) {
                future.obtrudeException(new IllegalStateException("by hand"));
            }
        };

        abstract void complete(CompletableFuture<Object> future);
    }

    /** A task whose body has begun, and runs until it is released, and ignores interrupts until then. */
    private static Task<Object> stubborn(Supervisor supervisor, CountDownLatch release) {
        CountDownLatch begun = new CountDownLatch(1);
        Task<Object> task = supervisor.spawn(() -> {
            begun.countDown();
            while (release.getCount() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    // Ignored.
                }
            }
            return "released";
        });
        Poll.await(begun);
        return task;
    }

    @ParameterizedTest
    @EnumSource(CompletedBy.class)
    void e7_aTaskLetsGoOfAFutureThatSomebodyElseCompletes(CompletedBy way) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = Kind.PER_TASK.open();
        try {
            Task<Object> task = stubborn(supervisor, release);
            CompletableFuture<Object> before = task.toCompletableFuture();
            List<WeakReference<?>> futures = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                futures.add(completedBy(way, task));
            }
            Heap.untilCollected(futures);
            assertFalse(task.isDone());
            assertFalse(before.isDone());
            release.countDown();
            assertEquals("released", before.join());
        } finally {
            release.countDown();
            supervisor.close();
        }
    }

    private static WeakReference<?> completedBy(CompletedBy way, Task<Object> task) {
        CompletableFuture<Object> future = task.toCompletableFuture();
        way.complete(future);
        return new WeakReference<>(future);
    }

    @Test
    void e7_futuresThatSomebodyHasCompletedLeaveNothing() throws Exception {
        int together = 200_000;
        int oneByOne = 500_000;
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            CompletableFuture<Integer> first = task.toCompletableFuture();
            long before = Heap.used();
            List<CompletableFuture<Integer>> kept = new ArrayList<>();
            for (boolean inOrder : List.of(true, false)) {
                List<CompletableFuture<Integer>> futures = new ArrayList<>();
                for (int i = 0; i < together; i++) {
                    futures.add(task.toCompletableFuture());
                }
                if (inOrder) {
                    task.toCompletableFuture();   // stays registered, so that the future in `kept` is taken out at once
                    Collections.reverse(futures);
                } else {
                    Collections.shuffle(futures, new Random(1));
                }
                futures.forEach(future -> future.complete(2));
                kept.add(futures.get(0));
                futures = null;
                Heap.untilGrownByAtMost(MIB / 4, before);
            }
            for (int i = 0; i < oneByOne; i++) {
                task.toCompletableFuture().completeExceptionally(new TimeoutException());
            }
            Heap.untilGrownByAtMost(MIB / 4, before);
            assertEquals(4, kept.stream().mapToInt(CompletableFuture::join).sum());
            assertFalse(first.isDone());
            task.cancel();
            assertTrue(first.isCancelled());
            supervisor.join();
        }
    }

    @Test
    void e7_aWaitDoesNotSearchForItsLatch() throws Exception {
        int futures = 50_000;
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertThrows(TimeoutException.class, () -> task.get(0, TimeUnit.SECONDS));
            for (int i = 0; i < futures; i++) {
                task.toCompletableFuture();
                task.onDone(done -> { });
            }
            assertTimeout(Poll.DEADLINE, () -> {
                for (int i = 0; i < futures; i++) {
                    assertThrows(TimeoutException.class, () -> task.get(0, TimeUnit.SECONDS));
                }
            });
            task.cancel();
            supervisor.join();
        }
    }

    @Test
    void e7_manyThreadsWhoseWaitsOverlapAndTimeOutLeaveNothing() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<?> task = supervisor.spawn(() -> 1);
            List<WeakReference<Thread>> dead = new ArrayList<>();
            for (int round = 0; round < 10; round++) {
                CountDownLatch together = new CountDownLatch(20);
                List<Background<Void>> waiters = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    waiters.add(Background.run(() -> {
                        together.countDown();
                        Poll.await(together);
                        assertThrows(TimeoutException.class, () -> task.get(1, TimeUnit.MILLISECONDS));
                    }));
                }
                for (Background<Void> waiter : waiters) {
                    waiter.join();
                    dead.add(new WeakReference<>(waiter.thread()));
                }
            }
            Heap.untilCollected(dead);
            assertFalse(task.isDone());
            supervisor.abort();
            supervisor.join();
        }
    }
}
