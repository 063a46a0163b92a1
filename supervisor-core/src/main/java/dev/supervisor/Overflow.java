package dev.supervisor;

/**
 * What a spawn does when a supervisor has as many tasks as it may have (S9).
 *
 * @see Supervisor.Builder#maxTasks(int, Overflow)
 */
public enum Overflow {
    /** It throws; the message says that the supervisor "is full". */
    REJECT,
    /**
     * It waits until a task has retired, or admission ends. Inside of a task of the supervisor it throws instead, since
     * the task that it waits for may be its own.
     */
    BLOCK
}
