package dev.supervisor;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;

/**
 * How we block: on a {@link CountDownLatch}, and on a worker of a {@link ForkJoinPool} in such a way that the pool can
 * replace the worker meanwhile. Nothing but an interrupt is ever thrown out of a wait.
 */
final class Waits {

    private static final long FOREVER = Long.MAX_VALUE;

    private Waits() { }

    static void await(CountDownLatch gate) throws InterruptedException {
        await(gate, FOREVER);
    }

    /**
     * Waits for a limited time.
     *
     * @param nanos the time in nanoseconds
     * @return whether the gate is open
     */
    static boolean await(CountDownLatch gate, long nanos) throws InterruptedException {
        if (!(Thread.currentThread() instanceof ForkJoinWorkerThread worker)) {
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

    /**
     * Waits, whatever interrupts come.
     *
     * @return whether any came; the status is clear then
     */
    static boolean awaitUninterruptibly(CountDownLatch gate) {
        boolean interrupted = false;
        for (;;) {
            try {
                await(gate);
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (OutOfMemoryError noMemory) {
                Exit.awaitMemory();
            }
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
