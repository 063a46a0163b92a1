package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import dev.supervisor.TasksMapTest.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes while the inputs make the caller wait: T6. */
@Timeout(120)
class TasksPullTest {

    /** What inputs do when they are interrupted as they wait. */
    enum Inputs {
        THROW, SET_STATUS_AND_THROW, SET_STATUS_AND_END, END;

        /** Some, and then a wait. */
        <T> Iterable<T> waitingAfter(List<T> first, CountDownLatch waiting) {
            return () -> new Iterator<>() {

                private final Iterator<T> present = first.iterator();

                @Override
                public boolean hasNext() {
                    if (present.hasNext()) {
                        return true;
                    }
                    waiting.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        if (Inputs.this == SET_STATUS_AND_THROW || Inputs.this == SET_STATUS_AND_END) {
                            Thread.currentThread().interrupt();
                        }
                        if (Inputs.this == THROW || Inputs.this == SET_STATUS_AND_THROW) {
                            throw new IllegalStateException("interrupted");
                        }
                    }
                    return false;
                }

                @Override
                public T next() {
                    return present.next();
                }
            };
        }

        boolean throwing() {
            return this == THROW || this == SET_STATUS_AND_THROW;
        }

        boolean setsStatus() {
            return this == SET_STATUS_AND_THROW || this == SET_STATUS_AND_END;
        }
    }

    @RegisterExtension
    final Bodies bodies = new Bodies();
    private final Exception failure = new Exception("on purpose");
    private final CountDownLatch waiting = new CountDownLatch(1);

    static Stream<Arguments> inputsOnConcurrentKinds() {
        return Stream.of(Inputs.values())
                .flatMap(inputs -> Kind.concurrent().stream().map(kind -> Arguments.of(inputs, kind)));
    }

    static Stream<Arguments> inputsOnConcurrentKindsInBothOrders() {
        return inputsOnConcurrentKinds().flatMap(arguments -> Stream.of(Order.values())
                .map(order -> Arguments.of(arguments.get()[0], arguments.get()[1], order)));
    }

    private static void drain(Results<?> results) {
        try (results) {
            results.forEach(result -> { });
        }
    }

    /** Fails as soon as the caller waits for an input. */
    private Callable<Object> failingLate(Throwable thrown) {
        return () -> {
            Poll.await(waiting);
            return bodies.failing(1, thrown).call();
        };
    }

    // failures

    @ParameterizedTest
    @MethodSource("inputsOnConcurrentKindsInBothOrders")
    void t6_aFailureInterruptsTheWaitForAnInput(Inputs inputs, Kind kind, Order order) {
        Iterable<Callable<Object>> some =
                inputs.waitingAfter(List.of(bodies.hanging(), failingLate(failure)), waiting);
        Background<Void> caller = Background.run(() -> drain(order.call(kind, some, 5)));
        CompletionException thrown = assertInstanceOf(CompletionException.class, caller.thrown());
        assertSame(failure, thrown.getCause());
        assertEquals(inputs.throwing() ? 1 : 0, thrown.getSuppressed().length);
        assertFalse(caller.leftInterrupted(), "the interrupt was for the inputs");
        assertEquals(bodies.begun(), bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t6_inputsThatIgnoreItDelayTheFailure(Kind kind) {
        CountDownLatch next = new CountDownLatch(1);
        Iterable<Callable<Object>> deaf = () -> Stream.iterate(0, i -> i + 1).map(i -> {
            if (i == 2) {
                bodies.untilBegun(1);
                waiting.countDown();
                Poll.await(next);   // restores the status
            }
            return i == 1 ? failingLate(failure) : bodies.hanging();
        }).iterator();
        Background<Void> caller = Background.run(() -> drain(Order.INPUTS.call(kind, deaf, 5)));
        bodies.untilInterrupted(1);
        next.countDown();
        assertSame(failure, caller.thrown().getCause());
        assertFalse(caller.leftInterrupted());
        assertEquals(2, bodies.begun());
    }

    @ParameterizedTest
    @EnumSource
    void t6_inputsMayBeAnotherIteration(Order order) {
        for (Kind kind : Kind.concurrent()) {
            Background<Void> caller = Background.run(() -> {
                try (Results<Callable<Object>> first = order.map(kind, List.of(1, 2), 2, input -> {
                    if (input == 1) {
                        return failingLate(failure);
                    }
                    waiting.countDown();
                    return bodies.<Callable<Object>>hanging().call();
                })) {
                    drain(order.call(kind, first, 2));
                }
            });
            assertSame(failure, caller.thrown().getCause());
            assertEquals(bodies.begun(), bodies.ended());
            assertFalse(caller.leftInterrupted(), kind::toString);
        }
    }

    /** The other iteration is opened in a pull of this one, and so outlives the block of that pull. */
    @ParameterizedTest
    @EnumSource
    void t6_inputsMayOpenAnotherIteration(Order order) {
        for (Kind kind : Kind.concurrent()) {
            List<Results<?>> opened = new ArrayList<>();
            List<Object> results = new ArrayList<>();
            Background<Void> caller = Background.run(() -> {
                try (Results<Integer> last = order.map(kind, () -> {
                    Results<Integer> first = order.map(kind, List.of(1, 2, 3, 4), 2, i -> i * 10);
                    opened.add(first);
                    return first.iterator();
                }, 2, i -> {
                    if (i == 40) {
                        throw failure;
                    }
                    return i + 1;
                })) {
                    last.forEach(results::add);
                } finally {
                    opened.get(0).close();
                }
            });
            assertSame(failure, caller.thrown().getCause());
            assertFalse(caller.leftInterrupted());
            assertTrue(results.size() <= 3, results::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void t6_aCancellationAroundIsNotTakenForThatInterrupt(Kind kind) throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        Iterable<Callable<Object>> deaf = () -> Stream.iterate(0, i -> i + 1).<Callable<Object>>map(i -> {
            if (i == 1) {
                waiting.countDown();
                ShortWait.untilInterrupted();
                assertTrue(Thread.interrupted());
                interrupted.countDown();
                ShortWait.untilInterrupted();
                assertTrue(Thread.interrupted());
            }
            return failingLate(failure);
        }).iterator();
        try (Supervisor outer = kind.open()) {
            Task<Boolean> task = outer.spawn(() -> {
                assertThrows(CompletionException.class, () -> drain(Order.INPUTS.call(kind, deaf, 5)));
                return Thread.interrupted();
            });
            Poll.await(interrupted);
            task.cancel();
            outer.join();
            assertTrue(task.get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void t6_aFailureAsTheWaitBeginsIsNotMissed(Order order) {
        for (int round = 0; round < 2_000; round++) {
            Iterable<Callable<Object>> some = Inputs.THROW.waitingAfter(List.of(() -> {
                TwoThreadRace.jitter();
                throw failure;
            }), waiting);
            assertSame(failure, assertThrows(CompletionException.class,
                    () -> drain(order.call(Kind.POOLED, some, 2))).getCause());
        }
    }

    /** A decision that was made after the caller has looked, and before it waits. */
    @Test
    void t6_noInputIsAskedForOnceItIsDecided() throws Exception {
        Decision<Object> decision = new Decision<>(task -> true);
        try (Supervisor supervisor = Supervisor.open()) {
            assertTrue(decision.make(supervisor.<Object>spawn(() -> 1)));
            supervisor.join();
        }
        Iterable<Object> never = () -> {
            throw new AssertionError("asked for an input");
        };
        assertNull(new dev.supervisor.Inputs<Object, Object>(never, input -> input, decision).next());
    }

    @ParameterizedTest
    @EnumSource
    void t6_aFailureAsAnInputComesInterruptsNothingElse(Order order) throws Exception {
        for (int round = 0; round < 2_000; round++) {
            CountDownLatch begun = new CountDownLatch(1);
            Iterable<Callable<Object>> some = () -> Stream.<Callable<Object>>of(() -> {
                begun.countDown();
                TwoThreadRace.jitter();
                throw failure;
            }, () -> null).peek(body -> {
                if (begun.getCount() == 0) {
                    TwoThreadRace.jitter();
                }
            }).iterator();
            Results<Object> results = order.call(Kind.POOLED, some, 2);
            assertSame(failure, assertThrows(CompletionException.class, () -> drain(results)).getCause());
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    // what the inputs throw

    @ParameterizedTest
    @EnumSource
    void t6_whatTheInputsThrowIsThrownWhenAllHaveEnded(Order order) {
        IOException checked = new IOException("on purpose");
        Iterable<Callable<Object>> some = () -> Stream.iterate(0, i -> i + 1).map(i -> {
            if (i == 2) {
                bodies.untilBegun(2);
                throw Sneaky.<RuntimeException>sneakyThrow(checked);
            }
            return bodies.hanging();
        }).iterator();
        assertSame(checked, assertThrows(IOException.class, () -> drain(order.call(Kind.POOLED, some, 5))));
        assertEquals(2, bodies.interrupted());
        assertEquals(2, bodies.ended());
        Iterable<Integer> none = () -> {
            throw new IllegalStateException("on purpose");
        };
        assertThrows(IllegalStateException.class, () -> drain(order.map(Kind.POOLED, none, 5, i -> i)));
    }

    // interrupts

    @ParameterizedTest
    @MethodSource("inputsOnConcurrentKinds")
    void t6_anInterruptOfTheWaitForAnInputEndsTheIteration(Inputs inputs, Kind kind) {
        Iterable<Callable<Object>> some = inputs.waitingAfter(List.of(bodies.hanging(), bodies.hanging()), waiting);
        Background<Void> caller = Background.run(() -> drain(Order.INPUTS.call(kind, some, 5)));
        Poll.await(waiting);
        bodies.untilBegun(2);
        caller.untilBlocked();
        caller.interrupt();
        if (inputs == Inputs.END) {   // which hides it from everybody
            bodies.release();
            caller.join();
            return;
        }
        Throwable thrown = caller.thrown();
        if (inputs.throwing()) {
            assertInstanceOf(IllegalStateException.class, thrown);
        } else {
            assertInstanceOf(InterruptedException.class, thrown.getCause());
        }
        assertEquals(inputs.setsStatus(), caller.leftInterrupted());
        assertEquals(2, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("inputsOnConcurrentKinds")
    void t6_aFatalErrorInterruptsTheWaitForAnInput(Inputs inputs, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Iterable<Callable<Object>> some = inputs.waitingAfter(List.of(bodies.hanging(), failingLate(fatal)), waiting);
        Background<Void> caller = Background.run(() -> drain(Order.INPUTS.call(kind, some, 5)));
        assertSame(fatal, caller.thrown().getCause());
        assertFalse(caller.leftInterrupted());
        assertEquals(bodies.begun(), bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("inputsOnConcurrentKinds")
    void t6_aDeadlineInterruptsTheWaitForAnInput(Inputs inputs, Kind kind) {
        Supervisor.Builder builder = kind.builder().deadline(Duration.ofMillis(30));
        Iterable<Callable<Object>> some = inputs.waitingAfter(List.of(bodies.hanging()), waiting);
        Background<Void> caller = Background.run(() -> drain(Order.INPUTS.map(builder, some, 5, Callable::call)));
        assertInstanceOf(DeadlineExceededException.class, caller.thrown());
        assertFalse(caller.leftInterrupted());
        assertEquals(bodies.begun(), bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("inputsOnConcurrentKinds")
    void t6_aTaskThatWaitsForAnInputIsCancelledAsEver(Inputs inputs, Kind kind) throws Exception {
        List<Status> statuses = new ArrayList<>();
        try (Supervisor outer = kind.open()) {
            Iterable<Callable<Object>> some = inputs.waitingAfter(List.of(bodies.hanging()), waiting);
            Task<Void> task = outer.spawn(() -> drain(Order.INPUTS.call(kind, some, 5)));
            Poll.await(waiting);
            bodies.untilBegun(1);
            task.cancel();
            if (inputs == Inputs.END) {
                bodies.release();
            }
            outer.join();
            statuses.add(task.status());
        }
        assertTrue(bodies.begun() == bodies.ended());
        assertEquals(List.of(inputs == Inputs.END ? Status.SUCCEEDED : inputs.throwing() ? Status.FAILED
                : Status.CANCELLED), statuses);
    }
}
