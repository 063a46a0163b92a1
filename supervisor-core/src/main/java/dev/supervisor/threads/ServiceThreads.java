package dev.supervisor.threads;

import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * Daemon threads for the library's own work. They take over nothing of the thread that happens to need them first: no
 * thread group, no priority, no context class loader, no thread-locals, and no access control context.
 */
@SuppressWarnings("removal")   // security managers, on JDK 17
public final class ServiceThreads {

    private ServiceThreads() { }

    /**
     * Makes a thread.
     *
     * @param name its name
     * @param work what it runs
     * @return a thread that is not started
     */
    public static Thread unstarted(String name, Runnable work) {
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> made(name, work));
    }

    private static Thread made(String name, Runnable work) {
        Thread made = new Thread(outermostGroup(), work, name, 0, false);
        made.setDaemon(true);
        made.setPriority(Thread.NORM_PRIORITY);
        try {
            made.setContextClassLoader(null);
        } catch (SecurityException refused) {
            // Then it has that of its maker.
        }
        return made;
    }

    /** Who interrupts or destroys a group of the application does not mean our threads. */
    static ThreadGroup outermostGroup() {
        ThreadGroup outermost = Thread.currentThread().getThreadGroup();
        try {
            while (outermost.getParent() != null) {
                outermost = outermost.getParent();
            }
        } catch (SecurityException refused) {
            // This far, then.
        }
        return outermost;
    }
}
