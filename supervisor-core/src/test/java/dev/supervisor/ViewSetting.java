package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What a view is of, where its conformance is tested; and what these tests share. */
record ViewSetting(Kind kind, ViewSetting.Limit limit) {

    /** How many tasks there may be at once where there is a limit. */
    static final int PLACES = 3;
    /** More than that. */
    static final int MANY = 20;

    enum Limit {
        NONE, REJECT, BLOCK;

        Supervisor open(Supervisor.Builder builder) {
            Supervisor.Builder named = builder.name("north").unowned();
            return (this == NONE ? named : named.maxTasks(PLACES, Overflow.valueOf(name()))).open();
        }
    }

    static Stream<ViewSetting> all() {
        return Kind.all().stream()
                .flatMap(kind -> Stream.of(Limit.values()).map(limit -> new ViewSetting(kind, limit)));
    }

    static Stream<ViewSetting> concurrent() {
        return all().filter(setting -> setting.kind() != Kind.CALLER_RUNS);
    }

    static Stream<ViewSetting> limited() {
        return concurrent().filter(setting -> setting.limit() != Limit.NONE);
    }

    Supervisor open() {
        return limit.open(kind.builder());
    }

    /** Bodies that one call may be given. */
    int bodies() {
        return limit == Limit.REJECT ? PLACES : MANY;
    }


    static void settle(Supervisor supervisor) {
        Poll.until("every place is free", () -> supervisor.liveCount() == 0);
    }

    static void end(ExecutorService view) throws InterruptedException {
        view.shutdown();
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
    }

    static void assertTerminated(ExecutorService view) throws InterruptedException {
        assertTrue(view.isShutdown());
        assertTrue(view.isTerminated());
        assertTrue(view.awaitTermination(0, TimeUnit.SECONDS));
    }

    static Throwable causeOf(Action get) {
        return assertThrows(ExecutionException.class, get::run).getCause();
    }

    static void assertFailure(Throwable failure, Future<?> future) {
        assertSame(failure, causeOf(future::get));
        assertSame(failure, causeOf(() -> future.get(0, TimeUnit.SECONDS)));
        assertTrue(future.isDone());
        assertFalse(future.cancel(true));
        assertFalse(future.isCancelled());
        assertSame(failure, causeOf(future::get));
    }
}
