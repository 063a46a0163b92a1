package dev.supervisor;

/**
 * What a {@linkplain Supervisor#stats() supervisor has counted}, from its opening to one moment (O1). Immutable, and so
 * safe for use by any thread.
 *
 * <p>While tasks come and go each number is one that was true while it was read, and they need not fit to each other.
 * When the supervisor is {@link Supervisor.State#FINISHED FINISHED} and no spawn is under way, all are exact: {@code
 * accepted} is the sum of {@code succeeded}, {@code failed} and {@code cancelled}, and each spawn was accepted or
 * refused, but for those whose decorator has thrown.
 *
 * <p>The library implements this interface, and tests may. Methods may be added to it.
 */
public interface SupervisorStats {

    /**
     * The tasks that were accepted. A child (S12) is a task of its parent like any other. A task counts as soon as it is
     * counted in; if its spawn throws, and it is undone for that, it does not count any more.
     *
     * @return how many there were
     */
    long accepted();

    /**
     * The tasks that were accepted and have not retired: what {@link Supervisor#liveCount} says.
     *
     * @return how many there are
     */
    long live();

    /**
     * The tasks that have retired as {@link Task.Status#SUCCEEDED SUCCEEDED}.
     *
     * @return how many there were
     */
    long succeeded();

    /**
     * The tasks that have retired, or are just about to, as {@link Task.Status#FAILED FAILED}, for whatever reason.
     *
     * @return how many there were
     */
    long failed();

    /**
     * The tasks that have retired, or are just about to, as {@link Task.Status#CANCELLED CANCELLED}: those too that have
     * never started, and whose bodies {@code shutdownNow} has returned. A task that is cancelled while its spawn is under
     * way counts here, until the spawn throws.
     *
     * @return how many there were
     */
    long cancelled();

    /**
     * Those of {@link #failed} whose reason is their time limit (S5).
     *
     * @return how many there were
     */
    long timedOut();

    /**
     * The spawns that were refused.
     *
     * @return how many there were, for all reasons together
     */
    long refused();

    /**
     * The spawns that were refused for one reason.
     *
     * @param reason the reason
     * @return how many there were
     */
    long refused(Refusal reason);
}
