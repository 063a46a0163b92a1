package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import dev.supervisor.TaskDecorator;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;

/** Where a decorator reaches, and where it does not: the table at the end of {@code docs/context.md}. */
class ContextReachTest extends ContextFixture {

    /** Holds up the one thread of the foreign pool, or a body. */
    private final CountDownLatch release = new CountDownLatch(1);

    @Override
    TaskDecorator recipe() {
        return ContextExamples::carryMdc;
    }

    @Override
    <T> T with(String value, Callable<T> block) throws Exception {
        return ContextMdcTest.withEntry(value, block);
    }

    @Override
    String value() {
        return ContextMdcTest.entry();
    }

    @AfterEach
    void release() {
        release.countDown();
    }

    /** Whatever interrupts there are. */
    private void awaitRelease() {
        Poll.until("released", () -> release.getCount() == 0);
    }

    /** The spawner has no value any more when it spawns: it may still be there when the time is over. */
    private Supervisor.Builder forgetful(Kind kind) {
        return builder(kind).decorator(task -> {
            Runnable carried = ContextExamples.carryMdc(task);
            MDC.clear();
            return carried;
        });
    }

    private Supervisor openBusy(Supervisor.Builder builder) {
        pool.execute(this::awaitRelease);
        return open(builder);
    }

    @ParameterizedTest
    @EnumSource
    void aLateCallbackHasTheContextOfTheThreadThatRegistersIt(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        Task<?> task = with("one", () -> supervisor.spawn(() -> look("body")));
        assertTrue(supervisor.drain(AGES));
        task.onDone(done -> look("late callback"));
        with("two", () -> task.onDone(done -> look("late callback")));
        with("two", () -> task.toCompletableFuture().thenRun(() -> look("late dependent")));
        assertSeen(supervisor, "body: one", "late callback: null", "late callback: two", "late dependent: two");
    }

    @Test
    void theCallbackOfATaskThatWasCancelledBeforeItsStartHasThatOfTheCanceller() throws Exception {
        Supervisor supervisor = openBusy(builder(Kind.FOREIGN));
        Task<?> task = with("one", () -> supervisor.spawn(() -> look("body")));
        task.onDone(done -> look("callback"));
        with("the canceller's", task::cancel);
        release.countDown();
        assertSeen(supervisor, "callback: the canceller's");
    }

    @Test
    void andOfOneThatAnAbortHasDroppedThatOfTheThreadThatAborts() throws Exception {
        Supervisor supervisor = openBusy(builder(Kind.FOREIGN));
        with("one", () -> supervisor.spawn(() -> look("body"))).onDone(done -> look("callback"));
        with("the aborter's", () -> {
            supervisor.abort();
            return null;
        });
        release.countDown();
        Poll.until("finished", () -> supervisor.state() == State.FINISHED);
        assertSeen("callback: the aborter's");
    }

    @Test
    void theReportOfATaskThatWasTooLateToStartHasNone() throws Exception {
        Supervisor supervisor = openBusy(forgetful(Kind.FOREIGN).onFailure((task, failure) -> look("handler")));
        with("one", () -> supervisor.spec("late").timeout(Duration.ofMillis(1))
            .onDone(done -> look("callback"))
            .spawn(() -> look("body")));
        Poll.until("reported", () -> supervisor.liveCount() == 0);
        release.countDown();
        assertSeen(supervisor, "callback: null", "handler: null");
    }

    @ParameterizedTest
    @EnumSource(names = "CALLER_RUNS", mode = EnumSource.Mode.EXCLUDE)
    void aCancelHookHasTheContextOfTheCancellerAndADrainHookHasNone(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        CountDownLatch draining = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        Task<?> task = with("one", () -> supervisor.spec("task")
            .onDrain(() -> {
                look("drain hook");
                draining.countDown();
            })
            .onCancel(() -> {
                look("cancel hook");
                release.countDown();
            })
            .spawn(() -> {
                started.countDown();
                awaitRelease();                     // the task does not end before the canceller has called the hook
            }));
        started.await();
        CompletableFuture<Boolean> drained = new CompletableFuture<>();
        Threads.run(() -> {
            try {
                drained.complete(with("the drain's", () -> supervisor.drain(AGES)));
            } catch (Throwable thrown) {
                drained.completeExceptionally(thrown);
            }
        });
        draining.await();
        with("the canceller's", task::cancel);
        assertTrue(drained.get());
        assertSeen(supervisor, "drain hook: null", "cancel hook: the canceller's");
    }

    @ParameterizedTest
    @EnumSource(names = "CALLER_RUNS", mode = EnumSource.Mode.EXCLUDE)
    void theCancelHookOfATaskWhoseTimeIsOverHasNone(Kind kind) throws Exception {
        Supervisor supervisor = open(forgetful(kind).onFailure(FailureHandler.ignore()));
        with("one", () -> supervisor.spec("task").timeout(Duration.ofMillis(1))
            .onCancel(() -> {
                look("cancel hook");
                release.countDown();
            })
            .spawn(this::awaitRelease));            // if it runs, it ends when the hook has been called
        assertSeen(supervisor, "cancel hook: null");
    }

    @ParameterizedTest
    @EnumSource
    void ofAnAsyncTaskTheStartAloneIsInside(Kind kind) throws Exception {
        Supervisor supervisor = open(builder(kind).onFailure((task, failure) -> look("handler")));
        CompletableFuture<String> stage = new CompletableFuture<>();
        with("one", () -> supervisor.spawnAsync(() -> {
            look("start");
            return stage;
        }).onDone(task -> look("callback")));
        with("the client's", () -> stage.completeExceptionally(new IOException("this is meant")));
        assertSeen(supervisor, "start: one", "callback: the client's", "handler: the client's");
    }

    @Test
    void aSecondSupervisorHasNotTheDecoratorOfTheFirst() throws Exception {
        Supervisor server = open(Kind.DEFAULT);
        Supervisor child = open(Supervisor.builder().unowned().parent(server));
        assertNull(with("one", () -> child.spawn(this::value)).get());
        Task<String> nested = with("one", () -> server.spawn(() ->
            Supervisor.call(inner -> inner.spawn(this::value).get())));
        assertNull(nested.get());
    }

    /** A view of the supervisor as an executor spawns on the thread that calls it, and so does each async stage. */
    @Test
    void aStageHasTheContextOfTheThreadThatCompletesTheOneBefore() throws Exception {
        Supervisor supervisor = open(Kind.DEFAULT);
        ExecutorService view = supervisor.asExecutorService();
        CompletableFuture<String> ofTask = with("one", () ->
            CompletableFuture.supplyAsync(() -> {
                awaitRelease();
                return value();
            }, view).thenApplyAsync(first -> first + ", " + value(), view));
        release.countDown();
        assertEquals("one, one", ofTask.get());
        CompletableFuture<String> answer = new CompletableFuture<>();
        CompletableFuture<String> ofStranger =
            with("one", () -> answer.thenApplyAsync(first -> first + ", " + value(), view));
        answer.complete("an answer");
        assertEquals("an answer, null", ofStranger.get());
    }
}
