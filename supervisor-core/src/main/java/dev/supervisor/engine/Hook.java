package dev.supervisor.engine;

import dev.supervisor.Action;
import org.jspecify.annotations.Nullable;

/** What is to run once when cancellation of a task is requested, or when its supervisor drains: a node of the list. */
final class Hook extends Callback {

    /** Whether it is for a drain, and not for a request. */
    final boolean forDrain;

    Hook(Action action, boolean forDrain) {
        super(action);
        this.forDrain = forDrain;
    }

    /** The action, for the caller to run; null if another thread has claimed it. */
    @Nullable Action claimAction() {
        return (Action) take();
    }
}
