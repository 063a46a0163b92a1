package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Block;
import dev.supervisor.BlockFunction;
import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one implementation of {@link Supervisor}: its state, and the door to the engine. */
public final class Scope extends Supervisor {

    static final VarHandle UNFINISHED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "unfinished", VarHandle.class, Scope.class, boolean.class);

    final Census census = new Census();
    final Settings settings;
    final Lifecycle lifecycle = new Lifecycle();
    final FatalErrors fatal = new FatalErrors();
    final @Nullable Owner owner;
    /** The tasks that it was opened in, if it is owned or the supervisor of a {@code run}: see {@link Inside}. */
    final @Nullable Ancestor opener;
    /** A thread ran out of stack or memory with a task in hand, and has marked the task UNFINISHED (Completion). */
    volatile boolean unfinished;
    /** A timed poll has waited with none pending, and is to be woken at the end (CompletionQueue). */
    volatile boolean idlePolls;

    /**
     * Opens a supervisor.
     *
     * @param isBlock whether it is that of a {@code run}, which counts as owned when it comes to waiting for oneself
     */
    Scope(Settings settings, boolean isBlock) {
        this.settings = settings;
        if (settings.owned()) {
            WindowStack stack = Chain.stack();
            this.opener = stack.ancestor();
            this.owner = Owner.open(stack);
        } else {
            this.opener = isBlock ? Inside.opener() : null;
            this.owner = null;
        }
    }

    // ---- The door

    /**
     * Opens a supervisor.
     *
     * @param settings what the builder was given
     * @return the supervisor
     */
    public static Supervisor open(Settings settings) {
        return new Scope(settings, false);
    }

    /**
     * The whole life of a supervisor (C5).
     *
     * @param <X> what the block may throw
     * @param settings what the builder was given
     * @param block the block
     * @throws X what the block has thrown
     * @throws InterruptedException if the block threw it, or if the wait for the tasks was interrupted
     */
    public static <X extends Exception> void run(Settings settings, Block<X> block) throws X, InterruptedException {
        Exit.run(settings, block);
    }

    /**
     * The same, with a value.
     *
     * @param <R> the type of the value
     * @param <X> what the block may throw
     * @param settings what the builder was given
     * @param block the block
     * @return what the block has returned
     * @throws X what the block has thrown
     * @throws InterruptedException if the block threw it, or if the wait for the tasks was interrupted
     */
    public static <R extends @Nullable Object, X extends Exception> R call(Settings settings, BlockFunction<R, X> block)
            throws X, InterruptedException {
        return Exit.call(settings, block);
    }

    // ---- Spawning

    @Override
    public <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body) {
        return Admission.admit(this, null, Objects.requireNonNull(body, "body"), null);
    }

    @Override
    public <T extends @Nullable Object> Task<T> spawn(String name, Callable<? extends T> body) {
        return Admission.admit(
                this, Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"), null);
    }

    @Override
    public Task<@Nullable Void> spawn(Action body) {
        return Admission.admit(this, null, asAction(body), null);
    }

    @Override
    public Task<@Nullable Void> spawn(String name, Action body) {
        return Admission.admit(this, Objects.requireNonNull(name, "name"), asAction(body), null);
    }

    @Override
    public void execute(Runnable body) {
        Objects.requireNonNull(body, "body");
        Admission.<@Nullable Void>admit(this, null, body instanceof Callable ? new RunOnly(body) : body, null);
    }

    @Override
    public <T extends @Nullable Object> Completions<T> completions() {
        return new CompletionQueue<>(this);
    }

    /** A body that will be run as an action, even if it could be called. */
    private static Object asAction(Action body) {
        return Objects.requireNonNull(body, "body") instanceof Callable ? new RunOnly(body) : body;
    }

    // ---- Ending

    @Override
    public void seal() {
        lifecycle.markSealed();
        census.endAdmission();
        onRetired();
    }

    @Override
    public void abort() {
        Abort.abort(this, false);
    }

    @Override
    public void shutdown() {
        Exit.shutdown(this);
    }

    @Override
    public void join() throws InterruptedException {
        Exit.join(this);
    }

    @Override
    public void close() {
        Exit.close(this);
    }

    /** To be called after each exit of a stripe. */
    void afterExit(Stripe stripe) {
        if (census.afterExit(stripe)) {
            onRetired();
        }
        Abort.recover(this);
    }

    /** Perhaps no task is live any more; to be called by each thread that may be the last to know. */
    void onRetired() {
        if (census.isFinished()) {
            CompletionQueue.finished(this);
            if (owner != null) {
                owner.markOver();
            }
            FatalErrors.finished(this);
        }
    }

    // ---- Observing

    @Override
    public State state() {
        if (census.isFinished()) {
            return State.FINISHED;
        }
        return lifecycle.isAborting() ? State.ABORTING
                : lifecycle.isSealed() ? State.SEALED
                : lifecycle.isExiting() ? State.EXITING
                : State.ENTERED;
    }

    @Override
    public long liveCount() {
        return census.size();
    }

    @Override
    public List<Task<?>> tasks() {
        Snapshot tasks = new Snapshot();
        census.forEach(tasks);
        return Collections.unmodifiableList(tasks);
    }

    /** Collects live tasks. */
    private static final class Snapshot extends ArrayList<Task<?>> implements Consumer<SupervisedTask<?>> {

        private static final long serialVersionUID = 1L;

        @Override
        public void accept(SupervisedTask<?> task) {
            if (!task.isRetired() && !task.isRefused()) {
                add(task);
            }
        }
    }

    @Override
    public String name() {
        String given = settings.name();
        return given != null ? given : "supervisor-" + Integer.toHexString(System.identityHashCode(this));
    }

    @Override
    public String toString() {
        return "Supervisor[" + name() + ", tasks=" + liveCount() + ", " + state().name().toLowerCase(Locale.ROOT) + "]";
    }
}
