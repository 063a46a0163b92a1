package dev.supervisor;

import java.util.concurrent.atomic.AtomicInteger;

/** A daemon thread that counts how often other threads interrupt it; its own calls of interrupt are not counted. */
class CountedThread extends Thread {

    private final AtomicInteger interrupts = new AtomicInteger();

    public CountedThread(Runnable body) {
        super(body, "counted");
        setDaemon(true);
    }

    @Override
    public void interrupt() {
        if (Thread.currentThread() != this) {
            interrupts.incrementAndGet();
        }
        super.interrupt();
    }

    /** How often other threads have interrupted it. */
    public int interrupts() {
        return interrupts.get();
    }
}
