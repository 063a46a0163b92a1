package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

/**
 * The guide in a browser. Where no Chromium is found, each test says so, and looks at the same pages without one:
 * nothing is clicked then, and no script runs.
 */
class GuideBrowserTest {

    private static final String INDEX = "docs/index.html";
    private static final String WORD = "drainOnJvmExit";

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true");   // without it an answer of two writes takes 40 ms
    }

    private final GuidePages pages;

    GuideBrowserTest() throws IOException {
        pages = new GuidePages();
    }

    /** Each link is clicked. It leads to a page with a heading and coloured code, and to the right place in it. */
    @Test
    void everyLinkOfTheIndexIsFollowed() throws Exception {
        List<String> links = pages.links(INDEX);
        if (isWithoutBrowser()) {
            links.forEach(link -> assertTrue(pages.leadsSomewhere(INDEX, link), link));
            return;
        }
        String report = follow();
        List<String> problems = report.lines().filter(line -> !line.startsWith("followed ")).toList();
        assertEquals(List.of(), problems);
        assertEquals(links, report.lines().map(line -> line.replaceFirst("followed ", "")).toList());
    }

    /** No server is needed to read the guide, or to search it. */
    @Test
    void theSearchFindsAWordInAFile() throws Exception {
        if (isWithoutBrowser()) {
            assertTrue(Files.readString(GuidePages.SITE.resolve("search-index.js")).contains(WORD));
            return;
        }
        URI file = GuidePages.SITE.resolve(INDEX).toUri();
        try (Browser browser =
                Browser.start(program(), "--dump-dom", "--virtual-time-budget=10000", file + "?q=" + WORD)) {
            Document page = Jsoup.parse(browser.output());
            List<String> found = page.select("#site-results a").eachAttr("href");
            assertFalse(found.isEmpty(), page::outerHtml);
            found.forEach(link -> assertTrue(pages.leadsSomewhere(INDEX, link), link));
            assertTrue(page.select("#site-results").text().contains(WORD), () -> page.select("#site-results").text());
        }
    }

    private static boolean isWithoutBrowser() {
        if (Browser.program().isPresent()) {
            return false;
        }
        System.out.println("No Chromium: neither CHROME nor the PATH names one. The guide is read without a browser.");
        return true;
    }

    private static Path program() {
        return Browser.program().orElseThrow();
    }

    /** What {@code follow.html} has to say of the links of the index, one a line. */
    private static String follow() throws Exception {
        CompletableFuture<String> report = new CompletableFuture<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> answer(exchange, report));
        server.start();
        String url = "http://localhost:" + server.getAddress().getPort() + "/follow.html?/" + INDEX;
        Browser browser = Browser.start(program(), "--remote-debugging-port=0", url);
        try {
            return report.get(60, TimeUnit.SECONDS);
        } finally {
            browser.close();
            server.stop(0);
        }
    }

    private static void answer(HttpExchange exchange, CompletableFuture<String> report) throws IOException {
        try (exchange; InputStream in = exchange.getRequestBody()) {
            String path = exchange.getRequestURI().getPath();
            Path file = GuidePages.SITE.resolve(path.substring(1));
            if (path.equals("/report")) {
                report.complete(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(204, -1);
            } else if (path.equals("/follow.html")) {
                send(exchange, path, resource("follow.html"));
            } else if (Files.isRegularFile(file)) {
                send(exchange, path, Files.readAllBytes(file));
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private static void send(HttpExchange exchange, String path, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", ContentType.of(path));
        exchange.getResponseHeaders().set("Cache-Control", "max-age=60");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(GuideBrowserTest.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }
}
