package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Task;
import dev.supervisor.TaskBody;
import dev.supervisor.TaskDecorator;
import dev.supervisor.TaskSpec;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one implementation of {@link TaskSpec}.
 *
 * @param timeout the time limit of a task, or null
 */
record Spec(
        Scope scope,
        @Nullable String name,
        @Nullable Duration timeout,
        @Nullable TaskDecorator decorator,
        @Nullable Consumer<? super Task<?>> onDone,
        @Nullable Action onCancel,
        @Nullable Action onDrain) implements TaskSpec {

    Spec(Scope scope, @Nullable String name) {
        this(scope, name, null, null, null, null, null);
    }

    // ---- Options

    @Override
    public TaskSpec timeout(Duration timeout) {
        return new Spec(scope, name, Options.positive(timeout, "timeout"), decorator, onDone, onCancel, onDrain);
    }

    @Override
    public TaskSpec decorator(TaskDecorator decorator) {
        Objects.requireNonNull(decorator, "decorator");
        return new Spec(scope, name, timeout, decorator, onDone, onCancel, onDrain);
    }

    @Override
    public TaskSpec onDone(Consumer<? super Task<?>> callback) {
        Objects.requireNonNull(callback, "callback");
        return new Spec(scope, name, timeout, decorator, callback, onCancel, onDrain);
    }

    @Override
    public TaskSpec onCancel(Action hook) {
        return new Spec(scope, name, timeout, decorator, onDone, Objects.requireNonNull(hook, "hook"), onDrain);
    }

    @Override
    public TaskSpec onDrain(Action hook) {
        return new Spec(scope, name, timeout, decorator, onDone, onCancel, Objects.requireNonNull(hook, "hook"));
    }

    // ---- Spawning

    @Override
    @SuppressWarnings("NullAway")   // only a try gives null
    public <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body) {
        return Admission.admit(new Specified<T>(this, Objects.requireNonNull(body, "body")), false);
    }

    @Override
    @SuppressWarnings("NullAway")
    public Task<@Nullable Void> spawn(Action body) {
        return Admission.admit(new Specified<@Nullable Void>(this, RunOnly.asAction(body)), false);
    }

    @Override
    public <T extends @Nullable Object> @Nullable Task<T> trySpawn(Callable<? extends T> body) {
        return Admission.admit(new Specified<T>(this, Objects.requireNonNull(body, "body")), true);
    }

    @Override
    @SuppressWarnings("NullAway")
    public <T extends @Nullable Object> Task<T> spawnAsync(
            Callable<? extends CompletionStage<? extends T>> start) {
        return Admission.admit(new AsyncTask<T>(this, Objects.requireNonNull(start, "start")), false);
    }

    @Override
    @SuppressWarnings("NullAway")
    public <T extends @Nullable Object> Task<T> spawnWithSelf(TaskBody<T> body) {
        return Admission.admit(new SelfTask<T>(this, Objects.requireNonNull(body, "body")), false);
    }

    /** Whether a task's word has to say that there are callbacks or hooks. */
    boolean hasCalls() {
        return onDone != null || onCancel != null || onDrain != null;
    }
}
