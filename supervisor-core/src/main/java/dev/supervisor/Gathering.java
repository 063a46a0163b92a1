package dev.supervisor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@link Tasks} that spawns a task for each body, and returns when all have ended (T1-T4). Used by the
 * caller alone.
 */
final class Gathering<T extends @Nullable Object> {

    private final List<Callable<? extends T>> bodies;
    private final Decision<T> decision;
    /** Those of the first bodies: of all, unless the others were not needed any more. */
    private final List<Task<T>> tasks = new ArrayList<>();
    /** Thrown for a body that was not spawned, unless the exit throws why that was: the deadline, for instance. */
    private @Nullable RejectedExecutionException refusal;

    private Gathering(List<Callable<? extends T>> bodies, Predicate<Task<T>> decides) {
        this.bodies = bodies;
        this.decision = new Decision<>(decides);
    }

    /**
     * Runs the bodies until each has ended, or was cancelled since one has decided.
     *
     * @param decides which task cancels the others
     */
    static <T extends @Nullable Object> Gathering<T> run(
            Supervisor.Builder builder, Collection<? extends Callable<? extends T>> bodies,
            Predicate<Task<T>> decides) throws InterruptedException {
        Gathering<T> gathering = new Gathering<>(copy(bodies), decides);
        // An exit cancels, whatever comes: an abort by the block could be cut off, for want of memory.
        Supervisor.Builder settings = builder.unlogged().onBlockFailure(BlockFailure.ABORT);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            settings.run(gathering::spawn);
            if (gathering.refusal != null) {
                throw gathering.refusal;
            }
        } catch (Throwable thrown) {
            gathering.decision.suppressIn(thrown);   // no failure is lost for that
            throw thrown;
        }
        return gathering;
    }

    /** The bodies as they are now; throws if one is null. */
    static <T extends @Nullable Object> List<Callable<? extends T>> copy(
            Collection<? extends Callable<? extends T>> bodies) {
        List<Callable<? extends T>> copy = new ArrayList<>(bodies);
        for (Callable<? extends T> body : copy) {
            Objects.requireNonNull(body, "body");
        }
        return copy;
    }

    private void spawn(Supervisor supervisor) throws InterruptedException {
        try {
            for (Callable<? extends T> body : bodies) {
                Task<T> task = supervisor.spawn(body);
                tasks.add(task);
                task.onDone(decision::ended);
            }
        } catch (RejectedExecutionException refused) {
            boolean isDecided = decision.isMade();   // before the abort, which may cancel what then decides
            supervisor.abort();
            if (refused.getCause() instanceof InterruptedException interrupt) {   // as it waited for a place
                Thread.interrupted();
                throw interrupt;
            }
            if (!isDecided) {
                refusal = refused;
            }
        }
    }

    List<Task<T>> tasks() {
        return Collections.unmodifiableList(tasks);
    }

    /** The results of all. */
    List<T> results() throws InterruptedException, ExecutionException {
        throwFailure();
        List<T> results = new ArrayList<>(tasks.size());
        for (Task<T> task : tasks) {
            results.add(task.get());
        }
        return Collections.unmodifiableList(results);
    }

    /** The result of the task that has decided. If none has, or it has no result, the failures are thrown. */
    T result() throws InterruptedException, ExecutionException {
        Task<T> decisive = decision.task();
        if (decisive == null || decisive.status() != Task.Status.SUCCEEDED) {
            throwFailure();
            decisive = tasks.get(0);
        }
        return decisive.get();
    }

    /** Throws nothing if there are no failures. */
    private void throwFailure() throws ExecutionException {
        ExecutionException thrown = decision.thrown(ExecutionException::new);
        if (thrown != null) {
            throw thrown;
        }
    }
}
