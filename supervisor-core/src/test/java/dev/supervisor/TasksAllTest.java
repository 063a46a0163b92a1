package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs all results, and what needs all outcomes: T1, T2. */
class TasksAllTest {

    @RegisterExtension
    final Bodies bodies = new Bodies();
    private final IOException failure = new IOException("on purpose");

    // all succeed

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t1_resultsAreInTheOrderOfTheBodies(Kind kind) throws Exception {
        int number = 20;
        List<CountDownLatch> ended = IntStream.rangeClosed(0, number).mapToObj(i -> new CountDownLatch(1)).toList();
        ended.get(number).countDown();
        List<Callable<Integer>> backwards = IntStream.range(0, number).<Callable<Integer>>mapToObj(i -> () -> {
            Poll.await(ended.get(i + 1));
            ended.get(i).countDown();
            return i;
        }).toList();
        assertEquals(IntStream.range(0, number).boxed().toList(), Tasks.all(kind.builder(), backwards));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t1_resultsMayBeNull(Kind kind) throws Exception {
        List<Callable<String>> some = List.of(() -> null, () -> "a", () -> null);
        assertEquals(Arrays.asList(null, "a", null), Tasks.all(kind.builder(), some));
        assertEquals(Arrays.asList(null, "a", null), Tasks.all(some));
    }

    @Test
    void t1_noBodiesGiveNoResults() throws Exception {
        assertEquals(List.of(), Tasks.all(List.of()));
        assertEquals(List.of(), Tasks.allSettled(List.of()));
    }

    @Test
    void t1_resultsCannotBeChanged() throws Exception {
        List<Integer> results = Tasks.all(List.of(() -> 1));
        assertThrows(UnsupportedOperationException.class, () -> results.set(0, 2));
        List<Task<Integer>> tasks = Tasks.allSettled(List.of(() -> 1));
        assertThrows(UnsupportedOperationException.class, tasks::clear);
    }

    @Test
    void t1_aBodyThatIsNullIsRefusedBeforeAnyIsSpawned() {
        List<Callable<Object>> some = Arrays.asList(bodies.returning(1, null), null);
        assertThrows(NullPointerException.class, () -> Tasks.all(some));
        assertThrows(NullPointerException.class, () -> Tasks.allSettled(some));
        assertThrows(NullPointerException.class, () -> Tasks.all(null));
        assertThrows(NullPointerException.class, () -> Tasks.all(null, List.of()));
        assertEquals(0, bodies.begun());
    }

    // one fails

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t1_theFirstFailureCancelsTheOthersAndIsThrownWhenTheyHaveEnded(Kind kind) {
        List<Callable<Object>> some = List.of(bodies.hanging(), bodies.failing(3, failure), bodies.hanging());
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> Tasks.all(kind.builder(), some));
        assertSame(failure, thrown.getCause());
        assertEquals(0, thrown.getSuppressed().length);
        assertEquals(2, bodies.interrupted());
        assertEquals(3, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t1_nothingIsThrownBeforeTheLastHasEnded(Kind kind) {
        Background<Void> caller = Background.run(() ->
                Tasks.all(kind.builder(), List.of(bodies.stubborn(1), bodies.failing(2, failure))));
        bodies.untilInterrupted(1);
        caller.untilBlocked();
        bodies.release();
        assertSame(failure, caller.thrown().getCause());
        assertEquals(2, bodies.ended());
    }

    @Test
    void t1_noBodyIsSpawnedAfterAFailure() {
        List<Callable<Object>> some = List.of(bodies.returning(1, 1), bodies.failing(2, failure), bodies.hanging());
        assertThrows(ExecutionException.class, () -> Tasks.all(Kind.CALLER_RUNS.builder(), some));
        assertEquals(2, bodies.begun());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t1_aFailureIsSeenWhileTheCallerWaitsForAPlace(Kind kind) {
        Supervisor.Builder two = kind.builder().maxTasks(2, Overflow.BLOCK);
        List<Callable<Object>> some =
                List.of(bodies.hanging(), bodies.failing(2, failure), bodies.hanging(), bodies.hanging());
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> Tasks.all(two, some));
        assertSame(failure, thrown.getCause());
        assertEquals(2, bodies.begun());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t1_theFailuresOfOthersAreSuppressed(Kind kind) {
        Exception one = new Exception("one");
        Exception other = new Exception("other");
        List<Callable<Object>> some =
                List.of(bodies.failingCleanUp(one), bodies.failing(3, failure), bodies.failingCleanUp(other));
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> Tasks.all(kind.builder(), some));
        assertSame(failure, thrown.getCause());
        assertEquals(2, thrown.getSuppressed().length);
        assertTrue(List.of(thrown.getSuppressed()).containsAll(List.of(one, other)));
        assertEquals(0, failure.getSuppressed().length, "the user's exception is left alone");
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18, 3_000})
    void t1_sixteenAreSuppressedAndTheRestIsCounted(int others) {
        List<Callable<Object>> some = new ArrayList<>();
        some.add(bodies.failing(others + 1, failure));
        for (int i = 0; i < others; i++) {
            some.add(bodies.failingCleanUp(new IOException("clean-up")));
        }
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> Tasks.all(some));
        assertSame(failure, thrown.getCause());
        Throwable[] suppressed = thrown.getSuppressed();
        assertEquals(Math.min(others, 17), suppressed.length);
        assertEquals(16, Arrays.stream(suppressed).filter(IOException.class::isInstance).count());
        if (others == 17) {
            assertEquals("and one more failure", suppressed[16].getMessage());
        } else if (others > 17) {
            assertEquals("and " + (others - 16) + " more failures", suppressed[16].getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t1_thousandsMayThrowTheSameObject(Kind kind) {
        List<Callable<Object>> some = Collections.nCopies(2_000, bodies.failing(1, failure));
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> Tasks.all(kind.builder(), some));
        assertSame(failure, thrown.getCause());
        assertTrue(thrown.getSuppressed().length <= 17);
        assertEquals(bodies.begun(), bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t1_aBodyThatCancelsItselfCancelsTheOthers(Kind kind) {
        List<Callable<Object>> some = List.of(Bodies.cancelsItself(), bodies.hanging());
        assertThrows(TaskCancelledException.class, () -> Tasks.all(kind.builder(), some));
        assertEquals(bodies.begun(), bodies.ended());
    }

    @Test
    void t1_aFailureIsPreferredToACancellation() {
        Callable<Object> last = () -> {
            bodies.untilBegun(1);
            throw new CancellationException("on purpose");
        };
        ExecutionException thrown = assertThrows(ExecutionException.class,
                () -> Tasks.all(List.of(bodies.failingCleanUp(failure), last)));
        assertSame(failure, thrown.getCause());
    }

    @Test
    void t1_whatASpawnThrowsCancelsTheOthersAndIsThrown() {
        Supervisor.Builder one = Supervisor.builder().maxTasks(1);
        RejectedExecutionException thrown = assertThrows(RejectedExecutionException.class,
                () -> Tasks.all(one, List.of(bodies.hanging(), bodies.hanging())));
        assertTrue(thrown.getMessage().contains("is full"), thrown.getMessage());
        assertEquals(bodies.begun(), bodies.ended());
        RuntimeException unchecked = new IllegalStateException("on purpose");
        assertSame(unchecked, assertThrows(IllegalStateException.class,
                () -> Tasks.all(Supervisor.builder().decorator(task -> {
                    throw unchecked;
                }), List.of(bodies.hanging()))));
    }

    // all outcomes

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t2_everyOutcomeIsHandedOverInTheOrderOfTheBodies(Kind kind) throws Exception {
        List<Task<Object>> tasks = Tasks.allSettled(kind.builder(),
                List.of(() -> 1, bodies.failing(1, failure), Bodies.cancelsItself(), () -> null));
        assertEquals(List.of(Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.SUCCEEDED),
                tasks.stream().map(Task::status).toList());
        assertEquals(1, tasks.get(0).get());
        assertSame(failure, tasks.get(1).failure());
        assertNull(tasks.get(3).resultNow());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t2_noFailureCancelsAnotherTask(Kind kind) throws Exception {
        List<Callable<Object>> some = new ArrayList<>(Collections.nCopies(1_000, bodies.failing(1, failure)));
        some.add(bodies.returning(1_001, 1));
        List<Task<Object>> tasks = Tasks.allSettled(kind.builder(), some);
        assertEquals(1_000, tasks.stream().filter(task -> task.failure() == failure).count());
        assertEquals(1, tasks.get(1_000).get());
    }
}
