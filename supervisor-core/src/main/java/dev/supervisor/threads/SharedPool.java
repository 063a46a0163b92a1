package dev.supervisor.threads;

import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A pool of daemon threads that all supervisors without an executor of their own share, before JDK 21. For the time
 * of a task its thread has the task's name, or else the supervisor's, and the spawner's context class loader. After
 * it the thread has its own again, and its own priority and uncaught-exception handler.
 */
@SuppressWarnings("removal")   // security managers, on JDK 17
public final class SharedPool extends Launcher {

    /*
     * A security manager can be there, or be set at any time, and its policy need not grant this library anything.
     *
     * 1. The threads lie in a group of their own. In the system's, only code that has modifyThread may interrupt
     *    one, or give it a name.
     * 2. They are made in the context of this library alone: not in that of the code that happens to spawn, whose
     *    permissions, and class loaders, a thread would keep for good.
     * 3. A task is run in the context of its spawner, as it would be in a thread that the spawner starts. So
     *    no code can do by a spawn what it may not do itself.
     * 4. What is refused all the same is left as it is, and the task runs: that is the context class loader, if
     *    the library has neither getClassLoader nor setContextClassLoader.
     */
    private static final AtomicLong THREADS = new AtomicLong();
    private static final ThreadGroup GROUP =
            AccessController.doPrivileged((PrivilegedAction<ThreadGroup>) SharedPool::newGroup);
    private static final @Nullable ClassLoader SYSTEM =
            AccessController.doPrivileged((PrivilegedAction<@Nullable ClassLoader>) SharedPool::systemLoader);
    private static final Executor POOL = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), SharedPool::newThread);

    private final @Nullable String supervisorName;

    /**
     * Makes it.
     *
     * @param supervisorName the name of threads whose task has none, or null
     */
    public SharedPool(@Nullable String supervisorName) {
        super(false, false);
        this.supervisorName = supervisorName;
    }

    @Override
    public void launch(Launchable task) {
        String given = task.threadName();
        String name = given == null ? supervisorName : given;
        Thread me = Thread.currentThread();
        if (System.getSecurityManager() == null) {
            POOL.execute(new Named(name, me.getContextClassLoader(), task, null));
        } else {
            ClassLoader loader = AccessController.doPrivileged(new LoaderOf(me));
            POOL.execute(new Named(name, loader, task, AccessController.getContext()));
        }
    }

    /** A task, with what its thread is to have meanwhile. (No lambda: see FirstUse.) */
    private record Named(@Nullable String name, @Nullable ClassLoader loader, Runnable task,
            @Nullable AccessControlContext spawner) implements Runnable {

        @Override
        public void run() {
            Thread me = Thread.currentThread();
            String ownName = me.getName();
            int ownPriority = me.getPriority();
            if (name != null) {
                me.setName(name);
            }
            setLoader(me, loader);
            try {
                if (spawner == null) {
                    task.run();
                } else {
                    AccessController.doPrivileged(new InContext(task), spawner);
                }
            } finally {
                giveBack(me, ownName, ownPriority);
            }
        }

        /** Whatever of these is another now, the body has set it, or we have. */
        private static void giveBack(Thread me, String ownName, int ownPriority) {
            setLoader(me, SYSTEM);
            if (!me.getName().equals(ownName)) {
                me.setName(ownName);
            }
            if (me.getPriority() != ownPriority) {
                me.setPriority(ownPriority);
            }
            if (me.getUncaughtExceptionHandler() != GROUP) {   // which stands for none of its own
                me.setUncaughtExceptionHandler(null);
            }
        }
    }

    private record InContext(Runnable task) implements PrivilegedAction<@Nullable Void> {
        @Override
        public @Nullable Void run() {
            task.run();
            return null;
        }
    }

    private record LoaderOf(Thread thread) implements PrivilegedAction<@Nullable ClassLoader> {
        @Override
        public @Nullable ClassLoader run() {
            try {
                return thread.getContextClassLoader();
            } catch (SecurityException refused) {
                return SYSTEM;
            }
        }
    }

    private static void setLoader(Thread thread, @Nullable ClassLoader loader) {
        try {
            if (thread.getContextClassLoader() != loader) {
                thread.setContextClassLoader(loader);
            }
        } catch (SecurityException refused) {
            // The thread keeps the one that it has.
        }
    }

    /** A thread that has nothing from the code that happened to spawn: no thread-locals, no class loader, no group. */
    private static Thread newThread(Runnable worker) {
        return AccessController.doPrivileged(new NewThread(worker));
    }

    private record NewThread(Runnable worker) implements PrivilegedAction<Thread> {
        @Override
        public Thread run() {
            Thread thread = new PooledThread(GROUP, worker, "supervisor-pool-" + THREADS.incrementAndGet());
            setLoader(thread, SYSTEM);
            thread.setDaemon(true);
            thread.setPriority(Thread.NORM_PRIORITY);
            return thread;
        }
    }

    /** As far out as we may look. */
    private static ThreadGroup newGroup() {
        return new ThreadGroup(ServiceThreads.outermostGroup(), "supervisor");
    }

    private static @Nullable ClassLoader systemLoader() {
        try {
            return ClassLoader.getSystemClassLoader();
        } catch (SecurityException refused) {
            return SharedPool.class.getClassLoader();
        }
    }
}
