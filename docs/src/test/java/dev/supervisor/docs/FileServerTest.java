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
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life and end of the server: failures, cancellations, limits, and what {@code stop} does to whom. */
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
        return start(Limits.DEFAULT, builder);
    }

    private static FileServer start(Limits limits, Supervisor.Builder builder) throws IOException {
        return start(new Routes(new Site(site.root())), limits, builder);
    }

    private static FileServer start(Handler handler, Limits limits, Supervisor.Builder builder) throws IOException {
        FileServer server = new FileServer(handler, 0, limits, builder);
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
    void idleConnectionsAreClosed(Threads threads) throws IOException {
        FileServer server = start(threads.builder());
        try (RawClient used = new RawClient(server); RawClient unused = new RawClient(server)) {
            assertEquals(200, used.get("/1.bin").status());
            Poll.until("both accepted", () -> server.statistics().connections() == 2);
            assertTrue(server.stop(AGES));
            assertTrue(used.isEnded());
            assertTrue(unused.isEnded());
            assertEquals(2, server.statistics().connections(Status.SUCCEEDED));
            assertAddsUp(server);
        }
    }

    /** A client that sends one more request is answered, and the answer says that it is the last. */
    @ParameterizedTest
    @EnumSource
    void aClientThatGoesOnIsToldToGo(Threads threads) throws Exception {
        FileServer server = start(new Limits(10, AGES, AGES, AGES), threads.builder());
        try (RawClient client = new RawClient(server)) {
            assertTrue(client.get("/1.bin").keepsAlive());
            CompletableFuture<Boolean> stop = CompletableFuture.supplyAsync(() -> server.stop(AGES), Threads::run);
            Poll.until("it accepts no more", () -> !server.isAccepting());
            assertEquals(State.DRAINING, server.state());
            RawClient.Reply last = client.get("/100000.bin");
            assertTrue(site.isWhole("/100000.bin", last.body()));
            assertFalse(last.keepsAlive());
            assertTrue(client.isEnded());
            assertTrue(stop.get());
            assertEquals(2, server.statistics().requests(Outcome.SERVED));
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
            CompletableFuture<Boolean> stop = CompletableFuture.supplyAsync(() -> server.stop(AGES), Threads::run);
            Poll.until("it accepts no more", () -> !server.isAccepting());
            assertEquals(State.DRAINING, server.state());
            client.send("TP/1.1\r\nHost: x\r\n\r\n");
            RawClient.Reply reply = client.reply();
            assertTrue(site.isWhole("/100000.bin", reply.body()));
            assertFalse(reply.keepsAlive());
            assertTrue(client.isEnded());
            assertTrue(stop.get());
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
            assertFalse(server.stop(Duration.ofMillis(50)));
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
            List<CompletableFuture<Boolean>> stops = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                stops.add(CompletableFuture.supplyAsync(() -> server.stop(AGES), Threads::run));
            }
            Poll.until("draining", () -> server.state() == State.DRAINING);
            server.close();             // has less patience, and decides
            for (CompletableFuture<Boolean> stop : stops) {
                assertFalse(stop.get());
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
            assertFalse(server.stop(AGES));
            assertTrue(Thread.interrupted());
            assertEquals(1, server.statistics().requests(Outcome.CANCELLED));
        }
    }

    @Test
    void aClientForWhichThereIsNoThreadIsTurnedAway() throws IOException {
        AtomicInteger spawns = new AtomicInteger();
        Executor sometimes = body -> {
            if (spawns.getAndIncrement() == 2) {        // the acceptor, the first client, this one
                throw new RejectedExecutionException("no thread");
            }
            Threads.run(body);
        };
        try (FileServer server = start(Supervisor.builder().executor(sometimes));
                RawClient first = new RawClient(server); RawClient second = new RawClient(server);
                RawClient third = new RawClient(server)) {
            assertEquals(200, first.get("/1.bin").status());
            assertEquals(503, second.reply().status());
            assertTrue(second.isEnded());
            assertEquals(200, third.get("/1.bin").status());
            server.stop(Duration.ZERO);
            assertEquals(3, server.statistics().connections());
            assertEquals(1, server.statistics().turnedAway());
            assertAddsUp(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientBeyondTheLimitIsTurnedAway(Threads threads) throws IOException {
        try (FileServer server = start(Limits.DEFAULT.withConnections(2), threads.builder());
                RawClient second = new RawClient(server)) {
            try (RawClient first = new RawClient(server)) {
                assertEquals(200, first.get("/1.bin").status());
                assertEquals(200, second.get("/1.bin").status());
                try (RawClient third = new RawClient(server)) {
                    RawClient.Reply reply = third.reply();
                    assertEquals(503, reply.status());
                    assertFalse(reply.keepsAlive());
                    assertTrue(third.isEnded());
                }
                assertEquals(1, server.statistics().turnedAway());
                assertEquals(200, first.get("/1.bin").status());
            }
            Poll.until("a place is free again", () -> isServed(server));
            server.stop(Duration.ZERO);
            assertAddsUp(server);
        }
    }

    private static boolean isServed(FileServer server) {
        try (RawClient client = new RawClient(server)) {
            return client.get("/1.bin").status() == 200;
        } catch (IOException reset) {
            return false;                               // its request came after the answer
        }
    }

    @ParameterizedTest
    @EnumSource
    void theHeadOfARequestHasALimitInTime(Threads threads) throws IOException {
        try (FileServer server = start(Limits.DEFAULT.withHead(Duration.ofMillis(100)), threads.builder());
                RawClient client = new RawClient(server)) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nSlow: ");
            Poll.until("an answer", () -> client.sendUnlessAnswered("x"));      // byte by byte, and never late with one
            RawClient.Reply reply = client.reply();
            assertEquals(408, reply.status());
            assertFalse(reply.keepsAlive());
            assertTrue(client.isEnded());
            server.stop(Duration.ZERO);
            assertEquals(1, server.statistics().requests(Outcome.REFUSED));
            assertAddsUp(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerHasNoLimitInTime(Threads threads) throws IOException {
        try (FileServer server = start(Limits.DEFAULT.withHead(Duration.ofMillis(100)), threads.builder());
                RawClient slow = new RawClient(server); RawClient clock = new RawClient(server)) {
            assertEquals(200, slow.send(RawClient.request("GET", "/huge.bin")).head().status());
            assertEquals(408, clock.send("G").reply().status(), "the limit has passed since");
            assertEquals(TestSite.HUGE, slow.skip(TestSite.HUGE));
            assertEquals(200, slow.get("/1.bin").status());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSilentClientIsClosed(Threads threads) throws IOException {
        Limits limits = new Limits(10, Duration.ofMillis(10), Duration.ofSeconds(1), Duration.ofSeconds(10));
        try (FileServer server = start(limits, threads.builder()); RawClient client = new RawClient(server)) {
            assertEquals(200, client.get("/1.bin").status());
            assertTrue(client.isEnded());
            server.stop(Duration.ZERO);
            assertEquals(1, server.statistics().connections(Status.SUCCEEDED));
            assertAddsUp(server);
        }
    }

    /** The supervisor aborts by itself, and closes the sockets of the tasks, which do not all notice an interrupt. */
    @ParameterizedTest
    @EnumSource
    void aFatalErrorEndsTheServer(Threads threads) throws Exception {
        InternalError fatal = new InternalError("a test's");
        FileServer server = start(request -> {
            throw fatal;
        }, Limits.DEFAULT, threads.builder());
        try (RawClient silent = new RawClient(server)) {
            silent.send("GET /");
            Poll.until("it has begun", () -> server.statistics().requests() == 1);
            try (RawClient client = new RawClient(server)) {
                assertEquals(500, client.get("/").status());
            }
            assertTrue(silent.isEnded());
            Poll.until("ended", () -> server.state() == State.FINISHED);
            assertTrue(server.awaitEnd(AGES));
            assertSame(fatal, assertThrows(CompletionException.class, server::close).getCause());
            server.close();
            assertAddsUp(server);
        }
    }

    @Test
    void anErrorThatIsNotFatalIsAFailure() throws IOException {
        try (FileServer server = start(request -> {
            if (request.isHead()) {
                throw new StackOverflowError("a test's");
            }
            return Response.of(dev.supervisor.docs.Status.OK, Content.text("fine"));
        }, Limits.DEFAULT, Threads.DEFAULT.builder())) {
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
            Handler handler = new Routes(new Site(site.root()));
            assertThrows(IOException.class,
                () -> new FileServer(handler, server.port(), Limits.DEFAULT, Threads.DEFAULT.builder()));
            assertThrows(IOException.class, () -> new Site(site.root().resolve("missing")));
            assertThrows(IOException.class, () -> new Site(site.root().resolve("1.bin")));
        }
    }

    @Test
    void aServerThatWasNeverStartedGivesItsPortBack() throws IOException {
        Handler handler = new Routes(new Site(site.root()));
        FileServer server = new FileServer(handler, 0, Limits.DEFAULT, Threads.DEFAULT.builder());
        assertEquals(State.ENTERED, server.state());
        server.close();
        assertEquals(State.FINISHED, server.state());
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
        long connections = statistics.turnedAway();
        for (Status status : Status.values()) {
            connections += statistics.connections(status);
        }
        assertEquals(statistics.connections(), connections, statistics::summary);
        assertEquals(State.FINISHED, server.state());
        assertEquals(0, statistics.live());
    }
}
