package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * E7: the memory of a supervisor depends on how many tasks are live, or were live at once, and never on how many have
 * run. The collector runs until the measured figure no longer falls, so the figures are those of the reachable objects.
 *
 * <p>{@code -Dmemory.tasks} sets the number of tasks in each long run (20 million by default; a tenth of that where
 * each task starts a platform thread of a pool, that is, by default on a JDK without virtual threads).
 */
class LongRunMemoryTest {

    private static final long TASKS = Long.getLong("memory.tasks", 20_000_000);
    private static final boolean VIRTUAL = Runtime.version().feature() >= 21;

    /** The most tasks that are live at once in a long run: back-pressure, so that the heap has no backlog. */
    private static final int BACKLOG = 2_000;
    private static final int PEAK = 200_000;
    private static final int IDLE = 100_000;

    private static final long MIB = 1 << 20;
    /** E7's bound for what remains of each task of the peak. */
    private static final long BYTES_PER_PEAK_TASK = 16;
    private static final long CONSTANT = 64 << 10;
    /** The bytes of a supervisor before its first task, and of one that is idle after a task. */
    private static final long IDLE_BYTES = 300;
    private static final long RETIRED_BYTES = 720;

    /** Reachable while the heap is measured. */
    private static volatile Object kept;

    private enum Runs {
        CALLER, COMMON_POOL, DEFAULT;

        long tasks() {
            return this == DEFAULT && !VIRTUAL ? TASKS / 10 : TASKS;
        }

