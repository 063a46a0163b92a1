package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.Task.Status;
import dev.supervisor.Tasks;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.FailedException;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.StructuredTaskScope.TimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@code docs/migrating.md} says of {@code StructuredTaskScope}, and of what newer JDKs have besides. */
class MigratingScopesTest {

    private static final Duration SHORT = Duration.ofMillis(50);
    private static final ScopedValue<String> USER = ScopedValue.newInstance();

    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicInteger interrupted = new AtomicInteger();
    private final IOException failure = new IOException("on purpose");

    @AfterEach
    void end() {
        release.countDown();
        assertFalse(Thread.interrupted());
    }

    private String await() throws InterruptedException {
        begun.countDown();
        try {
            release.await();
            return "released";
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
    }

    /** Fails when the other body has begun. */
    private String failOnceBegun() throws Exception {
        begun.await();
        throw failure;
    }

    @Test
    void bothMakeAPage() throws Exception {
        assertEquals("ann: 3", MigratingScopeExamples.pageInScope(() -> "ann", () -> "3"));
        assertEquals("ann: 3", MigratingScopeExamples.pageUnderSupervisor(() -> "ann", () -> "3"));
    }

    @Test
    void aFailureCancelsTheOtherInAScopeAndInTasksAll() {
        FailedException failed = assertThrows(FailedException.class,
            () -> MigratingScopeExamples.pageInScope(this::await, this::failOnceBegun));
        assertSame(failure, failed.getCause());
        assertEquals(1, interrupted.get());
        ExecutionException all = assertThrows(ExecutionException.class,
            () -> Tasks.all(List.<Callable<String>>of(this::await, this::failOnceBegun)));
        assertSame(failure, all.getCause());
    }

    @Test
    void aFailureLeavesTheOtherAloneUnderASupervisorAndJoinDoesNotThrowIt() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            Task<String> other = supervisor.spawn(this::await);
            Task<String> failing = supervisor.spawn(this::failOnceBegun);
            failing.onDone(task -> release.countDown());
            supervisor.join();
            assertEquals("released", other.get());
            assertEquals(Status.FAILED, failing.status());
        }
        assertEquals(0, interrupted.get());
        assertThrows(ExecutionException.class, () -> MigratingScopeExamples.pageUnderSupervisor(
            () -> "ann", this::failOnceBegun));
    }

    @Test
    void aForgottenJoinThrowsThereAndCancelsHere() {
        StructuredTaskScope<String, Void> scope = StructuredTaskScope.open();
        scope.fork(this::await);
        assertThrows(IllegalStateException.class, scope::close);
        Supervisor supervisor = Supervisor.open();
        Task<String> task = supervisor.spawn(this::await);
        supervisor.close();
        assertEquals(Status.CANCELLED, task.status());
    }

    @Test
    void onlyTheOwnerForksAndAnyThreadSpawns() throws Exception {
        try (StructuredTaskScope<Object, Void> scope = StructuredTaskScope.open(Joiner.awaitAll())) {
            Subtask<Object> outer = scope.fork(() -> scope.fork(() -> "inner"));
            scope.join();
            assertInstanceOf(WrongThreadException.class, outer.exception());
        }
        try (Supervisor supervisor = Supervisor.open()) {
            Task<String> outer = supervisor.spawn(() -> supervisor.spawn(() -> "inner").get());
            supervisor.join();
            assertEquals("inner", outer.get());
        }
    }

    @Test
    void aResultIsThereAfterTheJoinThereAndIsWaitedForHere() throws Exception {
        try (StructuredTaskScope<String, Void> scope = StructuredTaskScope.open();
                Supervisor supervisor = Supervisor.open()) {
            Subtask<String> subtask = scope.fork(() -> "there");
            assertThrows(IllegalStateException.class, subtask::get);
            scope.join();
            assertEquals("there", subtask.get());
            assertEquals("here", supervisor.spawn(() -> "here").get());
        }
    }

    @Test
    void scopedValuesAreInheritedThereAndNotHere() throws Exception {
        ScopedValue.where(USER, "ann").call(() -> {
            try (StructuredTaskScope<String, Void> scope = StructuredTaskScope.open()) {
                Subtask<String> subtask = scope.fork(() -> USER.orElse("nobody"));
                scope.join();
                assertEquals("ann", subtask.get());
            }
            assertEquals(List.of("nobody"), Tasks.all(List.of(() -> USER.orElse("nobody"))));
            return null;
        });
    }

    @Test
    void timeLimits() {
        assertThrows(TimeoutException.class, () -> {
            try (StructuredTaskScope<String, Void> scope = StructuredTaskScope.open(
                    Joiner.awaitAllSuccessfulOrThrow(), options -> options.withTimeout(SHORT))) {
                scope.fork(this::await);
                scope.join();
            }
        });
        assertThrows(DeadlineExceededException.class,
            () -> Tasks.all(Supervisor.builder().deadline(SHORT), List.<Callable<String>>of(this::await)));
    }

    @Test
    void joiners() throws Exception {
        try (var scope = StructuredTaskScope.open(Joiner.<String>anySuccessfulResultOrThrow())) {
            scope.fork(this::failOnceBegun);
            scope.fork(() -> "first");
            scope.fork(this::await);
            assertEquals("first", scope.join());
        }
        assertEquals("first", Tasks.firstSuccessful(
            List.<Callable<String>>of(this::failOnceBegun, () -> "first", this::await)));
        begun.countDown();
        try (StructuredTaskScope<String, Void> scope = StructuredTaskScope.open(Joiner.awaitAll())) {
            Subtask<String> failed = scope.fork(this::failOnceBegun);
            scope.join();
            assertEquals(Subtask.State.FAILED, failed.state());
        }
        assertEquals(Status.FAILED,
            Tasks.allSettled(List.<Callable<String>>of(this::failOnceBegun)).get(0).status());
    }

    @Test
    void closeOfAnExecutorWaitsForTasks() throws Exception {
        Future<String> task;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            task = executor.submit(this::await);
            begun.await(60, TimeUnit.SECONDS);
            release.countDown();
        }
        assertEquals("released", task.get());
        assertEquals(0, interrupted.get());
    }

    @Test
    void aViewIsClosedAsAnExecutorIs() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().open();
        Future<String> task;
        try (ExecutorService view = supervisor.asExecutorService()) {
            task = view.submit(this::await);
            begun.await(60, TimeUnit.SECONDS);
            release.countDown();
        }
        assertEquals("released", task.get());
        assertEquals(Supervisor.State.FINISHED, supervisor.state());
    }
}
