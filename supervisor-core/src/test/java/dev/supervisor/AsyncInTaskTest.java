package dev.supervisor;

import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.Refusals.assertSays;
import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which task a thread is inside of that completes the stage of an async task: S7. */
class AsyncInTaskTest {

    private static final Duration LONG = Duration.ofHours(1);

    private static final AssertionError NOT_CALLED = new AssertionError("not called");

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().name("north").unowned().open();
    }

    // a stage that another task completes

    /** The interrupt of the task around is for that: the callback starts without it, and the body has it again. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s7_aTaskMayCompleteTheStageOfAnother(Kind kind) {
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        AtomicReference<Thread> body = new AtomicReference<>();
        AtomicReference<Thread> callback = new AtomicReference<>();
        AtomicBoolean clear = new AtomicBoolean();
        AtomicBoolean kept = new AtomicBoolean();
        AtomicReference<Throwable> waits = new AtomicReference<>(NOT_CALLED);
        Supervisor supervisor = unowned(kind);
        Task<Integer> async = supervisor.spawnAsync(() -> stage);
        async.onDone(done -> {
            callback.set(Thread.currentThread());
            clear.set(!Thread.currentThread().isInterrupted());
            waits.set(thrownBy(supervisor::join));
        });
        Task<?> other = ShortWait.begin(kind, supervisor, () -> {
            body.set(Thread.currentThread());
            ShortWait.untilInterrupted();
            stage.complete(1);
            assertEquals(Status.SUCCEEDED, async.status());
            kept.set(Thread.interrupted());
        });
        assertTrue(other.cancel());
        Poll.until("done", other::isDone);
        assertEquals(Status.SUCCEEDED, other.status(), () -> "" + other.failure());
        assertEquals(1, async.resultNow());
        assertSame(body.get(), callback.get());
        assertTrue(clear.get());
        assertTrue(kept.get());
        assertInstanceOf(IllegalStateException.class, waits.get(), "it would wait for itself (C8)");
        Background.run(supervisor::join).join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s7_aFatalErrorOfAStageInterruptsTheTaskThatHasCompletedIt(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        Supervisor supervisor = unowned(kind);
        Task<Integer> async = supervisor.spawnAsync(() -> stage);
        Task<?> other = ShortWait.begin(kind, supervisor, () -> {
            stage.completeExceptionally(fatal);
            interrupted.set(Thread.interrupted());
        });
        assertSame(fatal, Background.run(supervisor::join).thrown());
        assertSame(fatal, async.failure());
        assertEquals(Status.SUCCEEDED, other.status());
        assertTrue(interrupted.get());
    }

    // what may spawn while the supervisor drains

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#all")
    void s7_aContinuationSpawnsNothingWhileTheSupervisorDrains(Caller caller) {
        CompletableFuture<Integer> source = new CompletableFuture<>();
        AtomicReference<Throwable> wrong = new AtomicReference<>(NOT_CALLED);
        Supervisor supervisor = unowned(Kind.POOLED);
        Task<Integer> async = supervisor.spawnAsync(() -> source.thenApply(result -> {
            wrong.set(thrownBy(() -> {
                assertRefuses("is draining", supervisor);
                assertSays("is draining", thrownBy(() -> supervisor.spawnAsync(CompletableFuture::new)));
            }));
            return result;
        }));
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        Background.run(caller::unstarted, () -> source.complete(1)).join();
        assertNull(wrong.get(), () -> "" + wrong.get());
        assertTrue(drainer.join());
        assertEquals(1, async.resultNow());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Caller#ofAllKinds")
    void s7_aCallbackMaySpawnWhileTheSupervisorDrains(Kind kind, Caller caller) {
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        AtomicReference<Task<Integer>> followUp = new AtomicReference<>();
        AtomicReference<Task<Integer>> asyncFollowUp = new AtomicReference<>();
        Supervisor supervisor = unowned(kind);
        supervisor.spawnAsync(() -> stage).onDone(done -> {
            followUp.set(supervisor.spawn(() -> 1));
            asyncFollowUp.set(supervisor.spawnAsync(() -> CompletableFuture.completedFuture(2)));
        });
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        Background.run(caller::unstarted, () -> stage.complete(0)).join();
        assertTrue(drainer.join());
        assertEquals(1, followUp.get().resultNow());
        assertEquals(2, asyncFollowUp.get().resultNow());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s7_aContinuationThatRunsInALiveTaskIsInsideOfThat(Kind kind) {
        CompletableFuture<Integer> source = new CompletableFuture<>();
        AtomicReference<Task<Integer>> followUp = new AtomicReference<>();
        Supervisor supervisor = unowned(kind);
        Task<Integer> async = supervisor.spawnAsync(() -> source.thenApply(result -> {
            followUp.set(supervisor.spawn(() -> result + 1));
            return result;
        }));
        ShortWait.begin(kind, supervisor, () -> {
            Draining.untilBegun(supervisor);
            source.complete(1);
        });
        assertTrue(supervisor.drain(LONG));
        assertEquals(1, async.resultNow());
        assertEquals(2, followUp.get().resultNow());
    }
}
