package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.engine.Peek;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** C6, C10: what leaving the block of a supervisor does to an interrupt that was meant for a task or a block around. */
class NestedExitTest {

    /** How a supervisor is opened and left. */
    enum Form {
        CLOSE, JOIN, RUN, CALL;

        void of(Supervisor.Builder builder, Stage block) throws Exception {
            switch (this) {
                case CLOSE, JOIN -> {
                    try (Supervisor supervisor = builder.open()) {
                        block.in(supervisor);
                        if (this == JOIN) {
                            supervisor.join();
                        }
                    }
                }
                case RUN -> builder.run(block::in);
                case CALL -> builder.<Integer, Exception>call(supervisor -> {
                    block.in(supervisor);
                    return 1;
                });
            }
        }
    }

    /** Why the inner supervisor interrupts its owner. */
    enum Cause { SHUTDOWN, FATAL }

    /** The code of a block. */
    interface Stage {
        void in(Supervisor supervisor) throws Exception;
    }

    static Stream<Arguments> cases() {
        return Kind.all().stream().flatMap(kind -> Stream.of(Form.values()).flatMap(form ->
                Stream.of(Cause.values()).map(cause -> Arguments.of(kind, form, cause))));
    }

    private final Supervisor others = Supervisor.builder().unowned().open();
    /** A task that never ends: an interrupt ends a wait for it. */
    private final Task<?> never = others.spawn(() -> new CountDownLatch(1).await());

