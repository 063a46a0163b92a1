package dev.supervisor;

import static dev.supervisor.BodyEnd.always;
import static dev.supervisor.BodyEnd.cancelSelf;
import static dev.supervisor.BodyEnd.chain;
import static dev.supervisor.BodyEnd.never;
import static dev.supervisor.BodyEnd.ofAnotherTask;
import static dev.supervisor.BodyEnd.onRequest;
import static dev.supervisor.BodyEnd.refusal;
import static dev.supervisor.BodyEnd.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.BodyEnd.Cyclic;
import dev.supervisor.Task.Status;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which ends are a cancellation and which a failure: E3. What they have suppressed is in CleanUpOutcomeTest. */
class CancellationOutcomeTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    static Stream<BodyEnd> ends() {
        return Stream.of(
                onRequest("InterruptedException", InterruptedException::new),
                onRequest("a subclass of InterruptedException", () -> new InterruptedException() {
                    private static final long serialVersionUID = 1L;
                }),
                onRequest("ClosedByInterruptException", ClosedByInterruptException::new),
                always("CancellationException", CancellationException::new),
                always("a subclass of CancellationException", () -> new CancellationException() {
                    private static final long serialVersionUID = 1L;
                }),
                onRequest("TaskCancelledException of another task", BodyEnd::ofAnotherTask),
                always("CancellationException caused by that of another task",
                        () -> new CancellationException().initCause(ofAnotherTask())),
                onRequest("CompletionException caused by that of another task",
                        () -> new CompletionException(ofAnotherTask())),
                onRequest("RuntimeException caused by InterruptedException",
                        () -> new RuntimeException(new InterruptedException())),
                onRequest("IOException caused by ClosedByInterruptException",
                        () -> new IOException(new ClosedByInterruptException())),
                onRequest("ExecutionException caused by CancellationException",
                        () -> new ExecutionException(new CancellationException())),
                onRequest("Error caused by InterruptedException", () -> new Error(new InterruptedException())),
                onRequest("InterruptedException 2 links deep", () -> chain(2, new InterruptedException())),
                onRequest("InterruptedException 31 links deep", () -> chain(31, new InterruptedException())),
                onRequest("InterruptedException 32 links deep", () -> chain(32, new InterruptedException())),
                never("InterruptedException 33 links deep", () -> chain(33, new InterruptedException())),
                onRequest("CancellationException 32 links deep", () -> chain(32, new CancellationException())),
                never("CancellationException 33 links deep", () -> chain(33, new CancellationException())),
                never("InterruptedException 1,000 links deep", () -> chain(1_000, new InterruptedException())),
                never("its own cause", () -> new Cyclic(null)),
                never("a cycle of two", () -> new Cyclic(new Cyclic(null)).close()),
                onRequest("a cycle of which one is caused by an interrupt",
                        () -> new RuntimeException(new InterruptedException().initCause(new Cyclic(null)))),
                never("getCause throws", () -> new Evil(new IllegalStateException("getCause"))),
                never("getCause throws an Error", () -> new Evil(new StackOverflowError("getCause"))),
                never("caused by one whose getCause throws",
                        () -> new RuntimeException(new Evil(new IllegalStateException("getCause")))),
                onRequest("InterruptedException whose getCause throws", () -> new InterruptedException() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public synchronized Throwable getCause() {
                        throw new IllegalStateException("getCause");
                    }
                }),
                never("InterruptedException only suppressed", () -> {
                    Throwable thrown = new RuntimeException("with suppressed");
                    thrown.addSuppressed(new InterruptedException());
                    return thrown;
                }),
                onRequest("InterruptedIOException", InterruptedIOException::new),
                onRequest("a subclass of InterruptedIOException", () -> new InterruptedIOException() {
                    private static final long serialVersionUID = 1L;
                }),
                onRequest("UncheckedIOException caused by InterruptedIOException",
                        () -> new UncheckedIOException(new InterruptedIOException())),
                onRequest("InterruptedIOException 32 links deep", () -> chain(32, new InterruptedIOException())),
                never("InterruptedIOException 33 links deep", () -> chain(33, new InterruptedIOException())),
                never("SocketTimeoutException", SocketTimeoutException::new),
                never("a subclass of SocketTimeoutException", () -> new SocketTimeoutException() {
                    private static final long serialVersionUID = 1L;
                }),
                never("IOException caused by SocketTimeoutException",
                        () -> new IOException(new SocketTimeoutException())),
                onRequest("SocketTimeoutException caused by InterruptedException",
                        () -> new SocketTimeoutException().initCause(new InterruptedException())),
                onRequest("FileLockInterruptionException", FileLockInterruptionException::new),
                onRequest("UncheckedIOException caused by FileLockInterruptionException",
                        () -> new UncheckedIOException(new FileLockInterruptionException())),
                never("ClosedChannelException", ClosedChannelException::new),
                never("AsynchronousCloseException", AsynchronousCloseException::new),
                onRequest("refusal of a supervisor that shuts down", () -> refusal(Supervisor::abort)),
                onRequest("CompletionException caused by such a refusal",
                        () -> new CompletionException(refusal(Supervisor::abort))),
                onRequest("such a refusal 32 links deep", () -> chain(32, refusal(Supervisor::abort))),
                never("such a refusal 33 links deep", () -> chain(33, refusal(Supervisor::abort))),
                onRequest("such a refusal of a supervisor that is another's executor", () -> refusal(
                        supervisor -> supervisor.abort(), threads -> Supervisor.builder().executor(threads))),
                never("refusal of a supervisor that is sealed", () -> refusal(Supervisor::seal)),
                never("refusal of a supervisor that is finished", () -> refusal(Supervisor::close)),
                never("refusal of another executor that says the same",
                        () -> new RejectedExecutionException(refusal(Supervisor::abort).getMessage())),
                never("SocketException without the interrupt status", () -> new SocketException("Connection reset")),
                never("IOException", () -> new IOException("on purpose")),
                never("IllegalStateException", () -> new IllegalStateException("on purpose")),
                never("AssertionError", () -> new AssertionError("on purpose")));
    }

    /** A throwable whose {@code getCause} throws. */
    private static final class Evil extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Throwable thrown;

        Evil(Throwable thrown) {
            this.thrown = thrown;
        }

        @Override
        public synchronized Throwable getCause() {
            Sneaky.<RuntimeException>sneak(thrown);
            return null;
        }
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

    @ParameterizedTest
    @MethodSource("ends")
    void e3_askedWithAnInterruptThatWasConsumed(BodyEnd end) throws Exception {
        end.assertOutcome(end.asked(), self -> {
            cancelSelf(self, true);
            assertTrue(Thread.interrupted());
        });
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_anAbortAsksToo(BodyEnd end) throws Exception {
        end.assertOutcome(end.asked(), self -> {
            self.abort();
            assertTrue(Thread.interrupted());
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_socketExceptionWithTheInterruptStatusSet(Kind kind) throws Exception {
        SocketException closed = new SocketException("Closed by interrupt");
        Consumer<Supervisor> asked = self -> cancelSelf(self, true);
        assertEquals(Status.CANCELLED, run(kind, asked, closed).status());
        assertEquals(Status.CANCELLED, run(kind, asked, new IOException(closed)).status());
        assertEquals(Status.CANCELLED, run(kind, asked, chain(32, closed)).status());
        assertEquals(Status.FAILED, run(kind, asked, chain(33, closed)).status());
        Consumer<Supervisor> unasked = self -> Thread.currentThread().interrupt();
        assertEquals(Status.FAILED, run(kind, unasked, closed).status());
        assertEquals(Status.FAILED, run(kind, asked, new IOException("not a socket's")).status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_aBodyThatIgnoresItsCancellationSucceeds(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                assertTrue(supervisor.tasks().get(0).cancel());
                assertFalse(supervisor.tasks().get(0).isCancelled());
                return "done all the same";
            });
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status());
            assertEquals("done all the same", task.get());
            assertFalse(task.isCancelled());
            assertNull(task.failure());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_aTaskThatCancelsItselfIsCancelledNotFailed(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn("quitter", () -> {
                throw new CancellationException("I quit");
            });
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
            assertTrue(task.isCancelled());
            assertNull(task.failure());
            TaskCancelledException thrown = assertThrows(TaskCancelledException.class, task::get);
            assertSame(task, thrown.task());
            assertTrue(thrown.getMessage().contains("quitter"), thrown.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_aTaskThatWaitsForACancelledSiblingFails(Kind kind) throws Exception {
        LateExecutor late = new LateExecutor();
        AtomicReference<Throwable> reported = new AtomicReference<>();
        Supervisor.Builder builder = kind.builder().onFailure((task, failure) -> reported.set(failure));
        try (Supervisor others = Supervisor.builder().executor(late).open(); Supervisor supervisor = builder.open()) {
            Task<?> sibling = others.spawn(() -> 1);
            sibling.cancel();
            Task<?> byGet = supervisor.spawn(() -> sibling.get());
            supervisor.join();
            assertEquals(Status.FAILED, byGet.status());
            assertSame(sibling, ((TaskCancelledException) byGet.failure()).task());
            assertSame(byGet.failure(), reported.get());
        }
    }

    @Test
    void e3_cancelledBeforeTheStartTheCallbacksRun() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicBoolean ran = new AtomicBoolean();
        List<String> called = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<?> task = supervisor.spawn(() -> ran.set(true));
            task.onDone(done -> called.add("first " + done.status()))
                    .onDone(done -> called.add("second " + done.isCancelled()));
            assertTrue(task.cancel(false));
            assertEquals(List.of("first CANCELLED", "second true"), called);
            assertFalse(task.cancel());
            assertEquals(0, supervisor.liveCount());
            executor.runAll();
            supervisor.join();
        }
        assertFalse(ran.get());
        assertEquals(2, called.size());
    }

    /** How a body blocks. */
    enum Blocking {
        SLEEP {
            @Override
            void block(CountDownLatch about) throws Exception {
                about.countDown();
                Thread.sleep(Long.MAX_VALUE);
            }
        },
        QUEUE {
            @Override
            void block(CountDownLatch about) throws Exception {
                about.countDown();
                new SynchronousQueue<String>().take();
            }
        },
        WAIT {
            @Override
            void block(CountDownLatch about) throws Exception {
                Object monitor = new Object();
                synchronized (monitor) {
                    about.countDown();
                    while (true) {
                        monitor.wait();
                    }
                }
            }
        },
        CHANNEL {
            @Override
            void block(CountDownLatch about) throws Exception {
                Pipe pipe = Pipe.open();
                try (Pipe.SinkChannel sink = pipe.sink(); Pipe.SourceChannel source = pipe.source()) {
                    assertTrue(sink.isOpen());
                    about.countDown();
                    source.read(ByteBuffer.allocate(1));
                }
            }
        },
        PIPED_STREAM {
            @Override
            void block(CountDownLatch about) throws Exception {
                try (PipedOutputStream out = new PipedOutputStream(); PipedInputStream in = new PipedInputStream(out)) {
                    about.countDown();
                    in.read();
                } catch (InterruptedIOException e) {
                    assertSame(InterruptedIOException.class, e.getClass());
                    throw e;
                }
            }
        },
        FILE_LOCK {
            @Override
            void block(CountDownLatch about) throws Exception {
                Path path = Files.createTempFile("lock", null);
                try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                    about.countDown();
                    ShortWait.untilInterrupted();   // only another process could make it wait
                    file.lock();
                } catch (IOException e) {
                    assertSame(FileLockInterruptionException.class, e.getClass());
                    throw e;
                } finally {
                    Files.delete(path);
                }
            }
        },
        /** An interrupt closes the channel, so that the buffer cannot be flushed any more. */
        BUFFERED_CHANNEL {
            @Override
            void block(CountDownLatch about) throws Exception {
                Pipe pipe = Pipe.open();
                try (Pipe.SourceChannel source = pipe.source();
                        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(pipe.sink()))) {
                    assertTrue(source.isOpen());
                    about.countDown();
                    while (true) {
                        out.write(1);
                    }
                } catch (ClosedByInterruptException e) {
                    assertInstanceOf(ClosedChannelException.class, e.getSuppressed()[0]);
                    throw e;
                }
            }
        },
        WRAPPING {
            @Override
            void block(CountDownLatch about) throws Exception {
                try {
                    about.countDown();
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    throw new IllegalStateException("wrapped", e);
                }
            }
        };

        abstract void block(CountDownLatch about) throws Exception;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e3_everyWayOfBlockingThatFeelsAnInterruptIsCancelled(Kind kind) throws Exception {
        for (Blocking blocking : Blocking.values()) {
            try (Supervisor supervisor = kind.open()) {
                CountDownLatch about = new CountDownLatch(1);
                Task<?> task = supervisor.spawn(() -> blocking.block(about));
                Poll.await(about);
                assertTrue(task.cancel());
                supervisor.join();
                assertEquals(Status.CANCELLED, task.status(), blocking.name());
            }
        }
    }

    // refusals

    /** How a body spawns a task. */
    enum Spawning {
        SPAWN {
            @Override
            void spawn(Supervisor supervisor) {
                supervisor.spawn(() -> 1);
            }
        },
        NAMED {
            @Override
            void spawn(Supervisor supervisor) {
                supervisor.spawn("named", () -> 1);
            }
        },
        EXECUTE {
            @Override
            void spawn(Supervisor supervisor) {
                supervisor.execute(() -> { });
            }
        },
        COMPLETIONS {
            @Override
            void spawn(Supervisor supervisor) {
                supervisor.completions().spawn(() -> 1);
            }
        },
        /** The body waits for the stage, which fails with the refusal as its cause. */
        ASYNC {
            @Override
            void spawn(Supervisor supervisor) {
                CompletableFuture.completedFuture(1).thenApplyAsync(one -> one, supervisor).join();
            }
        };

        abstract void spawn(Supervisor supervisor);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_aRefusedFollowUpOfAnAbortedTaskIsACancellation(Kind kind) throws Exception {
        for (Spawning spawning : Spawning.values()) {
            for (boolean aborts : new boolean[] {true, false}) {
                AtomicInteger reports = new AtomicInteger();
                Supervisor.Builder builder = kind.builder().onFailure((task, failure) -> reports.incrementAndGet());
                Supervisor supervisor = builder.unowned().open();
                Task<?> task = supervisor.spawn(() -> {
                    if (aborts) {
                        supervisor.abort();
                    } else {
                        supervisor.seal();
                        supervisor.tasks().forEach(Task::cancel);
                    }
                    Thread.interrupted();
                    spawning.spawn(supervisor);
                });
                supervisor.join();
                assertEquals(aborts ? Status.CANCELLED : Status.FAILED, task.status(), spawning.name());
                assertEquals(aborts ? 0 : 1, reports.get(), spawning.name());
            }
        }
    }

    /** A spawn may be refused before the abort has asked the spawning task to cancel. */
    @Test
    void e3_aSpawnRefusedInTheMiddleOfAnAbortIsACancellation() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 300; i++) {
                Supervisor supervisor = Supervisor.builder().executor(Runnable::run)
                        .onFailure(FailureHandler.ignore()).unowned().open();
                AtomicReference<Task<?>> spawner = new AtomicReference<>();
                AtomicBoolean begun = new AtomicBoolean();
                race.round(() -> spawner.set(supervisor.spawn(() -> {
                    begun.set(true);
                    while (true) {
                        supervisor.spawn(() -> 1);
                    }
                })), () -> {
                    Poll.spinUntil("begun", begun::get);
                    TwoThreadRace.jitter();
                    supervisor.abort();
                });
                assertEquals(Status.CANCELLED, spawner.get().status(), "in round " + i);
            }
        }
    }

    /** An interrupt ends a socket read only on a virtual thread; without these there is nothing to test. */
    @TestFactory
    Stream<DynamicTest> e3_aVirtualThreadInterruptedInASocketReadIsCancelled() {
        return Kind.all().stream()
                .filter(kind -> kind == Kind.VIRTUAL)
                .map(kind -> DynamicTest.dynamicTest(kind.name(), () -> interruptInASocketRead(kind)));
    }

    private static void interruptInASocketRead(Kind kind) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback);
                Socket client = new Socket(loopback, server.getLocalPort());
                Socket accepted = server.accept();
                Supervisor supervisor = kind.open()) {
            assertTrue(accepted.isConnected());
            CountDownLatch about = new CountDownLatch(1);
            Task<Integer> task = supervisor.spawn(() -> {
                about.countDown();
                return client.getInputStream().read();
            });
            Poll.await(about);
            assertTrue(task.cancel());
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
        }
    }
}
