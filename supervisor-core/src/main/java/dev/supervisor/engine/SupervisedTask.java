package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Task;
import dev.supervisor.TaskCancelledException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one implementation of {@link Task}: the handle, by which threads ask, wait and cancel. */
class SupervisedTask<T extends @Nullable Object> extends TaskBody implements Task<T> {

    /**
     * Makes a task that no other thread knows yet.
     *
     * @param body a {@link Callable}, an {@link Action} or a {@link Runnable}; the first of these that it is decides
     * @param observer notified of the end before all others, or null
     */
    SupervisedTask(Scope scope, Object body, Callback.@Nullable Observer observer) {
        super(scope, body, observer == null ? null : new Callback(observer));
    }

    /** A task that may hold a permit (S9). */
    static class Permitted<T extends @Nullable Object> extends SupervisedTask<T> {

        /** A permit is to be returned; written by the thread that has taken it, then by the completer. */
        boolean permit;

        Permitted(Scope scope, Object body, Callback.@Nullable Observer observer) {
            super(scope, body, observer);
        }
    }

    /** A task whose name was given, if a name is there. */
    static final class Named<T extends @Nullable Object> extends Permitted<T> {

        private final @Nullable String name;

        Named(Scope scope, @Nullable String name, Object body, Callback.@Nullable Observer observer) {
            super(scope, body, observer);
            this.name = name;
        }

        @Override
        @Nullable String givenName() {
            return name;
        }
    }

    /** Calls a consumer of the user's, unless that has been done. */
    final void call(Callback node) {
        Consumer<? super Task<T>> consumer = node.claim();
        if (consumer != null) {
            try {
                consumer.accept(this);
            } catch (Throwable thrown) {
                FatalErrors.reportThrown("A callback", this, thrown);
            }
        }
    }

