package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A function of many inputs, so many at once: T6. */
@Timeout(120)
class TasksMapTest {

    /** In which order results come. */
    enum Order {
        INPUTS, COMPLETION;

        <I, T> Results<T> map(Kind kind, Iterable<I> inputs, int limit, TaskFunction<I, T> function) {
            return map(kind.builder(), inputs, limit, function);
        }

        <I, T> Results<T> map(Supervisor.Builder builder, Iterable<I> inputs, int limit, TaskFunction<I, T> function) {
            return this == INPUTS ? Tasks.map(builder, inputs, limit, function)
                    : Tasks.mapUnordered(builder, inputs, limit, function);
        }

        /** Each input is a body. */
        <T> Results<T> call(Kind kind, Iterable<Callable<T>> bodies, int limit) {
            return map(kind, bodies, limit, Callable::call);
        }
    }

    @RegisterExtension
    final Bodies bodies = new Bodies();
    private final Exception failure = new Exception("on purpose");

    static Stream<Arguments> ordersOnAllKinds() {
        return Stream.of(Order.values()).flatMap(order -> Kind.all().stream().map(kind -> Arguments.of(order, kind)));
    }

    static Stream<Arguments> ordersOnConcurrentKinds() {
        return Stream.of(Order.values())
                .flatMap(order -> Kind.concurrent().stream().map(kind -> Arguments.of(order, kind)));
    }

    private static Iterable<Integer> naturals(AtomicInteger pulled) {
        return () -> Stream.generate(pulled::getAndIncrement).iterator();
    }

