package dev.supervisor.engine;

import dev.supervisor.Action;
import java.util.Objects;
import java.util.concurrent.Callable;

/** A body that is run although it could be called: an {@link Action} or a {@link Runnable}. */
record RunOnly(Object body) implements Action {

    /** A body that will be run as an action, even if it could be called. */
    static Object asAction(Action body) {
        return Objects.requireNonNull(body, "body") instanceof Callable ? new RunOnly(body) : body;
    }

    @Override
    public void run() throws Exception {
        if (body instanceof Action action) {
            action.run();
        } else {
            ((Runnable) body).run();
        }
    }
}
