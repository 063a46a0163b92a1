package dev.supervisor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Where tasks get a thread from. */
abstract class Launcher {

    /** Whether a task may be run in the thread that spawns it, inside of spawn. */
    final boolean mayRunInSpawner;
    /** Whether a task is alone on a thread that is made for it, and that knows it ({@link WindowStack}). */
    final boolean alone;

    Launcher(boolean mayRunInSpawner, boolean alone) {
        this.mayRunInSpawner = mayRunInSpawner;
        this.alone = alone;
    }

    /** Virtual threads where the JDK has them, otherwise the shared pool of platform threads. */
    static Launcher ofDefault(@Nullable String supervisorName) {
        return VirtualThreads.BUILDER != null ? new VirtualThreads(supervisorName) : new SharedPool(supervisorName);
    }

    /**
     * Gives the task to a thread. Once this method has returned normally the task will be run, now or later, or never
     * if a foreign executor drops it.
     */
    abstract void launch(SupervisedTask<?> task);

    /**
     * Whether it is known to be stopping: then an interrupt that a task's thread has is meant for whatever it runs. (A
     * pool says the same when it is shut down and its tasks may go on; then no thread of it has an interrupt.)
     */
    boolean isStopping() {
        return false;
    }

    /** An executor of the user's: it may run the task in any thread, the current one included, and at any time. */
    static final class Foreign extends Launcher {

        private final Executor executor;

        Foreign(Executor executor) {
            super(executor.getClass() != ForkJoinPool.class, false);   // that one queues, and lets workers help
            this.executor = executor;
        }

        @Override
        void launch(SupervisedTask<?> task) {
            executor.execute(task);
        }

        @Override
        boolean isStopping() {
            return executor instanceof ExecutorService service && service.isShutdown();
        }
    }

    /** A thread per task, made by the user's factory; all but the name is left as the factory made it. */
    static final class PerTask extends Launcher {

        private final ThreadFactory factory;

        PerTask(ThreadFactory factory) {
            super(true, false);   // a factory's thread may override start()
            this.factory = factory;
        }

        @Override
        void launch(SupervisedTask<?> task) {
            Thread thread = factory.newThread(task);
            if (thread == null) {
                throw new RejectedExecutionException("The thread factory of " + task.supervisor()
                        + " has returned null for task " + task.name() + "; it has to return a thread, or throw");
            }
            String name = task.givenName();
            if (name != null) {
                thread.setName(name);
            }
            thread.start();
        }
    }

    /**
     * A virtual thread per task, on JDK 21 and later: named after its task, or else its supervisor; it inherits no
     * thread-locals and takes over the spawner's context class loader.
     */
    static final class VirtualThreads extends Launcher {

        // Method handles, looked up once, because the class files are those of Java 17:
        // BUILDER  Thread.ofVirtual().inheritInheritableThreadLocals(false)
        // NAMED    builder.name(String)
        // FACTORY  builder.factory()
        // IS_VIRTUAL thread.isVirtual()
        static final @Nullable MethodHandle BUILDER;
        private static final @Nullable MethodHandle NAMED;
        private static final @Nullable MethodHandle FACTORY;
        private static final @Nullable MethodHandle IS_VIRTUAL;
        private static final @Nullable ClassLoader SYSTEM;

        static {
            MethodHandle builder = null;
            MethodHandle named = null;
            MethodHandle factory = null;
            MethodHandle isVirtual = null;
            if (Runtime.version().feature() >= 21) {   // in 19 and 20 the methods are there, and throw
                try {
                    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
                    Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
                    MethodHandle ofVirtual = lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(type));
                    MethodHandle inherit = lookup.findVirtual(
                            type, "inheritInheritableThreadLocals", MethodType.methodType(type, boolean.class));
                    MethodHandle isolate = MethodHandles.insertArguments(inherit, 1, false);
                    builder = MethodHandles.filterReturnValue(ofVirtual, isolate)
                            .asType(MethodType.methodType(Object.class));
                    named = lookup.findVirtual(type, "name", MethodType.methodType(type, String.class))
                            .asType(MethodType.methodType(Object.class, Object.class, String.class));
                    factory = lookup.findVirtual(type, "factory", MethodType.methodType(ThreadFactory.class))
                            .asType(MethodType.methodType(ThreadFactory.class, Object.class));
                    isVirtual = lookup.findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
                } catch (ReflectiveOperationException e) {
                    throw new ExceptionInInitializerError(e);
                }
            }
            BUILDER = builder;
            NAMED = named;
            FACTORY = factory;
            IS_VIRTUAL = isVirtual;
            SYSTEM = builder == null ? null : ClassLoader.getSystemClassLoader();   // may be refused before JDK 21
        }

