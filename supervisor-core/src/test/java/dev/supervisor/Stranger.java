package dev.supervisor;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A thread that the supervisor under test knows nothing of: a daemon, which {@link #join()} waits for with a deadline.
 * What it threw fails the test.
 *
 * @param <T> what it returns
 */
final class Stranger<T> {

    private final FutureTask<T> outcome;
    private final Thread thread;

    private Stranger(Callable<T> body) {
        outcome = new FutureTask<>(body);
        thread = Kind.daemon(outcome);
    }

    /** Starts a thread that runs the action. */
    static Stranger<Void> run(Action body) {
        return call(() -> {
            body.run();
            return null;
        });
    }

    /** Starts a thread that calls the body. */
    static <T> Stranger<T> call(Callable<T> body) {
        Stranger<T> stranger = new Stranger<>(body);
        stranger.thread.start();
        return stranger;
    }

    Thread thread() {
        return thread;
    }

    boolean hasEnded() {
        return outcome.isDone();
    }

    /** Waits until it has ended, and returns what it returned. */
    T join() {
        try {
            T result = outcome.get(Poll.DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
            thread.join(Poll.DEADLINE.toMillis());
            return result;
        } catch (ExecutionException e) {
            throw new AssertionError("on " + thread, e.getCause());
        } catch (TimeoutException e) {
            AssertionError late = new AssertionError("not ended within " + Poll.DEADLINE + ": " + thread);
            late.setStackTrace(thread.getStackTrace());
            throw late;
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for " + thread, e);
        }
    }
}
