package dev.supervisor.jmh;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * The bare counterpart of a supervisor's default: from JDK 21 on a new virtual thread per task; before, a pool of daemon
 * threads that grows as needed.
 */
final class ThreadPerTask {

    private static final MethodHandle START_VIRTUAL = startVirtual();

    static final Executor EXECUTOR =
            START_VIRTUAL != null ? ThreadPerTask::start : Executors.newCachedThreadPool(ThreadPerTask::daemon);

    private ThreadPerTask() { }

    /** Starts a virtual thread; a platform thread before JDK 21. */
    static Thread start(Runnable task) {
        if (START_VIRTUAL == null) {
            Thread thread = daemon(task);
            thread.start();
            return thread;
        }
        try {
            return (Thread) START_VIRTUAL.invokeExact(task);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    /** {@code Thread.startVirtualThread}, which class files of Java 17 cannot name; null before JDK 21. */
    private static MethodHandle startVirtual() {
        try {
            MethodType type = MethodType.methodType(Thread.class, Runnable.class);
            return MethodHandles.publicLookup().findStatic(Thread.class, "startVirtualThread", type);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
