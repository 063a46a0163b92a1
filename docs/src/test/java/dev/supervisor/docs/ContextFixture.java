package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.supervisor.Supervisor;
import dev.supervisor.TaskDecorator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.slf4j.LoggerFactory;

/**
 * What the tests of {@code docs/context.md} share: the kinds of thread, what was seen where, and the lines that were
 * logged. A subclass says by which recipe a value travels, and how it is set and read.
 */
abstract class ContextFixture {

    static final Duration AGES = Duration.ofHours(1);

    /** What a task runs on. */
    enum Kind {
        /** Virtual threads from JDK 21 on, before it the library's pool. */
        DEFAULT,
        /** A new platform thread for each task. */
        PER_TASK,
        /** One thread of a pool that the library has not made. */
        FOREIGN,
        /** The spawner's, inside of the spawn. */
        CALLER_RUNS;

        boolean reusesThreads() {
            return this == FOREIGN || this == CALLER_RUNS || this == DEFAULT && Runtime.version().feature() < 21;
        }
    }

    private static final AtomicInteger NAMES = new AtomicInteger();

    /** The pool of {@link Kind#FOREIGN}. */
    final ExecutorService pool = Executors.newSingleThreadExecutor();
    /** What {@link #look} has seen. */
    final List<String> seen = new CopyOnWriteArrayList<>();
    /** Each line that was logged, with the value that it has. */
    final List<String> lines = new CopyOnWriteArrayList<>();

    private final Logger log = (Logger) LoggerFactory.getLogger(getClass());
    private final Logger failures = (Logger) LoggerFactory.getLogger("dev.supervisor");
    private final List<Supervisor> opened = new ArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage() + ": " + valueOf(event));
        }
    };

    /** The recipe. */
    abstract TaskDecorator recipe();

    /** Calls the block with a value in the context of this thread. */
    abstract <T> T with(String value, Callable<T> block) throws Exception;

    /** The value in the context of this thread, or null. */
    abstract String value();

    /** The value that a line has: the appender is called on the thread that logs. */
    String valueOf(ILoggingEvent event) {
        return value();
    }

    @BeforeEach
    void startLog() {
        appender.start();
        log.setLevel(Level.INFO);
        log.addAppender(appender);
        log.setAdditive(false);
        failures.addAppender(appender);
        failures.setAdditive(false);
        failures.setLevel(Level.WARN);
    }

    @AfterEach
    void end() throws Exception {
        opened.forEach(Supervisor::shutdown);
        pool.shutdownNow();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        failures.detachAppender(appender);
        failures.setAdditive(true);
        failures.setLevel(Level.OFF);
        log.detachAppender(appender);
        assertNull(value(), "left on the test's thread");
    }

    /** A builder for supervisors with the recipe. */
    Supervisor.Builder builder(Kind kind) {
        Supervisor.Builder builder = Supervisor.builder().name("context-" + NAMES.incrementAndGet()).unowned()
            .decorator(recipe());
        return switch (kind) {
            case DEFAULT -> builder;
            case PER_TASK -> builder.threadFactory(Thread::new);
            case FOREIGN -> builder.executor(pool);
            case CALLER_RUNS -> builder.executor(Runnable::run);
        };
    }

    /** Shut down after the test. */
    Supervisor remember(Supervisor supervisor) {
        opened.add(supervisor);
        return supervisor;
    }

    Supervisor open(Supervisor.Builder builder) {
        return remember(builder.open());
    }

    Supervisor open(Kind kind) {
        return open(builder(kind));
    }

    /** Notes the value that is seen here, and logs a line. */
    void look(String where) {
        seen.add(where + ": " + value());
        log.info(where);
    }

    /** Waits for every task, its callbacks and its report, and compares what was seen, and was logged, with this. */
    void assertSeen(Supervisor supervisor, String... expected) {
        assertTrue(supervisor.drain(AGES));
        assertSeen(expected);
    }

    void assertSeen(String... expected) {
        assertEquals(List.of(expected), List.copyOf(seen));
        assertEquals(List.of(expected), List.copyOf(lines));
    }
}
