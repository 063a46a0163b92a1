package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An interrupt reaches only the window that it was meant for: C6, on pooled threads and for the owner. */
class InterruptHygieneTest {

    private static final int ROUNDS = 2_000;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A short body, of one sort or another. */
    private static String brief(int sort) {
        switch (sort % 4) {
            case 0 -> TwoThreadRace.jitter();
            case 1 -> LockSupport.parkNanos(20_000);
            case 2 -> throw new IllegalStateException("on purpose");
            default -> { }
        }
        return "returned";
    }

    // pooled threads

    @Test
    void c6_aPoolThreadCarriesNoInterruptFromTaskToTask() throws Exception {
        AtomicInteger inCallbacks = new AtomicInteger();
        AtomicInteger interruptedHandlers = new AtomicInteger();
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm();
                TwoThreadRace race = new TwoThreadRace();
                Supervisor supervisor = Supervisor.builder().executor(executor).onFailure((task, failure) -> {
                    if (Thread.currentThread().isInterrupted()) {
                        interruptedHandlers.incrementAndGet();
                    }
                }).open()) {
            for (int i = 0; i < ROUNDS; i++) {
                int sort = i;
                AtomicReference<Task<Boolean>> next = new AtomicReference<>();
                Task<String> task = supervisor.spawn(() -> brief(sort));
                task.onDone(t -> {
                    TwoThreadRace.jitter();
                    if (Thread.currentThread().isInterrupted()) {
                        inCallbacks.incrementAndGet();
                    }
                });
                race.round(() -> next.set(supervisor.spawn(Thread::interrupted)), task::cancel);
                assertFalse(next.get().join(), "the next task sees an interrupt, in round " + i);
                Task<Boolean> later = supervisor.spawn(Thread::interrupted);
                assertFalse(later.join(), "a later task sees an interrupt, in round " + i);
            }
            executor.drain();
            assertEquals(0, executor.strays());
            assertEquals(0, inCallbacks.get());
            assertEquals(0, interruptedHandlers.get());
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void c6_aCancelledBodyThatKeepsItsInterruptHandsItToNobody() {
        AtomicReference<Boolean> inCallback = new AtomicReference<>();
        AtomicReference<Boolean> inHandler = new AtomicReference<>();
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm();
                Supervisor supervisor = Supervisor.builder().executor(executor)
                        .onFailure((task, failure) -> inHandler.set(Thread.currentThread().isInterrupted())).open()) {
            CountDownLatch begun = new CountDownLatch(1);
            Task<Integer> task = supervisor.spawn(() -> {
                begun.countDown();
                Poll.until("cancelled", Thread.currentThread()::isInterrupted);
                throw new IllegalStateException("fails, with the status set");
            });
            task.onDone(t -> inCallback.set(Thread.currentThread().isInterrupted()));
            Poll.await(begun);   // RUNNING would say less: the thread has taken the task on, and may yet drop it
            assertTrue(task.cancel());
            Poll.until("ended", () -> supervisor.liveCount() == 0);
            executor.drain();
            assertEquals(Status.FAILED, task.status());
            assertEquals(false, inCallback.get());
            assertEquals(false, inHandler.get());
            assertEquals(0, executor.strays());
        }
    }

