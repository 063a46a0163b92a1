package dev.supervisor.threads;

import org.jspecify.annotations.Nullable;

/**
 * A task as a {@link Launcher} sees it. Where it is alone on a thread that is made for it, it is the thread's
 * uncaught-exception handler, too: so code that looks at the thread finds the task.
 */
public interface Launchable extends Runnable, Thread.UncaughtExceptionHandler {

    /** {@return what it is and to which supervisor it belongs, for messages} */
    String describe();

    /** {@return the name that its thread is to have, or null} */
    @Nullable String threadName();
}
