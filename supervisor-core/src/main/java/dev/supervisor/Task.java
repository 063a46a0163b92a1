package dev.supervisor;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A task that a {@link Supervisor} waits for, and the handle to its outcome.
 *
 * <p>The outcome belongs to this handle alone: once the task is done the supervisor keeps no reference to
 * it (E6). Use {@link #onDone onDone} to act on the outcome, or wait for it with {@link #get() get} or {@link #join()
 * join}.
 *
 * <p>Where this interface bends {@link Future}: {@link #isDone()} is true only once the body has really ended, or will
 * never start. {@code cancel} is a request, which a running body may ignore; so a task can be asked to cancel and then
 * succeed, and {@link #isCancelled()} speaks of the outcome, not of the request.
 *
 * <p>Actions of the spawning thread before the spawn <i>happen-before</i> the body; actions in the body
 * <i>happen-before</i> its callbacks, and before every {@code get}, {@code join} or {@code isDone} that reports the
 * task done.
 *
 * <p>All methods may be called by any thread. Tests may implement this interface, to fake a task; methods may be added
 * to it.
 *
 * @param <T> the type of the result
 */
public interface Task<T extends @Nullable Object> extends Future<T> {

    /**
     * Where a task stands. Named {@code Status}, and not {@code State}, because {@link Future} has a {@code state()} of
     * its own from JDK 19 on.
     */
    enum Status {
        /** Accepted, not started. */
        PENDING,
        /** A thread has taken it on, and its body has not ended. */
        RUNNING,
        /** Its body has returned. */
        SUCCEEDED,
        /** Its body has thrown. */
        FAILED,
        /**
         * It was cancelled before its start; or its body has thrown a {@link CancellationException}, or, after a
         * request to cancel, what an interrupt makes it throw (E3). A clean-up that failed on the way, and so is
         * suppressed in what the body has thrown, makes it {@code FAILED} instead.
         */
        CANCELLED
    }

    /**
     * The name given to {@code spawn}, or one that is made up of the supervisor's name and the task's identity.
     *
     * @return the name of this task
     */
    String name();

    /**
     * The supervisor that waits for this task.
     *
     * @return the supervisor
     */
    Supervisor supervisor();

    /**
     * Where this task stands now.
     *
     * @return the status; final once it is {@code SUCCEEDED}, {@code FAILED} or {@code CANCELLED}
     */
    Status status();

    /**
     * Asks this task to cancel, with an interrupt if it runs: the same as {@link #cancel(boolean) cancel(true)}.
     *
     * @return false only if the task is already done
     */
    default boolean cancel() {
        return cancel(true);
    }

    /**
     * Asks this task to cancel (C1). A task that has not started is done at once, as {@code CANCELLED}: its body never
     * runs; its futures complete and its callbacks run on the calling thread before this method returns. A running task
     * is interrupted, once however often it is asked, if {@code mayInterruptIfRunning}; otherwise the request is noted,
     * and a later {@code cancel(true)} or {@link Supervisor#abort() abort} still interrupts.
     *
     * <p>A cancellation is an interrupt. A platform thread in {@code java.net} socket I/O is not ended by one: close its
     * socket as well, or use channels.
     *
     * @param mayInterruptIfRunning whether to interrupt the thread that runs the task
     * @return false only if the task is already done
     */
    @Override
    boolean cancel(boolean mayInterruptIfRunning);

    /**
     * Whether this task is done as {@link Status#CANCELLED CANCELLED}. A request alone does not make it true.
     *
     * @return true if the task is done and its outcome is cancellation
     */
    @Override
    boolean isCancelled();

    /**
     * Whether the body has ended, or will never start. Callbacks may still be running.
     *
     * @return true if the outcome is final
     */
    @Override
    boolean isDone();

    /**
     * Registers a callback for the end of this task (E4). Callbacks run in the order of their registration, exactly
     * once each, on the thread that completed the task, with the interrupt status clear; if the task is already done,
     * at once on the calling thread. The task counts as live until all callbacks have run that were registered before
     * it was done. Threads that wait for the task are released, and its {@linkplain #toCompletableFuture futures}
     * complete, before the first callback runs.
     *
     * <p>What a callback throws goes to the thread's uncaught-exception handler, wrapped; the other callbacks still
     * run.
     *
     * @param callback given this task
     * @return this task
     */
    Task<T> onDone(Consumer<? super Task<T>> callback);

    /**
     * Whether this task was asked to cancel: by {@link #cancel cancel}, an abort, or its time limit; whatever has become
     * of it then.
     *
     * @return true once a request has been made, or if the task was cancelled before its start
     */
    boolean isCancelRequested();

    /**
     * Registers a hook that runs once if cancellation of this task is requested, by whatever way (S3). It ends what an
     * interrupt does not end: it closes the socket of a platform thread, for instance. It runs on the thread that makes
     * the request, or, if that comes first, on the one that completes the task, before its callbacks; with the interrupt
     * status clear. It may still be running when the task is done. If the request was made before this call, the hook
     * runs at once on the calling thread, also if the task is done by then. Without a request it never runs.
     *
     * <p>What a hook throws goes to the thread's uncaught-exception handler, wrapped.
     *
     * @param hook run at most once
     * @return this task
     */
    Task<T> onCancel(Action hook);

    /**
     * Registers a hook that runs once if the supervisor begins to {@linkplain Supervisor#drain drain} while this task is
     * live (S3). It makes the task end soon: it closes a listener, or asks an idle connection to go. It runs on a thread
     * of its own kind, which runs those of all tasks in turn, or at once on the calling thread if that has passed this
     * task already; with the interrupt status clear. It does not begin once the task is done.
     *
     * <p>What a hook throws goes to the thread's uncaught-exception handler, wrapped.
     *
     * @param hook run at most once
     * @return this task
     */
    Task<T> onDrain(Action hook);

    /**
     * Waits for the outcome. If the executor never runs the task, that is until it is cancelled (A7).
     *
     * @return the result of the body
     * @throws TaskCancelledException if the task was cancelled
     * @throws ExecutionException if the body threw; the cause is what it threw
     * @throws InterruptedException if the calling thread was interrupted; the task is not disturbed
     * @throws IllegalStateException if called inside of this very task, or a task of a supervisor that was opened in
     *     it, at any depth: it would wait for itself (C8)
     */
    @Override
    T get() throws InterruptedException, ExecutionException;

    /**
     * Waits for the outcome, for a limited time. If that is zero or negative, this method looks and returns.
     *
     * @throws TimeoutException if the time is over; the task is not disturbed
     * @see #get()
     */
    @Override
    T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException;

    /**
     * Waits for the outcome, as {@link #get()} does, with unchecked exceptions only.
     *
     * @return the result of the body
     * @throws TaskCancelledException if the task was cancelled
     * @throws CompletionException if the body threw (the cause is what it threw), or if the calling thread was
     *     interrupted (the cause is an {@link InterruptedException}, and the interrupt status is set again)
     * @throws IllegalStateException if called inside of this very task, or a task of a supervisor that was opened in
     *     it, at any depth: it would wait for itself (C8)
     */
    T join();

    /**
     * What the body threw.
     *
     * @return the failure if the task is {@link Status#FAILED FAILED}, otherwise {@code null}
     */
    @Nullable Throwable failure();

    /**
     * The result of a task that has succeeded. Present on every JDK, as {@link Future} has it from 19 on.
     *
     * @return the result
     * @throws IllegalStateException if the task has not succeeded
     */
    T resultNow();

    /**
     * The failure of a task that has failed. Present on every JDK, as {@link Future} has it from 19 on.
     *
     * @return what the body threw
     * @throws IllegalStateException if the task has not failed
     */
    Throwable exceptionNow();

    /**
     * A future that completes with the outcome of this task: the result, the failure, or a {@link
     * CancellationException}. Each call makes a new one. It completes, and its dependants run, on the thread that
     * completes the task, before any {@link #onDone callback} of the task.
     *
     * <p>Cancelling the future asks this task to cancel, and then cancels the future, whatever becomes of the task.
     *
     * <p>A future is registered with this task until this task ends, or the future is completed otherwise: by hand, or
     * by {@link CompletableFuture#orTimeout orTimeout}, for instance. A {@code get} of the future that times out
     * completes nothing, so the future stays registered. To wait often for a long task, use {@link #get(long, TimeUnit)
     * get} of this task, which leaves nothing behind, or one and the same future (E7).
     *
     * <p>{@code get} and {@code join} of the future throw an {@code IllegalStateException} where those of this task do.
     * A stage that is derived from it does not know the task: to wait for one inside of the task is to wait for ever
     * (C8).
     *
     * @return a new future
     */
    CompletableFuture<T> toCompletableFuture();
}
