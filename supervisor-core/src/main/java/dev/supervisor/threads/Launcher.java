package dev.supervisor.threads;

import org.jspecify.annotations.Nullable;

/** Where tasks get a thread from. */
public abstract class Launcher {

    /** Whether a task may be run in the thread that spawns it, inside of spawn. */
    public final boolean mayRunInSpawner;
    /** Whether a task is alone on a thread that is made for it, and that leads to it (see {@link Launchable}). */
    public final boolean alone;

    /**
     * For those of this package, and for stress tests.
     *
     * @param mayRunInSpawner whether a task may be run inside of its spawn
     * @param alone whether a task is alone on a thread that leads to it
     */
    protected Launcher(boolean mayRunInSpawner, boolean alone) {
        this.mayRunInSpawner = mayRunInSpawner;
        this.alone = alone;
    }

    /**
     * Virtual threads where the JDK has them, otherwise the shared pool of platform threads.
     *
     * @param supervisorName the name of threads whose task has none, or null
     * @return the launcher
     */
    public static Launcher ofDefault(@Nullable String supervisorName) {
        return VirtualThreads.BUILDER != null ? new VirtualThreads(supervisorName) : new SharedPool(supervisorName);
    }

    /**
     * Gives the task to a thread. Once this method has returned normally the task will be run, now or later, or never
     * if a user's executor drops it.
     *
     * @param task the task
     */
    public abstract void launch(Launchable task);

    /**
     * Whether it is known to be stopping: then an interrupt that a task's thread has is meant for whatever it runs. (A
     * pool says the same when it is shut down and its tasks may go on; then no thread of it has an interrupt.)
     *
     * @return true if it is known to be stopping
     */
    public boolean isStopping() {
        return false;
    }
}
