package dev.supervisor;

import dev.supervisor.Supervisor.State;
import java.util.Iterator;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of an {@link Iteration}, each as a body. They come from user code, on the thread of the caller, where a
 * failure of a task interrupts it.
 */
final class Inputs<I extends @Nullable Object, T extends @Nullable Object> {

    /*
     * An interrupt that is meant for the pull of an input must reach nothing else (C6). So each pull is the block of a
     * supervisor of its own, which has no task: to shut it down is to interrupt that block, if the caller is in it, and
     * its exit takes the interrupt back. Inputs that have consumed it may have set the status again, as another
     * Iteration does. So the status is cleared before the exit, which sets it if something around was interrupted, too.
     *
     * The caller publishes the supervisor, then looks whether the decision is made. The thread that makes the decision
     * does so before it reads `pull` (Dekker): one of the two sees the other.
     */
    private final Iterable<? extends I> source;
    private final TaskFunction<? super I, ? extends T> function;
    private final Decision<?> decision;
    /** Used by the caller; null before the first pull. */
    private @Nullable Iterator<? extends I> iterator;
    private boolean exhausted;
    /** Written by the caller: its block is what waits for an input; null if none does. */
    private volatile @Nullable Supervisor pull;

    Inputs(Iterable<? extends I> source, TaskFunction<? super I, ? extends T> function, Decision<?> decision) {
        this.source = source;
        this.function = function;
        this.decision = decision;
    }

    /** Waits for the next input; returns null if there is none, or the decision was made before. */
    @Nullable Callable<T> next() {
        if (exhausted) {
            return null;
        }
        try (Supervisor block = Supervisor.open()) {
            pull = block;
            try {
                return decision.isMade() ? null : pull();
            } finally {
                if (block.state() != State.ENTERED) {
                    Thread.interrupted();
                }
            }
        } finally {
            pull = null;
        }
    }

    private @Nullable Callable<T> pull() {
        if (iterator == null) {
            iterator = source.iterator();
        }
        if (!iterator.hasNext()) {
            exhausted = true;
            return null;
        }
        I input = iterator.next();
        return () -> function.apply(input);
    }

    /** Interrupts a pull. Called by the thread that has made the decision. */
    void interrupt() {
        Supervisor block = pull;
        if (block != null) {
            block.shutdown();
        }
    }
}
