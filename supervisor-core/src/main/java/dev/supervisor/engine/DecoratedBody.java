package dev.supervisor.engine;

import dev.supervisor.TaskDecorator;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A body in the wrapping of a {@link TaskDecorator}, inside of which the outcome is published and observers are
 * notified (E10). It is confined to the thread that runs the task, once that has begun.
 */
final class DecoratedBody implements Callable<@Nullable Object>, Runnable {

    private final SupervisedTask<?> task;
    final Object body;
    private final Runnable decorated;

    /**
     * The thread that runs the decorated runnable; null before and after. Racy for other threads, which cannot equal
     * it.
     */
    private @Nullable Thread runner;
    private boolean ran;
    private @Nullable Object result;
    private @Nullable Throwable failure;

    /** Asks the decorators, on the spawning thread: that of the spec, and then that of the supervisor around it. */
    DecoratedBody(SupervisedTask<?> task, Object body, @Nullable TaskDecorator outer, @Nullable TaskDecorator inner) {
        this.task = task;
        this.body = body;
        this.decorated = wrapped(task, outer, wrapped(task, inner, this));
    }

    /** What a decorator, if there is one, makes of this. */
    static Runnable wrapped(SupervisedTask<?> task, @Nullable TaskDecorator decorator, Runnable inside) {
        if (decorator == null) {
            return inside;
        }
        Runnable wrapping = decorator.decorate(inside);
        if (wrapping == null) {
            throw new NullPointerException(
                    "The decorator of " + task.supervisor() + " has returned null for task " + task.name());
        }
        return wrapping;
    }

    /** Runs all of it, which publishes the outcome; if that was cut off, it ends as the body did. */
    @Override
    public @Nullable Object call() throws Exception {
        runner = Thread.currentThread();
        Throwable thrownAround = null;
        try {
            decorated.run();
        } catch (Throwable thrown) {
            thrownAround = thrown;
        }
        runner = null;
        if (!ran) {
            throw SupervisedTask.<RuntimeException>sneakyThrow(thrownAround != null ? thrownAround : notRun(task));
        }
        if (thrownAround != null) {
            FatalErrors.reportThrown("After its body, the decorator", task, thrownAround);
        }
        if (failure != null && !task.isDone()) {
            throw SupervisedTask.<RuntimeException>sneakyThrow(failure);
        }
        return result;
    }

    static IllegalStateException notRun(SupervisedTask<?> task) {
        return new IllegalStateException("The decorator of " + task.supervisor() + " has not run task " + task.name()
                + ": the decorated runnable has to call the one that it was given");
    }

    /** Refuses a call of what the decorator was given, on another thread or later. */
    static void ensureRunner(SupervisedTask<?> task, @Nullable Thread runner) {
        if (runner != Thread.currentThread()) {
            throw new IllegalStateException("Task " + task.name() + " of " + task.supervisor()
                    + " can be run only by its decorated runnable, on the thread that runs that");
        }
    }

    /** Whether what {@link #call} has thrown is the body's, and not the decorator's. */
    boolean hasBodyFailed() {
        return failure != null;
    }

    /** What the decorator is given: the body, and what follows its end. */
    @Override
    public void run() {
        ensureRunner(task, runner);
        if (!ran) {
            ran = true;
            try {
                result = TaskBody.callBody(body);
            } catch (Throwable thrown) {
                failure = thrown;
            }
            task.publishDecorated(result, failure);
        }
    }
}
