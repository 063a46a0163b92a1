package dev.supervisor.threads;

import org.jspecify.annotations.Nullable;

/** A thread of the shared pool, which knows its windows. */
public final class PooledThread extends Thread {

    /** What this thread is running, as its tasks see it; confined to this thread. */
    public @Nullable Object windows;

    PooledThread(ThreadGroup group, Runnable worker, String name) {
        super(group, worker, name, 0, false);
    }
}
