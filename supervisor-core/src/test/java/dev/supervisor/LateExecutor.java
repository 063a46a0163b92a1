package dev.supervisor;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** Runs what it was given when it is told to. Never told, it is the executor that drops its tasks. */
final class LateExecutor implements Executor {

    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable task) {
        queue.add(task);
    }

    int size() {
        return queue.size();
    }

    /** Takes the oldest one out, without running it. */
    Runnable next() {
        return queue.remove();
    }

    /** Runs the oldest one on the calling thread. */
    void runNext() {
        next().run();
    }

    /** Runs everything, and what that adds, on the calling thread. */
    void runAll() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }
}
