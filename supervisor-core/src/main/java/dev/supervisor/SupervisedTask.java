package dev.supervisor;

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

/**
 * The one implementation of {@link Task}, and the Runnable that executors are given: it runs the body. {@link
 * TaskState} decides who may do what, {@link Completion} does what follows the end.
 */
non-sealed class SupervisedTask<T extends @Nullable Object> extends TaskState
        implements Task<T>, Runnable, Thread.UncaughtExceptionHandler {

    /*
     * The windows of a task, in the order of time, and what an interrupt status means in each:
     *
     *   found      before RUNNING: the status belongs to whoever runs the thread. Set aside, and restored after all
     *              else; left alone if the task runs inside of its spawn, or of another task (WindowStack), or on a
     *              pool that is stopping, whose interrupt is meant for whatever it runs
     *   body       RUNNING: interrupts are for the task. The window is closed by end(); a status that was delivered to
     *              this task is cleared then
     *   completed  the outcome is published, and observers are told (Completion); callbacks start with a clear status,
     *              and what was set in between is set again after
     *   retired    removed from the live set; the supervisor holds nothing of it
     *
     * The order is the contract's: a get may return before callbacks have run (E4), nobody's join may. Whatever
     * foreign code throws on the way is caught where it is called. What is left is a stack that runs out in our own
     * frames: where that is caught, the task is left to others (Completion).
     */

    /**
     * Makes a task that nobody else knows yet.
     *
     * @param body a {@link Callable}, an {@link Action} or a {@link Runnable}; the first of these that it is decides
     * @param observer told at the end before all others, or null
     */
    SupervisedTask(Supervisor supervisor, Object body, Callback.@Nullable Observer observer) {
        super(supervisor, body, observer == null ? null : new Callback(observer));
    }

    /** A task whose name was given. */
    static final class Named<T extends @Nullable Object> extends SupervisedTask<T> {

        private final String name;

        Named(Supervisor supervisor, String name, Object body, Callback.@Nullable Observer observer) {
            super(supervisor, body, observer);
            this.name = name;
        }

        @Override
        String givenName() {
            return name;
        }
    }

    // ---- Running

    /** Wraps the body; before the task is published. */
    final void decorate(TaskDecorator decorator) {
        payload = new DecoratedBody(this, present(payload), decorator);
    }

    /** Runs the body once and completes the task; called by executors. It throws nothing, unless the stack runs out. */
    @Override
    public final void run() {
        // The stack of a virtual thread that waits in its body lies on the heap, this frame with it: so it keeps the
        // task and one word, and what goes before the body, or follows it, has frames of its own.
        WindowStack stack = null;
        boolean mine = false;
        try {
            stack = spawnersStack();
            boolean inSpawn = stack != null;
            if (stack != null) {
                stack.pushNested(this);
            }
            mine = claim(inSpawn ? RUNNING : STARTING);
            if (mine) {
                if (!inSpawn) {
                    stack = enter();
                }
                if (inSpawn || start(stack != null ? stack : Thread.currentThread())) {
                    Object body = null;
                    Object result = null;
                    Throwable thrown = null;
                    try {
                        result = callBody(present(payload));
                    } catch (Throwable failure) {
                        if ((state & PHASE) >= SUCCEEDED) {   // inside of a decorator; we were cut off after that
                            throw SupervisedTask.<RuntimeException>throwAny(failure);
                        }
                        body = payload;
                        payload = result = thrown = failure;   // so that it is kept if we are cut off
                    }
                    if ((state & PHASE) < SUCCEEDED) {   // else it was done inside of a decorator
                        publish(body, result, thrown, stack);
                    }
                    complete(stack);
                } else {
                    Completion.complete(this, stack);
                }
            }
            if (stack != null) {
                stack.pop(this);
            }
        } catch (Throwable cut) {   // see Completion: no call before the mark
            if (mine) {
                @Nullable Object[] slots = segment.slots;   // null if that is over
                if (slots != null && slots[slot] == this) {
                    if ((state & PHASE) < SUCCEEDED && !(payload instanceof Throwable)) {
                        payload = cut;
                    }
                    thread = UNFINISHED;
                    supervisor.unfinished = true;
                }
            }
            if (stack != null) {
                stack.pop(this);
            }
            Sweep.recover(supervisor);
            throw cut;
        }
    }

    /** The stack of the current thread if it is in the spawn of this task, where it has noted itself; else null. */
    private @Nullable WindowStack spawnersStack() {
        return thread instanceof WindowStack noted && noted.thread == Thread.currentThread() ? noted : null;
    }

    /** Opens the window of this task, unless it is alone on its thread: then null. */
    private @Nullable WindowStack enter() {
        Launcher launcher = supervisor.settings.launcher();
        if (launcher.alone) {
            return null;
        }
        WindowStack stack = WindowStack.mine();
        stack.pushBody(this, launcher);
        return stack;
    }

    /** Publishes the outcome of a body that has returned or thrown. */
    private void publish(@Nullable Object body, @Nullable Object result, @Nullable Throwable thrown,
            @Nullable WindowStack stack) {
        boolean nested = stack != null && stack.endBody(this);
        boolean felt = false;
        int phase = SUCCEEDED;
        int phaseIfRequested = SUCCEEDED;
        if (thrown != null) {
            phase = phaseIfRequested = FAILED;
            try {
                Thread me = Thread.currentThread();
                boolean bodys = !(body instanceof DecoratedBody decorated) || decorated.hasBodyFailed();
                phase = bodys && Outcome.isSelfCancellation(thrown, this) ? CANCELLED : FAILED;
                phaseIfRequested = Outcome.isCancellation(thrown, me) ? CANCELLED : phase;
                felt = nested && Outcome.isByInterrupt(thrown, me);
            } catch (Throwable broken) {
                Uncaught.report("Looking into the failure", this, broken);
            }
        }
        if (end(result, phase, phaseIfRequested)) {
            Thread.interrupted();   // it was meant for this task
        } else if (felt && stack != null) {
            stack.restoreAtEnd();   // it was not
        }
    }

    /** Publishes the outcome inside of the decorator, and tells of it there (E10). */
    final void publishDecorated(@Nullable Object result, @Nullable Throwable thrown) {
        WindowStack stack = supervisor.settings.launcher().alone ? null : (WindowStack) thread;
        publish(null, thrown == null ? result : thrown, thrown, stack);
        Completion.tell(this, stack);
    }

    /** Completes the task, whose body the current thread has run. */
    private void complete(@Nullable WindowStack stack) {
        WindowStack made = stack == null && thread instanceof WindowStack since ? since : null;
        Completion.complete(this, stack);
        if (made != null) {
            made.pop(this);
        }
    }

    /** On a virtual thread of ours its task is its handler (WindowStack): what nobody has caught goes on as usual. */
    @Override
    public final void uncaughtException(Thread of, Throwable thrown) {
        WindowStack.passOn(of, thrown);
    }

    /** Calls a body of any of the three kinds. */
    static @Nullable Object callBody(Object body) throws Exception {
        if (body instanceof Callable<?> callable) {
            return callable.call();
        }
        if (body instanceof Action action) {
            action.run();
        } else {
            ((Runnable) body).run();
        }
        return null;
    }

    /** Calls a consumer of the user's, unless that has been done. */
    final void call(Callback node) {
        Consumer<? super Task<T>> consumer = node.claim();
        if (consumer != null) {
            try {
                consumer.accept(this);
            } catch (Throwable thrown) {
                Failures.reportThrown("A callback", this, thrown);
            }
        }
    }

    // ---- Cancelling

    @Override
    final void enqueueDropped() {
        Completions.enqueueDropped(this);
    }

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        return Completion.cancel(this, mayInterruptIfRunning);
    }

    // ---- Observing

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
        WindowStack stack = WindowStack.mine();
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
            throw new CompletionException("Interrupted while waiting for task " + name() + " of " + supervisor, e);
        } catch (ExecutionException e) {
            throw new CompletionException(describe() + " has failed", e.getCause());
        }
    }

    /**
     * What a waiter waits on, or null if the task is done. All waiters of a task share one latch, which is found without
     * a search, and from which those that give up are unlinked; so waits leave nothing behind but the latch, once.
     */
    private @Nullable CountDownLatch latch() {
        if (isDone()) {
            return null;
        }
        ensureNotInside();
        CountDownLatch latch = registeredLatch();
        // Registered before the end: the completer releases it. An end that came meanwhile is seen here.
        return isDone() ? null : latch;
    }

    /** Refuses to wait for this task, which is not done, inside of it (C8). */
    final void ensureNotInside() {
        if (Inside.of(this)) {
            throw new IllegalStateException(describe()
                    + " waits for its own end, which would never come; let its body return instead, after an abort()"
                    + " if every task is to end");
        }
    }

    @SuppressWarnings("unchecked")
    private T outcome() throws ExecutionException {
        int phase = phase();
        if (phase == SUCCEEDED) {
            return (T) present(payload);
        }
        if (phase == FAILED) {
            throw new ExecutionException(describe() + " has failed", (Throwable) payload);
        }
        throw cancelled();
    }

    /** The exception that says that this task was cancelled. */
    final TaskCancelledException cancelled() {
        Throwable cause = phase() == CANCELLED ? (Throwable) payload : null;
        return new TaskCancelledException(this, describe() + " was cancelled", cause);
    }

    @Override
    public final @Nullable Throwable failure() {
        return phase() == FAILED ? (Throwable) payload : null;
    }

    @Override
    @SuppressWarnings("unchecked")
    public final T resultNow() {
        if (phase() != SUCCEEDED) {
            throw new IllegalStateException(describe() + " has no result: it is " + status());
        }
        return (T) present(payload);
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
    public final Supervisor supervisor() {
        return supervisor;
    }

    @Override
    public final String name() {
        String given = givenName();
        return given != null ? given
                : supervisor.name() + "/task-" + Integer.toHexString(System.identityHashCode(this));
    }

    /** The name given to spawn, or null. */
    @Nullable String givenName() {
        return null;
    }

    @Override
    public final String toString() {
        return "Task[" + name() + ", " + status().name().toLowerCase(Locale.ROOT) + "]";
    }

    private String describe() {
        return "Task " + name() + " of " + supervisor;
    }

    /** Throws anything, checked or not, without a wrapper. */
    @SuppressWarnings("unchecked")
    static <X extends Throwable> X throwAny(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
