package dev.supervisor;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Composes the results of several tasks that belong to one operation (T1-T6). The names say what is waited for; what
 * others call a <i>race</i> is {@link #firstSuccessful firstSuccessful} to some, and {@link #firstCompleted
 * firstCompleted} to others.
 *
 * {@snippet class="dev.supervisor.docs.ComposingExamples" region="all"}
 *
 * <p>Each call runs its tasks in a supervisor of its own, which the calling thread owns. It returns, or throws, only when
 * every task has ended. If the calling thread is interrupted, before the call or while it waits, all tasks are cancelled
 * and waited for, and {@link InterruptedException} is thrown; failures that there were are suppressed in it. {@link
 * Results}, which come one after the other, throw it from inside of the iteration.
 *
 * <p>A second form of each method takes a builder, with which the supervisor is opened: for a name, an executor, a
 * {@linkplain Supervisor.Builder#deadline deadline}, a parent, and so on. The builder is not changed. One with {@code
 * maxTasks(n, Overflow.BLOCK)} limits how many tasks live at once; with {@link Overflow#REJECT} the spawn beyond the
 * limit is refused, and so the call.
 *
 * <p>Failures are thrown or handed over, and so are not reported besides, unless the builder was given a {@linkplain
 * Supervisor.Builder#onFailure failure handler}. That is called with each failure, also with those of tasks whose outcome
 * was not needed any more. Nobody else sees these.
 *
 * <p>Besides what they declare, these methods throw:
 * <ul>
 * <li>a fatal error of a task (C7), as {@link Supervisor#run(Block) run} does; it takes precedence over all others
 * <li>{@link DeadlineExceededException} if the deadline of the builder has passed (S5)
 * <li>what a spawn has thrown, a {@link RejectedExecutionException} for instance
 * <li>{@link NullPointerException} if an argument or a body is null, before any task is spawned
 * </ul>
 *
 * <p>Results may be null. Actions of the calling thread before the call <i>happen-before</i> the bodies; actions in the
 * bodies <i>happen-before</i> the return. All methods may be called by any thread, inside of tasks, too.
 *
 * @see Supervisor#completions()
 */
public final class Tasks {

    private Tasks() { }

    // ---- All

    /**
     * Runs all bodies and returns their results (T1). The first task that fails, or is cancelled, cancels the others; of
     * the bodies that have not been spawned none is.
     *
     * @param <T> the type of the results
     * @param bodies run at most once each
     * @return the results in the order of the bodies, unmodifiable; empty if there are no bodies
     * @throws ExecutionException if a task failed; the cause is what the first one has thrown. The failures of others are
     *     suppressed in it, 16 at most, then an exception that says how many more there were
     * @throws TaskCancelledException if a task was cancelled and none failed: a body may cancel its own
     * @throws InterruptedException if the calling thread was interrupted
     */
    public static <T extends @Nullable Object> List<T> all(Collection<? extends Callable<? extends T>> bodies)
            throws ExecutionException, InterruptedException {
        return all(Supervisor.builder(), bodies);
    }

    /**
     * Like {@link #all(Collection)}, in a supervisor with these settings.
     *
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param bodies run at most once each
     * @return the results in the order of the bodies, unmodifiable; empty if there are no bodies
     * @throws ExecutionException if a task failed; the cause is what the first one has thrown
     * @throws TaskCancelledException if a task was cancelled and none failed
     * @throws InterruptedException if the calling thread was interrupted
     */
    public static <T extends @Nullable Object> List<T> all(
            Supervisor.Builder builder, Collection<? extends Callable<? extends T>> bodies)
            throws ExecutionException, InterruptedException {
        return Gathering.<T>run(builder, bodies, task -> task.status() != Task.Status.SUCCEEDED).results();
    }

    /**
     * Runs all bodies and returns their tasks, whatever their outcome (T2). No task cancels another.
     *
     * @param <T> the type of the results
     * @param bodies run once each
     * @return the tasks in the order of the bodies, all done, unmodifiable; empty if there are no bodies
     * @throws InterruptedException if the calling thread was interrupted
     */
    public static <T extends @Nullable Object> List<Task<T>> allSettled(
            Collection<? extends Callable<? extends T>> bodies) throws InterruptedException {
        return allSettled(Supervisor.builder(), bodies);
    }

    /**
     * Like {@link #allSettled(Collection)}, in a supervisor with these settings.
     *
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param bodies run once each
     * @return the tasks in the order of the bodies, all done, unmodifiable; empty if there are no bodies
     * @throws InterruptedException if the calling thread was interrupted
     */
    public static <T extends @Nullable Object> List<Task<T>> allSettled(
            Supervisor.Builder builder, Collection<? extends Callable<? extends T>> bodies)
            throws InterruptedException {
        return Gathering.<T>run(builder, bodies, task -> false).tasks();
    }

    // ---- The first

    /**
     * Runs the bodies until one has returned, and returns its result (T3). The other tasks are cancelled; of the bodies
     * that have not been spawned by then none is.
     *
     * @param <T> the type of the results
     * @param bodies run at most once each; not empty
     * @return the result of the first task that has succeeded
     * @throws ExecutionException if none has succeeded; the cause is what the first one that failed has thrown. The
     *     failures of others are suppressed in it, 16 at most, then an exception that says how many more there were
     * @throws TaskCancelledException if all tasks were cancelled
     * @throws IllegalArgumentException if there are no bodies
     * @throws InterruptedException if the calling thread was interrupted, also after the first success
     */
    public static <T extends @Nullable Object> T firstSuccessful(Collection<? extends Callable<? extends T>> bodies)
            throws ExecutionException, InterruptedException {
        return firstSuccessful(Supervisor.builder(), bodies);
    }

    /**
     * Like {@link #firstSuccessful(Collection)}, in a supervisor with these settings.
     *
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param bodies run at most once each; not empty
     * @return the result of the first task that has succeeded
     * @throws ExecutionException if none has succeeded; the cause is what the first one that failed has thrown
     * @throws TaskCancelledException if all tasks were cancelled
     * @throws IllegalArgumentException if there are no bodies
     * @throws InterruptedException if the calling thread was interrupted, also after the first success
     */
    public static <T extends @Nullable Object> T firstSuccessful(
            Supervisor.Builder builder, Collection<? extends Callable<? extends T>> bodies)
            throws ExecutionException, InterruptedException {
        ensureSome(bodies);
        return Gathering.<T>run(builder, bodies, task -> task.status() == Task.Status.SUCCEEDED).result();
    }

    /**
     * Runs the bodies until one has ended, whatever its outcome, and returns its result (T4). The other tasks are
     * cancelled; of the bodies that have not been spawned by then none is.
     *
     * @param <T> the type of the results
     * @param bodies run at most once each; not empty
     * @return the result of the first task that has ended
     * @throws ExecutionException if that has failed; the cause is what it has thrown. The failures of others are
     *     suppressed in it, 16 at most, then an exception that says how many more there were
     * @throws TaskCancelledException if it was cancelled, and no other has failed
     * @throws IllegalArgumentException if there are no bodies
     * @throws InterruptedException if the calling thread was interrupted, also after the first end
     */
    public static <T extends @Nullable Object> T firstCompleted(Collection<? extends Callable<? extends T>> bodies)
            throws ExecutionException, InterruptedException {
        return firstCompleted(Supervisor.builder(), bodies);
    }

    /**
     * Like {@link #firstCompleted(Collection)}, in a supervisor with these settings.
     *
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param bodies run at most once each; not empty
     * @return the result of the first task that has ended
     * @throws ExecutionException if that has failed; the cause is what it has thrown
     * @throws TaskCancelledException if it was cancelled, and no other has failed
     * @throws IllegalArgumentException if there are no bodies
     * @throws InterruptedException if the calling thread was interrupted, also after the first end
     */
    public static <T extends @Nullable Object> T firstCompleted(
            Supervisor.Builder builder, Collection<? extends Callable<? extends T>> bodies)
            throws ExecutionException, InterruptedException {
        ensureSome(bodies);
        return Gathering.<T>run(builder, bodies, task -> true).result();
    }

    // ---- One after the other

    /**
     * Spawns a task for each body, and hands the tasks over in the order of their completion, failed and cancelled ones
     * too (T5). All are spawned before this method returns. To leave the iteration cancels the rest, so use a {@code
     * try} block:
     * {@snippet class="dev.supervisor.docs.ComposingExamples" region="asCompleted"}
     *
     * @param <T> the type of the results
     * @param bodies run at most once each
     * @return the tasks as they end; what its methods throw is described there
     * @throws CompletionException around an {@code InterruptedException} if the calling thread was interrupted while it
     *     waited for a place, which only a builder's limit makes it do; the interrupt status is set
     */
    public static <T extends @Nullable Object> Results<Task<T>> asCompleted(
            Collection<? extends Callable<? extends T>> bodies) {
        return asCompleted(Supervisor.builder(), bodies);
    }

    /**
     * Like {@link #asCompleted(Collection)}, in a supervisor with these settings.
     *
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param bodies run at most once each
     * @return the tasks as they end; what its methods throw is described there
     * @throws CompletionException around an {@code InterruptedException} if the calling thread was interrupted while it
     *     waited for a place; the interrupt status is set
     */
    public static <T extends @Nullable Object> Results<Task<T>> asCompleted(
            Supervisor.Builder builder, Collection<? extends Callable<? extends T>> bodies) {
        return Iteration.<T>ofTasks(builder, Gathering.copy(bodies));
    }

    /**
     * Applies a function to each input, each in a task of its own, and hands the results over in the order of the inputs
     * (T6).
     *
     * <p>At most {@code limit} inputs are in hand at once: those whose task runs, and those whose result was not handed
     * over yet. So a slow task holds up those behind it, and no results pile up. Nothing happens before the first {@code
     * hasNext} or {@code next}. Each of these calls pulls inputs, on the calling thread, until the limit is reached or
     * there are no more; only then {@code next} waits for a result. If the inputs make it wait, results wait, too.
     *
     * <p>The first task that fails, or is cancelled, cancels the others at once, wherever the calling thread is. If that
     * waits for a result, it throws when all have ended. If it waits for an input, it is interrupted first: inputs that
     * end their wait by an interrupt, a {@code BlockingQueue} for instance, hold up nothing, and what they throw is
     * suppressed in the failure; those that ignore it delay the failure until they return. If the calling thread is in
     * code of its own, between two calls, it is not disturbed: the next call throws.
     *
     * @param <I> the type of the inputs
     * @param <T> the type of the results
     * @param inputs used by the calling thread alone; may have no end, and may have nulls
     * @param limit how many inputs may be in hand
     * @param function applied once to each input that is pulled, unless its task is cancelled before its start
     * @return the results; what its methods throw is described there
     * @throws IllegalArgumentException if the limit is zero or negative
     */
    public static <I extends @Nullable Object, T extends @Nullable Object> Results<T> map(
            Iterable<? extends I> inputs, int limit, TaskFunction<? super I, ? extends T> function) {
        return map(Supervisor.builder(), inputs, limit, function);
    }

    /**
     * Like {@link #map(Iterable, int, TaskFunction)}, in a supervisor with these settings.
     *
     * @param <I> the type of the inputs
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param inputs used by the calling thread alone; may have no end, and may have nulls
     * @param limit how many inputs may be in hand
     * @param function applied once to each input that is pulled, unless its task is cancelled before its start
     * @return the results; what its methods throw is described there
     * @throws IllegalArgumentException if the limit is zero or negative
     */
    public static <I extends @Nullable Object, T extends @Nullable Object> Results<T> map(
            Supervisor.Builder builder, Iterable<? extends I> inputs, int limit,
            TaskFunction<? super I, ? extends T> function) {
        return map(builder, true, inputs, limit, function);
    }

    /**
     * Like {@link #map(Iterable, int, TaskFunction)}, with the results in the order of completion: no result waits for
     * another task.
     *
     * @param <I> the type of the inputs
     * @param <T> the type of the results
     * @param inputs used by the calling thread alone; may have no end, and may have nulls
     * @param limit how many inputs may be in hand: with a task that runs, or a result that was not handed over
     * @param function applied once to each input that is pulled, unless its task is cancelled before its start
     * @return the results; what its methods throw is described there
     * @throws IllegalArgumentException if the limit is zero or negative
     */
    public static <I extends @Nullable Object, T extends @Nullable Object> Results<T> mapUnordered(
            Iterable<? extends I> inputs, int limit, TaskFunction<? super I, ? extends T> function) {
        return mapUnordered(Supervisor.builder(), inputs, limit, function);
    }

    /**
     * Like {@link #mapUnordered(Iterable, int, TaskFunction)}, in a supervisor with these settings.
     *
     * @param <I> the type of the inputs
     * @param <T> the type of the results
     * @param builder opens the supervisor
     * @param inputs used by the calling thread alone; may have no end, and may have nulls
     * @param limit how many inputs may be in hand: with a task that runs, or a result that was not handed over
     * @param function applied once to each input that is pulled, unless its task is cancelled before its start
     * @return the results; what its methods throw is described there
     * @throws IllegalArgumentException if the limit is zero or negative
     */
    public static <I extends @Nullable Object, T extends @Nullable Object> Results<T> mapUnordered(
            Supervisor.Builder builder, Iterable<? extends I> inputs, int limit,
            TaskFunction<? super I, ? extends T> function) {
        return map(builder, false, inputs, limit, function);
    }

    private static <I extends @Nullable Object, T extends @Nullable Object> Results<T> map(
            Supervisor.Builder builder, boolean inOrder, Iterable<? extends I> inputs, int limit,
            TaskFunction<? super I, ? extends T> function) {
        Objects.requireNonNull(inputs, "inputs");
        Objects.requireNonNull(function, "function");
        if (limit <= 0) {
            throw new IllegalArgumentException("The limit is " + limit + ": no input could ever be in hand");
        }
        return Iteration.<I, T>ofResults(builder, inOrder, inputs, limit, function);
    }

    private static void ensureSome(Collection<?> bodies) {
        if (bodies.isEmpty()) {
            throw new IllegalArgumentException("There are no bodies, so none can be the first");
        }
    }
}
