package dev.supervisor;

import java.util.concurrent.CompletableFuture;
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
