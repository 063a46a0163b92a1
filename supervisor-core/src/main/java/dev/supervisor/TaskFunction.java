package dev.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * What {@link Tasks#map Tasks.map} does with each input, in a task of its own.
 *
 * @param <I> the type of the inputs
 * @param <T> the type of the results
 */
@FunctionalInterface
public interface TaskFunction<I extends @Nullable Object, T extends @Nullable Object> {

    /**
     * Makes a result of an input. May be called by many threads at once.
     *
     * @param input the input
     * @return the result
     * @throws Exception if the task is to end as {@link Task.Status#FAILED FAILED}
     */
    T apply(I input) throws Exception;
}
