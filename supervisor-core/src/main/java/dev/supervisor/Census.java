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
final class Census extends EndLatch {

    /*
     * The word `table`:
     *
     *   null      nobody has entered yet
     *   Stripes   without a Finish: admission is open. With one: admission has ended, a spawner needs proof that
     *             somebody is live. Either may be replaced by more stripes, or by the same for other threads
     *   Finish    nobody was live at one instant after the end of admission. The stripes are fixed, and are closed as
     *             they are found deserted
     *
     * It goes from each state to a later one, by CAS of an object that has not been there before. An empty census that
     * ends gets the shared Finish NOTHING.
     *
     * A stripe has two words that only rise, `entered` and `left`. left <= entered always, since each task enters
     * before it leaves. A stripe is closed by CAS(entered, e, e | CLOSED) after `table` is a Finish and left == e was
     * read.
     *
     * 1. A closed stripe is empty and stays so. The CAS says that entered is still e; left was e at some time before,
     *    has not fallen since and cannot exceed entered: it is e now. Closed, entered never changes again.
     *    (Race06_ClosedStaysClosed.)
     * 2. The Finish comes only when nobody is live (isAnybodyLive). The first look finds each stripe deserted: entered
     *    is read, then the same number in left. The second look finds the same sum of entered; none of them has fallen,
     *    so none has risen. So between the two looks all were deserted at once. The CAS of the Finish says that there
     *    were no other stripes. Were there one look, a task that enters one stripe before another leaves the next could
     *    be missed. (Race16_AlwaysLive.)
     *    A spawner with an older proof can still enter between the second look and the closing of its stripe. Then its
     *    stripe stays open, others are closed, and the rest of this argument holds all the same. It is only slower:
     *    whoever enters then has to look for a stripe that is open.
     * 3. The end comes. Of all who leave after the end of admission, take the one whose `left` rises last, after which
     *    nobody enters. It finds its stripe deserted; it finds no witness that has not retired (see below); it finds all
     *    stripes deserted, twice, since nobody comes or goes any more; and it closes them. Others before may have given
     *    up: because of somebody in their stripe, because of the witness, because of somebody in another stripe, or
     *    because somebody entered between the two looks. Each time that one raises its `left` later than they have, and
     *    looks after that. So one after the other relies on a later one; the last relies on nobody. If the table was
     *    replaced by more stripes, one looks again.
     *    Who ends admission sets the table, then looks; the last to leave raises `left`, then reads the table: at least
     *    one of them sees the other (Dekker). (Race16_LeaveEndAdmission, Race16_TwoStripesLeave, Race16_WitnessLeaves,
     *    Race16_ExitingGrowth.)
     * 4. Finished is final. Each stripe is one party of the Finish, whose closer arrives and deregisters, exactly once
     *    since the CAS succeeds once. The Phaser terminates with the last. By 1 nothing is live then, and nobody can
     *    enter. If nobody is live, those who ask bring the end about themselves and do not wait for the last to leave,
     *    who may be stopped, or cut off (Completion): so nobody learns of the end from a refused spawn, or from the
     *    count, before state() and join() tell. (Lincheck04_FinishedTest, Lincheck11_WaitersTest, OwnFramesTest.)
     * 5. EXITING accepts only if a task was live while the spawner looked (A3): the witness, one in the spawner's own
     *    stripe, or one in another. A spawner that finds none brings the end about, on behalf of the finisher who was
     *    about to; so it is refused only if all stripes are closed. While a task is live its stripe is open, so with a
     *    Finish, too, a spawner that tries all stripes finds one to enter. (Race16_OtherStripe, Race16_ExitingSpawn.)
     * 6. Lock-free: each failed CAS means that another spawner entered, a closer closed, or the table was replaced, which
     *    happens O(log(collisions)) times. Nobody waits for anybody.
     *
     * The witness is a live task, if possible one that lives long: most who come and go while somebody joins find that
     * it has not retired, and look at nothing that others write. It is no more than a hint where somebody live may be
     * found. It has retired if it is done and has no thread; that is written before `left` rises. So whoever finds it
     * not retired knows that its `left` rises later. Whoever finds it retired looks elsewhere, and lets go of it; so its
     * own completer does, after the count-out. Whoever has installed a witness looks once more whether it has retired
     * meanwhile: one of the two sees the other (Dekker), so no task is kept for having been a witness
     * (Race14_WitnessForgotten). If a completer is cut off in between, the next who leaves lets go of the witness.
     * Which task lives long nobody knows: one slot after the other is looked at, as tasks come, until one stays.
     *
     * There is one stripe until two spawners meet on it: see Stripes. Finishers write another word, so they are no reason
     * for more.
     *
     * Effects: a finisher's actions happen-before its leave(), which happens-before the closing of the stripe (whose
     * closer has read that `left`, or a later one), which happens-before the termination of the Phaser (each arrival
     * reads and writes the Phaser's state; who forces it has seen every stripe closed), which happens-before whoever
     * sees it.
     */
    private static final Finish NOTHING = new Finish(new Stripe[0]);   // over from the start

