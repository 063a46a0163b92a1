package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One stripe of the {@link Census}: its live tasks, and two words that only rise and whose difference is their number.
 *
 * <p>{@code entered} counts the tasks that have come and is written by spawners; {@code left} counts those that have
 * gone and is written by finishers. They lie on different cache lines (superclasses fix the order of fields), spawners'
 * cursor beside {@code entered}.
 */
final class Stripe extends StripeLeft {

    /** The sign bit of {@code entered}: closed for good. */
    private static final long CLOSED = Long.MIN_VALUE;

    private static final VarHandle ENTERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "entered", VarHandle.class, StripeEntered.class, long.class);
    private static final VarHandle LEFT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "left", VarHandle.class, StripeLeft.class, long.class);

    // Keeps `left` off the line of whatever lies behind.
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
        return ENTERED.compareAndSet(this, expected, expected + 1);
    }

    /** Counts one task out. */
    void leave() {
        LEFT.getAndAdd(this, 1L);
    }

    /** Whether everyone who had entered, up to the given count, has left again. */
    boolean isDeserted(long entered) {
        return left == entered;
    }

    /** Closes this stripe for good, unless a spawner came between. */
    boolean close(long expected) {
        return ENTERED.compareAndSet(this, expected, expected | CLOSED);
    }

    /** How many tasks there are; never less than those that stay throughout. */
    long liveCount() {
        long gone = left;   // first
        return came() - gone;
    }

    /** Counts a spawner that has met another one here; returns how many there were, about. */
    int collided() {
        return ++collisions;
    }

    @Override
    long size() {
        // In this order: those who come and go in between make it too small, and a set that is not full does not grow.
        long came = came();
        return Math.max(0, came - left);
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
abstract class StripeLeft extends StripeGap {
    volatile long left;
}
