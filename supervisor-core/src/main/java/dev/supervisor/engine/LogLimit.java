package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What may still be logged for one name in this period, and how many failures were left out. */
final class LogLimit {

    /*
     * Two words, each changed by CAS.
     *
     *   period    when it began, in milliseconds, above two counters of eight bits: the failures that were logged in
     *             it, and what exits have logged. Apart, so that no exit keeps the first failure from being logged. A
     *             thread that finds the period over begins the next one with its own record, so that one is always
     *             logged
     *   leftOut   how many failures were left out since a thread took the count; or RETIRED, for good, from zero alone
     *
     * A thread that finds RETIRED takes another limit. What a limit that has retired still admits is logged besides
     * what the next one admits: at most one burst, by threads that had the limit in hand when it retired.
     */

    /** So many failures of a name are logged in a period, and so many records of exits. */
    static final int BURST = 20;
    static final long PERIOD_MILLIS = 1_000;

    // What is to be logged: one in its counter.
    static final int FAILURE = 1;
    static final int EXIT = 1 << 8;

    private static final int COUNTER = 0xFF;
    private static final int START = 16;
    private static final long RETIRED = -1;

    private static final VarHandle PERIOD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "period", VarHandle.class, LogLimit.class, long.class);
    private static final VarHandle LEFT_OUT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "leftOut", VarHandle.class, LogLimit.class, long.class);

    private volatile long period;
    private volatile long leftOut;

    LogLimit(long now) {
        PERIOD.set(this, now << START);
    }

    /** Whether one more of this kind may be logged; it counts as logged then. */
    boolean admits(int kind, long now) {
        long seen;
        long next;
        do {
            seen = period;
            if (isOver(seen, now)) {
                next = (now << START) + kind;
            } else if ((seen / kind & COUNTER) < BURST) {
                next = seen + kind;
            } else {
                return false;
            }
        } while (!PERIOD.compareAndSet(this, seen, next));
        return true;
    }

    /**
     * Counts a failure that is not logged.
     *
     * @return false if this limit is gone
     */
    boolean leaveOut() {
        long seen;
        do {
            seen = leftOut;
            if (seen == RETIRED) {
                return false;
            }
        } while (!LEFT_OUT.compareAndSet(this, seen, seen + 1));
        return true;
    }

    boolean hasLeftOut() {
        return leftOut > 0;
    }

    /** Takes the count, which is to be logged by the caller. */
    long takeLeftOut() {
        long seen;
        do {
            seen = leftOut;
            if (seen <= 0) {
                return 0;
            }
        } while (!LEFT_OUT.compareAndSet(this, seen, 0L));
        return seen;
    }

    /**
     * Makes this limit go if it is idle.
     *
     * @return whether it is gone
     */
    boolean retire(long now) {
        return isOver(period, now) && (leftOut == RETIRED || LEFT_OUT.compareAndSet(this, 0L, RETIRED));
    }

    private static boolean isOver(long period, long now) {
        return now - (period >> START) >= PERIOD_MILLIS;
    }
}
