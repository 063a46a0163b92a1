package dev.supervisor.engine;

import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscLinkedVarHandleQueue;
import org.jspecify.annotations.Nullable;

/** The one implementation of {@link Completions}. */
final class CompletionQueue<T extends @Nullable Object> extends Completions<T> {

    /*
     * Finished tasks travel through a JCTools MPSC queue, whose producers are the threads that complete tasks.
     *
     * A consumer that finds nothing publishes a latch in `waiter`, then looks again (queue and count), then waits. A
     * producer offers, then reads `waiter`. The offer ends with a release store, so a full fence stands between: either
     * the producer sees the latch, or the consumer sees the task (Dekker). The queue's relaxedPoll reports nothing,
     * rather than spin, while a producer is in the middle of its offer; that producer has yet to read `waiter`.
     *
     * The order (E9). The thread whose task has ended offers it, before it does anything else that could end a task: an
     * abort for a fatal error comes later (Completion). A thread that drops a task offers it before another thread can
     * take the task over (TaskState, 4). Two aborts may complete each other's tasks, so an offer that is made by the
     * completion could come late, from the other one. The consumer is woken by the completion all the same, for it
     * waits like others, and an abort asks every task before it wakes any thread (C2).
     *
     * A timed poll ends when the supervisor is finished and none is pending. It reads that it is finished first: from
     * then on no spawn succeeds, and a spawn that is counted and will be refused wakes the consumer. A consumer that
     * waits with none pending publishes itself in IDLE, then sets the supervisor's `idlePolls`, then looks again. The
     * thread that brings about the end reads `idlePolls` after that (Dekker), then IDLE. None becomes pending or ceases
     * to be, but by what wakes the consumer.
     */
    private static final VarHandle SPAWNED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "spawned", VarHandle.class, CompletionQueue.class, long.class);
    private static final VarHandle CONSUMER = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "consumer", VarHandle.class, CompletionQueue.class, Thread.class);

    /** Those whose consumer waits in a timed poll with none pending, of all supervisors. */
    private static final Set<CompletionQueue<?>> IDLE = ConcurrentHashMap.newKeySet();

    private final Scope scope;
    private final MessagePassingQueue<Task<T>> finished = new MpscLinkedVarHandleQueue<>();

    /** How many were spawned. */
    private volatile long spawned;
    /** How many of them were handed over; written by the consumer, without a call, for it has a task in hand. */
    private volatile long taken;
    /** What the consumer waits on, or null. */
    private volatile @Nullable CountDownLatch waiter;
    /** The thread that is taking, or null. */
    private volatile @Nullable Thread consumer;

    CompletionQueue(Scope scope) {
        this.scope = scope;
    }

    @Override
    public Supervisor supervisor() {
        return scope;
    }

    @Override
    public Task<T> spawn(Callable<? extends T> body) {
        return admit(null, body);
    }

    @Override
    public Task<T> spawn(String name, Callable<? extends T> body) {
        return admit(Objects.requireNonNull(name, "name"), body);
    }

    @Override
    @SuppressWarnings("NullAway")   // a wait for ever returns with a task
    public Task<T> take() throws InterruptedException {
        return next(Waits.FOREVER, true);
    }

    @Override
    public @Nullable Task<T> poll() {
        beginTaking();
        try {
            return pollFinished();
        } finally {
            consumer = null;
        }
    }

    @Override
    public @Nullable Task<T> poll(Duration timeout) throws InterruptedException {
        return next(Math.max(0, Options.nanos(timeout)), false);
    }

    @Override
    public long pending() {
        long before = taken;   // first: it is never more than what was spawned
        return spawned - before;
    }

    private SupervisedTask<T> admit(@Nullable String name, Callable<? extends T> body) {
        Objects.requireNonNull(body, "body");
        Handover<T> handover = new Handover<>(this);
        StackRoom.ensureForStep();   // for taking the count back
        SPAWNED.getAndAdd(this, 1L);
        try {
            SupervisedTask<T> task = Admission.admit(scope, name, body, handover);
            handover.returned = true;   // no call before the return, but for one that was dropped
            if (handover.state == Handover.DROPPED) {
                handover.returnedDropped(task);
            }
            return task;
        } catch (Throwable thrown) {   // there is room for these calls; no other before the count is right
            int s = handover.state;
            while (s <= Handover.DROPPED && !Handover.STATE.compareAndSet(handover, s, Handover.REVOKED)) {
                s = handover.state;
            }
            if (s <= Handover.DROPPED || s == Handover.BY_SPAWNER && !handover.offered) {   // the body has not ended
                SPAWNED.getAndAdd(this, -1L);
            }
            wakeConsumer();   // also for a task that was offered before this thread was cut off
            throw thrown;
        }
    }

    private @Nullable Task<T> next(long nanos, boolean onlyPending) throws InterruptedException {
        long start = System.nanoTime();
        beginTaking();
        boolean idle = false;
        try {
            CountDownLatch latch = null;
            for (;;) {
                Task<T> task = pollFinished();
                if (task != null) {
                    return task;
                }
                if (onlyPending) {
                    SelfWait.ensureOthersPending(this);
                } else if (isOver()) {
                    return null;
                }
                if (latch == null) {
                    Abort.recover(scope);   // perhaps a thread that ran one was cut off
                    latch = new CountDownLatch(1);
                    waiter = latch;   // decides Race21_TakeCompletion
                    if (!idle && !onlyPending && pending() == 0) {
                        idle = IDLE.add(this);
                        scope.idlePolls = true;   // after it
                    }
                    continue;   // to look again, now that producers see the latch
                }
                long remaining = nanos == Waits.FOREVER ? nanos : nanos - (System.nanoTime() - start);
                if (remaining <= 0 || !Waits.awaitInBody(latch, remaining)) {
                    return pollFinished();
                }
                latch = null;
            }
        } finally {
            if (idle) {
                IDLE.remove(this);
            }
            waiter = null;
            consumer = null;
        }
    }

    /** Whether there is nothing more to come. */
    private boolean isOver() {
        return scope.census.isFinished() && pending() == 0;   // in this order
    }

    /** The supervisor is finished: consumers that wait for what will never come are woken. */
    static void finished(Scope scope) {
        if (scope.idlePolls) {
            StackRoom.ensureForStep();   // for waking (Waits.open)
            for (CompletionQueue<?> completions : IDLE) {
                if (completions.scope == scope) {
                    completions.wakeConsumer();
                }
            }
        }
    }

    private @Nullable Task<T> pollFinished() {
        StackRoom.ensureForStep();   // for the whole poll
        Task<T> task = finished.relaxedPoll();
        if (task != null) {
            taken = taken + 1;
        }
        return task;
    }

    /** Offers a task that the current thread has dropped, if it was spawned through completions; wakes no thread. */
    static void enqueueDropped(ObservedTask task) {
        if (Callback.oldestOf(task.newestCallback()) instanceof Handover<?> handover) {
            handover.dropped((SupervisedTask<?>) task);
        }
    }

    /** Whether this task, which is not done, will be handed over here. */
    boolean isToBeHandedOver(SupervisedTask<?> task) {
        return Callback.oldestOf(task.newestCallback()) instanceof Handover<?> handover
                && handover.completions == this;
    }

    private void beginTaking() {
        Thread me = Thread.currentThread();
        Thread other = (Thread) CONSUMER.compareAndExchange(this, null, me);
        if (other != null) {
            throw new IllegalStateException("Thread " + other.getName() + " is taking from these completions of "
                    + scope + "; only one thread may take at a time");
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
         * Dropped against returned is a store/load pair (Dekker): the thread that drops the task sets DROPPED, then
         * reads `returned`; the spawner sets `returned`, then reads `state`. The one that sees the other may hand over,
         * by a CAS to HANDED_OVER or BY_SPAWNER. In HANDED_OVER the thread that has the task in hand, one at a time,
         * offers it if that was not done. In BY_SPAWNER the spawner alone does, perhaps at the same time.
         */
        private static final int SPAWNING = 0;
        private static final int DROPPED = 1;
        /** It is handed over, or about to be, by one or the other; it does not count. All three for good. */
        private static final int HANDED_OVER = 2;
        private static final int BY_SPAWNER = 3;
        private static final int REVOKED = 4;

        private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
                MethodHandles.lookup(), "state", VarHandle.class, Handover.class, int.class);

        final CompletionQueue<T> completions;
        volatile int state;
        /** The spawn has returned. */
        volatile boolean returned;
        /** Touched only by the thread that is to hand it over. */
        private boolean offered;

        Handover(CompletionQueue<T> completions) {
            this.completions = completions;
        }

        /** Called by one thread at a time, and again if it was cut off. */
        @Override
        public void ended(SupervisedTask<?> task) {
            boolean dropped = task.phase() == TaskState.DROPPED;
            if (dropped ? claimDropped() : state == HANDED_OVER || cas(SPAWNING, HANDED_OVER)) {
                offer(task);
                completions.wakeConsumer();
            }
        }

        /** The calling thread has dropped the task, and no other can complete it yet. */
        void dropped(SupervisedTask<?> task) {
            if (claimDropped()) {
                offer(task);
            }
        }

        /** The spawn has returned, and the task was dropped before. */
        void returnedDropped(Task<T> task) {
            if (cas(DROPPED, BY_SPAWNER)) {
                offer(task);
                completions.wakeConsumer();
            }
        }

        /** Whether the thread that has a dropped task in hand is to hand it over: not before its spawn returns. */
        private boolean claimDropped() {
            return state == HANDED_OVER
                    || (cas(SPAWNING, DROPPED) || state == DROPPED) && returned && cas(DROPPED, HANDED_OVER);
        }

        @SuppressWarnings("unchecked")
        private void offer(Task<?> task) {
            if (!offered) {
                StackRoom.ensureForStep();   // for the whole offer
                completions.finished.offer((Task<T>) task);
                offered = true;   // no call between the two
                VarHandle.storeStoreFence();   // before the plain store by which the task can be taken over
            }
        }

        private boolean cas(int expected, int update) {
            return STATE.compareAndSet(this, expected, update);
        }
    }
}
