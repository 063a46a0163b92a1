package dev.supervisor.engine;

import dev.supervisor.Action;

/** A body that is run although it could be called: an {@link Action} or a {@link Runnable}. */
record RunOnly(Object body) implements Action {
    @Override
    public void run() throws Exception {
        if (body instanceof Action action) {
            action.run();
        } else {
            ((Runnable) body).run();
        }
    }
}
