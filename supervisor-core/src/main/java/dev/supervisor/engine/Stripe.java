package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One stripe of the {@link Census}: its live tasks, and words that only rise and whose difference is their number.
 *
 * <p>Spawners write {@code entered}, which counts the tasks that have come. Finishers write {@code exited} or {@code
 * exitedOtherwise}, which together count those that have gone: so it is also known how many have succeeded (O1). They lie
 * on another cache line than what spawners write (superclasses fix the order of fields), the spawners' cursor beside
 * {@code entered}.
 */
final class Stripe extends StripeExited {

    /** The sign bit of {@code entered}: closed for good. */
    private static final long CLOSED = Long.MIN_VALUE;

    private static final VarHandle ENTERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "entered", VarHandle.class, StripeEntered.class, long.class);
    private static final VarHandle EXITED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "exited", VarHandle.class, StripeExited.class, long.class);
    private static final VarHandle EXITED_OTHERWISE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "exitedOtherwise", VarHandle.class, StripeExited.class, long.class);

    // Keeps the finishers' words off the line of whatever lies behind.
    @SuppressWarnings("unused")
    private long q0, q1, q2, q3, q4, q5, q6;

    long entered() {
        return entered;
    }

    /** How many tasks have come, whether this stripe is closed or not. */
    long came() {
        return entered & ~CLOSED;
    }

    static boolean isClosed(long entered) {
        return entered < 0;
    }

    /** Counts one task in, unless another spawner or a closer came between. */
    boolean enter(long expected) {
        return ENTERED.compareAndSet(this, expected, expected + 1);   // decides Race05b_EnterEnter
    }

    /** Counts one task out that has succeeded. */
    void exit() {
        EXITED.getAndAdd(this, 1L);   // decides Race16b_TwoLeave
    }

    /** Counts one task out that has not. */
    void exitOtherwise() {
        EXITED_OTHERWISE.getAndAdd(this, 1L);   // decides Race33c_TwoWords
    }

    /** How many tasks have succeeded and have gone. */
    long succeeded() {
        return exited;
    }

    /** How many tasks have gone; no more than have when this returns, and no less than had when it was called. */
    private long gone() {
        return exited + exitedOtherwise;
    }

    /** Whether as many tasks have gone as this number. */
    boolean isEmptyAt(long entered) {
        return gone() == entered;
    }

    /** Closes this stripe for good, unless a spawner came between. */
    boolean close(long expected) {
        // decides Race04_SpawnLastCompletion, Race06_ClosedStaysClosed
        return ENTERED.compareAndSet(this, expected, expected | CLOSED);
    }

    /** How many tasks there are; never less than those that stay throughout. */
    long liveCount() {
        long gone = gone();   // first: decides Race20_LiveCount
        return came() - gone;
    }

    /** Counts a spawner that has met another one here; returns how many there were, about. */
    int collided() {
        return ++collisions;
    }

    @Override
    long size() {
        // `entered` first: tasks that come and go in between make it too small, which only delays growth.
        long came = came();
        return Math.max(0, came - gone());
    }
}

/** The spawners' word. */
abstract class StripeEntered extends LiveTasks {
    volatile long entered;
    /** Spawners only; a lost update does no harm. */
    int collisions;
}

/** A gap of a cache line and the next, which processors fetch in pairs. */
abstract class StripeGap extends StripeEntered {
    @SuppressWarnings("unused")
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;
}

/** The finishers' words. */
abstract class StripeExited extends StripeGap {
    /** Of tasks that have succeeded. */
    volatile long exited;
    /** Of all others. */
    volatile long exitedOtherwise;
}
