package dev.supervisor;

import dev.supervisor.engine.Options;
import dev.supervisor.engine.Scope;
import dev.supervisor.engine.Settings;
import dev.supervisor.threads.Launcher;
import dev.supervisor.threads.PerTaskThreads;
import dev.supervisor.threads.UserExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A long-lived scope for an indefinite, ever-changing set of tasks. Any thread may spawn a task at any time while it
 * lives. A task that fails never disturbs its siblings. Nothing of a finished task is retained. Cancelled from outside,
 * or shut down, the supervisor cancels every live task, waits for all of them, and only then lets its block exit.
 *
 * <p>The whole contract in one call:
 * {@snippet class="dev.supervisor.docs.Examples" region="callback"}
 * and by hand:
 * {@snippet class="dev.supervisor.docs.Examples" region="try"}
 *
 * <p>A supervisor has an owner, the thread that opened it, which alone may {@link #join join} and {@link #close close}
 * it; one that was {@linkplain Builder#unowned() built without} can be joined and closed by any thread. Everything else
 * may be called by any thread, tasks and callbacks included. {@code spawn} and the completion of a task are lock-free,
 * with the few exceptions that "Progress" in {@code docs/guarantees.md} lists.
 *
 * <p>A cancellation is an interrupt, which bodies should let end them. A platform thread in {@code java.net} socket I/O
 * is not ended by it.
 *
 * <p><b>Memory effects.</b> Actions before a spawn <i>happen-before</i> the body; actions in a body
 * <i>happen-before</i> its callbacks and before {@code join}, {@code close}, {@code shutdown} or {@code run} returns.
 *
 * <p>{@code close}, {@code shutdown}, {@code drain} and the end of {@code run}, when they have waited for 10 seconds, log
 * through the {@link System.Logger} named {@code dev.supervisor} which tasks they wait for, and again at doubling times
 * (O7).
 *
 * <p>The numbers of clauses (A3, C4, ...) in these pages refer to {@code docs/guarantees.md}. The model is {@code
 * aiotools.Supervisor} for Python; the differences are listed in {@code docs/differences.md}.
 */
public abstract class Supervisor implements AutoCloseable, Executor {

    /** How far a supervisor has come; the later one wins where several hold (C9). */
    public enum State {
        /** Open; accepts tasks. */
        ENTERED,
        /** A thread waits for its end in {@code join}; it accepts tasks while at least one is live. */
        EXITING,
        /** Drains: accepts only tasks that live ones spawn, for as long as one is live. */
        DRAINING,
        /** Accepts no new task; live ones run on. */
        SEALED,
        /** Accepts no new task; live ones have been asked to cancel. */
        ABORTING,
        /** Accepts no new task, and none is live. Final. */
        FINISHED
    }

    /** For the one implementation, and for fakes in tests. Methods may be added to this class. */
    protected Supervisor() { }

    // ---- Opening

    /**
     * Opens a supervisor with default settings, owned by the calling thread (A1). To be closed by it, best in a {@code
     * try} block.
     *
     * <p>A component that one thread starts and another stops, as a bean of a container is, has no such block: its
     * supervisor is to be {@linkplain Builder#unowned() unowned}.
     *
     * @return a supervisor that is {@link State#ENTERED ENTERED}
     */
    public static Supervisor open() {
        return Scope.open(Settings.DEFAULT);
    }

    /**
     * Starts to build a supervisor with other settings.
     *
     * @return a new builder with the default settings
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The open supervisors that were given a {@linkplain Builder#name name}, in the order in which they were opened
     * (O3). Those that have one name are all there, and so are children. A supervisor that its user has dropped without
     * an exit is there until it is collected. To see what runs in a program:
     * {@snippet class="dev.supervisor.docs.Examples" region="named"}
     *
     * @return a weakly consistent snapshot, unmodifiable: it has every such supervisor that was open throughout the call,
     *     none that was {@link State#FINISHED FINISHED} before it, and perhaps others
     */
    public static List<Supervisor> named() {
        return Scope.named();
    }

    /**
     * Runs a block under a new supervisor and waits for every task (C5). If the calling thread is interrupted while it
     * waits, every task is cancelled and waited for, and {@code InterruptedException} is thrown. If the block throws
     * {@code InterruptedException} or something fatal, likewise, and that is rethrown. If it throws anything else,
     * every task is waited for, and it is rethrown.
     *
     * <p>A fatal error of a task (C7) takes precedence over what the block throws, and that over an interrupt of the
     * wait; the one that loses is suppressed in the other, and an interrupt that loses sets the interrupt status. If
     * this method throws {@code InterruptedException} it does not set the status.
     *
     * @param <X> what the block may throw
     * @param block the block
     * @throws X what the block has thrown
     * @throws InterruptedException if the block threw it, or if the calling thread was interrupted while it waited for
     *     the tasks
     * @throws CompletionException around a fatal error that is a checked exception; any other fatal error of a task is
     *     thrown as it is (C7)
     */
    public static <X extends Exception> void run(Block<X> block) throws X, InterruptedException {
        Scope.run(Settings.DEFAULT, block);
    }

    /**
     * Like {@link #run(Block)}, for a block that returns a value.
     *
     * @param <R> the type of the value
     * @param <X> what the block may throw
     * @param block the block
     * @return what the block has returned
     * @throws X what the block has thrown
     * @throws InterruptedException if the block threw it, or if the calling thread was interrupted while it waited for
     *     the tasks
     */
    public static <R extends @Nullable Object, X extends Exception> R call(BlockFunction<R, X> block)
            throws X, InterruptedException {
        return Scope.call(Settings.DEFAULT, block);
    }

    // ---- Spawning

    /**
     * Spawns a task (A2-A7). May be called by any thread. Once this method has returned, every {@code join}, {@code
     * close} and {@code shutdown} waits for the task.
     *
     * @param <T> the type of the result
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException if this supervisor takes no more tasks; its message says whether this
     *     supervisor "is finished", "is shutting down", "is sealed", "is draining" or "is full". Also if the executor
     *     refuses the task. The body never runs then. A task that was asked to cancel may let the refusal of a supervisor that is shutting down
     *     escape: it is {@code CANCELLED} then, and not reported (E3)
     * @throws RuntimeException what the executor, the thread factory or the decorator has thrown; unless the body had
     *     begun by then, nothing of the task remains
     */
    public abstract <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body);

    /**
     * Spawns a task with a name. If this supervisor starts the task's thread, that is the thread's name, too; with the
     * supervisor's name and a slash before it if {@linkplain Builder#name that was given}.
     *
     * @param <T> the type of the result
     * @param name the name of the task
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link #spawn(Callable)} does
     */
    public abstract <T extends @Nullable Object> Task<T> spawn(String name, Callable<? extends T> body);

    /**
     * Spawns a task that returns nothing.
     *
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link #spawn(Callable)} does
     */
    public abstract Task<@Nullable Void> spawn(Action body);

    /**
     * Spawns a task that returns nothing, with a name.
     *
     * @param name the name of the task
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link #spawn(Callable)} does
     */
    public abstract Task<@Nullable Void> spawn(String name, Action body);

    /**
     * Spawns a task and forgets it: this makes a supervisor an {@link Executor}. What the body throws goes to the
     * failure handler. Many bodies that are given to an executor throw nothing: a {@code FutureTask}, or the body of
     * {@code supplyAsync}, keeps its failure for the threads that ask its future, and the handler never sees it.
     *
     * <p>If the task is cancelled before its start, and the body is itself a {@link Future}, as what an {@link
     * AbstractExecutorService} hands to its {@code execute} is, then that future is cancelled, so no thread waits for
     * it for ever. If this method throws, the future is left to the caller.
     *
     * <p>A future that only refers to its body cannot be completed like that: one of {@link
     * CompletableFuture#supplyAsync(Supplier, Executor) supplyAsync}, {@code runAsync} or another async stage stays
     * incomplete for ever if its task is cancelled before its start. Use {@link Task#toCompletableFuture
     * spawn(...).toCompletableFuture()} instead. So do the futures that an {@link ExecutorCompletionService} returns,
     * which it then hands over although they are not done. Use {@link #completions} instead.
     *
     * @param body run once, unless the task is cancelled before its start
     * @throws RejectedExecutionException as {@link #spawn(Callable)} does
     */
    @Override
    public abstract void execute(Runnable body);

    /**
     * Spawns a task unless this supervisor {@linkplain Builder#maxTasks(int) is full}. It never waits (S9).
     *
     * @param <T> the type of the result
     * @param body run once, unless the task is cancelled before its start
     * @return the task, or null if this supervisor is full
     * @throws RejectedExecutionException if this supervisor takes no more tasks, as {@link #spawn(Callable)} does
     */
    public abstract <T extends @Nullable Object> @Nullable Task<T> trySpawn(Callable<? extends T> body);

    /**
     * Spawns a task that is live until a stage completes, and holds no thread meanwhile (S7). {@code start} is called on
     * the calling thread, inside of the decorator if there is one. If it throws, or returns null, the task is {@link
     * Task.Status#FAILED FAILED}; this method returns all the same.
     *
     * <p>The outcome is that of the stage; layers of {@code CompletionException} and {@code ExecutionException} are
     * taken off. Callbacks run on the thread that completes the stage, an event loop perhaps. They may spawn while this
     * supervisor {@linkplain #drain drains}. A continuation of the stage, which is not inside of the task, may not.
     *
     * <p>A request to cancel interrupts no thread. It runs the {@linkplain Task#onCancel hooks} of the task, or, if
     * there is none, calls {@code cancel(true)} of the stage if that is a {@link Future} that supports it. One that
     * comes while {@code start} runs takes effect when that has returned. A stage that never completes is waited for.
     * Code that waits for the task, or for this supervisor, where that delays the stage, waits for ever: that is not
     * refused (C8).
     *
     * @param <T> the type of the result
     * @param start called once; returns the stage
     * @return the task
     * @throws RejectedExecutionException as {@link #spawn(Callable)} does
     */
    public abstract <T extends @Nullable Object> Task<T> spawnAsync(
            Callable<? extends CompletionStage<? extends T>> start);

    /**
     * Spawns a task whose body is given the task itself (S11), so that it can ask whether it is to cancel, and shield a
     * part of its work from that.
     *
     * @param <T> the type of the result
     * @param body run once, unless the task is cancelled before its start
     * @return the task
     * @throws RejectedExecutionException as {@link #spawn(Callable)} does
     */
    public abstract <T extends @Nullable Object> Task<T> spawnWithSelf(TaskBody<T> body);

    /**
     * Describes tasks of one kind: with a name, and with options that the spec's own methods add (S4).
     *
     * @param name the name of the tasks
     * @return a spec without options, which spawns in this supervisor
     */
    public abstract TaskSpec spec(String name);

    /**
     * This supervisor as an {@link ExecutorService}, for libraries that ask for one (S10). {@code shutdown} seals it.
     * {@code shutdownNow} aborts, and returns the {@code Runnable} of each task that has not started: not run, and not
     * cancelled. It {@code isTerminated} when it is {@link State#FINISHED FINISHED}. All views of a supervisor share
     * it.
     *
     * <p>{@code submit} returns a {@link java.util.concurrent.FutureTask}, which is done as soon as it is cancelled. A
     * failure of its body belongs to that future: it is not reported, but shown to {@link Builder#fatalIf fatalIf}. If
     * the task is dropped otherwise than by {@code shutdownNow}, the future is cancelled.
     *
     * <p>{@code close}, which waits, is refused inside of a task of this supervisor (C8). {@code awaitTermination} there
     * is an ordinary timed wait.
     *
     * @return a view; not a {@link java.util.concurrent.ScheduledExecutorService}
     */
    public abstract ExecutorService asExecutorService();

    /**
     * A queue of finished tasks: spawn through it and take the tasks as they finish, whatever their outcome (E9).
     *
     * @param <T> the type of the results
     * @return a new queue, independent of others
     */
    public abstract <T extends @Nullable Object> Completions<T> completions();

    // ---- Ending

    /** Takes no new task from now on; live ones run on, and may not spawn either (A4). Idempotent. */
    public abstract void seal();

    /**
     * Takes no new task from now on, and asks every live one to cancel; returns without waiting for them (C2). Tasks
     * that have not started are done at once: when every task has been asked, their waiters are released and their
     * futures complete; then bodies that are futures themselves are cancelled (see {@link #execute}); and then their
     * callbacks run. All this is done by the calling thread. May be called by any thread, in tasks and callbacks too.
     * Idempotent.
     *
     * <p>If {@link Thread#interrupt()} of a task's thread does not return, neither does this call; a call by another
     * thread asks the other tasks.
     */
    public abstract void abort();

    /**
     * Aborts, interrupts the owner if it is another thread and still in its block, and waits for every task (C3). The
     * wait cannot be interrupted; the interrupt status is kept. In a shutdown hook of the JVM it can wait for ever, for
     * a task that has called {@code System.exit}: use {@link Builder#drainOnJvmExit}, or {@link #abort} and {@link
     * #awaitFinished} there. May be called by any number of threads, but not from
     * inside a task of this supervisor; a task can call {@link #abort}.
     *
     * @throws IllegalStateException if called inside of a task of this supervisor, or a callback of one, or a task of a
     *     supervisor that was opened in one, at any depth: it would wait for itself (C8); nothing is changed then
     */
    public abstract void shutdown();

    /**
     * Stops gracefully (S1): takes no new work, lets what is live end, and when the grace is over shuts down.
     *
     * <ol>
     * <li>The state becomes {@link State#DRAINING DRAINING}. A spawn is accepted only inside of a live task of this
     * supervisor or one of its callbacks, so that requests in flight can fan out. All others are refused, those of the
     * owner's block too, and those of a continuation of the stage of an {@linkplain #spawnAsync async task}: only that
     * task's callbacks are inside of it.
     * <li>The {@linkplain Task#onDrain drain hooks} of all live tasks run, on another thread. One that hangs holds up
     * no drain, unless that thread could not be started.
     * <li>It waits until this supervisor is finished, the grace is over, or the calling thread is interrupted.
     * <li>It interrupts the owner if that is another thread and still in its block, as {@link #shutdown} does. If this
     * supervisor is not finished, or was aborted, it does what {@code shutdown} does.
     * </ol>
     *
     * <p>Many threads may drain at once: hooks run once, and the earliest end of a grace counts. An owner that waits in
     * {@link #join} meanwhile returns normally when all tasks have ended. The interrupt status is kept.
     *
     * @param grace how long live tasks may go on; if zero, they may not
     * @return whether this supervisor has finished without an abort
     * @throws IllegalArgumentException if the grace is negative
     * @throws IllegalStateException where {@link #shutdown} throws it (C8); nothing is changed then
     */
    public abstract boolean drain(Duration grace);

    /**
     * Waits for the end of this supervisor, for a limited time, and changes nothing (S2). Any thread may do so, also
     * inside of a task of this supervisor, where the wait can only time out.
     *
     * @param timeout the time; if it is zero or negative, this method looks and returns
     * @return whether this supervisor is {@link State#FINISHED FINISHED}
     * @throws InterruptedException if the calling thread was interrupted while it waited
     */
    public abstract boolean awaitFinished(Duration timeout) throws InterruptedException;

    /**
     * A stage that completes when this supervisor is {@link State#FINISHED FINISHED}, normally in any case (S8): a fatal
     * error is thrown by the exit. It completes, and its dependants run, on the thread whose call has ended the
     * supervisor. To ask for it ends no admission.
     *
     * @return a stage that its users cannot complete
     */
    public abstract CompletionStage<@Nullable Void> completion();

    /**
     * Waits for every task without cancelling any: the normal end of the block (C4). While it waits, tasks and
     * callbacks may go on to spawn. When it has returned, no spawn succeeds any more, and {@link #close} has nothing
     * left to do.
     *
     * <p>A task that the executor never runs is waited for, too, until it is cancelled or {@link #abort} is called
     * (A7).
     *
     * @throws InterruptedException if the calling thread was interrupted while tasks were live; nothing is cancelled by
     *     that, and the owner is back in its block
     * @throws IllegalStateException if called by another thread than the owner; or inside of a task of this supervisor,
     *     a callback of one, or a task of a supervisor that was opened in one, at any depth (C8); nothing is changed
     *     then
     * @throws DeadlineExceededException if the {@linkplain Builder#deadline deadline} has ended this supervisor, when
     *     every task has ended (S5)
     * @throws CompletionException around a fatal error that is a checked exception; any other fatal error of a task is
     *     thrown as it is (C7)
     */
    public abstract void join() throws InterruptedException;

    /**
     * Leaves the block (C4). After a {@link #join} that has returned there is nothing to do. Otherwise whatever still
     * lives is cancelled and waited for, which cannot be interrupted; the interrupt status is kept. Idempotent.
     *
     * <p>If tasks are cancelled by that, a warning is logged through the {@link System.Logger} named {@code
     * dev.supervisor}, since a {@code join} may have been forgotten. It is not logged if {@code join}, {@code abort} or
     * {@code shutdown} was called before, or if the calling thread was interrupted. A block that means to cancel its
     * tasks calls {@link #abort} before it is left.
     *
     * @throws IllegalStateException if called by another thread than the owner; or inside of a task of this supervisor,
     *     a callback of one, or a task of a supervisor that was opened in one, at any depth (C8); nothing is changed
     *     then
     * @throws DeadlineExceededException if the {@linkplain Builder#deadline deadline} has ended this supervisor, and no
     *     exit was complete before (S5)
     * @throws CompletionException around a fatal error of a task, if none of {@code join} and {@code close} has thrown
     *     it yet; a new one, so that Java can suppress it in whatever the {@code try} block throws (C7)
     */
    @Override
    public abstract void close();

    // ---- Observing

    /**
     * How far this supervisor has come (C9).
     *
     * @return the first that holds of {@code FINISHED}, {@code ABORTING}, {@code SEALED}, {@code DRAINING}, {@code
     *     EXITING}, {@code ENTERED}
     */
    public abstract State state();

    /**
     * Whether the {@linkplain Builder#deadline deadline} of this supervisor was what has ended it (S5).
     *
     * @return true if it passed while this supervisor was open and not aborting
     */
    public abstract boolean isDeadlineExceeded();

    /**
     * The number of live tasks. Takes time in the number of stripes, not of tasks.
     *
     * @return the number of tasks that were accepted and have not retired; exact if no task comes or goes meanwhile
     */
    public abstract long liveCount();

    /**
     * What this supervisor has counted: tasks by outcome, and refusals by reason (O1). It is always counted, and a task
     * that succeeds pays nothing for it. Takes time in the number of stripes, not of tasks.
     *
     * @return a snapshot; exact if the supervisor is {@link State#FINISHED FINISHED} and no spawn is under way
     */
    public abstract SupervisorStats stats();

    /**
     * The live tasks.
     *
     * @return a weakly consistent snapshot, unmodifiable: it has every task that was live throughout the call, and
     *     perhaps others
     */
    public abstract List<Task<?>> tasks();

    /**
     * Writes the tree of this supervisor as text for people (O2): its live tasks, and its {@linkplain Builder#parent
     * children}, each under the task that has opened it, or else under its parent.
     *
     * <pre>{@code
     * Supervisor "http": exiting, 1,003 live, 4,567 succeeded, 2 failed, owner "main" waiting
     *   Task "GET /": running, cancel requested, age unknown, thread "http/GET /" timed_waiting
     *     Supervisor "fan-out": entered, 1 live, owner "http/GET /" timed_waiting
     *       Task "query": pending, age unknown, no thread
     *   and 1,000 more tasks
     *   Supervisor "sessions": entered, 0 live, no owner
     * }</pre>
     *
     * <p>Each line ends with a line feed, and is handed over in one call of {@link Appendable#append append}. Two blanks
     * a level stand before it; from level 33 on it begins with its level in brackets instead of more blanks. Names are
     * escaped as in Java. The age of a task is known if it has a time limit, or if {@linkplain Builder#recordTimes times
     * are recorded}. A task whose body has ended is listed until its callbacks have. Of an owner whose thread has ended
     * without an exit the line says so: "owner "main" has ended".
     *
     * <p>This is weakly consistent: it has each task that was live throughout the call, up to a {@linkplain
     * DumpOption#maxTasks limit}; the numbers are those of the moment in which a line is made. It takes no lock, waits
     * for no thread, and may be called by any, in tasks, callbacks and handlers, too. It calls no code of users but
     * {@code out}. All supervisors that have a name:
     * {@snippet class="dev.supervisor.docs.Examples" region="named"}
     *
     * @param out where the text goes
     * @param options what is to be written besides, and how much; of two that limit the same the later one counts
     * @throws IOException if {@code out} throws it
     */
    public void dump(Appendable out, DumpOption... options) throws IOException {
        Objects.requireNonNull(out, "out");
        Scope.dump(this, out, DumpOption.asksForStacks(options), DumpOption.maxTasks(options));
    }

    /**
     * The name of this supervisor.
     *
     * @return the name given to the builder, or one made up of its identity
     */
    public abstract String name();

    /** Like {@code Supervisor[http, tasks=3, aborting]}. */
    @Override
    public abstract String toString();

    // ---- Building

    /**
     * Settings for supervisors. A builder is not thread-safe; it can open any number of supervisors, each with the
     * settings so far.
     */
    public static final class Builder {

        private @Nullable String name;
        private @Nullable Executor executor;
        private @Nullable ThreadFactory threadFactory;
        private boolean owned = true;
        private Predicate<? super Throwable> fatalIf = Settings.DEFAULT.fatalIf();
        private FailureHandler failureHandler = Settings.DEFAULT.failureHandler();
        private BlockFailure blockFailure = Settings.DEFAULT.blockFailure();
        private @Nullable TaskDecorator decorator;
        private @Nullable TaskObserver observer;
        private Options options = Options.NONE;

        private Builder() { }

        /**
         * Names the supervisor: for messages, for the names of its tasks' threads, for the limit in rate of the default
         * failure handler, which is one for each name, and for those who ask which supervisors are {@linkplain
         * Supervisor#named() open}.
         *
         * @param name the name
         * @return this builder
         */
        public Builder name(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Runs tasks on this executor, in place of new virtual threads (or, before JDK 21, daemon threads of a shared
         * pool). It may run them in the calling thread, late, or never (A7). The supervisor does not shut it down. End
         * the supervisor before its executor: an executor that is stopped, and drops what it has in its queue, leaves
         * tasks that {@code join}, {@code run} and {@code get} wait for, until an {@link Supervisor#abort} cancels
         * them.
         *
         * <p>The {@code Runnable} that the executor is given is the {@link Task} itself. So an executor that drops one
         * can cancel it: {@code ((Task<?>) runnable).cancel()}.
         *
         * <p>Another supervisor can be the executor. Then each task of this one is the body of a task of that one, so
         * end this one first. An abort of that one alone cancels what has not started, and interrupts the bodies of the
         * rest: these tasks were not asked to cancel, so an {@code InterruptedException} makes them fail (E3).
         *
         * <p>A task that the executor runs inside of another task, or inside of {@code spawn}, shares the interrupt
         * status of the thread with the code around; an interrupt that is meant for a task around is delivered again
         * when the inner task has ended (C6). An executor that waits for this supervisor inside of {@code execute}
         * waits for ever; such a wait is not refused (C8).
         *
         * @param executor runs the tasks
         * @return this builder
         * @throws IllegalStateException if a thread factory was set
         */
        public Builder executor(Executor executor) {
            Objects.requireNonNull(executor, "executor");
            refuseSecond("an executor", "a thread factory", threadFactory);
            this.executor = executor;
            return this;
        }

        /**
         * Runs each task on a new thread from this factory.
         *
         * @param factory makes the threads, and decides all about them but the name of threads whose task has a given
         *     one
         * @return this builder
         * @throws IllegalStateException if an executor was set
         */
        public Builder threadFactory(ThreadFactory factory) {
            Objects.requireNonNull(factory, "factory");
            refuseSecond("a thread factory", "an executor", executor);
            this.threadFactory = factory;
            return this;
        }

        /**
         * Makes the supervisor unowned: any thread may join and close it, and no body is interrupted by shutdown or
         * fatal errors (A1). For a component that is started and stopped by different threads, as a bean of a container
         * is: it opens an unowned supervisor when it starts, and calls {@link Supervisor#drain} when it stops, or
         * {@link Supervisor#shutdown} if its tasks need not end by themselves. Opened with an owner on a thread that goes
         * on to other work, such a supervisor could not be closed by the thread that stops it, and its shutdown would
         * interrupt that other work.
         *
         * <p>A task in which an unowned supervisor is opened need not wait for it. So the tasks of that supervisor may
         * wait for the task. Those of a {@code run} or {@code call} may not, whether it is unowned or not (C8).
         *
         * @return this builder
         */
        public Builder unowned() {
            this.owned = false;
            return this;
        }

        /**
         * Decides which throwables are fatal: the first one aborts the supervisor and is thrown by its exit (C7). The
         * default is a {@link VirtualMachineError} other than {@link StackOverflowError} and {@link OutOfMemoryError}.
         *
         * <p>It is asked about what is thrown by bodies, those given to {@code submit} included; starts and stages of
         * async tasks; callbacks, hooks, failure handlers and observers; {@code cancel} of a stage or of a future; and
         * decorated bodies. It is not asked about what makes a spawn throw, such as an executor or a decorator, about
         * what {@code interrupt()} of a thread throws, or about dependents of futures and of {@link
         * Supervisor#completion}.
         *
         * @param predicate called by any thread; one that throws counts as false
         * @return this builder
         */
        public Builder fatalIf(Predicate<? super Throwable> predicate) {
            this.fatalIf = Objects.requireNonNull(predicate, "predicate");
            return this;
        }

        /**
         * Handles the failures of tasks (E5). The default logs them through the {@link System.Logger} named {@code
         * dev.supervisor}, limited in rate for each {@linkplain #name name} of a supervisor.
         *
         * @param handler called with every failure
         * @return this builder
         */
        public Builder onFailure(FailureHandler handler) {
            this.failureHandler = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Decides what {@code run} and {@code call} do with live tasks when the block has thrown.
         *
         * @param policy {@link BlockFailure#WAIT WAIT}, the default, or {@link BlockFailure#ABORT ABORT}
         * @return this builder
         */
        public Builder onBlockFailure(BlockFailure policy) {
            this.blockFailure = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Wraps every task: its body, its callbacks and its failure report (E10). It takes the place of any other; for
         * more than one see {@link TaskDecorator#andThen}.
         *
         * @param decorator called on the spawning thread
         * @return this builder
         */
        public Builder decorator(TaskDecorator decorator) {
            this.decorator = Objects.requireNonNull(decorator, "decorator");
            return this;
        }

        /**
         * Tells an observer of each task: that it was accepted, has started, has ended, and how long that took; and of
         * each spawn that is refused (O4). It takes the place of any other, and of {@link #recordTimes}.
         *
         * @param observer called by the threads on which things happen
         * @return this builder
         */
        public Builder observer(TaskObserver observer) {
            this.observer = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Records when each task is spawned, so that a dump tells its age (O2, O4). An {@link #observer} needs that too,
         * and sees to it. Without the two no clock is read for a task, unless it has a time limit.
         *
         * @return this builder
         */
        public Builder recordTimes() {
            if (observer == null) {
                observer = Settings.NO_OBSERVER;
            }
            return this;
        }

        /**
         * Limits the number of tasks that are accepted and have not retired, pending and async ones too (S9); a spawn
         * beyond that is refused, "is full". The same as {@code maxTasks(max, Overflow.REJECT)}.
         *
         * @param max the number
         * @return this builder
         * @throws IllegalArgumentException if it is zero or negative
         */
        public Builder maxTasks(int max) {
            return maxTasks(max, Overflow.REJECT);
        }

        /**
         * Limits the number of tasks that are accepted and have not retired, pending and async ones too (S9). A spawn
         * that waits can be interrupted: it is refused then, the interrupt is the cause of the exception, and the
         * interrupt status is set.
         *
         * @param max the number
         * @param overflow whether a spawn beyond that is refused, or waits
         * @return this builder
         * @throws IllegalArgumentException if the number is zero or negative
         */
        public Builder maxTasks(int max, Overflow overflow) {
            this.options = options.withMaxTasks(max, overflow);
            return this;
        }

        /**
         * Limits the time for which the supervisor is open (S5). When it is over, the supervisor aborts, the owner is
         * interrupted if it is in its block, and the exit throws a {@link DeadlineExceededException} after every task
         * has ended. What the block itself has thrown wins over that, unless it is how our interrupt shows itself.
         *
         * @param deadline the time, from the opening of the supervisor
         * @return this builder
         * @throws IllegalArgumentException if it is zero or negative
         */
        public Builder deadline(Duration deadline) {
            this.options = options.withDeadline(deadline);
            return this;
        }

        /**
         * Opens the supervisor as the child of another one (S12). To its parent it is an async task, which is live until
         * it is finished. What ends the parent's admission ends that of the child in the same way; an abort of the
         * parent aborts the child. A parent that takes no more tasks refuses, and then {@link #open} throws what {@code
         * spawn} throws.
         *
         * <p>A child whose owner runs in a task of the parent is part of that task's work: {@code join} and {@code drain}
         * of the parent wait for the task, and end nothing of the child.
         *
         * <p>A fatal error of the child is thrown by its own exit, and is to the parent as if a task had thrown it. The
         * owner of an open child, and the child's tasks, cannot wait for the parent (C8).
         *
         * @param parent the supervisor that is to wait for it; one of this library
         * @return this builder
         */
        public Builder parent(Supervisor parent) {
            this.options = options.withParent(parent);
            return this;
        }

        /**
         * Drains the supervisor when the JVM exits, by {@code System.exit}, SIGTERM or an interrupt from the keyboard
         * (S1). One shutdown hook of the JVM serves all such supervisors: it begins all drains first, and waits for all
         * under one clock. After the grace it aborts, waits at most five seconds more, reports on {@code System.err}
         * which tasks still live, with the stacks of their threads, and lets the JVM exit. So a task that calls {@code
         * System.exit} cannot keep the JVM from its exit.
         *
         * @param grace how long live tasks may go on
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder drainOnJvmExit(Duration grace) {
            this.options = options.withJvmExitGrace(grace);
            return this;
        }

        /**
         * Opens a supervisor, owned by the calling thread unless {@link #unowned()} was called.
         *
         * @return a supervisor that is {@link State#ENTERED ENTERED}
         */
        public Supervisor open() {
            return Scope.open(settings());
        }

        /**
         * Runs a block under a supervisor with these settings; see {@link Supervisor#run(Block)}.
         *
         * @param <X> what the block may throw
         * @param block the block
         * @throws X what the block has thrown
         * @throws InterruptedException if the block threw it, or if the calling thread was interrupted while it waited
         *     for the tasks
         * @throws DeadlineExceededException if the {@linkplain #deadline deadline} has passed, and the block has thrown
         *     nothing of its own (S5)
         * @throws CompletionException around a fatal error that is a checked exception; any other fatal error of a task
         *     is thrown as it is (C7)
         */
        public <X extends Exception> void run(Block<X> block) throws X, InterruptedException {
            Scope.run(settings(), block);
        }

        /**
         * Runs a block under a supervisor with these settings; see {@link Supervisor#call(BlockFunction)}.
         *
         * @param <R> the type of the value
         * @param <X> what the block may throw
         * @param block the block
         * @return what the block has returned
         * @throws X what the block has thrown
         * @throws InterruptedException if the block threw it, or if the calling thread was interrupted while it waited
         *     for the tasks
         * @throws DeadlineExceededException if the {@linkplain #deadline deadline} has passed, and the block has thrown
         *     nothing of its own (S5)
         * @throws CompletionException around a fatal error that is a checked exception; any other fatal error of a task
         *     is thrown as it is (C7)
         */
        public <R extends @Nullable Object, X extends Exception> R call(BlockFunction<R, X> block)
                throws X, InterruptedException {
            return Scope.call(settings(), block);
        }

        /** A copy for {@link Tasks}, whose callers get the failures: unless a handler was set, they are ignored. */
        Builder unlogged() {
            Builder copy = new Builder();
            copy.name = name;
            copy.executor = executor;
            copy.threadFactory = threadFactory;
            copy.owned = owned;
            copy.fatalIf = fatalIf;
            copy.failureHandler = failureHandler == Settings.DEFAULT.failureHandler()
                    ? FailureHandler.ignore() : failureHandler;
            copy.blockFailure = blockFailure;
            copy.decorator = decorator;
            copy.observer = observer;
            copy.options = options;
            return copy;
        }

        private static void refuseSecond(String source, String other, @Nullable Object present) {
            if (present != null) {
                throw new IllegalStateException("Tasks get their threads from one source: " + source
                        + " cannot be set besides " + other + ", which is " + present);
            }
        }

        private Settings settings() {
            Launcher launcher = executor != null ? new UserExecutor(executor)
                    : threadFactory != null ? new PerTaskThreads(threadFactory)
                    : name == null ? Settings.DEFAULT.launcher()
                    : Launcher.ofDefault(name);
            return new Settings(name, launcher, owned, fatalIf, failureHandler, blockFailure, decorator,
                    observer, options);
        }
    }
}
