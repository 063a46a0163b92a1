package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertNull;

import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskDecorator;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** SLF4J's MDC; a line has what the event of Logback has. */
class ContextMdcTest extends ThreadContextContract {

    private static final String KEY = "request";

    @Override
    TaskDecorator recipe() {
        return ContextExamples::carryMdc;
    }

    @Override
    <T> T with(String value, Callable<T> block) throws Exception {
        return withEntry(value, block);
    }

    static <T> T withEntry(String value, Callable<T> block) throws Exception {
        String before = entry();
        MDC.put(KEY, value);
        try {
            return block.call();
        } finally {
            if (before == null) {
                MDC.remove(KEY);
            } else {
                MDC.put(KEY, before);
            }
        }
    }

    @Override
    String value() {
        return entry();
    }

    static String entry() {
        return MDC.get(KEY);
    }

    @Override
    String valueOf(ILoggingEvent event) {
        return event.getMDCPropertyMap().get(KEY);
    }

    @Override
    void leave(String value) {
        MDC.put(KEY, value);
    }

    /** Its copy of the entries is null then, and not empty. */
    @Test
    void aSpawnerThatHasNeverHadAnyEntryHidesThoseOfTheThreadToo() throws Exception {
        Supervisor supervisor = open(Kind.FOREIGN);
        pool.submit(() -> leave("the pool's")).get(60, TimeUnit.SECONDS);
        CompletableFuture<Task<String>> task = new CompletableFuture<>();
        Threads.run(() -> {
            assertNull(MDC.getCopyOfContextMap());
            task.complete(supervisor.spawn(this::value));
        });
        assertNull(task.get(60, TimeUnit.SECONDS).get());
    }
}
