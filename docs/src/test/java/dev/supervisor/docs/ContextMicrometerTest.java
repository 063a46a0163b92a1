package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.supervisor.Supervisor;
import dev.supervisor.TaskDecorator;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Micrometer's context-propagation; the value is a thread-local that is registered. */
class ContextMicrometerTest extends ThreadContextContract {

    private static final ThreadLocal<String> REQUEST = new ThreadLocal<>();

    @BeforeAll
    static void register() {
        ContextRegistry.getInstance().registerThreadLocalAccessor("request", REQUEST);
    }

    @AfterAll
    static void remove() {
        ContextRegistry.getInstance().removeThreadLocalAccessor("request");
    }

    @Override
    TaskDecorator recipe() {
        return ContextExamples.snapshots();
    }

    @Override
    <T> T with(String value, Callable<T> block) throws Exception {
        String before = REQUEST.get();
        REQUEST.set(value);
        try {
            return block.call();
        } finally {
            REQUEST.set(before);
        }
    }

    @Override
    String value() {
        return REQUEST.get();
    }

    @Override
    void leave(String value) {
        REQUEST.set(value);
    }

    /** Why the recipe says {@code clearMissing(true)}. */
    @Test
    void withoutClearMissingATaskSeesWhatWasLeftOnItsThread() throws Exception {
        ContextSnapshotFactory factory = ContextSnapshotFactory.builder().build();
        Supervisor supervisor = open(builder(Kind.FOREIGN).decorator(task -> factory.captureAll().wrap(task)));
        pool.submit(() -> leave("a stranger's")).get(60, TimeUnit.SECONDS);
        assertEquals("a stranger's", supervisor.spawn(this::value).get());
        assertNull(open(Kind.FOREIGN).spawn(this::value).get());
    }

    @Test
    void theMdcTravelsOnceItsAccessorIsRegistered() throws Exception {
        Supervisor supervisor = open(Kind.FOREIGN);
        MDC.put("user", "ada");
        ContextRegistry registry = ContextRegistry.getInstance();
        Slf4jThreadLocalAccessor accessor = new Slf4jThreadLocalAccessor();
        try {
            assertNull(supervisor.spawn(() -> MDC.get("user")).get());
            registry.registerThreadLocalAccessor(accessor);
            assertEquals("ada", supervisor.spawn(() -> MDC.get("user")).get());
            MDC.clear();
            assertNull(supervisor.spawn(() -> MDC.get("user")).get());
        } finally {
            registry.removeThreadLocalAccessor(accessor.key());
            MDC.clear();
        }
    }
}
