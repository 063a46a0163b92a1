package dev.supervisor;

import dev.supervisor.Task.Status;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A task of the {@link ReferenceSupervisor}; all fields are guarded by the supervisor's monitor. */
final class ReferenceJob implements SupervisorUnderTest.Job, Runnable {

    private final ReferenceSupervisor supervisor;
    private final String name;
    private final Callable<?> body;
    private final List<Consumer<? super SupervisorUnderTest.Job>> callbacks = new ArrayList<>();
    private Status status = Status.PENDING;
    private @Nullable Object value;
    private @Nullable Throwable failure;
    @Nullable Thread spawner;
    @Nullable Thread runner;
    /** Whether cancellation was requested, and whether the interrupt was sent, which happens once. */
    private boolean requested;
    private boolean interrupted;

    ReferenceJob(ReferenceSupervisor supervisor, String name, Callable<?> body) {
        this.supervisor = supervisor;
        this.name = name;
        this.body = body;
    }

    @Override
    public void run() {
        Thread thread = Thread.currentThread();
        boolean inline;
        boolean found;
        ReferenceSupervisor.Window closed;
        synchronized (supervisor) {
            if (status != Status.PENDING) {
                return; // cancelled, or run twice by its executor
            }
            inline = spawner == thread;
            found = inline ? thread.isInterrupted() : Thread.interrupted();
            status = Status.RUNNING;
            runner = thread;
            supervisor.open(new ReferenceSupervisor.Window(this, true));
        }
        Throwable thrown = null;
        Object returned = null;
        try {
            returned = body.call();
        } catch (Throwable e) {
            thrown = e;
        }
        synchronized (supervisor) {
            boolean pending = thread.isInterrupted();
            status = outcome(thrown, requested, pending);
            value = returned;
            failure = status == Status.FAILED ? thrown : null;
            runner = null;
            if (interrupted) {
                Thread.interrupted(); // the interrupt was meant for this task and reaches nothing else
            }
            if (found || inline && !interrupted && endedByInterrupt(thrown, pending, false)) {
                thread.interrupt();
            }
            closed = supervisor.stack(thread).pop();
        }
        complete(closed.missed);
    }

    /**
     * Calls the callbacks, then the handler, and then retires the task. The thread that made the task done calls this,
     * once. An interrupt that was missed in the body is missed in this window, too.
     */
    void complete(boolean missed) {
        boolean found = Thread.interrupted();
        List<Consumer<? super SupervisorUnderTest.Job>> registered;
        synchronized (supervisor) {
            supervisor.open(new ReferenceSupervisor.Window(this, false)).missed = missed;
            registered = List.copyOf(callbacks);
        }
        registered.forEach(callback -> supervisor.guarded(() -> callback.accept(this)));
        Throwable failed = failure;
        if (failed != null) {
            supervisor.guarded(() -> supervisor.handler.accept(name, failed));
            supervisor.keepIfFatal(failed);
        }
        synchronized (supervisor) {
            supervisor.live.remove(this);
            restore(found);
            supervisor.closeWindow();
            supervisor.notifyAll();
        }
    }

    /** C1: asks the task to cancel, under the monitor. True if it had not started: then the caller completes it. */
    boolean tell(boolean mayInterrupt) {
        if (status == Status.PENDING) {
            status = Status.CANCELLED;
            supervisor.notifyAll();
            return true;
        }
        if (status == Status.RUNNING) {
            requested = true;
            if (mayInterrupt && !interrupted) {
                interrupted = true;
                runner.interrupt();
                for (ReferenceSupervisor.Window window : supervisor.stack(runner)) {
                    if (window.body && window.job == this) {
                        break;
                    }
                    window.missed = true;
                }
            }
        }
        return false;
    }

    void cancelBeforeStart() {
        boolean mine;
        synchronized (supervisor) {
            mine = status == Status.PENDING && tell(false);
        }
        if (mine) {
            complete(false);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean mine;
        synchronized (supervisor) {
            if (isDone()) {
                return false;
            }
            mine = tell(mayInterruptIfRunning);
        }
        if (mine) {
            complete(false);
        }
        return true;
    }

    @Override
    public void onDone(Consumer<? super SupervisorUnderTest.Job> callback) {
        synchronized (supervisor) {
            if (!isDone()) {
                callbacks.add(callback);
                return;
            }
            supervisor.open(new ReferenceSupervisor.Window(this, false));
        }
        boolean found = Thread.interrupted();
        supervisor.guarded(() -> callback.accept(this));
        synchronized (supervisor) {
            restore(found);
            supervisor.closeWindow();
        }
    }

    @Override
    public Object get() throws InterruptedException, ExecutionException {
        synchronized (supervisor) {
            if (runner == Thread.currentThread()) {
                throw new IllegalStateException("waits for itself");
            }
            while (!isDone()) {
                supervisor.wait();
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
        synchronized (supervisor) {
            return status;
        }
    }

    @Override
    public String name() {
        return name;
    }

    /** E3: the outcome of a task. Every throwable that a history suppresses is a failure. */
    private static Status outcome(@Nullable Throwable failure, boolean requested, boolean interrupted) {
        if (failure == null) {
            return Status.SUCCEEDED;
        }
        boolean itself = failure instanceof CancellationException && !(failure instanceof TaskCancelledException);
        boolean cancelled = itself || requested && endedByInterrupt(failure, interrupted, true);
        return cancelled && failure.getSuppressed().length == 0 ? Status.CANCELLED : Status.FAILED;
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
                    || link instanceof InterruptedIOException
                    || link instanceof SocketException && interrupted
                    || link instanceof CancellationException && requested) {
                return true;
            }
        }
        return false;
    }
}
