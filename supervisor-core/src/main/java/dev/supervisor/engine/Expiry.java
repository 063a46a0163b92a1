package dev.supervisor.engine;

import dev.supervisor.threads.Launchable;
import dev.supervisor.threads.Launcher;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What follows when time limits have passed, on a thread of its own: the {@link Alarm} serves the whole process, and
 * calls no user code.
 */
final class Expiry implements Launchable {

    private static final Launcher THREADS = Launcher.ofDefault("supervisor-expiry");

    private final Scope scope;
    private final List<SupervisedTask<?>> due;
    /** Whether the deadline of the supervisor has passed. */
    private final boolean exceeded;
    /** An earlier one that could not be started. */
    private final @Nullable Expiry earlier;

    Expiry(Scope scope, List<SupervisedTask<?>> due, boolean exceeded, @Nullable Expiry earlier) {
        this.scope = scope;
        this.due = due;
        this.exceeded = exceeded;
        this.earlier = earlier;
    }

    void start() {
        THREADS.launch(this);
    }

    /** Asks all first; then user code may run. */
    @Override
    public void run() {
        if (earlier != null) {
            earlier.run();
        }
        boolean again;
        do {
            again = !askAll();
        } while (again);
        if (exceeded) {
            Abort.abort(scope, true);
        }
        Abort.recover(scope);
        for (SupervisedTask<?> task : due) {
            Hooks.requested(task);
        }
    }

    /** Asks each task, once more if memory has run out; false then. */
    private boolean askAll() {
        try {
            for (SupervisedTask<?> task : due) {
                if (task.onTime() == TaskState.DROPPED) {
                    scope.unfinished = true;   // it was pending, has failed, and is to be completed
                }
            }
            return true;
        } catch (OutOfMemoryError noMemory) {
            Waits.pause(1_000_000);
            return false;
        }
    }

    @Override
    public String describe() {
        return "The time limits of " + scope;
    }

    @Override
    public @Nullable String threadName() {
        return null;
    }

    @Override
    public void uncaughtException(Thread of, Throwable thrown) {
        Chain.passOn(of, thrown);
    }
}
