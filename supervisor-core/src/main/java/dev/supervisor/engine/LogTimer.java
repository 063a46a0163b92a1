package dev.supervisor.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Runs something a second later, on a daemon thread that is made for it and ends with it. */
final class LogTimer implements Executor {

    /*
     * Not on the JVM's timer, which is behind CompletableFuture.delayedExecutor. The first thread to use that
     * starts its thread, which stays, and inherits from the thread that starts it: the context class loader,
     * inheritable thread-locals, and before JDK 24 what stands on the stack, by its access control context. Any of
     * these can keep a class loader for good. And what the timer hands over runs on it, or on the common pool: a logger
     * may block, and others may keep that pool busy for longer than a second.
     */
    private static final long DELAY_NANOS = TimeUnit.SECONDS.toNanos(1);

    @Override
    public void execute(Runnable later) {
        Thread thread = new Thread(null, new Delayed(later), "supervisor-log", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits, and runs it. (No lambda: see FirstUse.) */
    record Delayed(Runnable later) implements Runnable {
        @Override
        public void run() {
            long start = System.nanoTime();
            for (long remaining; (remaining = DELAY_NANOS - (System.nanoTime() - start)) > 0;) {
                LockSupport.parkNanos(this, remaining);
                Thread.interrupted();   // or no park would last
            }
            later.run();
        }
    }
}
