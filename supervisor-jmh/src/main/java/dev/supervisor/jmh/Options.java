package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskBody;
import dev.supervisor.TaskSpec;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The question: what do options of a task and of a supervisor cost, beside a task without? As {@link Accounting}: a
 * task that does nothing is run by its spawner. The difference to {@link #plain} is what an option costs.
 */
@State(Scope.Benchmark)
public class Options extends Timed {

    private static final int MOST = 1_000;
    private static final Callable<Object> CALLABLE = () -> null;
    private static final TaskBody<Object> WITH_SELF = self -> null;
    private static final CompletionStage<Object> COMPLETED = CompletableFuture.completedFuture(null);
    private static final Callable<CompletionStage<Object>> ASYNC = () -> COMPLETED;

    private final Supervisor plain = builder().open();
    private final Supervisor limited = builder().maxTasks(MOST).open();
    private final TaskSpec observed = plain.spec("observed").onDone(done -> { });
    private final TaskSpec hooked = plain.spec("hooked").onCancel(() -> { });

    private static Supervisor.Builder builder() {
        return Supervisor.builder().unowned().executor(Runnable::run);
    }

    /** No option. */
    @Benchmark
    public Task<?> plain() {
        return plain.spawn(Work.NONE);
    }

    /** A limit of tasks, with permits that are free. */
    @Benchmark
    public Task<?> maxTasks() {
        return limited.spawn(Work.NONE);
    }

    /** The same, by an attempt. */
    @Benchmark
    public Task<?> trySpawn() {
        return limited.trySpawn(CALLABLE);
    }

    /** An async task whose stage is complete. */
    @Benchmark
    public Task<?> async() {
        return plain.spawnAsync(ASYNC);
    }

    /** A body that knows its task. */
    @Benchmark
    public Task<?> withSelf() {
        return plain.spawnWithSelf(WITH_SELF);
    }

    /** A spec with a callback, which is called. */
    @Benchmark
    public Task<?> onDone() {
        return observed.spawn(Work.NONE);
    }

    /** A spec with a hook, which is not. */
    @Benchmark
    public Task<?> onCancel() {
        return hooked.spawn(Work.NONE);
    }
}
