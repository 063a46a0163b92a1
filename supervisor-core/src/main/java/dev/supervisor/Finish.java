package dev.supervisor;

import java.util.concurrent.Phaser;

/**
 * The last state of a {@link Census}: its stripes, which are closed one after the other, as a Phaser with one party a
 * stripe, which terminates when the last one is closed.
 */
final class Finish extends Phaser {

    final Stripe[] stripes;

    Finish(Stripe[] stripes) {
        super(stripes.length);
        this.stripes = stripes;
        if (stripes.length == 0) {
            forceTermination();
        }
    }

    /**
     * Closes what stripes are deserted. If all are closed, terminates the Phaser, as far as others have still to do so,
     * who may be stopped, or cut off (Completion).
     *
     * @return whether all are closed
     */
    boolean closeDeserted() {
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
        return true;
    }

    /** Closes the stripe if everybody who entered it has left. */
    void closeIfDeserted(Stripe stripe) {
        long entered;
        while (!Stripe.isClosed(entered = stripe.entered()) && stripe.isDeserted(entered)) {
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
