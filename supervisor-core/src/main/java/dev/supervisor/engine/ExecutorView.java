package dev.supervisor.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
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
        if (!(body instanceof Submitted<?> submitted)) {
            scope.execute(body);
            return;
        }
        submitted.scope = scope;
        Submission task = new Submission(scope, submitted);
        try {
            Admission.admit(task, null, false);
        } catch (Throwable thrown) {
            if (task.plainSegment() != null) {   // counted in: its body may have begun, and can be cancelled then
                submitted.task = task;
            }
            throw thrown;
        }
        submitted.task = task;
        try {
            if (submitted.isCancelled()) {   // before the spawn has returned
                task.cancel();
            }
        } catch (Throwable overflow) {
            // The task is accepted, so nothing is thrown. If its body has begun, that is not interrupted.
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

    /** The task of a future. */
    private static final class Submission extends SupervisedTask.Permitted<@Nullable Void> {

        private final Submitted<?> future;

        Submission(Scope scope, Submitted<?> future) {
            super(scope, future, null);
            this.future = future;
        }

        @Override
        void endFuture() {
            future.end(plainThrown());
        }
    }

    /** What submit returns, and the body of its task. */
    private static final class Submitted<T> extends FutureTask<T> {

        /** That of its task. One that shutdownNow has returned may be given to another view. */
        private volatile Scope scope;
        private final @Nullable Queue<Future<T>> ended;
        /** It stands in that queue. */
        private boolean queued;
        /** Null until the spawn is over, and if it was refused. */
        private volatile @Nullable SupervisedTask<?> task;

        Submitted(Scope scope, Callable<T> body, @Nullable Queue<Future<T>> ended) {
            super(body);
            this.scope = scope;
            this.ended = ended;
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
            SupervisedTask<?> running = task;
            boolean requested = isCancelled() || running != null && running.isCancelRequested();
            if (!requested || !Outcome.isCancellationItself(thrown)) {
                FatalErrors.handle(scope, thrown);
            }
        }

        @Override
        protected void done() {
            if (ended != null && !queued) {
                ended.offer(this);   // a cancel by the one that polls may have put it there twice, and polls no more
                queued = true;
            }
        }

        /** Its task has ended by this, or was cancelled: so does the future, if it was not run, or that was cut off. */
        void end(@Nullable Throwable thrown) {
            if (thrown != null) {
                super.setException(thrown);
            } else {
                super.cancel(false);
            }
            done();
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
        List<Callable<T>> given = new ArrayList<>(bodies);
        BlockingQueue<Future<T>> ended = new ArrayBlockingQueue<>(given.size());   // so that no end needs memory
        Submitted<?>[] all = new Submitted<?>[given.size()];
        try {
            for (int i = 0; i < all.length; i++) {
                all[i] = new Submitted<>(scope, Objects.requireNonNull(given.get(i), "body"), ended);
                execute(all[i]);
            }
            Throwable failure = null;
            for (int left = all.length; left > 0; left--) {
                Future<T> first = ended.poll(end - Deadlines.now(), TimeUnit.NANOSECONDS);
                if (first == null) {
                    throw new TimeoutException("None of " + all.length + " bodies has ended in time");
                }
                try {
                    return first.get();
                } catch (ExecutionException e) {
                    failure = e.getCause();
                } catch (CancellationException e) {
                    failure = e;
                }
            }
            throw new ExecutionException("None of " + all.length + " bodies has returned", failure);
        } finally {
            Throwable cutOff = null;
            for (Submitted<?> one : all) {   // each, whatever comes: nobody else has them
                try {
                    if (one != null) {
                        one.cancel(true);
                    }
                } catch (Throwable thrown) {   // once more
                    cutOff = thrown;
                    one.cancel(true);
                    if (one.task != null && one.isCancelled()) {
                        one.task.cancel();
                    }
                }
            }
            if (cutOff != null) {
                throw SupervisedTask.<RuntimeException>sneakyThrow(cutOff);
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
        return !scope.admitsStrangers();
    }

    @Override
    public boolean isTerminated() {
        return scope.census.isFinished();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return scope.awaitFinished(Duration.ofNanos(unit.toNanos(timeout)));
    }

    /**
     * As the interface has it from JDK 19 on: an interrupt of the wait is a {@code shutdownNow}. The status is set again
     * at the end, as if the wait had not seen it: whose interrupt it is stays open for the blocks around.
     */
    @SuppressWarnings("MissingOverride")
    public void close() {
        SelfWait.ensureNotInside(scope, "close");
        boolean interrupted = false;
        scope.seal();
        try {
            for (boolean ended = false; !ended;) {
                try {
                    Abort.recover(scope);   // perhaps the thread that ran the last task was cut off
                    ended = new LongWait(scope, "close").await(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    boolean first = !interrupted;
                    interrupted = true;
                    if (first) {
                        scope.abort();
                    }
                }
            }
        } finally {
            if (interrupted) {
                Window.setStatus();
            }
        }
    }

    @Override
    public String toString() {
        return "ExecutorService of " + scope;
    }
}
