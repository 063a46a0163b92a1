package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscLinkedVarHandleQueue;
import org.jspecify.annotations.Nullable;

/**
 * Finished tasks in the order of their completion (E9): spawn through it, and take each task as it finishes, whatever
 * its outcome. The counterpart of {@link java.util.concurrent.ExecutorCompletionService}.
 *
 * <p>Any thread may spawn; one thread at a time may take. Each task that was spawned here is handed over exactly once.
 * What has not been taken is all that is retained.
 *
 * @param <T> the type of the results
 */
public final class Completions<T extends @Nullable Object> {

    /*
     * Finished tasks travel through a JCTools MPSC queue, whose producers are the threads that complete tasks.
     *
     * A consumer that finds nothing publishes a latch in `waiter`, then looks again (queue and count), then waits. A
     * producer offers, then reads `waiter`. The offer ends with a release store, so a full fence stands between: either
     * the producer sees the latch, or the consumer sees the task (Dekker). The queue's relaxedPoll reports nothing,
     * rather than spin, while a producer is in the middle of its offer; that producer has yet to read `waiter`.
     */
    private static final VarHandle SPAWNED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "spawned", VarHandle.class, Completions.class, long.class);
    private static final VarHandle CONSUMER = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "consumer", VarHandle.class, Completions.class, Thread.class);

    private final Supervisor supervisor;
    private final MessagePassingQueue<Task<T>> finished = new MpscLinkedVarHandleQueue<>();

    /** How many were spawned. */
    private volatile long spawned;
    /** How many of them were handed over; written by the consumer, without a call, for it has a task in hand. */
    private volatile long taken;
    /** What the consumer waits on, or null. */
    private volatile @Nullable CountDownLatch waiter;
    /** Who is taking, or null. */
    private volatile @Nullable Thread consumer;

    Completions(Supervisor supervisor) {
        this.supervisor = supervisor;
    }

    /**
     * The supervisor that runs the tasks.
     *
     * @return the supervisor
     */
    public Supervisor supervisor() {
        return supervisor;
    }

    /**
     * Spawns a task that will be handed over once it is done.
     *
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does; the task does not count then
     */
    public Task<T> spawn(Callable<? extends T> body) {
        return admit(null, body);
    }

    /**
     * Spawns a task with a name.
     *
     * @param name the name of the task
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link Supervisor#spawn(Callable)} does; the task does not count then
     */
    public Task<T> spawn(String name, Callable<? extends T> body) {
        return admit(Objects.requireNonNull(name, "name"), body);
    }

    /**
     * Waits for the next finished task.
     *
     * @return the task
     * @throws NoSuchElementException if none is pending: every task that was spawned here has been handed over
     * @throws InterruptedException if the calling thread was interrupted; nothing is lost
     * @throws IllegalStateException if another thread is taking; or if the calling thread is inside of every task that
     *     is pending here, in its body or in a task of a supervisor that was opened in it: it would wait for itself
     *     (C8)
     */
    @SuppressWarnings("NullAway")   // whoever waits for ever has a task when it returns
    public Task<T> take() throws InterruptedException {
        return next(Waits.FOREVER, true);
    }

    /**
     * The next finished task, if there is one; never waits, so a task may poll where it could not {@link #take}.
     *
     * @return the task, or {@code null}
     * @throws IllegalStateException if another thread is taking
     */
    public @Nullable Task<T> poll() {
        beginTaking();
        try {
            return pollFinished();
        } finally {
            consumer = null;
        }
    }

    /**
     * Waits for the next finished task, for a limited time.
     *
     * @param timeout how long to wait
     * @return the task, or {@code null} if the time is over; with none pending it still waits, as one may be spawned; a
     *     time that is zero or negative only looks
     * @throws InterruptedException if the calling thread was interrupted; nothing is lost
     * @throws IllegalStateException if another thread is taking
     */
    public @Nullable Task<T> poll(Duration timeout) throws InterruptedException {
        long nanos;
        try {
            nanos = timeout.toNanos();
        } catch (ArithmeticException tooLong) {
            nanos = timeout.isNegative() ? 0 : Long.MAX_VALUE;
        }
        return next(Math.max(0, nanos), false);
    }

    /**
     * How many tasks were spawned here and have not been handed over.
     *
     * @return the number of tasks that can still be taken, finished or not
     */
    public long pending() {
        long before = taken;   // first: it is never more than what was spawned
        return spawned - before;
    }

    private SupervisedTask<T> admit(@Nullable String name, Callable<? extends T> body) {
        Objects.requireNonNull(body, "body");
        Handover<T> handover = new Handover<>(this);
        SPAWNED.getAndAdd(this, 1L);
        try {
            SupervisedTask<T> task = supervisor.admit(name, body, handover);
            handover.returned = true;   // no call before the return, but for one that was dropped
            if (handover.state == Handover.DROPPED) {
                handover.returnedDropped(task);
            }
            return task;
        } catch (Throwable thrown) {
            handover.refused();
            throw thrown;
        }
    }

    private @Nullable Task<T> next(long nanos, boolean onlyPending) throws InterruptedException {
        long start = System.nanoTime();
        beginTaking();
        try {
            CountDownLatch latch = null;
            for (;;) {
                Task<T> task = pollFinished();
                if (task != null) {
                    return task;
                }
                if (onlyPending) {
                    ensureOthersPending();
                }
                if (latch == null) {
                    latch = new CountDownLatch(1);
                    waiter = latch;
                    continue;   // to look again, now that producers see the latch
                }
                long left = nanos == Waits.FOREVER ? nanos : nanos - (System.nanoTime() - start);
                if (left <= 0 || !Waits.awaitInBody(latch, left)) {
                    return pollFinished();
                }
                latch = null;
            }
        } finally {
            waiter = null;
            consumer = null;
        }
    }

    private @Nullable Task<T> pollFinished() {
        Task<T> task = finished.relaxedPoll();
        if (task != null) {
            taken = taken + 1;
        }
        return task;
    }

    /** Refuses to wait for what will never come: for nothing, or for tasks that end only after this wait (C8). */
    private void ensureOthersPending() {
        long pending = pending();
        if (pending == 0) {
            throw new NoSuchElementException("Every task that was spawned through these completions of "
                    + supervisor + " has been handed over; spawn before you take");
        }
        if (pending <= Inside.count(this)) {
            throw new IllegalStateException("All that is pending in these completions of " + supervisor
                    + " are tasks around the caller, who would wait for himself; let them return, after an abort() if"
                    + " every task is to end");
        }
    }

    /** Whether this task, which is not done, will be handed over here. */
    boolean isToBeHandedOver(SupervisedTask<?> task) {
        return Callback.oldestOf(task.callbacks) instanceof Handover<?> handover
                && handover.completions == this;
    }

    private void beginTaking() {
        Thread me = Thread.currentThread();
        Thread other = (Thread) CONSUMER.compareAndExchange(this, null, me);
        if (other != null) {
            throw new IllegalStateException("Thread " + other.getName() + " is taking from these completions of "
                    + supervisor + "; only one thread may take at a time");
        }
    }

    private void wakeConsumer() {
        VarHandle.fullFence();
        CountDownLatch latch = waiter;
        if (latch != null) {
            latch.countDown();
        }
    }

    /**
     * The first observer of each task. The task is handed over when it ends, but for one that was dropped before its
     * spawn has returned: whether it counts is known only then, and the spawner hands it over, or revokes it.
     */
    private static final class Handover<T extends @Nullable Object> implements Callback.Observer {

        /*
         * Dropped against returned is a store/load pair (Dekker): the completer says DROPPED, then reads `returned`;
         * the spawner sets `returned`, then reads `state`. Whoever sees the other may hand over, by a CAS to
         * HANDED_OVER.
         */
        private static final int SPAWNING = 0;
        private static final int DROPPED = 1;
        /** It is handed over, or about to be; it does not count. Both for good. */
        private static final int HANDED_OVER = 2;
        private static final int REVOKED = 3;

        private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
                MethodHandles.lookup(), "state", VarHandle.class, Handover.class, int.class);

        final Completions<T> completions;
        volatile int state;
        /** The spawn has returned. */
        volatile boolean returned;
        private volatile boolean offered;

        Handover(Completions<T> completions) {
            this.completions = completions;
        }

        /** Called by one thread at a time, and again if it was cut off. */
        @Override
        @SuppressWarnings("unchecked")
        public void ended(SupervisedTask<?> task) {
            boolean left = task.phase() == TaskState.DROPPED
                    && (cas(SPAWNING, DROPPED) || state == DROPPED) && !returned;
            if (!left && (state == HANDED_OVER || cas(SPAWNING, HANDED_OVER) || cas(DROPPED, HANDED_OVER))) {
                handOver((Task<T>) task);
            }
        }

        /** The spawn has returned, and the task was dropped before. */
        void returnedDropped(Task<T> task) {
            if (cas(DROPPED, HANDED_OVER)) {
                handOver(task);
            }
        }

        private void handOver(Task<T> task) {
            if (!offered) {
                completions.finished.offer(task);
                offered = true;   // no call between the two
            }
            completions.wakeConsumer();
        }

        /** The spawn throws: the task does not count, unless its body has ended by now. */
        void refused() {
            if (returned ? !offered : cas(SPAWNING, REVOKED) || cas(DROPPED, REVOKED)) {
                SPAWNED.getAndAdd(completions, -1L);
                completions.wakeConsumer();
            }
        }

        private boolean cas(int expected, int update) {
            return STATE.compareAndSet(this, expected, update);
        }
    }
}
