package dev.supervisor.threads;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;

/** An executor of the user's: it may run the task in any thread, the current one included, and at any time. */
public final class UserExecutor extends Launcher {

    private final Executor executor;

    /**
     * Makes it.
     *
     * @param executor runs the tasks
     */
    public UserExecutor(Executor executor) {
        super(executor.getClass() != ForkJoinPool.class, false);   // that one queues, and lets workers help
        this.executor = executor;
    }

    @Override
    public void launch(Launchable task) {
        executor.execute(task);
    }

    @Override
    public boolean isStopping() {
        return executor instanceof ExecutorService service && service.isShutdown();
    }
}
