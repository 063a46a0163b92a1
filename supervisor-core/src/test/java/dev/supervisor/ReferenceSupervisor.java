package dev.supervisor;

import dev.supervisor.Supervisor.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A second implementation of the contract, as simple as possible: one monitor and ordinary collections. It is the
 * oracle of {@link RandomHistoryTest}, and not for use: it does not scale, and its jobs keep what they have run.
 *
 * <p>All fields are guarded by {@code this}. User code (bodies, callbacks, the handler, the executor) is called outside
 * of the monitor. Not modelled: decorators, {@code Completions}, {@code run} and {@code call}.
 */
final class ReferenceSupervisor implements SupervisorUnderTest {

    private final String name;
    private final @Nullable Thread owner;
    private final Executor executor;
    final BiConsumer<String, Throwable> handler;
    private final Predicate<Throwable> fatalIf;

    final Set<ReferenceJob> live = new LinkedHashSet<>();
    private final Map<Thread, Deque<Window>> windows = new HashMap<>();

    private boolean exiting;
    private boolean sealed;
    private boolean aborting;
    /** A join or close has returned, or has thrown the fatal error. */
    private boolean left;
    /** The owner is in join or close, or has left: it is not in its block. */
    private boolean away;
    /** This supervisor has interrupted the owner, which happens once at most (C6). */
    private boolean ownerInterrupted;
    /** An exit has taken that interrupt back, if it was still pending. */
    private boolean ownerSettled;
    private @Nullable Throwable fatal;

    /** A stretch of code on one thread that belongs to a task: its body, or its callbacks. */
    static final class Window {

        final ReferenceJob job;
        final boolean body;
        /** An interrupt that was meant for a window around came while this window was open. */
        boolean missed;

        Window(ReferenceJob job, boolean body) {
            this.job = job;
            this.body = body;
        }
    }

    ReferenceSupervisor(String name, boolean owned, Executor executor, BiConsumer<String, Throwable> handler,
            Predicate<Throwable> fatalIf) {
        this.name = name;
        this.owner = owned ? Thread.currentThread() : null;
        this.executor = executor;
        this.handler = handler;
        this.fatalIf = fatalIf;
    }

    // ---- admission

    @Override
    public Job spawn(String name, Callable<?> body) {
        ReferenceJob job = new ReferenceJob(this, name, body);
        synchronized (this) {
            String refusal = refusal();
            if (refusal != null) {
                throw new RejectedExecutionException("Supervisor[" + this.name + "] " + refusal);
            }
            live.add(job);
            job.spawner = Thread.currentThread();
        }
        try {
            executor.execute(job);
            return job;
        } catch (Throwable refused) {
            job.cancelBeforeStart(); // A6: nothing to undo if the body has begun
            throw refused;
        } finally {
            synchronized (this) {
                job.spawner = null;
            }
        }
    }

    /** A3: the first reason that holds, or null. */
    private @Nullable String refusal() {
        if (left) {
            return "is finished";
        }
        if (aborting) {
            return "is shutting down";
        }
        if (sealed) {
            return "is sealed";
        }
        return exiting && live.isEmpty() ? "is finished" : null;
    }

    @Override
    public synchronized void seal() {
        sealed = true;
    }

    @Override
    public synchronized State state() {
        if ((exiting || sealed || aborting) && live.isEmpty()) {
            return State.FINISHED;
        }
        return aborting ? State.ABORTING : sealed ? State.SEALED : exiting ? State.EXITING : State.ENTERED;
    }

    @Override
    public synchronized long liveCount() {
        return live.size();
    }

    @Override
    public synchronized List<ReferenceJob> jobs() {
        return List.copyOf(live);
    }

    /** Whether this supervisor has interrupted the owner, and the owner has not begun an exit since. */
    synchronized boolean ownerInterruptPending() {
        return ownerInterrupted && !ownerSettled;
    }

    synchronized boolean hasFatal() {
        return fatal != null;
    }

    // ---- cancellation

