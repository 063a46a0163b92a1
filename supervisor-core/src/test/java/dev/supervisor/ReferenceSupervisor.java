package dev.supervisor;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The contract once more, as simply as it can be said: one monitor, ordinary collections, no cleverness. It is the oracle of
 * {@link RandomHistoryTest}, not something to use: it scales to nothing and keeps the results that it is asked for.
 *
 * <p>All fields are guarded by {@code this}. Foreign code (bodies, callbacks, the handler, the executor) is called outside of
 * the monitor. Not modelled: decorators, {@code Completions}, {@code run} and {@code call}.
 */
final class ReferenceSupervisor implements Scope {

    private final String name;
    private final @Nullable Thread owner;
    private final Executor executor;
    private final BiConsumer<String, Throwable> handler;
    private final Predicate<Throwable> fatalIf;

    private final Set<ReferenceJob> live = new LinkedHashSet<>();
    private final Map<Thread, Deque<Window>> windows = new HashMap<>();

    private boolean exiting;
    private boolean sealed;
    private boolean aborting;
    /** A join or close has returned, or has thrown the fatal error. */
    private boolean left;
    /** The owner is in join or close, or has left: it is not in its body. */
    private boolean away;
    /** The owner has been interrupted by us, which happens once at most (C6). */
    private boolean ownerInterrupted;
    /** That interrupt came while a task's window was open on the owner's thread, whose code has felt it: it is due again. */
    private boolean ownerOwed;
    /** That interrupt has been taken back, if it was still pending. */
    private boolean ownerSettled;
    private @Nullable Throwable fatal;

    /** A stretch of a thread's time that belongs to a task: its body, or its callbacks. An interrupt for anyone further out waits. */
    private record Window(ReferenceJob job, boolean body) { }

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
        ReferenceJob job = new ReferenceJob(name, body);
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

    /** Whether the owner has been interrupted by this supervisor and has not come to its exit since. */
    synchronized boolean ownerInterruptPending() {
        return ownerInterrupted && !ownerSettled;
    }

    synchronized boolean hasFatal() {
        return fatal != null;
    }

    // ---- cancellation

