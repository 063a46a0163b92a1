package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.FailureHandler;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.RecordedLog;
import dev.supervisor.Supervisor;
import dev.supervisor.Task.Status;
import dev.supervisor.Task;
import dev.supervisor.UncaughtReports;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code close} says in the log when it had to cancel, and when it says nothing: C4. */
class CloseLogTest {

    private final RecordedLog log = new RecordedLog();

    @AfterEach
    void noStrayInterrupt() {
        log.close();
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private List<String> said() {
        return log.messages("close()");
    }

    private static Supervisor.Builder queued() {
        return Supervisor.builder().name("queued").executor(new LateExecutor());
    }

    // ---- It says so

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c4_closeSaysWhatItCancelsAndWhatToDo(Kind kind) {
        try (Supervisor supervisor = kind.builder().name("careless").onFailure(FailureHandler.ignore()).open()) {
            for (int i = 0; i < 3; i++) {
                supervisor.spawn(() -> new CountDownLatch(1).await());
            }
        }
        assertEquals(1, said().size());
        String message = said().get(0);
        assertTrue(message.contains("supervisor careless has cancelled 3 live tasks"), message);
        assertTrue(message.contains("call join() at the end of the block"), message);
        LogRecord record = log.records().stream().filter(r -> r.getMessage().equals(message)).findAny().orElseThrow();
        assertEquals(Level.WARNING, record.getLevel());
        assertTrue(List.of(record.getThrown().getStackTrace()).stream()
                .anyMatch(frame -> frame.getClassName().equals(CloseLogTest.class.getName())), "where that was");
    }

    @Test
    void c4_anUnownedOneSaysSoToo() {
        Supervisor supervisor = queued().unowned().open();
        supervisor.spawn(() -> 1);
        supervisor.seal();
        supervisor.close();
        assertEquals(1, said().size());
        assertTrue(said().get(0).contains("cancelled 1 live task,"), said()::toString);
        supervisor.close();
        assertEquals(1, said().size());
    }

    @Test
    void c4_aBlockThatThrowsIsLeftWithoutJoinToo() {
        IllegalStateException thrown = new IllegalStateException("the block's");
        assertSame(thrown, assertThrows(IllegalStateException.class, () -> {
            try (Supervisor supervisor = queued().open()) {
                supervisor.spawn(() -> 1);
                throw thrown;
            }
        }));
        assertEquals(1, said().size());
    }

    @Test
    void c4_itIsSaidInATaskThatWasInterruptedBeforeTheBlockBegan() throws Exception {
        try (Supervisor outer = Supervisor.builder().executor(Runnable::run).open()) {
            Task<?> task = outer.spawn(() -> {
                outer.tasks().get(0).cancel();
                assertTrue(Thread.interrupted());
                try (Supervisor inner = queued().open()) {
                    inner.spawn(() -> 1);
                }
            });
            assertEquals(Status.SUCCEEDED, task.status());
            outer.join();
        }
        assertEquals(1, said().size());
    }

    @Test
    void c4_whatIsSaidIsLimitedInRate() {
        long begin = System.nanoTime();
        for (int i = 0; i < 10 * LogLimit.BURST; i++) {
            try (Supervisor supervisor = Supervisor.builder().name("often").executor(new LateExecutor()).open()) {
                supervisor.spawn(() -> 1);
            }
        }
        int times = said().size();
        long periods = 2 + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) / LogLimit.PERIOD_MILLIS;
        assertTrue(times >= LogLimit.BURST && times <= periods * LogLimit.BURST, times + " times");
    }

    @Test
    void c4_aLoggerThatBlocksKeepsNoTaskFromBeingTold() {
        log.close();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        try (RecordedLog blocking = new RecordedLog() {
            @Override
            public void publish(LogRecord record) {
                super.publish(record);
                if (record.getMessage().contains("supervisor blocks")) {
                    blocked.countDown();
                    Poll.await(release);
                }
            }
        }) {
            AtomicReference<Task<?>> task = new AtomicReference<>();
            Background<Void> owner = Background.run(() -> {
                try (Supervisor supervisor = Supervisor.builder().name("blocks").open()) {
                    task.set(supervisor.spawn(() -> new CountDownLatch(1).await()));
                }
            });
            Poll.await(blocked);
            Poll.until("cancelled", () -> task.get().isCancelled());
            assertFalse(owner.hasEnded());
            release.countDown();
            owner.join();
            assertEquals(1, blocking.messages("supervisor blocks").size());
        }
    }

    @Test
    void c4_aLoggerThatThrowsEndsNoClose() {
        log.close();
        try (UncaughtReports uncaught = UncaughtReports.collect(); RecordedLog broken = new RecordedLog() {
            @Override
            public void publish(LogRecord record) {
                super.publish(record);
                if (record.getMessage().contains("supervisor unheard")) {
                    throw new IllegalStateException("a broken log");
                }
            }
        }) {
            Supervisor supervisor = Supervisor.builder().name("unheard").executor(new LateExecutor()).open();
            Task<?> task = supervisor.spawn(() -> 1);
            supervisor.close();
            assertTrue(task.isCancelled());
            assertEquals(Supervisor.State.FINISHED, supervisor.state());
            assertEquals(1, broken.messages("supervisor unheard").size());
            assertEquals(1, uncaught.seen().size());
            assertTrue(uncaught.seen().get(0).getMessage().startsWith("The logger of Supervisor[unheard"));
        }
    }

