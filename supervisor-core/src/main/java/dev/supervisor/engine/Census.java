package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts the live tasks and decides the race between a spawn and the last completion: once admission has ended and the
 * count has met zero, it is {@linkplain #isFinished() finished}, for good, and no task enters any more.
 */
final class Census extends EndLatch {

    /*
     * The word `table`:
     *
     *   null         no task has entered yet
     *   Stripes      without a Termination: admission is open. With one: admission has ended, and a spawner needs proof
     *                that a task is live. Either may be replaced by more stripes, or by the same for other threads
     *   Termination  no task was live at one instant after the end of admission. The stripes are fixed; threads close
     *                each one that they find empty
     *
     * It goes from each state to a later one, by CAS of an object that has not been there before. An empty census that
     * ends gets the shared Termination NOTHING.
     *
     * A stripe has two numbers that only rise, `entered` and `exited`. exited <= entered always, since each task enters
     * before it exits. When `table` is a Termination, a thread that has read exited == e closes a stripe by
     * CAS(entered, e, e | CLOSED).
     *
     * `exited` is the sum of two words, of which each task raises one, by how it has ended (Stripe). A thread that reads
     * one after the other, and finds e, knows that the sum was e or less when it began, and is e or more when it has
     * read both. Nothing below asks for more.
     *
     * 1. A closed stripe is empty and stays so. The CAS says that entered is still e. `exited` was e or more at some
     *    time before, has not fallen since, and cannot exceed entered: it is e now. Closed, entered never changes again.
     *    (Race06_ClosedStaysClosed, Race33c_TwoWords.)
     * 2. The Termination comes only when no task is live (isAnyLive). The first look finds each stripe empty: it
     *    reads entered, then the same number in exited. The second look finds the same sum of entered. No entered has
     *    fallen, so none has risen, and no exited was less than it when it had been read. So between the two looks all
     *    stripes were empty at once. The CAS of the Termination
     *    says that there were no other stripes. With one look, a task that enters one stripe before another exits the
     *    next could be missed. (Race16e_AlwaysLive.)
     *    A spawner with an older proof can still enter between the second look and the closing of its stripe. Then its
     *    stripe stays open, others are closed, and the rest of this argument holds all the same. It is only slower:
     *    a spawner that enters then has to look for a stripe that is open.
     * 3. The end comes. Of all tasks that exit after the end of admission, take the one whose `exited` rises last,
     *    after which no task enters. Its thread finds its stripe empty, and finds no witness that has not retired (see
     *    below). It finds all stripes empty, twice, since no task comes or goes any more, and it closes them. Other
     *    threads may have given up before: because of a task in their stripe, because of the witness, because of a task
     *    in another stripe, or because a task entered between the two looks. Each time that task raises its `exited`
     *    later than theirs, and its thread looks after that. So one thread after the other relies on a later one, and
     *    the last relies on none. If the table was replaced by more stripes, a thread looks again. A thread that ends
     *    admission sets the table, then looks. The last to exit raises `exited`, then reads the table. At least one of
     *    them sees the other (Dekker). (Race16a_LeaveEndAdmission, Race16f_TwoStripesLeave, Race16i_WitnessLeaves,
     *    Race16h_ExitingGrowth.)
     * 4. Finished is final. Each stripe is one party of the Termination. The thread that closes it arrives and
     *    deregisters, exactly once, since the CAS succeeds once. The Phaser terminates with the last stripe. By 1 no
     *    task is live then, and none can enter. If no task is live, threads that ask bring the end about themselves.
     *    They do not wait for the last to exit, which may be stopped, or cut off (Completion). So no thread learns of
     *    the end from a refused spawn, or from the count, before state() and join() tell. (Lincheck04_FinishedTest,
     *    Lincheck11_WaitersTest, OwnFramesTest.)
     * 5. EXITING accepts a task only if another was live while the spawner looked (A3): the witness, one in the
     *    spawner's own stripe, or one in another. A spawner that finds none brings the end about, on behalf of the
     *    finisher that was about to. So it is refused only if all stripes are closed. While a task is live its stripe
     *    is open: so with a Termination, too, a spawner that tries all stripes finds one to enter.
     *    (Race16d_OtherStripe, Race16g_ExitingSpawn.)
     * 6. Lock-free: each failed CAS means that another spawner entered, a closer closed, or the table was replaced,
     *    which happens O(log(collisions)) times. No thread waits for another.
     *
     * Once admission has ended, a spawner or finisher has to know that some task is live, and a look at all stripes is
     * expensive. So the census remembers one live task, the witness, if possible one that lives long. While the witness
     * has not retired, a thread reads nothing else that others write.
     *
     * A task has retired if it is done and has no thread, which is written before its `exited` rises. So a thread that
     * finds the witness not retired knows that the `exited` of the witness rises later. A thread that finds it retired
     * looks elsewhere, and forgets it. So does the witness's own completer, after the count-out. A thread that has
     * installed a witness looks once more whether it has retired meanwhile. One of the two sees the other (Dekker), so
     * no task is kept for having been a witness (Race14c_WitnessForgotten). If a completer is cut off in between, the
     * next thread that counts a task out forgets the witness. (The field `thread` is plain. That it is written before
     * `exited` rises, and read after the reader's own has risen, relies on the atomic add in between, which is a full
     * fence wherever the JDK runs.) Which task lives long is not known: as tasks come, one slot after the other is
     * looked at, until one stays.
     *
     * There is one stripe until two spawners meet on it: see Stripes. Finishers write another word, so they are no
     * reason for more.
     *
     * Effects: a finisher's actions happen-before its exit(), which happens-before the closing of the stripe (the
     * closer has read that `exited`, or a later one), which happens-before the termination of the Phaser (each arrival
     * reads and writes the Phaser's state; a thread that forces it has seen every stripe closed), which happens-before
     * all that see it.
     */
    private static final Termination NOTHING = new Termination(new Stripe[0]);   // over from the start

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
                if (Stripe.isClosed(entered) || stripes.termination != null && !mayEnter(stripes, stripe, entered)) {
                    continue;   // the table has been replaced
                }
                if (stripe.enter(entered)) {   // decides Lincheck05_SpawnersCompletion
                    return stripe;
                }
                relieve(stripes, stripe);
            } else if (current == null) {
                TABLE.compareAndSet(this, null, Stripes.one());   // decides Race03b_EnterEndEmpty
            } else {
                return enterAfterAll((Termination) current);
            }
        }
    }

    /**
     * To be called after each exit of the stripe: brings about the end, unless a task is live that will.
     *
     * @return whether all is over
     */
    boolean afterExit(Stripe stripe) {
        if (table instanceof Stripes stripes && stripes.termination == null) {
            return false;
        }
        return !hasWitness() && stripe.isEmptyAt(stripe.came()) && isFinished();   // decides Race16a_LeaveEndAdmission
    }

    /**
     * Ends admission: from now on a spawner needs a live task to enter. Idempotent, so no thread has to wait for
     * another that does it.
     */
    void endAdmission() {
        for (;;) {
            Object current = table;
            Object ended = current == null ? NOTHING
                    : current instanceof Stripes stripes && stripes.termination == null ? stripes.exiting() : current;
            if (ended == current || TABLE.compareAndSet(this, current, ended)) {   // decides Race03a_SpawnCloseEmpty
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
            if (current instanceof Termination termination) {
                if (termination == NOTHING) {
                    releaseWaiters();   // who wait for a supervisor that has never had a task
                    return true;
                }
                return isOver(termination);   // decides Lincheck06_Census
            }
            if (!(current instanceof Stripes stripes) || stripes.termination == null
                    || hasWitness() || isAnyLive(stripes)) {
                return false;
            }
        }
    }

    @Override
    boolean isTerminated() {
        return table instanceof Termination termination && termination.isTerminated();
    }

    /** Waits for the end; with nothing live it returns at once, interrupted or not. The slots are gone then. */
    void await() throws InterruptedException {
        awaitEnd();
        isFinished();   // the last closer may not have come to let go of what only live tasks need
    }

    /** The same for a limited time; returns whether all is over. */
    boolean await(long nanos) throws InterruptedException {
        return awaitEnd(nanos) || isFinished();
    }

    /** The number of live tasks; exact when no task comes or goes. */
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

    Stripe[] stripes() {
        Object current = table;
        if (current instanceof Stripes stripes) {
            return stripes.all;
        }
        return current == null ? NOTHING.stripes : ((Termination) current).stripes;
    }

    /** Has more stripes, or spreads the threads anew. */
    private void relieve(Stripes stripes, Stripe metOn) {
        Stripes relieved = stripes.relieved(metOn);
        if (relieved != stripes) {
            TABLE.compareAndSet(this, stripes, relieved);   // decides Race16c_StripeGrowth
        }
    }

    // ---- While a thread waits for the end

    /** Whether a spawner has proof that a task is live; if not, the table has been replaced. */
    private boolean mayEnter(Stripes exiting, Stripe stripe, long entered) {
        return hasWitness() || !stripe.isEmptyAt(entered) || isAnyLive(exiting);   // decides Race05a_TwoSpawners
    }

    /** Whether the witness is live; forgets one that is not. */
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

    /** Whether two looks at all stripes have found a live task; if not, the table has been replaced. */
    private boolean isAnyLive(Stripes exiting) {
        long came = exiting.cameAndGone();
        if (came < 0) {
            findWitness(exiting);
            return true;
        }
        if (exiting.came() != came) {   // decides Race16e_AlwaysLive, Race16h_ExitingGrowth, Lincheck16_Exiting
            return true;
        }
        TABLE.compareAndSet(this, exiting, exiting.termination);   // decides Race16g_ExitingSpawn
        return false;
    }

    private void findWitness(Stripes exiting) {
        SupervisedTask<?> task = exiting.anyTask();
        if (task != null && WITNESS.compareAndSet(this, null, task)) {
            hasWitness();   // once more, since it may have retired before that: decides Race14c_WitnessForgotten
        }
    }

    // ---- When no task was live

    private @Nullable Stripe enterAfterAll(Termination termination) {
        for (Stripe stripe : termination.stripes) {
            long entered;
            while (!Stripe.isClosed(entered = stripe.entered())) {   // decides Race16d_OtherStripe
                if (stripe.isEmptyAt(entered)) {
                    termination.closeIfEmpty(stripe);
                } else if (stripe.enter(entered)) {
                    return stripe;
                }
            }
        }
        isOver(termination);   // decides Lincheck04_Finished
        return null;
    }

    /** Whether all stripes are closed; threads that wait are released then, and then what only live tasks need. */
    private boolean isOver(Termination termination) {
        if (!termination.closeEmpty()) {
            return false;
        }
        releaseWaiters();
        witness = null;
        termination.letGo();
        return true;
    }
}
