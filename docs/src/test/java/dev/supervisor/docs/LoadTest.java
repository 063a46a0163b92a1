package dev.supervisor.docs;

import static dev.supervisor.docs.FileServerTest.assertAddsUp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The main job: many clients at once, some of whose handlers fail and some hang, and a stop in the middle of it.
 * Every client goes on until the server has stopped, and checks every answer to its last byte.
 */
class LoadTest {

    private static final int CLIENTS_OF_EACH_KIND = 32;
    private static final int HANGING = 8;
    private static final int ENOUGH = 1_000;
    private static final Duration GRACE = Duration.ofMillis(200);

    @TempDir
    Path directory;

    private TestSite site;
    private FileServer server;
    private final AtomicLong served = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private interface Client {
        Answer get(String path) throws IOException, InterruptedException;
    }

    private record Answer(int status, byte[] body) { }

    @ParameterizedTest
    @EnumSource
    void everyAnswerIsWhole(Threads threads) throws Exception {
        site = new TestSite(directory);
        server = new FileServer(new Routes(new Site(site.root())), 0, Limits.DEFAULT, threads.builder());
        server.start();
        List<CompletableFuture<Void>> clients = startHangingClients();
        clients.addAll(startClients());
        Poll.until("much is served", () -> server.statistics().requests(Outcome.SERVED) >= ENOUGH);
        server.stop(GRACE);
        for (CompletableFuture<Void> client : clients) {
            client.get();
        }
        assertCounts(server.statistics());
        assertAddsUp(server);
    }

    private List<CompletableFuture<Void>> startClients() {
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS_OF_EACH_KIND; i++) {
            int first = i;
            clients.add(run(() -> getUntilStopped(new KeepAlive(), first)));
            clients.add(run(() -> getUntilStopped(path -> get(http, path), first)));
        }
        return clients;
    }

    private List<CompletableFuture<Void>> startHangingClients() {
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < HANGING; i++) {
            clients.add(run(this::hangUntilStopped));
        }
        Poll.until("they hang", () -> server.statistics().requests() == HANGING);
        return clients;
    }

    private static CompletableFuture<Void> run(Runnable client) {
        return CompletableFuture.runAsync(client, Threads::run);
    }

    private void getUntilStopped(Client client, int first) {
        List<String> paths = site.paths();
        paths.add("/missing");
        paths.add("/boom");
        try {
            for (int i = first; true; i++) {
                String path = paths.get(i % paths.size());
                check(path, client.get(path));
            }
        } catch (IOException | InterruptedException stopped) {
            assertNotEquals(State.ENTERED, server.state(), () -> "not stopped, but " + stopped);
        }
    }

    private void hangUntilStopped() {
        try (RawClient client = new RawClient(server)) {
            assertTrue(client.send(RawClient.request("GET", "/hang")).isEnded());
            assertNotEquals(State.ENTERED, server.state());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void check(String path, Answer answer) {
        switch (path) {
            case "/missing" -> {
                assertEquals(404, answer.status());
                refused.incrementAndGet();
            }
            case "/boom" -> {
                assertEquals(500, answer.status());
                failed.incrementAndGet();
            }
            default -> {
                assertEquals(200, answer.status());
                assertTrue(site.isWhole(path, answer.body()), path);
                served.incrementAndGet();
            }
        }
    }

    /** What the clients got is what the server says it gave. */
    private void assertCounts(Statistics statistics) {
        assertEquals(served.get(), statistics.requests(Outcome.SERVED), statistics::summary);
        assertEquals(refused.get(), statistics.requests(Outcome.REFUSED), statistics::summary);
        assertTrue(failed.get() > 0 && failed.get() <= statistics.requests(Outcome.FAILED), statistics::summary);
        assertEquals(statistics.requests(Outcome.FAILED), statistics.connections(Status.FAILED), statistics::summary);
        long cancelled = statistics.requests(Outcome.CANCELLED);
        assertTrue(cancelled >= HANGING, statistics::summary);
        assertTrue(statistics.connections(Status.CANCELLED) >= cancelled, statistics::summary);
    }

    private Answer get(HttpClient http, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://localhost:" + server.port() + path);
        HttpResponse<byte[]> response = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray());
        return new Answer(response.statusCode(), response.body());
    }

    /** Sends one request after the other on one connection, and connects again when the server has ended it. */
    private final class KeepAlive implements Client {

        private RawClient connection;

        @Override
        public Answer get(String path) throws IOException {
            if (connection == null) {
                connection = new RawClient(server);
            }
            RawClient.Reply reply = connection.get(path);
            if (!reply.keepsAlive()) {
                connection.close();
                connection = null;
            }
            return new Answer(reply.status(), reply.body());
        }
    }
}
