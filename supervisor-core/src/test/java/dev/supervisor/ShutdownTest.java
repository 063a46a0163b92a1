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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A shutdown aborts, interrupts the owner in its block, and waits: C3. */
class ShutdownTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** An owner on a counted thread, which hands its supervisor to the test. */
    private static final class Owner {
        final AtomicReference<Supervisor> opened = new AtomicReference<>();
        final Background<Void> background;

        Owner(Kind kind, Block<Exception> body) {
            background = Background.run(CountedThread::new, () -> {
                try (Supervisor supervisor = kind.open()) {
                    opened.set(supervisor);
                    body.run(supervisor);
                }
            });
        }

        Supervisor supervisor() {
            Poll.until("opened", () -> opened.get() != null || background.hasEnded());
            return opened.get();
        }

        int interrupts() {
            return ((CountedThread) background.thread()).interrupts();
        }
    }

    // abort and wait

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_shutdownAbortsAndWaitsForEveryTask(Kind kind) {
        AtomicInteger cleanUps = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            GatedTask slow = GatedTask.stubborn(kind, supervisor);
            slow.task().onDone(task -> cleanUps.incrementAndGet());
            List<GatedTask> quick = List.of(GatedTask.yielding(kind, supervisor), GatedTask.yielding(kind, supervisor));
            Background<Void> background = Background.run(() -> {
                slow.untilTold();
                quick.forEach(GatedTask::end);
                assertEquals(State.ABORTING, supervisor.state());
                slow.release();
            });
            supervisor.shutdown();
            assertEquals(1, cleanUps.get());
            assertTrue(slow.hasEnded());
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.FINISHED, supervisor.state());
            quick.forEach(gated -> assertEquals(Status.CANCELLED, gated.task().status()));
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            background.join();
        }
    }

    @Test
    void c3_shutdownEndsTasksThatNeverStarted() {
        AtomicInteger callbacks = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                tasks.add(supervisor.spawn(() -> 1));
                tasks.get(i).onDone(task -> callbacks.incrementAndGet());
            }
            supervisor.shutdown();
            assertEquals(100, callbacks.get());
            tasks.forEach(task -> assertEquals(Status.CANCELLED, task.status()));
        }
    }

    @Test
    void c3_shutdownOfAnEmptyOneAndAgain() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.shutdown();
            assertEquals(State.FINISHED, supervisor.state());
            supervisor.shutdown();
            Background<Void> background = Background.run(supervisor::shutdown);
            background.join();
            assertTrue(Thread.interrupted(), "the owner is still in its block when another thread shuts down");
            supervisor.join();
        }
    }

    @Test
    void c3_shutdownAfterCloseDoesNothing() throws Exception {
        Supervisor closed = Supervisor.open();
        closed.close();
        Supervisor joined = Supervisor.open();
        joined.join();
        Background.run(closed::shutdown).join();
        Background.run(joined::shutdown).join();
        closed.shutdown();
        assertFalse(Thread.currentThread().isInterrupted(), "the owner has left");
        joined.close();
    }

    // the owner

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_theOwnersBodyIsInterruptedByAStranger(Kind kind) {
        CountDownLatch spawned = new CountDownLatch(1);
        Owner owner = new Owner(kind, supervisor -> {
            GatedTask.yielding(kind, supervisor);
            spawned.countDown();
            new CountDownLatch(1).await();
        });
        Poll.await(spawned);
        owner.supervisor().shutdown();
        assertInstanceOf(InterruptedException.class, owner.background.thrown());
        assertEquals(1, owner.interrupts());
        assertFalse(owner.background.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c3_theOwnersBodyIsInterruptedOnceByManyShutdownsFromAnywhere(Kind kind) {
        AtomicBoolean leave = new AtomicBoolean();
        AtomicInteger seen = new AtomicInteger();
        Owner owner = new Owner(kind, supervisor -> {
            while (!leave.get()) {
                if (Thread.interrupted()) {
                    seen.incrementAndGet();
                }
                Thread.onSpinWait();
            }
        });
        Supervisor supervisor = owner.supervisor();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        List<Background<Void>> shutdowns = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            shutdowns.add(Background.run(supervisor::shutdown));
        }
        Poll.until("interrupted", () -> seen.get() == 1);
        gated.release();
        shutdowns.forEach(Background::join);
        supervisor.shutdown();
        assertEquals(1, owner.interrupts());
        assertFalse(owner.background.hasEnded(), "no shutdown has waited for the owner to leave");
        leave.set(true);
        owner.background.join();
        assertEquals(1, seen.get());
        assertEquals(1, owner.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_theOwnerIsNotInterruptedByItsOwnShutdown(Kind kind) {
        Owner owner = new Owner(kind, supervisor -> {
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            supervisor.shutdown();
            assertFalse(Thread.currentThread().isInterrupted());
            assertEquals(Status.CANCELLED, gated.task().status());
        });
        owner.background.join();
        assertEquals(0, owner.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_anOwnerThatJoinsIsNotInterrupted(Kind kind) {
        CountDownLatch spawned = new CountDownLatch(1);
        Owner owner = new Owner(kind, supervisor -> {
            GatedTask.yielding(kind, supervisor);
            spawned.countDown();
            supervisor.join();
        });
        Poll.await(spawned);
        Poll.until("joining", () -> owner.supervisor().state() == State.EXITING);
        owner.supervisor().shutdown();
        owner.background.join();
        assertEquals(0, owner.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_anOwnerThatClosesIsNotInterrupted(Kind kind) {
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Owner owner = new Owner(kind, supervisor -> gated.set(GatedTask.stubborn(kind, supervisor)));
        Poll.until("spawned", () -> gated.get() != null);
        gated.get().untilTold();
        Background<Void> background = Background.run(owner.supervisor()::shutdown);
        Poll.untilBlocked(background.thread());
        assertFalse(owner.background.hasEnded());
        gated.get().release();
        background.join();
        owner.background.join();
        assertEquals(0, owner.interrupts());
        assertEquals(1, gated.get().interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_anOwnerBackFromAnInterruptedJoinIsInterrupted(Kind kind) {
        CountDownLatch back = new CountDownLatch(1);
        Owner owner = new Owner(kind, supervisor -> {
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            assertThrows(InterruptedException.class, supervisor::join);
            assertEquals(Status.RUNNING, gated.task().status());
            back.countDown();
            new CountDownLatch(1).await();
        });
        Poll.until("joining", () -> owner.supervisor().state() == State.EXITING);
        owner.background.interrupt();
        Poll.await(back);
        owner.supervisor().shutdown();
        assertInstanceOf(InterruptedException.class, owner.background.thrown());
        assertEquals(2, owner.interrupts(), "one from outside, one from the shutdown");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_anOwnerBackFromAnInterruptedJoinIsNotInterruptedByUsAgain(Kind kind) {
        CountDownLatch joining = new CountDownLatch(1);
        CountDownLatch back = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Owner owner = new Owner(kind, supervisor -> {
            gated.set(GatedTask.stubborn(kind, supervisor));
            assertThrows(InterruptedException.class, new CountDownLatch(1)::await);
            joining.countDown();
            assertThrows(InterruptedException.class, supervisor::join);
            back.countDown();
            leave.await();
        });
        Poll.until("spawned", () -> gated.get() != null);
        Background<Void> first = Background.run(owner.supervisor()::shutdown);
        Poll.await(joining);
        // Not TIMED_WAITING: so the owner waits for a shutdown that is about to interrupt it, and takes the status back.
        Poll.until("waits in join", () -> owner.background.thread().getState() == Thread.State.WAITING);
        owner.background.interrupt();
        Poll.await(back);
        Background<Void> second = Background.run(owner.supervisor()::shutdown);
        Poll.untilBlocked(second.thread());
        assertEquals(2, owner.interrupts(), "one from the first shutdown, one from outside");
        gated.get().release();
        first.join();
        second.join();
        leave.countDown();
        owner.background.join();
        assertEquals(2, owner.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_theOwnerMayBeDead(Kind kind) {
        Supervisor supervisor = Background.call(kind::open).join();
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        supervisor.shutdown();
        assertEquals(Status.CANCELLED, gated.task().status());
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_anUnownedOneHasNobodyToInterrupt(Kind kind) {
        Background<Void> opener = Background.run(CountedThread::new, () -> {
            Supervisor supervisor = kind.builder().unowned().open();
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            Background.run(supervisor::shutdown).join();
            assertEquals(Status.CANCELLED, gated.task().status());
            assertFalse(Thread.currentThread().isInterrupted());
        });
        opener.join();
        assertEquals(0, ((CountedThread) opener.thread()).interrupts());
    }

    @Test
    void c3_anOwnerWhoseInterruptThrowsKeepsNobodyFromWaiting() {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch leave = new CountDownLatch(1);
        Background<Void> owner = Background.run(body -> new CountedThread(body) {
            @Override
            public void interrupt() {
                throw new SecurityException("interrupt refused");
            }
        }, () -> {
            try (Supervisor supervisor = Supervisor.open()) {
                opened.set(supervisor);
                leave.await();
                supervisor.join();
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, opened.get());
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Background<Void> background = Background.run(opened.get()::shutdown);
            gated.untilTold();
            Poll.untilBlocked(background.thread());
            assertFalse(background.hasEnded(), "it waits for the task");
            gated.release();
            background.outcome();
            assertTrue(gated.hasEnded());
            assertEquals(State.FINISHED, opened.get().state());
            assertTrue(uncaught.seen().size() <= 1, "reported once at most: " + uncaught.seen());
        }
        leave.countDown();
        owner.join();
    }

    // waiting

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_theWaitIsUninterruptibleAndTheStatusRestored(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Void> waiter = Background.run(supervisor::shutdown);
        gated.untilTold();
        for (int i = 0; i < 3; i++) {
            Poll.untilBlocked(waiter.thread());
            waiter.interrupt();
        }
        Poll.untilBlocked(waiter.thread());
        assertFalse(waiter.hasEnded());
        assertFalse(gated.task().isDone());
        gated.release();
        waiter.join();
        assertTrue(waiter.leftInterrupted());
        assertEquals(1, gated.interrupts(), "what interrupts the waiter reaches no task");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_aStatusPendingBeforeIsThereAfter(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            Thread.currentThread().interrupt();
            supervisor.shutdown();
            assertTrue(Thread.interrupted());
            assertEquals(Status.CANCELLED, gated.task().status());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_manyTogetherAllReturnWhenTheLastTaskIsDoneThoughTheOwnerHasNotLeft(Kind kind) {
        CountDownLatch leave = new CountDownLatch(1);
        Owner owner = new Owner(kind, supervisor -> Poll.await(leave));
        Supervisor supervisor = owner.supervisor();
        GatedTask first = GatedTask.stubborn(kind, supervisor);
        GatedTask last = GatedTask.stubborn(kind, supervisor);
        List<Background<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiters.add(Background.run(() -> {
                supervisor.shutdown();
                assertTrue(first.hasEnded());
                assertTrue(last.hasEnded());
                assertEquals(State.FINISHED, supervisor.state());
            }));
        }
        waiters.forEach(waiter -> Poll.untilBlocked(waiter.thread()));
        first.release();
        first.end();
        for (int i = 0; i < 10; i += 3) {
            waiters.get(i).interrupt();
        }
        waiters.forEach(waiter -> assertFalse(waiter.hasEnded()));
        last.release();
        waiters.forEach(Background::join);
        for (int i = 0; i < 10; i++) {
            assertEquals(i % 3 == 0, waiters.get(i).leftInterrupted());
        }
        assertFalse(owner.background.hasEnded());
        leave.countDown();
        owner.background.join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c3_shutdownWhileItWaitsSeesFollowUpsRefused(Kind kind) {
        AtomicReference<Throwable> refusal = new AtomicReference<>();
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDone(task ->
                refusal.set(assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1))));
        Background<Void> waiter = Background.run(supervisor::shutdown);
        gated.untilTold();
        gated.release();
        waiter.join();
        assertInstanceOf(RejectedExecutionException.class, refusal.get());
    }
}
