package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How a thread exits, by join or close: C4. */
class JoinCloseTest {

    /** The exits, which only the owner may call, or any thread if there is no owner. */
    enum Exit {
        JOIN, CLOSE;

        void of(Supervisor supervisor) throws InterruptedException {
            if (this == JOIN) {
                supervisor.join();
            } else {
                supervisor.close();
            }
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // which thread may exit

    @ParameterizedTest
    @EnumSource(Exit.class)
    void c4_aStrangerIsSentAwayAndNothingChanges(Exit exit) throws Exception {
        for (Kind kind : Kind.all()) {
            try (Supervisor supervisor = kind.open()) {
                GatedTask gated = GatedTask.stubborn(kind, supervisor);
                Throwable thrown = Background.run(() -> exit.of(supervisor)).thrown();
                assertInstanceOf(IllegalStateException.class, thrown);
                assertTrue(thrown.getMessage().contains("shutdown"), thrown.getMessage());
                assertTrue(thrown.getMessage().contains("unowned"), thrown.getMessage());
                assertEquals(State.ENTERED, supervisor.state());
                Task<Integer> task = supervisor.spawn(() -> 1);
                assertEquals(1, task.join());
                gated.release();
                supervisor.join();
                assertEquals(0, gated.interrupts());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void c4_aStrangerIsSentAwayFromAFinishedOneToo(Exit exit) throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.seal();
            assertEquals(State.FINISHED, supervisor.state());
            assertInstanceOf(IllegalStateException.class, Background.run(() -> exit.of(supervisor)).thrown());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void c4_anyoneMayIfItIsUnowned(Exit exit) {
        for (Kind kind : Kind.all()) {
            Supervisor supervisor = kind.builder().unowned().open();
            GatedTask gated = exit == Exit.JOIN
                    ? GatedTask.stubborn(kind, supervisor) : GatedTask.yielding(kind, supervisor);
            Background<Void> background = Background.run(() -> exit.of(supervisor));
            if (exit == Exit.JOIN) {
                Poll.until("joining", () -> supervisor.state() == State.EXITING);
                gated.release();
            }
            background.join();
            assertEquals(exit == Exit.JOIN ? Status.SUCCEEDED : Status.CANCELLED, gated.task().status());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    // join

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_joinWaitsForEveryTaskAndCancelsNone(Kind kind) {
        AtomicInteger ended = new AtomicInteger();
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        List<GatedTask> tasks = new ArrayList<>();
        CountDownLatch spawned = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                opened.set(supervisor);
                for (int i = 0; i < 5; i++) {
                    tasks.add(GatedTask.yielding(kind, supervisor));
                    tasks.get(i).task().onDone(task -> ended.incrementAndGet());
                }
                spawned.countDown();
                supervisor.join();
                assertEquals(5, ended.get());
                assertEquals(State.FINISHED, supervisor.state());
            }
        });
        Poll.await(spawned);
        for (GatedTask task : tasks) {
            Poll.until("joining", () -> opened.get().state() == State.EXITING);
            assertFalse(owner.hasEnded());
            task.release();
            assertEquals(Status.SUCCEEDED, task.end());
        }
        owner.join();
        tasks.forEach(task -> assertEquals(0, task.interrupts()));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_joinWithNothingLiveReturnsAndKeepsAPendingStatus(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.join();
            Poll.until("nothing live", () -> supervisor.liveCount() == 0);
            Thread.currentThread().interrupt();
            supervisor.join();
            assertTrue(Thread.interrupted());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_anInterruptedJoinThrowsAndCancelsNothing(Kind kind) throws Exception {
        CountDownLatch again = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                gated.set(GatedTask.stubborn(kind, supervisor));
                opened.set(supervisor);
                assertThrows(InterruptedException.class, supervisor::join);
                assertFalse(Thread.currentThread().isInterrupted());
                assertEquals(State.EXITING, supervisor.state());
                Task<Integer> task = supervisor.spawn(() -> 1);
                assertEquals(1, task.join(), "one task is live, so spawns are accepted");
                again.countDown();
                supervisor.join();
                assertEquals(State.FINISHED, supervisor.state());
            }
        });
        Poll.until("joining", () -> opened.get() != null && opened.get().state() == State.EXITING);
        owner.interrupt();
        Poll.await(again);
        assertEquals(Status.RUNNING, gated.get().task().status());
        gated.get().release();
        owner.join();
        assertEquals(0, gated.get().interrupts());
        assertEquals(Status.SUCCEEDED, gated.get().task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_aPendingStatusInterruptsJoinIfSomethingLives(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, supervisor::join);
            assertFalse(Thread.interrupted());
            assertEquals(State.EXITING, supervisor.state());
            gated.release();
            supervisor.join();
            assertEquals(0, gated.interrupts());
        }
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void c4_anInterruptThatMeetsTheEndOfTheLastTaskIsNotLost(Exit exit) throws Exception {
        Thread me = Thread.currentThread();
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 1_000; i++) {
                Supervisor supervisor = Kind.POOLED.open();
                CountDownLatch go = new CountDownLatch(1);
                supervisor.spawn(() -> Poll.await(go));
                AtomicInteger thrown = new AtomicInteger();
                race.round(() -> {
                    try {
                        exit.of(supervisor);
                    } catch (InterruptedException e) {
                        thrown.incrementAndGet();
                    }
                }, () -> {
                    go.countDown();
                    TwoThreadRace.jitter();
                    me.interrupt();
                });
                assertEquals(thrown.get() == 0, Thread.interrupted(), "thrown or kept, in round " + i);
                supervisor.close();
            }
        }
    }

    @Test
    void c4_anInterruptThatComesAfterTheEndDoesNotEndTheJoin() {
        for (int round = 0; round < 100; round++) {
            CountDownLatch end = new CountDownLatch(1);
            AtomicReference<Supervisor> opened = new AtomicReference<>();
            Background<Boolean> owner = Background.call(() -> {
                Supervisor supervisor = Kind.POOLED.open();
                supervisor.spawn(() -> Poll.await(end));
                opened.set(supervisor);
                supervisor.join();
                return Thread.interrupted();
            });
            Poll.until("spawned", () -> opened.get() != null);
            Poll.untilBlocked(owner.thread());
            end.countDown();
            while (opened.get().state() != State.FINISHED) {
                Thread.onSpinWait();
            }
            owner.thread().interrupt();
            owner.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_joinWaitsForWhatCallbacksSpawnMeanwhile(Kind kind) throws Exception {
        AtomicInteger left = new AtomicInteger(500);
        try (Supervisor supervisor = kind.open()) {
            GatedTask first = GatedTask.stubborn(kind, supervisor);
            first.task().onDone(task -> follow(supervisor, left));
            Background.run(() -> {
                Poll.until("joining", () -> supervisor.state() == State.EXITING);
                first.release();
            });
            supervisor.join();
            assertEquals(0, left.get());
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
    }

    private static void follow(Supervisor supervisor, AtomicInteger left) {
        if (left.getAndDecrement() > 0) {
            supervisor.spawn(() -> 1).onDone(task -> follow(supervisor, left));
        } else {
            left.incrementAndGet();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c4_joinAfterSealOrAbortWaitsToo(Kind kind) throws Exception {
        for (int i = 0; i < 2; i++) {
            try (Supervisor supervisor = kind.open()) {
                GatedTask gated = GatedTask.stubborn(kind, supervisor);
                if (i == 0) {
                    supervisor.seal();
                } else {
                    supervisor.abort();
                }
                int expected = i;
                Background<Void> background = Background.run(() -> {
                    Poll.until("interrupted as often as it should be", () -> gated.interrupts() == expected);
                    gated.release();
                });
                supervisor.join();
                assertTrue(gated.hasEnded());
                assertEquals(State.FINISHED, supervisor.state());
                assertEquals(i, gated.interrupts());
                background.join();
            }
        }
    }

    @Test
    void c4_joinAgainAfterACompletedOneReturnsAtOnce() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.spawn(() -> 1);
            supervisor.join();
            Thread.currentThread().interrupt();
            supervisor.join();
            assertTrue(Thread.interrupted());
        }
    }

    // close

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_closeAbortsAndWaits(Kind kind) {
        List<GatedTask> tasks = new ArrayList<>();
        IllegalStateException early = new IllegalStateException("the block is left early");
        AtomicInteger callbacks = new AtomicInteger();
        assertSame(early, assertThrows(IllegalStateException.class, () -> {
            try (Supervisor supervisor = kind.open()) {
                for (int i = 0; i < 5; i++) {
                    tasks.add(GatedTask.yielding(kind, supervisor));
                    tasks.get(i).task().onDone(task -> callbacks.incrementAndGet());
                }
                throw early;
            }
        }));
        assertEquals(5, callbacks.get());
        tasks.forEach(task -> assertEquals(Status.CANCELLED, task.task().status()));
        assertEquals(0, early.getSuppressed().length);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_closeAfterInterruptedJoinCancelsAndWaits(Kind kind) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                gated.set(GatedTask.yielding(kind, supervisor));
                opened.set(supervisor);
                supervisor.join();
            }
        });
        Poll.until("joining", () -> opened.get() != null && opened.get().state() == State.EXITING);
        owner.interrupt();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertFalse(owner.leftInterrupted());
        assertEquals(Status.CANCELLED, gated.get().task().status());
        assertEquals(State.FINISHED, opened.get().state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_closeAfterABodyThatConsumedItsInterruptStrandsNoTask(Kind kind) {
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        CountDownLatch spawned = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                gated.set(GatedTask.yielding(kind, supervisor));
                spawned.countDown();
                assertThrows(InterruptedException.class, new CountDownLatch(1)::await);
                assertEquals(State.ENTERED, supervisor.state());
            }
        });
        Poll.await(spawned);
        owner.interrupt();
        owner.join();
        assertFalse(owner.leftInterrupted());
        assertEquals(Status.CANCELLED, gated.get().task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_interruptsBeforeDuringAndRepeatedlyDoNotEndTheWaitOfClose(Kind kind) {
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        AtomicReference<State> left = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> {
            Supervisor supervisor = kind.open();
            gated.set(GatedTask.stubborn(kind, supervisor));
            Thread.currentThread().interrupt();
            supervisor.close();
            left.set(supervisor.state());
        });
        Poll.until("spawned", () -> gated.get() != null);
        gated.get().untilTold();
        for (int i = 0; i < 5; i++) {
            Poll.untilBlocked(owner.thread());
            owner.interrupt();
            assertFalse(owner.hasEnded());
        }
        gated.get().release();
        owner.join();
        assertTrue(owner.leftInterrupted(), "the status is restored");
        assertEquals(State.FINISHED, left.get());
        assertEquals(1, gated.get().interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_closeAfterACompletedJoinReturnsAtOnce(Kind kind) throws Exception {
        Supervisor supervisor = kind.open();
        Task<Integer> task = supervisor.spawn(() -> 1);
        supervisor.join();
        Thread.currentThread().interrupt();
        supervisor.close();
        supervisor.close();
        assertTrue(Thread.interrupted());
        assertEquals(Status.SUCCEEDED, task.status());
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void c4_closeAfterAJoinThatThrewTheFatalErrorReturnsAtOnce() {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = Kind.POOLED.open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        gated.fail(fatal);
        Poll.until("interrupted", Thread.currentThread()::isInterrupted);
        assertSame(fatal, assertThrows(InternalError.class, supervisor::join));
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void c4_aLaterCloseIsANoOp() {
        Supervisor supervisor = Supervisor.open();
        GatedTask gated = GatedTask.yielding(Kind.POOLED, supervisor);
        supervisor.close();
        assertEquals(Status.CANCELLED, gated.task().status());
        Thread.currentThread().interrupt();
        supervisor.close();
        assertTrue(Thread.interrupted());
    }

    // together

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_tenConcurrentClosersAllWaitThoughSomeAreInterrupted(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        List<Background<Void>> closers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            closers.add(Background.run(() -> {
                supervisor.close();
                assertTrue(gated.hasEnded());
                assertEquals(State.FINISHED, supervisor.state());
            }));
        }
        closers.forEach(closer -> Poll.untilBlocked(closer.thread()));
        for (int i = 0; i < 10; i += 2) {
            closers.get(i).interrupt();
            closers.get(i).interrupt();
        }
        closers.forEach(closer -> Poll.untilBlocked(closer.thread()));
        closers.forEach(closer -> assertFalse(closer.hasEnded()));
        gated.release();
        for (int i = 0; i < 10; i++) {
            closers.get(i).join();
            assertEquals(i % 2 == 0, closers.get(i).leftInterrupted());
        }
        assertEquals(1, gated.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_closeWhileAnotherJoinsAnUnownedOneCancelsForBoth(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("joining", () -> supervisor.state() == State.EXITING);
        Background<Void> closer = Background.run(supervisor::close);
        closer.join();
        joiner.join();
        assertEquals(Status.CANCELLED, gated.task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_manyJoinersOfAnUnownedOneOfWhichSomeGiveUp(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        List<Background<Void>> joiners = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            joiners.add(Background.run(supervisor::join));
        }
        joiners.forEach(joiner -> Poll.untilBlocked(joiner.thread()));
        for (int i = 0; i < 8; i += 2) {
            joiners.get(i).interrupt();
            assertInstanceOf(InterruptedException.class, joiners.get(i).thrown());
        }
        assertEquals(State.EXITING, supervisor.state());
        gated.release();
        for (int i = 1; i < 8; i += 2) {
            joiners.get(i).join();
        }
        assertEquals(0, gated.interrupts());
        assertEquals(State.FINISHED, supervisor.state());
    }
}
