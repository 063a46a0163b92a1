package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The owner of a supervisor and the window in which it may be interrupted: from {@code open} until it joins or closes,
 * and again after a join that was interrupted.
 */
final class Owner {

    /*
     *   IN_BODY       the owner runs its own code; set and cleared by the owner
     *   INTERRUPTING  somebody is in the middle of interrupting it; then INTERRUPTED, for good
     *   TAKEN_BACK    the owner has left its body after it was interrupted, and cleared the status then
     *
     * As with tasks, an interrupt is delivered inside of the window or not at all: the owner leaves its body only while
     * INTERRUPTING is not set. It is interrupted at most once a supervisor. When it leaves its body and the status is
     * still pending, the interrupt has reached nobody, and must not reach what the owner does next; so it is taken
     * back. Java cannot tell it from another interrupt that came from outside at the same time: that one is lost then,
     * though not its effect, since both abort. (Race13_FatalOwnerLeaves.)
     */
    private static final int IN_BODY = 1;
    private static final int INTERRUPTING = 1 << 1;
    private static final int INTERRUPTED = 1 << 2;
    private static final int TAKEN_BACK = 1 << 3;

    private static final VarHandle STATE =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "state", VarHandle.class, Owner.class, int.class);
    private static final VarHandle CUT_OFF = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "cutOff", VarHandle.class, Owner.class, boolean.class);

    final Thread thread;
    private volatile int state = IN_BODY;
    /** Whoever has set INTERRUPTING was cut off: it is the next one's. */
    private volatile boolean cutOff;
    /** Confined to the owner; once set it stays. */
    private boolean callsBack;

    Owner(Thread thread) {
        this.thread = thread;
    }

    /** Interrupts the owner if it is in its body and has never been interrupted by us. */
    void interrupt(Interrupts interrupts) {
        for (;;) {
            int s = state;
            if ((s & IN_BODY) == 0 || (s & INTERRUPTED) != 0 || (s & INTERRUPTING) != 0 && !takeOver()) {
                return;
            }
            if ((s & INTERRUPTING) != 0 || STATE.compareAndSet(this, s, s | INTERRUPTING)) {
                Throwable thrown;
                try {
                    interrupts.begin();
                    thrown = Interrupts.deliver(thread);
                    interrupts.delivered();
                    STATE.getAndBitwiseXor(this, INTERRUPTING | (Interrupts.isMissed(thrown) ? 0 : INTERRUPTED));
                } catch (Throwable cut) {
                    cutOff = true;   // see Rescue
                    throw cut;
                }
                Interrupts.report(thread, thrown);
                return;
            }
        }
    }

    private boolean takeOver() {
        return cutOff && CUT_OFF.compareAndSet(this, true, false);
    }

    /** The owner, who is the current thread, leaves its body. */
    void leaveBody() {
        for (;;) {
            int s = state;
            if ((s & INTERRUPTING) != 0) {
                if (takeOver()) {
                    STATE.getAndBitwiseXor(this, INTERRUPTING | INTERRUPTED);
                } else {
                    Thread.yield();
                }
                continue;
            }
            boolean takeBack = (s & (INTERRUPTED | TAKEN_BACK)) == INTERRUPTED;
            if (STATE.compareAndSet(this, s, s & ~IN_BODY | (takeBack ? TAKEN_BACK : 0))) {
                if (takeBack) {
                    Thread.interrupted();
                }
                return;
            }
        }
    }

    /** The owner is back in its body. */
    void reenterBody() {
        STATE.getAndBitwiseOr(this, IN_BODY);
    }

    /** Whether this thread is the owner's, and has been interrupted by us. */
    boolean wasTold(Thread candidate) {
        return thread == candidate && (state & INTERRUPTED) != 0;
    }

    /** Whether this thread is the owner's, in its body, and is being interrupted by us, or has been for good. */
    boolean isTold(Thread candidate) {
        int s = state;
        return thread == candidate && (s & (IN_BODY | TAKEN_BACK)) == IN_BODY
                && (s & (INTERRUPTING | INTERRUPTED)) != 0;
    }

    /** The thread is about to call back for a task that it has dropped, or that was left to it. */
    void callsBack(Thread candidate) {
        if (thread == candidate) {
            callsBack = true;
        }
    }

    /** Whether the owner, who asks, can be inside of such a callback. */
    boolean mayCallBack() {
        return callsBack;
    }

    /** Whether the owner can never exit any more. */
    boolean isDead() {
        return !thread.isAlive();
    }
}
