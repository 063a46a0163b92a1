package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.DeadlineExceededException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each example of composing does what it says. */
class ComposingExamplesTest {

    private static final Duration AGES = Duration.ofHours(1);

    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final IOException failure = new IOException("on purpose");

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted());
    }

    private <T> Callable<T> hanging() {
        return () -> {
            begun.incrementAndGet();
            try {
                never.await();
                return null;
            } catch (InterruptedException e) {
                cancelled.incrementAndGet();
                throw e;
            }
        };
    }

    /** Fails as soon as so many hang, at least. */
    private <T> Callable<T> failing(int hanging) {
        return () -> {
            Poll.until("they hang", () -> begun.get() >= hanging);
            throw failure;
        };
    }

    @Test
    void aPageHasBothPartsOrNone() throws Exception {
        assertEquals(new ComposingExamples.Page("a", "b"), ComposingExamples.page(() -> "a", () -> "b"));
        ExecutionException thrown =
            assertThrows(ExecutionException.class, () -> ComposingExamples.page(hanging(), failing(1)));
        assertSame(failure, thrown.getCause());
        assertEquals(1, cancelled.get());
    }

    @Test
    void aDeadlineEndsAll() throws Exception {
        assertEquals(List.of("a", "b"), ComposingExamples.within(AGES, List.of(() -> "a", () -> "b")));
        assertThrows(DeadlineExceededException.class,
            () -> ComposingExamples.within(Duration.ofMillis(50), List.of(() -> "a", hanging())));
        assertEquals(begun.get(), cancelled.get());
    }

    @Test
    void eachReplicaCounts() throws Exception {
        assertEquals(2, ComposingExamples.replicate(List.of(() -> null, failing(0), () -> null)));
    }

    @Test
    void oneMirrorIsEnough() throws Exception {
        byte[] answer = {1};
        assertArrayEquals(answer, ComposingExamples.fromAnyMirror(List.of(failing(1), hanging(), () -> {
            Poll.until("another hangs", () -> begun.get() == 1);
            return answer;
        })));
        assertEquals(1, cancelled.get());
    }

    @Test
    void aQuorumIsEnough() {
        assertEquals(List.of("a", "a"),
            ComposingExamples.quorum(2, List.of(hanging(), failing(1), () -> "a", () -> "a", hanging())));
        assertEquals(begun.get(), cancelled.get());
        assertEquals(List.of("a"), ComposingExamples.quorum(2, List.of(failing(begun.get()), () -> "a")));
    }

    @Test
    void pagesAreInOrder() throws Exception {
        StringBuilder out = new StringBuilder();
        ComposingExamples.fetchAll(List.of("a", "b", "c"), address -> address + "!", out);
        assertEquals("a!\nb!\nc!\n", out.toString());
        CompletionException thrown = assertThrows(CompletionException.class,
            () -> ComposingExamples.fetchAll(Collections.nCopies(100, "a"), address -> {
                throw failure;
            }, out));
        assertSame(failure, thrown.getCause());
    }

    @Test
    void aQueueIsProcessedToItsEnd() {
        BlockingQueue<String> queue = new LinkedBlockingQueue<>(List.of("a", "b", "", "c", "the end", "d"));
        assertEquals(3, ComposingExamples.process(queue, "the end", input -> !input.isEmpty()));
        assertEquals(List.of("d"), List.copyOf(queue));
    }

    @Test
    void aFailureEndsTheWaitForTheQueue() {
        BlockingQueue<String> queue = new LinkedBlockingQueue<>(List.of("a"));
        CompletionException thrown = assertThrows(CompletionException.class,
            () -> ComposingExamples.process(queue, "the end", input -> {
                throw failure;
            }));
        assertSame(failure, thrown.getCause());
    }

    @Test
    void fewRunAtOnce() throws Exception {
        AtomicInteger most = new AtomicInteger();
        AtomicInteger running = new AtomicInteger();
        List<String> results = ComposingExamples.fewAtOnce(Collections.nCopies(200, () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            running.decrementAndGet();
            return "a";
        }));
        assertEquals(200, results.size());
        assertTrue(most.get() <= 8, most::toString);
    }
}
