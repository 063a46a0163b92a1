package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which ends are a cancellation and which a failure: E3. */
class CancellationOutcomeTest {

    /** What a body throws, and how its task ends if nobody, or somebody, had asked it to cancel. */
    record End(String name, Supplier<Throwable> thrown, Status unasked, Status asked) {
        @Override
        public String toString() {
            return name;
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    static Stream<End> ends() {
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
                onRequest("TaskCancelledException of another task", CancellationOutcomeTest::ofAnotherTask),
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
                never("SocketException without the interrupt status", () -> new SocketException("Connection reset")),
                never("IOException", () -> new IOException("on purpose")),
                never("IllegalStateException", () -> new IllegalStateException("on purpose")),
                never("AssertionError", () -> new AssertionError("on purpose")));
    }

    private static End onRequest(String name, Supplier<Throwable> thrown) {
        return new End(name, thrown, Status.FAILED, Status.CANCELLED);
    }

    private static End always(String name, Supplier<Throwable> thrown) {
        return new End(name, thrown, Status.CANCELLED, Status.CANCELLED);
    }

    private static End never(String name, Supplier<Throwable> thrown) {
        return new End(name, thrown, Status.FAILED, Status.FAILED);
    }

    /** The cause, under so many links. */
    private static Throwable chain(int links, Throwable cause) {
        Throwable top = cause;
        for (int i = 0; i < links; i++) {
            top = new RuntimeException("link", top);
        }
        return top;
    }

    private static TaskCancelledException ofAnotherTask() {
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<?> other = supervisor.spawn(() -> 1);
            other.cancel();
            return assertThrows(TaskCancelledException.class, other::get);
        }
    }

    /** A throwable in a cycle of causes. */
    private static final class Cyclic extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private Cyclic next;

        Cyclic(Cyclic next) {
            this.next = next == null ? this : next;
        }

        Cyclic close() {
            next.next = this;
            return this;
        }

        @Override
        public synchronized Throwable getCause() {
            return next;
        }
    }

    /** A throwable that does not tell its cause. */
    private static final class Evil extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Throwable thrown;

        Evil(Throwable thrown) {
            this.thrown = thrown;
        }

        @Override
        public synchronized Throwable getCause() {
            RefusalTest.<RuntimeException>sneak(thrown);
            return null;
        }
    }

    /** Runs a body that asks its own task to cancel, in this way, and then throws; returns the task, done. */
    private static Task<?> end(Kind kind, Action ask, Throwable thrown) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reports.incrementAndGet()).open()) {
            CURRENT.set(supervisor);
            Task<?> task = supervisor.spawn(() -> {
                ask.run();
                RefusalTest.<Exception>sneak(thrown);
            });
            if (kind == Kind.CALLER_RUNS) {
                // Not asked to cancel, but ended by an interrupt: the status is set again for the caller (C6).
                Thread.interrupted();
            }
            supervisor.join();
            assertEquals(task.status() == Status.FAILED ? 1 : 0, reports.get());
            assertSame(task.status() == Status.FAILED ? thrown : null, task.failure());
            return task;
        } finally {
            CURRENT.set(null);
        }
    }

    private static final AtomicReference<Supervisor> CURRENT = new AtomicReference<>();

    private static void cancelSelf(boolean interrupt) {
        Task<?> self = CURRENT.get().tasks().get(0);
        assertEquals(Status.RUNNING, self.status());
        assertTrue(self.cancel(interrupt));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_unasked(End end) throws Exception {
        for (Kind kind : Kind.all()) {
            assertEquals(end.unasked(), end(kind, () -> { }, end.thrown().get()).status(), kind.name());
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_askedWithoutInterrupt(End end) throws Exception {
        for (Kind kind : Kind.all()) {
            assertEquals(end.asked(), end(kind, () -> cancelSelf(false), end.thrown().get()).status(), kind.name());
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_askedWithAnInterruptThatWasConsumed(End end) throws Exception {
        for (Kind kind : Kind.all()) {
            Action ask = () -> {
                cancelSelf(true);
                assertTrue(Thread.interrupted());
            };
            assertEquals(end.asked(), end(kind, ask, end.thrown().get()).status(), kind.name());
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void e3_anAbortAsksToo(End end) throws Exception {
        for (Kind kind : Kind.all()) {
            Action ask = () -> {
                CURRENT.get().abort();
                assertTrue(Thread.interrupted());
            };
            assertEquals(end.asked(), end(kind, ask, end.thrown().get()).status(), kind.name());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e3_socketExceptionWithTheInterruptStatusSet(Kind kind) throws Exception {
        SocketException closed = new SocketException("Closed by interrupt");
        assertEquals(Status.CANCELLED, end(kind, () -> cancelSelf(true), closed).status());
        assertEquals(Status.CANCELLED, end(kind, () -> cancelSelf(true), new IOException(closed)).status());
        assertEquals(Status.CANCELLED, end(kind, () -> cancelSelf(true), chain(32, closed)).status());
        assertEquals(Status.FAILED, end(kind, () -> cancelSelf(true), chain(33, closed)).status());
        Action unasked = () -> Thread.currentThread().interrupt();
        assertEquals(Status.FAILED, end(kind, unasked, closed).status());
        assertEquals(Status.FAILED, end(kind, () -> cancelSelf(true), new IOException("not a socket's")).status());
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
        List<String> told = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<?> task = supervisor.spawn(() -> ran.set(true));
            task.onDone(done -> told.add("first " + done.status()))
                    .onDone(done -> told.add("second " + done.isCancelled()));
            assertTrue(task.cancel(false));
            assertEquals(List.of("first CANCELLED", "second true"), told);
            assertFalse(task.cancel());
            assertEquals(0, supervisor.liveCount());
            executor.runAll();
            supervisor.join();
        }
        assertFalse(ran.get());
        assertEquals(2, told.size());
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

    /** Only a virtual thread feels an interrupt in a socket read; without these there is nothing to test. */
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
