package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts the live tasks and decides the race between a spawn and the last completion: once admission has ended and the
 * count has met zero, it is {@linkplain #isFinished() finished}, for good, and nobody enters any more.
 */
final class Census {

    /*
     * The word `table` is null (nobody has entered yet), a Stripe[] (admission is open) or a Finish (admission has
     * ended). It goes null -> Stripe[1] -> Stripe[2] -> ... -> Finish, by CAS; from the Finish on, the stripes are
     * fixed. An empty census that ends gets the shared Finish NOTHING.
     *
     * A stripe has two words that only rise, `entered` and `left`. left <= entered always, since each task enters
     * before it leaves. A stripe is closed by CAS(entered, e, e | CLOSED) after admission has ended and left == e was
     * read.
     *
     * 1. A closed stripe is empty and stays so. The CAS says that entered is still e; left was e at some time before,
     *    has not fallen since and cannot exceed entered: it is e now. Closed, entered never changes again.
     *    (Race06_ClosedStaysClosed.)
     * 2. A stripe that is empty once admission has ended gets closed. The last to leave raises `left`, then reads
     *    `table`; the one who ends admission sets `table`, then reads `left`: at least one of them sees the other
     *    (Dekker), and both then try to close. An attempt gives up only if left != e, where somebody has yet to leave
     *    and will try in turn, or if it is closed. (Race16_LeaveEndAdmission.)
     * 3. Finished is final. Each stripe is one party of the Finish, whose closer arrives and deregisters, exactly once
     *    since the CAS succeeds once. The Phaser terminates with the last. By 1 nothing is live then, and nobody can
     *    enter. Those who wait do so for the Phaser. If nobody is live, those who ask bring it about
     *    themselves and do not wait for the last to leave: so nobody learns of the end from a refused spawn, or from
     *    the count, before state() and join() tell. (Lincheck04_FinishedTest.)
     * 4. While a task is live its stripe is open, so a spawner that finds its stripe closed and tries the others finds
     *    one to enter; if all are closed, it is finished. Once admission has ended, a spawner that finds a stripe empty
     *    closes it, on behalf of the finisher who was about to. So EXITING accepts only if a task was live when the
     *    spawner looked (A3), and no count of a spawner that will be refused revives a closed stripe.
     * 5. Lock-free: each failed CAS means that another spawner entered or a closer closed. Nobody waits for anybody.
     *
     * There is one stripe until two spawners meet on it; then the number doubles, up to MAX_STRIPES. Finishers write
     * another word, so they are no reason to grow.
     *
     * Effects: a finisher's actions happen-before its leave(), which happens-before the closing of the stripe (whose
     * closer has read that `left`, or a later one), which happens-before the termination of the Phaser (each arrival
     * reads and writes the Phaser's state; who forces it has seen every stripe closed), which happens-before whoever
     * sees it.
     */
    private static final int MAX_STRIPES = maxStripes(Runtime.getRuntime().availableProcessors());

    private static final Finish NOTHING = new Finish(new Stripe[0]);   // over as soon as it is asked

    private static final VarHandle TABLE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "table", VarHandle.class, Census.class, Object.class);

    private volatile @Nullable Object table;

    /**
     * Counts one task in.
     *
     * @return the stripe that it has entered, or null if this census is finished
     */
    @Nullable Stripe enter() {
        for (;;) {
            Object current = table;
            if (current instanceof Stripe[] stripes) {
                Stripe stripe = choose(stripes);
                long entered = stripe.entered();
                if (Stripe.isClosed(entered)) {
                    continue;   // admission has ended meanwhile
                }
                if (stripe.enter(entered)) {
                    return stripe;
                }
                grow(stripes);
            } else if (current == null) {
                TABLE.compareAndSet(this, null, new Stripe[] {new Stripe()});
            } else {
                return enterWhileLive((Finish) current);
            }
        }
    }

    /**
     * To be called after each leave of the stripe: closes it if it is deserted for good.
     *
     * @return whether all is over
     */
    boolean left(Stripe stripe) {
        if (!(table instanceof Finish finish)) {
            return false;
        }
        if (!finish.closeIfDeserted(stripe) && Stripe.isClosed(stripe.entered())) {
            return finish.isOver();   // for another has closed it, who may be stopped or cut off
        }
        return finish.isTerminated();
    }

    /**
     * Ends admission: from now on a spawner needs a live task to enter. Idempotent, so that nobody has to wait for
     * another who is at it.
     */
    Finish endAdmission() {
        for (;;) {
            Object current = table;
            Finish finish;
            if (current == null) {
                finish = NOTHING;
            } else if (current instanceof Stripe[] stripes) {
                finish = new Finish(stripes);
            } else {
                finish = (Finish) current;
            }
            if (finish == current || TABLE.compareAndSet(this, current, finish)) {
                finish.isOver();
                return finish;
            }
        }
    }

    /** Whether admission has ended and no task is live. */
    boolean isFinished() {
        return table instanceof Finish finish && finish.isOver();
    }

    /** The number of live tasks; exact when nobody comes or goes. */
    long size() {
        long size = 0;
        for (Stripe stripe : stripes()) {
            size += stripe.liveCount();
        }
        return size;
    }

    /** Visits the live tasks, as {@link LiveTasks#forEach} does for each stripe. */
    void forEach(Consumer<? super SupervisedTask<?>> visitor) {
        for (Stripe stripe : stripes()) {
            stripe.forEach(visitor);
        }
    }

    private Stripe[] stripes() {
        Object current = table;
        if (current instanceof Stripe[] stripes) {
            return stripes;
        }
        return current == null ? NOTHING.stripes : ((Finish) current).stripes;
    }

    private static @Nullable Stripe enterWhileLive(Finish finish) {
        for (Stripe stripe : finish.stripes) {
            long entered;
            while (!Stripe.isClosed(entered = stripe.entered())) {
                if (stripe.isDeserted(entered)) {
                    finish.closeIfDeserted(stripe);
                } else if (stripe.enter(entered)) {
                    return stripe;
                }
            }
        }
        return null;
    }

    private static Stripe choose(Stripe[] stripes) {
        if (stripes.length == 1) {
            return stripes[0];
        }
        // Fibonacci hashing, without state: threads made one after the other come to lie far from each other.
        @SuppressWarnings("deprecation")   // threadId() is there from JDK 19 on
        long hash = Thread.currentThread().getId() * 0x9E3779B97F4A7C15L;
        return stripes[(int) (hash >>> Long.SIZE - Integer.numberOfTrailingZeros(stripes.length))];
    }

    /** So many that those who spawn at the same time seldom meet, as far as a hash can see to it. */
    private static int maxStripes(int processors) {
        return processors == 1 ? 1 : Math.min(64, Integer.highestOneBit(processors * 4));
    }

    private void grow(Stripe[] stripes) {
        if (stripes.length < MAX_STRIPES) {
            Stripe[] more = new Stripe[stripes.length * 2];
            System.arraycopy(stripes, 0, more, 0, stripes.length);
            for (int index = stripes.length; index < more.length; index++) {
                more[index] = new Stripe();
            }
            TABLE.compareAndSet(this, stripes, more);
        }
    }
}
