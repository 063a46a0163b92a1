package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What has been decided about a supervisor so far, in one word. A decision is made once and never taken back. */
final class Lifecycle {

    /*
     * Bits of the word. Each is set at most once and never cleared, in any order. No bit set is "entered". "Finished"
     * is not a bit: it is the termination of the census (admission has ended and no task is live).
     *
     *   EXITING   set by join, close and the end of run: admission ends with the last live task
     *   SEALED    set by seal: no new task
     *   ABORTING  set by abort: no new task, and every live one is asked to cancel
     *   ABORTED   set by a thread that aborts, when it has asked every live task. It began to after it had set ABORTING
     *   EXITED    set by a join, close or run that has waited for every task: close has nothing to do any more
     *   SHUT_DOWN set by a shutdown that has waited for every task
     *   DRAINING  set by drain: no new task but those that live ones spawn
     *   DEADLINE  set by the alarm when the deadline has passed, if none of ABORTING and EXITED was set before. So it is
     *             the first reason, and an exit that sets EXITED without it is in time (Race27d_DeadlineExit)
     *   RECORDED  set by the thread that tells the flight recorder that all is over: by one of those that see it
     *
     * Above the bits stands the number of exits (join, close, run) that have begun and were not given up. It rises and
     * falls. A run without owner counts for its block, and again for its end. The number is for the fatal error of a
     * supervisor without owner: the first exit throws it; if there is no exit, a shutdown reports it. The number and
     * SHUT_DOWN share one word, so of a join that is given up and a shutdown that ends, the second sees the first, and
     * knows whether an exit is to come (C7). With an owner the number means nothing. (Lincheck13_FatalUnownedTest.)
     *
     * A spawn against an abort is a pair of a store and a load on each side (Dekker). The spawner publishes its task in
     * the live set, then reads this word. The aborter sets ABORTING here, then reads the live set. Stores and loads
     * have volatile semantics, so they have one total order, in which at least one of the loads comes after the other
     * side's store: the spawner sees ABORTING, or the aborter sees the task, or both. (Race01a_SpawnAbort.)
     *
     * ABORTED lets a later abort return at once. The visit of all tasks began after ABORTING was set. So each task that
     * it missed was published after that, and the task's spawner sees ABORTING.
     */
    private static final int EXITING = 1;
    private static final int SEALED = 1 << 1;
    private static final int ABORTING = 1 << 2;
    private static final int ABORTED = 1 << 3;
    private static final int EXITED = 1 << 4;
    private static final int SHUT_DOWN = 1 << 5;
    private static final int DRAINING = 1 << 6;
    private static final int DEADLINE = 1 << 7;
    private static final int RECORDED = 1 << 8;
    private static final int EXIT = 1 << 9;

    private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "word", VarHandle.class, Lifecycle.class, int.class);

    private volatile int word;

    /** Whether no decision refuses a spawn; the census decides the rest. */
    boolean admits() {
        return (word & (SEALED | ABORTING | EXITED | DRAINING)) == 0;
    }

    /** Whether only a drain refuses a spawn: not those inside of live tasks. */
    boolean admitsInside() {
        return (word & (SEALED | ABORTING | EXITED | DRAINING)) == DRAINING;
    }

    boolean isDraining() {
        return is(DRAINING);
    }

    boolean isDeadlineExceeded() {
        return is(DEADLINE);
    }

    boolean isExiting() {
        return is(EXITING);
    }

    boolean isSealed() {
        return is(SEALED);
    }

    boolean isAborting() {
        return is(ABORTING);
    }

    boolean isAborted() {
        return is(ABORTED);
    }

    boolean isExited() {
        return is(EXITED);
    }

    void markExiting() {
        mark(EXITING);
    }

    void markDraining() {
        mark(DRAINING);
    }

    /** The deadline has passed; whether that is what ends the supervisor. */
    boolean markDeadlineExceeded() {
        for (;;) {
            int before = word;
            if ((before & (ABORTING | EXITED | DEADLINE)) != 0) {
                return false;
            }
            if (WORD.compareAndSet(this, before, before | DEADLINE)) {   // decides Race27d_DeadlineExit
                return true;
            }
        }
    }

    void markSealed() {
        mark(SEALED);
    }

    void markAborting() {
        mark(ABORTING);
    }

    void markAborted() {
        mark(ABORTED);
    }

    void markExited() {
        mark(EXITED);
    }

    /** Whether the caller is the one that tells the flight recorder of the end. */
    boolean markRecorded() {
        return ((int) WORD.getAndBitwiseOr(this, RECORDED) & RECORDED) == 0;   // decides Race36a_FinishRecordedOnce
    }

    // ---- Exits

    /** An exit is sure to begin some day. */
    void expectExit() {
        WORD.getAndAdd(this, EXIT);
    }

    /**
     * An exit begins.
     *
     * @return whether no exit has begun before, nor a drain, nor an abort
     */
    boolean beginExit() {
        int before;
        do {
            before = word;
        } while (!WORD.compareAndSet(this, before, (before | EXITING) + EXIT));
        return (before & (EXITING | ABORTING | DRAINING)) == 0;
    }

    /**
     * An exit that has begun is given up.
     *
     * @return whether a shutdown has ended, and no other exit has begun or is to come
     */
    boolean giveUpExit() {
        int before = (int) WORD.getAndAdd(this, -EXIT);
        return (before & SHUT_DOWN) != 0 && exits(before) == 1;
    }

    /**
     * A shutdown has waited for every task.
     *
     * @return whether no exit has begun or is to come, but for those that were given up
     */
    boolean markShutDown() {
        return exits((int) WORD.getAndBitwiseOr(this, SHUT_DOWN)) == 0;   // decides Lincheck13_FatalUnowned
    }

    private static int exits(int word) {
        return word / EXIT;
    }

    private boolean is(int bit) {
        return (word & bit) != 0;
    }

    private void mark(int bit) {
        if (!is(bit)) {
            WORD.getAndBitwiseOr(this, bit);   // decides Race19_TwoFlags
        }
    }
}
