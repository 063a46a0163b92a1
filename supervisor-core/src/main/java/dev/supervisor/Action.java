package dev.supervisor;

/**
 * The body of a task that returns nothing and may throw anything.
 *
 * @see Supervisor#spawn(Action)
 */
@FunctionalInterface
public interface Action {

    /**
     * Runs the body.
     *
     * @throws Exception if the task is to end as {@link Task.Status#FAILED FAILED}
     */
    void run() throws Exception;
}
