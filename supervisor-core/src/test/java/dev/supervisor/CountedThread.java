package dev.supervisor;

import java.util.concurrent.atomic.AtomicInteger;

/** A daemon thread that counts how often it is interrupted. */
class CountedThread extends Thread {

    private final AtomicInteger interrupts = new AtomicInteger();

    CountedThread(Runnable body) {
        super(body, "counted");
        setDaemon(true);
    }

    @Override
    public void interrupt() {
        interrupts.incrementAndGet();
        super.interrupt();
    }

    /** How often it has been interrupted. */
    int interrupts() {
        return interrupts.get();
    }
}
