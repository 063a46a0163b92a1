package dev.supervisor;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The default failure handler: logs each failure through the {@link System.Logger} named {@code dev.supervisor}, at level WARNING, but no more
 * than {@value #BURST} a second in the whole process. What was left out is counted, and the count is logged with the next failure, or when a supervisor exits.
 */
final class FailureLog implements FailureHandler {

    static final int BURST = 20;

    static final FailureLog INSTANCE = new FailureLog();

    private static final long PERIOD_NANOS = 1_000_000_000L;

    private final AtomicLong periodStart = new AtomicLong(System.nanoTime() - PERIOD_NANOS);
    private final AtomicInteger allowance = new AtomicInteger();
    private final AtomicLong leftOut = new AtomicLong();

    private FailureLog() { }

    @Override
    public void onFailure(Task<?> task, Throwable failure) {
        long start = periodStart.get();
        long now = System.nanoTime();
        if (now - start >= PERIOD_NANOS && periodStart.compareAndSet(start, now)) {
            allowance.set(BURST);
        }
        if (allowance.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            flush();
            logger().log(System.Logger.Level.WARNING, "Task " + task.name() + " of " + task.supervisor() + " has failed", failure);
        } else {
            leftOut.incrementAndGet();
        }
    }

    /** Logs how many failures were left out, if any. */
    void flush() {
        if (leftOut.get() > 0) {
            long count = leftOut.getAndSet(0);
            if (count > 0) {
                logger().log(System.Logger.Level.WARNING, count + " failures of tasks were not logged, to limit the rate");
            }
        }
    }

    private static System.Logger logger() {
        return System.getLogger("dev.supervisor");
    }
}
