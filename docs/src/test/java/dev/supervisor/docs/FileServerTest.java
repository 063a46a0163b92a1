package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life and end of the server: failures, cancellations, and what {@code stop} does to whom. */
class FileServerTest {

    /** So long that no test lives to see its end. */
    private static final Duration AGES = Duration.ofHours(1);

    @TempDir
    static Path directory;

    private static TestSite site;

    @BeforeAll
    static void write() throws IOException {
        site = new TestSite(directory);
    }

    private static FileServer start(Supervisor.Builder builder) throws IOException {
        FileServer server = new FileServer(site.root(), 0, builder);
        server.start();
        return server;
    }

    @ParameterizedTest
    @EnumSource
    void aFailureDisturbsNobodyElse(Threads threads) throws IOException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (FileServer server = start(threads.builder().onFailure((task, failure) -> failures.add(failure)));
                RawClient neighbour = new RawClient(server)) {
            assertEquals(200, neighbour.get("/1.bin").status());
            for (int i = 0; i < 3; i++) {
                try (RawClient client = new RawClient(server)) {
                    assertEquals(500, client.get("/boom").status());
                    assertTrue(client.isEnded());
                }
            }
            assertEquals(200, neighbour.get("/1.bin").status());
            server.stop(Duration.ZERO);
            assertEquals(3, failures.size());
            assertEquals(3, server.statistics().requests(Outcome.FAILED));
            assertEquals(3, server.statistics().connections(Status.FAILED));
            assertAddsUp(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void idleConnectionsAreClosedAtOnce(Threads threads) throws IOException {
        FileServer server = start(threads.builder());
        try (RawClient used = new RawClient(server); RawClient unused = new RawClient(server)) {
            assertEquals(200, used.get("/1.bin").status());
            Poll.until("both accepted", () -> server.statistics().connections() == 2);
            server.stop(AGES);
            assertTrue(used.isEnded());
            assertTrue(unused.isEnded());
            assertEquals(2, server.statistics().connections(Status.SUCCEEDED));
            assertAddsUp(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRequestUnderWayHasItsGrace(Threads threads) throws Exception {
        FileServer server = start(threads.builder());
        try (RawClient client = new RawClient(server)) {
            client.send("GET /100000.bin HT");
            Poll.until("the request has begun", () -> server.statistics().requests() == 1);
            CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> server.stop(AGES), Threads::run);
            Poll.until("sealed", () -> server.state() == State.SEALED);
            client.send("TP/1.1\r\nHost: x\r\n\r\n");
            RawClient.Reply reply = client.reply();
            assertTrue(site.isWhole("/100000.bin", reply.body()));
            assertFalse(reply.keepsAlive());
            assertTrue(client.isEnded());
            stop.get();
            assertEquals(1, server.statistics().requests(Outcome.SERVED));
            assertAddsUp(server);
        }
    }

    /** Three ways to be stuck: in a handler, in a socket's read, in a socket's write. */
    @ParameterizedTest
    @EnumSource
    void whatIsStuckIsCancelledAfterTheGrace(Threads threads) throws IOException {
        FileServer server = start(threads.builder());
        try (RawClient hanging = new RawClient(server); RawClient silent = new RawClient(server);
                RawClient deaf = new RawClient(server)) {
            hanging.send(RawClient.request("GET", "/hang"));
            silent.send("GET /");
            assertEquals(200, deaf.send(RawClient.request("GET", "/huge.bin")).head().status());
            Poll.until("all have begun", () -> server.statistics().requests() == 3);
            server.stop(Duration.ofMillis(50));
            assertTrue(hanging.isEnded());
            assertTrue(silent.isEnded());
            assertEquals(3, server.statistics().requests(Outcome.CANCELLED));
            assertEquals(3, server.statistics().connections(Status.CANCELLED));
            assertAddsUp(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatLeavesIsNoFailure(Threads threads) throws IOException {
        try (FileServer server = start(threads.builder())) {
            try (RawClient client = new RawClient(server); RawClient deaf = new RawClient(server)) {
                client.send("GET / HTTP/1.1\r\n");
                deaf.send(RawClient.request("GET", "/huge.bin")).head();
                Poll.until("both have begun", () -> server.statistics().requests() == 2);
            }
            Poll.until("the server knows", () -> server.statistics().requests(Outcome.DROPPED) == 2);
            server.stop(Duration.ZERO);
            assertEquals(2, server.statistics().connections(Status.SUCCEEDED));
            assertAddsUp(server);
        }
    }

    @Test
    void manyMayStopItAndAgain() throws Exception {
        FileServer server = start(Threads.DEFAULT.builder());
        try (RawClient client = new RawClient(server)) {
            client.send(RawClient.request("GET", "/hang"));
            Poll.until("it hangs", () -> server.statistics().requests() == 1);
            List<CompletableFuture<Void>> stops = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                stops.add(CompletableFuture.runAsync(() -> server.stop(AGES), Threads::run));
            }
            Poll.until("sealed", () -> server.state() == State.SEALED);
            server.close();             // has less patience, and decides
            for (CompletableFuture<Void> stop : stops) {
                stop.get();
            }
            assertTrue(server.awaitEnd(Duration.ZERO));
            assertThrows(IOException.class, () -> new RawClient(server));
        }
    }

    @Test
    void anInterruptEndsTheGraceAndIsKept() throws IOException {
        FileServer server = start(Threads.DEFAULT.builder());
        try (RawClient client = new RawClient(server)) {
            client.send(RawClient.request("GET", "/hang"));
            Poll.until("it hangs", () -> server.statistics().requests() == 1);
            Thread.currentThread().interrupt();
            server.stop(AGES);
            assertTrue(Thread.interrupted());
            assertEquals(1, server.statistics().requests(Outcome.CANCELLED));
        }
    }

    @Test
    void whoeverCannotHaveATaskIsTurnedAway() throws IOException {
        AtomicInteger spawns = new AtomicInteger();
        Executor sometimes = body -> {
            if (spawns.getAndIncrement() % 2 == 1) {
                throw new RejectedExecutionException("no thread");
            }
            Threads.run(body);
        };
        try (FileServer server = start(Supervisor.builder().executor(sometimes));
                RawClient first = new RawClient(server); RawClient second = new RawClient(server);
                RawClient third = new RawClient(server)) {
            assertEquals(200, first.get("/1.bin").status());
            assertTrue(second.isEnded());
            assertEquals(200, third.get("/1.bin").status());
            server.stop(Duration.ZERO);
            assertEquals(2, server.statistics().connections());
            assertAddsUp(server);
        }
    }

    /** The supervisor aborts, which blocked sockets do not feel: the server sees to it that they do. */
    @ParameterizedTest
    @EnumSource
    void aFatalErrorEndsTheServer(Threads threads) throws Exception {
        InternalError fatal = new InternalError("a test's");
        FileServer server = new FileServer(request -> {
            throw fatal;
        }, 0, threads.builder());
        server.start();
        try (RawClient silent = new RawClient(server)) {
            silent.send("GET /");
            Poll.until("it has begun", () -> server.statistics().requests() == 1);
            try (RawClient client = new RawClient(server)) {
                assertEquals(500, client.get("/").status());
            }
            assertTrue(silent.isEnded());
            Poll.until("ended", () -> server.state() == State.FINISHED);
            ExecutionException end = assertThrows(ExecutionException.class, () -> server.awaitEnd(AGES));
            assertSame(fatal, end.getCause());
            server.close();
            assertAddsUp(server);
        }
    }

    @Test
    void anErrorThatIsNotFatalIsAFailure() throws IOException {
        try (FileServer server = new FileServer(request -> {
            if (request.isHead()) {
                throw new StackOverflowError("a test's");
            }
            return Response.of(dev.supervisor.docs.Status.OK, Content.text("fine"));
        }, 0, Threads.DEFAULT.builder())) {
            server.start();
            try (RawClient client = new RawClient(server); RawClient neighbour = new RawClient(server)) {
                assertEquals(200, neighbour.get("/").status());
                assertEquals(500, client.send(RawClient.request("HEAD", "/")).head().status());
                assertEquals(200, neighbour.get("/").status());
            }
        }
    }

    @Test
    void twoCannotListenOnOnePort() throws IOException {
        try (FileServer server = start(Threads.DEFAULT.builder())) {
            assertThrows(IOException.class,
                () -> new FileServer(site.root(), server.port(), Threads.DEFAULT.builder()));
            assertThrows(IOException.class,
                () -> new FileServer(site.root().resolve("missing"), 0, Threads.DEFAULT.builder()));
            assertThrows(IOException.class,
                () -> new FileServer(site.root().resolve("1.bin"), 0, Threads.DEFAULT.builder()));
        }
    }

    @Test
    void aServerThatWasNeverStartedGivesItsPortBack() throws IOException {
        FileServer server = new FileServer(site.root(), 0, Threads.DEFAULT.builder());
        assertThrows(IllegalStateException.class, server::state);
        server.close();
        assertThrows(IOException.class, () -> new RawClient(server.port()));
    }

    /** Whatever has begun has ended in one way. */
    static void assertAddsUp(FileServer server) {
        Statistics statistics = server.statistics();
        long requests = 0;
        for (Outcome outcome : Outcome.values()) {
            requests += statistics.requests(outcome);
        }
        assertEquals(statistics.requests(), requests, statistics::summary);
        long connections = 0;
        for (Status status : Status.values()) {
            connections += statistics.connections(status);
        }
        assertEquals(statistics.connections(), connections, statistics::summary);
        assertEquals(State.FINISHED, server.state());
        assertEquals(0, server.liveConnections());
    }
}
