package dev.supervisor;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A pool of one thread that counts how its tasks leave the interrupt status. The pools of the JDK clear it between
 * tasks, and so hide what this one counts: a status that a task leaves set, or that is set after its end.
 */
public final class StatusKeepingExecutor implements Executor, AutoCloseable {

    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger strays = new AtomicInteger();
    private final AtomicInteger kept = new AtomicInteger();
    private final AtomicInteger given = new AtomicInteger();
    private final AtomicInteger ran = new AtomicInteger();
    private final boolean interrupted;
    private final Thread thread = Kind.daemon(this::loop);
    private volatile boolean closed;

    private StatusKeepingExecutor(boolean interrupted) {
        this.interrupted = interrupted;
        thread.start();
    }

    /** An executor whose thread has a clear status when a task begins. */
    public static StatusKeepingExecutor calm() {
        return new StatusKeepingExecutor(false);
    }

    /** An executor whose thread has its status set when a task begins. */
    public static StatusKeepingExecutor interrupted() {
        return new StatusKeepingExecutor(true);
    }

    @Override
    public void execute(Runnable task) {
        given.incrementAndGet();
        queue.add(task);
        LockSupport.unpark(thread);
    }

    private void loop() {
        while (!closed) {
            Runnable task = queue.poll();
            if (task == null) {
                LockSupport.park(this);
                continue;
            }
            if (Thread.interrupted()) {
                strays.incrementAndGet();
            }
            if (interrupted) {
                thread.interrupt();
            }
            task.run();
            if (Thread.interrupted()) {
                (interrupted ? kept : strays).incrementAndGet();
            }
            ran.incrementAndGet();
        }
        if (Thread.interrupted()) {
            strays.incrementAndGet();
        }
    }

    public Thread thread() {
        return thread;
    }

    /** Waits until all tasks given so far have run, and their statuses were counted. */
    public void drain() {
        Poll.until("all has run", () -> ran.get() == given.get());
    }

    /** How often the status was set where it ought to be clear. */
    public int strays() {
        return strays.get();
    }

    /** How many tasks it has run. */
    public int ran() {
        return ran.get();
    }

    /** How many tasks left the status set that they had found set. */
    public int kept() {
        return kept.get();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(Poll.DEADLINE.toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
