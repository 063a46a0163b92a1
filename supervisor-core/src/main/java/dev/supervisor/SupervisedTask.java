package dev.supervisor;

import java.lang.invoke.MethodHandles;
import java.util.List;
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
 * The one implementation of {@link Task}, and the Runnable that executors are given. It runs the body, tells everybody
 * of the end, and takes the task out of the supervisor's books; {@link TaskState} decides who may do what.
 */
non-sealed class SupervisedTask<T extends @Nullable Object> extends TaskState implements Task<T>, Runnable {

    /*
     * The windows of a task, in the order of time, and what an interrupt status means in each:
     *
     *   found      before RUNNING: the status belongs to whoever runs the thread. Set aside, and restored after all
     *              else; left alone if the task runs inside of spawn, in a window that is nested in the spawner's
     *   body       RUNNING: interrupts are for the task. The window is closed by end(); a status that was delivered to
     *              this task, and no other, is cleared then
     *   seen off   the outcome is published. Threads that wait are released, callbacks run, the failure handler runs;
     *              each starts with a clear status, and what was set in between is set again after
     *   gone       unregister(): removed from the live set, then counted out; the supervisor holds nothing of it
     *
     * The order is the contract's: a get may return before callbacks have run (E4), nobody's join may. Whatever
     * foreign code throws on the way is caught where it is called. What is left is a stack that runs out in our own
     * frames: where that is caught, the task is left to others (see Rescue).
     */

    // What there is before a window: it is inside of the task's spawn; the owner, whose thread it is on, has been told;
    // the interrupt status was set. Above these the mark.
    private static final long INLINE = 1;
    private static final long TOLD = 1 << 1;
    private static final long FOUND = 1 << 2;
    private static final int MARK_SHIFT = Integer.SIZE;

    static {
        // Loaded with the first task, so that no end of one depends on a class loader that is out of files or memory;
        // and the type of a decorator, without which C2 would call the accessor for it.
        for (Class<?> type : List.of(Outcome.class, Callback.class, TaskCancelledException.class, Status.class,
                Supervisor.State.class, Uncaught.class, Failures.class, Sweep.class, Exit.class, Finish.class,
                Waits.class, Rescue.class, TaskDecorator.class, DecoratedBody.class)) {
            try {
                MethodHandles.lookup().ensureInitialized(type);
            } catch (IllegalAccessException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    /**
     * Makes a task that nobody else knows yet.
     *
     * @param body a {@link Callable}, an {@link Action} or a {@link Runnable}; the first of these that it is decides
     * @param observer called at the end before all others, or null
     */
    SupervisedTask(Supervisor supervisor, Object body, @Nullable Consumer<? super Task<T>> observer) {
        super(supervisor, body, observer == null ? null : new Callback(observer));
    }

    /** A task whose name was given. */
    static final class Named<T extends @Nullable Object> extends SupervisedTask<T> {

        private final String name;

        Named(Supervisor supervisor, String name, Object body, @Nullable Consumer<? super Task<T>> observer) {
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

    /** Runs the body once and sees the task off; called by executors. It throws nothing. */
    @Override
    public final void run() {
        // The stack of a virtual thread that waits in its body lies on the heap, this frame with it: so it keeps the
        // task and one word, and what goes before the body, or follows it, has frames of its own.
        long before = lookAround(Thread.currentThread());
        boolean pending = false;
        boolean mine = false;
        try {
            mine = claim(isInline(before) ? RUNNING : STARTING);
            if (mine) {
                if (isInline(before) || start(Thread.currentThread())) {
                    Object body = null;
                    Object result = null;
                    Throwable thrown = null;
                    try {
                        result = callBody(present(payload));
                    } catch (Throwable failure) {
                        body = payload;
                        payload = result = thrown = failure;   // so that it is kept if we are cut off
                    }
                    pending = complete(body, result, thrown, isInline(before));
                } else {
                    cleanUpDropped(Thread.currentThread());
                }
            }
        } catch (Throwable cut) {   // see Rescue: no call before the mark
            if (mine) {
                boolean ended = (state & PHASE) >= SUCCEEDED;
                if (!ended && !(payload instanceof Throwable)) {
                    payload = cut;
                }
                thread = ended && thread == null ? Rescue.SEEN_OFF : Rescue.CUT_OFF;
                supervisor.stranded = true;
                Rescue.attempt(supervisor);
            }
            throw cut;
        } finally {
            restore(before, pending);
        }
    }

    /** What there is before the window, in one word: flags, and above them the mark of {@link Interrupts}. */
    private long lookAround(Thread me) {
        boolean inline = thread == me;
        long mark = supervisor.interrupts.mark();
        boolean told = supervisor.wasOwnerTold(me);
        // Looked at before the step that makes the task RUNNING: whatever comes after is meant for the task.
        boolean found = inline ? me.isInterrupted() : Thread.interrupted();
        return mark << MARK_SHIFT | (inline ? INLINE : 0) | (told ? TOLD : 0) | (found ? FOUND : 0);
    }

    private static boolean isInline(long before) {
        return (before & INLINE) != 0;
    }

    /** Sets the interrupt status again if it was found, or is meant for something around the window. */
    private void restore(long before, boolean pending) {
        Thread me = Thread.currentThread();
        int mark = (int) (before >>> MARK_SHIFT);
        Interrupts.restore(me, (before & FOUND) != 0 || pending
                || (before & TOLD) == 0 && supervisor.isOwnerTold(me)
                || supervisor.interrupts.isMeantForOuterTask(supervisor.census, me, mark, isInline(before)));
    }

    /**
     * Publishes the outcome of a body that has returned or thrown, and sees the task off.
     *
     * @param body looked at only if it has thrown
     * @return whether the interrupt status has to be set again
     */
    private boolean complete(
            @Nullable Object body, @Nullable Object result, @Nullable Throwable thrown, boolean inline) {
        boolean felt = false;
        int phase = SUCCEEDED;
        int phaseIfRequested = SUCCEEDED;
        if (thrown != null) {
            phase = phaseIfRequested = FAILED;
            try {
                Thread me = Thread.currentThread();
                boolean bodys = !(body instanceof DecoratedBody decorated) || decorated.hasBodyFailed();
                phase = bodys && Outcome.isSelfCancellation(thrown, this) ? CANCELLED : FAILED;
                phaseIfRequested = Outcome.isByInterrupt(thrown, me, true) ? CANCELLED : phase;
                felt = inline && Outcome.isByInterrupt(thrown, me, false);
            } catch (Throwable broken) {
                Uncaught.report("Looking into the failure", this, broken);
            }
        }
        if (end(result, phase, phaseIfRequested)) {
            Thread.interrupted();
            felt = false;   // for it was meant for this task
        }
        boolean pending = seeOff(thrown);
        thread = null;
        supervisor.unregister(this);
        return felt || pending;
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

    /**
     * Tells everybody of the end: threads that wait, callbacks, the failure handler. Each of these is called with a
     * clear interrupt status.
     *
     * @param thrown what the body threw, or null
     * @return whether the status was set in between, and has to be set again
     */
    private boolean seeOff(@Nullable Throwable thrown) {
        Callback newest = closeCallbacks();
        Callback next = null;
        boolean reported = false;
        try {
            Callback.releaseLatches(newest);
            boolean pending = Thread.interrupted();
            Throwable failure = failure();
            if (thrown != null && (failure != null || !Outcome.isCancellationItself(thrown))) {
                Failures.consider(supervisor, thrown);
            }
            next = Callback.inOrder(newest);
            newest = null;
            while (next != null) {
                pending |= Thread.interrupted();
                Callback node = next;
                next = node.next;
                try {   // here, not in a method, whose call could be cut off and lose the node
                    node.call(this);
                } catch (Throwable thrownByIt) {
                    Failures.reportThrown("A callback", this, thrownByIt);
                }
            }
            if (failure != null) {
                FailureHandler handler = supervisor.settings.failureHandler();
                pending |= Thread.interrupted();
                reported = true;
                try {
                    handler.onFailure(this, failure);
                } catch (Throwable thrownByIt) {
                    Failures.reportThrown("The failure handler", this, thrownByIt);
                }
            }
            return pending;
        } catch (Throwable cut) {   // see Rescue: without a call, those that are left go back, newest first
            if (reported) {
                thread = null;
            }
            while (next != null) {
                Callback node = next;
                next = node.next;
                node.next = newest;
                newest = node;
            }
            if (newest != null) {
                callbacks = newest;
            }
            throw cut;
        }
    }

    private void call(Callback node) {
        try {
            node.call(this);
        } catch (Throwable thrown) {
            Failures.reportThrown("A callback", this, thrown);
        }
    }

    // ---- Cancelling

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        int asked = request(mayInterruptIfRunning);
        if (asked == INTERRUPTING) {
            asked = request(true);   // once more
        }
        if (asked == DROPPED) {
            try {
                cleanUpDropped(Thread.currentThread());
            } catch (Throwable cut) {   // see Rescue
                thread = Rescue.CUT_OFF;
                supervisor.stranded = true;
                throw cut;
            }
        }
        return asked != 0;
    }

    /** Releases, calls back and unregisters a task that the calling thread has dropped. */
    final void cleanUpDropped(Thread me) {
        boolean told = supervisor.wasOwnerTold(me);
        boolean pending = false;
        supervisor.callsBack(me);
        try {
            thread = me;
            pending = seeOff(null);
            thread = null;
            supervisor.unregister(this);
        } finally {
            Interrupts.restore(me, pending || !told && supervisor.isOwnerTold(me));
        }
    }

    /** Finishes this task if somebody has left it with a mark. */
    final void rescue(Thread me) {
        boolean told = supervisor.wasOwnerTold(me);
        Object mark = takeOver(me);
        if (mark == null) {
            return;
        }
        boolean pending = false;
        try {
            if (mark == Rescue.CUT_OFF) {
                if (!isDone()) {
                    end(payload, FAILED, FAILED);
                }
                supervisor.callsBack(me);
                pending = seeOff(failure());
            }
            thread = null;
            supervisor.unregister(this);
        } catch (Throwable cut) {
            thread = thread == null ? Rescue.SEEN_OFF : Rescue.CUT_OFF;
            supervisor.stranded = true;
            throw cut;
        } finally {
            Interrupts.restore(me, pending || !told && supervisor.isOwnerTold(me));
        }
    }

    // ---- Observing

    @Override
    public final Task<T> onDone(Consumer<? super Task<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        Callback node = new Callback(callback);
        if (!register(node)) {
            Thread me = Thread.currentThread();
            boolean told = supervisor.wasOwnerTold(me);
            boolean pending = Thread.interrupted();
            call(node);
            Interrupts.restore(me, pending || !told && supervisor.isOwnerTold(me));
        }
        return this;
    }

    @Override
    public final T get() throws InterruptedException, ExecutionException {
        CountDownLatch latch = latch();
        if (latch != null) {
            Waits.await(latch);
        }
        return outcome();
    }

    @Override
    public final T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        long nanos = unit.toNanos(timeout);
        CountDownLatch latch = latch();
        if (latch != null && !Waits.await(latch, nanos)) {
            throw new TimeoutException(describe() + " is not done within " + timeout + " " + unit);
        }
        return outcome();
    }

    @Override
    public final T join() {
        try {
            return get();
        } catch (InterruptedException e) {
            Interrupts.restore(Thread.currentThread(), true);
            throw new CompletionException("Interrupted while waiting for task " + name() + " of " + supervisor, e);
        } catch (ExecutionException e) {
            throw new CompletionException(describe() + " has failed", e.getCause());
        }
    }

    /**
     * What a waiter waits on, or null if the task is done. All waiters of a task share one latch, from which those that
     * give up are unlinked; so waits leave nothing behind but the latch, once.
     */
    private @Nullable CountDownLatch latch() {
        if (isDone()) {
            return null;
        }
        if (isRunBy(Thread.currentThread())) {
            throw new IllegalStateException(describe()
                    + " waits for its own end, which would never come; let its body return instead, after an abort()"
                    + " if every task is to end");
        }
        CountDownLatch latch = registeredLatch();
        if (latch == null) {
            latch = new Callback.Latch();
            if (!register(new Callback(latch))) {
                return null;
            }
        }
        // Registered before the end: the completer releases it. An end that came meanwhile is seen here.
        return isDone() ? null : latch;
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
        onDone(done -> future.follow());
        return future;
    }

    @Override
    public final Status status() {
        return switch (phase()) {
            case PENDING -> Status.PENDING;
            case STARTING, RUNNING -> Status.RUNNING;
            case SUCCEEDED -> Status.SUCCEEDED;
            case FAILED -> Status.FAILED;
            default -> Status.CANCELLED;
        };
    }

    @Override
    public final boolean isDone() {
        return phase() >= SUCCEEDED;
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
