package dev.supervisor;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Bodies for tests of {@link Tasks}, and how far they have come. */
final class Bodies {

    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    private interface Wait<T> {
        T run() throws Exception;
    }

    /** One that only an interrupt ends. */
    <T> Callable<T> hanging() {
        return counted(() -> {
            try {
                return awaitRelease(null);
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw e;
            }
        });
    }

    /** One that returns when it was released; no interrupt ends it. */
    <T> Callable<T> stubborn(T result) {
        return counted(() -> {
            while (true) {
                try {
                    return awaitRelease(result);
                } catch (InterruptedException e) {
                    interrupted.incrementAndGet();
                }
            }
        });
    }

    /** One that fails when it is interrupted, since its clean-up does. */
    <T> Callable<T> failingCleanUp(Exception failure) {
        return counted(() -> {
            try {
                return awaitRelease(null);
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw failure;
            }
        });
    }

    /** One that throws as soon as so many have begun, itself included. */
    <T> Callable<T> failing(int others, Throwable failure) {
        return counted(() -> {
            untilBegun(others);
            throw Sneaky.<Exception>sneakyThrow(failure);
        });
    }

    /** One that returns as soon as so many have begun, itself included. */
    <T> Callable<T> returning(int others, T result) {
        return counted(() -> {
            untilBegun(others);
            return result;
        });
    }

    private <T> Callable<T> counted(Wait<T> wait) {
        return () -> {
            begun.incrementAndGet();
            try {
                return wait.run();
            } finally {
                ended.incrementAndGet();
            }
        };
    }

    private <T> T awaitRelease(T result) throws InterruptedException {
        if (!release.await(Poll.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("not released within " + Poll.DEADLINE);
        }
        return result;
    }

    void release() {
        release.countDown();
    }

    void untilBegun(int number) {
        Poll.until(number + " have begun", () -> begun.get() >= number);
    }

    void untilInterrupted(int number) {
        Poll.until(number + " are interrupted", () -> interrupted.get() >= number);
    }

    int begun() {
        return begun.get();
    }

    int ended() {
        return ended.get();
    }

    int interrupted() {
        return interrupted.get();
    }
}
