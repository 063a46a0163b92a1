package dev.supervisor.faults;

import dev.supervisor.Poll;
import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import dev.supervisor.faults.FaultPoint.Ends;
import dev.supervisor.faults.FaultPoint.Way;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;

/** The task under test of a {@link FaultBench}, in the form that its place needs, and the user code of that form. */
final class BenchTask {

    static final String NAME = "under test";

    private final FaultBench bench;
    private final CompletableFuture<Object> stage = new Stage();
    private volatile Future<?> future;

    BenchTask(FaultBench bench) {
        this.bench = bench;
    }

    /** A stage whose methods may throw. */
    private final class Stage extends CompletableFuture<Object> {

        @Override
        public CompletableFuture<Object> whenComplete(BiConsumer<? super Object, ? super Throwable> action) {
            bench.at(FaultPoint.ASYNC_REGISTER);
            CompletableFuture<Object> registered = super.whenComplete(action);
            bench.at(FaultPoint.ASYNC_REGISTERED);
            return registered;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            bench.at(FaultPoint.ASYNC_CANCEL);
            return super.cancel(mayInterruptIfRunning);
        }
    }

    Task<?> spawn() {
        return switch (bench.point.form) {
            case PLAIN -> bench.variant == FaultBench.Variant.COMPLETIONS
                    ? bench.completions.spawn(NAME, bench::body) : bench.supervisor.spawn(NAME, bench::body);
            case SPEC -> spec().spawn(bench::body);
            case ASYNC -> spec().spawnAsync(this::start);
            case SELF -> spec().spawnWithSelf(self -> self.shield(Duration.ofHours(1), () -> {
                Object result = bench.body();
                bench.at(FaultPoint.SHIELDED);
                return result;
            }));
            case SUBMITTED -> submit();
        };
    }

    private TaskSpec spec() {
        TaskSpec spec = bench.supervisor.spec(NAME)
                .onDone(bench.callback("spec", done -> {
                    bench.at(FaultPoint.SPEC_CALLBACK);
                    bench.at(FaultPoint.PENDING_SPEC_CALLBACK);
                }))
                .decorator(this::decorate);
        if (bench.point == FaultPoint.PENDING_SPEC_HOOK) {
            spec = spec.onCancel(bench::hook);
        }
        if (bench.point == FaultPoint.SPEC_DRAIN_HOOK) {
            spec = spec.onDrain(bench::hook);
        }
        return bench.way == Way.TIME_LIMIT ? spec.timeout(Duration.ofMillis(1)) : spec;
    }

    private Runnable decorate(Runnable body) {
        bench.at(FaultPoint.SPEC_DECORATE);
        return () -> {
            bench.at(FaultPoint.SPEC_DECORATED_BEFORE);
            body.run();
            bench.at(FaultPoint.SPEC_DECORATED_AFTER);
        };
    }

    private CompletionStage<Object> start() {
        bench.begun();
        bench.at(FaultPoint.ASYNC_START);
        if (bench.point.ends == Ends.RETURNS) {
            stage.complete("result");
        }
        return stage;
    }

    private Task<?> submit() {
        future = bench.supervisor.asExecutorService().submit(() -> {
            Object result = bench.body();
            bench.at(FaultPoint.SUBMITTED);
            return result;
        });
        Poll.until("the body has begun", () -> bench.runs.get() > 0);
        return bench.registered;
    }

    /** Lets an async task end. */
    void release() {
        stage.complete("result");
    }

    /** What the future that was the body has failed with; null if there is none. */
    Throwable failureOfFuture() throws InterruptedException {
        if (future != null) {
            try {
                future.get();
            } catch (ExecutionException e) {
                return e.getCause();
            }
        }
        return null;
    }
}
