package dev.supervisor.engine;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How we block: on a {@link CountDownLatch}, and on a worker of a {@link ForkJoinPool} in such a way that the pool can
 * replace the worker meanwhile. Nothing but an interrupt is ever thrown out of a wait.
 */
final class Waits {

    static final long FOREVER = Long.MAX_VALUE;

    private Waits() { }

    /**
     * Waits, for a limited time or {@link #FOREVER}.
     *
     * @param nanos the time in nanoseconds; if there is none, this method looks and returns
     * @return whether the gate is open
     */
    static boolean await(CountDownLatch gate, long nanos) throws InterruptedException {
        if (nanos <= 0 || !(Thread.currentThread() instanceof ForkJoinWorkerThread worker)) {
            return park(gate, nanos);
        }
        long deadline = nanos == FOREVER ? FOREVER : System.nanoTime() + nanos;
        try {
            ForkJoinPool.managedBlock(new Blocker(gate, worker.getPool(), deadline));
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable refused) {
            // The pool cannot replace this worker, or its thread factory has thrown: it waits uncompensated.
        }
        return park(gate, deadline == FOREVER ? FOREVER : deadline - System.nanoTime());
    }

    /** As {@link #await}, in the code of a body or a block, to which the interrupt that ends it belongs. */
    static boolean awaitInBody(CountDownLatch gate, long nanos) throws InterruptedException {
        try {
            return await(gate, nanos);
        } catch (InterruptedException e) {
            WindowStack.endedByInterrupt();
            throw e;
        }
    }

    /**
     * Opens the gate, and wakes all who wait there. These are two steps of the latch, and whoever opens it once more does
     * not wake: so a thread that has no room for both does neither.
     *
     * @throws StackOverflowError if there is no room; then it may be tried again
     */
    static void open(CountDownLatch gate) {
        StackRoom.ensureForStep();
        gate.countDown();
    }

    /** Parks for a moment, or spins if there is no memory for that (to load a class, to park a virtual thread). */
    static void pause(long nanos) {
        try {
            LockSupport.parkNanos(nanos);
        } catch (OutOfMemoryError noMemory) {
            Thread.onSpinWait();
        }
    }

    private static boolean park(CountDownLatch gate, long nanos) throws InterruptedException {
        if (nanos == FOREVER) {
            gate.await();
            return true;
        }
        return gate.await(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Gives up on a pool that is stopping, on which {@code managedBlock} would spin. One that is only shut down goes on
     * with what it has queued, and replaces workers that block.
     */
    private record Blocker(CountDownLatch gate, ForkJoinPool pool, long deadline)
            implements ForkJoinPool.ManagedBlocker {

        @Override
        public boolean isReleasable() {
            return gate.getCount() == 0 || pool.isTerminating() || pool.isTerminated();
        }

        @Override
        public boolean block() throws InterruptedException {
            park(gate, deadline == FOREVER ? FOREVER : deadline - System.nanoTime());
            return true;
        }
    }
}
