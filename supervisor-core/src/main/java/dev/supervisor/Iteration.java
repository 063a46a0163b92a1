package dev.supervisor;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one implementation of {@link Results} (T5, T6).
 *
 * @param <T> the type of the tasks' results
 * @param <E> the type of what is handed over
 */
final class Iteration<T extends @Nullable Object, E extends @Nullable Object> implements Results<E>, Iterator<E> {

    /*
     * What is pending counts, that is what was spawned and not handed over. So no result is lost where tasks end at the
     * same time, and no more are kept than the limit says. A place becomes free as a result is handed over; the next
     * call gives it away.
     *
     * A call that throws leaves first: what it throws is known only when every task has ended. An interrupt that a wait
     * has consumed is set again, unless the supervisor was aborting and its exit throws: then it was the supervisor's own.
     * (One from outside, after a failure and before a fatal error, is taken for that; the call throws all the same.)
     */
    private final Supervisor supervisor;
    private final Thread owner = Thread.currentThread();
    private final Decision<T> decision;
    /** Whether tasks make the decision; if not, their failures are handed over like results. */
    private final boolean failFast;
    private final Inputs<?, T> inputs;
    private final Pending<T> pending;
    private final int limit;
    private final Function<Task<T>, E> result;
    /** Whether there is nothing more; used by the owner. */
    private boolean left;

    private Iteration(Supervisor supervisor, Decision<T> decision, boolean failFast, Inputs<?, T> inputs,
            Pending<T> pending, int limit, Function<Task<T>, E> result) {
        this.supervisor = supervisor;
        this.decision = decision;
        this.failFast = failFast;
        this.inputs = inputs;
        this.pending = pending;
        this.limit = limit;
        this.result = result;
    }

    /** All bodies are spawned at once, and no failure decides. */
    static <T extends @Nullable Object> Results<Task<T>> ofTasks(
            Supervisor.Builder builder, List<Callable<? extends T>> bodies) {
        Supervisor supervisor = builder.unlogged().open();
        Decision<T> none = new Decision<>(task -> false);
        Inputs<Callable<? extends T>, T> inputs = new Inputs<>(bodies, Callable::call, none);
        Iteration<T, Task<T>> iteration = new Iteration<>(
                supervisor, none, false, inputs, Pending.asCompleted(supervisor), Integer.MAX_VALUE, task -> task);
        iteration.fill();
        return iteration;
    }

    /** Inputs are pulled as there are places; the first task that does not succeed decides. */
    static <I extends @Nullable Object, T extends @Nullable Object> Results<T> ofResults(
            Supervisor.Builder builder, boolean inOrder, Iterable<? extends I> inputs, int limit,
            TaskFunction<? super I, ? extends T> function) {
        Supervisor supervisor = builder.unlogged().open();
        Decision<T> failure = new Decision<>(task -> task.status() != Status.SUCCEEDED);
        return new Iteration<>(supervisor, failure, true, new Inputs<I, T>(inputs, function, failure),
                inOrder ? Pending.inOrder(supervisor) : Pending.asCompleted(supervisor), limit, Task::resultNow);
    }

    @Override
    public Iterator<E> iterator() {
        ensureOwner();
        return this;
    }

    @Override
    public boolean hasNext() {
        ensureOwner();
        if (left) {
            return false;
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(new InterruptedException());
        }
        fill();
        if (pending.size() > 0) {
            return true;
        }
        close();
        return false;
    }

    @Override
    public E next() {
        if (!hasNext()) {
            throw new NoSuchElementException("Every result was handed over, or these results were closed");
        }
        Task<T> task = take();
        decision.make(task);   // its callback may come later
        if (decision.isMade()) {
            throw failed(null);
        }
        return result.apply(task);
    }

    @Override
    public void close() {
        ensureOwner();
        left = true;
        try {
            supervisor.abort();   // which says that a close with live tasks is meant
        } finally {
            supervisor.close();   // also if the abort was cut off
        }
    }

    /** Spawns tasks, for as long as there are places and inputs. */
    private void fill() {
        try {
            while (!decision.isMade() && pending.size() < limit) {
                Callable<T> body = inputs.next();
                if (body == null) {
                    break;
                }
                Task<T> task = pending.spawn(body);
                if (failFast) {
                    task.onDone(this::ended);
                }
            }
        } catch (RejectedExecutionException refused) {
            if (refused.getCause() instanceof InterruptedException interrupt) {   // as it waited for a place
                throw interrupted(interrupt);
            }
            if (!decision.isMade()) {
                throw failed(refused);
            }
        } catch (Throwable thrown) {
            throw failed(thrown);
        }
        if (decision.isMade()) {
            throw failed(null);
        }
    }

    private Task<T> take() {
        try {
            return pending.take();
        } catch (InterruptedException interrupt) {
            boolean isAborting = supervisor.state().compareTo(State.ABORTING) >= 0;   // or even finished
            RuntimeException thrown = interrupted(interrupt);
            if (!isAborting || thrown.getCause() == interrupt) {
                Thread.currentThread().interrupt();
            }
            throw thrown;
        } catch (Throwable thrown) {
            throw failed(thrown);
        }
    }

    /** The callback of each task. */
    private void ended(Task<T> task) {
        if (decision.ended(task)) {
            inputs.interrupt();
        }
    }

    /** Leaves, and returns what is to be thrown: what the exit throws, or else the interrupt. */
    private RuntimeException interrupted(InterruptedException interrupt) {
        RuntimeException thrown = leave();
        if (thrown == null) {
            thrown = new CompletionException(interrupt);
            decision.suppressIn(thrown);
        }
        return thrown;
    }

    /**
     * Leaves, and returns what is to be thrown: what the exit throws, or else the failures, or else the given throwable.
     *
     * @param cause what the inputs or a spawn have thrown; null if the decision is made
     */
    private RuntimeException failed(@Nullable Throwable cause) {
        boolean isDecided = cause == null || decision.isMade();   // before the end of tasks that are cancelled here
        RuntimeException thrown = leave();
        if (thrown == null && isDecided) {
            thrown = decision.thrown(CompletionException::new);
            Task<T> decisive = decision.task();
            if (thrown == null && decisive != null) {
                thrown = cancellation(decisive);
            }
        }
        if (thrown == null) {
            throw Iteration.<RuntimeException>unchecked(Objects.requireNonNull(cause, "a callback was cut off"));
        }
        if (cause != null) {
            thrown.addSuppressed(cause);
        }
        return thrown;
    }

    /** Cancels every task and waits for it; returns what the exit throws, for a fatal error or the deadline, or null. */
    private @Nullable RuntimeException leave() {
        try {
            close();
            return null;
        } catch (RuntimeException thrown) {
            decision.suppressIn(thrown);
            return thrown;
        }
    }

    private static RuntimeException cancellation(Task<?> cancelled) {
        try {
            cancelled.join();
            throw new IllegalStateException(cancelled + " was not cancelled");
        } catch (CancellationException thrown) {
            return thrown;
        }
    }

    /** The inputs may come from another language, and throw what Java would have them declare. */
    @SuppressWarnings("unchecked")
    private static <X extends Throwable> X unchecked(Throwable thrown) throws X {
        throw (X) thrown;
    }

    private void ensureOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("Only the thread that has opened these results, " + owner.getName()
                    + ", may iterate over them and close them");
        }
    }
}
