package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every call of {@link Tasks}: T1, and so T2-T6. */
@Timeout(120)
class TasksCallTest {

    /** The calls, each with bodies, and to its end. */
    enum Call {
        ALL, ALL_SETTLED, FIRST_SUCCESSFUL, FIRST_COMPLETED, AS_COMPLETED, MAP, MAP_UNORDERED;

        /** All but those that hand tasks over throw failures, so these come as causes. */
        Object of(Supervisor.Builder builder, List<Callable<Object>> bodies) throws Exception {
            return switch (this) {
                case ALL -> Tasks.all(builder, bodies);
                case ALL_SETTLED -> Tasks.allSettled(builder, bodies);
                case FIRST_SUCCESSFUL -> Tasks.firstSuccessful(builder, bodies);
                case FIRST_COMPLETED -> Tasks.firstCompleted(builder, bodies);
                case AS_COMPLETED -> Bodies.drained(Tasks.asCompleted(builder, bodies));
                case MAP -> Bodies.drained(Tasks.map(builder, bodies, 10, Callable::call));
                case MAP_UNORDERED -> Bodies.drained(Tasks.mapUnordered(builder, bodies, 10, Callable::call));
            };
        }

        boolean iterates() {
            return compareTo(AS_COMPLETED) >= 0;
        }

        boolean throwsFailures() {
            return this != ALL_SETTLED && this != AS_COMPLETED;
        }
    }

    @RegisterExtension
    final Bodies bodies = new Bodies();
    private final Exception failure = new Exception("on purpose");

    static Stream<Arguments> callsOnConcurrentKinds() {
        return Stream.of(Call.values())
                .flatMap(call -> Kind.concurrent().stream().map(kind -> Arguments.of(call, kind)));
    }

    private static void assertInterrupted(Call call, Background<?> caller) {
        Throwable thrown = caller.thrown();
        if (call.iterates()) {
            assertInstanceOf(CompletionException.class, thrown);
            thrown = thrown.getCause();
        }
        assertInstanceOf(InterruptedException.class, thrown);
        assertEquals(call.iterates(), caller.leftInterrupted());
    }

    // interrupts