        /** Makes threads with the supervisor's name. */
        private final ThreadFactory threads;

        VirtualThreads(@Nullable String supervisorName) {
            super(false, true);
            this.threads = factory(supervisorName == null ? "supervisor" : supervisorName);
        }

        @Override
        void launch(SupervisedTask<?> task) {
            String name = task.givenName();
            Thread thread = threads.newThread(task);
            if (name != null) {
                thread.setName(name);
            }
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            if (loader != SYSTEM) {
                thread.setContextClassLoader(loader);
            }
            thread.setUncaughtExceptionHandler(task);   // see WindowStack
            thread.start();
        }

        /** A thread that is not started, so that the JDK's classes are there before they are needed. */
        Thread unstarted(Runnable never) {
            return threads.newThread(never);
        }

        static boolean isVirtual(Thread thread) {
            try {
                return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError("Thread.isVirtual throws nothing", e);
            }
        }

        @SuppressWarnings("NullAway")   // without the handles there is no launcher of this kind
        private static ThreadFactory factory(String name) {
            try {
                Object builder = (Object) BUILDER.invokeExact();
                builder = (Object) NAMED.invokeExact(builder, name);
                return (ThreadFactory) FACTORY.invokeExact(builder);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError("Thread.Builder throws no checked exception", e);
            }
        }
    }

    /** A thread of the shared pool, which knows its windows. */
    static final class PoolThread extends Thread {

        /** Confined to this thread. */
        @Nullable WindowStack stack;

        PoolThread(ThreadGroup group, Runnable worker, String name) {
            super(group, worker, name, 0, false);
        }
    }

    /**
     * A pool of daemon threads that all supervisors without an executor of their own share, before JDK 21. For the time
     * of a task its thread has the task's name, or else the supervisor's, and the spawner's context class loader. After
     * it the thread has its own again, and its own priority and uncaught-exception handler.
     */
    @SuppressWarnings("removal")   // security managers, on JDK 17
    static final class SharedPool extends Launcher {

        /*
         * A security manager can be there, or be set at any time, and its policy need not grant this library anything.
         *
         * 1. The threads lie in a group of their own. In the system's, only code that has modifyThread may interrupt
         *    one, or give it a name.
         * 2. They are made in the context of this library alone: not in that of whoever happens to spawn, whose
         *    permissions, and class loaders, a thread would keep for good.
         * 3. A task is run in the context of its spawner, as it would be in a thread that the spawner starts. So
         *    nobody can do by a spawn what he may not do himself.
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

        SharedPool(@Nullable String supervisorName) {
            super(false, false);
            this.supervisorName = supervisorName;
        }

        @Override
        void launch(SupervisedTask<?> task) {
            String given = task.givenName();
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

        /** A thread that has nothing from whoever happened to spawn: no thread-locals, no class loader, no group. */
        private static Thread newThread(Runnable worker) {
            return AccessController.doPrivileged(new NewThread(worker));
        }

        private record NewThread(Runnable worker) implements PrivilegedAction<Thread> {
            @Override
            public Thread run() {
                Thread thread = new PoolThread(GROUP, worker, "supervisor-pool-" + THREADS.incrementAndGet());
                setLoader(thread, SYSTEM);
                thread.setDaemon(true);
                thread.setPriority(Thread.NORM_PRIORITY);
                return thread;
            }
        }

        /** As far out as we may look. */
        private static ThreadGroup newGroup() {
            ThreadGroup outermost = Thread.currentThread().getThreadGroup();
            try {
                while (outermost.getParent() != null) {
                    outermost = outermost.getParent();
                }
            } catch (SecurityException refused) {
                // This far, then.
            }
            return new ThreadGroup(outermost, "supervisor");
        }

        private static @Nullable ClassLoader systemLoader() {
            try {
                return ClassLoader.getSystemClassLoader();
            } catch (SecurityException refused) {
                return SharedPool.class.getClassLoader();
            }
        }
    }
}
