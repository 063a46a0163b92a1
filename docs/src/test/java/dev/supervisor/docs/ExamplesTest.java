package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each example does what it says. */
class ExamplesTest {

    private final AtomicInteger cancelled = new AtomicInteger();
    private final CountDownLatch hanging = new CountDownLatch(1);

    /** A body that runs until it is cancelled. */
    private String hang() throws InterruptedException {
        hanging.countDown();
        try {
            new CountDownLatch(1).await();
            return "never";
        } catch (InterruptedException e) {
            cancelled.incrementAndGet();
            throw e;
        }
    }

    private String failOnceTheOtherHangs() throws InterruptedException {
        hanging.await();
        throw new IllegalStateException("a test's");
    }

    @Test
    void callbacksCollectTheOutcomes() throws Exception {
        Map<String, Callable<String>> work = Map.of("good", () -> "result", "bad", () -> {
            throw new IllegalStateException("a test's");
        });
        assertEquals(Map.of("good", "result", "bad", Task.Status.FAILED), Examples.outcomes(work));
    }

    @Test
    void theReportHasALineForEachThatIsOpen() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Supervisor supervisor = Supervisor.builder().name("reported").unowned().open()) {
            Examples.report(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            String line = "Supervisor \"reported\": entered, 0 live, no owner";
            assertTrue(bytes.toString(StandardCharsets.UTF_8).lines().anyMatch(line::equals), bytes::toString);
            assertTrue(supervisor.tasks().isEmpty());
        }
    }

    @Test
    void theTryFormReturnsResultsInOrder() throws Exception {
        assertEquals(List.of("a", "b", "c"), Examples.inOrder(List.of(() -> "a", () -> "b", () -> "c")));
    }

    @Test
    void theTryFormCancelsTheRestWhenItIsLeftEarly() {
        ExecutionException failure = assertThrows(ExecutionException.class,
            () -> Examples.inOrder(List.of(this::failOnceTheOtherHangs, this::hang)));
        assertSame(IllegalStateException.class, failure.getCause().getClass());
        assertEquals(1, cancelled.get());
    }

    @Test
    void completionsComeAsTheyEnd() throws Exception {
        List<String> first = Examples.first(2, List.of(this::hang, () -> "a", this::failOnceTheOtherHangs, () -> "b"));
        assertEquals(Set.of("a", "b"), Set.copyOf(first));
        assertEquals(List.of("a"), Examples.first(2, List.of(() -> "a")), "there are no more");
    }

    @Test
    void aDecoratorCarriesContext() throws Exception {
        Examples.REQUEST_ID.set("request 7");
        try {
            assertEquals(List.of("request 7", "request 7", "request 7"), List.copyOf(Examples.seen(3)));
        } finally {
            Examples.REQUEST_ID.remove();
        }
    }

    @Test
    void aTimeLimitCancelsAWholeGroup() throws Exception {
        assertTrue(Examples.allWithin(Duration.ofSeconds(30), List.of(() -> "a", () -> "b")));
        assertFalse(Examples.allWithin(Duration.ofMillis(50), List.of(() -> "a", this::hang)));
        assertEquals(hanging.getCount() == 0 ? 1 : 0, cancelled.get(), "before it returned");
    }

    @Test
    void theReadmesExamplePrintsTheLengthOfWhatCanBeRead(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "12345");
        Path missing = directory.resolve("missing");
        Set<String> lines = print(() -> ReadmeExample.main(file.toString(), missing.toString()));
        assertEquals(Set.of(file + ": 5 bytes", "done"), lines);
    }

    private interface Program {
        void run() throws Exception;
    }

    private static Set<String> print(Program program) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            program.run();
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().collect(Collectors.toSet());
    }
}
