package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One stripe of the {@link Census}: its live tasks, and two words that only rise and whose difference is their number.
 *
 * <p>Spawners write {@code entered}, which counts the tasks that have come. Finishers write {@code exited}, which
 * counts those that have gone. The two lie on different cache lines (superclasses fix the order of fields), the
 * spawners' cursor beside {@code entered}.
 */
final class Stripe extends StripeExited {

    /** The sign bit of {@code entered}: closed for good. */
    private static final long CLOSED = Long.MIN_VALUE;

    private static final VarHandle ENTERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "entered", VarHandle.class, StripeEntered.class, long.class);
    private static final VarHandle EXITED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "exited", VarHandle.class, StripeExited.class, long.class);

    // Keeps `exited` off the line of whatever lies behind.
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

    /** Counts one task out. */
    void exit() {
        EXITED.getAndAdd(this, 1L);   // decides Race16b_TwoLeave
    }

    /** Whether as many tasks have gone as this number. */
    boolean isEmptyAt(long entered) {
        return exited == entered;
    }

    /** Closes this stripe for good, unless a spawner came between. */
    boolean close(long expected) {
        // decides Race04_SpawnLastCompletion, Race06_ClosedStaysClosed
        return ENTERED.compareAndSet(this, expected, expected | CLOSED);
    }

    /** How many tasks there are; never less than those that stay throughout. */
    long liveCount() {
        long gone = exited;   // first: decides Race20_LiveCount
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
        return Math.max(0, came - exited);
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

/** The finishers' word. */
abstract class StripeExited extends StripeGap {
    volatile long exited;
}
