package dev.supervisor;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A future that follows a task; cancelling it asks the task to cancel. */
final class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> implements Callback.Observer {

    private final SupervisedTask<T> task;

    TaskFuture(SupervisedTask<T> task) {
        this.task = task;
    }

    /** Takes over the outcome. */
    @Override
    public void ended(SupervisedTask<?> same) {
        int phase = task.phase();
        if (phase == TaskState.SUCCEEDED) {
            complete(task.resultNow());
        } else if (phase == TaskState.FAILED) {
            completeExceptionally(task.exceptionNow());
        } else {
            completeExceptionally(task.cancelled());
        }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        ensureNotInside();
        try {
            return super.get();
        } catch (InterruptedException e) {
            WindowStack.felt();
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
            WindowStack.felt();
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

    /** Whoever waits for the future of a task inside of the task waits for himself (C8). */
    private void ensureNotInside() {
        if (!isDone()) {
            task.ensureNotInside();
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

    /** The task is asked first: a dependent, which runs in here, may wait for the task's end. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!isDone()) {
            task.cancel(mayInterruptIfRunning);
        }
        return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
