package dev.supervisor;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** Queues its tasks until the test runs them. If the test never does, this is an executor that drops its tasks. */
public final class LateExecutor implements Executor {

    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable task) {
        queue.add(task);
    }

    public int size() {
        return queue.size();
    }

    /** Takes the oldest task out, without running it. */
    public Runnable next() {
        return queue.remove();
    }

    /** Runs the oldest task on the calling thread. */
    public void runNext() {
        next().run();
    }

    /** Runs all tasks, and those that they add, on the calling thread. */
    public void runAll() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }
}
