package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * The one implementation of {@link Task}, and the Runnable that executors are given: the task's state machine, from PENDING to its outcome and to
 * the moment that it stops counting as live.
 */
non-sealed class SupervisedTask<T extends @Nullable Object> implements Task<T>, Runnable {

    /*
     * The state word: a phase, flags, and a stamp.
     *
     *   PENDING ──run──► STARTING ──► RUNNING ──body ends──► SUCCEEDED | FAILED | CANCELLED
     *      │                 │
     *      └──cancel, undo───┴──────► DROPPED                 (cancelled before its start)
     *
     *   REQUESTED     cancellation was requested; while STARTING or RUNNING
     *   INTERRUPTING  a canceller is about to interrupt the runner, or in the middle of it; then INTERRUPTED; while RUNNING
     *   WATCHED       somebody has registered, or is about to, in `callbacks`; before the end
     *   REFUSED       its spawn throws, so it is not listed; on DROPPED
     *   stamp         the number of the interrupt among the supervisor's, with INTERRUPTED (see Interrupts)
     *
     * Who may do what:
     * 1. PENDING is left once: by the runner (CAS to STARTING or RUNNING) or by whoever drops the task (CAS to DROPPED). The winner alone
     *    touches `payload` from then on, and the winner, or the runner, alone completes the task. So the body runs at most once, and clean-up happens once.
     * 2. STARTING exists because a canceller reads `thread` when it sees RUNNING. A runner that is not the noted thread claims the task first and
     *    notes itself then; a canceller between the two leaves its request, and the runner drops the task itself.
     * 3. An interrupt is delivered inside of the body's window or not at all. A canceller moves RUNNING to RUNNING|INTERRUPTING by CAS, interrupts, and then
     *    changes INTERRUPTING to INTERRUPTED. The runner leaves RUNNING by CAS, and only while INTERRUPTING is not set: it waits for
     *    a canceller who is in the middle, the only wait on the way of a completing task. So no interrupt arrives after the window, and the runner knows
     *    whether one came. (Stress test CancelCompletion.) INTERRUPTING is set once: one interrupt a task.
     * 4. `callbacks` is closed by whoever completes the task, if WATCHED. Registration sets WATCHED by CAS on an unfinished state before it pushes its
     *    node; so an end without WATCHED means that nobody has registered, and whoever comes later sees the end. With WATCHED, the node is pushed
     *    either before the list is closed, and called by the completer, or it meets CLOSED, and is called at once. (Stress test OnDoneCompletion.)
     *
     * Fields that are not volatile are written before a CAS of `state` or of the slot, and read after reading these; `thread` is compared with
     * the current thread besides, for which no ordering is needed: nobody but a thread itself makes them equal.
     */
    static final int PENDING = 0;
    static final int STARTING = 1;
    static final int RUNNING = 2;
    static final int SUCCEEDED = 3;
    static final int FAILED = 4;
    static final int CANCELLED = 5;
    static final int DROPPED = 6;
    static final int PHASE = 7;
    static final int REQUESTED = 1 << 3;
    static final int INTERRUPTING = 1 << 4;
    static final int INTERRUPTED = 1 << 5;
    static final int WATCHED = 1 << 6;
    static final int REFUSED = 1 << 7;
    static final int STAMP_SHIFT = 8;

    private static final VarHandle STATE =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "state", VarHandle.class, SupervisedTask.class, int.class);
    private static final VarHandle CALLBACKS =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "callbacks", VarHandle.class, SupervisedTask.class, Callback.class);
    private static final VarHandle THREAD =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "thread", VarHandle.class, SupervisedTask.class, Thread.class);

    final Supervisor supervisor;

    /** Where this task lies in the live set. Written before the task is published there, read by whoever removes it. */
    @SuppressWarnings("NullAway.Init")
    LiveTasks.Segment segment;
    int slot;

    private volatile int state;

    /** The body; then the result or what was thrown. While dropped and waiting for its clean-up: the next such task. */
    private @Nullable Object payload;

    private volatile @Nullable Callback callbacks;

    /** The thread that may call run inside of spawn; then the thread that runs the body, the callbacks and the handler; then null. */
    private @Nullable Thread thread;

    /**
     * Makes a task that nobody else knows yet.
     *
     * @param body a {@link Callable}, an {@link Action} or a {@link Runnable}; the first of these that it is decides
     * @param observer called at the end before all others, or null
     */
    SupervisedTask(Supervisor supervisor, Object body, @Nullable Consumer<? super Task<T>> observer) {
        this.supervisor = supervisor;
        this.payload = body;
        if (observer != null) {
            callbacks = new Callback(observer);
            state = WATCHED;
        }
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

    /** Notes the thread that will run this task if its executor does so inside of spawn, or that was made for it. */
    final void expect(Thread runner) {
        thread = runner;
    }

    /** Takes the note back, unless the task is already running. */
    final void expectNoMore(Thread spawner) {
        if (thread == spawner) {
            THREAD.compareAndSet(this, spawner, null);
        }
    }

    /** Runs the body once and sees the task off; called by executors. It throws nothing. */
    @Override
    public final void run() {
        Thread me = Thread.currentThread();
        boolean expected = thread == me;
        if (expected && supervisor.interrupts.mayNest) {
            runInline(me);
            return;
        }
        // Set aside before the step that makes the task RUNNING: whatever comes after is meant for the task.
        boolean found = Thread.interrupted();
        boolean pending = false;
        try {
            if (expected ? leavePending(RUNNING) : start(me)) {
                pending = runBody(me, false, false, 0);
            }
        } finally {
            Interrupts.restore(me, found || pending);
        }
    }

    /** Runs inside of spawn, in a window that is nested in whatever runs on this thread. A status found stays set. */
    private void runInline(Thread me) {
        int mark = supervisor.interrupts.mark();
        boolean found = me.isInterrupted();
        if (leavePending(RUNNING)) {
            Interrupts.restore(me, runBody(me, true, found, mark));
        }
    }

    /** Runs the body of a task that is RUNNING, up to the end; returns whether the interrupt status has to be set again. */
    private boolean runBody(Thread me, boolean inline, boolean found, int mark) {
        boolean pending = false;
        Object value = null;
        Throwable failure = null;
        try {
            try {
                value = callBody(present(payload));
            } catch (Throwable thrown) {
                failure = thrown;
            }
            if ((end(value, failure, me) & INTERRUPTED) != 0) {
                Thread.interrupted();
                pending = inline && (found || supervisor.interrupts.isMeantForOthers(me, mark));
            } else {
                // The interrupt that ended the body was meant for what this window is nested in.
                pending = inline && failure != null && Outcome.isByInterrupt(failure, me, false);
            }
            pending |= seeOff(failure());
        } finally {
            unregister();
        }
        return pending;
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

    /** Claims the task for a runner that has not been noted; false if it was dropped. */
    private boolean start(Thread me) {
        if (!leavePending(STARTING)) {
            return false;
        }
        thread = me;
        for (;;) {
            int s = state;
            if ((s & REQUESTED) != 0) {
                if (casState(s, s & ~PHASE | DROPPED)) {
                    payload = null;
                    cleanUpDropped(me);
                    return false;
                }
            } else if (casState(s, s & ~PHASE | RUNNING)) {
                return true;
            }
        }
    }

    private boolean leavePending(int phase) {
        for (;;) {
            int s = state;
            if (phase(s) != PENDING) {
                return false;
            }
            if (casState(s, s | phase)) {
                return true;
            }
        }
    }

    /** Closes the body's window and publishes the outcome; returns the state that it replaced. */
    private int end(@Nullable Object value, @Nullable Throwable failure, Thread me) {
        payload = failure == null ? value : failure;
        boolean selfCancelled = failure != null && Outcome.isSelfCancellation(failure, this);
        for (;;) {
            int s = state;
            if ((s & INTERRUPTING) != 0) {
                Thread.yield();
                continue;
            }
            int phase = failure == null ? SUCCEEDED
                    : selfCancelled || (s & REQUESTED) != 0 && Outcome.isByInterrupt(failure, me, true) ? CANCELLED
                    : FAILED;
            if (casState(s, s & ~PHASE | phase)) {
                return s;
            }
        }
    }

    /**
     * Tells everybody of the end: threads that wait, callbacks, the failure handler. Each of these is called with a clear interrupt
     * status.
     *
     * @param failure what the body threw, if this is how the task has failed
     * @return whether the status was set in between, and has to be set again
     */
    private boolean seeOff(@Nullable Throwable failure) {
        boolean pending = false;
        if (failure != null) {
            pending = Thread.interrupted();
            supervisor.failures.consider(failure);
        }
        if ((state & WATCHED) != 0) {
            Callback newest = (Callback) CALLBACKS.getAndSet(this, Callback.CLOSED);
            Callback.releaseLatches(newest);
            for (Callback node = Callback.inOrder(newest); node != null; node = node.next) {
                pending |= Thread.interrupted();
                call(node);
            }
        }
        if (failure != null) {
            pending |= Thread.interrupted();
            supervisor.failures.report(this, failure);
        }
        return pending;
    }

    private void call(Callback node) {
        try {
            node.call(this);
        } catch (Throwable thrown) {
            supervisor.failures.reportThrown("A callback", this, thrown);
        }
    }

    /** The last step: the task stops counting as live. */
    private void unregister() {
        thread = null;
        supervisor.unregister(this);
    }

    // ---- Cancelling

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        for (;;) {
            int s = state;
            if (isDone(s)) {
                return false;
            }
            if (phase(s) == PENDING) {
                if (drop(s)) {
                    cleanUpDropped(Thread.currentThread());
                    return true;
                }
            } else if (request(s, mayInterruptIfRunning)) {
                return true;
            }
        }
    }

    /**
     * Tells this task to cancel, without calling anybody back.
     *
     * @return true if the task was dropped, and the caller now has to {@linkplain #cleanUpDropped clean it up}
     */
    final boolean tell() {
        for (;;) {
            int s = state;
            if (phase(s) == PENDING) {
                if (drop(s)) {
                    return true;
                }
            } else if (isDone(s) || request(s, true)) {
                return false;
            }
        }
    }

    /**
     * Undoes a spawn that is about to throw. Once the body has begun, nothing is undone.
     *
     * @return true if the caller has to {@linkplain #cleanUpDropped clean up}; otherwise somebody else does
     */
    final boolean refuse() {
        for (;;) {
            int s = state;
            if (phase(s) == PENDING) {
                if (drop(s | REFUSED)) {
                    return true;
                }
            } else if (phase(s) != DROPPED || casState(s, s | REFUSED)) {
                return false;
            }
        }
    }

    /** Whether the spawn of this task throws. */
    final boolean isRefused() {
        return (state & REFUSED) != 0;
    }

    /** Releases, calls back and unregisters a task that the calling thread has dropped. */
    final void cleanUpDropped(Thread me) {
        boolean pending = false;
        try {
            thread = me;
            pending = seeOff(null);
        } finally {
            unregister();
            Interrupts.restore(me, pending);
        }
    }

    /** Whether anybody has to be told of the end of this task. */
    final boolean isWatched() {
        return (state & WATCHED) != 0;
    }

    /** The task that follows in a list of dropped ones, of which each is still to be cleaned up. */
    final @Nullable SupervisedTask<?> takeNextDropped() {
        SupervisedTask<?> next = (SupervisedTask<?>) payload;
        payload = null;
        return next;
    }

    final void setNextDropped(@Nullable SupervisedTask<?> next) {
        payload = next;
    }

    /** One attempt to drop a pending task whose state is s, perhaps but for REFUSED. */
    private boolean drop(int s) {
        if (!casState(s & ~REFUSED, s | DROPPED)) {
            return false;
        }
        payload = null;
        thread = Thread.currentThread();
        if ((s & WATCHED) != 0) {
            Callback.releaseLatches(callbacks);
        }
        return true;
    }

    /** One attempt to request the cancellation of a task that is STARTING or RUNNING in state s. */
    private boolean request(int s, boolean interrupt) {
        if (!interrupt || phase(s) == STARTING) {
            return (s & REQUESTED) != 0 || casState(s, s | REQUESTED);
        }
        if ((s & (INTERRUPTING | INTERRUPTED)) != 0) {
            return true;
        }
        if (!casState(s, s | REQUESTED | INTERRUPTING)) {
            return false;
        }
        int stamp = 0;
        try {
            stamp = supervisor.interrupts.interrupt(present(thread));
        } finally {
            // INTERRUPTING goes, INTERRUPTED and the stamp come; both were clear.
            STATE.getAndBitwiseXor(this, INTERRUPTING | INTERRUPTED | stamp << STAMP_SHIFT);
        }
        return true;
    }

    // ---- Observing

    @Override
    public final Task<T> onDone(Consumer<? super Task<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        Callback node = new Callback(callback);
        if (!register(node)) {
            boolean pending = Thread.interrupted();
            call(node);
            Interrupts.restore(Thread.currentThread(), pending);
        }
        return this;
    }

    /** Adds the node to the list; false if the task is done and the list closed, or never to be read. */
    private boolean register(Callback node) {
        if (!watch()) {
            return false;
        }
        for (;;) {
            Callback newest = callbacks;
            if (newest == Callback.CLOSED) {
                return false;
            }
            node.next = newest;
            if (CALLBACKS.compareAndSet(this, newest, node)) {
                return true;
            }
        }
    }

    /** Makes the completer look at the list; false if the task is done. */
    private boolean watch() {
        for (;;) {
            int s = state;
            if (isDone(s)) {
                return false;
            }
            if ((s & WATCHED) != 0 || casState(s, s | WATCHED)) {
                return true;
            }
        }
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
            Thread.currentThread().interrupt();
            throw new CompletionException("Interrupted while waiting for task " + name() + " of " + supervisor, e);
        } catch (ExecutionException e) {
            throw new CompletionException(describe() + " has failed", e.getCause());
        }
    }

    /**
     * What a waiter waits on, or null if the task is done. All waiters of a task share one latch, from which those that give up are unlinked;
     * so waits leave nothing behind but the latch, once.
     */
    private @Nullable CountDownLatch latch() {
        if (isDone()) {
            return null;
        }
        if (isRunBy(Thread.currentThread())) {
            throw new IllegalStateException(describe()
                    + " waits for its own end, which would never come; to end it, return from its body, or cancel() or abort() and return");
        }
        CountDownLatch latch = Callback.latchIn(callbacks);
        if (latch == null) {
            latch = new CountDownLatch(1);
            if (!register(new Callback(latch))) {
                return null;
            }
        }
        // Registered before the end: the completer releases it. An end that came meanwhile is seen here.
        return isDone() ? null : latch;
    }

    @SuppressWarnings("unchecked")
    private T outcome() throws ExecutionException {
        int phase = phase(state);
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
        Throwable cause = phase(state) == CANCELLED ? (Throwable) payload : null;
        return new TaskCancelledException(this, describe() + " was cancelled", cause);
    }

    @Override
    public final @Nullable Throwable failure() {
        return phase(state) == FAILED ? (Throwable) payload : null;
    }

    @Override
    @SuppressWarnings("unchecked")
    public final T resultNow() {
        if (phase(state) != SUCCEEDED) {
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
        return switch (phase(state)) {
            case PENDING -> Status.PENDING;
            case STARTING, RUNNING -> Status.RUNNING;
            case SUCCEEDED -> Status.SUCCEEDED;
            case FAILED -> Status.FAILED;
            default -> Status.CANCELLED;
        };
    }

    @Override
    public final boolean isDone() {
        return isDone(state);
    }

    @Override
    public final boolean isCancelled() {
        return phase(state) >= CANCELLED;
    }

    /** The thread runs this task's body or sees it off. */
    final boolean isRunBy(Thread candidate) {
        return thread == candidate && phase(state) != PENDING;
    }

    /** The thread runs this task's body, and an interrupt was meant for it since the mark. */
    final boolean isInterruptedSince(int mark, Thread candidate) {
        int s = state;
        return thread == candidate && phase(s) == RUNNING
                && ((s & INTERRUPTING) != 0 || (s & INTERRUPTED) != 0 && Interrupts.isSince(mark, s >>> STAMP_SHIFT));
    }

    @Override
    public final Supervisor supervisor() {
        return supervisor;
    }

    @Override
    public final String name() {
        String given = givenName();
        return given != null ? given : supervisor.name() + "/task-" + Integer.toHexString(System.identityHashCode(this));
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

    /** For what the state says is not null, or is null only where T may be. */
    @SuppressWarnings("NullAway")
    private static <V> V present(@Nullable V value) {
        return value;
    }

    private boolean casState(int expected, int update) {
        return STATE.compareAndSet(this, expected, update);
    }

    private static int phase(int state) {
        return state & PHASE;
    }

    private static boolean isDone(int state) {
        return phase(state) >= SUCCEEDED;
    }
}
