package dev.supervisor;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A task whose body has begun, and waits until the test releases it. Unless it is stubborn, it ends by an interrupt,
 * too. If bodies run in the spawning thread, a {@link Background} thread spawns the task.
 */
public final class GatedTask {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger interrupts = new AtomicInteger();
    private final boolean stubborn;
    private volatile Thread thread;
    private volatile Throwable failure;
    private volatile boolean ended;
    private Task<?> task;

    private GatedTask(boolean stubborn) {
        this.stubborn = stubborn;
    }

    /** A task that ends by the first interrupt. */
    public static GatedTask yielding(Kind kind, Supervisor supervisor) {
        return new GatedTask(false).spawn(kind, supervisor);
    }

    /** A task that counts its interrupts, but ends only when it is released. */
    public static GatedTask stubborn(Kind kind, Supervisor supervisor) {
        return new GatedTask(true).spawn(kind, supervisor);
    }

    private GatedTask spawn(Kind kind, Supervisor supervisor) {
        String name = "held-" + NUMBERS.incrementAndGet();
        if (kind == Kind.CALLER_RUNS) {
            Background<Void> spawner = Background.run(() -> supervisor.spawn(name, this::body));
            Poll.until("the body has begun", () -> thread != null || spawner.hasEnded());
            Poll.until("listed: " + name, () -> {
                task = supervisor.tasks().stream().filter(t -> t.name().equals(name)).findAny().orElse(null);
                return task != null;
            });
        } else {
            task = supervisor.spawn(name, this::body);
        }
        Poll.await(started);
        return this;
    }

    private String body() throws Exception {
        thread = Thread.currentThread();
        started.countDown();
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    if (!release.await(Poll.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                        throw new AssertionError("not released within " + Poll.DEADLINE);
                    }
                    break;
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                    interrupts.incrementAndGet();
                    if (!stubborn) {
                        throw e;
                    }
                }
            }
            Throwable t = failure;
            if (t instanceof Error error) {
                throw error;
            } else if (t instanceof Exception exception) {
                throw exception;
            }
            return wasInterrupted ? "released, told" : "released";
        } finally {
            ended = true;
        }
    }

    public Task<?> task() {
        return task;
    }

    /** The thread that its body runs on. */
    public Thread thread() {
        return thread;
    }

    /** How often its body was interrupted. */
    public int interrupts() {
        return interrupts.get();
    }

    /** Whether its body has ended. */
    public boolean hasEnded() {
        return ended;
    }

    /** Waits until its body was interrupted. */
    public void untilTold() {
        Poll.until("interrupted: " + task, () -> interrupts.get() > 0);
    }

    /** Lets its body return. */
    public void release() {
        release.countDown();
    }

    /** Lets its body throw. */
    public void fail(Throwable t) {
        failure = t;
        release.countDown();
    }

    /** Waits until the task is done, and returns its status. */
    public Task.Status end() {
        Poll.until("done: " + task, task::isDone);
        return task.status();
    }
}
