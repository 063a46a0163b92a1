package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of a task: what may happen to it, and which of those who try at once succeeds. It calls no user
 * code but {@link Thread#interrupt()}; {@link SupervisedTask} runs the body, and {@link Completion} tells who wants to
 * know.
 */
abstract class TaskState extends Window {

    /*
     * The state word: a phase, and flags.
     *
     *   PENDING ──run──► STARTING ──► RUNNING ──body ends──► SUCCEEDED | FAILED | CANCELLED
     *      │                 │
     *      └──cancel, undo───┴──────► DROPPED                 (cancelled before its start)
     *
     *   REQUESTED     cancellation was requested; while STARTING or RUNNING
     *   INTERRUPTING, INTERRUPTED   see Window; while RUNNING
     *   WATCHED       somebody has registered, or is about to, in `callbacks`; before the end
     *   REFUSED       its spawn throws, so it is not listed; on DROPPED, and before the body until somebody drops it
     *   REPORTED      the failure handler has been called, or is about to be
     *
     * Who may do what:
     * 1. PENDING is left once: by the runner (CAS to STARTING or RUNNING) or by whoever drops the task (CAS to
     *    DROPPED). The winner alone touches `payload` from then on. So the body runs at most once.
     * 2. STARTING exists because a canceller reads `thread` when it sees RUNNING. A runner claims the task first and
     *    notes itself then; a canceller between the two leaves its request, and the runner drops the task itself. A
     *    task that is run inside of its spawn, where the spawner has noted itself, becomes RUNNING at once.
     * 3. An interrupt is delivered while RUNNING or not at all, and once: see Window. Another canceller who finds
     *    INTERRUPTING may return before the interrupt has come; the task cannot end before.
     * 4. Whoever registers sets WATCHED by CAS on an unfinished state, pushes its node, then reads the state. Whoever
     *    completes the task has ended it before it reads the list. So the completer sees the node, or the registrant
     *    sees the end, or both, and whoever claims the node first calls it (Callback). An end without WATCHED means
     *    that nobody has registered. (Race10_OnDoneCompletion.) A registrant that finds WATCHED gone, which a canceller
     *    that was cut off has overwritten, sets it again. Waiters and futures register in the same way; the first of
     *    them puts a Followers before the list by CAS, so no callback that is pushed at the same time is lost.
     *    (Race10_FirstFuture.)
     * 5. Whoever drops a task, a runner apart, queues it for its Completions before it marks the task UNFINISHED. Until
     *    then no thread can take the task over. So a thread that drops two tasks queues them in that order, whoever
     *    completes them. A runner that drops its task completes it itself. (Lincheck21_CompletionsTest.)
     *
     * Fields that are not volatile are written before a CAS of `state` or of the slot, and read after reading these.
     *
     * What `thread` says besides, which Window explains for a task that is RUNNING:
     *
     *   while PENDING     null, or the stack of the spawner, if its executor may run the task inside of spawn
     *   UNFINISHED        something is left to do for this task, and nobody is at it: see Completion. Taken over by CAS
     *   when done         whoever completes the task; null when that is over, but for the last step
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
    static final int WATCHED = 1 << 6;
    static final int REFUSED = 1 << 7;
    static final int REPORTED = 1 << 8;
    /** For a task whose spawn throws and whose body has not begun: neither will it begin. */
    static final int REFUSED_FLAGS = REFUSED | REQUESTED;

    /** Nobody is at it. */
    static final Object UNFINISHED = new Object();

    private static final VarHandle CALLBACKS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "callbacks", VarHandle.class, TaskState.class, Callback.class);

    final Supervisor supervisor;

    /** Where this task lies in the live set. Written before the task is published there, read by whoever removes it. */
    @SuppressWarnings("NullAway.Init")
    Segment segment;
    int slot;

    /** The body; then the result or what was thrown; null once a dropped task is completed, or its future cancelled. */
    @Nullable Object payload;

    /** Newest first, or a {@link Followers} first; {@link Callback#COMPLETED} once all have been told. */
    volatile @Nullable Callback callbacks;

    TaskState(Supervisor supervisor, Object body, @Nullable Callback observer) {
        this.supervisor = supervisor;
        this.payload = body;
        if (observer != null) {
            callbacks = observer;
            state = WATCHED;
        }
    }

    // ---- Starting and ending

    /** Notes the stack of the spawner, whose executor may run this task inside of spawn; before it is published. */
    final void spawning(WindowStack spawner) {
        thread = spawner;
    }

    /** Takes the note back, unless the task is running already. */
    final void spawned(WindowStack spawner) {
        if (thread == spawner) {
            THREAD.compareAndSet(this, spawner, null);
        }
    }

    /** Claims a pending task for a runner; false if another came first. */
    final boolean claim(int phase) {
        for (;;) {
            int s = state;
            if ((s & (PHASE | REFUSED)) != PENDING) {
                return false;
            }
            if (casState(s, s | phase)) {
                return true;
            }
        }
    }

    /**
     * Takes a task from STARTING, as which the current thread has claimed it, to RUNNING.
     *
     * @param runner the current thread, or its stack
     * @return false if its cancellation was requested in between: it is dropped, and the caller has to complete it
     */
    final boolean start(Object runner) {
        thread = runner;
        for (;;) {
            int s = state;
            boolean dropped = (s & REQUESTED) != 0;
            if (casState(s, dropped ? s & ~PHASE | DROPPED : s & ~PHASE | RUNNING)) {
                return !dropped;
            }
        }
    }

    /**
     * Closes the body's window and publishes the outcome.
     *
     * @param result what the body has returned or thrown
     * @param phase the outcome
     * @param phaseIfRequested the outcome if cancellation was requested in the window
     * @return whether an interrupt was delivered in the window
     */
    final boolean end(@Nullable Object result, int phase, int phaseIfRequested) {
        payload = result;
        for (;;) {
            int s = awaitCanceller();
            // Of nested windows an abort may tell the outer one first, and the inner one feel it.
            boolean requested = phase != phaseIfRequested
                    && ((s & REQUESTED) != 0 || supervisor.lifecycle.isAborting());
            if (casState(s, s & ~PHASE | (requested ? phaseIfRequested : phase))) {
                return (s & INTERRUPTED) != 0;
            }
        }
    }

    /** Claims the report of this task's failure, which is made once. */
    final boolean claimReport() {
        return (((int) STATE.getAndBitwiseOr(this, REPORTED)) & REPORTED) == 0;
    }

    /** Whether somebody who had this task in hand was cut off. */
    final boolean isUnfinished() {
        return thread == UNFINISHED || (state & (PHASE | REFUSED)) == (PENDING | REFUSED);
    }

    /** Takes over a task that nobody is at. */
    final boolean takeOver(Object completer) {
        return thread == UNFINISHED && THREAD.compareAndSet(this, UNFINISHED, completer);
    }

    // ---- Cancelling

    /**
     * Asks this task to cancel, without calling anybody back.
     *
     * @return 0 if the task is done, DROPPED if the caller has dropped it and has to complete it, INTERRUPTING if its
     *     interrupt was missed, REQUESTED otherwise
     */
    final int request(boolean interrupt) {
        for (;;) {
            int s = state;
            if (isDone(s)) {
                return 0;
            }
            if (phase(s) == PENDING) {
                if (drop(s, 0)) {
                    return DROPPED;
                }
            } else if (!interrupt || phase(s) == STARTING) {
                if ((s & REQUESTED) != 0 || casState(s, s | REQUESTED)) {
                    return REQUESTED;
                }
            } else if ((s & (INTERRUPTING | INTERRUPTED)) != 0) {
                return REQUESTED;
            } else {
                int done = interrupt(s, REQUESTED);
                if (done != CHANGED) {
                    return done == DELIVERED ? REQUESTED : INTERRUPTING;
                }
            }
        }
    }

    /**
     * Undoes a spawn that is about to throw. Once the body has begun, nothing is undone.
     *
     * @return true if the caller has to complete the task; otherwise somebody else does
     */
    final boolean refuse() {
        for (;;) {
            int s = state;
            if (phase(s) == PENDING) {
                if (drop(s, REFUSED)) {
                    return true;
                }
            } else if (phase(s) != DROPPED && phase(s) != STARTING || casState(s, s | REFUSED_FLAGS)) {
                return false;
            }
        }
    }

    /** Whether the spawn of this task throws. */
    final boolean isRefused() {
        return (state & REFUSED) != 0;
    }

    /** Whether anybody has to be told of the end of this task. */
    final boolean isWatched() {
        return (state & WATCHED) != 0;
    }

    /** One attempt to drop a pending task whose state is s. From then on it is unfinished: whoever comes takes it. */
    private boolean drop(int s, int flag) {
        if (!casState(s, s | DROPPED | flag)) {
            return false;
        }
        try {
            if ((s & WATCHED) != 0) {
                enqueueDropped();
            }
        } catch (OutOfMemoryError later) {
            // Whoever completes it queues it then.
        } finally {
            thread = UNFINISHED;
        }
        return true;
    }

    /** Queues this task for its Completions, if there are any; nobody else has it in hand. */
    abstract void enqueueDropped();

    /** The body of a dropped task, if it is a future that is still to be cancelled; else null (C2). */
    final @Nullable Future<?> futureBody() {
        // Of a refused spawn the caller knows, and may try elsewhere.
        Object body = (state & (PHASE | REFUSED)) == DROPPED ? payload : null;
        if (body instanceof DecoratedBody decorated) {
            body = decorated.body;
        }
        if (body instanceof Supervisor.RunOnly runOnly) {
            body = runOnly.body();
        }
        return body instanceof Future<?> future ? future : null;
    }

    // ---- Observing

    /** Adds a callback to the list, unless the task is done; the caller then looks whether it is. */
    final void register(Callback node) {
        if (watch()) {
            Callback newest;
            do {
                newest = callbacks;
                if (newest == Callback.COMPLETED) {
                    return;
                }
                if (newest instanceof Followers followers) {
                    followers.addLater(node);
                    break;
                }
                node.next = newest;
            } while (!CALLBACKS.compareAndSet(this, newest, node));
            watch();   // if a canceller that was cut off has overwritten it
        }
    }

    /** Adds the node of a future, in the same way. */
    final void registerFuture(Callback node) {
        if (watch()) {
            Followers followers = followers();
            if (followers != null) {
                followers.addFuture(node);
                watch();
            }
        }
    }

    /** The latch that the waiters of this task share, made if there is none; the caller then looks, too. */
    final @Nullable CountDownLatch registeredLatch() {
        CountDownLatch latch = callbacks instanceof Followers present ? present.latch() : null;
        if (latch == null && watch()) {
            Followers followers = followers();
            if (followers != null) {
                latch = followers.latchOrNew();
                watch();
            }
        }
        return latch;
    }

    /** A future that was registered has been completed by somebody else. */
    final void futureCleared() {
        if (callbacks instanceof Followers followers) {
            followers.cleared();
        }
    }

    /** The one Followers of this task, made if there is none; null if the task is completed. */
    private @Nullable Followers followers() {
        for (;;) {
            Callback newest = callbacks;
            if (newest instanceof Followers present) {
                return present;
            }
            if (newest == Callback.COMPLETED) {
                return null;
            }
            Followers made = new Followers(newest);
            if (CALLBACKS.compareAndSet(this, newest, made)) {
                return made;
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

    /** The phase of the state word. */
    final int phase() {
        return phase(state);
    }

    /** Whether nobody has claimed or dropped this task. */
    final boolean isPending() {
        return phase(state) == PENDING;
    }

    /**
     * Whether it is completed but for its count-out. Once it is counted out, everybody sees that it has retired: that is
     * written before. (In the instant in which it is dropped it looks so, too.)
     */
    final boolean isRetired() {
        return isDone() && thread == null;
    }

    /** Whether the outcome is final. */
    public final boolean isDone() {
        return isDone(state);
    }

    /**
     * The thread runs this task's body, or completes it after that. (The state is read first: until the task has left
     * PENDING, and in the instant in which it is dropped, `thread` may be the spawner's.)
     */
    final boolean isRunBy(Thread candidate) {
        int phase = phase(state);
        return phase >= RUNNING && phase != DROPPED
                && (thread == candidate || thread instanceof WindowStack stack && stack.thread == candidate);
    }

    /** For what the state says is not null, or is null only where T may be. */
    @SuppressWarnings("NullAway")
    static <V> V present(@Nullable V value) {
        return value;
    }

    private static int phase(int state) {
        return state & PHASE;
    }

    private static boolean isDone(int state) {
        return phase(state) >= SUCCEEDED;
    }
}
