package dev.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The kinds of thread, itself no task, that calls a supervisor: waits for a permit, drains, completes a stage. On a JDK
 * without virtual threads that kind is absent, not skipped.
 */
public enum Caller {
    PLATFORM, VIRTUAL;

    public static List<Caller> all() {
        List<Caller> callers = new ArrayList<>(List.of(values()));
        if (Runtime.version().feature() < 21) {
            callers.remove(VIRTUAL);
        }
        return callers;
    }

    /** Each kind of task, called by each of these. */
    public static Stream<Arguments> ofAllKinds() {
        return Kind.all().stream().flatMap(kind -> all().stream().map(caller -> Arguments.of(kind, caller)));
    }

    /** A thread that has not been started; it keeps no JVM alive. */
    public Thread unstarted(Runnable body) {
        return this == PLATFORM ? Kind.daemon(body) : virtual(body);
    }

    /** By reflection, because the tests are compiled for Java 17. */
    private static Thread virtual(Runnable body) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            return ((ThreadFactory) type.getMethod("factory").invoke(builder)).newThread(body);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
