package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Block;
import dev.supervisor.BlockFunction;
import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import dev.supervisor.Task;
import dev.supervisor.TaskBody;
import dev.supervisor.TaskSpec;
import dev.supervisor.jfr.FlightRecording;
import java.io.IOException;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one implementation of {@link Supervisor}: its state, and the door to the engine. */
public final class Scope extends Supervisor {

    static final VarHandle UNFINISHED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "unfinished", VarHandle.class, Scope.class, boolean.class);
    private static final VarHandle TALLY = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "tally", VarHandle.class, Scope.class, Tally.class);
    private static final VarHandle EXTRAS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "extras", VarHandle.class, Scope.class, Extras.class);

    final Census census = new Census();
    final Settings settings;
    final Lifecycle lifecycle = new Lifecycle();
    /** The first fatal error, or a mark that it was taken: see {@link FatalErrors}. */
    volatile @Nullable Throwable fatal;
    final @Nullable Owner owner;
    /** The tasks that it was opened in, if it is owned or the supervisor of a {@code run}: see {@link Inside}. */
    final @Nullable Ancestor opener;
    /** A thread ran out of stack or memory with a task in hand, and has marked the task UNFINISHED (Completion). */
    volatile boolean unfinished;
    /** A timed poll has waited with none pending, and is to be woken at the end (CompletionQueue). */
    volatile boolean idlePolls;
    /** What is counted besides the tasks that come and go, or null while there is nothing. */
    private volatile @Nullable Tally tally;
    /** What few supervisors have, or null. */
    private volatile @Nullable Extras extras;

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
        if (settings.hasExtras() || Leaks.ON) {
            this.extras = new Extras(this);
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
        return open(settings, false);
    }

    /** The same, also for a {@code run}. */
    static Scope open(Settings settings, boolean isBlock) {
        Scope scope = new Scope(settings, isBlock);
        Extras extras = scope.extras;
        try {
            if (extras != null) {
                scope.begin(extras);
            }
            FlightRecording.opened(scope);
        } catch (Throwable refused) {   // no call before the mark
            ChildTask asTask = extras == null ? null : extras.asTask;
            if (asTask != null) {
                asTask.abandoned = true;
                asTask.scope.unfinished = true;
            }
            if (scope.owner != null) {
                scope.owner.leaveBlock(false);   // the parent may have interrupted it
                scope.owner.leave();
            }
            if (extras != null) {
                scope.undo(extras);
            }
            throw refused;
        }
        return scope;
    }

    /** The opening throws. */
    private void undo(Extras extras) {
        if (extras.named != null) {
            NamedScopes.remove(extras.named);
        }
        if (settings.options().jvmExitGrace() != null) {
            JvmExit.REGISTRY.remove(this);
        }
        if (settings.options().deadline() != null) {
            deadlines().leave();
        }
        if (extras.asTask != null) {
            Abort.recover(extras.asTask.scope);
        }
        if (Leaks.ON) {
            Leaks.left(this);
        }
    }

    private void begin(Extras extras) {
        if (Leaks.ON) {
            Leaks.opened(this);   // before another thread knows of it
        }
        Options options = settings.options();
        if (options.parent() != null) {
            ChildTask.open(this, options.parent());
        }
        if (options.deadline() != null) {
            deadlines().watchScope();
        }
        if (extras.named != null) {
            NamedScopes.add(extras.named);
        }
        if (options.jvmExitGrace() != null) {
            JvmExit.REGISTRY.add(this);
        }
        if (census.isFinished()) {   // by the parent, before it was to be found here: decides Race35a_OpenFinish
            extras.finished(this);
        }
    }

    /**
     * {@return the open supervisors that were given a name}
     */
    public static List<Supervisor> named() {
        return NamedScopes.open();
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
        return Admission.admit(this, null, RunOnly.asAction(body), null);
    }

    @Override
    public Task<@Nullable Void> spawn(String name, Action body) {
        return Admission.admit(this, Objects.requireNonNull(name, "name"), RunOnly.asAction(body), null);
    }

    @Override
    public TaskSpec spec(String name) {
        return new Spec(this, Objects.requireNonNull(name, "name"));
    }

    @Override
    public <T extends @Nullable Object> @Nullable Task<T> trySpawn(Callable<? extends T> body) {
        return new Spec(this, null).trySpawn(body);
    }

    @Override
    public <T extends @Nullable Object> Task<T> spawnAsync(
            Callable<? extends CompletionStage<? extends T>> start) {
        return new Spec(this, null).spawnAsync(start);
    }

    @Override
    public <T extends @Nullable Object> Task<T> spawnWithSelf(TaskBody<T> body) {
        return new Spec(this, null).spawnWithSelf(body);
    }

    @Override
    public ExecutorService asExecutorService() {
        return new ExecutorView(this);
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

    // ---- Ending

    @Override
    public void seal() {
        lifecycle.markSealed();
        census.endAdmission();
        wakeSpawners();
        ChildTask.forEach(this, ChildTask.SEAL);
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
    public boolean drain(Duration grace) {
        return Drain.drain(this, Options.notNegative(grace, "grace"));
    }

    @Override
    public boolean awaitFinished(Duration timeout) throws InterruptedException {
        long nanos = Options.nanos(timeout);
        if (census.isFinished()) {
            return true;
        }
        try {
            if (nanos <= 0) {
                return false;
            }
            Abort.recover(this);   // perhaps the thread that ran the last task was cut off
            return census.await(nanos);
        } catch (InterruptedException e) {
            WindowStack.endedByInterrupt();
            throw e;
        }
    }

    @Override
    public CompletionStage<@Nullable Void> completion() {
        Extras extras = extras();
        CompletionStage<@Nullable Void> stage = extras.completion();
        if (census.isFinished()) {
            extras.finished(this);
        }
        return stage;
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
        Permits permits = permits();
        if (permits != null) {
            permits.wakeOne();
        }
        if (census.afterExit(stripe)) {
            onRetired();
        } else if (Leaks.ON) {
            Leaks.look(this);
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
            finishExtras();
        }
    }

    /** What few supervisors have is told that all is over; may be repeated. */
    void finishExtras() {
        Extras present = extras;
        if (present != null) {
            present.finished(this);
        }
        if (Leaks.ON) {
            Leaks.left(this);
        }
        if (FlightRecording.recordsFinishes() && lifecycle.markRecorded()) {
            FlightRecording.finished(this);
        }
    }

    // ---- What few supervisors have

    /** All of it, made if there is nothing yet. */
    Extras extras() {
        Extras present = extras;
        if (present == null) {
            Extras made = new Extras(this);
            Object first = EXTRAS.compareAndExchange(this, null, made);
            present = first == null ? made : (Extras) first;
        }
        return present;
    }

    /** The limit of tasks, or null. */
    @Nullable Permits permits() {
        Extras present = extras;
        return present == null ? null : present.permits;
    }

    /** This supervisor as a task of its parent, or null. */
    @Nullable ChildTask asTask() {
        Extras present = extras;
        return present == null ? null : present.asTask;
    }

    /** Whether it drains, or a supervisor around does. */
    boolean runsDrainHooks() {
        boolean drains = lifecycle.isDraining();
        for (ChildTask at = asTask(); at != null && !drains; at = at.scope.asTask()) {
            drains = at.scope.lifecycle.isDraining();
        }
        return drains;
    }

    boolean hasChildren() {
        Extras present = extras;
        return present != null && present.hasChildren;
    }

    Deadlines deadlines() {
        return extras().deadlines(this);
    }

    /** Whether a thread that is inside of no task may spawn. */
    boolean admitsStrangers() {
        return lifecycle.admits() && !census.isFinished();
    }

    /** Admission was ended, for threads outside at least: those that wait for a permit are to look. */
    void wakeSpawners() {
        Permits permits = permits();
        if (permits != null) {
            permits.wakeAll();
        }
    }

    // ---- Observing

    /** What is counted besides the tasks that come and go, made if there is nothing yet. */
    Tally tally() {
        Tally present = tally;
        if (present == null) {
            Tally made = new Tally();
            Object first = TALLY.compareAndExchange(this, null, made);
            present = first == null ? made : (Tally) first;
        }
        return present;
    }

    /** The same, or null. */
    @Nullable Tally tallyIfAny() {
        return tally;
    }

    @Override
    public SupervisorStats stats() {
        return new Stats(this);
    }

    @Override
    public State state() {
        if (census.isFinished()) {
            return State.FINISHED;
        }
        return lifecycle.isAborting() ? State.ABORTING
                : lifecycle.isSealed() ? State.SEALED
                : lifecycle.isDraining() ? State.DRAINING
                : lifecycle.isExiting() ? State.EXITING
                : State.ENTERED;
    }

    @Override
    public boolean isDeadlineExceeded() {
        return lifecycle.isDeadlineExceeded();
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

    /**
     * Writes the tree of a supervisor; of one that is not of this library, a line.
     *
     * @param supervisor the supervisor
     * @param out where to
     * @param stacks whether stacks are wanted
     * @param maxTasks how many tasks of each supervisor
     * @throws IOException if {@code out} throws it
     */
    public static void dump(Supervisor supervisor, Appendable out, boolean stacks, int maxTasks) throws IOException {
        if (supervisor instanceof Scope scope) {
            Dump.write(scope, out, stacks, maxTasks);
        } else {
            out.append(supervisor.toString()).append('\n');
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
