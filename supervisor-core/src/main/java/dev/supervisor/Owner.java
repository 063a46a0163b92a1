package dev.supervisor;

/**
 * The block of a supervisor's owner, as a window: from {@code open} until the owner joins or closes, and again after a
 * join that was interrupted. It does not lead to the supervisor, so a block that is never left keeps nothing else.
 */
final class Owner extends Window {

    /*
     *   IN_BODY       the owner runs its own code; set and cleared by the owner
     *   INTERRUPTING, INTERRUPTED   see Window
     *   SETTLED       nothing is to be taken back: it was, or the owner is known to have felt it
     *   OVER          the supervisor is finished, though perhaps not by this thread
     *   INNER_TOLD    the owner of a block in it was interrupted
     *
     * The owner is interrupted at most once a supervisor. When it leaves its body and the interrupt is still pending,
     * it has reached nobody, and must not reach what the owner does next: so it is taken back. But there is one bit a
     * thread, and it may be somebody else's too. So it is not taken back
     *
     *   - if the owner is known to have felt ours already (SETTLED): a wait of ours in its block has thrown for it, or
     *     the block of run has thrown an InterruptedException, and that was no other's (INNER_TOLD, or FELT in
     *     WindowStack);
     *   - if a window around was told since the block began, or a status was found then (WindowStack). For these the
     *     status is also set again at the exit, if the owner was told at all: nobody can say which of the two
     *     interrupts the block has felt. If it was not told, what the block has felt, the code around has felt, whose
     *     code it is.
     *
     * A plain interrupt from outside that came at the same time as ours in a try block, or as two of ours in the block
     * of run, is taken back with it: that one is lost, though not its effect, since both abort.
     * (Race13_FatalOwnerLeaves, Race22_OwnerLeaves.)
     */
    private static final int IN_BODY = 1;
    private static final int SETTLED = 1 << 1;
    private static final int OVER = 1 << 2;
    private static final int INNER_TOLD = 1 << 3;

    private final WindowStack stack;

    Owner(WindowStack stack) {
        this.stack = stack;
        this.thread = stack;
        STATE.set(this, IN_BODY);   // before anybody else knows of it
    }

    /** Opens the block of the current thread, whose stack this is. */
    static Owner open(WindowStack stack) {
        Owner owner = new Owner(stack);
        stack.pushBlock(owner);
        return owner;
    }

    /** Interrupts the owner if it is in its body and has never been interrupted by us. */
    void interrupt() {
        for (int tries = 0; tries < 2;) {
            int s = state;
            if ((s & IN_BODY) == 0 || (s & (INTERRUPTING | INTERRUPTED)) != 0) {
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
     * The owner, who is the current thread, leaves its body.
     *
     * @param felt whether it is known to have felt an interrupt
     */
    void leaveBody(boolean felt) {
        boolean before = (state & INTERRUPTED) != 0;
        int s;
        do {
            s = awaitCanceller();
        } while (!casState(s, s & ~IN_BODY));
        if ((s & (INTERRUPTED | SETTLED)) == INTERRUPTED) {
            // What is pending now is ours, if what was felt came before it, or may have been another's.
            boolean another = !before || (s & INNER_TOLD) != 0 || mayHaveFeltAnother();
            boolean settled = felt && !(another && stack.thread.isInterrupted());
            if (!settled && !stack.isOwedBesides(this)) {
                Thread.interrupted();
            }
            STATE.getAndBitwiseOr(this, SETTLED);
        }
    }

    /** The owner is back in its body. */
    void reenterBody() {
        STATE.getAndBitwiseOr(this, IN_BODY);
    }

    /** Whether the owner was interrupted by us. */
    boolean wasTold() {
        return (state & (INTERRUPTING | INTERRUPTED)) != 0;
    }

    /** Whether the exit has to set the status, for a window around. */
    boolean owesStatus() {
        return (state & INTERRUPTED) != 0 && stack.isOwedAround(this);
    }

    /** A block in this one is left whose owner was interrupted. */
    void innerWasTold() {
        STATE.getAndBitwiseOr(this, INNER_TOLD);
    }

    /** Whether an InterruptedException that the block throws may be for a window around. */
    boolean mayHaveFeltAnother() {
        return stack.hasFeltWhatItFound(this);
    }

    /** Whether a window around was interrupted since the block began, or the status was set then. */
    boolean wasToldAround() {
        return stack.wasToldAround(this);
    }

    /** Whether the owner, who is the current thread, may be inside of a task. */
    boolean mayBeInTask() {
        return stack.isInTask() || WindowStack.mayHideTask();
    }

    /** The owner has left the block for good. */
    void leave() {
        stack.remove(this);
    }

    /**
     * A wait of ours in the block has thrown an InterruptedException: if the owner was told by then, that was felt.
     *
     * @return whether the owner was told
     */
    boolean settle() {
        boolean before = (state & INTERRUPTED) != 0;
        int s = awaitCanceller();
        if ((s & INTERRUPTED) != 0 && (before || !stack.thread.isInterrupted())) {
            STATE.getAndBitwiseOr(this, SETTLED);
        }
        return (s & INTERRUPTED) != 0;
    }

    /** Whether the owner is in its body, and was told there, and may not know. */
    boolean isOwed() {
        return (state & (IN_BODY | SETTLED)) == IN_BODY;
    }

    /** The supervisor is finished: this window can be dropped. */
    void over() {
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
