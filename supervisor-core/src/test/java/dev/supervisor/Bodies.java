package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Bodies for tests of {@link Tasks}, and how far they have come. After each test they are released, and the test's
 * thread must not be interrupted.
 */
final class Bodies implements AfterEachCallback {

    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    private interface Wait<T> {
        T run() throws Exception;
    }

    @Override
    public void afterEach(ExtensionContext test) {
        release();
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** All that is handed over. */
    static <T> List<T> drained(Results<? extends T> results) {
        List<T> all = new ArrayList<>();
        try (results) {
            results.forEach(all::add);
        }
        return all;
    }

    static <T> Callable<T> cancelsItself() {
        return () -> {
            throw new CancellationException("on purpose");
        };
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
