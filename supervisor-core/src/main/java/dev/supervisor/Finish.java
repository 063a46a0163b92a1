package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import org.jspecify.annotations.Nullable;

/**
 * The end of a {@link Census}: a Phaser with one party a stripe, which terminates when the last stripe is closed, and a
 * latch for those who wait for that.
 */
final class Finish extends Phaser {

    /*
     * Why waiters do not wait in the Phaser itself: on ForkJoinPool workers its waits throw RejectedExecutionException
     * when the pool cannot compensate, on a stopped pool they spin, and timed or interrupted waits leave their nodes
     * behind for as long as the phase lasts. A CountDownLatch unlinks a waiter that gives up.
     *
     * No wake-up is lost. A waiter installs the latch, then reads isTerminated(); the last closer terminates the
     * Phaser, then reads the latch. (Not in onAdvance, which runs just before isTerminated() holds.) Each closer whose
     * arrival finds the Phaser terminated releases the latch; there is at least the last one. All waiters share one
     * latch, so it does not matter what another waiter does. (Race11_TwoStripes.)
     *
     * Nobody who comes later waits for a closer who is stopped, or was cut off (Completion), when nothing is live: who
     * ends admission, asks, is interrupted, or leaves a stripe that another has closed, looks at all stripes, and if
     * they are deserted brings the end about himself. That they are closed is final (Census, 1), so to say so twice is
     * harmless. (Lincheck11_WaitersTest, OwnFramesTest.)
     */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;

    private static final VarHandle LATCH = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "latch", VarHandle.class, Finish.class, CountDownLatch.class);

    final Stripe[] stripes;
    private volatile @Nullable CountDownLatch latch;

    Finish(Stripe[] stripes) {
        super(stripes.length);
        this.stripes = stripes;
    }

    /**
     * Whether nobody is live. Then the end is brought about here, as far as others have still to do so, who may be
     * stopped, or cut off: deserted stripes are closed, the Phaser is terminated, waiters are released.
     */
    boolean isOver() {
        for (Stripe stripe : stripes) {
            closeIfDeserted(stripe);
        }
        for (Stripe stripe : stripes) {
            if (!Stripe.isClosed(stripe.entered())) {
                return false;
            }
        }
        if (!isTerminated()) {
            forceTermination();
        }
        release();
        return true;
    }

    /**
     * Closes the stripe if everybody who entered it has left. To be called after each leave and after admission has
     * ended.
     *
     * @return whether it was closed here
     */
    boolean closeIfDeserted(Stripe stripe) {
        long entered;
        while (!Stripe.isClosed(entered = stripe.entered()) && stripe.isDeserted(entered)) {
            if (stripe.close(entered)) {
                arriveAndDeregister();
                if (isTerminated()) {
                    release();
                }
                return true;
            }
        }
        return false;
    }

    /** Waits for the end; with nothing live it returns at once, interrupted or not. The slots are gone then. */
    void await() throws InterruptedException {
        awaitEnd();
        release();   // the last closer may not have come to that
    }

    private void awaitEnd() throws InterruptedException {
        if (!spin()) {
            CountDownLatch gate = latch();
            if (!isTerminated()) {
                try {
                    Waits.await(gate, Waits.FOREVER);
                } catch (InterruptedException e) {
                    boolean over = false;
                    try {
                        over = isOver();
                    } finally {
                        if (!over) {   // also if that was cut off: the interrupt is not to be lost
                            throw e;
                        }
                    }
                    Window.setStatus();
                }
            }
        }
    }

    private boolean spin() {
        for (int spins = SPINS; spins > 0 && !isTerminated(); spins--) {
            Thread.onSpinWait();
        }
        return isTerminated();
    }

    private CountDownLatch latch() {
        CountDownLatch present = latch;
        if (present == null) {
            CountDownLatch mine = new CountDownLatch(1);
            CountDownLatch witness = (CountDownLatch) LATCH.compareAndExchange(this, null, mine);
            present = witness == null ? mine : witness;
        }
        return present;
    }

    /** All is over: whoever waits is released first, and then what only live tasks need. */
    private void release() {
        CountDownLatch gate = latch;
        if (gate != null) {
            gate.countDown();
        }
        for (Stripe stripe : stripes) {
            stripe.letGo();
        }
    }
}
