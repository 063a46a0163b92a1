package dev.supervisor;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A task as its own body knows it (S11). It is of use to the thread that runs the body, while it runs.
 *
 * @see Supervisor#spawnWithSelf(TaskBody)
 */
public interface Self {

    /**
     * Whether the task was asked to cancel: by {@link Task#cancel cancel}, an abort, or its time limit. A body that
     * never waits polls this.
     *
     * @return true once a request has been made
     */
    boolean isCancelRequested();

    /**
     * Runs code that a request to cancel <i>this task</i> does not interrupt. A request that is made meanwhile is noted
     * at once, and its interrupt is deferred: the interrupt status is set when the outermost shield ends, or after
     * {@code max}, whichever comes first. So is one that was on its way when the shield began. Shields nest; the time of
     * the outermost one counts.
     *
     * <p>An interrupt that does not come from such a request cannot be withheld. If the status is set when the shield
     * begins, it is cleared, and set again at the end; one that comes later is felt. Tasks that are spawned inside are
     * not shielded.
     *
     * @param <R> the type of the result
     * @param <X> what the code may throw
     * @param max after so long an interrupt is deferred no more
     * @param body the code
     * @return what the code has returned
     * @throws X what the code has thrown; this method throws nothing of its own
     * @throws IllegalArgumentException if {@code max} is zero or negative
     * @throws IllegalStateException if called elsewhere than in the body, on the thread that runs it
     */
    <R extends @Nullable Object, X extends Exception> R shield(Duration max, Shielded<R, X> body) throws X;

    /**
     * The task.
     *
     * @return the handle that {@code spawnWithSelf} returns
     */
    Task<?> task();
}
