package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.jfr.RecordingReport;
import dev.supervisor.micrometer.SupervisorMetrics;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * A real mishap: the file server has a handler that hangs, one whose lock is held, and one that fails often; no place is
 * left, and clients are turned away. Each is found by the dump alone, by the flight recorder, by the metrics, and by the
 * log. What each of them has said is kept in {@code target/operating}, for {@code docs/operating.md}.
 */
class OperatingTest {

    private static final Path KEPT = Repository.ROOT.resolve("docs/target/operating");
    private static final Duration AGES = Duration.ofHours(1);
    private static final int PLACES = 2;
    private static final int FAILURES = 20;
    private static final int TURNED_AWAY = 5;

    @TempDir
    Path directory;

    private final Lock prices = new ReentrantLock();
    private final CountDownLatch pricesFree = new CountDownLatch(1);
    private final CompletableFuture<Void> keeper = new CompletableFuture<>();
    private final List<RawClient> clients = new ArrayList<>();
    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            log.add(event.getLevel() + " " + event.getFormattedMessage()
                    + (event.getThrowableProxy() == null ? "" : " / " + event.getThrowableProxy().getMessage()));
        }
    };
    private FileServer server;

    @BeforeEach
    void start() throws Exception {
        appender.start();
        logger().setLevel(Level.WARN);
        logger().setAdditive(false);
        logger().addAppender(appender);
        keepPrices();
    }

    /** The bad day takes its course. */
    private void goWrong() throws IOException {
        for (int i = 0; i < FAILURES; i++) {
            try (RawClient client = new RawClient(server)) {
                assertEquals(500, client.get("/basket").status());
            }
            Poll.until("its place is free", () -> shop().liveCount() == 1);   // there is the one that accepts
        }
        for (String path : List.of("/report", "/price")) {
            RawClient client = new RawClient(server);
            clients.add(client);
            client.send(RawClient.request("GET", path));
        }
        Poll.until("both are being answered", OperatingTest::bothWait);
        for (int i = 0; i < TURNED_AWAY; i++) {
            try (RawClient client = new RawClient(server)) {
                assertEquals(503, client.reply().status());
            }
        }
    }

    private static boolean isParkedIn(String place, List<String> tasks) {
        return tasks.stream().anyMatch(task -> task.contains("LockSupport.park") && task.contains(place));
    }

    private static boolean bothWait() {
        try {
            List<String> tasks = List.of(OperatingExamples.whatRuns().split("Task \""));
            return isParkedIn("BadDay.report", tasks) && isParkedIn("BadDay.price", tasks);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open(Supervisor.Builder builder) throws IOException {
        server = new FileServer(new BadDay(new Routes(new Site(new TestSite(directory).root())), prices), 0,
                Limits.DEFAULT.withConnections(PLACES), builder.name("shop"));
        server.start();
    }

    /** Failures are in the log of one test alone: so many of one supervisor are logged in a second. */
    private static Supervisor.Builder silent() {
        return Supervisor.builder().onFailure(FailureHandler.ignore());
    }

    /** Somebody keeps the lock. */
    private void keepPrices() throws InterruptedException {
        CountDownLatch kept = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            prices.lock();
            try {
                kept.countDown();
                pricesFree.await();
            } catch (InterruptedException e) {
                keeper.completeExceptionally(e);
            } finally {
                prices.unlock();
            }
            keeper.complete(null);
        }, "keeper");
        thread.setDaemon(true);
        thread.start();
        kept.await();
    }

    @AfterEach
    void stop() throws Exception {
        pricesFree.countDown();
        keeper.join();
        if (server != null) {
            server.close();
        }
        for (RawClient client : clients) {
            client.close();
        }
        logger().detachAppender(appender);
        logger().setAdditive(true);
        logger().setLevel(Level.OFF);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.supervisor");
    }

    private static Supervisor shop() {
        return Supervisor.named().stream().filter(open -> open.name().equals("shop")).findAny().orElseThrow();
    }

    private static void keep(String name, String text) throws IOException {
        Files.createDirectories(KEPT);
        Files.writeString(KEPT.resolve(name), text);
    }

    private static void assertFinds(String text, String regex) {
        Matcher matcher = Pattern.compile(regex).matcher(text);
        assertTrue(matcher.find(), () -> regex + " is not in:\n" + text);
    }

    @Test
    void aDumpAloneFindsEach() throws Exception {
        open(silent().recordTimes());
        goWrong();
        String dump = OperatingExamples.whatRuns();
        keep("dump.txt", dump);
        assertFinds(dump, "\"shop\".* " + FAILURES + " failed, " + TURNED_AWAY + " refused");
        assertFinds(dump, "http /127[^\n]*(?:\n\\s+at [^\n]*)*\n\\s+at [^\n]*BadDay.report");
        assertFinds(dump, "http /127[^\n]*(?:\n\\s+at [^\n]*)*\n\\s+at [^\n]*ReentrantLock.lock[^\n]*\n\\s+at [^\n]*BadDay.price");
    }

    @ParameterizedTest
    @EnumSource
    void aRecordingAloneFindsEach(Threads threads) throws Exception {
        Path file = directory.resolve("shop.jfr");
        try (Recording recording = new Recording(Configuration.getConfiguration("default"))) {
            recording.enable("dev.supervisor.TaskEnd").withThreshold(Duration.ofMillis(1));
            recording.enable("jdk.ThreadPark").withoutThreshold();
            recording.start();
            open(threads.builder());
            goWrong();
            stopAndLetGo();
            recording.stop();
            recording.dump(file);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RecordingReport.print(file, new PrintStream(out, true, StandardCharsets.UTF_8));
        String report = out.toString(StandardCharsets.UTF_8);
        keep("report.txt", report);
        assertFinds(report, "CANCELLED +http /127.* \\(shop\\)");
        assertFinds(report, FAILURES + " +http /#\\.#\\.#\\.#:# \\(shop\\): java.lang.IllegalStateException, the last: no basket");
        assertFinds(report, TURNED_AWAY + " +shop: FULL");
        if (threads == Threads.PLATFORM) {   // the JDK does not record where a virtual thread waits
            assertTrue(placesOf(file, "jdk.ThreadPark").containsAll(List.of("price", "report")), "where each was parked");
        }
    }

    /** The methods of the handler that long events of the JDK itself were in. */
    private static List<String> placesOf(Path recording, String event) throws IOException {
        List<String> places = new ArrayList<>();
        for (RecordedEvent recorded : RecordingFile.readAllEvents(recording)) {
            if (recorded.getEventType().getName().equals(event) && recorded.getStackTrace() != null) {
                recorded.getStackTrace().getFrames().stream()
                        .filter(frame -> frame.getMethod().getType().getName().equals(BadDay.class.getName()))
                        .forEach(frame -> places.add(frame.getMethod().getName()));
            }
        }
        return places;
    }

    @Test
    void theLogAloneFindsEach() throws Exception {
        open(Supervisor.builder());
        goWrong();
        CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> server.stop(AGES));
        Poll.until("the drain speaks", () -> said("has waited"));
        String all = String.join("\n", log);
        keep("log.txt", all);
        assertFinds(all, "WARN [^\n]*http /127[^\n]* / no basket");
        assertFinds(all, "drain[^\n]*shop[^\n]* has waited");
        assertFinds(all, "BadDay.report");
        assertFinds(all, "BadDay.price");
        pricesFree.countDown();
        shop().abort();
        assertFalse(stopped.join(), "it was not in time");
    }

    @Test
    void metricsAloneFindEach() throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        open(silent().observer(SupervisorMetrics.timers(registry, "shop", Tags.empty())));
        new SupervisorMetrics(shop()).bindTo(registry);
        goWrong();
        String metrics = registry.scrape();
        keep("metrics.txt", metrics);
        assertFinds(metrics, "executor_active_threads\\{name=\"shop\"} 3.0");
        assertFinds(metrics, "executor_completed_tasks_total\\{name=\"shop\"} 20.0");
        assertFinds(metrics, "supervisor_tasks_total\\{name=\"shop\",outcome=\"failed\"} 20.0");
        assertFinds(metrics, "supervisor_refused_tasks_total\\{name=\"shop\",reason=\"full\"} 5.0");
        assertFinds(metrics, "executor_seconds_count\\{name=\"shop\"} 20");
        stopAndLetGo();
        Poll.until("the meters are gone", () -> !registry.scrape().contains("supervisor_tasks"));
    }

    @Test
    void theExampleIsMeasured() throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Supervisor supervisor = OperatingExamples.measured("example", registry);
        supervisor.spawn(() -> 1).get();
        Poll.until("it is counted", () -> registry.scrape().contains("executor_completed_tasks_total{name=\"example\"} 1.0"));
        supervisor.shutdown();
    }

    private boolean said(String words) {
        return log.stream().anyMatch(line -> line.contains(words));
    }

    /** An operator restarts the server: what hangs is cancelled, and what is blocked ends with its lock. */
    private void stopAndLetGo() {
        CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> server.stop(Duration.ZERO));
        Poll.until("all are asked", () -> server.state() == Supervisor.State.ABORTING);
        pricesFree.countDown();
        stopped.join();
    }
}
