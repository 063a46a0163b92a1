package dev.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * The body of a task that wants to know of its own cancellation, or to shield a part of itself from it.
 *
 * @param <T> the type of the result
 * @see Supervisor#spawnWithSelf(TaskBody)
 */
@FunctionalInterface
public interface TaskBody<T extends @Nullable Object> {

    /**
     * Runs the body.
     *
     * @param self the task, as its own body knows it; of use only while this method runs
     * @return the result
     * @throws Exception if the task is to end as {@link Task.Status#FAILED FAILED}
     */
    T run(Self self) throws Exception;
}
