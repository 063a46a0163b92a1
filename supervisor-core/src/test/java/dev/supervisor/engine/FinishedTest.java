package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.GatedTask;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Supervisor;
import dev.supervisor.TwoThreadRace;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a supervisor is finished, and that every waiting thread is notified of it: C9. */
class FinishedTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // the states

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_anEmptyMomentBeforeTheEndOfAdmissionIsNotTheEnd(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(State.ENTERED, supervisor.state());
                supervisor.spawn(() -> 1);
                Poll.until("nothing live", () -> supervisor.liveCount() == 0);
            }
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_stateIsTheFirstThatHolds(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        assertEquals(State.ENTERED, supervisor.state());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("exiting", () -> supervisor.state() == State.EXITING);
        supervisor.seal();
        assertEquals(State.SEALED, supervisor.state());
        supervisor.abort();
        assertEquals(State.ABORTING, supervisor.state());
        supervisor.seal();
        assertEquals(State.ABORTING, supervisor.state());
        gated.release();
        joiner.join();
        assertEquals(State.FINISHED, supervisor.state());
        supervisor.abort();
        supervisor.seal();
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_sealedStaysSealedWhenSomebodyJoins(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        supervisor.seal();
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.untilBlocked(joiner.thread());
        assertEquals(State.SEALED, supervisor.state());
        gated.release();
        joiner.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @ValueSource(strings = {"seal", "abort", "shutdown", "join", "close"})
    void c9_theEndOfAdmissionWithNothingLiveIsTheEnd(String end) throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        switch (end) {
            case "seal" -> supervisor.seal();
            case "abort" -> supervisor.abort();
            case "shutdown" -> supervisor.shutdown();
            case "join" -> supervisor.join();
            default -> supervisor.close();
        }
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(0, supervisor.liveCount());
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        supervisor.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_theLastTaskEndsItWithoutAnyWaiter(Kind kind) throws Exception {
        for (boolean abort : new boolean[] {true, false}) {
            try (Supervisor supervisor = kind.open()) {
                GatedTask first = GatedTask.stubborn(kind, supervisor);
                GatedTask last = GatedTask.stubborn(kind, supervisor);
                if (abort) {
                    supervisor.abort();
                } else {
                    supervisor.seal();
                }
                first.release();
                first.end();
                assertEquals(abort ? State.ABORTING : State.SEALED, supervisor.state());
                last.release();
                Poll.until("finished", () -> supervisor.state() == State.FINISHED);
                assertEquals(0, supervisor.liveCount());
                assertTrue(supervisor.tasks().isEmpty());
                supervisor.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_anEmptyMomentWhileExitingIsTheEnd(Kind kind) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                gated.set(GatedTask.stubborn(kind, supervisor));
                opened.set(supervisor);
                assertThrows(InterruptedException.class, supervisor::join);
                gated.get().release();
                Poll.until("finished", () -> supervisor.state() == State.FINISHED);
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
                supervisor.join();
            }
        });
        Poll.until("exiting", () -> opened.get() != null && opened.get().state() == State.EXITING);
        owner.interrupt();
        owner.join();
    }

    @Test
    void c9_notFinishedWhileACallbackRuns() {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch inCallback = new CountDownLatch(1);
        Supervisor supervisor = Kind.POOLED.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        gated.task().onDone(task -> {
            inCallback.countDown();
            Poll.await(release);
        });
        supervisor.seal();
        gated.release();
        Poll.await(inCallback);
        assertTrue(gated.task().isDone());
        assertEquals(State.SEALED, supervisor.state());
        assertEquals(1, supervisor.liveCount());
        release.countDown();
        Poll.until("finished", () -> supervisor.state() == State.FINISHED);
        supervisor.close();
    }

    // monotone

    @Test
    void c9_observersNeverSeeItGoBack() throws Exception {
        AtomicReference<Supervisor> current = new AtomicReference<>();
        AtomicInteger seen = new AtomicInteger();
        Queue<State> refusing = new ConcurrentLinkedQueue<>();
        List<Background<Void>> observers = new ArrayList<>();
        CountDownLatch over = new CountDownLatch(1);
        for (int i = 0; i < 2; i++) {
            observers.add(Background.run(() -> {
                while (over.getCount() > 0) {
                    observe(current.get(), seen);
                }
            }));
        }
        for (int round = 0; round < 400; round++) {
            Supervisor supervisor = Kind.POOLED.builder().unowned().open();
            current.set(supervisor);
            for (int i = 0; i < 3; i++) {
                supervisor.spawn(TwoThreadRace::jitter).onDone(task -> {
                    try {
                        supervisor.spawn(TwoThreadRace::jitter);
                    } catch (RejectedExecutionException e) {
                        refusing.add(supervisor.state());
                    }
                });
            }
            Background<Void> ender = Background.run(round % 2 == 0 ? supervisor::seal : supervisor::abort);
            supervisor.join();
            assertEquals(State.FINISHED, supervisor.state());
            ender.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
        over.countDown();
        observers.forEach(Background::join);
        assertTrue(seen.get() > 0);
        refusing.forEach(state -> assertTrue(state.compareTo(State.SEALED) >= 0, () -> "a refusal while " + state));
    }

    /** The constants of State stand in the order in which they may follow one another. */
    private static void observe(Supervisor supervisor, AtomicInteger seen) {
        if (supervisor == null) {
            return;
        }
        State before = supervisor.state();
        for (int i = 0; i < 50; i++) {
            State now = supervisor.state();
            assertTrue(now.compareTo(before) >= 0, before + " was followed by " + now);
            if (now == State.FINISHED) {
                assertEquals(0, supervisor.liveCount());
                seen.incrementAndGet();
            }
            before = now;
        }
    }

    // every waiter

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_everyWaiterSeesTheEndWhateverTheOthersDo(Kind kind) {
        for (int round = 0; round < 15; round++) {
            Supervisor supervisor = kind.builder().unowned().open();
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            List<Background<Void>> joiners = new ArrayList<>();
            List<Background<Void>> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                joiners.add(Background.run(supervisor::join));
            }
            for (int i = 0; i < 4; i++) {
                others.add(Background.run(i % 2 == 0 ? supervisor::close : supervisor::shutdown));
            }
            Background<Void> interrupter = Background.run(() -> {
                for (int i = 0; i < 2; i++) {
                    joiners.get(i).interrupt();
                    others.get(i).interrupt();
                }
            });
            gated.release();
            for (int i = 0; i < 4; i++) {
                others.get(i).join();
                if (i >= 2) {
                    joiners.get(i).join();
                } else if (joiners.get(i).outcome() != null) {
                    assertInstanceOf(InterruptedException.class, joiners.get(i).outcome());
                }
            }
            interrupter.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @Test
    void c9_aCloserWhoWasCutOffIsNotWaitedFor() throws Exception {
        Census census = new Census();
        Stripe stripe = census.enter();
        census.endAdmission();
        Background<Void> waiter = Background.run(census::await);
        Poll.untilBlocked(waiter.thread());
        stripe.exit();
        assertTrue(stripe.close(stripe.entered()), "by another thread, whose stack runs out at the next call");
        census.afterExit(stripe);
        waiter.join();
    }

    @Test
    void c9_whoEndsAdmissionDoesNotWaitForACloserWhoWasCutOff() throws Exception {
        Census census = new Census();
        Stripe stripe = census.enter();
        census.endAdmission();
        stripe.exit();
        assertTrue(stripe.close(stripe.entered()), "by another thread, whose stack runs out at the next call");
        Background.run(() -> {
            census.endAdmission();
            census.await();
        }).join();
    }

    @Test
    void c9_noWakeUpIsLostWhenAWaiterGivesUpAsTheLastTaskEnds() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 300; round++) {
                Supervisor supervisor = Kind.POOLED.builder().unowned().open();
                GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
                Background<Void> stays = Background.run(supervisor::join);
                Background<Void> givesUp = Background.run(supervisor::join);
                Background<Void> staysToo = Background.run(supervisor::join);
                race.round(givesUp::interrupt, gated::release);
                stays.join();
                staysToo.join();
                Throwable outcome = givesUp.outcome();
                if (outcome != null) {
                    assertInstanceOf(InterruptedException.class, outcome);
                }
                assertEquals(State.FINISHED, supervisor.state());
            }
        }
    }

    @Test
    void c9_noWakeUpIsLostWhenAWaitBeginsAsTheLastTaskEnds() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 2_000; round++) {
                Supervisor supervisor = Kind.POOLED.open();
                CountDownLatch go = new CountDownLatch(1);
                supervisor.spawn(() -> Poll.await(go));
                race.round(supervisor::join, go::countDown);
                assertEquals(State.FINISHED, supervisor.state());
                supervisor.close();
            }
        }
    }
}
