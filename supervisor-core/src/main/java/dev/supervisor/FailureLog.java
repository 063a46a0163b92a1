package dev.supervisor;

import static java.lang.System.Logger.Level.WARNING;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The default failure handler: logs each failure through the {@link System.Logger} named {@code dev.supervisor}, at
 * level WARNING, but no more than {@value #BURST} a second in the whole process. What was left out is counted, and the
 * count is logged with the next failure that is, or when a supervisor exits, once a second.
 */
final class FailureLog implements FailureHandler {

    static final int BURST = 20;

    static final System.Logger LOGGER = System.getLogger("dev.supervisor");

    static final FailureLog INSTANCE = new FailureLog();

    private static final long PERIOD_NANOS = 1_000_000_000L;

    /** When the current period began, and how many more failures it may log. */
    private final AtomicLong periodStart = new AtomicLong(System.nanoTime() - PERIOD_NANOS);
    private final AtomicInteger allowance = new AtomicInteger();
    /** How many failures were left out since the last record, and when an exit last told. */
    private final AtomicLong leftOut = new AtomicLong();
    private final AtomicLong lastFlush = new AtomicLong(System.nanoTime() - PERIOD_NANOS);

    private FailureLog() { }

    @Override
    public void onFailure(Task<?> task, Throwable failure) {
        if (mayLog()) {
            logLeftOut();
            LOGGER.log(WARNING, "Task " + task.name() + " of " + task.supervisor() + " has failed", failure);
        } else {
            leftOut.incrementAndGet();
        }
    }

    /** Logs how many failures were left out, if any; once a second at most. */
    void flush() {
        if (leftOut.get() > 0 && isNewPeriod(lastFlush)) {
            logLeftOut();
        }
    }

    private void logLeftOut() {
        long count = leftOut.getAndSet(0);
        if (count > 0) {
            LOGGER.log(WARNING, count + " failures of tasks were not logged, to limit the rate");
        }
    }

    private boolean mayLog() {
        if (isNewPeriod(periodStart)) {
            allowance.set(BURST);
        }
        int left;
        do {
            left = allowance.get();
        } while (left > 0 && !allowance.compareAndSet(left, left - 1));
        return left > 0;
    }

    private static boolean isNewPeriod(AtomicLong since) {
        long start = since.get();
        long now = System.nanoTime();
        return now - start >= PERIOD_NANOS && since.compareAndSet(start, now);
    }
}