    @ParameterizedTest
    @EnumSource
    void t1_anInterruptBeforeTheCallIsSeen(Call call) {
        Background<Object> caller = Background.call(() -> {
            Thread.currentThread().interrupt();
            return call.of(Supervisor.builder(), List.of(bodies.hanging(), bodies.hanging()));
        });
        assertInterrupted(call, caller);
        assertEquals(bodies.begun(), bodies.ended());
        if (call != Call.AS_COMPLETED) {
            assertEquals(0, bodies.begun());
        }
    }

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_anInterruptOfTheWaitCancelsAllAndIsThrownWhenTheyHaveEnded(Call call, Kind kind) {
        Background<Object> caller =
                Background.call(() -> call.of(kind.builder(), List.of(bodies.hanging(), bodies.stubborn(1))));
        bodies.untilBegun(2);
        caller.untilBlocked();
        caller.interrupt();
        bodies.untilInterrupted(2);
        caller.untilBlocked();
        bodies.release();
        assertInterrupted(call, caller);
        assertEquals(2, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_anInterruptOfAWaitForAPlaceDoesSo(Call call, Kind kind) {
        Supervisor.Builder one = kind.builder().maxTasks(1, Overflow.BLOCK);
        Background<Object> caller =
                Background.call(() -> call.of(one, List.of(bodies.hanging(), bodies.hanging())));
        bodies.untilBegun(1);
        caller.untilBlocked();
        caller.interrupt();
        assertInterrupted(call, caller);
        assertEquals(1, bodies.begun());
        assertEquals(1, bodies.ended());
    }

    /** The body has not begun. So its exit waits for nothing, and meets no status. */
    @ParameterizedTest
    @EnumSource(names = {"ALL", "ALL_SETTLED", "FIRST_SUCCESSFUL", "FIRST_COMPLETED"})
    void t1_anInterruptOfAWaitForAPlaceLeavesNoStatusThoughTheExitNeedNotWait(Call call) {
        Supervisor.Builder one =
                Supervisor.builder().executor(new LateExecutor()).unowned().maxTasks(1, Overflow.BLOCK);
        Background<Void> caller =
                Background.blockedIn(() -> call.of(one, List.of(bodies.hanging(), bodies.hanging())));
        caller.interrupt();
        assertInterrupted(call, caller);
        assertEquals(0, bodies.begun());
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "ALL_SETTLED"})
    void t1_anInterruptAfterAFailureHasItSuppressed(Call call) {
        Background<Object> caller = Background.call(
                () -> call.of(Supervisor.builder(), List.of(bodies.stubborn(1), bodies.failing(2, failure))));
        Poll.until("failed", () -> bodies.ended() == 1);
        caller.untilBlocked();
        caller.interrupt();
        bodies.untilInterrupted(1);
        Poll.until("it was seen", () -> !caller.thread().isInterrupted());
        bodies.release();
        assertInterrupted(call, caller);
        assertSame(failure, caller.thrown().getSuppressed()[0]);
    }

    // fatal errors, and others

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_aFatalErrorIsThrown(Call call, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Background<Object> caller = Background.call(() ->
                call.of(kind.builder(), List.of(bodies.hanging(), bodies.failing(3, fatal), bodies.failingCleanUp(failure))));
        Throwable thrown = caller.thrown();
        assertSame(fatal, call.iterates() ? thrown.getCause() : thrown);
        if (call != Call.AS_COMPLETED) {
            assertEquals(List.of(failure), List.of(thrown.getSuppressed()));
        }
        assertFalse(caller.leftInterrupted());
        assertEquals(3, bodies.ended());
    }

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_aFatalErrorIsThrownToACallerThatWaitsForAPlace(Call call, Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Supervisor.Builder two = kind.builder().maxTasks(2, Overflow.BLOCK);
        Background<Object> caller = Background.call(
                () -> call.of(two, List.of(bodies.hanging(), bodies.failing(2, fatal), bodies.hanging())));
        Throwable thrown = caller.thrown();
        assertSame(fatal, call.iterates() ? thrown.getCause() : thrown);
        assertFalse(caller.leftInterrupted());
        assertEquals(2, bodies.begun());
    }

    @ParameterizedTest
    @EnumSource
    void t1_aFatalErrorInTheCallersOwnThreadIsThrown(Call call) {
        InternalError fatal = new InternalError("on purpose");
        Background<Object> caller = Background.call(() ->
                call.of(Kind.CALLER_RUNS.builder(), List.of(bodies.failing(1, fatal), bodies.returning(1, 1))));
        Throwable thrown = caller.thrown();
        assertSame(fatal, call.iterates() ? thrown.getCause() : thrown);
        assertFalse(caller.leftInterrupted());
        assertEquals(1, bodies.begun());
    }

    @ParameterizedTest
    @EnumSource
    void t1_otherErrorsAreFailures(Call call) throws Exception {
        for (Error error : List.of(new OutOfMemoryError("on purpose"), new StackOverflowError("on purpose"))) {
            List<Callable<Object>> one = List.of(bodies.failing(1, error));
            if (call.throwsFailures()) {
                Exception thrown = assertThrows(Exception.class, () -> call.of(Supervisor.builder(), one));
                assertSame(call.iterates() ? CompletionException.class : ExecutionException.class, thrown.getClass());
                assertSame(error, thrown.getCause());
            } else {
                List<?> tasks = (List<?>) call.of(Supervisor.builder(), one);
                assertSame(error, ((Task<?>) tasks.get(0)).failure());
            }
        }
    }

    // settings

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_aDeadlineCancelsAllAndIsThrown(Call call, Kind kind) {
        Supervisor.Builder builder = kind.builder().deadline(Duration.ofMillis(30));
        Background<Object> caller = Background.call(() -> call.of(builder, List.of(bodies.hanging(), bodies.hanging())));
        assertInstanceOf(DeadlineExceededException.class, caller.thrown());
        assertFalse(caller.leftInterrupted());
        assertEquals(bodies.begun(), bodies.ended());
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "ALL_SETTLED", "AS_COMPLETED", "MAP"})
    void t1_aDeadlineThatPassesBetweenTwoSpawnsIsThrown(Call call) {
        AtomicInteger spawns = new AtomicInteger();
        Supervisor.Builder builder = Kind.POOLED.builder().deadline(Duration.ofSeconds(1)).decorator(task -> {
            if (spawns.incrementAndGet() == 2) {
                bodies.untilInterrupted(1);
            }
            return task;
        });
        Background<Object> caller =
                Background.call(() -> call.of(builder, List.of(bodies.hanging(), bodies.hanging())));
        assertInstanceOf(DeadlineExceededException.class, caller.thrown());
        assertFalse(caller.leftInterrupted());
        assertEquals(1, bodies.begun());
    }

