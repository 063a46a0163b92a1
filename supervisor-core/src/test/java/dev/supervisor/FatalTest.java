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
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Fatal errors from every place, and where they are thrown or reported: C7. */
class FatalTest {

    /** Where a fatal error is thrown. */
    enum Place {
        BODY, CALLBACK, HANDLER;

        /** A builder of the kind; it collects the failures of the tasks. */
        Supervisor.Builder builder(Kind kind, Error fatal, Queue<Throwable> handled) {
            return kind.builder().onFailure((task, failure) -> {
                handled.add(failure);
                if (this == HANDLER && failure instanceof Trigger) {
                    throw fatal;
                }
            });
        }

        /** Spawns the task that throws the error. */
        Task<?> spawn(Supervisor supervisor, Error fatal) {
            return switch (this) {
                case BODY -> supervisor.spawn(() -> {
                    throw fatal;
                });
                case CALLBACK -> {
                    GatedTask gated = GatedTask.stubborn(Kind.CALLER_RUNS, supervisor);
                    gated.task().onDone(task -> {
                        throw fatal;
                    });
                    gated.release();
                    yield gated.task();
                }
                case HANDLER -> supervisor.spawn(() -> {
                    throw new Trigger();
                });
            };
        }
    }

    private static final class Trigger extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    static Stream<Arguments> placesOfAllKinds() {
        return Arrays.stream(Place.values())
                .flatMap(place -> Kind.all().stream().map(kind -> Arguments.of(place, kind)));
    }