    /** C2: asks every task to cancel, the caller's own last; then calls the callbacks of those that never started. */
    @Override
    public void abort() {
        List<ReferenceJob> neverStarted = new ArrayList<>();
        synchronized (this) {
            aborting = true;
            List<ReferenceJob> own = new ArrayList<>();
            for (ReferenceJob job : live) {
                if (job.runner == Thread.currentThread()) {
                    own.add(job);
                } else if (job.tell(true)) {
                    neverStarted.add(job);
                }
            }
            own.forEach(job -> job.tell(true));
        }
        neverStarted.forEach(job -> job.complete(false));
    }

    @Override
    public void shutdown() {
        refuseSelfJoin();
        abort();
        if (owner != Thread.currentThread()) {
            interruptOwner();
        }
        awaitUninterruptibly();
    }

    private synchronized void interruptOwner() {
        if (owner == null || away || ownerInterrupted) {
            return;
        }
        ownerInterrupted = true;
        owner.interrupt();
        stack(owner).forEach(window -> window.missed = true);
    }

    /**
     * C7: keeps the first fatal error, aborts, and interrupts the owner in its block. If no thread will exit any more,
     * the error goes to the uncaught-exception handler.
     */
    void keepIfFatal(Throwable failure) {
        if (!fatalIf.test(failure)) {
            return;
        }
        synchronized (this) {
            if (left) {
                reportUncaught(failure);
            } else if (fatal == null) {
                fatal = failure;
            }
        }
        abort();
        interruptOwner();
    }

    // ---- exit

    @Override
    public void join() throws InterruptedException {
        checkExit();
        synchronized (this) {
            if (left) {
                return;
            }
            leaveBlock();
            exiting = true;
            try {
                while (!live.isEmpty()) {
                    wait();
                }
                left = true;
            } finally {
                away = left;
            }
        }
        throwFatal();
    }

    @Override
    public void close() {
        checkExit();
        synchronized (this) {
            if (left) {
                return;
            }
            leaveBlock();
        }
        abort();
        awaitUninterruptibly();
        synchronized (this) {
            left = true;
        }
        throwFatal();
    }

    private void checkExit() {
        if (owner != null && owner != Thread.currentThread()) {
            throw new IllegalStateException("not the owner");
        }
        refuseSelfJoin();
    }

    private synchronized void refuseSelfJoin() {
        if (!stack(Thread.currentThread()).isEmpty()) {
            throw new IllegalStateException("called inside of a task that it would wait for");
        }
    }

    /** The owner leaves its block: an interrupt of ours that is still pending is taken back, once. */
    private void leaveBlock() {
        away = true;
        if (ownerInterrupted && !ownerSettled) {
            ownerSettled = true;
            Thread.interrupted();
        }
    }

    private synchronized void awaitUninterruptibly() {
        boolean interrupted = false;
        while (!live.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void throwFatal() {
        Throwable thrown;
        synchronized (this) {
            thrown = fatal;
            fatal = null;
        }
        if (thrown != null) {
            throw (Error) thrown; // the histories have no other
        }
    }

    // ---- windows

    Deque<Window> stack(Thread thread) {
        return windows.getOrDefault(thread, new ArrayDeque<>());
    }

    Window open(Window window) {
        windows.computeIfAbsent(Thread.currentThread(), thread -> new ArrayDeque<>()).push(window);
        return window;
    }

    /**
     * Closes the innermost window (C6). An interrupt that came in it and was meant for a window around is delivered
     * again. If a callback is innermost now, the interrupt is delivered when the window of that is closed.
     */
    void closeWindow() {
        Thread thread = Thread.currentThread();
        Deque<Window> stack = stack(thread);
        Window closed = stack.pop();
        if (stack.isEmpty()) {
            windows.remove(thread);
        }
        if (closed.missed && (stack.isEmpty() || stack.peek().body)) {
            thread.interrupt();
        }
    }

    // ---- failures

    private static void reportUncaught(Throwable failure) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, new RuntimeException(failure));
    }

    void guarded(Runnable userCode) {
        Thread.interrupted(); // E4: callbacks see the status clear
        try {
            userCode.run();
        } catch (Throwable thrown) {
            reportUncaught(thrown);
            keepIfFatal(thrown);
        }
    }
}
