package dev.supervisor;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A body that waits until it is released, or interrupted. */
final class WaitingBody implements Callable<String>, Runnable {

    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    @Override
    public String call() throws InterruptedException {
        begun.countDown();
        try {
            if (!released.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("neither released nor interrupted");
            }
            return "released";
        } catch (InterruptedException e) {
            told.countDown();
            throw e;
        }
    }

    @Override
    public void run() {
        try {
            call();
        } catch (InterruptedException e) {
            // It ends.
        }
    }

    Future<String> submitTo(ExecutorService view) {
        Future<String> future = view.submit((Callable<String>) this);
        Poll.await(begun);
        return future;
    }

    void release() {
        released.countDown();
    }

    boolean wasTold() {
        return told.getCount() == 0;
    }
}
