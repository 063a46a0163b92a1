package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/** How many more tasks a supervisor with a limit may have (S9). */
final class Permits {

    /*
     * A spawner takes a permit by compare-and-set before it counts its task in. The thread that counts the task out
     * returns it just before; there are no calls but these two between the return and the mark in the task, so a
     * completion that was cut off is begun again without a second return (Completion). A spawn that is undone before
     * its task was counted in returns it itself.
     *
     * Only a spawner that finds none, and may wait, comes to the queue. It adds its gate, then looks for a permit; a
     * thread that returns one does so before it looks for gates (Dekker): one of the two sees the other. A thread that
     * ends admission does that, too, before it looks for gates. (Race26a_LastPermit, Race26b_BlockedSpawner.)
     *
     * Each return wakes one spawner: the one whose gate the returning thread removes. That spawner tries to take a
     * permit, or, if it gives up, wakes the next one. A spawner that removes its gate itself was not counted on. A gate
     * is opened before it is removed, so a thread that is cut off in between leaves no spawner asleep.
     *
     * Why there is no lock: a thread whose stack is almost full can find that ReentrantLock.lock() has thrown, and the
     * lock is its own for good.
     */
    static final VarHandle FREE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "free", VarHandle.class, Permits.class, int.class);

    volatile int free;
    /** Of the spawners that wait; who waits longest comes first. */
    private final Queue<CountDownLatch> gates = new ConcurrentLinkedQueue<>();

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

    /**
     * Waits until there may be a permit; false if the supervisor takes no task from outside any more. If it throws an
     * InterruptedException, the status is set again.
     */
    boolean await(Scope scope) throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        boolean admitted = false;
        try {
            gates.add(gate);
            if (free == 0 && scope.admitsStrangers()) {   // after the add: decides Race26b_BlockedSpawner
                Waits.await(gate, Waits.FOREVER);
            }
            return admitted = scope.admitsStrangers();
        } catch (InterruptedException e) {
            Window.setStatus();
            throw e;
        } finally {
            if (!gates.remove(gate) && !admitted) {
                wakeOne();
            }
        }
    }

    /** After a permit was returned. */
    void wakeOne() {
        for (CountDownLatch gate; (gate = gates.peek()) != null;) {
            Waits.open(gate);
            if (gates.remove(gate)) {
                return;
            }
        }
    }

    /** After admission was ended. Not until there is no gate: a spawner that was woken for nothing adds another one. */
    void wakeAll() {
        for (int left = gates.size(); left > 0; left--) {
            wakeOne();
        }
    }
}
