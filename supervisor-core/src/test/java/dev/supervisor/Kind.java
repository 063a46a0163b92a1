package dev.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The kinds of thread that a task may run on: one axis of the test matrix. Use with
 * {@code @ParameterizedTest @MethodSource("dev.supervisor.Kind#all")}. The library's default is another one on a JDK
 * without virtual threads; the one that is not there is absent from the matrix, not skipped.
 */
public enum Kind {
    /** The library's default from JDK 21 on. */
    VIRTUAL,
    /** The library's default before JDK 21: a pool of platform threads that all supervisors share. */
    SHARED_POOL,
    /** Pooled platform threads: a cached pool given as executor. */
    POOLED,
    /** A new platform thread per task, from a thread factory. */
    PER_TASK,
    /** The body runs in the spawning thread, inside of spawn. */
    CALLER_RUNS;

    private static final AtomicInteger THREADS = new AtomicInteger();

    /** Shared by all tests; daemon threads, so that nothing has to shut it down. */
    public static final ExecutorService POOL =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), Kind::daemon) {
                /** No test finds the handler of another. */
                @Override
                protected void afterExecute(Runnable task, Throwable thrown) {
                    Thread.currentThread().setUncaughtExceptionHandler(null);
                }
            };

    public static Thread daemon(Runnable body) {
        Thread thread = new Thread(body, "test-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    public static List<Kind> all() {
        List<Kind> kinds = new ArrayList<>(List.of(values()));
        kinds.remove(Runtime.version().feature() < 21 ? VIRTUAL : SHARED_POOL);
        return kinds;
    }

    /** The kinds whose bodies run beside the spawner. */
    public static List<Kind> concurrent() {
        List<Kind> kinds = all();
        kinds.remove(CALLER_RUNS);
        return kinds;
    }

    /** Whether the library starts the threads; else an executor of the test runs the tasks. */
    public boolean startsThreads() {
        return this == VIRTUAL || this == SHARED_POOL || this == PER_TASK;
    }

    /** A builder for supervisors whose tasks run on this kind of thread, with failures ignored. */
    public Supervisor.Builder builder() {
        Supervisor.Builder builder = Supervisor.builder().onFailure(FailureHandler.ignore());
        return switch (this) {
            case VIRTUAL, SHARED_POOL -> builder;
            case POOLED -> builder.executor(POOL);
            case PER_TASK -> builder.threadFactory(Kind::daemon);
            case CALLER_RUNS -> builder.executor(Runnable::run);
        };
    }

    public Supervisor open() {
        return builder().open();
    }
}
