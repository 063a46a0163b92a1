package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Where threads wait for the end of a {@link Census}. */
abstract class EndLatch {

    /*
     * Why waiters do not wait in the Phaser itself: it is another one when the stripes have grown. And on ForkJoinPool
     * workers its waits throw RejectedExecutionException when the pool cannot compensate; on a stopped pool they spin;
     * timed or interrupted waits leave their nodes behind for as long as the phase lasts. A CountDownLatch unlinks a
     * waiter that gives up.
     *
     * No wake-up is lost. A waiter installs the latch, then reads isTerminated(); the last closer terminates the
     * Phaser, then reads the latch. (Not in onAdvance, which runs just before isTerminated() holds.) Each thread that
     * finds that all is over releases the latch, and at least the last closer does. All waiters share one latch, so it
     * does not matter what another waiter does. (Race11a_TwoClosers, Race11b_TwoStripes.)
     */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;

    private static final VarHandle LATCH = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "latch", VarHandle.class, EndLatch.class, CountDownLatch.class);

    private volatile @Nullable CountDownLatch latch;

    /** Whether it has been announced that all is over. */
    abstract boolean isTerminated();

    /** Whether all is over; if it is, brings about what others have not come to. */
    abstract boolean isFinished();

    /** Waits until all is over; with nothing live it returns at once, interrupted or not. */
    final void awaitEnd() throws InterruptedException {
        awaitEnd(Waits.FOREVER);
    }

    /** The same for a limited time; returns whether all is over. */
    final boolean awaitEnd(long nanos) throws InterruptedException {
        return spin() || park(nanos);
    }

    /** The same without a look before it. */
    final boolean park(long nanos) throws InterruptedException {
        CountDownLatch gate = latch();
        if (!isTerminated()) {   // decides Race11a_TwoClosers
            try {
                return Waits.await(gate, nanos);
            } catch (InterruptedException e) {
                boolean over = false;
                try {
                    over = isFinished();
                } finally {
                    if (!over) {   // also if that was cut off, since the interrupt is not to be lost
                        throw e;
                    }
                }
                Window.setStatus();
            }
        }
        return true;
    }

    /** Releases the threads that wait; to be called when it has been announced that all is over. */
    final void releaseWaiters() {
        CountDownLatch gate = latch;
        if (gate != null) {
            Waits.open(gate);
        }
    }

    /** Whether all is over, at once or in a moment. */
    final boolean spin() {
        for (int spins = SPINS; spins > 0 && !isTerminated(); spins--) {
            Thread.onSpinWait();
        }
        return isTerminated();
    }

    private CountDownLatch latch() {
        CountDownLatch present = latch;
        if (present == null) {
            CountDownLatch mine = new CountDownLatch(1);
            Object first = LATCH.compareAndExchange(this, null, mine);   // decides Lincheck11_Waiters
            present = first == null ? mine : (CountDownLatch) first;
        }
        return present;
    }
}
