package dev.supervisor;

import static dev.supervisor.BodyEnd.always;
import static dev.supervisor.BodyEnd.cancelSelf;
import static dev.supervisor.BodyEnd.chain;
import static dev.supervisor.BodyEnd.never;
import static dev.supervisor.BodyEnd.ofAnotherTask;
import static dev.supervisor.BodyEnd.onRequest;
import static dev.supervisor.BodyEnd.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.supervisor.BodyEnd.Cyclic;
import dev.supervisor.Task.Status;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLockInterruptionException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A body ends by a throwable that would be a cancellation, and has suppressed what a clean-up has thrown: E3. */
class CleanUpOutcomeTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** Ends by a throwable that is no failure, and has suppressed another. */
    static Stream<BodyEnd> ends() {
        Stream<Supplier<Throwable>> consequences = Stream.of(InterruptedException::new, ClosedByInterruptException::new,
                InterruptedIOException::new, FileLockInterruptionException::new, CancellationException::new,
                BodyEnd::ofAnotherTask, () -> refusal(Supervisor::abort), ClosedChannelException::new,
                AsynchronousCloseException::new, SocketException::new, ConnectException::new);
        Stream<Supplier<Throwable>> failures = Stream.of(IOException::new, IllegalStateException::new,
                AssertionError::new, InternalError::new, SocketTimeoutException::new, RejectedExecutionException::new,
                () -> refusal(Supervisor::seal), () -> new UncheckedIOException(new ClosedChannelException()),
                () -> new RuntimeException(new InterruptedException()));
        return Stream.of(
                consequences.map(suppressed -> onRequest("suppressing " + suppressed.get(),
                        () -> with(new InterruptedException(), suppressed.get()))),
                failures.map(suppressed -> never("suppressing " + suppressed.get(),
                        () -> with(new InterruptedException(), suppressed.get()))),
                Stream.of(
                        never("the second of two", () -> with(new InterruptedException(),
                                new ClosedChannelException(), new IOException())),
                        never("ClosedByInterruptException", () -> failing(new ClosedByInterruptException())),
                        never("InterruptedIOException", () -> failing(new InterruptedIOException())),
                        never("refusal", () -> failing(refusal(Supervisor::abort))),
                        never("TaskCancelledException of another task", () -> failing(ofAnotherTask())),
                        never("CancellationException", () -> failing(new CancellationException())),
                        always("CancellationException suppressing ClosedChannelException",
                                () -> with(new CancellationException(), new ClosedChannelException())),
                        never("CancellationException by one", () -> new CancellationException()
                                .initCause(failing(new InterruptedException()))),
                        never("in the cause", () -> new RuntimeException(failing(new InterruptedException()))),
                        never("in what it has caused", () -> failing(new RuntimeException(new InterruptedException()))),
                        never("in the cause of an interrupt", () -> new InterruptedIOException()
                                .initCause(failing(new InterruptedException()))),
                        never("32 links deep", () -> chain(32, failing(new InterruptedException()))),
                        never("32 links below an interrupt", () -> new InterruptedIOException()
                                .initCause(chain(31, failing(new InterruptedException())))),
                        onRequest("33 links below an interrupt", () -> new InterruptedIOException()
                                .initCause(chain(32, failing(new InterruptedException())))),
                        never("where causes are a cycle", () -> new InterruptedException()
                                .initCause(failing(new Cyclic(null)))),
                        never("where getCause throws", () -> failing(new InterruptedException() {
                            private static final long serialVersionUID = 1L;

                            @Override
                            public synchronized Throwable getCause() {
                                throw new IllegalStateException("getCause");
                            }
                        })),
                        onRequest("suppressed in what was suppressed", () -> with(new InterruptedException(),
                                failing(new InterruptedException()))),
                        onRequest("the cause of what was suppressed", () -> with(new InterruptedException(),
                                new InterruptedException().initCause(new IllegalStateException())))))
                .flatMap(ends -> ends);
    }

    private static Throwable failing(Throwable thrown) {
        return with(thrown, new IllegalStateException("the clean-up"));
    }

    private static Throwable with(Throwable thrown, Throwable... suppressed) {
        List.of(suppressed).forEach(thrown::addSuppressed);
        return thrown;
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_unasked(BodyEnd end) throws Exception {
        end.assertOutcome(end.unasked(), self -> { });
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_askedWithoutInterrupt(BodyEnd end) throws Exception {
        end.assertOutcome(end.asked(), self -> cancelSelf(self, false));
    }

    /** The status is still set at the end, so any SocketException counts as an interrupt. */
    @ParameterizedTest
    @MethodSource("ends")
    void e3_askedByAnAbort(BodyEnd end) throws Exception {
        end.assertOutcome(end.asked(), Supervisor::abort);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e3_aCleanUpThatFailsInACancelledBodyIsReported(Kind kind) throws Exception {
        IOException broken = new IOException("the clean-up");
        AtomicReference<Throwable> reported = new AtomicReference<>();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reported.set(failure)).open()) {
            CountDownLatch about = new CountDownLatch(1);
            Task<?> task = supervisor.spawn(() -> {
                try (Closeable resource = () -> Sneaky.<IOException>sneakyThrow(broken)) {
                    assertSame(resource, resource);
                    about.countDown();
                    Thread.sleep(Long.MAX_VALUE);
                }
            });
            Poll.await(about);
            task.cancel();
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertInstanceOf(InterruptedException.class, reported.get());
            assertSame(broken, reported.get().getSuppressed()[0]);
        }
    }

    /** In a {@code try} block Java adds the error of {@code close} to the interrupt by which the block ends. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e3_theFatalErrorOfASupervisorInACancelledBodyIsReported(Kind kind) throws Exception {
        InternalError fatal = new InternalError("on purpose");
        AtomicReference<Throwable> reported = new AtomicReference<>();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reported.set(failure)).open()) {
            Task<?> task = supervisor.spawn(() -> {
                cancelSelf(supervisor, false);
                try (Supervisor inner = Kind.POOLED.open()) {
                    inner.spawn(() -> Sneaky.<Error>sneakyThrow(fatal));
                    Thread.sleep(Long.MAX_VALUE);
                }
            });
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertInstanceOf(InterruptedException.class, reported.get());
            assertSame(fatal, reported.get().getSuppressed()[0].getCause());
        }
    }

    /** The wait of a run is interrupted after its block has thrown: the run adds that to what the block has thrown. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_anInterruptThatRunHasSuppressedIsNoFailure(Kind kind) throws Exception {
        CancellationException quits = new CancellationException("the block");
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> Kind.POOLED.builder().run(inner -> {
                inner.spawn(() -> Thread.sleep(Long.MAX_VALUE));
                cancelSelf(supervisor, true);
                throw quits;
            }));
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
            assertInstanceOf(InterruptedException.class, quits.getSuppressed()[0]);
        }
    }
}
