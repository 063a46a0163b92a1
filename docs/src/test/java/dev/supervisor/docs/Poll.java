package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what there is no way to wait on: asks again and again, until a deadline. */
public final class Poll {

    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(60);

    private Poll() { }

    public static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, () -> "not in time: " + what);
            LockSupport.parkNanos(100_000);
        }
    }
}
