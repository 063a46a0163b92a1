package dev.supervisor;

import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which task decides a call of {@link Tasks}, so that the others are cancelled; and all failures. */
final class Decision<T extends @Nullable Object> {

    /*
     * Each task has `ended` as a callback. So when the supervisor is finished, all of these calls have returned, and
     * nothing here changes any more.
     *
     * The first task that decides wins the compare-and-set, and its thread aborts the supervisor, whatever the caller
     * does at that moment: it may wait for a place, or be in user code. The caller looks when it comes back.
     */
    private final Predicate<Task<T>> decides;
    private final AtomicReference<@Nullable Task<T>> task = new AtomicReference<>();
    private final Failures failures = new Failures();

    Decision(Predicate<Task<T>> decides) {
        this.decides = decides;
    }

    /** Called with each task when it has ended, on the thread that has completed it; returns whether it has decided. */
    boolean ended(Task<T> ended) {
        Throwable failure = ended.failure();
        if (failure != null) {
            failures.add(failure);
        }
        if (!make(ended)) {
            return false;
        }
        ended.supervisor().abort();
        return true;
    }

    /** Lets this task decide, if it does and none has; returns whether it has now. */
    boolean make(Task<T> ended) {
        return decides.test(ended) && task.compareAndSet(null, ended);
    }

    /** The task that has decided, or null. */
    @Nullable Task<T> task() {
        return task.get();
    }

    boolean isMade() {
        return task.get() != null;
    }

    /**
     * What is thrown for the failures: one around that of the task that has decided, or around the first; or null if
     * there are none. Called when the supervisor is finished.
     */
    <X extends Throwable> @Nullable X thrown(Function<Throwable, X> around) {
        Task<T> decisive = task.get();
        Throwable first = decisive == null ? null : decisive.failure();
        if (first == null) {
            first = failures.first();
        }
        if (first == null) {
            return null;
        }
        X thrown = around.apply(first);
        failures.suppressIn(thrown, first);
        return thrown;
    }

    /**
     * Suppresses the failures in what is thrown in their place: by the exit, for instance, around one of them. Called
     * when the supervisor is finished.
     */
    void suppressIn(Throwable thrown) {
        failures.suppressIn(thrown, thrown instanceof CompletionException ? thrown.getCause() : thrown);
    }
}
