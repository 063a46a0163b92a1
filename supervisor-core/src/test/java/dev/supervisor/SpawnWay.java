package dev.supervisor;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Every way to spawn one task: by the supervisor, by a spec, by completions, and by the view. */
enum SpawnWay {
    CALLABLE, ACTION, NAMED_CALLABLE, NAMED_ACTION, EXECUTE, TRY, ASYNC, WITH_SELF,
    COMPLETIONS, NAMED_COMPLETIONS,
    SPEC_CALLABLE, SPEC_ACTION, SPEC_TRY, SPEC_ASYNC, SPEC_WITH_SELF,
    VIEW_EXECUTE, VIEW_CALLABLE, VIEW_RUNNABLE, VIEW_RESULT, VIEW_ALL, VIEW_TIMED_ALL, VIEW_ANY, VIEW_TIMED_ANY;

    /** Those that wait for a permit where {@link Overflow#BLOCK} is set. */
    static List<SpawnWay> waiting() {
        return Stream.of(values()).filter(way -> !way.tries()).toList();
    }

    /** Whether it gives null when the supervisor is full. */
    boolean tries() {
        return this == TRY || this == SPEC_TRY;
    }

    /** Spawns a task that runs the body, or gives the method null in its place; returns null only if it tries. */
    Object spawn(Supervisor supervisor, Runnable body) throws Exception {
        return spawn(supervisor, supervisor.spec("spec"), body);
    }

    /** The same, with a spec of the supervisor. */
    Object spawn(Supervisor supervisor, TaskSpec spec, Runnable body) throws Exception {
        Callable<Object> callable = body == null ? null : () -> {
            body.run();
            return this;
        };
        Action action = body == null ? null : body::run;
        Callable<CompletionStage<Object>> start = body == null ? null : () -> {
            body.run();
            return CompletableFuture.completedFuture(this);
        };
        TaskBody<Object> withSelf = body == null ? null : self -> callable.call();
        List<Callable<Object>> one = Collections.singletonList(callable);
        ExecutorService view = supervisor.asExecutorService();
        return switch (this) {
            case CALLABLE -> supervisor.spawn(callable);
            case ACTION -> supervisor.spawn(action);
            case NAMED_CALLABLE -> supervisor.spawn("named", callable);
            case NAMED_ACTION -> supervisor.spawn("named", action);
            case EXECUTE -> {
                supervisor.execute(body);
                yield this;
            }
            case TRY -> supervisor.trySpawn(callable);
            case ASYNC -> supervisor.spawnAsync(start);
            case WITH_SELF -> supervisor.spawnWithSelf(withSelf);
            case COMPLETIONS -> supervisor.completions().spawn(callable);
            case NAMED_COMPLETIONS -> supervisor.completions().spawn("named", callable);
            case SPEC_CALLABLE -> spec.spawn(callable);
            case SPEC_ACTION -> spec.spawn(action);
            case SPEC_TRY -> spec.trySpawn(callable);
            case SPEC_ASYNC -> spec.spawnAsync(start);
            case SPEC_WITH_SELF -> spec.spawnWithSelf(withSelf);
            case VIEW_EXECUTE -> {
                view.execute(body);
                yield this;
            }
            case VIEW_CALLABLE -> view.submit(callable);
            case VIEW_RUNNABLE -> view.submit(body);
            case VIEW_RESULT -> view.submit(body, this);
            case VIEW_ALL -> view.invokeAll(one);
            case VIEW_TIMED_ALL -> view.invokeAll(one, 1, TimeUnit.HOURS);
            case VIEW_ANY -> view.invokeAny(one);
            case VIEW_TIMED_ANY -> view.invokeAny(one, 1, TimeUnit.HOURS);
        };
    }
}
