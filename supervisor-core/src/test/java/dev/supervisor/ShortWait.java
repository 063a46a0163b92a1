package dev.supervisor;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waiting like {@link Poll}, with a shorter deadline: for tests of many cases, in each of which a lost interrupt, or a
 * thread that waits for itself, would make the test miss the deadline.
 */
public final class ShortWait {

    public static final Duration DEADLINE = Duration.ofSeconds(5);

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private ShortWait() { }

    /** Waits until the condition holds; returns false at the deadline. */
    public static boolean holds(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            Thread.yield();
            LockSupport.parkNanos(100_000);
        }
        return true;
    }

    /** Waits until the condition holds; fails the test at the deadline. */
    public static void until(String what, BooleanSupplier condition) {
        if (!holds(condition)) {
            throw new AssertionError("not within " + DEADLINE + ": " + what);
        }
    }

    /** Waits for the latch, interruptibly; fails the test at the deadline. */
    public static void await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("not released within " + DEADLINE);
        }
    }

    /** Waits for the end of the block, and returns its result; fails the test at the deadline, or if it threw. */
    public static <T> T result(String what, Background<T> background) {
        if (!holds(background::hasEnded)) {
            AssertionError late = new AssertionError("not within " + DEADLINE + ": " + what);
            late.setStackTrace(background.thread().getStackTrace());
            throw late;
        }
        return background.join();
    }

    /** Shuts the supervisor down on another thread; fails the test if that has not returned at the deadline. */
    public static void shutdown(Supervisor supervisor) {
        result("shutdown of " + supervisor, Background.run(supervisor::shutdown));
    }

    /**
     * Spawns a task and waits until its body has begun. If bodies run in the spawning thread, a {@link Background}
     * thread spawns it.
     */
    public static Task<?> begin(Kind kind, Supervisor supervisor, Action body) {
        String name = "begun-" + NUMBERS.incrementAndGet();
        CountDownLatch begun = new CountDownLatch(1);
        Action announced = () -> {
            begun.countDown();
            body.run();
        };
        AtomicReference<Task<?>> task = new AtomicReference<>();
        if (kind == Kind.CALLER_RUNS) {
            Background.run(() -> task.set(supervisor.spawn(name, announced)));   // returns when the body has ended
            Poll.await(begun);
            Poll.until("found", () -> {
                supervisor.tasks().stream().filter(t -> t.name().equals(name)).forEach(task::set);
                return task.get() != null;
            });
        } else {
            task.set(supervisor.spawn(name, announced));
            Poll.await(begun);
        }
        return task.get();
    }

    /** Waits until the calling thread is interrupted, and leaves the status set. */
    public static void untilInterrupted() {
        until("interrupted", Thread.currentThread()::isInterrupted);
    }
}
