package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of code on one thread, which we may interrupt once: the body of a task, or the block of an owner. Here is
 * the handshake between a canceller, which interrupts, and the thread that closes the window.
 */
abstract class Window {

    /*
     * Two flags of the word; subclasses have others.
     *
     *   INTERRUPTING  a canceller is about to interrupt the thread, or in the middle of that
     *   INTERRUPTED   it has done so; for good
     *
     * 1. A canceller sets INTERRUPTING by a CAS on a word in which the window is open and neither flag is set; it
     *    interrupts, and then changes INTERRUPTING to INTERRUPTED. So there is one interrupt a window.
     * 2. The thread closes the window by a CAS, and only while INTERRUPTING is not set. So no interrupt arrives after
     *    the window, and the thread knows whether one came. (Race08_CancelCompletion, Race13c_FatalOwnerLeaves.)
     *    Meanwhile it waits: the one wait on the way of a completing task. It yields a few times and then parks, since
     *    a virtual canceller may be unmounted in the middle of interrupt() and need the carrier of a thread that
     *    yields. An interrupt status is a permit to go on without parking: so it is cleared, and set again after the
     *    wait, not in it. (WaitingForCancellerTest.)
     * 3. A thread on which windows nest has a WindowStack, and each of its windows leads to that. A canceller raises
     *    the stack's flag before it interrupts: a thread that sees the interrupt sees the flag.
     *    (Race22b_NestedInterrupt.) A task that is alone on its thread leads to the thread; when a second window opens
     *    on top of it, the thread stores the stack in the task, then reads the task's word; the canceller sets
     *    INTERRUPTING, then reads `thread` (Dekker): the canceller finds the stack, or the thread finds the flag.
     *    (Race22d_StackMade.)
     * 4. A canceller whose stack or memory runs out takes INTERRUPTING back, or says INTERRUPTED if it has interrupted,
     *    by a plain change of the word, which no call can cut off. What another thread writes into the word in the same
     *    instant can be overwritten: a registrant looks again (ObservedTask), and a canceller repeats its request.
     */
    static final int INTERRUPTING = 1 << 4;
    static final int INTERRUPTED = 1 << 5;

    // What comes of an attempt to interrupt.
    static final int CHANGED = 0;
    static final int MISSED = 1;
    static final int DELIVERED = 2;

    private static final int YIELDS = 8;
    private static final long PAUSE_NANOS = 20_000;

    static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "state", VarHandle.class, Window.class, int.class);
    static final VarHandle THREAD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "thread", VarHandle.class, Window.class, Object.class);

    volatile int state;

    /**
     * The {@link WindowStack} of the thread, or the thread itself where this window is alone; see {@link TaskState}.
     */
    @Nullable Object thread;

    final @Nullable Object plainThread() {
        return thread;
    }

    final void setPlainThread(Object runner) {
        thread = runner;
    }

    final boolean casThread(Object expected, @Nullable Object update) {
        return THREAD.compareAndSet(this, expected, update);
    }

    final boolean casState(int expected, int update) {
        return STATE.compareAndSet(this, expected, update);
    }

    /**
     * One attempt to interrupt the thread of this window.
     *
     * @param expected the word, in which the window is open and neither flag set
     * @param flags set with it
     * @return CHANGED if the word was another one; MISSED if the caller ran out of stack in the interrupt, so that
     *     perhaps no thread was interrupted and it may be tried again; otherwise DELIVERED
     */
    final int interrupt(int expected, int flags) {
        boolean mine = false;
        boolean delivered = false;
        try {
            mine = casState(expected, expected | flags | INTERRUPTING);   // decides Race13d_OwnerInterruptedOnce
            if (!mine) {
                return CHANGED;
            }
            Object runner = THREAD.getVolatile(this);
            Thread target = null;
            if (runner instanceof WindowStack stack) {
                stack.raise();   // decides Race22b_NestedInterrupt
                target = stack.thread;
            } else if (runner instanceof Thread alone) {
                target = alone;
            }
            Throwable thrown = target == null ? null : interrupt(target);
            delivered = !(thrown instanceof StackOverflowError);
            STATE.getAndBitwiseXor(this, delivered ? INTERRUPTING | INTERRUPTED : INTERRUPTING);
            mine = false;
            if (thrown != null && target != null) {
                Uncaught.report("interrupt()", target, thrown);   // when no thread waits for us any more
            }
            return delivered ? DELIVERED : MISSED;
        } catch (Throwable overflow) {
            if (mine) {   // no call
                state = state & ~INTERRUPTING | (delivered ? INTERRUPTED : 0);
            }
            throw overflow;
        }
    }

    /** Waits until no canceller is in the middle of interrupting this window; returns the word as it is then. */
    final int awaitCanceller() {
        int s = state;
        return (s & INTERRUPTING) == 0 ? s : awaitInterrupting();
    }

    private int awaitInterrupting() {
        int s;
        boolean status = false;
        for (int looks = 0; ((s = state) & INTERRUPTING) != 0; looks++) {
            if (looks < YIELDS) {
                Thread.yield();
            } else {
                status |= Thread.interrupted();
                Waits.pause(PAUSE_NANOS);
            }
        }
        if (status) {
            setStatus();
        }
        return s;
    }

    /** Sets the interrupt status of the current thread. */
    static void setStatus() {
        Thread me = Thread.currentThread();
        Throwable thrown = interrupt(me);
        if (thrown != null) {
            Uncaught.report("interrupt()", me, thrown);
        }
    }

    /**
     * Interrupts; returns what an overridden {@code interrupt} throws, since the next task is to be interrupted too.
     */
    private static @Nullable Throwable interrupt(Thread target) {
        try {
            target.interrupt();
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }
}
