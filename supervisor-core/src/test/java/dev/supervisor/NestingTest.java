package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Supervisors that are opened in tasks of other supervisors: C10. */
class NestingTest {

    private static final int DEPTH = 12;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // one level

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_cancellingTheTaskEndsTheRunInIt(Kind kind) throws Exception {
        AtomicReference<GatedTask> inner = new AtomicReference<>();
        AtomicReference<Supervisor> nested = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            Task<Void> outer = supervisor.spawn(() -> kind.builder().run(n -> {
                inner.set(GatedTask.yielding(kind, n));
                nested.set(n);
            }));
            Poll.until("nested", () -> nested.get() != null && nested.get().state() == State.EXITING);
            assertTrue(outer.cancel());
            assertThrows(TaskCancelledException.class, outer::join);
            assertEquals(Status.CANCELLED, inner.get().task().status());
            assertEquals(State.FINISHED, nested.get().state());
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_cancellingTheTaskEndsTheBlockInIt(Kind kind) throws Exception {
        for (boolean join : new boolean[] {true, false}) {
            AtomicReference<GatedTask> inner = new AtomicReference<>();
            AtomicReference<Supervisor> nested = new AtomicReference<>();
            try (Supervisor supervisor = kind.open()) {
                Task<Void> outer = supervisor.spawn(() -> {
                    try (Supervisor n = kind.open()) {
                        inner.set(GatedTask.stubborn(kind, n));
                        nested.set(n);
                        if (join) {
                            n.join();
                        } else {
                            new CountDownLatch(1).await();
                        }
                    }
                });
                Poll.until("nested", () -> nested.get() != null);
                assertTrue(outer.cancel());
                inner.get().untilTold();
                assertFalse(outer.isDone(), "no task of the nested one is stranded");
                inner.get().release();
                assertThrows(TaskCancelledException.class, outer::join);
                assertEquals(State.FINISHED, nested.get().state());
                supervisor.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_theEndOfTheOuterEndsTheNested(Kind kind) {
        for (boolean abort : new boolean[] {true, false}) {
            AtomicReference<GatedTask> inner = new AtomicReference<>();
            Supervisor supervisor = kind.open();
            Task<Void> outer = supervisor.spawn(() -> kind.builder().run(n -> inner.set(GatedTask.yielding(kind, n))));
            Poll.until("nested", () -> inner.get() != null);
            if (abort) {
                supervisor.abort();
            }
            supervisor.close();
            assertEquals(Status.CANCELLED, outer.status());
            assertEquals(Status.CANCELLED, inner.get().task().status());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_aBodyThatSwallowsTheInterruptGoesOn(Kind kind) throws Exception {
        AtomicReference<GatedTask> inner = new AtomicReference<>();
        CountDownLatch swallowed = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<String> outer = supervisor.spawn(() -> kind.builder().<String, Exception>call(n -> {
                inner.set(GatedTask.yielding(kind, n));
                assertThrows(InterruptedException.class, new CountDownLatch(1)::await);
                swallowed.countDown();
                return "goes on";
            }));
            Poll.until("nested", () -> inner.get() != null);
            assertTrue(outer.cancel());
            Poll.await(swallowed);
            assertEquals(Status.RUNNING, inner.get().task().status());
            inner.get().release();
            assertEquals("goes on", outer.join());
            assertEquals(0, inner.get().interrupts());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_theInterruptOfTheNestedOneDoesNotReachTheTaskAroundIt(Kind kind) throws Exception {
        AtomicReference<Supervisor> nested = new AtomicReference<>();
        CountDownLatch over = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<Boolean> outer = supervisor.spawn(() -> {
                try (Supervisor n = kind.open()) {
                    nested.set(n);
                    Poll.until("shut down", Thread.currentThread()::isInterrupted);
                }
                Poll.await(over);
                return Thread.currentThread().isInterrupted();
            });
            Poll.until("nested", () -> nested.get() != null);
            nested.get().shutdown();
            over.countDown();
            assertFalse(outer.join());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_anInlineTaskOfTheNestedOneHandsTheInterruptOn(Kind kind) throws Exception {
        CountDownLatch innermost = new CountDownLatch(1);
        Queue<Task<Void>> inline = new ConcurrentLinkedQueue<>();
        try (Supervisor supervisor = kind.open()) {
            Task<Void> outer = supervisor.spawn(() -> {
                inlineChain(5, innermost, inline);
                new CountDownLatch(1).await();
            });
            Poll.await(innermost);
            assertTrue(outer.cancel());
            assertThrows(TaskCancelledException.class, outer::join);
            assertEquals(5, inline.size());
            assertTrue(inline.stream().allMatch(Task::isDone));
            supervisor.join();
        }
    }

    private static void inlineChain(int depth, CountDownLatch innermost, Queue<Task<Void>> tasks) throws Exception {
        if (depth == 0) {
            innermost.countDown();
            new CountDownLatch(1).await();
        }
        Kind.CALLER_RUNS.builder().run(n -> tasks.add(n.spawn(() -> inlineChain(depth - 1, innermost, tasks))));
    }

    // any depth, every executor

    /** Makes the builders of one chain of supervisors. */
    interface Builders {
        Supervisor.Builder next();
    }

    static Stream<Kind> kinds() {
        return Kind.concurrent().stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void c10_twelveDeepOnEveryKindOfThread(Kind kind) throws Exception {
        cancelled(kind::builder);
        shutDown(kind::builder);
        undisturbed(kind::builder);
    }

    @Test
    void c10_twelveDeepOnAForkJoinPoolOfTwo() throws Exception {
        ForkJoinPool pool = new ForkJoinPool(2);
        try {
            Builders builders = () -> Supervisor.builder().executor(pool).onFailure(FailureHandler.ignore());
            cancelled(builders);
            shutDown(builders);
            undisturbed(builders);
        } finally {
            pool.shutdownNow();
        }
    }

    /** Opens a supervisor with a task in which the next is opened, and so on; the innermost task runs the action. */
    private static void chain(Builders builders, int depth, Action innermost, Queue<Task<Void>> tasks)
            throws Exception {
        if (depth == 0) {
            innermost.run();
        } else if (depth % 2 == 0) {
            builders.next().run(supervisor ->
                    tasks.add(supervisor.spawn(() -> chain(builders, depth - 1, innermost, tasks))));
        } else {
            try (Supervisor supervisor = builders.next().open()) {
                tasks.add(supervisor.spawn(() -> chain(builders, depth - 1, innermost, tasks)));
                supervisor.join();
            }
        }
    }

    private static void cancelled(Builders builders) throws Exception {
        CountDownLatch innermost = new CountDownLatch(1);
        Queue<Task<Void>> tasks = new ConcurrentLinkedQueue<>();
        try (Supervisor supervisor = builders.next().open()) {
            Task<Void> top = supervisor.spawn(() -> chain(builders, DEPTH - 1, () -> {
                innermost.countDown();
                new CountDownLatch(1).await();
            }, tasks));
            Poll.await(innermost);
            assertTrue(top.cancel());
            supervisor.join();
            assertEquals(Status.CANCELLED, top.status());
            assertEquals(DEPTH - 1, tasks.size());
            tasks.forEach(task -> assertEquals(Status.CANCELLED, task.status()));
        }
    }

    private static void shutDown(Builders builders) {
        CountDownLatch innermost = new CountDownLatch(1);
        Queue<Task<Void>> tasks = new ConcurrentLinkedQueue<>();
        Background<Void> owner = Background.run(() -> chain(builders, DEPTH, () -> {
            innermost.countDown();
            new CountDownLatch(1).await();
        }, tasks));
        Poll.await(innermost);
        owner.interrupt();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertEquals(DEPTH, tasks.size());
        tasks.forEach(task -> assertEquals(Status.CANCELLED, task.status()));
    }

    private static void undisturbed(Builders builders) throws Exception {
        CountDownLatch innermost = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Queue<Task<Void>> tasks = new ConcurrentLinkedQueue<>();
        Background<Void> owner = Background.run(() -> chain(builders, DEPTH, () -> {
            innermost.countDown();
            release.await();
        }, tasks));
        Poll.await(innermost);
        Poll.untilBlocked(owner.thread());
        release.countDown();
        owner.join();
        tasks.forEach(task -> assertEquals(Status.SUCCEEDED, task.status()));
    }

    // pools that stop

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void c10_aBlockOnAWorkerOfAPoolThatIsStoppedStillWaitsForItsTasks(boolean now) {
        ForkJoinPool pool = new ForkJoinPool(2);
        AtomicReference<Supervisor> nested = new AtomicReference<>();
        AtomicReference<GatedTask> inner = new AtomicReference<>();
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        CountDownLatch over = new CountDownLatch(1);
        pool.execute(() -> {
            try (Supervisor n = Kind.POOLED.open()) {
                inner.set(GatedTask.stubborn(Kind.POOLED, n));
                nested.set(n);
                n.join();
            } catch (Throwable t) {
                outcome.set(t);
            } finally {
                over.countDown();
            }
        });
        Poll.until("joining", () -> nested.get() != null && nested.get().state() == State.EXITING);
        if (now) {
            pool.shutdownNow();
            inner.get().untilTold();
            Background<Void> shutdown = Background.run(nested.get()::shutdown);
            Poll.untilBlocked(shutdown.thread());
        } else {
            pool.shutdown();
        }
        assertEquals(1, over.getCount());
        inner.get().release();
        Poll.await(over);
        assertEquals(now, outcome.get() instanceof InterruptedException, () -> "" + outcome.get());
        assertEquals(now, outcome.get() != null, () -> "" + outcome.get());
        assertEquals(State.FINISHED, nested.get().state());
    }

    // more blocked workers than the common pool makes up for

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void c10_fourHundredNestedJoinsInTheCommonPool(boolean abort) throws Exception {
        int tasks = 400;
        LateExecutor late = new LateExecutor();
        AtomicInteger entered = new AtomicInteger();
        List<Task<Integer>> outer = new ArrayList<>();
        Supervisor.Builder builder = Supervisor.builder().executor(ForkJoinPool.commonPool());
        try (Supervisor supervisor = builder.onFailure(FailureHandler.ignore()).open()) {
            for (int i = 0; i < tasks; i++) {
                Supervisor.Builder nesting = Supervisor.builder().executor(late);
                outer.add(supervisor.spawn(() -> nesting.<Integer, Exception>call(nested -> {
                    Task<Integer> inner = nested.spawn(() -> 1);
                    entered.incrementAndGet();
                    nested.join();
                    return inner.resultNow();
                })));
            }
            Poll.until("as many workers blocked as there can be", () -> entered.get() >= 250);
            if (abort) {
                supervisor.abort();
                supervisor.join();
                outer.forEach(task -> assertEquals(Status.CANCELLED, task.status(), () -> "" + task.failure()));
            } else {
                Poll.until("all done", () -> {
                    late.runAll();
                    return supervisor.liveCount() == 0;
                });
                supervisor.join();
                outer.forEach(task -> assertEquals(Status.SUCCEEDED, task.status(), () -> "" + task.failure()));
            }
        }
    }
}
