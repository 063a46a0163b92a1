package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of a task: what may happen to it, and which of those who try at once succeeds. It calls nobody but
 * {@link Thread#interrupt()}; {@link SupervisedTask} adds what runs and who is told.
 */
abstract class TaskState {

    /*
     * The state word: a phase, flags, and a stamp.
     *
     *   PENDING ──run──► STARTING ──► RUNNING ──body ends──► SUCCEEDED | FAILED | CANCELLED
     *      │                 │
     *      └──cancel, undo───┴──────► DROPPED                 (cancelled before its start)
     *
     *   REQUESTED     cancellation was requested; while STARTING or RUNNING
     *   INTERRUPTING  a canceller is about to interrupt the runner, or in the middle of it; then INTERRUPTED; while
     *                 RUNNING
     *   WATCHED       somebody has registered, or is about to, in `callbacks`; before the end
     *   REFUSED       its spawn throws, so it is not listed; on DROPPED, and on STARTING until it is known whether the
     *                 body begins
     *   stamp         the number of the interrupt among the supervisor's, with INTERRUPTED (see Interrupts)
     *
     * Who may do what:
     * 1. PENDING is left once: by the runner (CAS to STARTING or RUNNING) or by whoever drops the task (CAS to
     *    DROPPED). The winner alone touches `payload` from then on, and the winner, or the runner, alone completes the
     *    task. So the body runs at most once, and clean-up happens once.
     * 2. STARTING exists because a canceller reads `thread` when it sees RUNNING. A runner claims the task first and
     *    notes itself then; a canceller between the two leaves its request, and the runner drops the task itself. A
     *    task that is run inside of its spawn, where the spawner has noted itself, becomes RUNNING at once.
     * 3. An interrupt is delivered inside of the body's window or not at all. A canceller moves RUNNING to
     *    RUNNING|INTERRUPTING by CAS, interrupts, and then changes INTERRUPTING to INTERRUPTED. The runner leaves
     *    RUNNING by CAS, and only while INTERRUPTING is not set: it waits for a canceller who is in the middle, the
     *    only wait on the way of a completing task. So no interrupt arrives after the window, and the runner knows
     *    whether one came. (Race08_CancelCompletion.) Nobody sets INTERRUPTING after INTERRUPTED: one interrupt a task.
     *    Another canceller who finds it set may return before the interrupt has come; the task cannot end before.
     * 4. `callbacks` is closed by whoever completes the task, if WATCHED. Registration sets WATCHED by CAS on an
     *    unfinished state before it pushes its node; so an end without WATCHED means that nobody has registered, and
     *    whoever comes later sees the end. With WATCHED, the node is pushed either before the list is closed, and
     *    called by the completer, or it meets CLOSED, and is called at once. (Race10_OnDoneCompletion.)
     *
     * Fields that are not volatile are written before a CAS of `state` or of the slot, and read after reading these;
     * `thread` is compared with the current thread besides, for which no ordering is needed: nobody but a thread itself
     * makes them equal.
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

    private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "state", VarHandle.class, TaskState.class, int.class);
    private static final VarHandle CALLBACKS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "callbacks", VarHandle.class, TaskState.class, Callback.class);
    private static final VarHandle THREAD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "thread", VarHandle.class, TaskState.class, Object.class);
    private static final VarHandle SLOT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "slot", VarHandle.class, TaskState.class, int.class);

    final Supervisor supervisor;

    /** Where this task lies in the live set. Written before the task is published there, read by whoever removes it. */
    @SuppressWarnings("NullAway.Init")
    LiveTasks.Segment segment;
    int slot;

    volatile int state;

    /** The body; then the result or what was thrown. While dropped and waiting for its clean-up: the next such task. */
    @Nullable Object payload;

    volatile @Nullable Callback callbacks;

    /**
     * The spawner, while its executor may run the task inside of spawn; then the thread that runs the body, the
     * callbacks and the handler; then null. Or one of the marks of Rescue.
     */
    @Nullable Object thread;

    TaskState(Supervisor supervisor, Object body, @Nullable Callback observer) {
        this.supervisor = supervisor;
        this.payload = body;
        if (observer != null) {
            callbacks = observer;
            state = WATCHED;
        }
    }

    // ---- Starting and ending

    /** Notes the spawner, whose executor may run this task inside of spawn; before the task is published. */
    final void spawning(Thread spawner) {
        thread = spawner;
    }

    /** Takes the note back, unless the task is running already. */
    final void spawned(Thread spawner) {
        if (thread == spawner) {
            THREAD.compareAndSet(this, spawner, null);
        }
    }

    /** Claims a pending task for a runner; false if another came first. */
    final boolean claim(int phase) {
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

    /**
     * Takes a task from STARTING, as which the current thread has claimed it, to RUNNING.
     *
     * @return false if its cancellation was requested in between: it is dropped, and the caller has to clean it up
     */
    final boolean start(Thread me) {
        thread = me;
        for (;;) {
            int s = state;
            boolean dropped = (s & REQUESTED) != 0;
            if (casState(s, dropped ? s & ~PHASE | DROPPED : s & ~(PHASE | REFUSED) | RUNNING)) {
                if (dropped) {
                    payload = null;
                }
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
            int s = state;
            if ((s & INTERRUPTING) != 0) {
                if (takeOverInterrupt()) {
                    try {
                        STATE.getAndBitwiseXor(this, INTERRUPTING | INTERRUPTED);
                    } catch (Throwable cut) {
                        slot = ~slot;   // see Rescue
                        throw cut;
                    }
                } else {
                    Thread.yield();
                }
                continue;
            }
            // Of nested windows an abort may tell the outer one first, and the inner one feel it.
            boolean requested = (s & REQUESTED) != 0 || supervisor.lifecycle.isAborting();
            if (casState(s, s & ~PHASE | (requested ? phaseIfRequested : phase))) {
                return (s & INTERRUPTED) != 0;
            }
        }
    }

    /** Closes the list of observers and returns it; to be called once, by whoever completes the task. */
    final @Nullable Callback closeCallbacks() {
        return isWatched() ? (Callback) CALLBACKS.getAndSet(this, Callback.CLOSED) : null;
    }

    // ---- Cancelling

    /**
     * Asks this task to cancel, without calling anybody back.
     *
     * @return 0 if the task is done, DROPPED if the caller has dropped it and has to clean it up, INTERRUPTING if its
     *     interrupt was missed, REQUESTED otherwise
     */
    final int request(boolean interrupt) {
        for (;;) {
            int s = state;
            if (isDone(s)) {
                return 0;
            }
            int asked = phase(s) != PENDING ? request(s, interrupt) : drop(s) ? DROPPED : 0;
            if (asked != 0) {
                return asked;
            }
        }
    }

    /**
     * Undoes a spawn that is about to throw. Once the body has begun, nothing is undone.
     *
     * @return true if the caller has to clean up; otherwise somebody else does
     */
    final boolean refuse() {
        for (;;) {
            int s = state;
            if (phase(s) == PENDING) {
                if (drop(s | REFUSED)) {
                    return true;
                }
            } else if (phase(s) != DROPPED && phase(s) != STARTING || casState(s, s | REFUSED)) {
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

    /** One attempt to drop a pending task whose state is s, perhaps but for REFUSED. */
    private boolean drop(int s) {
        if (!casState(s & ~REFUSED, s | DROPPED)) {
            return false;
        }
        try {
            payload = null;
            thread = Thread.currentThread();
            if ((s & WATCHED) != 0) {
                Callback.releaseLatches(callbacks);
            }
            return true;
        } catch (Throwable cut) {
            thread = Rescue.CUT_OFF;
            supervisor.stranded = true;
            throw cut;
        }
    }

    /** One attempt to request the cancellation of a task that is STARTING or RUNNING in state s; 0 if it has failed. */
    private int request(int s, boolean interrupt) {
        if (!interrupt || phase(s) == STARTING) {
            return (s & REQUESTED) != 0 || casState(s, s | REQUESTED) ? REQUESTED : 0;
        }
        if ((s & INTERRUPTED) != 0 || (s & INTERRUPTING) != 0 && !takeOverInterrupt()) {
            return REQUESTED;
        }
        if ((s & INTERRUPTING) == 0 && !casState(s, s | REQUESTED | INTERRUPTING)) {
            return 0;
        }
        Thread runner = thread instanceof Thread noted ? noted : null;
        Throwable thrown = null;
        boolean missed = false;
        try {
            int stamp = 0;
            if (runner != null) {
                supervisor.interrupts.begin();
                thrown = Interrupts.deliver(runner);
                stamp = supervisor.interrupts.delivered();
                missed = Interrupts.isMissed(thrown);
            }
            // INTERRUPTING goes, INTERRUPTED and the stamp come; both were clear.
            STATE.getAndBitwiseXor(this, INTERRUPTING | (missed ? 0 : INTERRUPTED | stamp << STAMP_SHIFT));
        } catch (Throwable cut) {
            slot = ~slot;   // see Rescue
            throw cut;
        }
        Interrupts.report(runner, thrown);
        return missed ? INTERRUPTING : REQUESTED;
    }

    /** Takes over from a canceller who was cut off, if INTERRUPTING is his. */
    private boolean takeOverInterrupt() {
        int left = slot;
        return left < 0 && SLOT.compareAndSet(this, left, ~left);
    }

    // ---- Observing

    /** Adds the node to the list; false if the task is done and the list closed, or never to be read. */
    final boolean register(Callback node) {
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

    /** The latch that waiters of this task share, or null if there is none yet. */
    final @Nullable CountDownLatch registeredLatch() {
        return Callback.latchIn(callbacks);
    }

    /**
     * Takes over a task that somebody has left with a mark.
     *
     * @return the mark, or null if there is none
     */
    final @Nullable Object takeOver(Thread me) {
        Object mark = thread;
        boolean left = mark == Rescue.CUT_OFF || mark == Rescue.SEEN_OFF;
        return left && THREAD.compareAndSet(this, mark, me) ? mark : null;
    }

    /** The phase of the state word. */
    final int phase() {
        return phase(state);
    }

    /**
     * The thread runs this task's body or sees it off. The state is read first: whoever has left PENDING notes himself
     * after that, and until then the note may be the spawner's. One who has dropped a task does so before he closes the
     * list; with nobody in the list nobody's code runs.
     */
    final boolean isRunBy(Thread candidate) {
        int phase = phase(state);
        return phase >= RUNNING && (phase != DROPPED || callbacks == Callback.CLOSED) && thread == candidate;
    }

    /** The thread runs this task's body, and an interrupt was meant for it since the mark. */
    final boolean isInterruptedSince(int mark, Thread candidate) {
        int s = state;
        return thread == candidate && phase(s) == RUNNING
                && ((s & INTERRUPTING) != 0 || (s & INTERRUPTED) != 0 && Interrupts.isSince(mark, s >>> STAMP_SHIFT));
    }

    /** For what the state says is not null, or is null only where T may be. */
    @SuppressWarnings("NullAway")
    static <V> V present(@Nullable V value) {
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
