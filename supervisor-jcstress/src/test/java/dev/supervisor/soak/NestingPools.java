package dev.supervisor.soak;

import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one driver. Where a task has a thread to itself, the status is looked at before and after it (C6). */
final class NestingPools {

    private static final AtomicInteger THREADS = new AtomicInteger();
    /** What this thread has forked last. */
    private static final ThreadLocal<ForkJoinTask<?>> FORKED = new ThreadLocal<>();

    private final Findings findings;
    private final ExecutorService pool = Executors.newCachedThreadPool(daemons("nesting-pool-"));
    private final ExecutorService strangers = Executors.newCachedThreadPool(daemons("nesting-stranger-"));
    private final ForkJoinPool forkJoin = new ForkJoinPool(4);
    private final Executor foreignVirtual = foreignVirtual();

    NestingPools(Findings findings) {
        this.findings = findings;
    }

    static ThreadFactory daemons(String name) {
        return body -> {
            Thread thread = new Thread(body, name + THREADS.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private Executor foreignVirtual() {
        try {
            return (Executor) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException beforeJdk21) {
            return pool;
        }
    }

    /** Who acts from outside. */
    ExecutorService strangers() {
        return strangers;
    }

    /** The settings of a supervisor on such threads. */
    Supervisor.Builder builder(NestingThreads threads) {
        Supervisor.Builder builder = Supervisor.builder()
                .fatalIf(thrown -> thrown instanceof FatalEnd)
                .onFailure(FailureHandler.ignore());
        return switch (threads) {
            case OURS -> builder;
            case FOREIGN_VIRTUAL -> builder.executor(task -> foreignVirtual.execute(watched(task)));
            case POOL -> builder.executor(task -> pool.execute(watched(task)));
            case FORK_JOIN -> builder.executor(this::fork);
            case CALLER -> builder.executor(Runnable::run);
            case TRAMPOLINE -> builder.executor(new Trampoline());
            case NOBODY -> builder.executor(task -> { });
        };
    }

    /** Not {@code execute}: JDK 22 and later clear the status of a helper that comes to a task which was executed. */
    private void fork(Runnable task) {
        ForkJoinTask<?> forked = ForkJoinTask.adapt(watched(task));
        if (ForkJoinTask.getPool() == forkJoin) {
            forked.fork();
            FORKED.set(forked);
        } else {
            forkJoin.execute(forked);
        }
    }

    /** Whether the current thread is a worker that can help. */
    boolean canHelp() {
        return ForkJoinTask.getPool() == forkJoin;
    }

    /** Runs tasks of the pool on the current thread, perhaps. */
    void help(boolean untilQuiet) {
        ForkJoinTask<?> forked = FORKED.get();
        FORKED.remove();
        if (untilQuiet) {
            ForkJoinTask.helpQuiesce();
        } else if (forked != null) {
            forked.quietlyJoin();
        }
    }

    private Runnable watched(Runnable task) {
        return () -> {
            boolean alone = Frames.isEmpty();
            if (alone && Thread.interrupted()) {
                findings.stray("a thread is interrupted between two tasks");
            }
            task.run();
            if (alone && Thread.interrupted()) {
                findings.stray("an interrupt is left on the thread of " + Frames.last());
            }
        };
    }

    void close() {
        pool.shutdown();
        strangers.shutdown();
        forkJoin.shutdown();
    }

    /** A thread that is running its tasks already runs the next one when this one has ended. */
    private static final class Trampoline implements Executor {

        private final ThreadLocal<ArrayDeque<Runnable>> queues = new ThreadLocal<>();

        @Override
        public void execute(Runnable task) {
            ArrayDeque<Runnable> queue = queues.get();
            if (queue != null) {
                queue.add(task);
                return;
            }
            queue = new ArrayDeque<>();
            queues.set(queue);
            try {
                for (Runnable next = task; next != null; next = queue.poll()) {
                    next.run();
                }
            } finally {
                queues.remove();
            }
        }
    }

    /** Ends the supervisor of the task that throws it (C7). */
    static final class FatalEnd extends Error {

        private static final long serialVersionUID = 1L;

        FatalEnd() {
            super("ends its supervisor", null, false, false);
        }

        /** Whether this is one, or one is wrapped in it. */
        static boolean isIn(Throwable thrown) {
            for (Throwable link = thrown; link != null; link = link.getCause()) {
                if (link instanceof FatalEnd) {
                    return true;
                }
            }
            return false;
        }
    }
}
