package dev.supervisor;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A task that holds still: its body has begun, and goes on until it is released or, unless it is stubborn, interrupted.
 * Where bodies run in the spawning thread, that is a thread of its own, a stranger to the supervisor.
 */
final class Held {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger interrupts = new AtomicInteger();
    private final boolean stubborn;
    private volatile Thread thread;
    private volatile Throwable failure;
    private volatile boolean ended;
    private Task<?> task;

    private Held(boolean stubborn) {
        this.stubborn = stubborn;
    }

    /** A task that ends by the first interrupt. */
    static Held yielding(Kind kind, Supervisor supervisor) {
        return new Held(false).spawn(kind, supervisor);
    }

    /** A task that counts its interrupts, but ends only when it is released. */
    static Held stubborn(Kind kind, Supervisor supervisor) {
        return new Held(true).spawn(kind, supervisor);
    }

    private Held spawn(Kind kind, Supervisor supervisor) {
        String name = "held-" + NUMBERS.incrementAndGet();
        if (kind == Kind.CALLER_RUNS) {
            Aside<Void> spawner = Aside.run(() -> supervisor.spawn(name, this::body));
            Poll.until("the body has begun", () -> thread != null || spawner.ended());
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
        boolean told = false;
        try {
            while (true) {
                try {
                    if (!release.await(Poll.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                        throw new AssertionError("not released within " + Poll.DEADLINE);
                    }
                    break;
                } catch (InterruptedException e) {
                    told = true;
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
            return told ? "released, told" : "released";
        } finally {
            ended = true;
        }
    }

    Task<?> task() {
        return task;
    }

    /** The thread that its body runs on. */
    Thread thread() {
        return thread;
    }

    /** How many interrupts its body has felt. */
    int interrupts() {
        return interrupts.get();
    }

    /** Whether its body has come to an end. */
    boolean ended() {
        return ended;
    }

    /** Waits until its body has felt an interrupt. */
    void untilTold() {
        Poll.until("interrupted: " + task, () -> interrupts.get() > 0);
    }

    /** Lets its body return. */
    void release() {
        release.countDown();
    }

    /** Lets its body throw. */
    void fail(Throwable t) {
        failure = t;
        release.countDown();
    }

    /** Waits until the task is done, and returns its status. */
    Task.Status end() {
        Poll.until("done: " + task, task::isDone);
        return task.status();
    }
}
