package dev.supervisor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects what reaches the uncaught-exception handlers of all threads, while it is open. */
public final class UncaughtReports implements AutoCloseable {

    private final List<Throwable> seen = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();

    private UncaughtReports() { }

    public static UncaughtReports collect() {
        UncaughtReports uncaught = new UncaughtReports();
        Thread.setDefaultUncaughtExceptionHandler((thread, throwable) -> {
            uncaught.threads.add(thread);
            uncaught.seen.add(throwable);
        });
        return uncaught;
    }

    /** What was reported, in the order of the reports. */
    public List<Throwable> seen() {
        return seen;
    }

    /** The threads of the reports. */
    public List<Thread> threads() {
        return threads;
    }

    /** How many reports are new exceptions that have this very throwable as their cause. */
    public long wrapping(Throwable cause) {
        return seen.stream().filter(report -> report != cause && report.getCause() == cause).count();
    }

    @Override
    public void close() {
        Thread.setDefaultUncaughtExceptionHandler(before);
    }
}
