package dev.supervisor.engine;

import dev.supervisor.TaskCancelledException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A future that follows a task; cancelling it asks the task to cancel. */
final class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> implements Callback.Observer {

    private final SupervisedTask<T> task;
    /** Registered with the task; null once this future is completed, for it leads to those of others. */
    @Nullable Callback node;

    TaskFuture(SupervisedTask<T> task) {
        this.task = task;
    }

    /** Takes over the outcome. */
    @Override
    public void ended(SupervisedTask<?> same) {
        int phase = task.phase();
        if (phase == TaskState.SUCCEEDED) {
            super.complete(task.resultNow());
        } else if (phase == TaskState.FAILED) {
            super.completeExceptionally(task.exceptionNow());
        } else {
            super.completeExceptionally(task.cancelled());
        }
        node = null;
    }

    // ---- Completed by others than the task. (orTimeout and completeOnTimeout come here, too.)

    @Override
    public boolean complete(T value) {
        boolean completed = super.complete(value);
        unregister();
        return completed;
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        boolean completed = super.completeExceptionally(failure);
        unregister();
        return completed;
    }

    @Override
    public void obtrudeValue(T value) {
        super.obtrudeValue(value);
        unregister();
    }

    @Override
    public void obtrudeException(Throwable failure) {
        super.obtrudeException(failure);
        unregister();
    }

    /** What the supplier ends with completes this future, by a way that is not seen here. */
    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        Objects.requireNonNull(supplier);
        return super.completeAsync(() -> {
            try {
                return supplier.get();
            } finally {
                unregister();
            }
        }, executor);
    }

    /** The task is asked first: a dependent, which runs in here, may wait for the task's end. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!isDone()) {
            task.cancel(mayInterruptIfRunning);   // first: decides Race18_FutureCancel
        }
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        unregister();
        return cancelled;
    }

    private void unregister() {
        Callback registered = node;
        if (registered != null && registered.clear()) {
            task.futureCleared();
        }
        node = null;
    }

    // ---- Read by any thread

    @Override
    public T get() throws InterruptedException, ExecutionException {
        ensureNotInside();
        try {
            return super.get();
        } catch (InterruptedException e) {
            WindowStack.endedByInterrupt();
            throw e;
        } catch (CancellationException e) {
            throw unwrapped(e);
        }
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        ensureNotInside();
        try {
            return super.get(timeout, unit);
        } catch (InterruptedException e) {
            WindowStack.endedByInterrupt();
            throw e;
        } catch (CancellationException e) {
            throw unwrapped(e);
        }
    }

    @Override
    public T join() {
        ensureNotInside();
        try {
            return super.join();
        } catch (CancellationException e) {
            throw unwrapped(e);
        }
    }

    /** A thread that waits for the future of a task inside of the task waits for itself (C8). */
    private void ensureNotInside() {
        if (!isDone()) {
            SelfWait.ensureNotInside(task);
        }
    }

    @Override
    public T getNow(T otherwise) {
        try {
            return super.getNow(otherwise);
        } catch (CancellationException e) {
            throw unwrapped(e);
        }
    }

    /** From JDK 25 on a future wraps what it was completed with once more, so that its task is not seen (E3). */
    private static CancellationException unwrapped(CancellationException thrown) {
        return thrown.getCause() instanceof TaskCancelledException cancelled ? cancelled : thrown;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
