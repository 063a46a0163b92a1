package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as its users start and end it: a process of its own, and a SIGTERM. */
class FileServerProcessTest {

    private static final int SIGTERM_EXIT_CODE = 128 + 15;
    private static final int CLIENTS = 64;
    private static final int ENOUGH = 2_000;

    @TempDir
    Path directory;

    private Process process;
    private BufferedReader output;
    private final StringBuilder printed = new StringBuilder();

    private void start(String... options) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(
            List.of(java, "-cp", System.getProperty("java.class.path"), FileServer.class.getName()));
        command.addAll(List.of(options));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    @AfterEach
    void kill() {
        process.destroyForcibly();
    }

    @Test
    void sigtermGivesGraceThenPrintsTheSummary() throws Exception {
        TestSite site = new TestSite(directory);
        start("--port", "0", "--grace", "1", site.root().toString());
        int port = Integer.parseInt(awaitLine("http://localhost:(\\d+)/").group(1));
        try (RawClient failing = new RawClient(port)) {
            assertEquals(500, failing.get("/boom").status());
        }
        try (RawClient idle = new RawClient(port); RawClient hanging = new RawClient(port)) {
            assertTrue(site.isWhole("/100000.bin", idle.get("/100000.bin").body()));
            assertEquals(404, idle.get("/missing").status());
            hanging.send(RawClient.request("GET", "/hang"));
            awaitLine("connections: 2 \\(1 busy\\), served: 1, failed: 1, state: ENTERED");
            sigterm();
            String rest = rest();
            assertTrue(idle.isEnded());
            assertTrue(hanging.isEnded());
            assertTrue(rest.endsWith("""
                connections: 3 = 1 ended + 1 failed + 1 cancelled + 0 turned away
                requests: 4 = 1 served + 1 refused + 1 failed + 1 cancelled + 0 dropped
                """), rest);
        }
        assertEquals(SIGTERM_EXIT_CODE, exitCode());
        assertFalse(printed.toString().contains("WARNING"), printed::toString);
    }

    @Test
    void sigtermEndsAnIdleServerAtOnce() throws Exception {
        start("--grace", "3600", directory.toString());
        try (RawClient idle = new RawClient(Integer.parseInt(awaitLine("http://localhost:(\\d+)/").group(1)))) {
            awaitLine("connections: 1 \\(0 busy\\)");
            sigterm();
            assertTrue(idle.isEnded());
            assertTrue(rest().contains("requests: 0 = 0 served"), printed::toString);
        }
        assertEquals(SIGTERM_EXIT_CODE, exitCode());
    }

    /** Each client finds every answer whole, and the last one says that it is the last. It is refused from then on. */
    @Test
    void sigtermBreaksNoConnectionThatIsInUse() throws Exception {
        TestSite site = new TestSite(directory);
        start("--port", "0", "--grace", "60", site.root().toString());
        int port = Integer.parseInt(awaitLine("http://localhost:(\\d+)/").group(1));
        LongAdder answers = new LongAdder();
        CountDownLatch connected = new CountDownLatch(CLIENTS);
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(CompletableFuture.runAsync(() -> getUntilLast(site, port, connected, answers), Threads::run));
        }
        assertTrue(connected.await(60, TimeUnit.SECONDS), "all are connected");
        Poll.until("much is served", () -> answers.sum() >= ENOUGH);
        sigterm();
        String rest = rest();
        for (CompletableFuture<Void> client : clients) {
            client.get();
        }
        assertTrue(rest.endsWith(String.format("""
            connections: %d = %1$d ended + 0 failed + 0 cancelled + 0 turned away
            requests: %d = %2$d served + 0 refused + 0 failed + 0 cancelled + 0 dropped
            """, CLIENTS, answers.sum())), rest);
        assertEquals(SIGTERM_EXIT_CODE, exitCode());
    }

    private static void getUntilLast(TestSite site, int port, CountDownLatch connected, LongAdder answers) {
        List<String> paths = site.paths();
        try (RawClient client = new RawClient(port)) {
            boolean last = false;
            for (int i = 0; !last; i++) {
                String path = paths.get(i % paths.size());
                RawClient.Reply reply = client.get(path);
                assertEquals(200, reply.status());
                assertTrue(site.isWhole(path, reply.body()), path);
                answers.increment();
                if (i == 0) {
                    connected.countDown();
                }
                last = !reply.keepsAlive();
            }
            assertThrows(ConnectException.class, () -> new RawClient(port));
            assertTrue(client.isEnded());
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    @Test
    void aClientBeyondTheLimitIsTold() throws Exception {
        start("--connections", "1", directory.toString());
        int port = Integer.parseInt(awaitLine("http://localhost:(\\d+)/").group(1));
        try (RawClient first = new RawClient(port); RawClient second = new RawClient(port)) {
            assertEquals(200, first.get("/").status());
            assertEquals(503, second.reply().status());
            sigterm();
            assertTrue(rest().contains("connections: 2 = 1 ended + 0 failed + 0 cancelled + 1 turned away"),
                printed::toString);
        }
        assertEquals(SIGTERM_EXIT_CODE, exitCode());
    }

    @Test
    void saysWhatIsWrongWithItsOptions() throws Exception {
        start("--port", "http");
        assertTrue(rest().contains("--port wants a number"), printed::toString);
        assertEquals(2, exitCode());
    }

    @Test
    void saysWhyItCannotStart() throws Exception {
        start(directory.resolve("missing").toString());
        assertTrue(rest().startsWith("Cannot start: "), printed::toString);
        assertEquals(1, exitCode());
    }

    /** Through the handle, because {@code Process.destroy} closes our end of the output as well. */
    private void sigterm() {
        assertTrue(process.toHandle().destroy());
    }

    private Matcher awaitLine(String pattern) throws IOException {
        Pattern compiled = Pattern.compile(pattern);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            printed.append(line).append('\n');
            Matcher matcher = compiled.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
        throw new AssertionError("ended without a line like " + pattern + ":\n" + printed);
    }

    /** What it prints from here to its end. */
    private String rest() {
        String rest = output.lines().map(line -> line + '\n').collect(Collectors.joining());
        printed.append(rest);
        return rest;
    }

    private int exitCode() throws InterruptedException {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "ends by itself");
        return process.exitValue();
    }
}
