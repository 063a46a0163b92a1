package dev.supervisor.threads;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread per task, on JDK 21 and later: named after its task, or else its supervisor; it inherits no
 * thread-locals and takes over the spawner's context class loader.
 */
public final class VirtualThreads extends Launcher {

    // Method handles, looked up once, because the class files are those of Java 17:
    // BUILDER  Thread.ofVirtual().inheritInheritableThreadLocals(false)
    // NAMED    builder.name(String)
    // FACTORY  builder.factory()
    // IS_VIRTUAL thread.isVirtual()
    // All are there, or none: a native image without our reachability metadata lacks them, as JDK 17 does.
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
            } catch (ReflectiveOperationException | LinkageError missing) {   // the latter from a strict image
                builder = named = factory = isVirtual = null;
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
    public void launch(Launchable task) {
        String name = task.threadName();
        Thread thread = threads.newThread(task);
        if (name != null) {
            thread.setName(name);
        }
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        if (loader != SYSTEM) {
            thread.setContextClassLoader(loader);
        }
        thread.setUncaughtExceptionHandler(task);   // the chain of its windows hangs at it
        thread.start();
    }

    /**
     * A thread that is not started, so that the JDK's classes are there before they are needed.
     *
     * @param never never run
     * @return the thread
     */
    public Thread unstarted(Runnable never) {
        return threads.newThread(never);
    }

    /**
     * Whether a thread is virtual.
     *
     * @param thread the thread
     * @return true if it is virtual; false on a JDK that has none
     */
    public static boolean isVirtual(Thread thread) {
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
