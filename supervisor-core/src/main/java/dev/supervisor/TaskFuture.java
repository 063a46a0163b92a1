package dev.supervisor;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A future that follows a task; cancelling it asks the task to cancel. */
final class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> {

    private final SupervisedTask<T> task;

    TaskFuture(SupervisedTask<T> task) {
        this.task = task;
    }

    /** Takes over the outcome; called when the task is done. */
    void follow() {
        switch (task.status()) {
            case SUCCEEDED -> complete(task.resultNow());
            case FAILED -> completeExceptionally(task.exceptionNow());
            default -> completeExceptionally(task.cancelled());
        }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        try {
            return super.get();
        } catch (CancellationException e) {
            throw unwrapped(e);
        }
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return super.get(timeout, unit);
        } catch (CancellationException e) {
            throw unwrapped(e);
        }
    }

    @Override
    public T join() {
        try {
            return super.join();
        } catch (CancellationException e) {
            throw unwrapped(e);
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

    /** From JDK 25 on a future wraps what it was completed with once more, so that nobody sees whose it is (E3). */
    private static CancellationException unwrapped(CancellationException thrown) {
        return thrown.getCause() instanceof TaskCancelledException cancelled ? cancelled : thrown;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            task.cancel(mayInterruptIfRunning);
        }
        return cancelled;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
