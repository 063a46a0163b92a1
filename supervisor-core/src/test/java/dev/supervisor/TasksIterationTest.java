package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tasks one after the other as they end, and how an iteration is left: T5. */
@Timeout(120)
class TasksIterationTest {

    @RegisterExtension
    final Bodies bodies = new Bodies();
    private final Exception failure = new Exception("on purpose");

    // what is handed over

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t5_tasksComeInTheOrderOfTheirCompletion(Kind kind) {
        List<CountDownLatch> gates = IntStream.range(0, 5).mapToObj(i -> new CountDownLatch(1)).toList();
        List<Callable<Integer>> gated = IntStream.range(0, 5).<Callable<Integer>>mapToObj(i -> () -> {
            Poll.await(gates.get(i));
            return i;
        }).toList();
        try (Results<Task<Integer>> results = Tasks.asCompleted(kind.builder(), gated)) {
            Iterator<Task<Integer>> iterator = results.iterator();
            for (int next : List.of(3, 0, 4, 1, 2)) {
                gates.get(next).countDown();
                assertEquals(next, iterator.next().resultNow());
            }
            assertFalse(iterator.hasNext());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t5_failedAndCancelledTasksAreHandedOverAndNullResultsToo(Kind kind) {
        List<Callable<Object>> some = List.of(bodies.failing(1, failure), () -> {
            throw new CancellationException("on purpose");
        }, () -> null);
        Set<Status> seen = new HashSet<>();
        try (Results<Task<Object>> results = Tasks.asCompleted(kind.builder(), some)) {
            for (Task<Object> task : results) {
                assertTrue(task.isDone());
                seen.add(task.status());
            }
        }
        assertEquals(Set.of(Status.SUCCEEDED, Status.FAILED, Status.CANCELLED), seen);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void t5_noneIsLostWhereManyEndAtOnce(Kind kind) {
        AtomicInteger number = new AtomicInteger();
        for (int round = 0; round < 20; round++) {
            Set<Integer> numbers = new HashSet<>();
            try (Results<Task<Integer>> results =
                    Tasks.asCompleted(kind.builder(), Collections.nCopies(200, number::incrementAndGet))) {
                results.forEach(task -> numbers.add(task.resultNow()));
            }
            assertEquals(200, numbers.size());
        }
        assertEquals(4_000, number.get());
    }

    @Test
    void t5_allAreSpawnedBeforeTheFirstIsTaken() {
        try (Results<Task<Object>> results = Tasks.asCompleted(List.of(bodies.hanging(), bodies.hanging()))) {
            bodies.untilBegun(2);
            assertSame(results.iterator(), results.iterator());
        }
        assertEquals(2, bodies.ended());
    }

    @Test
    void t5_noBodiesGiveNoTasks() {
        try (Results<Task<Object>> results = Tasks.asCompleted(List.of())) {
            assertFalse(results.iterator().hasNext());
            assertThrows(NoSuchElementException.class, results.iterator()::next);
        }
    }

    @Test
    void t5_aBodyThatIsNullIsRefusedBeforeAnyIsSpawned() {
        List<Callable<Object>> some = Arrays.asList(bodies.returning(1, null), null);
        assertThrows(NullPointerException.class, () -> Tasks.asCompleted(some));
        assertEquals(0, bodies.begun());
    }

    // leaving

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t5_leavingEarlyCancelsTheRestAndWaits(Kind kind) {
        List<Callable<Integer>> some = List.of(bodies.hanging(), bodies.returning(3, 1), bodies.hanging());
        try (Results<Task<Integer>> results = Tasks.asCompleted(kind.builder(), some)) {
            for (Task<Integer> task : results) {
                assertEquals(1, task.resultNow());
                break;
            }
        }
        assertEquals(2, bodies.interrupted());
        assertEquals(3, bodies.ended());
    }

    @Test
    void t5_leavingEarlyLogsNothing() {
        try (RecordedLog log = new RecordedLog()) {
            Supervisor.Builder builder = Supervisor.builder().name("left-early");
            Tasks.asCompleted(builder, List.of(bodies.failing(1, failure), bodies.hanging())).close();
            assertEquals(List.of(), log.messages("left-early"));
        }
    }

    @Test
    void t5_whatTheBlockThrowsIsThrownWhenTheRestHasEnded() {
        assertSame(failure, assertThrows(Exception.class, () -> {
            try (Results<Task<Object>> results = Tasks.asCompleted(List.of(bodies.hanging()))) {
                assertTrue(results.iterator().hasNext());
                bodies.untilBegun(1);
                throw failure;
            }
        }));
        assertEquals(1, bodies.ended());
    }

    @Test
    void t5_afterwardsThereIsNoNext() {
        Results<Task<Object>> results = Tasks.asCompleted(List.of(bodies.returning(1, 1), bodies.hanging()));
        Iterator<Task<Object>> iterator = results.iterator();
        assertTrue(iterator.hasNext());
        results.close();
        results.close();
        assertFalse(iterator.hasNext());
        assertThrows(NoSuchElementException.class, iterator::next);
        assertFalse(results.iterator().hasNext());
    }

    @Test
    void t5_anInterruptDoesNotEndTheWaitOfAClose() {
        CountDownLatch closing = new CountDownLatch(1);
        Background<Void> caller = Background.run(() -> {
            try (Results<Task<Object>> results = Tasks.asCompleted(List.of(bodies.stubborn(1)))) {
                assertTrue(results.iterator().hasNext());
                bodies.untilBegun(1);
                closing.countDown();
            }
        });
        Poll.await(closing);
        bodies.untilInterrupted(1);
        caller.untilBlocked();
        caller.interrupt();
        caller.untilBlocked();
        bodies.release();
        caller.join();
        assertTrue(caller.leftInterrupted());
        assertEquals(1, bodies.ended());
    }

    @Test
    void t5_anInterruptIsSeenThoughATaskIsThere() {
        Background<Void> caller = Background.run(() -> {
            try (Results<Task<Object>> results =
                    Tasks.asCompleted(List.of(bodies.returning(1, 1), bodies.hanging()))) {
                Poll.until("ended", () -> bodies.ended() == 1);
                Thread.currentThread().interrupt();
                results.iterator().next();
            }
        });
        assertInstanceOf(InterruptedException.class, caller.thrown().getCause());
        assertTrue(caller.leftInterrupted());
        assertEquals(bodies.begun(), bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t5_aFatalErrorIsThrownByAClose(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Background<Void> caller = Background.run(() -> {
            try (Results<Task<Object>> results =
                    Tasks.asCompleted(kind.builder(), List.of(bodies.failing(2, fatal), bodies.hanging()))) {
                assertEquals(Status.FAILED, results.iterator().next().status());
                bodies.untilInterrupted(1);
            }
        });
        assertInstanceOf(CompletionException.class, caller.thrown());
        assertSame(fatal, caller.thrown().getCause());
        assertFalse(caller.leftInterrupted());
    }

    // the owner

    @Test
    void t5_otherThreadsAreRefusedAndChangeNothing() {
        try (Results<Task<Object>> results = Tasks.asCompleted(List.of(bodies.hanging()))) {
            Iterator<Task<Object>> iterator = results.iterator();
            for (Action action : List.<Action>of(results::close, results::iterator, iterator::next, iterator::hasNext)) {
                Throwable thrown = Background.run(action).thrown();
                assertInstanceOf(IllegalStateException.class, thrown);
                assertTrue(thrown.getMessage().contains(Thread.currentThread().getName()), thrown.getMessage());
            }
            bodies.untilBegun(1);
            assertEquals(0, bodies.interrupted());
            assertTrue(iterator.hasNext());
        }
        assertEquals(1, bodies.ended());
    }

    @Test
    void t5_iterationsMayBeNested() {
        List<Integer> sums = new ArrayList<>();
        try (Results<Task<Integer>> outer = Tasks.asCompleted(List.of(() -> 10))) {
            for (Task<Integer> one : outer) {
                try (Results<Task<Integer>> inner = Tasks.asCompleted(List.of(() -> 1, bodies.hanging()))) {
                    sums.add(one.resultNow() + inner.iterator().next().resultNow());
                }
            }
        }
        assertEquals(List.of(11), sums);
    }
}
