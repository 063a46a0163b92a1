package dev.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * The block that a supervisor encloses, for {@link Supervisor#call(BlockFunction)}: a {@link Block} with a value.
 *
 * @param <R> the type of the value
 * @param <X> what the block may throw besides unchecked exceptions and {@link InterruptedException}
 */
@FunctionalInterface
public interface BlockFunction<R extends @Nullable Object, X extends Exception> {

    /**
     * Runs the block, on the thread that owns the supervisor.
     *
     * @param supervisor the supervisor, which is closed once this method has returned and every task has ended
     * @return the value that {@link Supervisor#call(BlockFunction)} returns
     * @throws X as the block sees fit
     * @throws InterruptedException if the owner was interrupted: every task is then cancelled
     */
    R call(Supervisor supervisor) throws X, InterruptedException;
}
