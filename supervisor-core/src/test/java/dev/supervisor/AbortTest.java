package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Asking every task to cancel, without waiting for any: C2. */
class AbortTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // by any thread

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_theOwnerMayAbort(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            GatedTask yielding = GatedTask.yielding(kind, supervisor);
            supervisor.abort();
            assertAborting(supervisor);
            assertEquals(Status.CANCELLED, yielding.end());
            stubborn.untilTold();
            stubborn.release();
            supervisor.join();
            assertEquals(Status.SUCCEEDED, stubborn.task().status());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_aStrangerMayAbort(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            Background<Void> background = Background.run(supervisor::abort);
            background.join();
            assertFalse(background.leftInterrupted());
            assertAborting(supervisor);
            stubborn.untilTold();
            stubborn.release();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_aTaskMayAbort(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            Task<Boolean> task = supervisor.spawn(() -> {
                assertFalse(Thread.currentThread().isInterrupted());
                supervisor.abort();
                return Thread.currentThread().isInterrupted();
            });
            assertTrue(task.join(), "the task that aborts is interrupted, too");
            assertAborting(supervisor);
            stubborn.untilTold();
            stubborn.release();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_aCallbackMayAbort(Kind kind) {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            GatedTask other = GatedTask.stubborn(kind, supervisor);
            other.task().onDone(task -> {
                supervisor.abort();
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            other.release();
            stubborn.untilTold();
            assertAborting(supervisor);
            stubborn.release();
        }
        assertEquals(false, interrupted.get(), "its task is done, and so is not interrupted");
    }

    private static void assertAborting(Supervisor supervisor) {
        assertEquals(State.ABORTING, supervisor.state());
        RejectedExecutionException thrown =
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        assertTrue(thrown.getMessage().contains("is shutting down"), thrown.getMessage());
    }

    @Test
    void c2_abortOfAnEmptySupervisorFinishesIt() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.abort();
            assertEquals(State.FINISHED, supervisor.state());
            supervisor.join();
            supervisor.abort();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_abortWhileTheOwnerJoinsEndsTheTasksAndLeavesTheOwnerAlone(Kind kind) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Background<Void> owner = Background.run(CountedThread::new, () -> {
            try (Supervisor supervisor = kind.open()) {
                GatedTask gated = GatedTask.yielding(kind, supervisor);
                opened.set(supervisor);
                supervisor.join();
                assertEquals(Status.CANCELLED, gated.task().status());
            }
        });
        Poll.until("joining", () -> opened.get() != null && opened.get().state() == State.EXITING);
        opened.get().abort();
        owner.join();
        assertEquals(0, ((CountedThread) owner.thread()).interrupts());
    }

    // idempotent, never waits

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_aSecondAbortTellsNobodyTwice(Kind kind) {
        LateExecutor late = new LateExecutor();
        AtomicInteger callbacks = new AtomicInteger();
        try (Supervisor supervisor = kind.open(); Supervisor never = Supervisor.builder().executor(late).open()) {
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            Task<Integer> pending = never.spawn(() -> 1);
            pending.onDone(task -> callbacks.incrementAndGet());
            for (int i = 0; i < 3; i++) {
                supervisor.abort();
                stubborn.untilTold();
                never.abort();
                assertEquals(1, callbacks.get());
            }
            Background.run(supervisor::abort).join();
            stubborn.release();
            stubborn.end();
            assertEquals(1, stubborn.interrupts());
        }
        assertEquals(1, callbacks.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c2_abortDoesNotWaitForTasks(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            supervisor.abort();
            assertFalse(stubborn.hasEnded());
            assertEquals(Status.RUNNING, stubborn.task().status());
            assertEquals(1, supervisor.liveCount());
            stubborn.release();
        }
    }

    @Test
    void c2_abortDoesNotWaitForTheCallbacksOfAnother() {
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned().open();
        supervisor.spawn(() -> 1).onDone(task -> {
            inCallback.countDown();
            Poll.await(release);
        });
        Background<Void> first = Background.run(supervisor::abort);
        Poll.await(inCallback);
        supervisor.abort();
        assertFalse(first.hasEnded());
        assertEquals(State.ABORTING, supervisor.state(), "a task is live until its callbacks have run");
        release.countDown();
        first.join();
        assertEquals(State.FINISHED, supervisor.state());
        supervisor.close();
    }

    // two passes

    /** Runs tasks on threads of the given maker or, if {@code drop} is set, drops them, so that they stay pending. */
    private static final class Selective implements Executor {
        final List<Thread> threads = new ArrayList<>();
        final Function<Runnable, Thread> maker;
        boolean drop;

        Selective(Function<Runnable, Thread> maker) {
            this.maker = maker;
        }

        @Override
        public void execute(Runnable task) {
            if (!drop) {
                Thread thread = maker.apply(task);
                threads.add(thread);
                thread.start();
            }
        }
    }

    @Test
    void c2_pendingOnesBecomeCancelledAndRunningOnesAreInterrupted() {
        Selective executor = new Selective(Kind::daemon);
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            List<GatedTask> running = new ArrayList<>();
            List<Task<Integer>> pending = new ArrayList<>();
            List<Thread> callbacks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                executor.drop = false;
                running.add(GatedTask.stubborn(Kind.POOLED, supervisor));
                executor.drop = true;
                pending.add(supervisor.spawn(() -> 1));
                pending.get(i).onDone(task -> callbacks.add(Thread.currentThread()));
            }
            supervisor.abort();
            for (int i = 0; i < 20; i++) {
                assertEquals(Status.CANCELLED, pending.get(i).status());
                assertSame(Thread.currentThread(), callbacks.get(i));
                running.get(i).untilTold();
            }
            assertEquals(20, callbacks.size());
            assertEquals(20, supervisor.liveCount());
            running.forEach(GatedTask::release);
        }
    }

    @Test
    void c2_everybodyIsToldAndTheCallersOwnTaskLastBeforeAnyCallbackRuns() {
        ConcurrentLinkedQueue<Thread> interrupted = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
        List<Task<Integer>> pending = new ArrayList<>();
        class Told extends Thread {
            Told(Runnable body) {
                super(body);
                setDaemon(true);
            }

            @Override
            public void interrupt() {
                if (Thread.currentThread() == this && !pending.stream().allMatch(Task::isDone)) {
                    faults.add("interrupted before the pending tasks were cancelled");
                }
                interrupted.add(this);
                super.interrupt();
            }
        }
        Selective executor = new Selective(Told::new);
        AtomicInteger callbacks = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            List<GatedTask> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(GatedTask.stubborn(Kind.POOLED, supervisor));
            }
            Task<Boolean> aborter = supervisor.spawn(() -> {
                Poll.await(go);
                supervisor.abort();
                return Thread.interrupted();
            });
            for (int i = 0; i < 8; i++) {
                running.add(GatedTask.stubborn(Kind.POOLED, supervisor));
            }
            executor.drop = true;
            for (int i = 0; i < 8; i++) {
                pending.add(supervisor.spawn(() -> 1));
                pending.get(i).onDone(task -> {
                    callbacks.incrementAndGet();
                    if (interrupted.size() < 17 || !pending.stream().allMatch(Task::isCancelled)) {
                        faults.add("a callback before all tasks were asked to cancel");
                    }
                    if (Thread.currentThread().isInterrupted()) {
                        faults.add("a callback that finds the aborter's interrupt");
                    }
                });
            }
            go.countDown();
            assertTrue(aborter.join(), "the aborter's own interrupt is there after the callbacks");
            assertEquals(List.of(), List.copyOf(faults));
            assertEquals(8, callbacks.get());
            List<Thread> order = List.copyOf(interrupted);
            assertEquals(17, Set.copyOf(order).size());
            assertEquals(16, Set.copyOf(order.subList(0, 16)).size(), "none twice");
            assertSame(executor.threads.get(8), order.get(16), "the aborter is interrupted last");
            running.forEach(GatedTask::release);
        }
    }

    @Test
    void c2_aCallbackThatBlocksKeepsNobodyFromBeingTold() {
        Selective executor = new Selective(Kind::daemon);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger inCallback = new AtomicInteger();
        List<GatedTask> running = new ArrayList<>();
        List<Task<Integer>> pending = new ArrayList<>();
        Supervisor supervisor = Supervisor.builder().executor(executor).unowned().open();
        for (int i = 0; i < 10; i++) {
            executor.drop = true;
            Task<Integer> task = supervisor.spawn(() -> 1);
            pending.add(task);
            task.onDone(t -> {
                inCallback.incrementAndGet();
                Poll.await(release);
            });
            executor.drop = false;
            running.add(GatedTask.yielding(Kind.POOLED, supervisor));
        }
        Background<Void> aborter = Background.run(supervisor::abort);
        Poll.until("a callback blocks", () -> inCallback.get() > 0);
        running.forEach(gated -> assertEquals(Status.CANCELLED, gated.end()));
        pending.forEach(task -> assertEquals(Status.CANCELLED, task.status()));
        assertFalse(aborter.hasEnded());
        release.countDown();
        aborter.join();
        supervisor.close();
        assertEquals(10, inCallback.get());
    }

    // from callbacks, again and again

    @Test
    void c2_fiftyThousandCallbacksThatEachAbortDoNotRecurse() {
        int tasks = 50_000;
        AtomicInteger depth = new AtomicInteger();
        AtomicInteger deepest = new AtomicInteger();
        AtomicInteger callbacks = new AtomicInteger();
        Supervisor supervisor = Supervisor.builder().executor(task -> { }).unowned().open();
        for (int i = 0; i < tasks; i++) {
            supervisor.spawn(() -> 1).onDone(task -> {
                deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
                supervisor.abort();
                callbacks.incrementAndGet();
                depth.decrementAndGet();
            });
        }
        assertEquals(tasks, supervisor.liveCount());
        long start = System.nanoTime();
        supervisor.abort();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertEquals(tasks, callbacks.get());
        assertEquals(1, deepest.get(), "a callback inside of another's abort");
        assertEquals(State.FINISHED, supervisor.state());
        assertTrue(millis < 10_000, "took " + millis + " ms: a visit of the live set for each callback?");
        supervisor.close();
    }

    /** Each task runs inside of the one before, on one thread. At its end the status is set again for those around. */
    @Test
    void c2_anAbortOfNestedTasksTakesTimeInProportionToTheirNumber() {
        long few = Long.MAX_VALUE;
        long many = Long.MAX_VALUE;
        for (int round = 0; round < 6; round++) {
            few = Math.min(few, new Nest(10_000).nanosOfAbort());
            many = Math.min(many, new Nest(80_000).nanosOfAbort());
        }
        long factor = many / few;
        assertTrue(factor <= 25, () -> "8 times as many take " + factor + " times as long");
    }

    /** Tasks each of which spawns the next one in itself; the innermost aborts. */
    private static final class Nest implements Runnable {

        /** Not the time of day, which others on the machine take part of. */
        private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

        private final Supervisor supervisor = Supervisor.builder().executor(Runnable::run).unowned().open();
        private int left;
        private long aborted;
        private long ended;

        Nest(int tasks) {
            left = tasks;
        }

        @Override
        public void run() {
            if (--left > 0) {
                supervisor.execute(this);
            } else {
                aborted = CPU.getCurrentThreadCpuTime();
                supervisor.abort();
            }
        }

        long nanosOfAbort() {
            Thread thread = new Thread(null, () -> {
                supervisor.execute(this);
                ended = CPU.getCurrentThreadCpuTime();
            }, "nest", 1 << 30);
            thread.start();
            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> thread.join());
            assertEquals(0, left);
            assertEquals(State.FINISHED, supervisor.state());
            return ended - aborted;
        }
    }

    @Test
    void c2_aCancelFromACallbackOfAbortFindsTheOthersToldAlready() {
        AtomicInteger callbacks = new AtomicInteger();
        AtomicInteger cancelsInVain = new AtomicInteger();
        List<Task<Integer>> tasks = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            for (int i = 0; i < 100; i++) {
                tasks.add(supervisor.spawn(() -> 1));
                tasks.get(i).onDone(t -> {
                    callbacks.incrementAndGet();
                    cancelsInVain.addAndGet((int) tasks.stream().filter(other -> !other.cancel()).count());
                });
            }
            supervisor.abort();
            assertEquals(100, callbacks.get());
            assertEquals(100 * 100, cancelsInVain.get(), "each callback finds all tasks done");
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @Test
    void c2_aCallbackThatThrowsKeepsNoOtherFromRunning() {
        AtomicInteger callbacks = new AtomicInteger();
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> 1).onDone(task -> {
                    callbacks.incrementAndGet();
                    throw new IllegalStateException("on purpose");
                });
            }
            supervisor.abort();
            assertEquals(10, callbacks.get());
            assertEquals(10, uncaught.seen().size());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    // interrupt() is user code

    @Test
    void c2_anInterruptThatThrowsSkipsNobody() {
        AtomicInteger made = new AtomicInteger();
        AtomicInteger interrupted = new AtomicInteger();
        class Throwing extends Thread {
            private final int number = made.getAndIncrement();

            Throwing(Runnable body) {
                super(body);
                setDaemon(true);
            }

            @Override
            public void interrupt() {
                interrupted.incrementAndGet();
                if (number % 3 == 0) {
                    throw new SecurityException("interrupt refused");
                }
                super.interrupt();
                if (number % 3 == 1) {
                    throw new LinkageError("interrupt broken");
                }
            }
        }
        Supervisor supervisor = Supervisor.builder().threadFactory(Throwing::new).unowned().open();
        List<GatedTask> tasks = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            tasks.add(GatedTask.stubborn(Kind.PER_TASK, supervisor));
        }
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Background<Void> aborter = Background.run(supervisor::abort);
            Throwable outcome = aborter.outcome();
            assertEquals(12, interrupted.get());
            assertNull(outcome, "abort deals with what interrupt() throws");
            tasks.forEach(GatedTask::release);
            tasks.forEach(gated -> assertEquals(Status.SUCCEEDED, gated.end()));
            supervisor.close();
            assertEquals(State.FINISHED, supervisor.state());
            assertEquals(8, uncaught.seen().size(), "reported once each: " + uncaught.seen());
        }
    }
}
