package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole contract in one call: C5. */
class RunCallTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A run on a background thread, whose block hands out its supervisor and one gated task. */
    private static final class Run {
        final AtomicReference<Supervisor> opened = new AtomicReference<>();
        final AtomicReference<GatedTask> gated = new AtomicReference<>();
        final Background<Void> background;

        Run(Kind kind, Supervisor.Builder builder, boolean stubborn, Block<Exception> body) {
            background = Background.run(() -> builder.run(supervisor -> {
                gated.set(stubborn ? GatedTask.stubborn(kind, supervisor) : GatedTask.yielding(kind, supervisor));
                opened.set(supervisor);
                body.run(supervisor);
            }));
        }

        Supervisor supervisor() {
            Poll.until("opened", () -> opened.get() != null || background.hasEnded());
            return opened.get();
        }

        GatedTask held() {
            supervisor();
            return gated.get();
        }

        /** Waits until the block has returned and the run waits for the tasks. */
        void untilJoining() {
            Poll.until("joining", () -> supervisor().state() == State.EXITING || background.hasEnded());
            Poll.untilBlocked(background.thread());
        }
    }

    // the block returns

    @Test
    void c5_runAndCallOfTheDefaults() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Supervisor.run(supervisor -> supervisor.spawn(ran::incrementAndGet));
        assertEquals(1, ran.get());
        assertEquals("result", Supervisor.call(supervisor -> {
            supervisor.spawn(ran::incrementAndGet);
            return "result";
        }));
        assertEquals(2, ran.get());
        assertNull(Supervisor.call(supervisor -> null));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_theBodyReturnsAndEveryTaskIsWaitedForUncancelled(Kind kind) throws Exception {
        Run run = new Run(kind, kind.builder(), false, supervisor -> { });
        run.untilJoining();
        assertFalse(run.background.hasEnded());
        run.held().release();
        run.background.join();
        assertEquals(Status.SUCCEEDED, run.held().task().status());
        assertEquals(State.FINISHED, run.supervisor().state());
        assertThrows(RejectedExecutionException.class, () -> run.supervisor().spawn(() -> 1));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_callReturnsTheValueAfterEveryTask(Kind kind) throws Exception {
        AtomicInteger done = new AtomicInteger();
        int result = kind.builder().<Integer, RuntimeException>call(supervisor -> {
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> 1).onDone(task -> done.incrementAndGet());
            }
            return 42;
        });
        assertEquals(42, result);
        assertEquals(10, done.get());
    }

    @Test
    void c5_theBodyMayJoinOrCloseItself() throws Exception {
        assertEquals(1, Supervisor.<Integer, RuntimeException>call(supervisor -> {
            Task<Integer> task = supervisor.spawn(() -> 1);
            supervisor.join();
            return task.resultNow();
        }));
        assertEquals(Status.CANCELLED, Supervisor.<Status, RuntimeException>call(supervisor -> {
            GatedTask gated = GatedTask.yielding(Kind.POOLED, supervisor);
            supervisor.close();
            return gated.task().status();
        }));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aFailedTaskDisturbsNeitherRunNorItsSiblings(Kind kind) throws Exception {
        Run run = new Run(kind, kind.builder(), false, supervisor -> supervisor.spawn(() -> {
            throw new IllegalStateException("on purpose");
        }));
        run.untilJoining();
        run.held().release();
        run.background.join();
        assertEquals(Status.SUCCEEDED, run.held().task().status());
    }

    // interrupted while joining

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_anInterruptWhileJoiningAbortsAndWaitsAndIsThrownOnce(Kind kind) throws Exception {
        Run run = new Run(kind, kind.builder(), true, supervisor -> { });
        run.untilJoining();
        run.background.interrupt();
        run.held().untilTold();
        assertEquals(State.ABORTING, run.supervisor().state());
        for (int i = 0; i < 4; i++) {
            Poll.untilBlocked(run.background.thread());
            run.background.interrupt();
            assertFalse(run.background.hasEnded());
        }
        run.held().release();
        assertInstanceOf(InterruptedException.class, run.background.thrown());
        assertFalse(run.background.leftInterrupted(), "thrown once, however many came");
        assertEquals(1, run.held().interrupts());
        assertEquals(State.FINISHED, run.supervisor().state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aBodyThatReturnsWithTheStatusSetIsInterruptedWhileJoining(Kind kind) {
        Run run = new Run(kind, kind.builder(), false, supervisor -> Thread.currentThread().interrupt());
        assertInstanceOf(InterruptedException.class, run.background.thrown());
        assertFalse(run.background.leftInterrupted());
        assertEquals(Status.CANCELLED, run.held().task().status());
    }

    @Test
    void c5_anInterruptThatMeetsTheEndOfTheLastTaskIsThrownOrKept() throws Exception {
        Thread me = Thread.currentThread();
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 1_000; i++) {
                CountDownLatch go = new CountDownLatch(1);
                AtomicInteger thrown = new AtomicInteger();
                race.round(() -> {
                    try {
                        Kind.POOLED.builder().run(supervisor -> supervisor.spawn(() -> Poll.await(go)));
                    } catch (InterruptedException e) {
                        thrown.incrementAndGet();
                    }
                }, () -> {
                    go.countDown();
                    TwoThreadRace.jitter();
                    me.interrupt();
                });
                assertEquals(thrown.get() == 0, Thread.interrupted(), "thrown or kept, in round " + i);
            }
        }
    }

    @Test
    void c5_withNothingLiveAPendingStatusIsKept() throws Exception {
        Supervisor.run(supervisor -> Thread.currentThread().interrupt());
        assertTrue(Thread.interrupted());
        assertEquals(1, Supervisor.<Integer, RuntimeException>call(supervisor -> {
            Thread.currentThread().interrupt();
            return 1;
        }));
        assertTrue(Thread.interrupted());
    }

    @Test
    void c5_anInterruptBeforeRunReachesTheBody() throws Exception {
        Thread.currentThread().interrupt();
        boolean seen = Supervisor.<Boolean, RuntimeException>call(supervisor -> Thread.interrupted());
        assertTrue(seen);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aShutdownWhileJoiningEndsTheRunNormally(Kind kind) throws Exception {
        Run run = new Run(kind, kind.builder(), false, supervisor -> { });
        run.untilJoining();
        run.supervisor().shutdown();
        run.background.join();
        assertFalse(run.background.leftInterrupted());
        assertEquals(Status.CANCELLED, run.held().task().status());
    }

    // the block is interrupted

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aBodyThatThrowsInterruptedExceptionCancelsEveryTask(Kind kind) {
        InterruptedException outside = new InterruptedException("the body's own");
        for (BlockFailure policy : BlockFailure.values()) {
            Run run = new Run(kind, kind.builder().onBlockFailure(policy), true, supervisor -> {
                throw outside;
            });
            run.held().untilTold();
            assertFalse(run.background.hasEnded());
            run.held().release();
            assertSame(outside, run.background.thrown());
            assertFalse(run.background.leftInterrupted());
            assertEquals(State.FINISHED, run.supervisor().state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aBodyThatConsumedItsInterruptReturnsAndItsTasksRunToTheirEnd(Kind kind) throws Exception {
        CountDownLatch consumed = new CountDownLatch(1);
        Run run = new Run(kind, kind.builder(), false, supervisor -> {
            assertThrows(InterruptedException.class, new CountDownLatch(1)::await);
            consumed.countDown();
        });
        run.held();
        run.background.interrupt();
        Poll.await(consumed);
        run.untilJoining();
        run.held().release();
        run.background.join();
        assertFalse(run.background.leftInterrupted());
        assertEquals(Status.SUCCEEDED, run.held().task().status(),
                "an interrupt that the body dealt with cancels nothing");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aBodyThatConsumedTheInterruptOfAShutdownReturnsNormally(Kind kind) throws Exception {
        Run run = new Run(kind, kind.builder(), false,
                supervisor -> assertThrows(InterruptedException.class, new CountDownLatch(1)::await));
        run.supervisor().shutdown();
        run.background.join();
        assertFalse(run.background.leftInterrupted());
        assertEquals(Status.CANCELLED, run.held().task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aBodyInterruptedByAShutdownThrowsWhatItThrows(Kind kind) {
        Run run = new Run(kind, kind.builder(), false, supervisor -> new CountDownLatch(1).await());
        run.supervisor().shutdown();
        assertInstanceOf(InterruptedException.class, run.background.thrown());
        assertFalse(run.background.leftInterrupted());
    }

    // the block fails

    static Stream<Throwable> failures() {
        return Stream.of(new IllegalStateException("unchecked"), new IOException("checked"),
                new AssertionError("an error"), new StackOverflowError("not fatal"), new OutOfMemoryError("not fatal"));
    }

    private static void fail(Throwable failure) throws Exception {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (Exception) failure;
    }

    @ParameterizedTest
    @MethodSource("failures")
    void c5_aBodyThatFailsIsFollowedByAWaitAsTheDefault(Throwable failure) throws Exception {
        for (Kind kind : Kind.all()) {
            Run run = new Run(kind, kind.builder(), false, supervisor -> fail(failure));
            run.untilJoining();
            assertFalse(run.background.hasEnded());
            run.held().release();
            assertSame(failure, run.background.thrown());
            assertEquals(0, failure.getSuppressed().length);
            assertEquals(Status.SUCCEEDED, run.held().task().status());
            assertEquals(State.FINISHED, run.supervisor().state());
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void c5_aBodyThatFailsIsFollowedByAnAbortIfSoBuilt(Throwable failure) {
        for (Kind kind : Kind.all()) {
            Run run = new Run(kind, kind.builder().onBlockFailure(BlockFailure.ABORT), true,
                    supervisor -> fail(failure));
            run.held().untilTold();
            assertFalse(run.background.hasEnded());
            run.held().release();
            assertSame(failure, run.background.thrown());
            assertEquals(0, failure.getSuppressed().length);
            assertEquals(1, run.held().interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_aBodyThatThrowsSomethingFatalCancelsEveryTask(Kind kind) {
        InternalError byDefault = new InternalError("on purpose");
        IOException bySetting = new IOException("fatal here");
        for (Throwable fatal : List.of(byDefault, bySetting)) {
            Supervisor.Builder builder = kind.builder().fatalIf(t -> t == fatal);
            Run run = new Run(kind, fatal == byDefault ? kind.builder() : builder, true, supervisor -> fail(fatal));
            run.held().untilTold();
            assertFalse(run.background.hasEnded());
            run.held().release();
            assertSame(fatal, run.background.thrown());
            assertFalse(run.background.leftInterrupted());
            assertEquals(0, fatal.getSuppressed().length);
        }
    }

    @Test
    void c5_aBodyThatFailsAfterItsJoin() {
        IllegalStateException failure = new IllegalStateException("on purpose");
        Supervisor.Builder builder = Supervisor.builder();
        assertSame(failure, assertThrows(IllegalStateException.class, () -> builder.run(supervisor -> {
            supervisor.spawn(() -> 1);
            supervisor.join();
            throw failure;
        })));
    }

    // from the tests of aiotools: a time-out from outside, with a slow clean-up

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_cancelledFromOutsideWhileTasksCleanUpSlowly(Kind kind) {
        List<String> log = new ArrayList<>();
        CountDownLatch cleanUp = new CountDownLatch(1);
        Run run = new Run(kind, kind.builder(), true, supervisor -> supervisor.join());
        run.held().task().onDone(task -> {
            Poll.await(cleanUp);
            log.add("cleaned up");
        });
        run.untilJoining();
        run.background.interrupt();
        run.held().untilTold();
        run.held().release();
        Poll.until("its body has ended", run.held()::hasEnded);
        assertFalse(run.background.hasEnded());
        cleanUp.countDown();
        assertInstanceOf(InterruptedException.class, run.background.thrown());
        assertEquals(List.of("cleaned up"), log);
    }
}
