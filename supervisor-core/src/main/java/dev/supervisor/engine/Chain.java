package dev.supervisor.engine;

import dev.supervisor.threads.PooledThread;
import dev.supervisor.threads.VirtualThreads;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** What the current thread is running for us: its {@link WindowStack}, or the task that is alone on it. */
final class Chain {

    /*
     * Where it is kept, by kind of thread:
     *
     *   a virtual thread of ours   its own uncaught-exception handler is the task, until a second window opens; then
     *                              the stack. Both hand on to the thread's group, as if there were none. A body that
     *                              sets a handler of its own takes its task out of the chain
     *   a thread of our pool       a field of it
     *   any other                  a ThreadLocal, which holds the stack weakly, so that no thread of others keeps our
     *                              class loader. While a window is open its task or owner leads to the stack
     */
    private static final ThreadLocal<WeakReference<WindowStack>> LOCAL = new ThreadLocal<>();

    private Chain() { }

    /** The stack of the current thread, the task that is alone on it, or null if there is neither. */
    static @Nullable Object current() {
        Thread me = Thread.currentThread();
        if (me instanceof PooledThread pooled) {
            return pooled.windows;
        }
        if (VirtualThreads.isVirtual(me)) {
            Thread.UncaughtExceptionHandler handler = me.getUncaughtExceptionHandler();
            if (isOurs(handler)) {
                return handler;
            }
        }
        WeakReference<WindowStack> local = LOCAL.get();
        return local == null ? null : local.get();
    }

    /** The stack of the current thread, made if there is none. */
    static WindowStack stack() {
        Object chain = current();
        return chain instanceof WindowStack stack ? stack : make(chain);
    }

    private static WindowStack make(@Nullable Object chain) {
        Thread me = Thread.currentThread();
        WindowStack made = new WindowStack(me);
        if (me instanceof PooledThread pooled) {
            pooled.windows = made;
        } else if (chain instanceof SupervisedTask<?> alone) {
            made = made.over(alone);
            me.setUncaughtExceptionHandler(made);
        } else {
            LOCAL.set(new WeakReference<>(made));
        }
        return made;
    }

    /** Whether a virtual thread of ours may be running a task that the chain does not show: its body has hidden it. */
    static boolean mayHideTask() {
        Thread me = Thread.currentThread();
        return VirtualThreads.isVirtual(me) && !isOurs(me.getUncaughtExceptionHandler());   // or it is not ours
    }

    private static boolean isOurs(Thread.UncaughtExceptionHandler handler) {
        return handler instanceof WindowStack || handler instanceof SupervisedTask;
    }

    /** A throwable that no code has caught goes where it would have gone without our handler. */
    static void passOn(Thread of, Throwable thrown) {
        ThreadGroup group = of.getThreadGroup();
        if (group != null) {
            group.uncaughtException(of, thrown);
        }
    }
}