    static Stream<Arguments> placesOfConcurrentKinds() {
        return Arrays.stream(Place.values())
                .flatMap(place -> Kind.concurrent().stream().map(kind -> Arguments.of(place, kind)));
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static void untilInterrupted() {
        Poll.until("the block is interrupted", Thread.currentThread()::isInterrupted);
    }

    /** What close has thrown, without the CompletionException around it. */
    private static Throwable unwrapped(Throwable thrownByClose) {
        assertInstanceOf(CompletionException.class, thrownByClose);
        assertSame(CompletionException.class, thrownByClose.getClass());
        return thrownByClose.getCause();
    }

    // the default

    static Stream<Arguments> throwables() {
        return Stream.of(Arguments.of(new InternalError("on purpose"), true),
                Arguments.of(new UnknownError("on purpose"), true),
                Arguments.of(new VirtualMachineError("on purpose") {
                    private static final long serialVersionUID = 1L;
                }, true),
                Arguments.of(new StackOverflowError("on purpose"), false),
                Arguments.of(new OutOfMemoryError("on purpose"), false),
                Arguments.of(new AssertionError("on purpose"), false),
                Arguments.of(new LinkageError("on purpose"), false),
                Arguments.of(new Error("on purpose"), false), Arguments.of(new RuntimeException("on purpose"), false));
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void c7_whatIsFatalByDefault(Throwable throwable, boolean fatal) {
        Supervisor supervisor = Kind.POOLED.builder().unowned().open();
        GatedTask sibling = GatedTask.stubborn(Kind.POOLED, supervisor);
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        gated.fail(throwable);
        assertEquals(Status.FAILED, gated.end());
        Poll.until("the task has retired", () -> supervisor.liveCount() == 1);
        assertEquals(fatal ? State.ABORTING : State.ENTERED, supervisor.state());
        sibling.release();
        Background<Void> closer = Background.run(supervisor::close);
        if (fatal) {
            assertSame(throwable, unwrapped(closer.thrown()));
        } else {
            assertNull(closer.outcome());
        }
    }

    @Test
    void c7_fatalIfReplacesTheDefault() throws Exception {
        Supervisor.Builder builder = Kind.POOLED.builder().fatalIf(t -> t instanceof IllegalStateException);
        try (Supervisor supervisor = builder.open()) {
            supervisor.spawn(() -> {
                throw new InternalError("not here");
            });
            supervisor.join();
        }
        assertThrows(IllegalStateException.class, () -> builder.run(supervisor -> supervisor.spawn(() -> {
            throw new IllegalStateException("here");
        })));
    }

    // from everywhere, with the owner anywhere

    @ParameterizedTest
    @MethodSource("placesOfAllKinds")
    void c7_theOwnerInItsBodyIsInterruptedAndItsJoinThrows(Place place, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Queue<Throwable> handled = new ConcurrentLinkedQueue<>();
        AtomicReference<Boolean> endedBefore = new AtomicReference<>();
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = place.builder(kind, fatal, handled).open()) {
            GatedTask sibling = GatedTask.stubborn(kind, supervisor);
            sibling.task().onDone(task -> endedBefore.set(sibling.hasEnded()));
            Task<?> task = place.spawn(supervisor, fatal);
            untilInterrupted();
            sibling.untilTold();
            assertEquals(State.ABORTING, supervisor.state());
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            Background<Void> releaser = Background.run(() -> {
                Poll.until("nothing but the sibling lives", () -> supervisor.liveCount() == 1);
                sibling.release();
            });
            assertSame(fatal, assertThrows(InternalError.class, supervisor::join));
            assertTrue(sibling.hasEnded());
            assertEquals(true, endedBefore.get(), "its callback was called, and after its body");
            assertEquals(State.FINISHED, supervisor.state());
            assertFalse(Thread.currentThread().isInterrupted());
            releaser.join();
            assertReported(place, task, fatal, handled, uncaught);
        }
    }

    /** Asserts that a fatal error is reported as any failure is: once. */
    private static void assertReported(
            Place place, Task<?> task, Error fatal, Queue<Throwable> handled, UncaughtReports uncaught) {
        if (place == Place.BODY) {
            assertEquals(Status.FAILED, task.status());
            assertSame(fatal, task.failure());
            assertEquals(List.of(fatal), List.copyOf(handled));
        } else {
            assertEquals(place == Place.CALLBACK ? Status.SUCCEEDED : Status.FAILED, task.status());
            assertEquals(1, uncaught.wrapping(fatal), "reports: " + uncaught.seen());
            assertEquals(place == Place.CALLBACK ? 0 : 1, handled.size());
        }
    }

    @ParameterizedTest
    @MethodSource("placesOfAllKinds")
    void c7_theOwnerInItsBodyIsInterruptedAndItsCloseThrows(Place place, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = place.builder(kind, fatal, new ConcurrentLinkedQueue<>()).open();
            GatedTask sibling = GatedTask.yielding(kind, supervisor);
            place.spawn(supervisor, fatal);
            untilInterrupted();
            assertSame(fatal, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
            assertEquals(Status.CANCELLED, sibling.task().status());
            supervisor.close();
            assertEquals(place == Place.BODY ? 0 : 1, uncaught.seen().size());
        }
    }

    @ParameterizedTest
    @MethodSource("placesOfConcurrentKinds")
    void c7_theOwnerInJoinGetsItAndNoInterrupt(Place place, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> sibling = new AtomicReference<>();
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Background<Void> owner = Background.run(CountedThread::new, () -> {
                try (Supervisor supervisor = place.builder(kind, fatal, new ConcurrentLinkedQueue<>()).open()) {
                    sibling.set(GatedTask.stubborn(kind, supervisor));
                    opened.set(supervisor);
                    supervisor.join();
                }
            });
            Poll.until("joining", () -> opened.get() != null && opened.get().state() == State.EXITING);
            place.spawn(opened.get(), fatal);
            sibling.get().untilTold();
            assertFalse(owner.hasEnded());
            sibling.get().release();
            assertSame(fatal, owner.thrown());
            assertEquals(0, fatal.getSuppressed().length, "close has nothing left to throw");
            assertEquals(0, ((CountedThread) owner.thread()).interrupts());
            assertTrue(uncaught.wrapping(fatal) <= 1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_theOwnerInCloseGetsIt(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(CountedThread::new, () -> {
            Supervisor supervisor = kind.open();
            gated.set(GatedTask.stubborn(kind, supervisor));
            supervisor.close();
        });
        Poll.until("spawned", () -> gated.get() != null);
        gated.get().untilTold();
        gated.get().fail(fatal);
        assertSame(fatal, unwrapped(owner.thrown()));
        assertEquals(0, ((CountedThread) owner.thread()).interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_theOwnerInRunGetsIt(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        for (boolean inBody : new boolean[] {true, false}) {
            AtomicReference<GatedTask> gated = new AtomicReference<>();
            AtomicReference<GatedTask> sibling = new AtomicReference<>();
            Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> {
                sibling.set(GatedTask.yielding(kind, supervisor));
                gated.set(GatedTask.stubborn(kind, supervisor));
                if (inBody) {
                    untilInterrupted();
                }
            }));
            Poll.until("spawned", () -> gated.get() != null);
            gated.get().fail(fatal);
            assertSame(fatal, owner.thrown());
            assertFalse(owner.leftInterrupted());
            assertEquals(Status.CANCELLED, sibling.get().task().status());
        }
    }

    @ParameterizedTest
    @MethodSource("placesOfAllKinds")
    void c7_aDeadOwnersGoesToTheUncaughtExceptionHandler(Place place, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor =
                    Background.call(() -> place.builder(kind, fatal, new ConcurrentLinkedQueue<>()).open()).join();
            GatedTask sibling = GatedTask.yielding(kind, supervisor);
            place.spawn(supervisor, fatal);
            assertEquals(Status.CANCELLED, sibling.end());
            supervisor.shutdown();
            Poll.until("reported", () -> uncaught.seen().contains(fatal));
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @Test
    void c7_anOwnersThatDiesWithoutAnExitGoesToTheUncaughtExceptionHandler() {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            AtomicReference<GatedTask> sibling = new AtomicReference<>();
            Background<Supervisor> owner = Background.call(() -> {
                Supervisor supervisor = Kind.POOLED.open();
                sibling.set(GatedTask.stubborn(Kind.POOLED, supervisor));
                GatedTask.stubborn(Kind.POOLED, supervisor).fail(fatal);
                untilInterrupted();
                return supervisor;
            });
            assertEquals(State.ABORTING, owner.join().state());
            assertEquals(0, concerning(uncaught, fatal));
            sibling.get().release();
            Poll.until("reported", () -> concerning(uncaught, fatal) == 1);
            assertEquals(State.FINISHED, owner.join().state());
        }
    }

    @Test
    void c7_ofADeadOwnerWithNothingLiveALateCallbacksGoesToTheUncaughtExceptionHandlerItself() {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Task<?> done = Background.call(() -> Kind.CALLER_RUNS.open().spawn(() -> { })).join();
            done.onDone(task -> {
                throw fatal;
            });
            assertEquals(State.FINISHED, done.supervisor().state());
            assertEquals(1, uncaught.seen().stream().filter(report -> report == fatal).count());
        }
    }

    /** How many reports are of this throwable, itself or wrapped. */
    private static long concerning(UncaughtReports uncaught, Throwable fatal) {
        return uncaught.seen().stream().filter(report -> report == fatal || report.getCause() == fatal).count();
    }

    // unowned

    @ParameterizedTest
    @MethodSource("placesOfAllKinds")
    void c7_unownedTheFirstExitToReturnThrowsAndNoOther(Place place, Kind kind) throws Exception {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = place.builder(kind, fatal, new ConcurrentLinkedQueue<>()).unowned().open();
            place.spawn(supervisor, fatal);
            Poll.until("aborting", () -> supervisor.state().compareTo(State.ABORTING) >= 0);
            assertSame(fatal, assertThrows(InternalError.class, supervisor::join));
            supervisor.join();
            supervisor.close();
            assertTrue(concerning(uncaught, fatal) <= 1);
        }
    }

    @Test
    void c7_unownedExactlyOneOfManyConcurrentExitsThrows() {
        for (int round = 0; round < 50; round++) {
            InternalError fatal = new InternalError("on purpose");
            Supervisor supervisor = Kind.POOLED.builder().unowned().open();
            GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
            List<Background<Void>> exits = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                exits.add(Background.run(i % 2 == 0 ? supervisor::close : supervisor::join));
            }
            gated.fail(fatal);
            List<Throwable> thrown = new ArrayList<>();
            for (int i = 0; i < exits.size(); i++) {
                Throwable outcome = exits.get(i).outcome();
                if (outcome != null) {
                    thrown.add(i % 2 == 0 ? unwrapped(outcome) : outcome);
                }
            }
            assertEquals(List.of(fatal), thrown);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_unownedEndedByShutdownOnlyItGoesToTheUncaughtExceptionHandler(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = kind.builder().unowned().open();
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            shutDownWhileItFails(supervisor, gated, fatal);
            Poll.until("reported", () -> concerning(uncaught, fatal) == 1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_unownedEndedByShutdownAfterAJoinThatWasGivenUpItGoesToTheUncaughtExceptionHandler(Kind kind)
            throws InterruptedException {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = kind.builder().unowned().open();
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            Background<Void> joiner = Background.run(() -> {
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, supervisor::join);
            });
            joiner.join();
            shutDownWhileItFails(supervisor, gated, fatal);
            Poll.until("reported", () -> concerning(uncaught, fatal) == 1);
            supervisor.join();
            assertEquals(1, concerning(uncaught, fatal));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_anUnownedRunThrowsItThoughAShutdownHasEndedInItsBlock(Kind kind) {
        unownedRunThrowsWhatFailsDuringAShutdown(kind, supervisor -> { });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_anUnownedRunThrowsItThoughAJoinWasGivenUpAndAShutdownHasEndedInItsBlock(Kind kind) {
        unownedRunThrowsWhatFailsDuringAShutdown(kind, supervisor -> {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, supervisor::join);
        });
    }

    private static void unownedRunThrowsWhatFailsDuringAShutdown(Kind kind, Consumer<Supervisor> before) {
        InternalError fatal = new InternalError("on purpose");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            assertSame(fatal, assertThrows(InternalError.class, () -> kind.builder().unowned().run(supervisor -> {
                GatedTask gated = GatedTask.stubborn(kind, supervisor);
                before.accept(supervisor);
                shutDownWhileItFails(supervisor, gated, fatal);
            })));
            assertEquals(0, concerning(uncaught, fatal));
        }
    }

    private static void shutDownWhileItFails(Supervisor supervisor, GatedTask gated, Throwable failure) {
        Background<Void> background = Background.run(supervisor::shutdown);
        gated.untilTold();
        gated.fail(failure);
        background.join();
    }

    @Test
    void c7_shutdownDoesNotThrowAnOwnersFatalError() {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = Kind.POOLED.open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        gated.fail(fatal);
        untilInterrupted();
        assertTrue(Thread.interrupted());
        Background.run(supervisor::shutdown).join();
        supervisor.shutdown();
        assertSame(fatal, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_afterTheSlotWasEmptiedItGoesToTheUncaughtExceptionHandler(Kind kind) throws Exception {
        InternalError first = new InternalError("first");
        InternalError late = new InternalError("late");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = kind.builder().unowned().open();
            Task<?> task = supervisor.spawn(() -> {
                throw first;
            });
            assertSame(first, assertThrows(InternalError.class, supervisor::join));
            task.onDone(t -> {
                throw late;
            });
            assertEquals(1, uncaught.wrapping(late), "reported as what any callback throws");
            assertTrue(uncaught.seen().contains(late), "and itself, since no exit will throw it");
            supervisor.join();
            supervisor.close();
        }
    }

    // the first is kept

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_theFirstIsKeptAndTheOthersAreReportedAsAnyFailure(Kind kind) {
        InternalError first = new InternalError("first");
        InternalError second = new InternalError("second");
        Queue<Throwable> handled = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = kind.builder().unowned().onFailure((task, failure) -> handled.add(failure)).open();
        GatedTask one = GatedTask.stubborn(kind, supervisor);
        GatedTask two = GatedTask.stubborn(kind, supervisor);
        one.fail(first);
        two.untilTold();
        Poll.until("the first is handled", () -> handled.contains(first));
        two.fail(second);
        CompletionException thrown = assertThrows(CompletionException.class, supervisor::close);
        assertSame(first, unwrapped(thrown));
        assertEquals(List.of(first, second), List.copyOf(handled));
        assertEquals(0, first.getSuppressed().length);
        assertEquals(0, thrown.getSuppressed().length);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_itIsThrownOnlyAfterEveryTaskHasEnded(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask sibling = GatedTask.stubborn(kind, supervisor);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.fail(fatal);
        Background<Void> join = Background.run(supervisor::join);
        Background<Void> close = Background.run(supervisor::close);
        List<Background<Void>> exits = List.of(join, close);
        sibling.untilTold();
        exits.forEach(exit -> Poll.untilBlocked(exit.thread()));
        exits.forEach(exit -> assertFalse(exit.hasEnded()));
        sibling.release();
        exits.forEach(Background::outcome);
        assertSame(fatal, join.outcome() != null ? join.outcome() : unwrapped(close.outcome()));
    }

    // fatalIf

    @Test
    void c7_aFatalIfThatThrowsCountsAsFalseAndIsReported() throws Exception {
        IllegalStateException broken = new IllegalStateException("the predicate is broken");
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = Kind.POOLED.builder().fatalIf(t -> {
                    throw broken;
                }).open()) {
            GatedTask sibling = GatedTask.stubborn(Kind.POOLED, supervisor);
            GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
            gated.fail(new InternalError("on purpose"));
            assertEquals(Status.FAILED, gated.end());
            Poll.until("reported", () -> concerning(uncaught, broken) == 1);
            assertEquals(State.ENTERED, supervisor.state());
            sibling.release();
            supervisor.join();
            assertEquals(0, sibling.interrupts());
        }
    }

    @Test
    void c7_aFatalIfThatThrowsLeavesTheBodysExceptionAlone() {
        IllegalStateException broken = new IllegalStateException("the predicate is broken");
        InternalError failure = new InternalError("the body's");
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor.Builder builder = Kind.POOLED.builder().fatalIf(t -> {
                throw broken;
            });
            assertSame(failure, assertThrows(InternalError.class, () -> builder.run(supervisor -> {
                throw failure;
            })));
            assertEquals(1, concerning(uncaught, broken));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_aCheckedOneIsWrapped(Kind kind) {
        IOException fatal = new IOException("on purpose");
        Supervisor.Builder builder = kind.builder().fatalIf(t -> t == fatal);
        Action fails = () -> {
            throw fatal;
        };
        assertSame(fatal, assertThrows(CompletionException.class,
                () -> builder.run(supervisor -> supervisor.spawn(fails))).getCause());
        for (boolean join : new boolean[] {true, false}) {
            Supervisor supervisor = builder.open();
            supervisor.spawn(fails);
            untilInterrupted();
            assertSame(fatal, assertThrows(CompletionException.class, () -> {
                if (join) {
                    supervisor.join();
                } else {
                    supervisor.close();
                }
            }).getCause());
            supervisor.close();
        }
    }
}
