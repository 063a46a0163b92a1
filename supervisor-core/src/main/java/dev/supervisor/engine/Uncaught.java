package dev.supervisor.engine;

/** Where throwables go that no caller or handler takes: to the uncaught-exception handler of the current thread. */
final class Uncaught {

    private Uncaught() { }

    /**
     * Reports what user code threw, wrapped in a fresh exception that says where; the throwable itself is not
     * touched.
     */
    static void report(String culprit, Object of, Throwable thrown) {
        Throwable report;
        try {
            report = new RuntimeException(culprit + " of " + of + " has thrown " + thrown.getClass().getName(), thrown);
        } catch (Throwable noMemory) {
            report = thrown;
        }
        reportToHandler(report);
    }

    /** Hands the throwable itself to the handler. What the handler throws is ignored, as the JVM does. */
    static void reportToHandler(Throwable thrown) {
        try {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        } catch (Throwable ignored) {
            // As at the end of a thread.
        }
    }
}
