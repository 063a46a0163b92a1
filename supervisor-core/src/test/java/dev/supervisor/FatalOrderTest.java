package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which throwable an exit throws where there are several, and the races about it: C7. */
class FatalOrderTest {

    private static final int ROUNDS = 2_000;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static void untilInterrupted() {
        Poll.until("the block is interrupted", Thread.currentThread()::isInterrupted);
    }

    private static void assertSuppressed(Throwable winner, Throwable... losers) {
        assertEquals(Arrays.asList(losers), Arrays.asList(winner.getSuppressed()));
    }

    /** What close has thrown, without the CompletionException around it. */
    private static Throwable unwrapped(Throwable thrownByClose) {
        assertInstanceOf(CompletionException.class, thrownByClose);
        assertSame(CompletionException.class, thrownByClose.getClass());
        return thrownByClose.getCause();
    }

    // fatal > the block's exception > an interrupt

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_fatalGoesBeforeTheBodysException(Kind kind) {
        for (BlockFailure policy : BlockFailure.values()) {
            InternalError fatal = new InternalError("on purpose");
            IOException bodys = new IOException("the body's");
            Supervisor.Builder builder = kind.builder().onBlockFailure(policy);
            assertSame(fatal, assertThrows(InternalError.class, () -> builder.run(supervisor -> {
                supervisor.spawn(() -> {
                    throw fatal;
                });
                untilInterrupted();
                throw bodys;
            })));
            assertSuppressed(fatal, bodys);
            assertFalse(Thread.currentThread().isInterrupted(), "the interrupt was ours");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_fatalThatComesAfterTheBodysExceptionGoesBeforeItToo(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        IllegalStateException bodys = new IllegalStateException("the body's");
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> {
            gated.set(GatedTask.stubborn(kind, supervisor));
            opened.set(supervisor);
            throw bodys;
        }));
        Poll.until("waiting", () -> opened.get() != null && opened.get().state() == State.EXITING);
        gated.get().fail(fatal);
        assertSame(fatal, owner.thrown());
        assertSuppressed(fatal, bodys);
        assertFalse(owner.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_aCheckedFatalOneGoesBeforeTheBodysException(Kind kind) {
        IOException fatal = new IOException("on purpose");
        IllegalStateException bodys = new IllegalStateException("the body's");
        Supervisor.Builder builder = kind.builder().fatalIf(t -> t == fatal);
        CompletionException thrown = assertThrows(CompletionException.class, () -> builder.run(supervisor -> {
            supervisor.spawn(() -> {
                throw fatal;
            });
            untilInterrupted();
            throw bodys;
        }));
        assertSame(fatal, thrown.getCause());
        assertSuppressed(thrown, bodys);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_aBodyThatRethrowsTheFatalErrorDoesNotSuppressItInItself(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        assertSame(fatal, assertThrows(InternalError.class, () -> kind.builder().run(supervisor -> {
            Task<Void> task = supervisor.spawn((Action) () -> {
                throw fatal;
            });
            untilInterrupted();
            Poll.until("failed", task::isDone);
            throw (Error) task.failure();
        })));
        assertSuppressed(fatal);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_fatalGoesBeforeTheInterruptedExceptionThatItCausedInTheBody(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        InternalError thrown = assertThrows(InternalError.class, () -> kind.builder().run(supervisor -> {
            supervisor.spawn(() -> {
                throw fatal;
            });
            new CountDownLatch(1).await();
        }));
        assertSame(fatal, thrown);
        assertEquals(1, fatal.getSuppressed().length);
        assertInstanceOf(InterruptedException.class, fatal.getSuppressed()[0]);
        assertFalse(Thread.interrupted(), "the interrupt was ours, and reaches nothing behind the block (C6)");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_fatalGoesBeforeAnInterruptWhichIsSuppressedAndRestored(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> {
            gated.set(GatedTask.stubborn(kind, supervisor));
            opened.set(supervisor);
        }));
        Poll.until("waiting", () -> opened.get() != null && opened.get().state() == State.EXITING);
        Poll.untilBlocked(owner.thread());
        owner.interrupt();
        gated.get().untilTold();
        gated.get().fail(fatal);
        assertSame(fatal, owner.thrown());
        assertEquals(1, fatal.getSuppressed().length);
        assertInstanceOf(InterruptedException.class, fatal.getSuppressed()[0]);
        assertTrue(owner.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_theBodysExceptionGoesBeforeAnInterruptWhichIsSuppressedAndRestored(Kind kind) {
        IllegalStateException bodys = new IllegalStateException("the body's");
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> {
            gated.set(GatedTask.yielding(kind, supervisor));
            opened.set(supervisor);
            throw bodys;
        }));
        Poll.until("waiting", () -> opened.get() != null && opened.get().state() == State.EXITING);
        Poll.untilBlocked(owner.thread());
        owner.interrupt();
        assertSame(bodys, owner.thrown());
        assertEquals(1, bodys.getSuppressed().length);
        assertInstanceOf(InterruptedException.class, bodys.getSuppressed()[0]);
        assertTrue(owner.leftInterrupted());
        assertEquals(Status.CANCELLED, gated.get().task().status(), "an interrupt while joining is cancellation");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c7_inTheTryFormJavaKeepsTheBodysException(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        IllegalStateException bodys = new IllegalStateException("the body's");
        assertSame(bodys, assertThrows(IllegalStateException.class, () -> {
            try (Supervisor supervisor = kind.open()) {
                supervisor.spawn(() -> {
                    throw fatal;
                });
                untilInterrupted();
                throw bodys;
            }
        }));
        assertEquals(1, bodys.getSuppressed().length);
        Throwable suppressed = bodys.getSuppressed()[0];
        assertSame(fatal, unwrapped(suppressed));
        assertSuppressed(suppressed);
        assertSuppressed(fatal);
    }

    @Test
    void c7_inTheTryFormABodyMayRethrowTheFatalError() {
        InternalError fatal = new InternalError("on purpose");
        Throwable thrown = assertThrows(Throwable.class, () -> {
            try (Supervisor supervisor = Kind.POOLED.open()) {
                supervisor.spawn(() -> {
                    throw fatal;
                });
                untilInterrupted();
                supervisor.join();
            }
        });
        assertSame(fatal, thrown, "thrown by join, and not by close again");
        assertSuppressed(fatal);
    }

    @Test
    void c7_callThrowsTheFatalErrorInsteadOfReturning() {
        InternalError fatal = new InternalError("on purpose");
        for (Kind kind : Kind.all()) {
            assertSame(fatal, assertThrows(InternalError.class, () -> kind.builder().call(supervisor -> {
                supervisor.spawn(() -> {
                    throw fatal;
                });
                return 1;
            })));
        }
    }

    // exactly as the owner leaves

    @Test
    void c7_aFatalErrorThatMeetsTheOwnerLeavingIsThrownAndLeavesNoInterrupt() throws Exception {
        InternalError fatal = new InternalError("on purpose");
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < ROUNDS; i++) {
                boolean join = i % 2 == 0;
                Supervisor supervisor = Kind.POOLED.open();
                CountDownLatch go = new CountDownLatch(1);
                CountDownLatch begun = new CountDownLatch(1);
                supervisor.spawn(() -> {
                    begun.countDown();
                    Poll.await(go);
                    TwoThreadRace.jitter();
                    throw fatal;
                });
                Poll.await(begun);
                race.round(() -> {
                    if (join) {
                        assertSame(fatal, assertThrows(InternalError.class, supervisor::join));
                    } else {
                        assertSame(fatal, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
                    }
                }, go::countDown);
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
                supervisor.close();
            }
        }
        assertSuppressed(fatal);
    }

    @Test
    void c7_aFatalErrorThatMeetsTheEndOfRunIsThrownAndLeavesNoInterrupt() throws Exception {
        InternalError fatal = new InternalError("on purpose");
        for (int i = 0; i < ROUNDS; i++) {
            Supervisor.Builder builder = Kind.POOLED.builder();
            assertSame(fatal, assertThrows(InternalError.class, () -> builder.run(supervisor -> {
                supervisor.spawn(() -> {
                    TwoThreadRace.jitter();
                    throw fatal;
                });
                TwoThreadRace.jitter();
            })));
            assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
        }
        assertSuppressed(fatal);
    }

    @Test
    void c7_aFatalErrorOfACallbackThatMeetsTheOwnerLeavingIsThrownOrReported() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace(); UncaughtReports uncaught = UncaughtReports.collect()) {
            for (int i = 0; i < ROUNDS; i++) {
                InternalError fatal = new InternalError("round " + i);
                Supervisor supervisor = Kind.POOLED.open();
                Task<Integer> task = supervisor.spawn(() -> 1);
                AtomicReference<Throwable> thrown = new AtomicReference<>();
                race.round(() -> {
                    try {
                        supervisor.close();
                    } catch (CompletionException e) {
                        thrown.set(unwrapped(e));
                    }
                }, () -> task.onDone(t -> {
                    throw fatal;
                }));
                assertTrue(thrown.get() == null || thrown.get() == fatal);
                boolean reported = uncaught.seen().stream()
                        .anyMatch(report -> report == fatal || report.getCause() == fatal);
                assertTrue(reported, "neither thrown nor reported, in round " + i);
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
                supervisor.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {InternalError.class, IllegalStateException.class})
    void c7_aFatalThrowableOfACancelledBodyIsKept(Class<? extends Throwable> type) throws Exception {
        Throwable fatal = type.getConstructor(String.class, Throwable.class)
                .newInstance("on purpose", new InterruptedException());
        Supervisor supervisor = Kind.CALLER_RUNS.builder().fatalIf(type::isInstance).open();
        Task<?> task = supervisor.spawn(() -> {
            supervisor.tasks().forEach(Task::cancel);
            Sneaky.<Error>sneakyThrow(fatal);
        });
        assertEquals(Task.Status.CANCELLED, task.status());
        Thread.interrupted();
        assertSame(fatal, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
    }

    static Stream<Throwable> endsOfCancelledBodies() {
        Supervisor other = Kind.CALLER_RUNS.builder().unowned().open();
        other.abort();
        return Stream.of(new InterruptedException(), new ClosedByInterruptException(), new InterruptedIOException(),
                new FileLockInterruptionException(), new CancellationException(),
                assertThrows(RejectedExecutionException.class, () -> other.spawn(() -> 1)),
                new SocketException().initCause(new InterruptedException()));
    }

    /** Otherwise a predicate that is true of every exception would make each cancellation fatal. */
    @ParameterizedTest
    @MethodSource("endsOfCancelledBodies")
    void c7_howACancelledBodyEndsIsNotFatal(Throwable end) {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().fatalIf(thrown -> true).open();
        Task<?> task = supervisor.spawn(() -> {
            supervisor.tasks().forEach(Task::cancel);
            Sneaky.<Error>sneakyThrow(end);
        });
        assertEquals(Task.Status.CANCELLED, task.status());
        supervisor.close();
    }

    /** A time-out that an interrupt has caused can be fatal, and so can an interrupt that has suppressed a failure. */
    @Test
    void c7_whatIsMoreThanACancellationCanBeFatal() {
        Throwable failedCleanUp = new InterruptedException();
        failedCleanUp.addSuppressed(new IOException("the clean-up"));
        Throwable timeOut = new SocketTimeoutException().initCause(new InterruptedException());
        for (Throwable thrown : List.of(failedCleanUp, timeOut)) {
            Supervisor supervisor = Kind.CALLER_RUNS.builder().fatalIf(any -> true).open();
            supervisor.spawn(() -> {
                supervisor.tasks().forEach(Task::cancel);
                Sneaky.<Error>sneakyThrow(thrown);
            });
            Thread.interrupted();
            assertSame(thrown, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
        }
    }

    @Test
    void c7_whoWaitsForTheTaskIsReleasedBeforeTheAbortCallsAnybody() {
        LateExecutor never = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(task -> {
            if (never.size() > 0) {
                Kind.POOL.execute(task);
            } else {
                never.execute(task);
            }
        }).onFailure(FailureHandler.ignore()).unowned().open();
        CountDownLatch got = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        supervisor.spawn(() -> 1).onDone(dropped -> Poll.await(got));
        Task<?> failing = supervisor.spawn(() -> {
            Poll.await(waiting);
            throw new InternalError("on purpose");
        });
        Background<Void> waiter = Background.run(() -> {
            try {
                failing.get();
            } catch (ExecutionException e) {
                got.countDown();
            }
        });
        Poll.untilBlocked(waiter.thread());
        waiting.countDown();
        waiter.join();
        assertInstanceOf(InternalError.class, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
    }

    @Test
    void c7_theAbortComesBeforeTheCallbacksAndTheHandler() {
        CountDownLatch registered = new CountDownLatch(1);
        AtomicReference<State> callback = new AtomicReference<>();
        AtomicReference<State> handler = new AtomicReference<>();
        Supervisor supervisor = Supervisor.builder().executor(Kind.POOL).unowned()
                .onFailure((task, failure) -> handler.set(task.supervisor().state())).open();
        Task<?> failing = supervisor.spawn(() -> {
            Poll.await(registered);
            throw new InternalError("on purpose");
        });
        failing.onDone(done -> callback.set(supervisor.state()));
        registered.countDown();
        Poll.until("both were called", () -> handler.get() != null);
        assertInstanceOf(InternalError.class, unwrapped(assertThrows(CompletionException.class, supervisor::close)));
        assertEquals(State.ABORTING, callback.get());
        assertEquals(State.ABORTING, handler.get());
    }

    /** A thread that waits for a latch before it sets its own interrupt status. */
    private static final class Slow extends Thread {
        private final CountDownLatch awaited;

        Slow(Runnable body, CountDownLatch awaited) {
            super(body, "slow");
            setDaemon(true);
            this.awaited = awaited;
        }

        @Override
        public void interrupt() {
            if (Thread.currentThread() == this) {
                Poll.await(awaited);
            }
            super.interrupt();
        }
    }

    @Test
    void c7_unownedTheCloseThrowsItThoughAShutdownReturnsBefore() {
        InternalError fatal = new InternalError("on purpose");
        CountDownLatch overtaken = new CountDownLatch(1);
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Supervisor supervisor = Kind.POOLED.builder().unowned().open();
            GatedTask task = GatedTask.stubborn(Kind.POOLED, supervisor);
            Background<Void> closer = Background.run(body -> new Slow(body, overtaken), supervisor::close);
            task.untilTold();
            Poll.untilBlocked(closer.thread());
            closer.interrupt();
            Poll.until("the closer's wait has cleared the status, to restore it later",
                    () -> !closer.thread().isInterrupted());
            Background<Void> shutdown = Background.run(supervisor::shutdown);
            task.fail(fatal);
            shutdown.join();
            overtaken.countDown();
            assertSame(fatal, unwrapped(closer.thrown()));
            assertTrue(closer.leftInterrupted());
            assertFalse(uncaught.seen().contains(fatal), "thrown, and so not reported besides");
        }
    }
}
