package dev.supervisor.docs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.docs.RawClient.Reply;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One request at a time: what the server answers. */
class HttpTest {

    @TempDir
    static Path directory;

    private static TestSite site;
    private static FileServer server;

    @BeforeAll
    static void start() throws IOException {
        site = new TestSite(directory);
        server = new FileServer(new Routes(new Site(site.root())), 0, Limits.DEFAULT, Threads.DEFAULT.builder());
        server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "nonsense\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / http/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nNo-Colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nSpace : y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    })
    void refusesBadRequests(String request) throws IOException {
        assertRefusedAndClosed(400, request);
    }

    @Test
    void refusesHeadsThatAreTooLong() throws IOException {
        String tooLong = "x".repeat(RequestReader.MAX_HEAD_BYTES);
        assertRefusedAndClosed(400, "GET /" + tooLong + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertRefusedAndClosed(400, "GET / HTTP/1.1\r\nHost: x\r\nA: " + tooLong + "\r\n\r\n");
        assertRefusedAndClosed(400, "GET / HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(RequestReader.MAX_HEAD_BYTES));
    }

    @Test
    void speaksNoOtherVersion() throws IOException {
        assertRefusedAndClosed(505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n");
    }

    private static void assertRefusedAndClosed(int status, String request) throws IOException {
        try (RawClient client = new RawClient(server)) {
            Reply reply = client.send(request).reply();
            assertEquals(status, reply.status());
            assertFalse(reply.keepsAlive());
            assertTrue(client.isEnded());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "403, /../secret.txt",
        "403, /plain/../../secret.txt",
        "403, /%2e%2e/secret.txt",
        "403, /%2E./secret.txt",
        "403, /plain/..",
        "403, /outside",
        "403, /up/",
        "403, /up/secret.txt",
        "403, http://localhost/../secret.txt",
        "400, secret.txt",
        "400, /..%2fsecret.txt",
        "400, /..%5csecret.txt",
        "400, /..\\secret.txt",
        "400, /%00",
        "400, /0.bin%00.txt",
        "400, /%",
        "400, /%4",
        "400, /%zz",
        "400, /%c0%ae%c0%ae/secret.txt",
        "404, /missing",
        "404, /nowhere",
        "404, /0.bin/below",
        "404, /0.bin/",
        "404, /boomerang",
    })
    void keepsToItsRoot(int status, String path) throws IOException {
        try (RawClient client = new RawClient(server)) {
            Reply reply = client.get(path);
            assertEquals(status, reply.status());
            assertFalse(reply.text().contains("secret"));
            if (reply.keepsAlive()) {
                assertEquals(200, client.get("/").status(), "a refusal ends nothing");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "BREW"})
    void knowsTwoMethods(String method) throws IOException {
        try (RawClient client = new RawClient(server)) {
            Reply reply = client.send(RawClient.request(method, "/")).reply();
            assertEquals(405, reply.status());
            assertEquals("GET, HEAD", reply.headers().get("allow"));
        }
    }

    @Test
    void readsNoBodies() throws IOException {
        try (RawClient client = new RawClient(server)) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
            client.send("GET / HTTP/1.1\r\n".repeat(1000));
            assertEquals(405, client.reply().status());
            assertTrue(client.isEnded());
        }
    }

    @Test
    void servesEachFileWhole() throws IOException {
        try (RawClient client = new RawClient(server)) {
            for (String path : site.paths()) {
                Reply reply = client.get(path);
                assertEquals(200, reply.status());
                assertTrue(site.isWhole(path, reply.body()), path);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/a%20%26%20b.txt | a & b",
        "/a%20%26%20b.txt?query=/../x | a & b",
        "http://localhost/plain/one.txt | one",
        "//plain/./one.txt | one",
        "/inside | one",
        "/indexed/ | <p>index",
    })
    void findsFiles(String path, String content) throws IOException {
        try (RawClient client = new RawClient(server)) {
            assertEquals(content, client.get(path).text());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/a%20%26%20b.txt | text/plain; charset=utf-8",
        "/indexed/ | text/html; charset=utf-8",
        "/1.bin | application/octet-stream",
        "/inside | text/plain; charset=utf-8",
    })
    void saysWhatItIs(String path, String type) throws IOException {
        try (RawClient client = new RawClient(server)) {
            assertEquals(type, client.get(path).headers().get("content-type"));
        }
    }

    @Test
    void listsDirectories() throws IOException {
        try (RawClient client = new RawClient(server)) {
            String listing = client.get("/").text();
            assertTrue(listing.contains("<a href=\"plain/\">plain/</a>"), listing);
            assertTrue(listing.contains("<a href=\"a%20%26%20b.txt\">a &amp; b.txt</a>"), listing);
            Reply moved = client.get("//plain");
            assertEquals(301, moved.status());
            assertEquals("/plain/", moved.headers().get("location"));
        }
    }

    @Test
    void answersHeadWithoutBody() throws IOException {
        try (RawClient client = new RawClient(server)) {
            Reply head = client.send(RawClient.request("HEAD", "/100000.bin")).head();
            assertEquals("100000", head.headers().get("content-length"));
            assertEquals(404, client.send(RawClient.request("HEAD", "/missing")).head().status());
            assertEquals(200, client.get("/1.bin").status(), "nothing in between");
        }
    }

    @Test
    void servesWhatWasSentAtOnce() throws IOException {
        try (RawClient client = new RawClient(server)) {
            client.send("\r\n" + RawClient.request("GET", "/8191.bin") + RawClient.request("GET", "/missing")
                + "GET /1.bin HTTP/1.1\nHost: x\n\n");
            assertTrue(site.isWhole("/8191.bin", client.reply().body()));
            assertEquals(404, client.reply().status());
            assertTrue(site.isWhole("/1.bin", client.reply().body()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1, keep-alive, true",
        "HTTP/1.1, unknown, true",
        "HTTP/1.1, close, false",
        "HTTP/1.1, 'x, Close', false",
        "HTTP/1.0, unknown, false",
        "HTTP/1.0, Keep-Alive, true",
    })
    void keepsConnectionsAsTheClientWishes(String version, String connection, boolean kept) throws IOException {
        try (RawClient client = new RawClient(server)) {
            client.send("GET /1.bin " + version + "\r\nHost: x\r\nConnection: " + connection + "\r\n\r\n");
            assertEquals(kept, client.reply().keepsAlive());
            if (kept) {
                assertEquals(200, client.get("/1.bin").status());
            } else {
                assertTrue(client.isEnded());
            }
        }
    }

    @Test
    void aVersionOfOldNeedsNoHost() throws IOException {
        try (RawClient client = new RawClient(server)) {
            assertEquals(200, client.send("GET /1.bin HTTP/1.0\r\n\r\n").reply().status());
        }
    }

    @Test
    void opensOnlyRegularFiles() throws IOException {
        Path path = site.root().resolve("socket");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                RawClient client = new RawClient(server)) {
            socket.bind(UnixDomainSocketAddress.of(path));
            assertEquals(403, client.get("/socket").status());
        } finally {
            Files.deleteIfExists(path);
        }
    }

    @Test
    void sendsWhatItAnnounced() throws IOException {
        Path file = Files.writeString(directory.resolve("file.txt"), "12345");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Content content = Content.file(file)) {
            Files.writeString(file, "1234567");
            content.writeTo(out);
        }
        assertEquals("12345", out.toString(US_ASCII));
        try (Content content = Content.file(file)) {
            Files.writeString(file, "123");
            assertThrows(EOFException.class, () -> content.writeTo(out));
        }
    }
}
