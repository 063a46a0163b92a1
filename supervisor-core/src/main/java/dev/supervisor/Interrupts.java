package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The interrupts that one supervisor delivers, to its tasks and to its owner, and what to do where several of those run
 * on one thread.
 */
final class Interrupts {

    /*
     * A thread has one interrupt bit. Where an executor nests the window of a task in that of another task, or in the
     * owner's body (by running it in the caller, by a trampoline, by helping), the bit cannot tell for whom it was set;
     * the code of the innermost window sees it, and may consume it; and when that window closes, and an interrupt was
     * delivered to its task, the bit is cleared. If meanwhile an interrupt was delivered for a window around it, the
     * bit has to be set again.
     *
     * "Meanwhile" is decided by numbers. Each delivery raises `begun`, interrupts, then raises `delivered` and leaves
     * that number with the recipient as its stamp. A window notes `delivered` before it looks at the bit at its start:
     * its mark. If `begun` still equals the mark at the end, nobody was interrupted since, nor is about to be.
     * Otherwise those who run on this thread are looked for: one who is being interrupted, or has a stamp greater than
     * the mark, has the bit set again. A delivery that came just before the window may be among these: then the outer
     * window is interrupted once more than it was asked, and nothing is lost. A stamp has 24 bits; the comparison is
     * right for windows that see fewer than 2^23 deliveries.
     *
     * The owner is interrupted once at most, and needs no stamp: it was told in the window if it was not told before.
     * Here too, one who is still being interrupted when the window begins, and has felt it by then, feels it again.
     *
     * What an overridden interrupt() throws is reported when the delivery is over: the handler that it is reported to
     * is foreign code, and nobody whose task is being interrupted may wait for that.
     *
     * Looking for the others takes time in the number of slots. It is left out on a virtual thread, unless its task was
     * run inside of its spawn: a thread that was made for one task has no window around it.
     */
    private static final int STAMP_BITS = 24;

    private static final VarHandle BEGUN = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "begun", VarHandle.class, Interrupts.class, int.class);
    private static final VarHandle DELIVERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "delivered", VarHandle.class, Interrupts.class, int.class);

    /** Of all supervisors whose windows cannot nest. */
    static final Interrupts UNCOUNTED = new Interrupts(false);

    /** Whether windows can nest; deliveries are counted only then. */
    private final boolean counts;

    private volatile int begun;
    private volatile int delivered;

    Interrupts(boolean counts) {
        this.counts = counts;
    }

    /** To be called before a delivery. */
    void begin() {
        if (counts) {
            BEGUN.getAndAdd(this, 1);
        }
    }

    /** To be called after a delivery; returns its stamp. */
    int delivered() {
        return counts ? (int) DELIVERED.getAndAdd(this, 1) + 1 : 0;
    }

    /**
     * Interrupts a thread. What an overridden {@code interrupt} throws goes no further: the next one is to be told too.
     *
     * @return what it has thrown, to be {@linkplain #report reported} when all is done, or null
     */
    static @Nullable Throwable deliver(Thread thread) {
        try {
            thread.interrupt();
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    /** Whether nobody may have been interrupted, since the caller ran out of stack. */
    static boolean isMissed(@Nullable Throwable thrown) {
        return thrown instanceof StackOverflowError;
    }

    /** Reports what the interruption of a thread has thrown, if anything. */
    static void report(@Nullable Thread thread, @Nullable Throwable thrown) {
        if (thread != null && thrown != null) {
            Uncaught.report("interrupt()", thread, thrown);
        }
    }

    /** The stamp of the last delivery. */
    int mark() {
        return delivered;
    }

    /** Whether a delivery with this stamp came after the mark. */
    static boolean isSince(int mark, int stamp) {
        int shift = Integer.SIZE - STAMP_BITS;
        return stamp - mark << shift >> shift > 0;
    }

    /**
     * Whether an interrupt was meant for a task around the window that the current thread has just left.
     *
     * @param mark taken when the window began
     * @param inline whether the window's task was run inside of its spawn
     */
    boolean isMeantForOuterTask(Census census, Thread me, int mark, boolean inline) {
        if (begun == mark || !inline && Launcher.VirtualThreads.isVirtual(me)) {
            return false;
        }
        try {
            Outer outer = new Outer(me, mark);
            census.forEach(outer);
            return outer.interrupted;
        } catch (Throwable noMemory) {
            return true;   // one interrupt too many rather than one lost
        }
    }

    /** Looks for a task that runs on a thread and was interrupted since a mark. */
    private static final class Outer implements Consumer<SupervisedTask<?>> {

        private final Thread thread;
        private final int mark;
        private boolean interrupted;

        Outer(Thread thread, int mark) {
            this.thread = thread;
            this.mark = mark;
        }

        @Override
        public void accept(SupervisedTask<?> task) {
            interrupted |= task.isInterruptedSince(mark, thread);
        }
    }

    /** Sets the status of the current thread again, if so asked. */
    static void restore(Thread me, boolean interrupted) {
        if (interrupted) {
            report(me, deliver(me));
        }
    }
}
