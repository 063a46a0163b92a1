package dev.supervisor.threads;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;

/** A thread per task, made by the user's factory; all but the name is left as the factory made it. */
public final class PerTaskThreads extends Launcher {

    private final ThreadFactory factory;

    /**
     * Makes it.
     *
     * @param factory makes the threads
     */
    public PerTaskThreads(ThreadFactory factory) {
        super(true, false);   // a factory's thread may override start()
        this.factory = factory;
    }

    @Override
    public void launch(Launchable task) {
        Thread thread = factory.newThread(task);
        if (thread == null) {
            throw new RejectedExecutionException(task.describe()
                    + " has no thread: the thread factory has returned null; it has to return a thread, or throw");
        }
        String name = task.threadName();
        if (name != null) {
            thread.setName(name);
        }
        thread.start();
    }
}
