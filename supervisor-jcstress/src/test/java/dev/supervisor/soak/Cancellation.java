package dev.supervisor.soak;

import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One task, and what became of the cancellation that was sent to it. Who cancels says so before and after. What is felt
 * is noted by the task's own thread.
 */
final class Cancellation {

    private static final int LONGEST_HISTORY = 1_200;

    final long number;
    final NestedScope scope;
    /** Whether it may wait until it is told: nobody who would have to tell it waits for it. */
    final boolean patient;

    private final AtomicLong asked = new AtomicLong();
    private final AtomicInteger asking = new AtomicInteger();
    private final AtomicInteger covered = new AtomicInteger();
    private volatile boolean sent;
    private volatile boolean takenInline;
    private volatile boolean begun;
    private volatile boolean ended;
    private volatile boolean lost;
    private volatile long endTick;
    private volatile Thread spawner;
    private volatile Task<?> handle;
    private volatile Cancellation below;

    // Of the thread that runs the body.
    private final StringBuilder history = new StringBuilder();
    private int sure;
    private int doubtful;
    private int takenByBlocks;
    private int interrupts;
    private int allowedBesides;
    private Boolean lastWasSure;

    Cancellation(long number, NestedScope scope, boolean patient) {
        this.number = number;
        this.scope = scope;
        this.patient = patient;
    }

    // ---- Of whoever spawns it

    /** A spawn begins, or has returned with this handle. */
    void spawning(Thread thread, Task<?> task) {
        spawner = thread;
        handle = task;
    }

    /** The handle; of an inline task, whose spawn has not returned yet, too. */
    Task<?> handle() {
        Task<?> known = handle;
        if (known == null && begun && !ended) {
            for (Task<?> live : scope.supervisor().tasks()) {
                if (live.name().equals(name())) {
                    return live;
                }
            }
        }
        return known;
    }

    String name() {
        return "t" + number;
    }

    // ---- Of whoever cancels it

    /** Somebody is about to ask it to cancel. */
    void ask(long tick) {
        asking.incrementAndGet();
        asked.compareAndSet(0, tick);
    }

    /** A cancel with interrupt has returned. */
    void answered(boolean taken) {
        sent |= taken;
        asking.decrementAndGet();
    }

    /** Whether somebody may be in the middle of interrupting it. */
    private boolean isBeingTold() {
        return asking.get() > 0 || scope.isTelling();
    }

    boolean isAsked() {
        return asked.get() != 0 || scope.mayTellTasks();
    }

    /** When it was asked first, itself or with its supervisor; 0 if never. */
    long askedTick() {
        long own = asked.get();
        long withScope = scope.toldTick();
        return own == 0 ? withScope : withScope == 0 ? own : Math.min(own, withScope);
    }

    /** Whether a cancel or an abort has returned: if the body runs, its thread has been interrupted. */
    boolean isSent() {
        return sent || scope.isAborted();
    }

    boolean isRunning() {
        return begun && !ended;
    }

    /** Whether a block, a callback or another task stands above it on its thread. */
    boolean isCovered() {
        return covered.get() > 0;
    }

    /** The task around it on its thread, or null. */
    Cancellation below() {
        return below;
    }

    // ---- Of its own thread

    /** The body begins. */
    Frames.Frame begin(long tick) {
        Frames.Frame frame = Frames.enterBody(this, spawner == Thread.currentThread(), tick);
        below = Frames.taskBelow(frame);
        begun = true;
        return frame;
    }

    void end(long tick) {
        endTick = tick;
        ended = true;
    }

    /** Its code has consumed an interrupt; surely its own, or perhaps that of a block which stands in it. */
    void felt(boolean surely, String where) {
        interrupts++;
        note(where);
        if (!isAsked()) {
            lastWasSure = null;   // before it was asked: not its own
            return;
        }
        if (isBeingTold()) {
            allowedBesides++;   // just being told: an inner window that begins now may be followed by one more
        }
        if (surely) {
            sure++;
            lastWasSure = true;
        } else {
            doubtful++;
            lastWasSure = false;
        }
    }

    /** What was felt last leaves the block of {@code run} as an exception: the code around has to learn of it. */
    void handOn() {
        interrupts--;
        if (lastWasSure != null) {
            sure -= lastWasSure ? 1 : 0;
            doubtful -= lastWasSure ? 0 : 1;
            lastWasSure = null;
        }
        note("thrown out of the block");
    }

    /** A block in it was opened. */
    void blockOpened(NestedScope block) {
        block.feltBefore(doubtful);
    }

    /** A block in it was left. If that was told too, then one of what was felt in it may have been its own. */
    void blockLeft(NestedScope block) {
        boolean demands = block.wasOwnerSurelyTold() && !block.hasFeltPerhapsBeforeTold();
        if (demands && isAsked() && doubtful > block.feltBefore()) {
            doubtful--;
            takenByBlocks++;
        }
        if (block.mayOwnerBeTold()) {
            allowedBesides += 2;   // the block's own, and what the exit owes because of that
        }
    }

    void allowOneMore() {
        allowedBesides++;
    }

    /** A frame comes or goes above it. */
    void covered(int change) {
        covered.addAndGet(change);
    }

    /** Whether it has felt what was meant for it: more than its blocks can account for. */
    boolean hasFelt() {
        return sure > 0 || doubtful > 0;
    }

    /** Whether it was interrupted more often than anything explains. Of no meaning inside of other tasks. */
    boolean wasToldAgain() {
        return interrupts > (isAsked() ? 1 : 0) + allowedBesides;
    }

    void note(String event) {
        if (history.length() < LONGEST_HISTORY) {
            history.append(history.length() == 0 ? "" : ", ").append(event);
        }
    }

    void takenInline() {
        takenInline = true;
    }

    boolean isTakenInline() {
        return takenInline;
    }

    void lose() {
        lost = true;
    }

    // ---- When all is over

    /** What became of it, if it was asked to cancel, itself or with its supervisor before its end; otherwise null. */
    Fate fate() {
        boolean withScope = scope.mayTellTasks() && (endTick == 0 || scope.toldTick() < endTick);
        return asked.get() == 0 && !withScope ? null
                : !begun ? Fate.DROPPED
                : lost ? Fate.LOST
                : hasFelt() || takenByBlocks > 0 ? Fate.FELT
                : takenInline ? Fate.TAKEN_INLINE
                : Fate.ENDED;
    }

    boolean hasBegun() {
        return begun;
    }

    @Override
    public String toString() {
        return name() + " on " + scope.threads + ", " + scope.depth + " deep in supervisors, "
                + (below == null ? "alone on its thread" : "inside of " + below.name() + " on its thread")
                + ", felt " + sure + " surely and " + doubtful + " perhaps, and " + takenByBlocks
                + " that may have been a block's; "
                + history;
    }
}