    @AfterEach
    void endTheOthers() {
        others.shutdown();
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // in a task

    private static void nest(int depth, Kind kind, Form form, Stage innermost) throws Exception {
        if (depth == 1) {
            form.of(kind.builder(), innermost);
        } else {
            form.of(kind.builder(), supervisor -> nest(depth - 1, kind, form, innermost));
        }
    }

    /** The inner supervisor interrupts its block, which clears the status; then the task around is cancelled. */
    private static void cancelAfterTheInnerOne(Kind kind, int depth, Form form, Cause cause) {
        AtomicReference<Supervisor> inner = new AtomicReference<>();
        AtomicReference<GatedTask> failing = new AtomicReference<>();
        CountDownLatch caught = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean giveUp = new AtomicBoolean();
        AtomicReference<Boolean> noticed = new AtomicReference<>();
        Supervisor outer = kind.builder().unowned().open();
        Task<?> task = ShortWait.begin(kind, outer, () -> {
            boolean thrown = false;
            try {
                nest(depth, kind, form, supervisor -> {
                    if (cause == Cause.FATAL) {
                        failing.set(GatedTask.stubborn(kind, supervisor));
                    }
                    inner.set(supervisor);
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        caught.countDown();   // and cleans up
                    }
                    Poll.until("interrupted", () -> Thread.currentThread().isInterrupted() || giveUp.get());
                });
            } catch (InterruptedException e) {
                thrown = true;
            } catch (Error | RuntimeException fatal) {
                assertEquals(Cause.FATAL, cause);
            }
            noticed.set(thrown || Thread.currentThread().isInterrupted());
            if (!thrown) {
                never.await();
            }
        });
        try {
            Poll.until("nested", () -> inner.get() != null);
            if (cause == Cause.SHUTDOWN) {
                Background.run(inner.get()::shutdown).join();
            } else {
                failing.get().fail(new InternalError("on purpose"));
            }
            Poll.await(caught);
            assertTrue(task.cancel());
            ShortWait.until("the inner block has ended", () -> noticed.get() != null);
            assertTrue(noticed.get(), "the cancellation of the task around was lost");
            ShortWait.shutdown(outer);
        } finally {
            giveUp.set(true);
            never.countDown();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void c6_aBlockThatHasFeltItsOwnInterruptKeepsTheOneOfTheTaskAround(Kind kind, Form form, Cause cause) {
        cancelAfterTheInnerOne(kind, 1, form, cause);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void c6_soDoesTheInnermostOfThreeBlocks(Kind kind, Form form, Cause cause) {
        cancelAfterTheInnerOne(kind, 3, form, cause);
    }

    /** If both interrupts come at once, it cannot be known which the block has consumed: the task is owed its own. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c10_aTaskThatIsCancelledAsItsInnerSupervisorIsShutDownKnows(Kind kind) throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 300; i++) {
                AtomicReference<Supervisor> inner = new AtomicReference<>();
                CountDownLatch both = new CountDownLatch(1);
                AtomicReference<Boolean> noticed = new AtomicReference<>();
                Supervisor outer = kind.builder().unowned().open();
                Task<?> task = ShortWait.begin(kind, outer, () -> {
                    try (Supervisor supervisor = kind.open()) {
                        inner.set(supervisor);
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            Poll.await(both);   // takes it for an interrupt by its own supervisor
                        }
                    }
                    noticed.set(Thread.currentThread().isInterrupted());
                });
                Poll.until("nested", () -> inner.get() != null);
                race.round(task::cancel, inner.get()::shutdown);
                both.countDown();
                Poll.until("left", () -> noticed.get() != null);
                assertTrue(noticed.get(), "lost in round " + i);
                ShortWait.shutdown(outer);
            }
        }
    }

    /** Each client opens a new connection when its connection is closed, and ends when it is cancelled itself. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c10_aHundredClientsWhoseConnectionsAreClosedJustBeforeTheStopAllStop(Kind kind) {
        for (int round = 0; round < 20; round++) {
            AtomicBoolean giveUp = new AtomicBoolean();
            CountDownLatch over = new CountDownLatch(1);
            Queue<Supervisor> connections = new ConcurrentLinkedQueue<>();
            Supervisor outer = kind.builder().unowned().open();
            for (int i = 0; i < 100; i++) {
                outer.spawn(() -> {
                    while (!giveUp.get()) {
                        serveOne(kind, connections, over);
                    }
                });
            }
            try {
                Poll.until("all connected", () -> connections.size() == 100);
                List.copyOf(connections).forEach(Supervisor::shutdown);
                ShortWait.shutdown(outer);
            } finally {
                giveUp.set(true);
                over.countDown();
            }
        }
    }

    private static void serveOne(Kind kind, Queue<Supervisor> connections, CountDownLatch over) throws Exception {
        try (Supervisor connection = kind.open()) {
            connections.add(connection);
            try {
                over.await();
            } catch (InterruptedException e) {
                if (connection.state() != State.ABORTING && connection.state() != State.FINISHED) {
                    throw e;
                }
                for (int i = 0; i < 10; i++) {   // cleans up
                    TwoThreadRace.jitter();
                    Thread.yield();
                }
            }
        }
    }

    // two supervisors of one owner

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_leavingTheInnerOfTwoBlocksKeepsTheInterruptOfTheOuter(Kind kind) {
        try (Supervisor first = kind.open()) {
            try (Supervisor second = kind.open()) {
                Background.run(second::shutdown).join();
                assertTrue(Thread.interrupted(), "the second one's, consumed");
                Background.run(first::shutdown).join();
                assertTrue(Thread.currentThread().isInterrupted());
            }
            assertTrue(Thread.currentThread().isInterrupted(), "the first one's, which is still pending");
        }
        assertFalse(Thread.interrupted(), "taken back");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_leavingTheOuterOfTwoBlocksFirstKeepsTheInterruptOfTheInner(Kind kind) {
        Supervisor first = kind.open();
        Supervisor second = kind.open();
        Background.run(first::shutdown).join();
        assertTrue(Thread.interrupted(), "the first one's, consumed");
        Background.run(second::shutdown).join();
        first.close();
        assertTrue(Thread.currentThread().isInterrupted(), "the second one's, which is still pending");
        second.close();
        assertFalse(Thread.interrupted(), "taken back");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_twoInterruptsInOneBitReachNobodyWhenBothBlocksAreLeft(Kind kind) {
        try (Supervisor first = kind.open()) {
            try (Supervisor second = kind.open()) {
                Background.run(first::shutdown).join();
                Background.run(second::shutdown).join();
            }
            assertTrue(Thread.currentThread().isInterrupted(), "the first one's");
        }
        assertFalse(Thread.interrupted());
    }

    // what is found, what is taken back

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aStatusThatIsPendingBeforeABlockIsKeptByItsExit(Kind kind) throws Exception {
        for (Form form : Form.values()) {
            Thread.currentThread().interrupt();
            form.of(kind.builder(), supervisor -> Background.run(supervisor::shutdown).join());
            assertTrue(Thread.interrupted(), () -> "belongs to what is around the block, at " + form);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aCancellationThatComesBeforeABlockIsKeptByItsExit(Kind kind) {
        for (Form form : Form.values()) {
            AtomicReference<Boolean> noticed = new AtomicReference<>();
            Supervisor outer = kind.builder().unowned().open();
            Task<?> task = ShortWait.begin(kind, outer, () -> {
                ShortWait.untilInterrupted();
                form.of(kind.builder(), supervisor -> Background.run(supervisor::shutdown).join());
                noticed.set(Thread.currentThread().isInterrupted());
            });
            task.cancel();
            ShortWait.until("left", () -> noticed.get() != null);
            assertTrue(noticed.get(), () -> "lost by " + form);
            ShortWait.shutdown(outer);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_anInterruptThatWasTakenBackReachesNobody(Kind kind) throws Exception {
        for (Form form : Form.values()) {
            AtomicInteger seen = new AtomicInteger();
            try (Supervisor outer = kind.open()) {
                Task<Integer> task = outer.spawn(() -> {
                    form.of(kind.builder(), supervisor -> Background.run(supervisor::shutdown).join());
                    seen.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                    Kind.CALLER_RUNS.builder().run(next -> next.spawn(() -> seen.addAndGet(
                            Thread.currentThread().isInterrupted() ? 10 : 0)));
                    return seen.addAndGet(Thread.currentThread().isInterrupted() ? 100 : 0);
                });
                assertEquals(0, task.get(), () -> "at " + form);
                outer.join();
            }
        }
    }

    /** Once the join has taken our interrupt back, a status that is pending at the close came from outside. */
    @Test
    void c6_anInterruptFromOutsideAfterOursWasTakenBackIsKeptByClose() throws Exception {
        Supervisor supervisor = Supervisor.open();
        Background.run(supervisor::shutdown).join();
        supervisor.join();
        assertFalse(Thread.currentThread().isInterrupted(), "taken back");
        Thread.currentThread().interrupt();
        supervisor.close();
        assertTrue(Thread.interrupted());
    }

    /** The block has consumed the status that it had found; its own interrupt came after that. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aStatusThatWasFoundAndFeltIsKeptWhenAFatalErrorWins(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Thread.currentThread().interrupt();
        assertSame(fatal, assertThrows(InternalError.class, () -> kind.builder().run(supervisor -> {
            InterruptedException caught = assertThrows(InterruptedException.class, never::get);
            supervisor.spawn(() -> {
                throw fatal;
            });
            Background.run(() -> Poll.until("interrupted", () -> Peek.hasInterruptedOwner(supervisor))).join();
            Poll.until("its own arrives", Thread.currentThread()::isInterrupted);
            assertTrue(Thread.interrupted(), "its own");
            throw caught;
        })));
        assertTrue(Thread.interrupted(), "the interrupt that has lost belongs to what is around");
    }

    /** The outer block has consumed the status that it had found; the inner one sets it, so it is pending again. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aStatusThatWasFeltAndIsHandedOnIsKeptByTheOuterBlock(Kind kind) {
        Thread.currentThread().interrupt();
        try (Supervisor first = kind.open()) {
            try (Supervisor second = kind.open()) {
                Background.run(second::shutdown).join();
                assertThrows(InterruptedException.class, never::get);
            }
            assertTrue(Thread.currentThread().isInterrupted(), "handed on: it may have been the second one's");
            Background.run(first::shutdown).join();
            assertTrue(Thread.interrupted(), "two in one bit");
        }
        assertTrue(Thread.interrupted(), "it may have been the first one's");
    }

    /** The same, where the inner supervisor ends by a fatal error while the exception is on its way. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aStatusThatWasFeltAndHasLostIsKeptByTheOuterBlock(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Thread.currentThread().interrupt();
        try (Supervisor first = kind.open()) {
            assertSame(fatal, assertThrows(InternalError.class, () -> kind.builder().unowned().run(second -> {
                Task<?> fails = second.spawn(() -> {
                    throw fatal;
                });
                Background.run(() -> Poll.until("failed", fails::isDone)).join();
                never.get();
            })));
            assertTrue(Thread.currentThread().isInterrupted(), "it has lost, and is set again");
            Background.run(first::shutdown).join();
            assertTrue(Thread.interrupted(), "two in one bit");
        }
        assertTrue(Thread.interrupted(), "it may have been the first one's");
    }

    /** The same, where a task that runs inside of the block has found the next status, and sets it again. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aStatusThatAnInlineTaskHandsOnIsKeptByTheBlockAround(Kind kind) {
        Supervisor inline = Kind.CALLER_RUNS.builder().unowned().open();
        Thread.currentThread().interrupt();
        try (Supervisor supervisor = kind.open()) {
            assertThrows(InterruptedException.class, never::get);
            Thread.currentThread().interrupt();
            assertTrue(inline.spawn(() -> Thread.interrupted()).resultNow(), "found, and swallowed");
            Background.run(supervisor::shutdown).join();
            assertTrue(Thread.interrupted(), "two in one bit");
        }
        assertTrue(Thread.interrupted(), "it may have been the block's own");
        inline.close();
    }

    // one interrupt that is consumed for two blocks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c6_whatTheWaitOfARunHasThrownItsBlocksHaveFelt(Kind kind) {
        assertThrows(InterruptedException.class, () -> kind.builder().run(first -> {
            InterruptedException caught = assertThrows(InterruptedException.class, () -> {
                try (Supervisor second = kind.open()) {
                    kind.builder().run(third -> {
                        third.spawn(() -> new CountDownLatch(1).await());
                        Background.run(first::shutdown).join();
                        Background.run(second::shutdown).join();
                    });
                }
            });
            assertFalse(Thread.interrupted(), "set again by the close of the second one");
            throw caught;
        }));
        assertFalse(Thread.interrupted(), "it was thrown, and is not to come again");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_whatIsPendingForTheOuterBlockReachesNobodyWhenTheInnerOneHasThrownItsOwn(Kind kind) {
        assertThrows(InterruptedException.class, () -> kind.builder().run(first -> kind.builder().run(second -> {
            Background.run(second::shutdown).join();
            InterruptedException own = assertThrows(InterruptedException.class, () -> new CountDownLatch(1).await());
            Background.run(first::shutdown).join();
            throw own;
        })));
        assertFalse(Thread.interrupted(), "the first one's, which has ended");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_soIsWhatComesAfterTheInnerOneIsLeft(Kind kind) {
        assertThrows(InterruptedException.class, () -> kind.builder().run(first -> {
            try (Supervisor second = kind.open()) {
                Background.run(second::shutdown).join();
                new CountDownLatch(1).await();
            } finally {
                Background.run(first::shutdown).join();
            }
        }));
        assertFalse(Thread.interrupted(), "the first one's, which has ended");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_soIsWhatComesAfterTheBlockHasFeltWhatItFound(Kind kind) {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> kind.builder().run(supervisor -> {
            try {
                never.get();
            } finally {
                Background.run(supervisor::shutdown).join();
            }
        }));
        assertFalse(Thread.interrupted(), "the block's own, which has ended");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_whatAnInnerBlockHandsOnReachesNobodyWhenTheOuterOneIsLeft(Kind kind) {
        assertThrows(InterruptedException.class, () -> kind.builder().run(first -> {
            try (Supervisor second = kind.open()) {
                Background.run(first::shutdown).join();
                Background.run(second::shutdown).join();
                new CountDownLatch(1).await();
            }
        }));
        assertFalse(Thread.interrupted(), "handed on to a block that has consumed it");
    }
}
