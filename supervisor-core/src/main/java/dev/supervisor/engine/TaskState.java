package dev.supervisor.engine;

import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of a task: what may happen to it, and which of the threads that try at once succeeds. It calls no
 * user code but {@link Thread#interrupt()}.
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
     *   WATCHED       a thread has registered an observer, or is about to (ObservedTask); before the end
     *   REFUSED       its spawn throws, so it is not listed; on DROPPED, and before the body until a thread drops it
     *   REPORTED      the failure handler has been called, or is about to be
     *   HOOKED        there may be hooks: look (Hooks)
     *   ACCEPTED, DONE_CALLED, CANCEL_CALLED, DRAIN_CALLED   of a task with a spec: see Specified
     *   EXPIRED       the time limit was the first reason of a request; before the end
     *   OVERDUE       the time limit has passed after a request without an interrupt, which follows; while RUNNING
     *   RUNS          as REQUESTED, for a task that is STARTING: its body is run, and interrupted
     *   SHIELDED      the body defers interrupts; while RUNNING, set and cleared by the body's thread (SelfTask)
     *   OWED          an interrupt was deferred
     *   ENDING        a thread has claimed the end of a task that no thread runs (AsyncTask)
     *   RETURNED      shutdownNow returns its body, so its spawn does not throw; on DROPPED
     *   COUNTED       it is counted as cancelled (Tally); on DROPPED
     *   TIMED_OUT     the time limit is its failure; on FAILED
     *
     * Which thread may do what:
     * 1. PENDING is left once: by the runner (CAS to STARTING or RUNNING) or by the thread that drops the task (CAS to
     *    DROPPED). The winner alone touches `payload` from then on. So the body runs at most once.
     *    (Race07_CancelStart.)
     * 2. STARTING exists because a canceller reads `thread` when it sees RUNNING. A runner claims the task first and
     *    notes itself then; a canceller between the two leaves its request, and the runner drops the task itself. A
     *    task that is run inside of its spawn, where the spawner has noted itself, becomes RUNNING at once.
     * 3. An interrupt is delivered while RUNNING or not at all, and once: see Window. Another canceller that finds
     *    INTERRUPTING may return before the interrupt has come; the task cannot end before.
     *    (Race08_CancelCompletion.)
     * 4. A thread that drops a task, a runner apart, queues it for its CompletionQueue before it marks the task
     *    UNFINISHED. Until then no thread can take the task over. So a thread that drops two tasks queues them in that
     *    order, whichever thread completes them. A runner that drops its task completes it itself.
     *    (Lincheck21_CompletionsTest.)
     * 5. The alarm sets EXPIRED by CAS on a word without a request. So the first reason stays the reason: a pending task
     *    that is EXPIRED is not dropped but fails, whoever asks it next; and the end of a body looks at the same word
     *    (end). (Race27b_LimitEndCancel.)
     *
     * Fields that are not volatile, `thread` apart, are written before a CAS of `state` or of the slot, and read after
     * reading these.
     *
     * What `thread` says besides, which Window explains for a task that is RUNNING:
     *
     *   while PENDING     null, or the stack of the spawner, if its executor may run the task inside of spawn
     *   UNFINISHED        something remains to be done for this task, by no thread yet (Completion); taken over by CAS
     *   NO_THREAD         the task has started, and no thread runs it (AsyncTask)
     *   when done         the thread that completes the task, or its stack; null before the last step
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
    static final int HOOKED = 1 << 9;
    static final int ACCEPTED = 1 << 10;
    static final int DONE_CALLED = 1 << 11;
    static final int CANCEL_CALLED = 1 << 12;
    static final int DRAIN_CALLED = 1 << 13;
    static final int EXPIRED = 1 << 14;
    static final int RUNS = 1 << 15;
    static final int SHIELDED = 1 << 16;
    static final int OWED = 1 << 17;
    static final int ENDING = 1 << 18;
    static final int RETURNED = 1 << 19;
    static final int COUNTED = 1 << 20;
    static final int TIMED_OUT = 1 << 21;
    static final int OVERDUE = 1 << 22;
    /** Any of the reasons for which a body is to end. */
    static final int REQUESTS = REQUESTED | EXPIRED;
    /** For a task whose spawn throws and whose body has not begun: neither will it begin. */
    static final int REFUSED_FLAGS = REFUSED | REQUESTED;

    /** In place of the thread: no thread does what is left to do. */
    static final Object UNFINISHED = new Object();
    /** In place of the thread: the task is live, and needs none. */
    static final Object NO_THREAD = new Object();

    final Scope scope;

    /*
     * The plain fields, which other classes read and write by the accessors below. The exceptions are the marks of a
     * thread whose stack has run out, where no call may be made, and the step that counts a task out
     * (FieldAccessTest names them all).
     */

    /** In `slot`: the Tally has the end of this task. The rest of it is the number of the slot. */
    static final int TALLIED = 1 << 31;
    static final int SLOT = ~TALLIED;

    /**
     * Where this task lies in the live set; written before the task is published there, read by its completer, which
     * sets TALLIED.
     */
    @SuppressWarnings("NullAway.Init")
    Segment segment;
    int slot;

    /**
     * Before the end the body, or what it has just thrown; then the result, or the failure. Null once a dropped task is
     * completed, or the future cancelled that was its body.
     */
    @Nullable Object payload;

    TaskState(Scope scope, Object body) {
        this.scope = scope;
        this.payload = body;
    }

    // ---- Plain fields

    /** Before the task is published in the slot. */
    final void setPlainPlace(Segment segment, int slot) {
        this.segment = segment;
        this.slot = slot;
    }

    /** By the thread that has claimed or dropped the task, or made it. */
    final Object plainBody() {
        return assumeNonNull(payload);
    }

    /** After the end was read in the state; by its completer, or of a task that has failed or was cancelled. */
    final @Nullable Throwable plainThrown() {
        return (Throwable) payload;
    }

    /** After SUCCEEDED was read in the state. */
    final @Nullable Object plainResult() {
        return payload;
    }

    /** Before the task is published. */
    final void setPlainBody(Object body) {
        payload = body;
    }

    /** By the spawner, once the task is published. */
    final Segment plainSegment() {
        return segment;
    }

    /** By the spawner, once the task is published. */
    final int plainSlot() {
        return slot & SLOT;
    }

    /** By the thread that has dropped the task. */
    final void forgetPlainBody() {
        payload = null;
    }

    // ---- Starting and ending

    /** Notes the stack of the spawner, whose executor may run this task inside of spawn; before it is published. */
    final void noteSpawner(WindowStack spawner) {
        setPlainThread(spawner);
    }

    /** Takes the note back, unless the task is running already. */
    final void forgetSpawner(@Nullable WindowStack spawner) {
        if (spawner != null && plainThread() == spawner) {
            casThread(spawner, null);
        }
    }

    /** Claims a pending task for a runner; false if another thread came first. */
    final boolean claim(int phase) {
        for (;;) {
            int s = state;
            if ((s & (PHASE | REFUSED | EXPIRED)) != PENDING) {
                return false;
            }
            if (casState(s, s | phase)) {   // decides Race07_CancelStart
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
        setPlainThread(runner);
        for (;;) {
            int s = state;
            boolean dropped = (s & (REQUESTED | RUNS)) == REQUESTED;
            int phase = dropped ? DROPPED : RUNNING;
            if (casState(s, s & ~PHASE | phase)) {   // decides Lincheck07_CancelStart
                if (!dropped && (s & RUNS) != 0) {
                    request(true);
                }
                return !dropped;
            }
        }
    }

    /**
     * Closes the body's window and publishes the outcome.
     *
     * @param result what the body has returned or thrown
     * @param phase the outcome, and flags that go with it
     * @param phaseIfRequested the outcome if cancellation was requested in the window
     * @return whether an interrupt was delivered in the window
     */
    final boolean end(@Nullable Object result, int phase, int phaseIfRequested) {
        payload = result;   // before the end: decides Race14a_Publication
        for (;;) {
            int s = awaitCanceller();
            // Of nested windows an abort may interrupt the outer one first, and the inner one may end by that.
            boolean requested = phase != phaseIfRequested
                    && ((s & REQUESTS) != 0 || scope.lifecycle.isAborting());
            int outcome = requested ? phaseIfRequested : phase;
            if (outcome == CANCELLED && (s & EXPIRED) != 0) {
                outcome = FAILED | TIMED_OUT;
                payload = timedOut((Throwable) result);
            }
            if (casState(s, s & ~PHASE | outcome)) {   // decides Race08_CancelCompletion
                return (s & INTERRUPTED) != 0;
            }
        }
    }

    /** The failure of a task whose time limit has passed, for what its body has thrown by that, or null. */
    abstract Throwable timedOut(@Nullable Throwable thrown);

    /** Claims the end of a task that no thread runs; false if another thread has. */
    final boolean claimEnd() {
        return (((int) STATE.getAndBitwiseOr(this, ENDING)) & ENDING) == 0;   // decides Race28a_StageCompletedTwice
    }

    /** Claims the report of this task's failure, which is made once. */
    final boolean claimReport() {
        return (((int) STATE.getAndBitwiseOr(this, REPORTED)) & REPORTED) == 0;
    }

    /** Whether a thread that did something for this task was cut off. */
    final boolean isUnfinished() {
        return plainThread() == UNFINISHED || (state & (PHASE | REFUSED)) == (PENDING | REFUSED);
    }

    /** Takes over a task for which no thread does anything. */
    final boolean takeOver(Object completer) {
        return plainThread() == UNFINISHED
                && casThread(UNFINISHED, completer);   // decides Race23_TakeOver, Lincheck23_Completion
    }

    // ---- Cancelling

    /** Marks this task as one whose time limit has passed, unless it is done, or was asked to cancel before. */
    final boolean expire() {
        for (;;) {
            int s = state;
            if (isDone(s) || (s & (REQUESTS | REFUSED)) != 0
                    || phase(s) == PENDING && (s & ACCEPTED) == 0) {   // its spawn may throw: decides Race25a_AcceptDrop
                return false;
            }
            // A runner that has claimed the task runs it: it is too late for it to fail without a body.
            int reason = phase(s) == STARTING ? EXPIRED | RUNS : EXPIRED;
            if (casState(s, s | reason)) {   // decides Race27b_LimitEndCancel
                return true;
            }
        }
    }

    /**
     * Asks this task to cancel, without calling user code back.
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
            } else if (!interrupt || phase(s) == STARTING || (s & SHIELDED) != 0) {
                int flags = interrupt && phase(s) == RUNNING ? REQUESTED | OWED : REQUESTED;
                if ((s & flags) == flags || casState(s, s | flags)) {   // decides Race30a_ShieldEnds
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
     * @return true if the caller has to complete the task; otherwise another thread does
     */
    final boolean refuse() {
        for (;;) {
            int s = state;
            if (phase(s) == PENDING) {
                if (drop(s, REFUSED)) {   // decides Race17_RefusalAbort
                    return true;
                }
            } else if (phase(s) != DROPPED && phase(s) != STARTING || (s & RETURNED) != 0
                    || casState(s, s | REFUSED_FLAGS)) {
                if ((s & (COUNTED | REFUSED | RETURNED)) == COUNTED) {   // decides Race33b_CancelledOrUndone
                    scope.tally().undone();
                }
                return false;
            }
        }
    }

    /** Whether shutdownNow returns the body: then its spawn does not throw. */
    final boolean isReturned() {
        return (state & RETURNED) != 0;
    }

    /** Whether the spawn of this task throws. */
    final boolean isRefused() {
        return (state & REFUSED) != 0;
    }

    /**
     * Drops a pending task, and hands its body over if it is a {@link Runnable}, for a caller that returns it (S10). One
     * that a thread has claimed is run, and interrupted.
     *
     * @return what {@link #request} returns
     */
    final int requestUnrun(List<Runnable> unrun) {
        for (;;) {
            int s = state;
            if (phase(s) == STARTING) {
                if (casState(s, s | REQUESTED | RUNS)) {   // decides Race29a_ShutdownNowStart
                    return REQUESTED;
                }
                continue;
            }
            Runnable runnable = phase(s) == PENDING && undecorated(payload) instanceof Runnable body ? body : null;
            if (runnable == null || (s & (EXPIRED | REFUSED)) != 0) {
                return request(true);
            }
            unrun.add(runnable);   // before the drop, since it may want memory
            if (drop(s, RETURNED)) {   // decides Race29b_ShutdownNowSpawn
                return DROPPED;
            }
            unrun.remove(unrun.size() - 1);
        }
    }

    /** One attempt to drop a pending task whose state is s. From then on it is unfinished: any thread may take it. */
    private boolean drop(int s, int flag) {
        if ((s & EXPIRED) != 0 && flag == 0) {
            return failUnrun(s);
        }
        if (!casState(s, s | DROPPED | flag)) {   // decides Lincheck08_TaskState
            return false;
        }
        try {
            enqueueIfWatched(s);   // before the mark: decides Lincheck21_Completions
        } finally {
            thread = UNFINISHED;
        }
        return true;
    }

    /** The same for a task whose time limit has passed: it fails. */
    private boolean failUnrun(int s) {
        Throwable failure = timedOut(null);
        if (!casState(s, s | STARTING | RUNS)) {
            return false;
        }
        try {
            end(failure, FAILED | TIMED_OUT, FAILED | TIMED_OUT);
        } finally {
            thread = UNFINISHED;
        }
        return true;
    }

    private void enqueueIfWatched(int s) {
        try {
            if ((s & WATCHED) != 0) {
                enqueueDropped();
            }
        } catch (OutOfMemoryError later) {
            // The thread that completes it queues it then.
        }
    }

    /** Queues this task for its CompletionQueue, if there is one; no other thread has the task in hand. */
    abstract void enqueueDropped();

    /** The body of a dropped task, if it is a future that is still to be cancelled; else null (C2). */
    final @Nullable Future<?> futureBody() {
        // Of a refused spawn the caller knows, and may try elsewhere; so does he to whom shutdownNow has returned it.
        Object body = (state & (PHASE | REFUSED | RETURNED)) == DROPPED ? payload : null;
        return undecorated(body) instanceof Future<?> future ? future : null;
    }

    /** A body as it was given to spawn. */
    private static @Nullable Object undecorated(@Nullable Object given) {
        Object body = given instanceof DecoratedBody decorated ? decorated.body : given;
        body = body instanceof RecordedBody recorded ? recorded.body : body;
        body = body instanceof AsyncTask.Start start ? start.operation : body;
        return body instanceof RunOnly runOnly ? runOnly.body() : body;
    }

    // ---- Looking

    /** The phase of the state word. */
    final int phase() {
        return phase(state);
    }

    /** Whether no thread has claimed or dropped this task. */
    final boolean isPending() {
        return phase(state) == PENDING;
    }

    /** Whether there may be hooks. */
    final boolean isHooked() {
        return (state & HOOKED) != 0;
    }

    /** Whether cancellation was requested, by whatever way. */
    public final boolean isCancelRequested() {
        return isCancelRequested(state);
    }

    static boolean isCancelRequested(int state) {
        return (state & REQUESTS) != 0 || (state & (PHASE | REFUSED)) == DROPPED;
    }

    /** Whether the outcome is final. */
    public final boolean isDone() {
        return isDone(state);
    }

    /**
     * Whether it is completed but for its count-out. Once it is counted out, every thread sees that it has retired:
     * that is written before. (In the instant in which it is dropped it looks so, too.)
     */
    final boolean isRetired() {
        return isDone() && plainThread() == null;
    }

    /**
     * Whether the thread runs this task's body, or completes it after that. (The state is read first: until the task
     * has left PENDING, and in the instant in which it is dropped, `thread` may be the spawner's.)
     */
    final boolean isRunBy(Thread candidate) {
        int phase = phase(state);   // decides Lincheck07_SpawnersNote
        Object runner = plainThread();
        return phase >= RUNNING && phase != DROPPED
                && (runner == candidate || runner instanceof WindowStack stack && stack.thread == candidate);
    }

    /** The thread that runs this task's body, or completes it after that; null if there is none, or it is not known. */
    final @Nullable Thread runner() {
        int phase = phase(state);
        Object runner = plainThread();
        if (phase < RUNNING || phase == DROPPED) {
            return null;
        }
        return runner instanceof WindowStack stack ? stack.thread : runner instanceof Thread thread ? thread : null;
    }

    /** For what the state says is not null, or is null only where T may be. */
    @SuppressWarnings("NullAway")
    static <V> V assumeNonNull(@Nullable V value) {
        return value;
    }

    static int phase(int state) {
        return state & PHASE;
    }

    static boolean isDone(int state) {
        return phase(state) >= SUCCEEDED;
    }
}
