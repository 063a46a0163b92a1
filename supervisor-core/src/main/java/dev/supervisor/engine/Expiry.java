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

    Expiry(Scope scope, List<SupervisedTask<?>> due, boolean exceeded) {
        this.scope = scope;
        this.due = due;
        this.exceeded = exceeded;
    }

    void start() {
        THREADS.launch(this);
    }

    /** Does all, once more from the start if memory has run out: nothing is done twice. */
    @Override
    public void run() {
        for (boolean done = false; !done;) {
            try {
                askAll();
                done = true;
            } catch (OutOfMemoryError noMemory) {
                Waits.pause(1_000_000);
            }
        }
    }

    /** Asks all first; then user code may run. */
    private void askAll() {
        for (SupervisedTask<?> task : due) {
            if (task.onTime() == TaskState.DROPPED) {
                scope.unfinished = true;   // it was pending, has failed, and is to be completed
            }
        }
        if (exceeded) {
            Abort.abort(scope, true);
        }
        Abort.recover(scope);
        for (SupervisedTask<?> task : due) {
            Hooks.requested(task);
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
