package dev.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * Code in which a task is not interrupted by a request to cancel it.
 *
 * @param <R> the type of the result
 * @param <X> what it may throw
 * @see Self#shield
 */
@FunctionalInterface
public interface Shielded<R extends @Nullable Object, X extends Exception> {

    /**
     * Runs the code.
     *
     * @return the result
     * @throws X whatever it throws
     */
    R run() throws X;
}
