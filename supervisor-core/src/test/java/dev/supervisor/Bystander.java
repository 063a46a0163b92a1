package dev.supervisor;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assertions;

/** A thread beside the test's own, which does one thing and notes how that ended. */
final class Bystander {

    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Throwable thrown;
    private volatile boolean interrupted;

    private Bystander(Action action) {
        thread = Kind.daemon(() -> {
            try {
                action.run();
            } catch (Throwable e) {
                thrown = e;
            }
            interrupted = Thread.interrupted();
            ended.countDown();
        });
    }

    /** Starts a daemon thread that runs the action. */
    static Bystander run(Action action) {
        Bystander bystander = new Bystander(action);
        bystander.thread.start();
        return bystander;
    }

    /** Starts one and waits until it is blocked; fails if it is through before that. */
    static Bystander blockedIn(Action action) {
        Bystander bystander = run(action);
        bystander.untilBlocked();
        return bystander;
    }

    void untilBlocked() {
        Poll.untilBlocked(thread);
        Assertions.assertFalse(hasEnded(), () -> "did not block" + (thrown == null ? "" : " but threw " + thrown));
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** What the action has thrown, or null; waits for its end. */
    Throwable thrown() {
        Poll.await(ended);
        return thrown;
    }

    /** Waits for the action's end, which must be a normal one. */
    void awaitNormalEnd() {
        Throwable failure = thrown();
        if (failure != null) {
            throw new AssertionError("the other thread has thrown", failure);
        }
    }

    /** Whether the thread's interrupt status was set when the action ended; waits for its end. */
    boolean leftInterrupted() {
        Poll.await(ended);
        return interrupted;
    }
}