    private static final VarHandle TABLE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "table", VarHandle.class, Census.class, Object.class);
    private static final VarHandle WITNESS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "witness", VarHandle.class, Census.class, SupervisedTask.class);

    private volatile @Nullable Object table;
    private volatile @Nullable SupervisedTask<?> witness;

    /**
     * Counts one task in.
     *
     * @return the stripe that it has entered, or null if this census is finished
     */
    @Nullable Stripe enter() {
        for (;;) {
            Object current = table;
            if (current instanceof Stripes stripes) {
                Stripe stripe = stripes.mine();
                long entered = stripe.entered();
                if (Stripe.isClosed(entered) || stripes.finish != null && !mayEnter(stripes, stripe, entered)) {
                    continue;   // the table has been replaced
                }
                if (stripe.enter(entered)) {
                    return stripe;
                }
                relieve(stripes, stripe);
            } else if (current == null) {
                TABLE.compareAndSet(this, null, Stripes.one());
            } else {
                return enterAfterAll((Finish) current);
            }
        }
    }

    /**
     * To be called after each leave of the stripe: brings about the end, unless somebody is live who will.
     *
     * @return whether all is over
     */
    boolean left(Stripe stripe) {
        if (table instanceof Stripes stripes && stripes.finish == null) {
            return false;
        }
        return !hasWitness() && stripe.isDeserted(stripe.came()) && isFinished();
    }

    /**
     * Ends admission: from now on a spawner needs a live task to enter. Idempotent, so that nobody has to wait for
     * another who is at it.
     */
    void endAdmission() {
        for (;;) {
            Object current = table;
            Object ended = current == null ? NOTHING
                    : current instanceof Stripes stripes && stripes.finish == null ? stripes.exiting() : current;
            if (ended == current || TABLE.compareAndSet(this, current, ended)) {
                isFinished();
                return;
            }
        }
    }

    /** Whether admission has ended and no task is live. */
    @Override
    boolean isFinished() {
        for (;;) {
            Object current = table;
            if (current instanceof Finish finish) {
                return finish == NOTHING || isOver(finish);
            }
            if (!(current instanceof Stripes stripes) || stripes.finish == null
                    || hasWitness() || isAnybodyLive(stripes)) {
                return false;
            }
        }
    }

    @Override
    boolean isTerminated() {
        return table instanceof Finish finish && finish.isTerminated();
    }

    /** Waits for the end; with nothing live it returns at once, interrupted or not. The slots are gone then. */
    void await() throws InterruptedException {
        awaitEnd();
        isFinished();   // the last closer may not have come to let go of what only live tasks need
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
        if (current instanceof Stripes stripes) {
            return stripes.all;
        }
        return current == null ? NOTHING.stripes : ((Finish) current).stripes;
    }

    /** Has more stripes, or spreads the threads anew. */
    private void relieve(Stripes stripes, Stripe metOn) {
        Stripes relieved = stripes.relieved(metOn);
        if (relieved != stripes) {
            TABLE.compareAndSet(this, stripes, relieved);
        }
    }

    // ---- While somebody waits

    /** Whether a spawner has proof that somebody is live; if not, the table has been replaced. */
    private boolean mayEnter(Stripes exiting, Stripe stripe, long entered) {
        return hasWitness() || !stripe.isDeserted(entered) || isAnybodyLive(exiting);
    }

    /** Whether the witness is live; lets go of one that is not. */
    private boolean hasWitness() {
        SupervisedTask<?> task = witness;
        if (task == null) {
            return false;
        }
        if (!task.isRetired()) {
            return true;
        }
        WITNESS.compareAndSet(this, task, null);
        return false;
    }

    /** Whether somebody was found to be live in a look at all stripes; if not, the table has been replaced. */
    private boolean isAnybodyLive(Stripes exiting) {
        long came = exiting.cameAndGone();
        if (came < 0) {
            findWitness(exiting);
            return true;
        }
        if (exiting.came() != came) {   // decides Race16_AlwaysLive
            return true;
        }
        TABLE.compareAndSet(this, exiting, exiting.finish);
        return false;
    }

    private void findWitness(Stripes exiting) {
        SupervisedTask<?> task = exiting.anyTask();
        if (task != null && WITNESS.compareAndSet(this, null, task)) {
            hasWitness();   // once more: it may have retired before that
        }
    }

    // ---- When nobody was live

    private @Nullable Stripe enterAfterAll(Finish finish) {
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
        isOver(finish);
        return null;
    }

    /** Whether all stripes are closed; those who wait are released then, and then what only live tasks need. */
    private boolean isOver(Finish finish) {
        if (!finish.closeDeserted()) {
            return false;
        }
        releaseWaiters();
        witness = null;
        finish.letGo();
        return true;
    }
}