    // results

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_eachInputGivesOneResult(Order order, Kind kind) {
        for (int limit : List.of(1, 2, 7, Integer.MAX_VALUE)) {
            List<Integer> inputs = IntStream.range(0, 500).boxed().toList();
            List<Integer> results = Bodies.drained(order.map(kind, inputs, limit, input -> input + 1));
            assertEquals(500, results.size());
            if (order == Order.INPUTS || limit == 1) {
                assertEquals(IntStream.rangeClosed(1, 500).boxed().toList(), results);
            } else {
                assertEquals(500, new HashSet<>(results).size());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_inputsAndResultsMayBeNull(Order order, Kind kind) {
        assertEquals(Arrays.asList("null", null, "a"), Bodies.drained(order.map(
                kind, Arrays.asList(null, "", "a"), 1, s -> s == null ? "null" : s.isEmpty() ? null : s)));
        assertEquals(List.of(), Bodies.drained(order.map(kind, List.<String>of(), 1, s -> s)));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t6_inTheOrderOfCompletionNoResultWaitsForAnotherTask(Kind kind) {
        List<Callable<Integer>> some = List.of(bodies.stubborn(1), () -> 2, () -> 3);
        try (Results<Integer> results = Order.COMPLETION.call(kind, some, 2)) {
            Iterator<Integer> iterator = results.iterator();
            assertEquals(2, iterator.next());
            assertEquals(3, iterator.next());
            bodies.release();
            assertEquals(1, iterator.next());
            assertFalse(iterator.hasNext());
        }
    }

    @Test
    void t6_theBuildersFormIsTheSame() {
        assertEquals(List.of(2, 3), Bodies.drained(Tasks.map(List.of(1, 2), 2, i -> i + 1)));
        assertEquals(Set.of(2, 3), new HashSet<>(Bodies.drained(Tasks.mapUnordered(List.of(1, 2), 2, i -> i + 1))));
    }

    @Test
    void t6_argumentsAreRefusedBeforeAnythingHappens() {
        for (int none : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> Tasks.map(List.of(1), none, i -> i));
            assertThrows(IllegalArgumentException.class, () -> Tasks.mapUnordered(List.of(1), none, i -> i));
        }
        assertThrows(NullPointerException.class, () -> Tasks.map(null, 1, i -> i));
        assertThrows(NullPointerException.class, () -> Tasks.map(List.of(1), 1, null));
    }

    // the limit

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_whatRunsAndWhatWasNotHandedOverStaysWithinTheLimit(Order order, Kind kind) {
        AtomicInteger pulled = new AtomicInteger();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        int limit = 5;
        try (Results<Integer> results = order.map(kind, naturals(pulled), limit, input -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            TwoThreadRace.jitter();
            running.decrementAndGet();
            return input;
        })) {
            int handedOver = 0;
            for (int result : results) {
                handedOver++;
                assertTrue(pulled.get() - handedOver < limit, () -> "pulled " + pulled);
                if (order == Order.INPUTS) {
                    assertEquals(handedOver - 1, result);
                }
                if (handedOver == 1_000) {
                    break;
                }
            }
        }
        assertTrue(most.get() <= limit, () -> most + " at once");
    }

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_nothingHappensBeforeTheFirstCall(Order order, Kind kind) {
        AtomicInteger pulled = new AtomicInteger();
        try (Results<Integer> results = order.map(kind, naturals(pulled), 3, input -> input)) {
            Iterator<Integer> iterator = results.iterator();
            assertEquals(0, pulled.get());
            assertTrue(iterator.hasNext());
            assertEquals(3, pulled.get());
            assertTrue(iterator.hasNext());
            assertEquals(3, pulled.get(), "a second look pulls nothing");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t6_aSlowHeadHoldsUpTheInputs(Kind kind) {
        AtomicInteger pulled = new AtomicInteger();
        Background<Void> caller = Background.run(() -> {
            try (Results<Integer> results = Order.INPUTS.map(kind, naturals(pulled), 4,
                    input -> input == 0 ? bodies.stubborn(0).call() : input)) {
                assertEquals(0, results.iterator().next());
            }
        });
        bodies.untilBegun(1);
        caller.untilBlocked();
        assertEquals(4, pulled.get());
        bodies.release();
        caller.join();
    }

    // failures

    @ParameterizedTest
    @MethodSource("ordersOnConcurrentKinds")
    void t6_aFailureBehindTheHeadIsSeenAtOnce(Order order, Kind kind) {
        List<Callable<Object>> some = List.of(bodies.hanging(), bodies.hanging(), bodies.failing(3, failure));
        Results<Object> results = order.call(kind, some, 3);
        CompletionException thrown = assertThrows(CompletionException.class, () -> Bodies.drained(results));
        assertSame(failure, thrown.getCause());
        assertEquals(2, bodies.interrupted());
        assertEquals(3, bodies.ended());
        assertFalse(results.iterator().hasNext());
        assertThrows(NoSuchElementException.class, results.iterator()::next);
    }

    @ParameterizedTest
    @MethodSource("ordersOnConcurrentKinds")
    void t6_theFailuresOfOthersAreSuppressed(Order order, Kind kind) {
        List<Callable<Object>> some = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            some.add(bodies.failingCleanUp(new Exception("clean-up")));
        }
        some.add(bodies.failing(41, failure));
        CompletionException thrown =
                assertThrows(CompletionException.class, () -> Bodies.drained(order.call(kind, some, 50)));
        assertSame(failure, thrown.getCause());
        assertEquals(17, thrown.getSuppressed().length);
        assertEquals("and 24 more failures", thrown.getSuppressed()[16].getMessage());
    }

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_noInputIsPulledAfterAFailure(Order order, Kind kind) {
        AtomicInteger pulled = new AtomicInteger();
        CompletionException thrown = assertThrows(CompletionException.class,
                () -> Bodies.drained(order.map(kind, naturals(pulled), 2, input -> {
                    throw failure;
                })));
        assertSame(failure, thrown.getCause());
        assertTrue(pulled.get() <= 2);
    }

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_failuresAtOnceAreOneFailure(Order order, Kind kind) {
        for (int i = 0; i < 300; i++) {
            assertSame(failure, assertThrows(CompletionException.class,
                    () -> Bodies.drained(order.map(kind, List.of(1, 2, 3), 2, input -> {
                        throw failure;
                    }))).getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("ordersOnAllKinds")
    void t6_aTaskThatCancelsItselfEndsTheIteration(Order order, Kind kind) {
        assertThrows(TaskCancelledException.class, () -> Bodies.drained(order.map(kind, List.of(1), 2, input -> {
            throw new CancellationException("on purpose");
        })));
    }

    @ParameterizedTest
    @MethodSource("ordersOnConcurrentKinds")
    void t6_aFailureDoesNotDisturbTheCallersOwnCode(Order order, Kind kind) throws Exception {
        List<Callable<Integer>> some = List.of(() -> 1, bodies.failing(3, failure), bodies.hanging());
        try (Results<Integer> results = order.call(kind, some, 3)) {
            Iterator<Integer> iterator = results.iterator();
            assertEquals(1, iterator.next());
            bodies.untilBegun(2);
            assertEquals(0, bodies.ended());
            bodies.returning(1, 1).call();   // the third to begin, and the first to end
            Poll.until("all have ended", () -> bodies.ended() == 3);
            assertFalse(Thread.currentThread().isInterrupted());
            assertSame(failure, assertThrows(CompletionException.class, iterator::next).getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("ordersOnConcurrentKinds")
    void t6_aFailureIsSeenWhileTheCallerWaitsForAPlace(Order order, Kind kind) {
        List<Callable<Object>> some = List.of(bodies.hanging(), bodies.failing(2, failure), bodies.hanging());
        Supervisor.Builder two = kind.builder().maxTasks(2, Overflow.BLOCK);
        CompletionException thrown =
                assertThrows(CompletionException.class, () -> Bodies.drained(order.map(two, some, 3, Callable::call)));
        assertSame(failure, thrown.getCause());
        assertEquals(List.of(), List.of(thrown.getSuppressed()));
        assertEquals(2, bodies.begun());
    }

    @ParameterizedTest
    @EnumSource
    void t6_whatASpawnThrowsIsThrown(Order order) {
        RuntimeException unchecked = new IllegalStateException("on purpose");
        Supervisor.Builder builder = Supervisor.builder().decorator(task -> {
            if (bodies.begun() == 1) {
                throw unchecked;
            }
            return task;
        });
        List<Callable<Object>> some = List.of(bodies.hanging(), bodies.hanging());
        Iterable<Callable<Object>> slow = () -> some.stream().peek(body -> {
            if (body == some.get(1)) {
                bodies.untilBegun(1);
            }
        }).iterator();
        assertSame(unchecked, assertThrows(IllegalStateException.class,
                () -> Bodies.drained(order.map(builder, slow, 3, Callable::call))));
        assertEquals(1, bodies.ended());
    }
}
