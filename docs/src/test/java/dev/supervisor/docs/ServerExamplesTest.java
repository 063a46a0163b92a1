package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import dev.supervisor.Task.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each example for servers does what it says. */
class ServerExamplesTest {

    private static final Duration AGES = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final CountDownLatch release = new CountDownLatch(1);
    private final List<Supervisor> opened = new ArrayList<>();

    private Supervisor open(Supervisor.Builder builder) {
        return remember(builder.unowned().open());
    }

    private Supervisor open() {
        return open(Threads.DEFAULT.builder());
    }

    private Supervisor remember(Supervisor supervisor) {
        opened.add(supervisor);
        return supervisor;
    }

    @AfterEach
    void end() {
        release.countDown();
        opened.forEach(Supervisor::shutdown);
    }

    private String await() throws InterruptedException {
        release.await();
        return "released";
    }

    @Test
    void aFullServerSaysSo() {
        Supervisor supervisor = open(Threads.DEFAULT.builder().maxTasks(2));
        assertEquals(202, ServerExamples.accept(supervisor, this::await));
        assertEquals(202, ServerExamples.accept(supervisor, this::await));
        assertEquals(503, ServerExamples.accept(supervisor, this::await));
        release.countDown();
        Poll.until("a place", () -> ServerExamples.accept(supervisor, () -> "free again") == 202);
        assertTrue(ServerExamples.stop(supervisor));
        assertEquals(503, ServerExamples.accept(supervisor, this::await));
    }

