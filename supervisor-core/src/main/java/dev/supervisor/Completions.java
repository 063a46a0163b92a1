package dev.supervisor;

import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Finished tasks in the order of their completion (E9): spawn through it, and take each task as it finishes, whatever
 * its outcome. The counterpart of {@link java.util.concurrent.ExecutorCompletionService}.
 *
 * <p>Tasks that one thread completes, or cancels before their start, are handed over in that order. A task that ends by
 * a fatal error comes before those that are cancelled for it. Of tasks of different threads either may come first. A
 * task that is cancelled before its spawn has returned may be handed over by the spawning thread.
 *
 * <p>Any thread may spawn; one thread at a time may take. Each task that was spawned here is handed over exactly once.
 * What has not been taken is all that is retained.
 *
 * @param <T> the type of the results
 */
public abstract class Completions<T extends @Nullable Object> {

    /** For the one implementation, and for fakes in tests. Methods may be added to this class. */
    protected Completions() { }

    /**
     * The supervisor that runs the tasks.
     *
     * @return the supervisor
     */
    public abstract Supervisor supervisor();

    /**
     * Spawns a task that will be handed over once it is done.
     *
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does; the task does not count then
     */
    public abstract Task<T> spawn(Callable<? extends T> body);

    /**
     * Spawns a task with a name.
     *
     * @param name the name of the task
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does; the task does not count then
     */
    public abstract Task<T> spawn(String name, Callable<? extends T> body);

    /**
     * Waits for the next finished task.
     *
     * @return the task
     * @throws NoSuchElementException if none is pending: every task that was spawned here has been handed over
     * @throws InterruptedException if the calling thread was interrupted; nothing is lost
     * @throws IllegalStateException if another thread is taking; or if the calling thread is inside of every task that
     *     is pending here, in its body or in a task of a supervisor that was opened in it: it would wait for itself
     *     (C8)
     */
    public abstract Task<T> take() throws InterruptedException;

    /**
     * The next finished task, if there is one; never waits, so a task may poll where it could not {@link #take}.
     *
     * @return the task, or {@code null}
     * @throws IllegalStateException if another thread is taking
     */
    public abstract @Nullable Task<T> poll();

    /**
     * Waits for the next finished task, for a limited time. With none pending it still waits, as one may be spawned,
     * but for a supervisor that is {@linkplain Supervisor.State#FINISHED finished}: then it returns at once, also if it
     * has begun to wait before.
     *
     * @param timeout how long to wait; a time that is zero or negative only looks
     * @return the task; or {@code null} if the time is over, or none is pending and the supervisor is finished
     * @throws InterruptedException if the calling thread was interrupted; nothing is lost
     * @throws IllegalStateException if another thread is taking
     */
    public abstract @Nullable Task<T> poll(Duration timeout) throws InterruptedException;

    /**
     * How many tasks were spawned here and have not been handed over.
     *
     * @return the number of tasks that can still be taken, finished or not
     */
    public abstract long pending();
}
