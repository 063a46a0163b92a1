package dev.supervisor;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How tasks of one kind are spawned: their name, time limit, decorator, callbacks and hooks (S4). It is immutable and
 * thread-safe: made once, best when a server starts, and used for any number of spawns. Each method with an option
 * returns another spec. A spec keeps no task.
 *
 * {@snippet class="dev.supervisor.docs.ServerExamples" region="spec"}
 *
 * @see Supervisor#spec(String)
 */
public interface TaskSpec {

    /**
     * Limits the time of a task, from its acceptance to the end of its body (S5). When it is over, the task is asked to
     * cancel, with an interrupt if it runs. If the body ends by that, the task is {@link Task.Status#FAILED FAILED} with
     * a {@link TimeoutException}, and reported; if it returns, the task has succeeded. A task that has not started by
     * then fails at once, and its body never runs.
     *
     * @param timeout the time
     * @return a spec with this limit
     * @throws IllegalArgumentException if it is zero or negative
     */
    TaskSpec timeout(Duration timeout);

    /**
     * Wraps each task; the decorator of the supervisor wraps it once more (E10).
     *
     * @param decorator called on the spawning thread
     * @return a spec with this decorator in place of any other
     */
    TaskSpec decorator(TaskDecorator decorator);

    /**
     * Called with each task when it has ended, before all callbacks that are registered with the task (E4).
     *
     * @param callback given the task
     * @return a spec with this callback in place of any other
     */
    TaskSpec onDone(Consumer<? super Task<?>> callback);

    /**
     * Run once for each task whose cancellation is requested (S3): see {@link Task#onCancel}.
     *
     * @param hook closes what an interrupt does not end
     * @return a spec with this hook in place of any other
     */
    TaskSpec onCancel(Action hook);

    /**
     * Run once for each task that is live when its supervisor begins to drain (S3): see {@link Task#onDrain}.
     *
     * @param hook makes the task end soon
     * @return a spec with this hook in place of any other
     */
    TaskSpec onDrain(Action hook);

    /**
     * Spawns a task; see {@link Supervisor#spawn(Callable)}.
     *
     * @param <T> the type of the result
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does
     */
    <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body);

    /**
     * Spawns a task that returns nothing; see {@link Supervisor#spawn(Action)}.
     *
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does
     */
    Task<@Nullable Void> spawn(Action body);

    /**
     * Spawns a task unless the supervisor is full; see {@link Supervisor#trySpawn(Callable)}.
     *
     * @param <T> the type of the result
     * @param body run once, unless the task is cancelled before its start
     * @return the task, or null if the supervisor is full
     * @throws RejectedExecutionException as {@link Supervisor#trySpawn(Callable)} does
     */
    <T extends @Nullable Object> @Nullable Task<T> trySpawn(Callable<? extends T> body);

    /**
     * Spawns an async task; see {@link Supervisor#spawnAsync(Callable)}.
     *
     * @param <T> the type of the result
     * @param start called once, on the calling thread
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does
     */
    <T extends @Nullable Object> Task<T> spawnAsync(Callable<? extends CompletionStage<? extends T>> start);

    /**
     * Spawns a task that knows itself; see {@link Supervisor#spawnWithSelf(TaskBody)}.
     *
     * @param <T> the type of the result
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does
     */
    <T extends @Nullable Object> Task<T> spawnWithSelf(TaskBody<T> body);
}
