package dev.supervisor.soak;

import dev.supervisor.Supervisor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** One supervisor: whom it may have told, and its books. */
final class NestedScope {

    final int depth;
    final NestingThreads threads;
    final boolean owned;
    /** The task in which it was opened, or null. */
    final Cancellation openedIn;
    final LongAdder spawned = new LongAdder();
    final LongAdder ended = new LongAdder();

    private final AtomicLong told = new AtomicLong();
    private final AtomicLong ownerAsked = new AtomicLong();
    private final AtomicInteger telling = new AtomicInteger();
    private volatile boolean tellsAtSomeTime;
    private volatile boolean aborted;
    private volatile boolean shutdownBegun;
    private volatile boolean shutdownReturned;
    private volatile boolean takenInline;
    private volatile boolean left;
    private volatile Supervisor supervisor;

    // Of the thread that opened it.
    private boolean exitBegun;
    private boolean ownerSurelyTold;
    private int feltInBlock;
    private boolean feltPerhapsBeforeTold;
    private int feltBefore;

    NestedScope(int depth, NestingThreads threads, boolean owned, Cancellation openedIn) {
        this.depth = depth;
        this.threads = threads;
        this.owned = owned;
        this.openedIn = openedIn;
    }

    void opened(Supervisor opened) {
        supervisor = opened;
    }

    Supervisor supervisor() {
        return supervisor;
    }

    // ---- Who is told

    /** From now on its tasks may be told to cancel, when nobody knows. */
    void mayTell(long tick) {
        tellsAtSomeTime = true;
        told.compareAndSet(0, tick);
    }

    /** From now on its owner may be interrupted, and its tasks told. */
    void mayTellOwner(long tick) {
        mayTell(tick);
        ownerAsked.compareAndSet(0, tick);
    }

    /** Aborts it. */
    void abort(long tick) {
        telling.incrementAndGet();
        told.compareAndSet(0, tick);
        supervisor.abort();
        aborted = true;
        telling.decrementAndGet();
    }

    /** Whether somebody may be in the middle of telling its tasks. */
    boolean isTelling() {
        return tellsAtSomeTime || telling.get() > 0;
    }

    /** Shuts it down from a thread that has nothing to do with it. */
    void shutdown(long tick) {
        telling.incrementAndGet();
        told.compareAndSet(0, tick);
        ownerAsked.compareAndSet(0, tick);
        shutdownBegun = true;
        supervisor.shutdown();
        shutdownReturned = true;
        aborted = true;
        telling.decrementAndGet();
    }

    boolean mayTellTasks() {
        return told.get() != 0;
    }

    long toldTick() {
        return told.get();
    }

    /** Whether an abort has returned, so that everybody has been told. */
    boolean isAborted() {
        return aborted;
    }

    boolean mayOwnerBeTold() {
        return ownerAsked.get() != 0;
    }

    long ownerAskedTick() {
        return ownerAsked.get();
    }

    // ---- Of the thread that opened it

    /** It is about to join or to close, or the block of {@code run} ends. */
    void exitBegins() {
        ownerSurelyTold |= owned && !exitBegun && shutdownReturned;
        exitBegun = true;
    }

    /**
     * An interrupt was consumed in this block.
     *
     * @param byWait whether a wait of the library's has done it, which knows whether the owner had been told
     * @param before whether that was some time ago
     */
    void felt(boolean byWait, boolean before) {
        feltInBlock += mayOwnerBeTold() ? 1 : 0;
        feltPerhapsBeforeTold |= byWait && mayOwnerBeTold() && (before || !shutdownReturned);
    }

    /** Whether the library may know that what was felt in this block was not the block's own. */
    boolean hasFeltPerhapsBeforeTold() {
        return feltPerhapsBeforeTold;
    }

    /** What the task around had felt, perhaps, when this block was opened. */
    void feltBefore(int doubtful) {
        feltBefore = doubtful;
    }

    int feltBefore() {
        return feltBefore;
    }

    void left() {
        left = true;
    }

    boolean isLeft() {
        return left;
    }

    boolean wasOwnerSurelyTold() {
        return ownerSurelyTold;
    }

    void takenInline() {
        takenInline = true;
    }

    /** Whether the block, which has not been left, is interrupted or will be at once, and has not felt it. */
    boolean owesOwner() {
        return owned && shutdownBegun && !exitBegun && feltInBlock == 0 && !takenInline;
    }

    @Override
    public String toString() {
        return (owned ? "an owned" : "an unowned") + " supervisor of " + threads + ", " + depth + " deep";
    }
}
