package dev.supervisor;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by {@link Task#get()} and {@link Task#join()} of a task that was cancelled.
 *
 * <p>A body that waits for another task and lets this exception escape has failed; it was not cancelled itself. That is
 * the difference to a plain {@link CancellationException}, by which a body cancels its own task (E3).
 */
public final class TaskCancelledException extends CancellationException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable Task<?> task;

    /**
     * Says that a task was cancelled.
     *
     * @param task the task
     * @param message what to say of it
     * @param cause what its body has thrown, or {@code null}
     */
    public TaskCancelledException(Task<?> task, String message, @Nullable Throwable cause) {
        super(message);
        this.task = task;
        if (cause != null) {
            initCause(cause);
        }
    }

    /**
     * The task that was cancelled.
     *
     * @return the task, or {@code null} if this exception was deserialized
     */
    public @Nullable Task<?> task() {
        return task;
    }
}