    @Test
    void c6_theStatusIsClearedAtTheEndOnlyIfAnInterruptWasDelivered() {
        AtomicReference<Boolean> inCallback = new AtomicReference<>();
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm();
                Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            Task<Integer> task = supervisor.spawn(() -> {
                begun.countDown();
                Poll.await(go);
                Thread.currentThread().interrupt();
                return 1;
            });
            task.onDone(t -> inCallback.set(Thread.currentThread().isInterrupted()));
            Poll.await(begun);
            assertEquals(Status.RUNNING, task.status());
            task.cancel(false);
            go.countDown();
            assertEquals(1, task.join());
            executor.drain();
            assertEquals(1, executor.strays(), "the body has set it, and the library does not clear it");
            assertEquals(false, inCallback.get(), "set aside while callbacks run");
        }
    }

    @Test
    void c6_aStatusFoundOnAPoolThreadIsSetAsideAndRestored() {
        AtomicReference<Boolean> inCallback = new AtomicReference<>();
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.interrupted();
                Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<Boolean> task = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
            task.onDone(t -> inCallback.set(Thread.currentThread().isInterrupted()));
            assertFalse(task.join());
            executor.drain();
            assertEquals(executor.ran(), executor.kept());
            assertEquals(false, inCallback.get());

            CountDownLatch begun = new CountDownLatch(1);
            Task<Void> cancelled = supervisor.spawn(() -> {
                begun.countDown();
                new CountDownLatch(1).await();
            });
            Poll.await(begun);
            assertTrue(cancelled.cancel());
            assertThrows(TaskCancelledException.class, cancelled::join);
            executor.drain();
            assertEquals(executor.ran(), executor.kept());
        }
    }

    @Test
    void c6_aStatusFoundOnAPoolThreadIsRestoredWhateverCancellationMeets() throws Exception {
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.interrupted();
                TwoThreadRace race = new TwoThreadRace();
                Supervisor supervisor =
                        Supervisor.builder().executor(executor).onFailure(FailureHandler.ignore()).open()) {
            for (int i = 0; i < ROUNDS; i++) {
                int sort = i;
                AtomicReference<Task<String>> task = new AtomicReference<>();
                race.round(() -> task.set(supervisor.spawn(() -> brief(sort))), () -> {
                    Poll.spinUntil("begun", () -> task.get() != null);
                    task.get().cancel();
                });
                executor.drain();
                assertEquals(executor.ran(), executor.kept(), "lost in round " + i);
            }
            assertEquals(0, executor.strays());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void c6_aCancelThatMeetsTheStartIsNotTakenForAStatusFound(boolean found) throws Exception {
        try (StatusKeepingExecutor executor =
                        found ? StatusKeepingExecutor.interrupted() : StatusKeepingExecutor.calm();
                TwoThreadRace race = new TwoThreadRace();
                Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            for (int i = 0; i < ROUNDS; i++) {
                AtomicReference<Task<Void>> task = new AtomicReference<>();
                race.round(() -> task.set(supervisor.spawn(() -> new CountDownLatch(1).await())), () -> {
                    Poll.spinUntil("begun", () -> task.get() != null && task.get().status() != Status.PENDING);
                    task.get().cancel();
                });
                Poll.spinUntil("the interrupt ends it", task.get()::isDone);
                assertEquals(Status.CANCELLED, task.get().status());
                executor.drain();
                assertEquals(found ? executor.ran() : 0, executor.kept(), "in round " + i);
            }
            assertEquals(0, executor.strays());
        }
    }

    @Test
    void c6_anInterruptFromOutsideThatEndsATaskOfAPoolGoesNoFurther() {
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm();
                Supervisor supervisor =
                        Supervisor.builder().executor(executor).onFailure(FailureHandler.ignore()).open()) {
            GatedTask gated = GatedTask.yielding(Kind.POOLED, supervisor);
            executor.thread().interrupt();
            assertEquals(Status.FAILED, gated.end(), "it was not asked to cancel");
            executor.drain();
            assertEquals(0, executor.strays());
        }
    }

    // the owner

    /** Runs an owner in whose block the interrupt of a shutdown is pending, and which then runs the given code. */
    private static Background<Void> interruptedOwner(Block<Exception> then) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Background<Void> owner = Background.run(CountedThread::new, () -> {
            try (Supervisor supervisor = Supervisor.open()) {
                opened.set(supervisor);
                Poll.until("shut down", Thread.currentThread()::isInterrupted);
                then.run(supervisor);
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        opened.get().shutdown();
        owner.outcome();
        assertEquals(1, ((CountedThread) owner.thread()).interrupts());
        return owner;
    }

    @Test
    void c6_ourInterruptThatIsStillPendingIsTakenBackByClose() {
        Background<Void> owner = interruptedOwner(supervisor -> { });
        owner.join();
        assertFalse(owner.leftInterrupted());
    }

    @Test
    void c6_ourInterruptThatIsStillPendingIsTakenBackByJoin() {
        Background<Void> owner = interruptedOwner(supervisor -> {
            supervisor.join();
            assertFalse(Thread.currentThread().isInterrupted());
        });
        owner.join();
        assertFalse(owner.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_joinIsNotInterruptedByOurOwnInterrupt(Kind kind) {
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch joining = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                gated.set(GatedTask.stubborn(kind, supervisor));
                opened.set(supervisor);
                Poll.until("shut down", Thread.currentThread()::isInterrupted);
                joining.countDown();
                supervisor.join();
                assertTrue(gated.get().hasEnded());
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        Background<Void> background = Background.run(opened.get()::shutdown);
        Poll.await(joining);
        Poll.untilBlocked(owner.thread());
        gated.get().release();
        background.join();
        owner.join();
        assertFalse(owner.leftInterrupted());
    }

    @Test
    void c6_ourInterruptIsTakenBackEvenIfOneFromOutsideCoincided() {
        for (boolean join : new boolean[] {true, false}) {
            AtomicReference<Supervisor> opened = new AtomicReference<>();
            CountDownLatch both = new CountDownLatch(1);
            Background<Void> owner = Background.run(() -> {
                try (Supervisor supervisor = Supervisor.open()) {
                    opened.set(supervisor);
                    Poll.await(both);
                    assertTrue(Thread.currentThread().isInterrupted());
                    if (join) {
                        supervisor.join();
                    }
                }
            });
            Poll.until("opened", () -> opened.get() != null);
            opened.get().shutdown();
            owner.interrupt();
            both.countDown();
            owner.join();
            assertFalse(owner.leftInterrupted());
        }
    }

    @Test
    void c6_ourInterruptThatIsStillPendingIsTakenBackAtTheEndOfRun() {
        IllegalStateException failure = new IllegalStateException("on purpose");
        for (boolean fails : new boolean[] {false, true}) {
            AtomicReference<Supervisor> opened = new AtomicReference<>();
            Background<Void> owner = Background.run(() -> Supervisor.run(supervisor -> {
                opened.set(supervisor);
                Poll.until("shut down", Thread.currentThread()::isInterrupted);
                if (fails) {
                    throw failure;
                }
            }));
            Poll.until("opened", () -> opened.get() != null);
            opened.get().shutdown();
            assertEquals(fails ? failure : null, owner.outcome());
            assertFalse(owner.leftInterrupted());
            assertEquals(0, failure.getSuppressed().length, "an interrupt of ours is taken back, not suppressed");
        }
    }

    @Test
    void c6_theOwnerIsInterruptedOnceForShutdownAndFatalErrorTogether() {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch leave = new CountDownLatch(1);
        Background<Void> owner = Background.run(CountedThread::new, () -> {
            try (Supervisor supervisor = Kind.POOLED.open()) {
                opened.set(supervisor);
                Poll.await(leave);
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        List<GatedTask> gated = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            gated.add(GatedTask.stubborn(Kind.POOLED, opened.get()));
        }
        gated.get(0).fail(new InternalError("on purpose"));
        gated.get(0).end();
        gated.get(1).untilTold();
        Background<Void> background = Background.run(opened.get()::shutdown);
        Poll.untilBlocked(background.thread());
        gated.get(1).fail(new InternalError("another"));
        gated.get(2).release();
        gated.get(3).release();
        background.join();
        assertEquals(1, ((CountedThread) owner.thread()).interrupts());
        leave.countDown();
        CompletionException thrown = assertInstanceOf(CompletionException.class, owner.thrown());
        assertInstanceOf(InternalError.class, thrown.getCause());
        assertFalse(owner.leftInterrupted());
        assertEquals(1, ((CountedThread) owner.thread()).interrupts());
    }

    @Test
    void c6_aShutdownThatMeetsTheOwnerLeavingLeavesItNoInterrupt() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < ROUNDS; i++) {
                int sort = i % 6;
                Supervisor supervisor = Kind.POOLED.open();
                if (sort % 3 == 1) {
                    supervisor.spawn(() -> 1);
                } else if (sort % 3 == 2) {
                    supervisor.spawn(() -> new CountDownLatch(1).await());
                }
                race.round(() -> {
                    if (sort < 3) {
                        supervisor.join();
                    }
                    supervisor.close();
                }, supervisor::shutdown);
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
            }
        }
    }

    @Test
    void c6_aShutdownThatMeetsTheOwnersOwnLeavesItNoInterrupt() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < ROUNDS; i++) {
                Supervisor supervisor = Kind.POOLED.open();
                supervisor.spawn(() -> new CountDownLatch(1).await());
                race.round(() -> {
                    supervisor.shutdown();
                    supervisor.close();
                }, supervisor::shutdown);
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
            }
        }
    }

    @Test
    void c6_aShutdownThatMeetsTheEndOfRunLeavesNoInterrupt() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < ROUNDS; i++) {
                AtomicReference<Supervisor> opened = new AtomicReference<>();
                race.round(() -> Supervisor.run(supervisor -> {
                    opened.set(supervisor);
                    TwoThreadRace.jitter();
                }), () -> {
                    Poll.spinUntil("begun", () -> opened.get() != null);
                    TwoThreadRace.jitter();
                    opened.get().shutdown();
                });
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
            }
        }
    }

    @Test
    void c6_whatACloseInACallbackHasTakenBackIsNotSetAgainAfterTheCallback() {
        Supervisor supervisor = Kind.POOLED.open();
        Task<Integer> task = supervisor.spawn(() -> 1);
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        AtomicReference<Boolean> closed = new AtomicReference<>();
        task.onDone(done -> {
            Background<Void> stopper = Background.run(supervisor::shutdown);
            Poll.until("the owner is interrupted", Thread.currentThread()::isInterrupted);
            supervisor.close();
            stopper.join();
            closed.set(true);
        });
        assertEquals(true, closed.get(), "the owner was interrupted, and has closed");
        assertFalse(Thread.interrupted(), "taken back by close");
    }

    @Test
    void c6_ourInterruptIsTakenBackAlthoughAJoinWasInterruptedBefore() {
        Supervisor supervisor = Kind.POOLED.open();
        GatedTask task = GatedTask.stubborn(Kind.POOLED, supervisor);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, supervisor::join);
        Background<Void> stopper = Background.run(supervisor::shutdown);
        Poll.until("the owner is interrupted", Thread.currentThread()::isInterrupted);
        task.release();
        supervisor.close();
        assertFalse(Thread.interrupted(), "taken back by close");
        stopper.join();
    }
}
