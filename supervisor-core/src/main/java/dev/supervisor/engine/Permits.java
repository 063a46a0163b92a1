package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How many more tasks a supervisor with a limit may have (S9). */
final class Permits {

    /*
     * A spawner takes a permit by compare-and-set before it counts its task in. The thread that counts the task out
     * returns it just before; there are no calls but these two between the return and the mark in the task, so a
     * completion that was cut off is begun again without a second return (Completion). A spawn that is undone before
     * its task was counted in returns it itself.
     *
     * Only a spawner that finds none, and may wait, comes to the lock. It raises `waiters`, then looks for a permit; a
     * thread that returns one does so before it reads `waiters` (Dekker): one of the two sees the other. What ends
     * admission for such a spawner is written before it wakes all. (Race26a_LastPermit, Race26b_BlockedSpawner.)
     */
    static final VarHandle FREE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "free", VarHandle.class, Permits.class, int.class);

    volatile int free;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Written in the lock. */
    private volatile int waiters;

    Permits(int max) {
        this.free = max;
    }

    boolean tryTake() {
        for (;;) {
            int left = free;
            if (left == 0) {
                return false;
            }
            if (FREE.compareAndSet(this, left, left - 1)) {   // decides Race26a_LastPermit
                return true;
            }
        }
    }

    /** Waits for a permit, and takes it; false if the supervisor takes no task of the current thread any more. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")   // in the lock
    boolean take(Scope scope) throws InterruptedException {
        boolean taken = false;
        lock.lockInterruptibly();
        try {
            waiters++;   // before the look: decides Race26b_BlockedSpawner
            while (!tryTake()) {
                if (!scope.lifecycle.admits() || scope.census.isFinished()) {
                    return false;
                }
                changed.await();
            }
            taken = true;
            return true;
        } finally {
            waiters--;
            try {
                if (free > 0 && waiters > 0) {
                    changed.signal();   // what this thread was woken for, and has not taken
                }
                taken = false;
            } finally {
                if (taken) {   // it was cut off
                    FREE.getAndAdd(this, 1);
                }
                lock.unlock();
            }
        }
    }

    /** After a permit was returned. */
    void wakeOne() {
        if (waiters > 0) {
            wake(false);
        }
    }

    /** After admission was ended. */
    void wakeAll() {
        if (waiters > 0) {
            wake(true);
        }
    }

    private void wake(boolean all) {
        lock.lock();
        try {
            if (all) {
                changed.signalAll();
            } else {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }
}
