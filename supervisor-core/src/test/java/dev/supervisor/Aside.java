package dev.supervisor;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/**
 * A block that a test runs beside itself, on a thread of its own: a daemon, waited for with a deadline. It keeps what
 * the block returned or threw, and the interrupt status that the block left behind.
 *
 * @param <T> what the block returns
 */
final class Aside<T> {

    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread;
    private volatile T result;
    private volatile Throwable thrown;
    private volatile boolean interrupted;

    private Aside(Function<Runnable, Thread> threads, Callable<T> block) {
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
    static <T> Aside<T> call(Callable<T> block) {
        return new Aside<>(Kind::daemon, block);
    }

    /** Starts a thread that runs the block. */
    static Aside<Void> run(Action block) {
        return run(Kind::daemon, block);
    }

    /** Starts a thread of the given kind that runs the block. */
    static Aside<Void> run(Function<Runnable, Thread> threads, Action block) {
        return new Aside<>(threads, () -> {
            block.run();
            return null;
        });
    }

    Thread thread() {
        return thread;
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean ended() {
        return end.getCount() == 0;
    }

    /** Waits for the end, and returns what the block returned; fails the test if it threw. */
    T result() {
        await();
        if (thrown != null) {
            throw new AssertionError("on " + thread, thrown);
        }
        return result;
    }

    /** Waits for the end, and returns what the block threw; fails the test if it returned. */
    Throwable thrown() {
        await();
        if (thrown == null) {
            throw new AssertionError("returned, on " + thread);
        }
        return thrown;
    }

    /** Waits for the end, and returns what the block threw, or null. */
    Throwable outcome() {
        await();
        return thrown;
    }

    /** Waits for the end, and tells whether the block left its thread's interrupt status set. */
    boolean leftInterrupted() {
        await();
        return interrupted;
    }

    /** Waits for the end of the block and of its thread, whatever interrupts the waiting thread has. */
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