    @ParameterizedTest
    @EnumSource
    void t1_aFailureIsNotLogged(Call call) throws Exception {
        try (RecordedLog log = new RecordedLog()) {
            Supervisor.Builder builder = Supervisor.builder().name("quiet");
            try {
                call.of(builder, List.of(bodies.failing(1, failure), bodies.failing(1, failure)));
            } catch (ExecutionException | CompletionException expected) {
                assertSame(failure, expected.getCause());
            }
            assertEquals(List.of(), log.messages("quiet"));
            builder.run(supervisor -> supervisor.spawn(bodies.failing(1, failure)));
            assertEquals(1, log.toldOf("quiet"), "the builder has not changed");
        }
    }

    @ParameterizedTest
    @EnumSource
    void t1_theBuildersOwnHandlerIsCalled(Call call) throws Exception {
        Queue<Throwable> handled = new ConcurrentLinkedQueue<>();
        Supervisor.Builder builder = Supervisor.builder().onFailure((task, thrown) -> handled.add(thrown));
        try {
            call.of(builder, List.of(bodies.failing(1, failure)));
        } catch (ExecutionException | CompletionException expected) {
            assertSame(failure, expected.getCause());
        }
        assertEquals(List.of(failure), List.copyOf(handled));
    }

    @ParameterizedTest
    @EnumSource
    void t1_otherSettingsHoldToo(Call call) throws Exception {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        Supervisor.Builder builder = Supervisor.builder().name("north")
                .threadFactory(body -> {
                    Thread thread = Kind.daemon(body);
                    threads.add(thread);
                    return thread;
                })
                .decorator(task -> () -> {
                    seen.add("before");
                    task.run();
                    seen.add("after");
                });
        call.of(builder, List.of(() -> seen.add(Thread.currentThread().getName())));
        assertEquals(List.of("before", threads.get(0).getName(), "after"), List.copyOf(seen));
    }

    // inside of other supervisors

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_aCallInATaskIsCancelledWithIt(Call call, Kind kind) throws Exception {
        try (Supervisor outer = kind.open()) {
            Task<Object> task =
                    outer.spawn(() -> call.of(kind.builder(), List.of(bodies.hanging(), bodies.hanging())));
            bodies.untilBegun(2);
            task.cancel();
            outer.join();
            assertEquals(Status.CANCELLED, task.status());
            assertEquals(2, bodies.interrupted());
            assertEquals(2, bodies.ended());
        }
    }

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_aFailedCleanUpMakesTheTaskAroundFail(Call call, Kind kind) throws Exception {
        try (Supervisor outer = kind.open()) {
            Task<Object> task = outer.spawn(() -> call.of(kind.builder(), List.of(bodies.failingCleanUp(failure))));
            bodies.untilBegun(1);
            task.cancel();
            outer.join();
            assertEquals(call == Call.AS_COMPLETED ? Status.CANCELLED : Status.FAILED, task.status());
        }
    }

    @ParameterizedTest
    @MethodSource("callsOnConcurrentKinds")
    void t1_anAbortOfTheParentEndsTheCall(Call call, Kind kind) throws Exception {
        try (Supervisor parent = kind.open()) {
            Background<Object> caller = Background.call(() ->
                    call.of(kind.builder().parent(parent), List.of(bodies.hanging(), bodies.hanging())));
            bodies.untilBegun(2);
            caller.untilBlocked();
            parent.abort();
            if (call.throwsFailures()) {
                assertInstanceOf(TaskCancelledException.class, caller.thrown());
            } else {
                assertEquals(2, ((List<?>) caller.join()).size());
            }
            assertEquals(2, bodies.ended());
        }
    }
}
