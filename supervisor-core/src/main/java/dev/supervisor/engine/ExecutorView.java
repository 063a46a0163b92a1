package dev.supervisor.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A supervisor as an {@link java.util.concurrent.ExecutorService} (S10). It has no state of its own. */
final class ExecutorView extends AbstractExecutorService {

    private final Scope scope;

    ExecutorView(Scope scope) {
        this.scope = scope;
    }

    // ---- Running

    @Override
    public void execute(Runnable body) {
        Objects.requireNonNull(body, "body");
        SupervisedTask<?> task = Admission.<@Nullable Void>admit(
                scope, null, body instanceof Callable ? new RunOnly(body) : body, null);
        if (body instanceof Submitted<?> submitted) {
            submitted.spawned(task);
        }
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> body) {
        return new Submitted<>(scope, body, null);
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable body, T result) {
        return new Submitted<>(scope, Executors.callable(body, result), null);
    }

    /** What submit returns, and the body of its task. */
    private static final class Submitted<T> extends FutureTask<T> {

        private final Scope scope;
        private final @Nullable LinkedBlockingQueue<Future<T>> ended;
        /** Null until the spawn has returned. */
        private volatile @Nullable SupervisedTask<?> task;

        Submitted(Scope scope, Callable<T> body, @Nullable LinkedBlockingQueue<Future<T>> ended) {
            super(body);
            this.scope = scope;
            this.ended = ended;
        }

        /** The spawn has returned: a cancel that came before asks the task now. */
        void spawned(SupervisedTask<?> spawned) {
            task = spawned;
            if (isCancelled()) {
                spawned.cancel();
            }
        }

        /** Interrupts by way of the task, so only while that runs this body. */
        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(false);
            SupervisedTask<?> running = task;
            if (cancelled && running != null) {
                running.cancel(mayInterruptIfRunning);
            }
            return cancelled;
        }

        @Override
        protected void setException(Throwable thrown) {
            super.setException(thrown);
            FatalErrors.handle(scope, thrown);
        }

        @Override
        protected void done() {
            if (ended != null) {
                ended.add(this);
            }
        }
    }

    // ---- Any of many

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> bodies) throws InterruptedException, ExecutionException {
        try {
            return invokeAny(bodies, Long.MAX_VALUE);
        } catch (TimeoutException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> bodies, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return invokeAny(bodies, unit.toNanos(timeout));
    }

    /** As they end, the first that has a result; none is waited for that was dropped, since its future is done too. */
    private <T> T invokeAny(Collection<? extends Callable<T>> bodies, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (bodies.isEmpty()) {
            throw new IllegalArgumentException("invokeAny needs one body at least");
        }
        long end = Deadlines.after(Math.max(0, nanos));
        LinkedBlockingQueue<Future<T>> ended = new LinkedBlockingQueue<>();
        List<Submitted<T>> all = new ArrayList<>();
        try {
            for (Callable<T> body : bodies) {
                Submitted<T> one = new Submitted<>(scope, Objects.requireNonNull(body, "body"), ended);
                all.add(one);
                execute(one);
            }
            Throwable failure = null;
            for (int left = all.size(); left > 0; left--) {
                Future<T> first = ended.poll(end - Deadlines.now(), TimeUnit.NANOSECONDS);
                if (first == null) {
                    throw new TimeoutException("None of " + all.size() + " bodies has ended in time");
                }
                try {
                    return first.get();
                } catch (ExecutionException e) {
                    failure = e.getCause();
                } catch (CancellationException e) {
                    failure = e;
                }
            }
            throw new ExecutionException("None of " + all.size() + " bodies has returned", failure);
        } finally {
            for (Submitted<T> one : all) {
                one.cancel(true);
            }
        }
    }

    // ---- Ending

    @Override
    public void shutdown() {
        scope.seal();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return Abort.abortUnrun(scope);
    }

    @Override
    public boolean isShutdown() {
        return !scope.lifecycle.admits() || scope.census.isFinished();
    }

    @Override
    public boolean isTerminated() {
        return scope.census.isFinished();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return scope.awaitFinished(Duration.ofNanos(unit.toNanos(timeout)));
    }

    /** As the interface has it from JDK 19 on: an interrupt of the wait is a {@code shutdownNow}. */
    @SuppressWarnings("MissingOverride")
    public void close() {
        SelfWait.ensureNotInside(scope, "close");
        boolean interrupted = false;
        scope.seal();
        for (boolean ended = false; !ended;) {
            try {
                ended = scope.awaitFinished(Duration.ofNanos(Long.MAX_VALUE));
            } catch (InterruptedException e) {
                if (!interrupted) {
                    scope.abort();
                }
                interrupted = true;
            }
        }
        if (interrupted) {
            Window.setStatus();
        }
    }

    @Override
    public String toString() {
        return "ExecutorService of " + scope;
    }
}
