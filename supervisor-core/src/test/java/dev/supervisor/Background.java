package dev.supervisor;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/**
 * A block that a test runs in the background, on a thread of its own that no supervisor knows. The thread is a daemon,
 * and the test waits for it with a deadline. This object keeps what the block returned or threw, and the interrupt
 * status that the block left behind.
 *
 * @param <T> what the block returns
 */
public final class Background<T> {

    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread;
    private volatile T result;
    private volatile Throwable thrown;
    private volatile boolean interrupted;

    private Background(Function<Runnable, Thread> threads, Callable<T> block) {
        thread = threads.apply(() -> {
            try {
                result = block.call();
            } catch (Throwable t) {
                thrown = t;
            } finally {
                interrupted = Thread.interrupted();
                end.countDown();
            }
        });
        thread.start();
    }

    /** Starts a thread that calls the block. */
    public static <T> Background<T> call(Callable<T> block) {
        return new Background<>(Kind::daemon, block);
    }

    /** Starts a thread of the given kind that calls the block. */
    public static <T> Background<T> call(Function<Runnable, Thread> threads, Callable<T> block) {
        return new Background<>(threads, block);
    }

    /** Starts a thread that runs the block. */
    public static Background<Void> run(Action block) {
        return run(Kind::daemon, block);
    }

    /** Starts a thread of the given kind that runs the block. */
    public static Background<Void> run(Function<Runnable, Thread> threads, Action block) {
        return new Background<>(threads, () -> {
            block.run();
            return null;
        });
    }

    /** Starts a thread that runs the block, and waits until it is blocked; fails the test if it ends before that. */
    public static Background<Void> blockedIn(Action block) {
        return blockedIn(Kind::daemon, block);
    }

    /** The same on a thread of the given kind. */
    public static Background<Void> blockedIn(Function<Runnable, Thread> threads, Action block) {
        Background<Void> background = run(threads, block);
        background.untilBlocked();
        return background;
    }

    public void untilBlocked() {
        Poll.untilBlocked(thread);
        if (hasEnded()) {
            throw new AssertionError("ended in place of blocking, on " + thread, thrown);
        }
    }

    public Thread thread() {
        return thread;
    }

    public void interrupt() {
        thread.interrupt();
    }

    public boolean hasEnded() {
        return end.getCount() == 0;
    }

    /** Waits for the end, and returns what the block returned; fails the test if it threw. */
    public T join() {
        await();
        if (thrown != null) {
            throw new AssertionError("on " + thread, thrown);
        }
        return result;
    }

    /** Waits for the end, and returns what the block threw; fails the test if it returned. */
    public Throwable thrown() {
        await();
        if (thrown == null) {
            throw new AssertionError("returned, on " + thread);
        }
        return thrown;
    }

    /** Waits for the end, and returns what the block threw, or null. */
    public Throwable outcome() {
        await();
        return thrown;
    }

    /** Waits for the end, and returns whether the block left its thread's interrupt status set. */
    public boolean leftInterrupted() {
        await();
        return interrupted;
    }

    /** Waits for the end of the block and of its thread, uninterruptibly. */
    private void await() {
        try {
            Poll.await(end);
        } catch (AssertionError e) {
            AssertionError late = new AssertionError("not ended in time: " + thread, e);
            late.setStackTrace(thread.getStackTrace());
            throw late;
        }
        Poll.until("terminated: " + thread, () -> !thread.isAlive());
    }
}
