package dev.supervisor.engine;

import dev.supervisor.threads.ServiceThreads;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The one thread that looks at time limits, for all supervisors; it is there only while there are any (S6). */
final class Alarm implements Runnable {

    /*
     * A thread that has an earlier time than `next` lowers `next` by compare-and-set, then wakes the alarm. The alarm
     * sets `next` to NEVER, looks at all, lowers `next` to the least that it has found, and sleeps until `next`, which
     * it reads again after each wake-up. An unpark before the park is not lost. So it sleeps no longer than until the
     * earliest time. (Race27c_ArmSleep.)
     *
     * It ends when there has been no supervisor for a minute: it takes itself out of `thread`, then looks once more. A
     * thread that adds a supervisor does so before it reads `thread` (Dekker).
     *
     * It rests 32 times as long as its quickest look of late took, so it takes no more than 3 % of one processor. (The
     * quickest: one that was held up by the scheduler says nothing of the work.) What tasks that are due have taken does
     * not count: the longer it rests, the more of them it finds, and so it would rest longer and longer. It calls no code
     * of users, and interrupts no thread: see Expiry.
     */
    static final Alarm INSTANCE = new Alarm();

    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int REST = 32;
    private static final int LOOKS = 4;

    private static final VarHandle NEXT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "next", VarHandle.class, Alarm.class, long.class);
    private static final VarHandle THREAD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "thread", VarHandle.class, Alarm.class, Thread.class);

    private final Set<Deadlines> supervisors = ConcurrentHashMap.newKeySet();
    private volatile long next = Deadlines.NEVER;
    private volatile @Nullable Thread thread;

    // ---- By others

    /** There is a time limit at this time. */
    void wake(Deadlines of, long at) {
        supervisors.add(of);
        if (lower(at)) {
            Thread sleeper = thread;   // after both: decides Race27c_ArmSleep
            if (sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }
        if (thread == null) {
            start();
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

    private boolean lower(long at) {
        for (long present = next; at < present; present = next) {
            if (NEXT.compareAndSet(this, present, at)) {
                return true;
            }
        }
        return false;
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
        Thread me = Thread.currentThread();
        long busy = Deadlines.now();   // when there was a supervisor last
        long[] took = new long[LOOKS];
        for (int looks = 0;; looks = (looks + 1) % LOOKS) {
            long begun = Deadlines.now();
            took[looks] = look(begun);
            if (!supervisors.isEmpty()) {
                busy = begun;
            } else if (begun - busy >= IDLE_NANOS) {
                thread = null;
                if (supervisors.isEmpty() || !THREAD.compareAndSet(this, null, me)) {
                    return;
                }
            }
            sleepUntil(Deadlines.now() + REST * Arrays.stream(took).min().getAsLong());
            sleepUntilNext(busy + IDLE_NANOS);
        }
    }

    /** Looks at all; returns how long that took, without what was due. */
    private long look(long begun) {
        next = Deadlines.NEVER;   // before the look: decides Race27c_ArmSleep
        long least = Deadlines.NEVER;
        long forDue = 0;
        for (Deadlines one : supervisors) {
            try {
                least = Math.min(least, one.sweep(begun));
                forDue += one.forDue();
            } catch (Throwable noMemory) {
                least = begun + REST;   // soon once more
            }
        }
        lower(least);
        return Deadlines.now() - begun - forDue;
    }

    private void sleepUntil(long end) {
        for (long remaining; (remaining = end - Deadlines.now()) > 0;) {
            LockSupport.parkNanos(this, remaining);
        }
    }

    private void sleepUntilNext(long idle) {
        for (;;) {
            boolean none = supervisors.isEmpty();
            long remaining = (none ? Math.min(next, idle) : next) - Deadlines.now();
            if (remaining <= 0) {
                return;
            }
            LockSupport.parkNanos(this, Math.min(remaining, IDLE_NANOS));   // perhaps there is none any more then
        }
    }
}