    @Test
    void theWholeServerIsOpenedAndStopped() {
        Supervisor supervisor = remember(ServerExamples.open());
        assertEquals(202, ServerExamples.accept(supervisor, () -> "a request"));
        assertTrue(ServerExamples.stop(supervisor));
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @EnumSource
    void aSlowQueryIsCutOff(Threads threads) throws Exception {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = open(threads.builder().onFailure((task, failure) -> failures.add(failure)));
        try (ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            ServerExamples.Queries queries = new ServerExamples.Queries(supervisor, SHORT);
            Task<Integer> slow = queries.ask(new Socket(listener.getInetAddress(), listener.getLocalPort()));
            ExecutionException failure = assertThrows(ExecutionException.class, slow::get);
            assertEquals(TimeoutException.class, failure.getCause().getClass());
            assertEquals(Status.FAILED, slow.status());
            Poll.until("the hook has run", () -> queries.cancelled() == 1);
            supervisor.drain(AGES);
            assertEquals(List.of(failure.getCause()), List.copyOf(failures));
        }
    }

    @Test
    void aQuickQueryIsNot() throws Exception {
        Supervisor supervisor = open();
        try (ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            ServerExamples.Queries queries = new ServerExamples.Queries(supervisor, AGES);
            Task<Integer> quick = queries.ask(new Socket(listener.getInetAddress(), listener.getLocalPort()));
            try (Socket database = listener.accept()) {
                database.getOutputStream().write(42);
                assertEquals(42, quick.get());
            }
            assertTrue(supervisor.drain(AGES));
            assertEquals(0, queries.cancelled());
        }
    }

    @Test
    void aDeadlineEndsEveryPart() throws Exception {
        assertEquals(List.of("a", "b"), ServerExamples.askAll(AGES, List.of(() -> "a", () -> "b")));
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger cancelled = new AtomicInteger();
        Exception late = assertThrows(Exception.class, () -> ServerExamples.askAll(SHORT, List.of(() -> "a", () -> {
            begun.incrementAndGet();
            try {
                return await();
            } catch (InterruptedException e) {
                cancelled.incrementAndGet();
                throw e;
            }
        })));
        assertEquals(begun.get(), cancelled.get());     // before it was thrown
        Throwable deadline = late instanceof RejectedExecutionException ? late.getSuppressed()[0] : late;
        assertInstanceOf(DeadlineExceededException.class, deadline);
    }

    @Test
    void anAsyncTaskHasTheOutcomeOfItsStage(@TempDir Path directory) throws Exception {
        TestSite site = new TestSite(directory);
        Supervisor supervisor = open();
        HttpClient client = HttpClient.newHttpClient();
        try (FileServer server = new FileServer(
                new Routes(new Site(site.root())), 0, Limits.DEFAULT, Threads.DEFAULT.builder())) {
            server.start();
            URI uri = URI.create("http://localhost:" + server.port());
            Task<HttpResponse<String>> fetch =
                ServerExamples.fetch(supervisor, client, HttpRequest.newBuilder(uri.resolve("/inside")).build());
            assertEquals("one", fetch.get().body());
            Task<?> hanging =
                ServerExamples.fetch(supervisor, client, HttpRequest.newBuilder(uri.resolve("/hang")).build());
            Poll.until("it hangs", () -> server.statistics().busy() == 1);
            assertFalse(supervisor.drain(SHORT));
            assertEquals(Status.CANCELLED, hanging.status());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDrainEndsTheAcceptorAndIdleConnections(Threads threads) throws Exception {
        Supervisor supervisor = open(threads.builder());
        Echo server = new Echo();
        ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        Task<Void> acceptor = ServerExamples.listen(supervisor, listener, server);
        try (Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            client.getOutputStream().write(7);
            assertEquals(7, client.getInputStream().read());
            assertTrue(supervisor.drain(AGES));
            assertEquals(Status.SUCCEEDED, acceptor.status());
            assertTrue(listener.isClosed());
            assertEquals(-1, client.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAbortClosesWhatAnInterruptDoesNotEnd(Threads threads) throws Exception {
        Supervisor supervisor = open(threads.builder());
        ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        ServerExamples.listen(supervisor, listener, new Echo());
        try (Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            client.getOutputStream().write(7);
            assertEquals(7, client.getInputStream().read());
            supervisor.shutdown();
            assertTrue(listener.isClosed());
            assertEquals(-1, client.getInputStream().read());
        }
    }

    /** One place is the acceptor's, one the first client's. */
    @ParameterizedTest
    @EnumSource
    void aClientWithoutAPlaceIsTurnedAwayAndTheAcceptorGoesOn(Threads threads) throws Exception {
        Supervisor supervisor = open(threads.builder().maxTasks(2));
        ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        Task<Void> acceptor = ServerExamples.listen(supervisor, listener, new Echo());
        try (Socket first = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            first.getOutputStream().write(7);
            assertEquals(7, first.getInputStream().read());
            try (Socket second = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                assertEquals(-1, second.getInputStream().read());
            }
            first.getOutputStream().write(8);
            assertEquals(8, first.getInputStream().read());
            assertFalse(acceptor.isDone());
        }
        assertTrue(supervisor.drain(AGES));
    }

    /** Every connection is idle in every moment. */
    private static final class Echo implements ServerExamples.Server {

        @Override
        public void serve(Socket socket) throws IOException {
            try (socket) {
                socket.getInputStream().transferTo(socket.getOutputStream());
            } catch (IOException closed) {
                // by closeIfIdle, or by the cancellation
            }
        }

        @Override
        public void closeIfIdle(Socket socket) throws IOException {
            socket.close();
        }
    }

    @Test
    void aTransferIsWhole() throws Exception {
        Supervisor supervisor = open();
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean given = new AtomicBoolean();
        Task<Void> transfer = ServerExamples.transfer(supervisor, () -> {
            begun.countDown();
            return await();
        }, () -> {
            given.set(true);
            return null;
        });
        begun.await();
        assertTrue(transfer.cancel());
        release.countDown();
        assertTrue(supervisor.drain(AGES));
        assertTrue(given.get());
        assertEquals(Status.SUCCEEDED, transfer.status());
    }

    @Test
    void aPartEndsWithTheWhole() {
        Supervisor server = open();
        Supervisor reports = remember(ServerExamples.openReports(server));
        assertEquals(1, server.liveCount());
        for (int i = 0; i < 10; i++) {
            assertEquals(202, ServerExamples.accept(reports, this::await));
        }
        assertEquals(503, ServerExamples.accept(reports, this::await));
        assertFalse(server.drain(SHORT));
        assertEquals(State.FINISHED, reports.state());
        assertEquals(0, server.liveCount());
    }

    @Test
    void aSummaryComesLast() throws Exception {
        Supervisor supervisor = open();
        Queue<String> order = new ConcurrentLinkedQueue<>();
        supervisor.spawn(this::await).onDone(task -> order.add("task"));
        Thread hook = ServerExamples.afterLast(supervisor, () -> order.add("summary"));
        hook.start();
        CompletableFuture<Boolean> drain = CompletableFuture.supplyAsync(() -> supervisor.drain(AGES), Threads::run);
        Poll.until("draining", () -> supervisor.state() == State.DRAINING);
        release.countDown();
        assertTrue(drain.get());
        hook.join();
        assertEquals(List.of("task", "summary"), List.copyOf(order));
    }

    @Test
    void whatTasksUseIsClosedAfterThem() throws Exception {
        Supervisor supervisor = open();
        Queue<String> order = new ConcurrentLinkedQueue<>();
        CountDownLatch closed = new CountDownLatch(1);
        supervisor.spawn(this::await).onDone(task -> order.add("task"));
        ServerExamples.closeAfter(supervisor, () -> {
            order.add("pool");
            closed.countDown();
        });
        supervisor.seal();
        release.countDown();
        assertTrue(closed.await(60, TimeUnit.SECONDS));
        assertEquals(List.of("task", "pool"), List.copyOf(order));
    }
}
