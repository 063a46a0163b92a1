package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import dev.supervisor.engine.Peek;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every failed task is reported, once: E5. */
class FailureHandlerTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_everyFailureIsReportedOnceAfterTheCallbacksOnTheTasksThread(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Thread> bodyThread = new AtomicReference<>();
        IllegalStateException failure = new IllegalStateException("on purpose");
        FailureHandler handler = (task, thrown) -> {
            assertSame(failure, thrown);
            assertSame(failure, task.failure());
            assertSame(bodyThread.get(), Thread.currentThread());
            assertTrue(task.isDone());
            events.add("handler " + task.name());
        };
        try (Supervisor supervisor = kind.builder().onFailure(handler).open()) {
            supervisor.spawn("a", () -> {
                bodyThread.set(Thread.currentThread());
                Task<?> self = supervisor.tasks().get(0);
                self.onDone(done -> events.add("first")).onDone(done -> events.add("second"));
                throw failure;
            });
            supervisor.join();
            assertEquals(List.of("first", "second", "handler a"), events);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_aThousandFailuresAreAThousandReports(Kind kind) throws Exception {
        ConcurrentLinkedQueue<Throwable> reported = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reported.add(failure)).open()) {
            for (int i = 0; i < 1_000; i++) {
                supervisor.spawn(() -> {
                    IllegalStateException failure = new IllegalStateException("on purpose");
                    thrown.add(failure);
                    throw failure;
                });
            }
            supervisor.join();
            assertEquals(1_000, reported.size());
            assertEquals(byIdentity(thrown), byIdentity(reported));
        }
    }

    private static Set<Throwable> byIdentity(Collection<Throwable> throwables) {
        Set<Throwable> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(throwables);
        return set;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_successAndCancellationAreNotReported(Kind kind) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reports.incrementAndGet()).open()) {
            supervisor.spawn(() -> "fine");
            supervisor.spawn(() -> {
                throw new CancellationException("quits");
            });
            Task<?> cancelled = supervisor.spawn("cancelled", () -> {
                supervisor.tasks().stream().filter(task -> task.name().equals("cancelled")).forEach(Task::cancel);
                Thread.sleep(Long.MAX_VALUE);
            });
            supervisor.join();
            assertEquals(Status.CANCELLED, cancelled.status());
            assertEquals(0, reports.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e5_theTaskIsLiveUntilTheHandlerHasReturned(Kind kind) throws Exception {
        CountDownLatch inHandler = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Supervisor.Builder builder = kind.builder().unowned().onFailure((task, failure) -> {
            inHandler.countDown();
            Poll.await(release);
        });
        Supervisor supervisor = builder.open();
        Task<?> task = supervisor.spawn(() -> {
            throw new IllegalStateException("on purpose");
        });
        Poll.await(inHandler);
        assertTrue(task.isDone());
        assertEquals(1, supervisor.liveCount());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.untilBlocked(joiner.thread());
        assertFalse(joiner.hasEnded());
        release.countDown();
        joiner.join();
        assertEquals(0, supervisor.liveCount());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_theHandlerRunsWithTheInterruptStatusClear(Kind kind) throws Exception {
        AtomicReference<Boolean> seen = new AtomicReference<>();
        FailureHandler handler = (task, failure) -> seen.set(Thread.currentThread().isInterrupted());
        try (Supervisor supervisor = kind.builder().onFailure(handler).open()) {
            supervisor.spawn(() -> {
                supervisor.tasks().get(0).cancel();
                throw new IllegalStateException("with the interrupt pending");
            });
            assertFalse(Thread.currentThread().isInterrupted());
            supervisor.join();
            assertEquals(false, seen.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_anInterruptSetByACallbackDoesNotReachTheHandler(Kind kind) throws Exception {
        AtomicReference<Boolean> seen = new AtomicReference<>();
        FailureHandler handler = (task, failure) -> seen.set(Thread.currentThread().isInterrupted());
        try (Supervisor supervisor = kind.builder().onFailure(handler).open()) {
            supervisor.spawn(() -> {
                supervisor.tasks().get(0).onDone(done -> Thread.currentThread().interrupt());
                throw new IllegalStateException("on purpose");
            });
            Thread.interrupted();
            supervisor.join();
            assertEquals(false, seen.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_aHandlerThatThrowsIsReportedWrappedAndStopsNobody(Kind kind) throws Exception {
        IllegalStateException failure = new IllegalStateException("the body's");
        List<Throwable> all =
                List.of(new IllegalArgumentException("the handler's"), new AssertionError("the handler's"), failure);
        for (Throwable broken : all) {
            FailureHandler handler = (task, thrown) -> Sneaky.<RuntimeException>sneak(broken);
            try (UncaughtReports uncaught = UncaughtReports.collect();
                    Supervisor supervisor = kind.builder().onFailure(handler).open()) {
                Task<?> task = supervisor.spawn(() -> {
                    throw failure;
                });
                supervisor.spawn(() -> {
                    throw failure;
                });
                supervisor.join();
                assertSame(failure, task.failure());
                assertEquals(2, uncaught.seen().size());
                assertEquals(2, uncaught.wrapping(broken));
                assertEquals(0, broken.getSuppressed().length);
                assertEquals(0, failure.getSuppressed().length);
                assertEquals(State.FINISHED, supervisor.state());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_theHandlerIsCalledAlthoughEveryCallbackThrew(Kind kind) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        IllegalStateException thrown = new IllegalStateException("a callback's");
        Supervisor.Builder builder = kind.builder().onFailure((task, failure) -> reports.incrementAndGet());
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = builder.open()) {
            supervisor.spawn(() -> {
                supervisor.tasks().get(0).onDone(done -> {
                    throw thrown;
                });
                throw new IllegalStateException("the body's");
            });
            supervisor.join();
            assertEquals(1, reports.get());
            assertEquals(1, uncaught.wrapping(thrown));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e5_ignoreIgnores(Kind kind) throws Exception {
        try (UncaughtReports uncaught = UncaughtReports.collect(); RecordedLog log = new RecordedLog();
                Supervisor supervisor =
                        kind.builder().name("ignored").onFailure(FailureHandler.ignore()).open()) {
            supervisor.spawn(() -> {
                throw new IllegalStateException("ignored");
            });
            supervisor.join();
            assertEquals(List.of(), uncaught.seen());
            assertEquals(List.of(), log.messages("ignored"));
        }
    }

    @Test
    void e5_theDefaultLogsAWarningWithTheFailureAndTheTasksName() throws Exception {
        IllegalStateException failure = new IllegalStateException("on purpose");
        try (RecordedLog log = new RecordedLog(); Supervisor supervisor = Supervisor.builder().name("logging").open()) {
            AtomicBoolean mine = new AtomicBoolean();
            Poll.until("a record of a failure", () -> {
                Task<?> task = supervisor.spawn("boom", () -> {
                    throw failure;
                });
                Poll.until("done", task::isDone);
                for (LogRecord record : log.records()) {
                    if (record.getThrown() == failure) {
                        assertEquals(Level.WARNING, record.getLevel());
                        assertEquals("dev.supervisor", record.getLoggerName());
                        String message = new SimpleFormatter().formatMessage(record);
                        assertTrue(message.contains("boom"), message);
                        mine.set(true);
                    }
                }
                return mine.get();
            });
            supervisor.join();
        }
    }

    private static void fail(Supervisor supervisor) {
        supervisor.spawn("boom", () -> {
            throw new IllegalStateException("on purpose");
        });
    }

    /** A throwable that no log can print. */
    private static final class Unprintable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("getMessage");
        }

        @Override
        public String toString() {
            throw new IllegalStateException("toString");
        }
    }

    @Test
    void e5_aFailureThatCannotBePrintedStopsNobody() throws Exception {
        try (UncaughtReports uncaught = UncaughtReports.collect();
                RecordedLog log = new RecordedLog();
                Supervisor supervisor = Supervisor.builder().name("unprintable").executor(Runnable::run).open()) {
            Unprintable failure = new Unprintable();
            Task<?> task = supervisor.spawn(() -> {
                supervisor.tasks().get(0).onDone(done -> {
                    throw failure;
                });
                throw failure;
            });
            assertSame(failure, task.failure());
            assertEquals(1, uncaught.wrapping(failure));
            assertSame(failure, assertThrows(ExecutionException.class, task::get).getCause());
            assertSame(failure, assertThrows(CompletionException.class, task::join).getCause());
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
            assertEquals(1, log.messages("unprintable").size());
        }
    }

    @Test
    void e5_aLoggerThatThrowsStopsNobody() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Logger logger = Logger.getLogger("dev.supervisor");
        Handler broken = new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (record.getMessage().contains("broken log")) {   // and no count of another test's
                    asked.incrementAndGet();
                    throw new IllegalStateException("a broken log");
                }
            }

            @Override
            public void flush() { }

            @Override
            public void close() { }
        };
        boolean useParentHandlers = logger.getUseParentHandlers();
        logger.setUseParentHandlers(false);
        logger.addHandler(broken);
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = Supervisor.builder().name("broken log").executor(Runnable::run).open()) {
            Poll.until("logged", () -> {
                fail(supervisor);
                return asked.get() > 0;
            });
            supervisor.join();
            assertEquals(asked.get(), uncaught.seen().size());
        } finally {
            logger.removeHandler(broken);
            logger.setUseParentHandlers(useParentHandlers);
        }
    }

    @Test
    void c7_aLoggerThatThrowsDoesNotLoseTheFatalError() {
        InternalError fatal = new InternalError("on purpose");
        java.util.logging.Logger logger = java.util.logging.Logger.getLogger("dev.supervisor");
        java.util.logging.Handler broken = new java.util.logging.Handler() {
            @Override
            public void publish(java.util.logging.LogRecord entry) {
                throw new IllegalStateException("no logger");
            }

            @Override
            public void flush() { }

            @Override
            public void close() { }
        };
        logger.addHandler(broken);
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Poll.until("an exit that meets the logger, as one does in a second", () -> {
                Supervisor supervisor = Supervisor.builder().executor(Runnable::run).unowned().open();
                for (int index = 0; index < 2 * Peek.LOG_BURST; index++) {
                    supervisor.spawn((Action) () -> {
                        throw new java.io.IOException("left out");
                    });
                }
                supervisor.spawn((Action) () -> {
                    throw fatal;
                });
                assertSame(fatal, assertThrows(CompletionException.class, supervisor::close).getCause());
                return uncaught.seen().stream().anyMatch(report -> report.getMessage().startsWith("The logger of "));
            });
        } finally {
            logger.removeHandler(broken);
        }
    }
}