    // ---- Cancelling

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        StackRoom.ensure();   // a waiter may rely on this thread for what follows
        return Completion.cancel(this, mayInterruptIfRunning);
    }

    // ---- Observing

    @Override
    public final Task<T> onCancel(Action hook) {
        Hooks.register(this, new Hook(Objects.requireNonNull(hook, "hook"), false));
        return this;
    }

    @Override
    public final Task<T> onDrain(Action hook) {
        Hooks.register(this, new Hook(Objects.requireNonNull(hook, "hook"), true));
        return this;
    }

    @Override
    public final Task<T> onDone(Consumer<? super Task<T>> callback) {
        Callback node = new Callback(Objects.requireNonNull(callback, "callback"));
        register(node);
        if (isDone()) {
            callLate(node);
        }
        return this;
    }

    private void callLate(Callback node) {
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            call(node);
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }

    @Override
    public final T get() throws InterruptedException, ExecutionException {
        CountDownLatch latch = latch();
        if (latch != null) {
            Waits.awaitInBody(latch, Waits.FOREVER);
        }
        return outcome();
    }

    @Override
    public final T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        long nanos = unit.toNanos(timeout);
        CountDownLatch latch = latch();
        if (latch != null && !Waits.awaitInBody(latch, nanos)) {
            throw new TimeoutException(describe() + " is not done within " + timeout + " " + unit);
        }
        return outcome();
    }

    @Override
    public final T join() {
        try {
            CountDownLatch latch = latch();
            if (latch != null) {
                Waits.await(latch, Waits.FOREVER);
            }
            return outcome();
        } catch (InterruptedException e) {
            setStatus();
            throw new CompletionException("Interrupted while waiting for task " + name() + " of " + scope, e);
        } catch (ExecutionException e) {
            throw new CompletionException(describe() + " has failed", e.getCause());
        }
    }

    /**
     * What a waiter waits on, or null if the task is done. All waiters of a task share one latch, which is found
     * without a search, and from which those that give up are unlinked; so waits leave nothing behind but the latch,
     * once.
     */
    private @Nullable CountDownLatch latch() {
        if (isDone()) {
            return null;
        }
        SelfWait.ensureNotInside(this);
        Abort.recover(scope);   // perhaps the thread that ran it was cut off
        CountDownLatch latch = registeredLatch();
        // Registered before the end: the completer releases it. An end that came meanwhile is seen here.
        return isDone() ? null : latch;
    }

    @SuppressWarnings("unchecked")
    private T outcome() throws ExecutionException {
        int phase = phase();
        if (phase == SUCCEEDED) {
            return (T) assumeNonNull(plainResult());
        }
        if (phase == FAILED) {
            throw new ExecutionException(describe() + " has failed", plainThrown());
        }
        throw cancelled();
    }

    /** The exception that says that this task was cancelled. */
    final TaskCancelledException cancelled() {
        Throwable cause = phase() == CANCELLED ? plainThrown() : null;
        return new TaskCancelledException(this, describe() + " was cancelled", cause);
    }

    @Override
    public final @Nullable Throwable failure() {
        return phase() == FAILED ? plainThrown() : null;
    }

    @Override
    @SuppressWarnings("unchecked")
    public final T resultNow() {
        if (phase() != SUCCEEDED) {
            throw new IllegalStateException(describe() + " has no result: it is " + status());
        }
        return (T) assumeNonNull(plainResult());
    }

    @Override
    public final Throwable exceptionNow() {
        Throwable failure = failure();
        if (failure == null) {
            throw new IllegalStateException(describe() + " has no failure: it is " + status());
        }
        return failure;
    }

    @Override
    public final CompletableFuture<T> toCompletableFuture() {
        TaskFuture<T> future = new TaskFuture<>(this);
        Callback node = new Callback(future);
        future.node = node;
        registerFuture(node);
        if (isDone()) {
            future.ended(this);
        }
        return future;
    }

    @Override
    public final Status status() {
        int phase = phase();
        return phase == PENDING ? Status.PENDING
                : phase <= RUNNING ? Status.RUNNING
                : phase == SUCCEEDED ? Status.SUCCEEDED
                : phase == FAILED ? Status.FAILED
                : Status.CANCELLED;
    }

    @Override
    public final boolean isCancelled() {
        return phase() >= CANCELLED;
    }

    @Override
    public final Scope supervisor() {
        return scope;
    }

    @Override
    public final String name() {
        String given = givenName();
        return given != null ? given
                : scope.name() + "/task-" + Integer.toHexString(System.identityHashCode(this));
    }

    /** The name given to spawn, or null. */
    @Nullable String givenName() {
        return null;
    }

    @Override
    public final @Nullable String threadName() {
        String given = givenName();
        String supervisor = scope.settings.name();
        return given == null || supervisor == null ? given : supervisor + "/" + given;
    }

    @Override
    public final String toString() {
        return "Task[" + name() + ", " + status().name().toLowerCase(Locale.ROOT) + "]";
    }

    @Override
    public final String describe() {
        return "Task " + name() + " of " + scope;
    }

    @Override
    final Throwable timedOut(@Nullable Throwable thrown) {
        Duration limit = this instanceof Specified<?> specified ? specified.spec.timeout() : Duration.ZERO;
        TimeoutException failure = new TimeoutException("Task " + name() + " of supervisor " + scope.name()
                + " has not ended within its time limit of " + limit);
        if (thrown != null) {
            failure.addSuppressed(thrown);
        }
        return failure;
    }

    /** It has failed or was cancelled: so is a future that was its body, if that has not ended. May be repeated. */
    void endFuture() { }

    /** When a task with a time limit was made, as the alarm counts time; 0 if that is not known. */
    long limitedSince() {
        return 0;
    }

    /** When the alarm is to look at this task, as the alarm counts time. */
    long due() {
        return Deadlines.NEVER;
    }

    /** By the alarm: marks what has passed; whether {@link #onTime} is to be called. */
    boolean expire(long now) {
        return expire();
    }

    /** By the thread that the alarm starts: carries out what was marked; returns what {@link #request} does. */
    int onTime() {
        return Completion.interrupt(this);
    }

    /**
     * The request to cancel is to be carried out, where it is no interrupt; may be repeated.
     *
     * @param hasHooks whether the task has hooks for that
     */
    void onRequest(boolean hasHooks) { }

    /** Throws anything, checked or not, without a wrapper. */
    @SuppressWarnings("unchecked")
    static <X extends Throwable> X sneakyThrow(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
