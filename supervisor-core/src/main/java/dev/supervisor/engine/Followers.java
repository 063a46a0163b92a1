package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What observes a task besides its callbacks: the latch of the threads that wait for it, and its futures. There is one
 * for a task, made with the first of them. From then on it is the first node of the task's list, so it is found at
 * once.
 */
final class Followers extends Callback {

    /*
     * `observer` of this node is the latch. `next` leads to the callbacks that were registered before this node,
     * `later` to those after; so none is pushed before it.
     *
     * A future that another thread completes is of no use to the task any more. Its node is cleared at once, which lets
     * go of the future. A sweep takes cleared nodes out, when there are half as many as remained after the last sweep,
     * and LEAST at the least. So besides the newest node there are never more cleared ones than LEAST, or than others;
     * and nodes that were pushed or cleared since the last sweep pay for the next.
     *
     * 1. `untilSweep` is the number of nodes to be cleared until then. A thread that clears one counts it down, and one
     *    thread finds that it was the last. That thread sweeps, and then adds the number for the next time; before that
     *    no other thread comes from one to zero. If so many were cleared meanwhile that the sum is not above zero, it
     *    sweeps again.
     * 2. A sweep sets `next` of a node to an older node, past cleared ones, which stay cleared. (The newest node stays,
     *    since `futures` leads to it.) A thread that goes through the list meanwhile reads the one `next` or the other.
     *    By both it comes to each node that is not cleared: those that were taken out keep their own `next`. What it
     *    reads was pushed before the node where it stands, hence before it has read `futures`.
     *    (Race10c_FutureSwept, Lincheck10_FollowersTest.)
     */
    private static final int LEAST = 16;

    private static final VarHandle LATER = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "later", VarHandle.class, Followers.class, Callback.class);
    private static final VarHandle FUTURES = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "futures", VarHandle.class, Followers.class, Callback.class);
    private static final VarHandle UNTIL_SWEEP = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "untilSweep", VarHandle.class, Followers.class, int.class);

    /** Both newest first, as all lists of nodes. */
    volatile @Nullable Callback later;
    volatile @Nullable Callback futures;
    private volatile int untilSweep = LEAST;

    Followers(@Nullable Callback earlier) {
        super(null);
        next = earlier;
    }

    void addLater(Callback node) {
        Callback newest;
        do {
            newest = later;
            node.next = newest;
        } while (!LATER.compareAndSet(this, newest, node));
    }

    void addFuture(Callback node) {
        Callback newest;
        do {
            newest = futures;
            node.next = newest;
        } while (!FUTURES.compareAndSet(this, newest, node));
    }

    /** The node of a future was cleared. */
    void cleared() {
        if ((int) UNTIL_SWEEP.getAndAdd(this, -1) == 1) {
            try {
                int next;
                do {
                    next = Math.max(LEAST, sweep() / 2);
                } while ((int) UNTIL_SWEEP.getAndAdd(this, next) + next <= 0);
            } catch (Throwable overflow) {
                untilSweep = LEAST;   // no call
                throw overflow;
            }
        }
    }

    /** Takes cleared nodes out; returns how many remain. */
    private int sweep() {
        int remaining = 0;
        for (Callback node = futures; node != null; node = node.next) {
            Callback behind = node.next;
            while (behind != null && behind.isCleared()) {
                behind = behind.next;
            }
            node.next = behind;   // decides Race10c_FutureSwept
            remaining++;
        }
        return remaining;
    }
}
