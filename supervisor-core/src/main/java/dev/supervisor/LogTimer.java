package dev.supervisor;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs something a second later, by the JVM's timer, on a daemon thread that is made for it. */
final class LogTimer implements Executor {

    /*
     * The timer behind CompletableFuture.delayedExecutor is one thread for the whole JVM.
     *
     * 1. All that runs on it is the start of another thread: a logger may block. It is not the common pool, which
     *    others may keep busy for longer than a second.
     * 2. Whoever uses it first in the JVM starts its thread, which stays, and inherits from the thread that starts it:
     *    the context class loader, inheritable thread-locals, and before JDK 24 what stands on the stack, by its
     *    access control context. Any of these can keep a class loader for good. So it is asked by a thread that has
     *    nothing of this, on whose stack is nothing but the JDK: a worker of a pool that a thread without
     *    thread-locals makes.
     * 3. That first thread is also for a failure at a full stack, which is not to overflow in a timer that all share,
     *    nor while its classes are used for the first time.
     */
    private static final Executor DELAYED = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, new Starter());

    @Override
    public void execute(Runnable later) {
        start(new Request(later));
    }

    private static void start(Runnable runnable) {
        Thread thread = new Thread(null, runnable, "supervisor-log", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    /** Starts a thread for what the timer hands over. */
    private static final class Starter implements Executor {
        @Override
        public void execute(Runnable due) {
            try {
                start(due);
            } catch (Throwable noThread) {
                due.run();   // here, rather than never
            }
        }
    }

    /** Asks the timer. (No lambda: see FirstUse.) */
    record Request(Runnable later) implements Runnable, Supplier<@Nullable Void> {

        @Override
        public void run() {
            ForkJoinPool pool = null;
            try {
                pool = new ForkJoinPool(1);
                CompletableFuture<@Nullable Void> asks = new CompletableFuture<>();
                asks.thenRunAsync(later, DELAYED);   // done by who completes it
                asks.completeAsync(this, pool);
            } catch (Throwable refused) {
                later.run();   // now, rather than never
            } finally {
                if (pool != null) {
                    pool.shutdown();
                }
            }
        }

        @Override
        public @Nullable Void get() {
            return null;
        }
    }
}
