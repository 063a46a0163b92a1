package dev.supervisor.engine;

import org.jspecify.annotations.Nullable;

/**
 * The stripes of a {@link Census}, and which thread goes to which. Nothing of it changes: the census replaces the whole
 * object.
 */
final class Stripes {

    /*
     * A thread goes to the stripe that the high bits of its id times an odd number give. No state is kept for a thread.
     * With the first number, the golden ratio, threads that were made one after the other lie far from each other.
     *
     * Two threads that collide, whose compare-and-sets meet on one word, need not do so for good. While there are fewer
     * than MAX stripes, their number doubles at each collision. Then the number that the ids are multiplied with
     * changes, which spreads all threads anew: for the n-th time when a stripe has seen 2^n collisions. So two threads
     * part soon, also in a supervisor in which others have collided before; and where there are more spawners than
     * stripes, and some always collide, they are spread no more than about log2(collisions) times.
     *
     * Each Stripes made of another has all of its stripes: a thread that still uses the old one enters a stripe that
     * the new one has, too.
     */
    private static final int MAX = max(Runtime.getRuntime().availableProcessors());

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final long NEXT = 0xD1342543DE82EF95L;   // a multiplier of linear congruential generators

    final Stripe[] all;
    /** What takes the place of these when no task is live; null while admission is open. */
    final @Nullable Termination termination;
    private final long multiplier;
    private final byte shift;
    /** How often all threads have been spread anew. */
    private final byte spreads;

    private Stripes(Stripe[] all, boolean exiting, long multiplier, int spreads) {
        this.all = all;
        this.termination = exiting ? new Termination(all) : null;
        this.multiplier = multiplier;
        this.shift = (byte) (Long.SIZE - Integer.numberOfTrailingZeros(all.length));
        this.spreads = (byte) spreads;
    }

    /** One stripe, and admission is open. */
    static Stripes one() {
        return new Stripes(new Stripe[] {new Stripe()}, false, GOLDEN, 0);
    }

    /** The same stripes, and admission has ended. */
    Stripes exiting() {
        return new Stripes(all, true, multiplier, spreads);
    }

    /** The stripe of the current thread. */
    Stripe mine() {
        Stripe[] stripes = all;
        if (stripes.length == 1) {
            return stripes[0];
        }
        @SuppressWarnings("deprecation")   // threadId() is there from JDK 19 on
        long hash = Thread.currentThread().getId() * multiplier;
        return stripes[(int) (hash >>> shift)];
    }

    /**
     * More stripes, or the same for other threads, since two spawners have met on one.
     *
     * @return these, if that is not worth it
     */
    Stripes relieved(Stripe metOn) {
        if (all.length < MAX) {
            return doubled();
        }
        boolean due = (metOn.collided() & (1 << spreads) - 1) == 0;
        return due && MAX > 1 && spreads < Integer.SIZE - 2
                ? new Stripes(all, termination != null, multiplier * NEXT, spreads + 1) : this;
    }

    /** Twice as many stripes. */
    Stripes doubled() {
        Stripe[] more = new Stripe[all.length * 2];
        System.arraycopy(all, 0, more, 0, all.length);
        for (int index = all.length; index < more.length; index++) {
            more[index] = new Stripe();
        }
        return new Stripes(more, termination != null, multiplier, spreads);
    }

    /** How many tasks have come. */
    long came() {
        long sum = 0;
        for (Stripe stripe : all) {
            sum += stripe.came();
        }
        return sum;
    }

    /** How many tasks have come if all have gone; -1 if a live one was found. */
    long cameAndGone() {
        long sum = 0;
        for (Stripe stripe : all) {
            long came = stripe.came();
            if (!stripe.isEmptyAt(came)) {
                return -1;
            }
            sum += came;
        }
        return sum;
    }

    /** The task in a pseudo-random slot, another one as tasks come; null if the slot is free. */
    @Nullable SupervisedTask<?> anyTask() {
        int slot = (int) (came() * GOLDEN >>> 33);
        return all[slot % all.length].taskAt(slot / all.length);
    }

    /** So many that threads that spawn at the same time seldom meet, as far as a hash can see to it. */
    private static int max(int processors) {
        return processors == 1 ? 1 : Math.min(64, Integer.highestOneBit(processors * 4));
    }
}
