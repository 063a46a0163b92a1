package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a body throws, and the outcome if its task was not asked to cancel, and if it was: a row of E3. */
record BodyEnd(String name, Supplier<Throwable> thrown, Status unasked, Status asked) {

    @Override
    public String toString() {
        return name;
    }

    static BodyEnd onRequest(String name, Supplier<Throwable> thrown) {
        return new BodyEnd(name, thrown, Status.FAILED, Status.CANCELLED);
    }

    static BodyEnd always(String name, Supplier<Throwable> thrown) {
        return new BodyEnd(name, thrown, Status.CANCELLED, Status.CANCELLED);
    }

    static BodyEnd never(String name, Supplier<Throwable> thrown) {
        return new BodyEnd(name, thrown, Status.FAILED, Status.FAILED);
    }

    /** Wraps the cause in so many exceptions. */
    static Throwable chain(int links, Throwable cause) {
        Throwable top = cause;
        for (int i = 0; i < links; i++) {
            top = new RuntimeException("link", top);
        }
        return top;
    }

    static TaskCancelledException ofAnotherTask() {
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<?> other = supervisor.spawn(() -> 1);
            other.cancel();
            return assertThrows(TaskCancelledException.class, other::get);
        }
    }

    /** The exception by which a supervisor refuses a spawn after this end. */
    static RejectedExecutionException refusal(Consumer<Supervisor> end) {
        return refusal(end, supervisor -> null);
    }

    /** The same; if another supervisor is built on that one, the spawn is one of the other. */
    static RejectedExecutionException refusal(
            Consumer<Supervisor> end, Function<Supervisor, Supervisor.Builder> other) {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned().open();
        end.accept(supervisor);
        Supervisor.Builder builder = other.apply(supervisor);
        Supervisor asked = builder == null ? supervisor : builder.unowned().open();
        return assertThrows(RejectedExecutionException.class, () -> asked.spawn(() -> 1));
    }

    /** A throwable in a cycle of causes. */
    static final class Cyclic extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private Cyclic next;

        Cyclic(Cyclic next) {
            this.next = next == null ? this : next;
        }

        Cyclic close() {
            next.next = this;
            return this;
        }

        @Override
        public synchronized Throwable getCause() {
            return next;
        }
    }

    /** Runs a body that asks its own task to cancel, in the given way, and then throws; returns the task, done. */
    static Task<?> run(Kind kind, Consumer<Supervisor> ask, Throwable thrown) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reports.incrementAndGet()).open()) {
            Task<?> task = supervisor.spawn(() -> {
                ask.accept(supervisor);
                Sneaky.<Exception>sneak(thrown);
            });
            if (kind == Kind.CALLER_RUNS) {
                // If an interrupt has ended the task though it was not asked to cancel, the status is set again (C6).
                Thread.interrupted();
            }
            supervisor.join();
            assertEquals(task.status() == Status.FAILED ? 1 : 0, reports.get());
            assertSame(task.status() == Status.FAILED ? thrown : null, task.failure());
            return task;
        }
    }

    /** Asserts, on every kind of thread, the outcome of a body that asks its task in this way, and ends like this. */
    void assertOutcome(Status expected, Consumer<Supervisor> ask) throws Exception {
        for (Kind kind : Kind.all()) {
            assertEquals(expected, run(kind, ask, thrown.get()).status(), kind.name());
        }
    }

    /** Asks the only task of a supervisor to cancel; the caller is its body. */
    static void cancelSelf(Supervisor supervisor, boolean interrupt) {
        Task<?> self = supervisor.tasks().get(0);
        assertEquals(Status.RUNNING, self.status());
        assertTrue(self.cancel(interrupt));
    }
}
