package dev.supervisor;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting in tests: latches with a deadline, and polling with a deadline where there is nothing to wait on. */
public final class Poll {

    public static final Duration DEADLINE = Duration.ofSeconds(30);

    private Poll() { }

    /** Waits until the condition holds; fails the test at the deadline. */
    public static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + DEADLINE + ": " + what);
            }
            Thread.yield();
            LockSupport.parkNanos(100_000);
        }
    }

    /** As {@link #until}, for a condition that holds within microseconds: it does not park. */
    public static void spinUntil(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        for (int spins = 1; !condition.getAsBoolean(); spins++) {
            if (spins % 200 == 0) {
                Thread.yield();
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("not within " + DEADLINE + ": " + what);
                }
            }
            Thread.onSpinWait();
        }
    }

    /** Lets time go by, without a wait that an interrupt could end. */
    public static void spend(long nanos) {
        long before = System.nanoTime();
        while (System.nanoTime() - before < nanos) {
            Thread.onSpinWait();
        }
    }

    /** Waits for the latch uninterruptibly (the status is restored); fails the test at the deadline. */
    public static void await(CountDownLatch latch) {
        boolean interrupted = false;
        long end = System.nanoTime() + DEADLINE.toNanos();
        try {
            while (true) {
                try {
                    if (!latch.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        throw new AssertionError("latch not released within " + DEADLINE);
                    }
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits until the thread is parked or has ended. */
    public static void untilBlocked(Thread thread) {
        until(thread + " blocked", () -> {
            Thread.State state = thread.getState();
            return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING
                    || state == Thread.State.TERMINATED;
        });
    }
}
