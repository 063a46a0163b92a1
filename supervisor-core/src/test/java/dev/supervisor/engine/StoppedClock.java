package dev.supervisor.engine;

import dev.supervisor.Poll;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The clock of all waits that begin while this is open. It stands still but for {@link #advance}. */
class StoppedClock extends WaitClock implements AutoCloseable {

    private final WaitClock before = WaitClock.current;
    private final ThreadLocal<Long> read = new ThreadLocal<>();
    private final List<Duration> waits = new CopyOnWriteArrayList<>();
    private volatile long now = Deadlines.now();

    @SuppressWarnings("this-escape")   // subclasses add no state
    StoppedClock() {
        Settings.DEFAULT.name();   // the first use waits, too
        WaitClock.current = this;
    }

    void advance(Duration time) {
        now += time.toNanos();
    }

    /** For how long threads were to wait, each time in turn; a look is a wait of zero or less. */
    List<Duration> waits() {
        return waits;
    }

    /** Waits until threads have begun to wait so often. */
    void untilWaits(int count) {
        Poll.until(count + " waits", () -> waits.size() >= count);
    }

    @Override
    long now() {
        read.set(now);
        return now;
    }

    @Override
    boolean await(Census census, long nanos) throws InterruptedException {
        waits.add(Duration.ofNanos(nanos));
        long end = read.get() + nanos;
        while (!super.await(census, now < end ? 1_000_000 : 0)) {
            if (now >= end) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        WaitClock.current = before;
    }
}
