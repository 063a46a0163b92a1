package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What needs one result: T3, T4. */
class TasksFirstTest {

    @RegisterExtension
    final Bodies bodies = new Bodies();
    private final IOException failure = new IOException("on purpose");

    // the first success

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t3_theFirstSuccessCancelsTheOthersAndIsReturnedWhenTheyHaveEnded(Kind kind) throws Exception {
        List<Callable<String>> some =
                List.of(bodies.hanging(), bodies.failing(4, failure), bodies.hanging(), bodies.returning(4, "a"));
        assertEquals("a", Tasks.firstSuccessful(kind.builder(), some));
        assertEquals(2, bodies.interrupted());
        assertEquals(4, bodies.ended());
    }

    @Test
    void t3_noBodyIsSpawnedAfterTheFirstSuccess() throws Exception {
        List<Callable<String>> some =
                List.of(bodies.failing(1, failure), bodies.returning(2, "a"), bodies.hanging());
        assertEquals("a", Tasks.firstSuccessful(Kind.CALLER_RUNS.builder(), some));
        assertEquals(2, bodies.begun());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t3_nothingIsReturnedBeforeTheLastHasEnded(Kind kind) {
        Background<Object> caller = Background.call(() ->
                Tasks.firstSuccessful(kind.builder(), List.of(bodies.stubborn(1), bodies.returning(2, 2))));
        bodies.untilInterrupted(1);
        caller.untilBlocked();
        bodies.release();
        assertEquals(2, caller.join());
        assertEquals(2, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t3_aResultOfNullIsASuccess(Kind kind) throws Exception {
        List<Callable<String>> some = List.of(bodies.failing(1, failure), () -> null);
        assertNull(Tasks.firstSuccessful(kind.builder(), some));
        assertNull(Tasks.firstCompleted(kind.builder(), List.of(() -> null)));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t3_ifAllFailTheFirstFailureIsThrown(Kind kind) {
        AtomicInteger number = new AtomicInteger();
        List<Callable<Object>> some = Collections.nCopies(1_000, () -> {
            throw new IOException("number " + number.getAndIncrement());
        });
        ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> Tasks.firstSuccessful(kind.builder(), some));
        assertEquals(1_000, number.get());
        assertEquals(17, thrown.getSuppressed().length);
        assertEquals("and 983 more failures", thrown.getSuppressed()[16].getMessage());
        if (kind == Kind.CALLER_RUNS) {
            assertEquals("number 0", thrown.getCause().getMessage());
            assertEquals("number 1", thrown.getSuppressed()[0].getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t3_ifAllAreCancelledThatIsThrown(Kind kind) {
        List<Callable<Object>> some = List.of(Bodies.cancelsItself(), Bodies.cancelsItself());
        assertThrows(TaskCancelledException.class, () -> Tasks.firstSuccessful(kind.builder(), some));
        List<Callable<Object>> others = List.of(Bodies.cancelsItself(), bodies.failing(1, failure));
        assertSame(failure, assertThrows(ExecutionException.class,
                () -> Tasks.firstSuccessful(kind.builder(), others)).getCause());
    }

    @Test
    void t3_noBodiesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Tasks.firstSuccessful(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Tasks.firstSuccessful(Supervisor.builder(), List.of()));
        assertThrows(IllegalArgumentException.class, () -> Tasks.firstCompleted(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Tasks.firstCompleted(Supervisor.builder(), List.of()));
    }

    @Test
    void t3_aBodyThatIsNullIsRefusedBeforeAnyIsSpawned() {
        List<Callable<Object>> some = Arrays.asList(bodies.returning(1, null), null);
        assertThrows(NullPointerException.class, () -> Tasks.firstSuccessful(some));
        assertThrows(NullPointerException.class, () -> Tasks.firstCompleted(some));
        assertEquals(0, bodies.begun());
    }

    // the first end

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t4_theFirstEndCancelsTheOthersAndItsResultIsReturned(Kind kind) throws Exception {
        List<Callable<String>> some = List.of(bodies.hanging(), bodies.returning(3, "a"), bodies.hanging());
        assertEquals("a", Tasks.firstCompleted(kind.builder(), some));
        assertEquals(2, bodies.interrupted());
        assertEquals(3, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t4_aFailureIsAnEndToo(Kind kind) {
        Exception other = new Exception("other");
        List<Callable<String>> some = List.of(bodies.hanging(), bodies.failing(3, failure), bodies.failingCleanUp(other));
        ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> Tasks.firstCompleted(kind.builder(), some));
        assertSame(failure, thrown.getCause());
        assertEquals(List.of(other), List.of(thrown.getSuppressed()));
        assertEquals(3, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t4_soIsACancellation(Kind kind) {
        List<Callable<Object>> some = List.of(Bodies.cancelsItself(), bodies.hanging());
        assertThrows(TaskCancelledException.class, () -> Tasks.firstCompleted(kind.builder(), some));
        assertEquals(bodies.begun(), bodies.ended());
    }

    @Test
    void t4_noBodyIsSpawnedAfterTheFirstEnd() {
        List<Callable<String>> some = List.of(bodies.failing(1, failure), bodies.hanging());
        assertThrows(ExecutionException.class, () -> Tasks.firstCompleted(Kind.CALLER_RUNS.builder(), some));
        assertEquals(1, bodies.begun());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t4_thousandsMayEndAtOnce(Kind kind) throws Exception {
        AtomicInteger number = new AtomicInteger();
        List<Callable<Integer>> some = Collections.nCopies(3_000, number::incrementAndGet);
        int first = Tasks.firstCompleted(kind.builder(), some);
        assertTrue(first >= 1 && first <= number.get(), () -> first + " of " + number);
    }
}
