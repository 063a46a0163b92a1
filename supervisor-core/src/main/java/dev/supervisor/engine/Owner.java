package dev.supervisor.engine;

/**
 * The block of a supervisor's owner, as a window: from {@code open} until the owner joins or closes, and again after a
 * join that was interrupted. It does not lead to the supervisor, so a block that is never left keeps nothing else.
 */
final class Owner extends Window {

    /*
     *   IN_BLOCK       the owner runs its own code; set and cleared by the owner
     *   INTERRUPTING, INTERRUPTED   see Window
     *   SETTLED       no interrupt is to be taken back: it was, or the block is known to have ended a wait by it
     *   OVER          the supervisor is finished, though perhaps not by this thread
     *   INNER_INTERRUPTED   the owner of a block in this block was interrupted
     *
     * The owner is interrupted at most once a supervisor. When it leaves its block and the interrupt is still pending,
     * no code has seen it, and it must not reach what the owner does next: so it is taken back. But a thread has one
     * bit, which may belong to another window too. So it is not taken back
     *
     *   - if the block is known to have consumed ours already (SETTLED): a wait of ours in the block has thrown for it,
     *     or the block of run has thrown an InterruptedException, and that was for no other (INNER_INTERRUPTED, or
     *     CONSUMED in WindowStack);
     *   - if a window around was interrupted since the block began, or a status was found then (WindowStack). For these
     *     the status is also set again at the exit, if the owner was interrupted at all: it cannot be known which of
     *     the two interrupts the block has consumed. If the owner was not interrupted, what the block has consumed was
     *     for the code around, whose code the block is.
     *
     * A plain interrupt from outside that came at the same time as ours in a try block, or as two of ours in the block
     * of run, is taken back with it: that one is lost, though not its effect, since both abort.
     * (Race13c_FatalOwnerLeaves, Race22c_OwnerLeaves.)
     */
    private static final int IN_BLOCK = 1;
    private static final int SETTLED = 1 << 1;
    private static final int OVER = 1 << 2;
    private static final int INNER_INTERRUPTED = 1 << 3;

    private final WindowStack stack;

    Owner(WindowStack stack) {
        this.stack = stack;
        setPlainThread(stack);
        STATE.set(this, IN_BLOCK);   // before another thread knows of it
    }

    /** Opens the block of the current thread, whose stack this is. */
    static Owner open(WindowStack stack) {
        Owner owner = new Owner(stack);
        stack.pushBlock(owner);
        return owner;
    }

    /** Interrupts the owner if it is in its block and has never been interrupted by us. */
    void interrupt() {
        for (int tries = 0; tries < 2;) {
            int s = state;
            if ((s & IN_BLOCK) == 0 || (s & (INTERRUPTING | INTERRUPTED)) != 0) {
                return;
            }
            int done = interrupt(s, 0);
            if (done == DELIVERED) {
                return;
            }
            tries += done == MISSED ? 1 : 0;
        }
    }

    /**
     * The owner, which is the current thread, leaves its block.
     *
     * @param endedByInterrupt whether the block is known to have ended by an interrupt
     */
    void leaveBlock(boolean endedByInterrupt) {
        boolean before = (state & INTERRUPTED) != 0;
        int s;
        do {
            s = awaitCanceller();
        } while (!casState(s, s & ~IN_BLOCK));   // decides Race13c_FatalOwnerLeaves, Lincheck13_FatalOwner
        if ((s & (INTERRUPTED | SETTLED)) == INTERRUPTED) {
            // Whether what is pending now may be ours though the block has ended by an interrupt.
            boolean another = !before || (s & INNER_INTERRUPTED) != 0 || mayHaveConsumedAnother();
            boolean settled = endedByInterrupt && !(another && stack.thread.isInterrupted());
            if (!settled && !stack.isOwedBesides(this)) {   // decides Race22c_OwnerLeaves
                Thread.interrupted();
            }
            STATE.getAndBitwiseOr(this, SETTLED);
        }
    }

    /** The owner is back in its block. */
    void reenterBlock() {
        STATE.getAndBitwiseOr(this, IN_BLOCK);
    }

    /** Whether the owner was interrupted by us. */
    boolean wasInterruptedByUs() {
        return (state & (INTERRUPTING | INTERRUPTED)) != 0;
    }

    /** Whether the exit has to set the status, for a window around. */
    boolean owesStatus() {
        return (state & INTERRUPTED) != 0 && stack.isOwedAround(this);
    }

    /** A block in this one is left whose owner was interrupted. */
    void markInnerInterrupted() {
        STATE.getAndBitwiseOr(this, INNER_INTERRUPTED);
    }

    /** Whether an InterruptedException that the block throws may be for a window around. */
    boolean mayHaveConsumedAnother() {
        return stack.hasConsumedFound(this);
    }

    /** Whether a window around was interrupted since the block began, or the status was set then. */
    boolean wasInterruptedAround() {
        return stack.wasInterruptedAround(this);
    }

    /** Whether the owner, which is the current thread, may be inside of a task. */
    boolean mayBeInTask() {
        return stack.isInTask() || Chain.mayHideTask();
    }

    /** The owner has left the block for good. */
    void leave() {
        stack.remove(this);
    }

    /**
     * A wait of ours in the block has thrown an InterruptedException: if the owner was interrupted by then, for that.
     *
     * @return whether the owner was interrupted
     */
    boolean settle() {
        boolean before = (state & INTERRUPTED) != 0;
        int s = awaitCanceller();
        if ((s & INTERRUPTED) != 0 && (before || !stack.thread.isInterrupted())) {
            STATE.getAndBitwiseOr(this, SETTLED);
        }
        return (s & INTERRUPTED) != 0;
    }

    /** Whether the owner is in its block, and an interrupt of it may not have been seen. */
    boolean isOwed() {
        return (state & (IN_BLOCK | SETTLED)) == IN_BLOCK;
    }

    /** The supervisor is finished: this window can be dropped. */
    void markOver() {
        STATE.getAndBitwiseOr(this, OVER);
    }

    boolean isOver() {
        return (state & OVER) != 0;
    }

    /** The owner's thread. */
    Thread owner() {
        return stack.thread;
    }

    /** Whether the current thread is the owner. */
    boolean isCurrent() {
        return stack.thread == Thread.currentThread();
    }

    /** Whether the owner can never exit any more. */
    boolean isDead() {
        return !stack.thread.isAlive();
    }
}
