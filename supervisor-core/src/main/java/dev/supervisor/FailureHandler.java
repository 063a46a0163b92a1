package dev.supervisor;

/**
 * Called with every task that ended as {@link Task.Status#FAILED FAILED}, exactly once each (E5).
 *
 * <p>The handler runs on the thread that completed the task, after the task's callbacks, with the interrupt status
 * clear; the task counts as live until it has returned. It may be called by many threads at once. What it throws is
 * reported to the thread's uncaught-exception handler and disturbs no other task.
 *
 * <p>The default handler logs each failure through the {@link System.Logger} named {@code dev.supervisor}, at level
 * {@link System.Logger.Level#WARNING WARNING}. It logs at most 20 failures a second for each name of a supervisor; all
 * supervisors without a name share one limit. It counts the failures that it does not log, and logs the count within
 * two seconds, or when a supervisor of that name exits.
 *
 * @see Supervisor.Builder#onFailure(FailureHandler)
 */
@FunctionalInterface
public interface FailureHandler {

    /**
     * Reports a failure.
     *
     * @param task the task that failed
     * @param failure what its body threw; the same object as {@link Task#failure()}
     */
    void onFailure(Task<?> task, Throwable failure);

    /**
     * A handler that does nothing, for those whose callbacks deal with every failure.
     *
     * @return the handler that ignores failures
     */
    static FailureHandler ignore() {
        return (task, failure) -> { };
    }
}
