package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The interrupts that one supervisor delivers, to its tasks and to its owner, and what to do where several of those run
 * on one thread.
 */
final class Interrupts {

    /*
     * A thread has one interrupt bit. Where a caller-runs executor nests the window of a task in that of another task,
     * or in the owner's body, the bit cannot tell for whom it was set; the code of the innermost window sees it, and
     * may consume it. When that window closes, and an interrupt was delivered to its task, the bit is cleared. If
     * meanwhile an interrupt was delivered for a window around it, the bit has to be set again, in either case.
     *
     * "Meanwhile" is decided by numbers: each delivery takes a number right after the interrupt() call and leaves it
     * with the recipient; a window notes the last number given out before it looks at the bit at its start. A delivery
     * that came in the window has a greater number. One that came just before it may have, too: then the outer window
     * may be interrupted once more than it was asked, and nothing is lost. A task's stamp has 24 bits; the comparison
     * is right for windows that see fewer than 2^23 deliveries.
     *
     * All this is needed only where windows can nest. No other supervisor counts.
     */
    private static final int STAMP_BITS = 24;

    private static final VarHandle DELIVERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "delivered", VarHandle.class, Interrupts.class, int.class);

    /** Whether the executor may run a task in the thread that spawns it. */
    final boolean mayNest;

    private final Supervisor supervisor;
    private volatile int delivered;

    Interrupts(Supervisor supervisor, boolean mayNest) {
        this.supervisor = supervisor;
        this.mayNest = mayNest;
    }

    /**
     * Delivers an interrupt. What an overridden {@code interrupt} throws is reported and goes no further: the next one
     * is to be told too.
     *
     * @return the number of the delivery
     */
    int interrupt(Thread thread) {
        try {
            thread.interrupt();
        } catch (Throwable thrown) {
            Uncaught.report("interrupt()", thread, thrown);
        }
        return mayNest ? (int) DELIVERED.getAndAdd(this, 1) + 1 : 0;
    }

    /** The number of the last delivery. */
    int mark() {
        return delivered;
    }

    /** Whether a delivery with this stamp came after the mark. */
    static boolean isSince(int mark, int stamp) {
        int shift = Integer.SIZE - STAMP_BITS;
        return stamp - mark << shift >> shift > 0;
    }

    /**
     * Whether, since the mark, an interrupt was meant for anyone else who runs on this thread: an outer task or the
     * owner's body.
     */
    boolean isMeantForOthers(Thread me, int mark) {
        if (delivered == mark) {
            return false;
        }
        Owner owner = supervisor.owner;
        if (owner != null && owner.isInterruptedSince(mark, me)) {
            return true;
        }
        boolean[] found = new boolean[1];
        supervisor.census.forEach(task -> found[0] |= task.isInterruptedSince(mark, me));
        return found[0];
    }

    /** Sets the status of the current thread again, if so asked. */
    static void restore(Thread me, boolean interrupted) {
        if (interrupted) {
            try {
                me.interrupt();
            } catch (Throwable thrown) {
                Uncaught.report("interrupt()", me, thrown);
            }
        }
    }
}
