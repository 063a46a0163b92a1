package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The supervisor's state word: what has been decided about it so far. Decisions are made once and never taken back. */
final class Lifecycle {

    /*
     * Bits of the word. Each is set at most once and never cleared, in any order; no bit set is "entered". "Finished"
     * is not a bit: it is the termination of the census (admission has ended and no task is live), which nobody
     * decides.
     *
     *   EXITING   set by join, close and the end of run: admission ends with the last live task
     *   SEALED    set by seal: no new task
     *   ABORTING  set by abort: no new task, and every live one is told to cancel
     *   SWEPT     set by an aborter after a sweep of the live tasks that it began when ABORTING was set
     *   EXITED    set by a join, close or run that has waited for every task: there is nothing left to do for close
     *   SHUT_DOWN set by a shutdown that has waited for every task
     *
     * Above them, and not for good, the number of exits (join, close, run) that have begun and were not given up; a run
     * without owner counts for its block, and again for its end. That is for the fatal error of a supervisor without
     * owner, which the first exit throws, or if there is none, a shutdown hands over; and in the same word as
     * SHUT_DOWN, so that of a join that is given up and a shutdown that has ended, the second sees the first, and knows
     * whether anybody is left (C7). With an owner the number means nothing. (Lincheck13_FatalUnownedTest.)
     *
     * Spawn against abort is a store/load pair (Dekker): the spawner publishes its task in the live set, then reads
     * this word; the aborter sets ABORTING here, then reads the live set. Both stores and both loads have volatile
     * semantics, so they have one total order in which at least one of the loads comes after the other side's store:
     * the spawner sees ABORTING, or the sweep sees the task, or both. (Race01_SpawnAbort.)
     *
     * SWEPT lets a later abort return at once. The sweep began after ABORTING was set, so each task that it missed was
     * published after, and the task's spawner sees ABORTING. It is set only after everybody has been told.
     */
    private static final int EXITING = 1;
    private static final int SEALED = 1 << 1;
    private static final int ABORTING = 1 << 2;
    private static final int SWEPT = 1 << 3;
    private static final int EXITED = 1 << 4;
    private static final int SHUT_DOWN = 1 << 5;
    private static final int EXIT = 1 << 6;

    private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "word", VarHandle.class, Lifecycle.class, int.class);

    private volatile int word;

    /** Whether a spawn may go on to the census, which has the last word while somebody waits. */
    boolean admits() {
        return (word & (SEALED | ABORTING | EXITED)) == 0;
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

    boolean isSwept() {
        return is(SWEPT);
    }

    boolean isExited() {
        return is(EXITED);
    }

    /** An exit is sure to begin some day. */
    void exitToCome() {
        WORD.getAndAdd(this, EXIT);
    }

    /**
     * An exit begins.
     *
     * @return whether none has begun before, nor an abort
     */
    boolean exiting() {
        int before;
        do {
            before = word;
        } while (!WORD.compareAndSet(this, before, (before | EXITING) + EXIT));
        return (before & (EXITING | ABORTING)) == 0;
    }

    /**
     * An exit that has begun is given up.
     *
     * @return whether a shutdown has ended, and no other exit has begun or is to come
     */
    boolean exitGivenUp() {
        int before = (int) WORD.getAndAdd(this, -EXIT);
        return (before & SHUT_DOWN) != 0 && exits(before) == 1;
    }

    void sealed() {
        set(SEALED);
    }

    void aborting() {
        set(ABORTING);
    }

    void swept() {
        set(SWEPT);
    }

    void exited() {
        set(EXITED);
    }

    /**
     * A shutdown has waited for every task.
     *
     * @return whether no exit has begun or is to come, but for those that were given up
     */
    boolean shutDown() {
        return exits((int) WORD.getAndBitwiseOr(this, SHUT_DOWN)) == 0;
    }

    private static int exits(int word) {
        return word / EXIT;
    }

    private boolean is(int bit) {
        return (word & bit) != 0;
    }

    private void set(int bit) {
        if (!is(bit)) {
            WORD.getAndBitwiseOr(this, bit);
        }
    }
}
