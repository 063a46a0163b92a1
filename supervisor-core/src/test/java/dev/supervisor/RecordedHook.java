package dev.supervisor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A hook that records its runs: the thread of each, and whether it began with the interrupt status set. */
final class RecordedHook implements Action {

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final Action then;

    /** A hook that does nothing else. */
    RecordedHook() {
        this(() -> { });
    }

    /** A hook that goes on with this action when it has recorded its run. */
    RecordedHook(Action then) {
        this.then = then;
    }

    @Override
    public void run() throws Exception {
        if (Thread.currentThread().isInterrupted()) {
            interrupted.incrementAndGet();
        }
        threads.add(Thread.currentThread());
        then.run();
    }

    /** How many runs have begun. */
    int runs() {
        return threads.size();
    }

    /** The thread of the first run. */
    Thread thread() {
        return threads.get(0);
    }

    /** How many runs have begun with the interrupt status set. */
    int interrupted() {
        return interrupted.get();
    }

    /** Waits until a run has begun. */
    void untilRun() {
        Poll.until("the hook runs", () -> runs() > 0);
    }
}
