package dev.supervisor;

import java.util.concurrent.Callable;

/**
 * Turns a wait that hangs into an outcome. jcstress has no time limit: a lost wake-up would stop the whole run. A wait
 * that an interrupt ends gets one after {@value #PATIENCE} seconds without progress; one that goes on for as long again
 * ends the forked JVM, which jcstress reports as an error.
 */
final class Watchdog {

    private static final int PATIENCE = 15;

    private volatile Thread waiter;
    private volatile long waits;
    private volatile boolean rescuing;

    Watchdog() {
        Thread thread = new Thread(this::watch, "watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits; at most one thread at a time. Returns what the wait returns, or "hangs". */
    String wait(Callable<String> wait) {
        rescuing = false;
        waits++;   // by one thread at a time
        waiter = Thread.currentThread();
        try {
            return wait.call();
        } catch (InterruptedException e) {
            return rescuing ? "hangs" : "interrupted";
        } catch (Exception e) {
            return e.toString();
        } finally {
            waiter = null;
        }
    }

    private void watch() {
        long last = -1;
        for (int seconds = 0;; seconds++) {
            try {
                Thread.sleep(1000);
            } catch (InterruptedException e) {
                return;
            }
            Thread stuck = waiter;
            if (stuck == null || waits != last) {
                last = waits;
                seconds = 0;
            } else if (seconds == PATIENCE) {
                rescuing = true;
                stuck.interrupt();
            } else if (seconds == 2 * PATIENCE) {
                System.err.println("An actor hangs: its wait ends neither by itself nor by an interrupt.");
                Runtime.getRuntime().halt(3);
            }
        }
    }
}
