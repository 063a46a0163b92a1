package dev.supervisor.engine;

import dev.supervisor.threads.ServiceThreads;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The one thread that looks at time limits, for all supervisors; it is there only while there are any (S6). */
final class Alarm implements Runnable {

    /*
     * A thread that has an earlier time than `next` lowers `next` by compare-and-set. It wakes the alarm if that sleeps
     * longer. The alarm sets `next` to NEVER, looks at all, and lowers `next` to the least that it has found. Then it says
     * in `sleepsUntil` how long it will sleep, reads `next` again, and sleeps (Dekker). An unpark before the park is not
     * lost. So it sleeps no longer than until the earliest time. (Race27c_ArmSleep.)
     *
     * A thread that is cut off between lowering and waking leaves `next` lower than `sleepsUntil`. So each thread compares
     * its own time with both, and relies on no other. (Race27f_RelyOnOthers.)
     *
     * It ends when there has been no supervisor for a minute: it takes itself out of `thread`, then looks once more
     * whether there is one. A thread that adds a supervisor does so before it reads `thread` (Dekker). If both see each
     * other, one of them puts a thread into `thread`, by compare-and-set. (Race27g_AlarmEnds.)
     *
     * It has to outlive whatever happens to it, for limits pass in all supervisors only while it lives. Where memory runs
     * out, it looks again a little later. It clears an interrupt. And it looks once a minute, whatever `next` says, for
     * supervisors that were collected.
     *
     * It rests 32 times as long as the quickest of its last four looks took. So looks that take alike take no more than
     * 3 % of one processor. (The quickest: one that was held up by the scheduler says nothing of the work. Until there
     * were four, it does not rest.) What tasks that are due have taken does
     * not count: the longer it rests, the more of them it finds, and so it would rest longer and longer. It calls no code
     * of users, and interrupts no thread: see Expiry.
     */
    static final Alarm INSTANCE = new Alarm(TimeUnit.MINUTES.toNanos(1));

    /** In place of a time: it does not sleep, and will read `next` before it does. */
    private static final long AWAKE = Long.MIN_VALUE;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int REST = 32;
    private static final int LOOKS = 4;

    private static final VarHandle NEXT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "next", VarHandle.class, Alarm.class, long.class);
    private static final VarHandle THREAD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "thread", VarHandle.class, Alarm.class, Thread.class);

    private final long idleNanos;
    private final Set<Deadlines> supervisors = ConcurrentHashMap.newKeySet();
    private volatile long next = Deadlines.NEVER;
    /** NEVER while there is no thread. */
    private volatile long sleepsUntil = Deadlines.NEVER;
    private volatile @Nullable Thread thread;
    /** How long the last looks took; of the thread alone, as the two that follow. */
    private final long[] took = new long[LOOKS];
    private int looks;
    /** When there was a supervisor last. */
    private long busy;

    /**
     * One that has no thread yet.
     *
     * @param idleNanos how long its thread goes on without a supervisor
     */
    Alarm(long idleNanos) {
        this.idleNanos = idleNanos;
    }

    // ---- By others

    /** Whether the alarm may come too late for a time limit at this time. */
    boolean isLate(long at) {
        return at < next || at < sleepsUntil;   // in this order: decides Race27f_RelyOnOthers
    }

    /** This supervisor is looked at from now on, by a thread that is there. */
    void admit(Deadlines supervisor) {
        supervisors.add(supervisor);
        if (thread == null) {   // after that: decides Race27g_AlarmEnds
            start();
        }
    }

    /** There is a time limit at this time, in a supervisor that was admitted. */
    void wake(long at) {
        lower(at);
        if (at < sleepsUntil) {   // after that: decides Race27f_RelyOnOthers
            LockSupport.unpark(thread);
        }
    }

    /** A supervisor has no time limit any more. */
    void forget(Deadlines ended) {
        supervisors.remove(ended);
    }

    /** How many supervisors have time limits. */
    int size() {
        return supervisors.size();
    }

    private void lower(long at) {
        for (long present = next; at < present && !NEXT.compareAndSet(this, present, at);) {
            present = next;
        }
    }

    private void start() {
        Thread made = ServiceThreads.unstarted("supervisor-alarm", this);
        if (THREAD.compareAndSet(this, null, made)) {
            try {
                made.start();
            } catch (Throwable noThread) {
                thread = null;
                throw noThread;
            }
        }
    }

    // ---- The thread

    @Override
    public void run() {
        busy = Deadlines.now();
        for (boolean stays = true; stays;) {
            try {
                stays = lookAndSleep();
            } catch (Throwable noMemory) {
                LockSupport.parkNanos(this, RETRY_NANOS);
            }
        }
    }

    /** One look and the sleep after it; false if the thread ends. */
    private boolean lookAndSleep() {
        sleepsUntil = AWAKE;
        long begun = Deadlines.now();
        took[looks] = look(begun);
        looks = (looks + 1) % LOOKS;
        if (ends(begun)) {
            return false;
        }
        sleepUntil(Deadlines.now() + rest(took));
        sleepUntilNext(begun + idleNanos);
        return true;
    }

    /** Whether there has been no supervisor for so long, and the thread is not the alarm any more. */
    private boolean ends(long begun) {
        if (!supervisors.isEmpty()) {
            busy = begun;
            return false;
        }
        if (begun - busy < idleNanos) {
            return false;
        }
        sleepsUntil = Deadlines.NEVER;
        thread = null;   // before the last look: decides Race27g_AlarmEnds
        return supervisors.isEmpty() || !THREAD.compareAndSet(this, null, Thread.currentThread());
    }

    /** How long to rest after looks that took so long. */
    static long rest(long... took) {
        long quickest = Long.MAX_VALUE / REST;
        for (long one : took) {
            quickest = Math.min(quickest, one);
        }
        return REST * quickest;
    }

    /** Looks at all; returns how long that took, without what was due. */
    private long look(long begun) {
        next = Deadlines.NEVER;   // before the look: decides Race27c_ArmSleep
        long least = Deadlines.NEVER;
        long forDue = 0;
        for (Deadlines one : supervisors) {
            least = Math.min(least, one.sweep(begun));
            forDue += one.forDue();
        }
        lower(least);
        return Deadlines.now() - begun - forDue;
    }

    private void sleepUntil(long end) {
        for (long remaining; (remaining = end - Deadlines.now()) > 0;) {
            park(remaining);
        }
    }

    /** Sleeps until {@code next}, or until the end if that is earlier. */
    private void sleepUntilNext(long end) {
        for (long remaining; (remaining = announce(end) - Deadlines.now()) > 0;) {
            park(remaining);
        }
    }

    /** Says until when it sleeps, and returns that. */
    private long announce(long end) {
        long until;
        do {
            until = Math.min(next, end);
            sleepsUntil = until;
        } while (next < until);   // after that: decides Race27f_RelyOnOthers
        return until;
    }

    private void park(long nanos) {
        LockSupport.parkNanos(this, nanos);
        Thread.interrupted();   // or no park would last
    }
}
