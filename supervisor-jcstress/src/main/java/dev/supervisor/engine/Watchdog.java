package dev.supervisor.engine;

import java.util.concurrent.Callable;

/**
 * Turns a wait that hangs into an outcome. jcstress has no time limit: a lost wake-up would stop the whole run. The
 * watchdog interrupts a wait after {@value #PATIENCE} seconds without progress. If the wait ends then, the outcome is
 * "hangs", even if the wait returns. If it goes on for as long again, the watchdog ends the forked JVM, which jcstress
 * reports as an error.
 */
final class Watchdog {

    /** Less than after what an exit looks by itself (O7), which would hide that no thread has woken it. */
    private static final int PATIENCE = 7;

    private volatile Thread waiter;
    private volatile long waits;
    private volatile boolean rescuing;

    Watchdog() {
        Thread thread = new Thread(this::watch, "watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits, on at most one thread at a time. Returns what the wait returns, or "hangs". */
    String wait(Callable<String> wait) {
        rescuing = false;
        waits++;   // written by one thread at a time
        waiter = Thread.currentThread();
        String result;
        try {
            result = wait.call();
        } catch (InterruptedException e) {
            result = "interrupted";
        } catch (Exception e) {
            result = e.toString();
        } finally {
            waiter = null;
        }
        if (rescuing) {
            Thread.interrupted();   // a join that finds no live task returns, and keeps the status
            return "hangs";
        }
        return result;
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
