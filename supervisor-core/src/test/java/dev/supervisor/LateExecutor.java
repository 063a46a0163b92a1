package dev.supervisor;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** Runs what it was given when it is told to. Never told, it is the executor that drops its tasks. */
public final class LateExecutor implements Executor {

    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable task) {
        queue.add(task);
    }

    public int size() {
        return queue.size();
    }

    /** Takes the oldest one out, without running it. */
    public Runnable next() {
        return queue.remove();
    }

    /** Runs the oldest one on the calling thread. */
    public void runNext() {
        next().run();
    }

    /** Runs everything, and what that adds, on the calling thread. */
    public void runAll() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }
}