    // ---- It says nothing

    @Test
    void c4_nothingIsSaidWhereNothingIsCancelled() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.name();
        }
        try (Supervisor supervisor = Supervisor.builder().executor(Runnable::run).open()) {
            supervisor.spawn(() -> 1);
        }
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.spawn(() -> 1);
            supervisor.join();
        }
        assertEquals(List.of(), said());
    }

    @Test
    void c4_nothingIsSaidAfterAbortOrShutdown() {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.spawn(() -> new CountDownLatch(1).await());
            supervisor.abort();
        }
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.spawn(() -> new CountDownLatch(1).await());
            supervisor.shutdown();
        }
        Thread me = Thread.currentThread();
        CountDownLatch begun = new CountDownLatch(1);
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.spawn(() -> {
                begun.countDown();
                Poll.untilBlocked(me);   // so it is live when close begins
            });
            Poll.spinUntil("begun", () -> begun.getCount() == 0);
            supervisor.abort();
        }
        assertEquals(List.of(), said());
    }

    @Test
    void c4_nothingIsSaidAfterAJoinThatWasInterrupted() {
        try (Supervisor supervisor = queued().open()) {
            supervisor.spawn(() -> 1);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, supervisor::join);
        }
        assertEquals(List.of(), said());
    }

    @Test
    void c4_nothingIsSaidWhileTheStatusIsSet() {
        for (Supervisor.Builder builder : List.of(queued(), queued().unowned())) {
            try (Supervisor supervisor = builder.open()) {
                supervisor.spawn(() -> 1);
                Thread.currentThread().interrupt();
            }
            assertTrue(Thread.interrupted());
        }
        assertEquals(List.of(), said());
    }

    @Test
    void c4_nothingIsSaidAfterAFatalError() {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = Supervisor.open();
        Task<?> other = supervisor.spawn(() -> new CountDownLatch(1).await());
        supervisor.spawn(() -> {
            throw fatal;
        });
        Poll.until("aborted", other::isCancelled);
        assertSame(fatal, assertThrows(CompletionException.class, supervisor::close).getCause());
        assertEquals(List.of(), said());
        assertFalse(Thread.interrupted());
    }

    /** Runs a block in a task that is cancelled meanwhile. The block consumes the interrupt, and then ends. */
    private void inACancelledTask(Kind kind, Supervisor.Builder inner, Action consumes) throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        try (Supervisor outer = kind.open()) {
            Task<?> task = outer.spawn("outer", () -> {
                try (Supervisor supervisor = inner.open()) {
                    supervisor.spawn(() -> 1);
                    inside.countDown();
                    if (kind == Kind.CALLER_RUNS) {
                        outer.tasks().get(0).cancel();
                    }
                    consumes.run();
                }
            });
            Poll.await(inside);
            task.cancel();
            outer.join();
        }
        assertEquals(List.of(), said(), kind::toString);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c4_nothingIsSaidIfATaskAroundWasInterrupted(Kind kind) throws Exception {
        for (Supervisor.Builder inner : List.of(queued(), queued().unowned())) {
            inACancelledTask(kind, inner, () -> new CountDownLatch(1).await());
            inACancelledTask(kind, inner, () ->
                    assertThrows(InterruptedException.class, () -> new CountDownLatch(1).await()));
            inACancelledTask(kind, inner, () -> {   // by a wait of ours, which settles the block
                Task<?> never = Supervisor.builder().executor(new LateExecutor()).unowned().open().spawn(() -> 1);
                assertThrows(InterruptedException.class, never::get);
            });
        }
    }

    @Test
    void c4_nothingIsSaidIfABlockAroundWasInterrupted() throws Exception {
        Task<?> never = Supervisor.builder().executor(new LateExecutor()).unowned().open().spawn(() -> 1);
        Supervisor outer = Supervisor.open();
        Background<Void> other;
        try (Supervisor inner = queued().open()) {
            inner.spawn(() -> 1);
            other = Background.run(outer::shutdown);
            assertThrows(InterruptedException.class, never::get);
        }
        outer.close();
        other.join();
        assertEquals(List.of(), said());
    }

    @Test
    void c4_nothingIsSaidIfTheBlockFoundAStatusAndHasFeltIt() throws ExecutionException {
        Task<?> never = Supervisor.builder().executor(new LateExecutor()).unowned().open().spawn(() -> 1);
        Thread.currentThread().interrupt();
        try (Supervisor supervisor = queued().open()) {
            supervisor.spawn(() -> 1);
            assertThrows(InterruptedException.class, never::get);
        }
        Thread.interrupted();
        assertEquals(List.of(), said());
    }
}
