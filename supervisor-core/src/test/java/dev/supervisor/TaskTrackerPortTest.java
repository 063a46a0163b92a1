package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The behaviours that tokio tests of {@code TaskTracker}: a waiter is notified when the tracker is closed and empty,
 * and not before. A tracker's {@code close} is {@code seal} here, its {@code wait} is the {@code join} of an unowned
 * supervisor. Two things differ on purpose: a supervisor is never reopened, and a join ends admission itself, so it
 * does not wait for a seal.
 */
class TaskTrackerPortTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A live task, and the latch that ends it. */
    private record Token(Task<Void> task, CountDownLatch end) {

        static Token of(Supervisor supervisor) {
            CountDownLatch end = new CountDownLatch(1);
            return new Token(supervisor.spawn(() -> end.await()), end);
        }

        /** Ends the task, and waits until it has retired. */
        void drop(Supervisor supervisor) {
            end.countDown();
            long others = supervisor.tasks().stream().filter(other -> other != task).count();
            Poll.until("retired", () -> supervisor.liveCount() == others);
        }
    }

    private static Supervisor open(Kind kind) {
        return kind.builder().unowned().open();
    }

    private static Background<Void> waiter(Supervisor supervisor) {
        return Background.run(supervisor::join);
    }

    @Test
    void sealedAndEmptyIsFinishedHoweverOftenItIsSealed() {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        assertEquals(State.ENTERED, supervisor.state());
        assertEquals(0, supervisor.liveCount());
        for (int times = 0; times < 3; times++) {
            supervisor.seal();
            assertEquals(State.FINISHED, supervisor.state());
            assertEquals(0, supervisor.liveCount());
            assertEquals(List.of(), supervisor.tasks());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void tokensAreCounted(Kind kind) {
        Supervisor supervisor = open(kind);
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            assertEquals(i, supervisor.liveCount());
            tokens.add(Token.of(supervisor));
        }
        assertEquals(10, supervisor.liveCount());
        for (int i = 0; i < 10; i++) {
            tokens.get(i).drop(supervisor);
            assertEquals(9 - i, supervisor.liveCount());
        }
        supervisor.close();
    }

    @Test
    void waiterOfASealedEmptyOneIsToldAtOnce() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        supervisor.seal();
        supervisor.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void waiterOfAnOpenEmptyOneIsToldAtOnceForItEndsAdmission() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        supervisor.join();
        assertEquals(State.FINISHED, supervisor.state());
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void waiterIsToldWhenTheLastTaskEnds(Kind kind) {
        Supervisor supervisor = open(kind);
        Token token = Token.of(supervisor);
        supervisor.seal();
        Background<Void> waiter = waiter(supervisor);
        waiter.untilBlocked();
        assertEquals(State.SEALED, supervisor.state());
        token.drop(supervisor);
        waiter.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void endIsFinalAndNothingIsSpawnedAfterIt(Kind kind) {
        Supervisor supervisor = open(kind);
        Token token = Token.of(supervisor);
        supervisor.seal();
        Background<Void> waiter = waiter(supervisor);
        waiter.untilBlocked();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1), "sealed");
        token.drop(supervisor);
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1), "sealed and empty");
        waiter.join();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1), "joined");
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void waiterIsNotToldWhileTasksSpawnTheirSuccessors(Kind kind) {
        Supervisor supervisor = open(kind);
        AtomicReference<Token> second = new AtomicReference<>();
        CountDownLatch end = new CountDownLatch(1);
        Task<Void> first = supervisor.spawn(() -> {
            end.await();
            second.set(Token.of(supervisor));
        });
        Background<Void> waiter = waiter(supervisor);
        waiter.untilBlocked();
        end.countDown();
        Poll.until("the first has retired", () -> first.isDone() && supervisor.liveCount() == 1);
        waiter.untilBlocked();
        assertEquals(State.EXITING, supervisor.state());
        Token third = Token.of(supervisor);
        second.get().drop(supervisor);
        waiter.untilBlocked();
        assertEquals(State.EXITING, supervisor.state());
        third.drop(supervisor);
        waiter.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void sealedAnywhereAmongTheEndsItIsFinishedAtTheLast(Kind kind) {
        int tasks = 5;
        for (int sealAt = 0; sealAt <= tasks; sealAt++) {
            Supervisor supervisor = open(kind);
            List<Token> tokens = new ArrayList<>();
            for (int i = 0; i < tasks; i++) {
                tokens.add(Token.of(supervisor));
            }
            Background<Void> waiter = sealAt < tasks ? waiter(supervisor) : null;
            for (int i = 0; i < tasks; i++) {
                if (waiter != null) {
                    waiter.untilBlocked();
                }
                assertNotEquals(State.FINISHED, supervisor.state());
                if (i == sealAt) {
                    supervisor.seal();
                    assertEquals(State.SEALED, supervisor.state());
                    waiter.untilBlocked();
                }
                tokens.get(i).drop(supervisor);
            }
            if (waiter == null) {
                assertEquals(State.ENTERED, supervisor.state(), "an empty moment is not the end");
                supervisor.seal();
            } else {
                waiter.join();
            }
            assertEquals(State.FINISHED, supervisor.state());
            supervisor.close();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void everyWaiterIsTold(Kind kind) {
        Supervisor supervisor = open(kind);
        Token token = Token.of(supervisor);
        List<Background<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiters.add(waiter(supervisor));
        }
        waiters.forEach(Background::untilBlocked);
        supervisor.seal();
        waiters.forEach(Background::untilBlocked);
        token.drop(supervisor);
        waiters.forEach(Background::join);
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void oneWaiterThatGivesUpTakesNothingFromTheOthers(Kind kind) {
        Supervisor supervisor = open(kind);
        Token token = Token.of(supervisor);
        List<Background<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiters.add(waiter(supervisor));
        }
        waiters.forEach(Background::untilBlocked);
        for (int i = 0; i < 10; i += 2) {
            waiters.get(i).interrupt();
            assertTrue(waiters.get(i).thrown() instanceof InterruptedException);
        }
        token.drop(supervisor);
        for (int i = 1; i < 10; i += 2) {
            waiters.get(i).join();
        }
        assertEquals(State.FINISHED, supervisor.state());
    }
}
