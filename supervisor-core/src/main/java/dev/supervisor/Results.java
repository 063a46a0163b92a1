package dev.supervisor;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What tasks hand over, one after the other, while others still run (T5, T6): the result of {@link Tasks#asCompleted
 * Tasks.asCompleted} and {@link Tasks#map Tasks.map}. To be closed by the thread that has opened it, best in a {@code
 * try} block:
 * {@snippet class="dev.supervisor.docs.ComposingExamples" region="map"}
 *
 * <p>All of it belongs to the thread that has opened it, which owns the supervisor of the tasks; another thread gets an
 * {@code IllegalStateException}, and nothing changes.
 *
 * <p>{@code hasNext} waits for inputs, if the tasks are made of inputs; {@code next} does, too, and then for a result.
 * Where they throw, every task has been cancelled and has ended, and there is no next result any more. Since an {@link
 * Iterator} can throw no checked exception, they throw as {@link Task#join()} does:
 * <ul>
 * <li>A {@link CompletionException} around the first failure of a task, where a failure ends the iteration; the failures
 *     of others are suppressed in it, 16 at most, then one that says how many more there were.
 * <li>A {@link TaskCancelledException} if a task was cancelled in that case, and none failed.
 * <li>A {@code CompletionException} around an {@link InterruptedException} if the calling thread was interrupted; the
 *     interrupt status is set again. An interrupt that comes when something else is about to be thrown sets the status.
 * <li>Whatever the inputs have thrown, or the spawn of a task.
 * <li>What {@link Supervisor#close()} throws: a {@code CompletionException} around a fatal error, or a {@link
 *     DeadlineExceededException}. It takes precedence over all others.
 * </ul>
 *
 * <p>Actions in the body of a task <i>happen-before</i> {@code next} returns its result, and actions in all bodies before
 * {@code close} returns.
 *
 * @param <E> the type of what is handed over
 */
public interface Results<E extends @Nullable Object> extends Iterable<E>, AutoCloseable {

    /**
     * The iteration. There is one: each call of this method returns the same iterator, which goes on where it is. Its
     * {@code next} throws {@link NoSuchElementException} when everything was handed over, and after {@link #close}. It
     * does not support {@code remove}.
     *
     * @return the iterator
     * @throws IllegalStateException if called by another thread than the one that has opened these results
     */
    @Override
    Iterator<E> iterator();

    /**
     * Leaves the iteration: cancels every task that still lives, and waits for it. That wait cannot be interrupted; the
     * interrupt status is kept. What has not been handed over is dropped, failures too. After the last result was handed
     * over there is nothing to do. Idempotent.
     *
     * @throws IllegalStateException if called by another thread than the one that has opened these results
     * @throws CompletionException around a fatal error of a task that was not thrown yet (C7)
     * @throws DeadlineExceededException if the deadline of the supervisor has passed, and that was not thrown yet (S5)
     */
    @Override
    void close();
}
