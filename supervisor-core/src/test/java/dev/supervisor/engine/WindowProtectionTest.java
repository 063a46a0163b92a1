package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.Completions;
import dev.supervisor.GatedTask;
import dev.supervisor.Heap;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Protections that a mutant could take away without a failure of any other test (see {@link ProtectionTest}): those of
 * the windows of a thread, of what an exit does to the interrupt status, and of the end of a task.
 */
class WindowProtectionTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // ---- Inside of which task

    /** No task has to wait for an unowned supervisor, so a task of it can wait for the task that has opened it. */
    @Test
    void c8_aTaskOfAnUnownedSupervisorMayWaitForTheTaskThatHasOpenedIt() throws Exception {
        Supervisor outer = Supervisor.builder().unowned().open();
        AtomicReference<Task<?>> waits = new AtomicReference<>();
        outer.spawn(() -> {
            Supervisor inner = Supervisor.builder().unowned().open();
            waits.set(inner.spawn(outer::shutdown));
            Thread.sleep(Long.MAX_VALUE);
        });
        Poll.until("opened", () -> waits.get() != null);

        waits.get().get(30, TimeUnit.SECONDS);   // so it was not refused

        assertEquals(Supervisor.State.FINISHED, outer.state());
    }

    @Test
    void c8_aTaskThatHasEndedIsNotAroundTheBlockThatItHasLeftOpen() throws Exception {
        Supervisor outer = Supervisor.builder().unowned().open();
        AtomicReference<Supervisor> left = new AtomicReference<>();
        outer.spawn(() -> left.set(Supervisor.open())).get();
        Poll.until("ended", () -> outer.liveCount() == 0);

        left.get().spawn(outer::shutdown).get(30, TimeUnit.SECONDS);   // so it was not refused

        assertEquals(Supervisor.State.FINISHED, outer.state());
        left.get().shutdown();
    }

    @Test
    void c8_allTasksAroundAreKnownToATaskOfABlockNotTheInnermostAlone() {
        Supervisor outer = Kind.POOLED.builder().unowned().open();
        Supervisor between = Supervisor.builder().executor(Runnable::run).unowned().open();
        AtomicReference<Throwable> refused = new AtomicReference<>();
        Task<?> task = outer.spawn(() -> {
            between.spawn(() -> {
                try (Supervisor inner = Kind.POOLED.open()) {
                    inner.spawn(outer::shutdown).onDone(done -> refused.set(done.failure()));
                    inner.join();
                }
            });
        });
        Poll.until("ended", task::isDone);
        assertEquals(IllegalStateException.class, refused.get() == null ? null : refused.get().getClass());
        outer.shutdown();
    }

    @Test
    void c8_aBlockHidesNoTaskBelowIt() throws Exception {
        Supervisor outer = Kind.POOLED.builder().unowned().open();
        Task<?> task = outer.spawn(() -> {
            try (Supervisor inner = Kind.POOLED.open()) {
                assertThrows(IllegalStateException.class, outer::shutdown);
                assertEquals(Supervisor.State.ENTERED, inner.state());
            }
        });
        task.get(20, TimeUnit.SECONDS);
        outer.shutdown();
    }

    @Test
    void c8_aTaskWhoseBodyHasSetAHandlerOfItsOwnIsFound() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        Task<?> task = supervisor.spawn(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> { });
            assertThrows(IllegalStateException.class, supervisor::shutdown);
        });
        task.get(20, TimeUnit.SECONDS);
        supervisor.shutdown();
    }

    // ---- What is kept

    /** On a pooled thread: a supervisor leads to its owner's thread, and a virtual thread keeps what it has run. */
    @Test
    void e6_aBlockThatATaskHasLeftOpenDoesNotKeepTheTask() throws Exception {
        Supervisor outer = Kind.POOLED.builder().open();
        AtomicReference<Supervisor> left = new AtomicReference<>();
        WeakReference<?> result = openIn(outer, left);
        outer.join();

        Heap.untilCollected(result);

        left.get().shutdown();
    }

    private static WeakReference<?> openIn(Supervisor outer, AtomicReference<Supervisor> left) throws Exception {
        Task<Object> task = outer.spawn(() -> {
            left.set(Supervisor.open());
            return new Object();
        });
        return new WeakReference<>(task.get());
    }

    @Test
    void e6_aBlockThatIsLeftIsNotInTheChainAnyMore() throws Exception {
        int depth = Chain.stack().depth();
        Supervisor.open().close();
        Supervisor joined = Supervisor.open();
        joined.join();
        Supervisor.run(supervisor -> supervisor.spawn(() -> { }));
        assertEquals(depth, Chain.stack().depth());
    }

    @Test
    void e7_blocksThatAreNeverLeftAreDroppedOnceTheirSupervisorsAreFinished() {
        int depth = Background.call(() -> {
            for (int i = 0; i < 1_000; i++) {
                Supervisor.open().seal();
            }
            return Chain.stack().depth();
        }).join();
        assertTrue(depth < 20, () -> "windows in the chain: " + depth);
    }

    // ---- Waiting for a canceller

    /** A thread whose {@code interrupt}, if it is slow, returns to another thread only when the test releases it. */
    private static final class Slow extends Thread {

        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        volatile boolean slow;

        Slow(Runnable body) {
            super(body, "slow");
            setDaemon(true);
        }

        @Override
        public void interrupt() {
            super.interrupt();
            if (slow && Thread.currentThread() != this) {
                entered.countDown();
                Poll.await(release);
            }
        }
    }

    /** An exit that waits for a canceller clears the status to park. That status may be for a block above. */
    @Test
    void c6_whatIsClearedToWaitForACancellerIsSetAgain() {
        AtomicReference<Slow> thread = new AtomicReference<>();
        AtomicReference<Supervisor> lower = new AtomicReference<>();
        AtomicReference<Supervisor> upper = new AtomicReference<>();
        Background<Void> owner = Background.run(body -> {
            thread.set(new Slow(body));
            return thread.get();
        }, () -> {
            lower.set(Supervisor.open());
            upper.set(Supervisor.open());
            Poll.spinUntil("being interrupted", () -> thread.get().entered.getCount() == 0);
            lower.get().close();
            assertTrue(Thread.currentThread().isInterrupted(), "for the other block");
            upper.get().close();
        });
        Poll.until("opened", () -> upper.get() != null);
        ((Scope) upper.get()).owner.interrupt();
        thread.get().slow = true;
        Background<Void> shutdown = Background.run(lower.get()::shutdown);
        Poll.await(thread.get().entered);
        Poll.until("waits", () -> thread.get().getState() == Thread.State.TIMED_WAITING);
        thread.get().release.countDown();
        shutdown.join();
        owner.join();
        assertFalse(owner.leftInterrupted());
    }

    // ---- Handing interrupts on

    @Test
    void c6_aTaskThatWasAloneWhenItFeltItsCancellationIsNotToldAgain() {
        Supervisor outer = Supervisor.builder().unowned().open();
        AtomicReference<Boolean> status = new AtomicReference<>();
        outer.spawn(() -> {
            outer.tasks().forEach(Task::cancel);   // itself
            assertTrue(Thread.interrupted());
            Supervisor inner = Supervisor.builder().executor(Runnable::run).unowned().open();
            inner.spawn(() -> {
                inner.tasks().forEach(Task::cancel);
                assertTrue(Thread.interrupted());
            });
            status.set(Thread.interrupted());
        });
        Poll.until("looked", () -> status.get() != null);
        assertFalse(status.get());
        outer.shutdown();
    }

    /** A window looks at its end whether an interrupted block below has settled its interrupt by then. */
    @Test
    void c6_whatAJoinInACallbackHasTakenBackIsNotSetAgainAfterTheCallback() {
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        AtomicReference<Boolean> status = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> {
            Supervisor supervisor = Supervisor.open();
            gated.set(GatedTask.stubborn(Kind.POOLED, supervisor));
            Task<?> done = Supervisor.builder().executor(Runnable::run).unowned().open().spawn(() -> { });
            done.onDone(task -> {
                ((Scope) supervisor).owner.interrupt();
                assertThrows(InterruptedException.class, supervisor::join);   // by one from outside, after ours
            });
            status.set(Thread.currentThread().isInterrupted());
            supervisor.close();
        });
        Poll.until("spawned", () -> gated.get() != null);
        Poll.untilBlocked(owner.thread());
        owner.interrupt();
        Poll.until("called back", () -> status.get() != null);
        gated.get().release();
        owner.join();
        assertFalse(status.get());
    }

    /** An interrupt of a block concerns the windows that stood above it then, and no later window in their place. */
    @Test
    void c6_whatABlockWasToldUnderOneWindowIsNotOwedByTheNextThere() {
        WindowStack stack = Chain.stack();
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            windows.add(new Window() { });
        }
        Owner lower = Owner.open(Chain.stack());
        stack.pushCallbacks(windows.get(0));
        stack.pushCallbacks(windows.get(1));
        lower.interrupt();
        assertTrue(Thread.interrupted());
        stack.pop(windows.get(1));
        assertTrue(Thread.interrupted());
        stack.pop(windows.get(0));
        assertTrue(Thread.interrupted());   // consumed, which the library cannot know

        Owner upper = Owner.open(Chain.stack());
        stack.pushCallbacks(windows.get(2));
        upper.interrupt();
        upper.leaveBlock(false);   // takes it back
        upper.reenterBlock();
        stack.pop(windows.get(2));
        assertFalse(Thread.interrupted());
        upper.leaveBlock(false);
        upper.leave();
        lower.leaveBlock(true);
        lower.leave();
    }

    @Test
    void e4_theStatusThatABodyLeavesDoesNotReachADependentOfItsFuture() {
        Supervisor supervisor = Supervisor.builder().executor(Runnable::run).unowned().open();
        AtomicReference<Boolean> seen = new AtomicReference<>();
        supervisor.spawn(() -> {
            supervisor.tasks().get(0).toCompletableFuture()
                    .thenRun(() -> seen.set(Thread.currentThread().isInterrupted()));
            Thread.currentThread().interrupt();
        });
        assertTrue(Thread.interrupted());
        assertFalse(seen.get());
        supervisor.shutdown();
    }

    /** A block that a body leaves open is not above the callbacks of its task. */
    @Test
    void c6_aStatusSetByACallbackIsKeptThoughTheBodyHasLeftABlockOpen() {
        Supervisor supervisor = Supervisor.builder().executor(Runnable::run).unowned().open();
        supervisor.spawn(() -> {
            supervisor.tasks().get(0).onDone(task -> Thread.currentThread().interrupt()).onDone(task -> { });
            Supervisor.open().seal();
        });
        assertTrue(Thread.interrupted());
        supervisor.shutdown();
    }

    // ---- The order of the end

    @Test
    void c9_aTaskIsListedUntilItsCallbacksHaveRun() {
        Supervisor supervisor = Supervisor.builder().executor(Runnable::run).unowned().open();
        AtomicReference<List<Task<?>>> listed = new AtomicReference<>();
        Task<?> task = supervisor.spawn(() -> {
            supervisor.tasks().get(0).onDone(done -> listed.set(supervisor.tasks()));
        });
        assertEquals(List.of(task), listed.get());
        assertEquals(List.of(), supervisor.tasks());
        supervisor.shutdown();
    }

    /** A task that has retired, and whose completer has not cleared the slot yet, is not listed. */
    @Test
    void c9_aTaskThatIsCountedOutIsNotListed() {
        Supervisor supervisor = Supervisor.builder().executor(task -> { }).unowned().open();
        SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(() -> { });
        assertTrue(task.claim(TaskState.STARTING));
        assertTrue(task.start(Thread.currentThread()));
        task.end(null, TaskState.SUCCEEDED, TaskState.SUCCEEDED);
        assertEquals(List.of(task), supervisor.tasks());
        task.thread = null;

        assertEquals(List.of(), supervisor.tasks());

        ((Scope) supervisor).afterExit(Completion.retire(task));
        supervisor.shutdown();
    }

    /** Tasks that are counted out can still take slots: one for each thread that was stopped just after the count. */
    @Test
    void a5_aSetThatIsFullOfTasksThatAreCountedOutGrows() {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        Stripe stripe = new Stripe();
        int full = stripe.capacity();
        Background.run(() -> {
            for (int i = 0; i <= full; i++) {
                stripe.add(new SupervisedTask<>((Scope) supervisor, (Action) () -> { }, null));
            }
        }).join();
        assertTrue(stripe.capacity() > full);
    }

    @Test
    void e9_aTaskThatIsDroppedInsideOfItsSpawnIsHandedOver() {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Supervisor supervisor = Supervisor.builder().unowned()
                .executor(task -> opened.get().tasks().forEach(Task::cancel)).open();
        opened.set(supervisor);
        Completions<Integer> completions = supervisor.completions();
        Task<Integer> task = completions.spawn(() -> 1);
        assertEquals(task, completions.poll());
        supervisor.shutdown();
    }

    // ---- What an exit does to the status

    /** It cannot be known whether the block has consumed its own interrupt or that of the task around. */
    @Test
    void c6_whoWasToldTogetherWithTheTaskAroundOwesThatItsInterrupt() {
        assertTrue(leftWith(true, true));
    }

    /** An interrupt that the block has consumed has reached the task around. */
    @Test
    void c6_whoWasNotToldOwesTheTaskAroundNothing() {
        assertFalse(leftWith(false, true));
    }

    /** Interrupts a block, or the task around, or both; the block consumes that. Returns the status after the block. */
    private static boolean leftWith(boolean block, boolean task) {
        Supervisor outer = Supervisor.builder().unowned().open();
        AtomicReference<Boolean> status = new AtomicReference<>();
        outer.spawn(() -> {
            try (Supervisor inner = Supervisor.open()) {
                if (block) {
                    ((Scope) inner).owner.interrupt();
                }
                if (task) {
                    outer.tasks().forEach(Task::cancel);
                }
                assertTrue(Thread.interrupted());
            }
            status.set(Thread.interrupted());
        });
        Poll.until("left", () -> status.get() != null);
        outer.shutdown();
        return status.get();
    }

    @Test
    void c6_aJoinIsEndedByTheInterruptOfTheTaskAroundThoughOursIsPendingToo() {
        Supervisor outer = Supervisor.builder().unowned().open();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        AtomicReference<Boolean> ended = new AtomicReference<>();
        Task<?> task = outer.spawn(() -> {
            Supervisor inner = Supervisor.open();
            gated.set(GatedTask.stubborn(Kind.POOLED, inner));
            ((Scope) inner).owner.interrupt();
            outer.tasks().forEach(Task::cancel);
            boolean thrown = false;
            try {
                inner.join();
            } catch (InterruptedException e) {
                thrown = true;
            }
            ended.set(thrown);
            inner.close();
        });
        Poll.until("spawned", () -> gated.get() != null);
        try {
            Poll.until("given up", () -> ended.get() != null);
        } finally {
            gated.get().release();
        }
        assertTrue(ended.get());
        Poll.until("ended", task::isDone);
        outer.shutdown();
    }

    @Test
    void c6_aBlockAboveThatIsOwedNothingKeepsNoStatus() {
        Owner lower = Owner.open(Chain.stack());
        Owner upper = Owner.open(Chain.stack());
        upper.interrupt();
        upper.leaveBlock(false);
        assertFalse(Thread.currentThread().isInterrupted());
        upper.reenterBlock();
        lower.interrupt();
        lower.leaveBlock(false);
        assertFalse(Thread.interrupted());
        lower.leave();
        upper.leaveBlock(false);
        upper.leave();
    }

    @Test
    void c6_aStatusSetAfterTheBlockOfARunHasFeltOursIsNotTakenBack() {
        assertThrows(InterruptedException.class, () -> Supervisor.run(supervisor -> {
            ((Scope) supervisor).owner.interrupt();
            assertTrue(Thread.interrupted());   // ours
            Thread.currentThread().interrupt();   // from outside
            throw new InterruptedException();
        }));
        assertTrue(Thread.interrupted());
    }

    @Test
    void c6_aStatusThatWasPendingAndThatAWaitInTheBlockHasThrownForIsNotOwed() throws Exception {
        Thread.currentThread().interrupt();
        Supervisor supervisor = Supervisor.open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        Task<?> task = supervisor.tasks().get(0);
        assertThrows(InterruptedException.class, task::get);
        ((Scope) supervisor).owner.interrupt();
        gated.release();
        supervisor.close();
        assertFalse(Thread.interrupted(), "ours, which was pending");
    }

    @Test
    void c6_aStatusSetAfterAWaitInTheBlockHasThrownForOursIsNotTakenBack() throws Exception {
        Supervisor supervisor = Supervisor.open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        Task<?> task = supervisor.tasks().get(0);
        ((Scope) supervisor).owner.interrupt();
        assertThrows(InterruptedException.class, task::get);
        Thread.currentThread().interrupt();   // from outside
        gated.release();
        supervisor.close();
        assertTrue(Thread.interrupted());
    }

    @Test
    void c6_aFatalErrorThatWinsOverWhatItsOwnInterruptHasCausedSetsNoStatus() {
        assertThrows(InternalError.class, () -> Supervisor.run(supervisor -> {
            supervisor.spawn(() -> {
                throw new InternalError("on purpose");
            });
            Thread.sleep(Long.MAX_VALUE);
        }));
        assertFalse(Thread.interrupted());
    }

    @Test
    void c5_aRunThatThrowsInterruptedExceptionSetsNoStatusForASecondInterrupt() {
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> Supervisor.run(supervisor -> {
            gated.set(GatedTask.stubborn(Kind.POOLED, supervisor));
            throw new InterruptedException("the block's");
        }));
        Poll.until("spawned", () -> gated.get() != null);
        gated.get().untilTold();
        Poll.untilBlocked(owner.thread());
        owner.interrupt();
        Poll.until("seen", () -> !owner.thread().isInterrupted());
        Poll.untilBlocked(owner.thread());
        gated.get().release();
        assertEquals("the block's", owner.thrown().getMessage());
        assertFalse(owner.leftInterrupted());
    }
}
