package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.Completions;
import dev.supervisor.Heap;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task.Status;
import dev.supervisor.Task;
import dev.supervisor.UncaughtReports;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    void e9_aTaskWithANameIsTheOneThatIsHandedOver() throws Exception {
        try (Supervisor supervisor = Kind.POOLED.open()) {
            Completions<Integer> completions = supervisor.completions();
            Task<Integer> task = completions.spawn("named", () -> 1);
            assertEquals("named", task.name());
            assertSame(task, completions.take());
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

    /** Up to many more tasks than one segment of the live set has room for. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 100, 1_000})
    void e9_whatAnAbortDropsComesInTheOrderInWhichOneThreadHasSpawnedIt(int count) throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Completions<Integer> completions = supervisor.completions();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add(completions.spawn("" + i, () -> 1).name());
        }
        supervisor.abort();
        assertEquals(expected, namesOfAll(completions));
    }

    /** The test's thread runs some tasks, cancels some, and drops the rest by an abort. */
    @Test
    void e9_whatOneThreadCompletesCancelsAndAbortsComesInThatOrder() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Completions<Integer> completions = supervisor.completions();
        List<Task<Integer>> spawned = new ArrayList<>();
        List<Runnable> shells = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            spawned.add(completions.spawn("" + i, () -> 1));
            shells.add(executor.next());
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i * 37 % 100;
            expected.add("" + number);
            if (i % 2 == 0) {
                shells.get(number).run();
            } else {
                assertTrue(spawned.get(number).cancel());
            }
        }
        spawned.stream().filter(task -> !task.isDone()).forEach(task -> expected.add(task.name()));
        supervisor.abort();
        assertEquals(expected, namesOfAll(completions));
    }

    /** A thread has taken the first task over to complete it, and is stopped there, as can happen in an abort. */
    @Test
    void e9_whatOneThreadDropsComesInThatOrderWhoeverCompletesIt() {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Completions<Integer> completions = supervisor.completions();
        SupervisedTask<Integer> first = (SupervisedTask<Integer>) completions.spawn(() -> 1);
        Task<Integer> second = completions.spawn(() -> 1);
        assertEquals(TaskState.DROPPED, first.request(true));
        assertTrue(first.takeOver(Thread.currentThread()));
        assertTrue(second.cancel());
        Completion.complete(first, null);
        assertSame(first, completions.poll());
        assertSame(second, completions.poll());
        assertEquals(0, completions.pending());
    }

    /** What throws the fatal error. */
    enum Thrower { BODY, CALLBACK, HANDLER }

    @ParameterizedTest
    @EnumSource(Thrower.class)
    void e9_aFatalErrorsOwnTaskComesBeforeWhatItsAbortDrops(Thrower thrower) throws Exception {
        InternalError error = new InternalError("on purpose");
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).onFailure((task, failure) -> {
            if (thrower == Thrower.HANDLER) {
                throw error;
            }
        }).open();
        Completions<Integer> completions = supervisor.completions();
        List<String> expected = new ArrayList<>(List.of("fatal"));
        for (int i = 0; i < 20; i++) {
            expected.add(completions.spawn("" + i, () -> 1).name());
            executor.next();
        }
        completions.spawn("fatal", () -> {
            if (thrower == Thrower.BODY) {
                throw error;
            }
            throw new IllegalStateException("on purpose");
        }).onDone(done -> {
            if (thrower == Thrower.CALLBACK) {
                throw error;
            }
        });
        try (UncaughtReports reports = UncaughtReports.collect()) {
            executor.runNext();
            assertEquals(thrower == Thrower.BODY ? 0 : 1, reports.seen().size());
        }
        assertEquals(expected, namesOfAll(completions));
        assertSame(error, assertThrows(InternalError.class, supervisor::join));
    }

    private static List<String> namesOfAll(Completions<?> completions) throws InterruptedException {
        List<String> names = new ArrayList<>();
        while (completions.pending() > 0) {
            names.add(completions.take().name());
        }
        return names;
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

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e9_manySpawnersOneConsumer(Kind kind) throws Exception {
        int spawners = 4;
        int each = kind == Kind.PER_TASK ? 250 : 2_500;
        Supervisor supervisor = kind.builder().unowned().open();
        Completions<Integer> completions = supervisor.completions();
        List<Background<Void>> background = new ArrayList<>();
        for (int i = 0; i < spawners; i++) {
            int offset = i * each;
            background.add(Background.run(() -> {
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
        background.forEach(Background::join);
        assertEquals(0, completions.pending());
        assertNull(completions.poll());
        supervisor.join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e9_cancelAgainstCompletion_eachIsHandedOverOnce(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Integer> completions = supervisor.completions();
            Set<Task<Integer>> spawned = new HashSet<>();
            for (int i = 0; i < 500; i++) {
                Task<Integer> task = completions.spawn(() -> 1);
                spawned.add(task);
                if (i % 2 == 0) {
                    task.cancel();
                }
            }
            while (!spawned.isEmpty()) {
                assertTrue(spawned.remove(completions.take()), "handed over twice, or never spawned");
            }
            assertThrows(NoSuchElementException.class, completions::take);
            supervisor.join();
            assertNull(completions.poll());
        }
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