        Supervisor open() {
            Supervisor.Builder builder = Supervisor.builder().onFailure(FailureHandler.ignore());
            return switch (this) {
                case CALLER -> builder.executor(Runnable::run).open();
                case COMMON_POOL -> builder.executor(ForkJoinPool.commonPool()).open();
                case DEFAULT -> builder.open();
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void twentyMillionTasksLeaveNothingBehind(Runs runs) throws InterruptedException {
        long start = System.nanoTime();
        try (Supervisor supervisor = runs.open()) {
            LongAdder done = new LongAdder();
            LongAdder called = new LongAdder();
            long warmUp = runs.tasks() / 100;
            spawn(supervisor, warmUp, done, called);
            long before = used();
            spawn(supervisor, runs.tasks(), done, called);
            long after = used();
            assertEquals(warmUp + runs.tasks(), done.sum());
            assertTrue(called.sum() > runs.tasks() / 16, "callbacks ran");
            assertTrue(after - before <= MIB, () -> runs + " retains " + (after - before) + " bytes");
            report(runs + ": " + runs.tasks() + " tasks leave " + (after - before) + " bytes, in "
                    + (System.nanoTime() - start) / 1_000_000 + " ms");
            supervisor.join();
        }
    }

    /** Spawns so many tasks, some with callbacks, some that fail, and returns when all are done. */
    private static void spawn(Supervisor supervisor, long tasks, LongAdder done, LongAdder called) {
        IllegalStateException failure = new IllegalStateException("every 64th");
        for (long i = 0; i < tasks; i++) {
            long number = i;
            Task<Long> task = supervisor.<Long>spawn(() -> {
                done.increment();
                if ((number & 63) == 0) {
                    throw failure;
                }
                return number;
            });
            if ((i & 15) == 0) {
                task.onDone(finished -> called.increment());
            }
            if ((i & 1023) == 1023) {
                await(supervisor, BACKLOG);
            }
        }
        await(supervisor, 0);
    }

    private static void await(Supervisor supervisor, long backlog) {
        if (supervisor.liveCount() > backlog) {
            Poll.until("at most " + backlog + " live", () -> supervisor.liveCount() <= backlog);
        }
    }

    @Test
    void peakOfLiveTasksLeavesBoundedSlots() throws InterruptedException {
        Deque<Runnable> waiting = new ArrayDeque<>(PEAK + 1);
        for (int i = 0; i < PEAK; i++) {
            waiting.add(() -> { });
        }
        waiting.clear(); // the queue has its full size now
        try (Supervisor supervisor = Supervisor.builder().executor(waiting::add).open()) {
            supervisor.spawn(() -> "first");
            waiting.remove().run();
            long before = used();
            for (int i = 0; i < PEAK; i++) {
                supervisor.spawn(() -> "one of many");
            }
            assertEquals(PEAK, supervisor.liveCount());
            long peak = used() - before;
            while (!waiting.isEmpty()) {
                waiting.remove().run();
            }
            assertEquals(0, supervisor.liveCount());
            long remains = used() - before;
            report("live: " + peak / PEAK + " bytes a task; after a peak of " + PEAK + ": " + remains + " bytes, "
                    + (double) remains / PEAK + " a task");
            assertTrue(remains <= PEAK * BYTES_PER_PEAK_TASK + CONSTANT, () -> remains + " bytes remain");
            supervisor.join();
        }
    }

    @Test
    void secondPeakNeedsNoNewSlots() throws InterruptedException {
        Deque<Runnable> waiting = new ArrayDeque<>(PEAK + 1);
        try (Supervisor supervisor = Supervisor.builder().executor(waiting::add).open()) {
            long before = 0;
            for (int round = 0; round < 6; round++) {
                for (int i = 0; i < PEAK; i++) {
                    supervisor.spawn(() -> "one of many");
                }
                while (!waiting.isEmpty()) {
                    waiting.remove().run();
                }
                if (round == 0) {
                    before = used();
                }
            }
            long more = used() - before;
            report("five more peaks of " + PEAK + " add " + more + " bytes");
            assertTrue(more <= CONSTANT, () -> more + " bytes more");
            supervisor.join();
        }
    }

    @Test
    void idleSupervisorIsSmall() {
        long bytes = each(() -> Supervisor.builder().unowned().open());
        report("an idle supervisor: " + bytes + " bytes");
        assertTrue(bytes <= IDLE_BYTES, () -> bytes + " bytes");
    }

    @Test
    void supervisorThatHasGoneIdleIsSmall() {
        Executor inline = Runnable::run;
        long bytes = each(() -> {
            Supervisor supervisor = Supervisor.builder().unowned().executor(inline).open();
            supervisor.spawn(() -> "its only task");
            return supervisor;
        });
        report("a supervisor that has gone idle: " + bytes + " bytes");
        assertTrue(bytes <= RETIRED_BYTES, () -> bytes + " bytes");
    }

    @Test
    void timedWaitsLeaveNothingBehind() throws Exception {
        AtomicReference<Runnable> held = new AtomicReference<>();
        try (Supervisor supervisor = Supervisor.builder().executor(held::set).open()) {
            Task<String> task = supervisor.spawn(() -> "late");
            timeOut(task, 1_000);
            interruptJoin(supervisor, 1_000);
            long before = used();
            timeOut(task, 20_000);
            interruptJoin(supervisor, 20_000);
            long more = used() - before;
            report("20,000 timed and 20,000 interrupted waits leave " + more + " bytes");
            assertTrue(more <= CONSTANT, () -> more + " bytes more");
            held.get().run();
            assertEquals("late", task.get());
            supervisor.join();
        }
    }

    private static void timeOut(Task<?> task, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            try {
                task.get(1, TimeUnit.MICROSECONDS);
                throw new AssertionError("has a result before its start");
            } catch (TimeoutException expected) {
                assertEquals(Task.Status.PENDING, task.status());
            }
        }
    }

    private static void interruptJoin(Supervisor supervisor, int times) {
        for (int i = 0; i < times; i++) {
            Thread.currentThread().interrupt();
            try {
                supervisor.join();
                throw new AssertionError("joined with a live task");
            } catch (InterruptedException expected) {
                assertEquals(1, supervisor.liveCount());
            }
        }
    }

    // ---- measuring

    /** Bytes for each of many supervisors. */
    private static long each(Supplier<Supervisor> opener) {
        for (int i = 0; i < 1_000; i++) {
            opener.get(); // loads classes, and makes lazy statics
        }
        List<Supervisor> many = new ArrayList<>(IDLE);
        kept = many;
        long before = used();
        for (int i = 0; i < IDLE; i++) {
            many.add(opener.get());
        }
        long bytes = (used() - before) / IDLE;
        assertEquals(IDLE, many.size());
        kept = null;
        return bytes;
    }

    /** The bytes in use, after collections until these find nothing more. */
    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int still = 0, rounds = 0; still < 3 && rounds < 30; rounds++) {
            System.gc();
            long used = runtime.totalMemory() - runtime.freeMemory();
            still = used < least - 4_096 ? 0 : still + 1;
            least = Math.min(least, used);
        }
        return least;
    }

    private static void report(String figure) {
        System.out.println("LongRunMemoryTest: " + figure);
    }
}
