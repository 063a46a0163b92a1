package dev.supervisor;

/**
 * The block that a supervisor encloses, for {@link Supervisor#run(Block)}.
 *
 * @param <X> what the block may throw besides unchecked exceptions and {@link InterruptedException}
 */
@FunctionalInterface
public interface Block<X extends Exception> {

    /**
     * Runs the block, on the thread that owns the supervisor.
     *
     * @param supervisor the supervisor, which is closed once this method has returned and every task has ended
     * @throws X as the block sees fit
     * @throws InterruptedException if the owner was interrupted: every task is then cancelled
     */
    void run(Supervisor supervisor) throws X, InterruptedException;
}