    /** C2: tell everyone, the caller's own task last; then the callbacks of those that never started. */
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
        neverStarted.forEach(ReferenceJob::complete);
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
        ownerOwed = !stack(owner).isEmpty();
    }

    /** C7: keep the first, abort, interrupt the owner's body; if nobody will exit any more, the last resort. */
    private void keepIfFatal(Throwable failure) {
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
            leaveBody();
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
            leaveBody();
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

    /** The owner has left its body: an interrupt of ours that it has not felt is taken back, once. */
    private void leaveBody() {
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

    private Deque<Window> stack(Thread thread) {
        return windows.getOrDefault(thread, new ArrayDeque<>());
    }

    private void open(Window window) {
        windows.computeIfAbsent(Thread.currentThread(), thread -> new ArrayDeque<>()).push(window);
    }

    /**
     * Closes the innermost window (C6). An interrupt that was meant for a window further out, or for the owner, and came in this
     * one, is delivered again; it is settled when its window is the innermost.
     */
    private void closeWindow() {
        Thread thread = Thread.currentThread();
        Deque<Window> stack = stack(thread);
        stack.pop();
        Window window = stack.peek();
        if (window != null && !window.body) {
            return; // callbacks do not feel it
        }
        if (stack.stream().anyMatch(outer -> outer.body && outer.job.owed) || ownerOwed && thread == owner) {
            thread.interrupt();
        }
        if (window == null) {
            windows.remove(thread);
            ownerOwed &= thread != owner;
        } else {
            window.job.owed = false;
        }
    }

    // ---- failures

    private static void reportUncaught(Throwable failure) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, new RuntimeException(failure));
    }

    private void guarded(Runnable foreign) {
        Thread.interrupted(); // E4: callbacks see the status clear
        try {
            foreign.run();
        } catch (Throwable thrown) {
            reportUncaught(thrown);
            keepIfFatal(thrown);
        }
    }

    /** E3: what a failure and a request to cancel make of a task. */
    private static Status outcome(@Nullable Throwable failure, boolean requested, boolean interrupted) {
        if (failure == null) {
            return Status.SUCCEEDED;
        }
        boolean itself = failure instanceof CancellationException && !(failure instanceof TaskCancelledException);
        return itself || requested && endedByInterrupt(failure, interrupted, true) ? Status.CANCELLED : Status.FAILED;
    }

    private static void restore(boolean interrupted) {
        Thread.interrupted();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** E3's search; whether a {@code CancellationException} counts depends on whether the task was asked to cancel. */
    private static boolean endedByInterrupt(@Nullable Throwable failure, boolean interrupted, boolean requested) {
        Throwable link = failure;
        for (int i = 0; link != null && i < 32; i++, link = link.getCause()) {
            if (link instanceof InterruptedException || link instanceof ClosedByInterruptException
                    || link instanceof SocketException && interrupted || link instanceof CancellationException && requested) {
                return true;
            }
        }
        return false;
    }

    /** One task. Its fields are guarded by the supervisor's monitor. */
    final class ReferenceJob implements Job, Runnable {

        private final String name;
        private final Callable<?> body;
        private final List<Consumer<? super Job>> callbacks = new ArrayList<>();
        private Status status = Status.PENDING;
        private @Nullable Object value;
        private @Nullable Throwable failure;
        private @Nullable Thread spawner;
        private @Nullable Thread runner;
        /** Cancellation was requested; this task was interrupted; it was so while another window was open further in. */
        private boolean requested;
        private boolean interrupted;
        private boolean owed;

        ReferenceJob(String name, Callable<?> body) {
            this.name = name;
            this.body = body;
        }

        @Override
        public void run() {
            Thread thread = Thread.currentThread();
            boolean inline;
            boolean found;
            synchronized (ReferenceSupervisor.this) {
                if (status != Status.PENDING) {
                    return; // cancelled, or run twice by its executor
                }
                inline = spawner == thread;
                found = inline ? thread.isInterrupted() : Thread.interrupted();
                status = Status.RUNNING;
                runner = thread;
                open(new Window(this, true));
            }
            Throwable thrown = null;
            Object returned = null;
            try {
                returned = body.call();
            } catch (Throwable e) {
                thrown = e;
            }
            synchronized (ReferenceSupervisor.this) {
                boolean felt = thread.isInterrupted();
                status = outcome(thrown, requested, felt);
                value = returned;
                failure = status == Status.FAILED ? thrown : null;
                runner = null;
                if (interrupted) {
                    Thread.interrupted(); // it was meant for this task and reaches nothing else
                }
                if (found && (interrupted || !inline)
                        || inline && !interrupted && endedByInterrupt(thrown, felt, false)) {
                    thread.interrupt();
                }
                stack(thread).pop();
            }
            complete();
        }

        /** Callbacks, then the handler, then the end of its life. Runs once, on the thread that made the task done. */
        private void complete() {
            boolean found = Thread.interrupted();
            List<Consumer<? super Job>> registered;
            synchronized (ReferenceSupervisor.this) {
                open(new Window(this, false));
                registered = List.copyOf(callbacks);
            }
            registered.forEach(callback -> guarded(() -> callback.accept(this)));
            Throwable failed = failure;
            if (failed != null) {
                guarded(() -> handler.accept(name, failed));
                keepIfFatal(failed);
            }
            synchronized (ReferenceSupervisor.this) {
                live.remove(this);
                restore(found);
                closeWindow();
                ReferenceSupervisor.this.notifyAll();
            }
        }

        /** C1: the request, under the monitor. True if the task had not started, so that the caller has to complete it. */
        private boolean tell(boolean mayInterrupt) {
            if (status == Status.PENDING) {
                status = Status.CANCELLED;
                ReferenceSupervisor.this.notifyAll();
                return true;
            }
            if (status == Status.RUNNING) {
                requested = true;
                if (mayInterrupt && !interrupted) {
                    interrupted = true;
                    runner.interrupt();
                    Window innermost = stack(runner).peek();
                    owed = innermost.job != this || !innermost.body;
                }
            }
            return false;
        }

        private void cancelBeforeStart() {
            boolean mine;
            synchronized (ReferenceSupervisor.this) {
                mine = status == Status.PENDING && tell(false);
            }
            if (mine) {
                complete();
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean mine;
            synchronized (ReferenceSupervisor.this) {
                if (isDone()) {
                    return false;
                }
                mine = tell(mayInterruptIfRunning);
            }
            if (mine) {
                complete();
            }
            return true;
        }

        @Override
        public void onDone(Consumer<? super Job> callback) {
            synchronized (ReferenceSupervisor.this) {
                if (!isDone()) {
                    callbacks.add(callback);
                    return;
                }
                open(new Window(this, false));
            }
            boolean found = Thread.interrupted();
            guarded(() -> callback.accept(this));
            synchronized (ReferenceSupervisor.this) {
                restore(found);
                closeWindow();
            }
        }

        @Override
        public Object get() throws InterruptedException, ExecutionException {
            synchronized (ReferenceSupervisor.this) {
                if (runner == Thread.currentThread()) {
                    throw new IllegalStateException("waits for itself");
                }
                while (!isDone()) {
                    ReferenceSupervisor.this.wait();
                }
                if (status == Status.CANCELLED) {
                    throw new CancellationException(name);
                }
                if (failure != null) {
                    throw new ExecutionException(failure);
                }
                return value;
            }
        }

        private boolean isDone() {
            return status != Status.PENDING && status != Status.RUNNING;
        }

        @Override
        public Status status() {
            synchronized (ReferenceSupervisor.this) {
                return status;
            }
        }

        @Override
        public String name() {
            return name;
        }
    }
}
