package dev.supervisor.engine;

import java.util.concurrent.Phaser;

/**
 * The last state of a {@link Census}: its stripes, which are closed one after the other, as a Phaser with one party a
 * stripe, which terminates when the last one is closed.
 */
final class Termination extends Phaser {

    final Stripe[] stripes;

    Termination(Stripe[] stripes) {
        super(stripes.length);
        this.stripes = stripes;
        if (stripes.length == 0) {
            forceTermination();
        }
    }

    /**
     * Closes the stripes that are empty. If all are closed, terminates the Phaser if other threads have still to do so,
     * which may be stopped, or cut off (Completion).
     *
     * @return whether all are closed
     */
    boolean closeEmpty() {
        for (Stripe stripe : stripes) {
            closeIfEmpty(stripe);
        }
        for (Stripe stripe : stripes) {
            if (!Stripe.isClosed(stripe.entered())) {   // decides Race11b_TwoStripes, Race16f_TwoStripesLeave
                return false;
            }
        }
        if (!isTerminated()) {
            forceTermination();
        }
        return true;
    }

    /** Closes the stripe if every task that has entered it has gone. */
    void closeIfEmpty(Stripe stripe) {
        long entered;
        while (!Stripe.isClosed(entered = stripe.entered()) && stripe.isEmptyAt(entered)) {
            if (stripe.close(entered)) {
                arriveAndDeregister();
            }
        }
    }

    /** Lets go of the slots, when all is over. */
    void letGo() {
        for (Stripe stripe : stripes) {
            stripe.letGo();
        }
    }
}
