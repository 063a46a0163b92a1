package dev.supervisor.faults;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.Completions;
import dev.supervisor.GatedTask;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Sneaky;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.faults.FaultPoint.Ends;
import dev.supervisor.faults.FaultPoint.Way;
import dev.supervisor.faults.FaultPoint.Where;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One supervisor, one task under test and one sibling, and all the user code that the library calls for them. One place
 * in that code throws.
 */
final class FaultBench {

    /** What else is there when the task is spawned. */
    enum Variant {
        /** Nothing. */
        ALONE,
        /** A queue of {@code Completions}, through which the task is spawned. */
        COMPLETIONS,
        /** A limit, with room for the task and its sibling. */
        LIMITED
    }

    /** What a failing body throws; its own methods may throw in turn. */
    private final class Failure extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final FaultPoint cause;
        private final FaultPoint message;
        private final FaultPoint string;

        Failure(FaultPoint cause, FaultPoint message, FaultPoint string) {
            this.cause = cause;
            this.message = message;
            this.string = string;
        }

        @Override
        public synchronized Throwable getCause() {
            at(cause);
            return null;
        }

        @Override
        public String getMessage() {
            at(message);
            return "failure";
        }

        @Override
        public String toString() {
            at(string);
            return "failure";
        }
    }

    /** A thread whose methods may throw, as its class may override them. */
    private class Runner extends Thread {

        Runner(Runnable body) {
            super(body);
            setDaemon(true);
        }

        @Override
        public void start() {
            at(FaultPoint.START);
            super.start();
        }

        @Override
        public void interrupt() {
            if (this == runner && this != Thread.currentThread()) {
                at(FaultPoint.INTERRUPT);
                super.interrupt();
                at(FaultPoint.INTERRUPT_FELT);
            } else {
                super.interrupt();
            }
        }
    }

    /** The thread that owns the supervisor and spawns the task. */
    private final class Owning extends Runner {

        Owning(Runnable body) {
            super(body);
        }

        @Override
        public void interrupt() {
            at(FaultPoint.OWNER_INTERRUPT);
            super.interrupt();
        }

        @Override
        public boolean isInterrupted() {
            at(FaultPoint.SPAWNER_STATUS);
            return super.isInterrupted();
        }

        @Override
        public ClassLoader getContextClassLoader() {
            at(FaultPoint.SPAWNER_LOADER);
            return super.getContextClassLoader();
        }
    }

    /**
     * A channel whose read ends only when the interrupting thread has closed it. (If closing throws, a virtual thread
     * of JDK 25 has its interrupt status set and is not unparked.)
     */
    private final class Channel extends AbstractInterruptibleChannel {

        @Override
        protected void implCloseChannel() {
            release.countDown();
            at(FaultPoint.CHANNEL);
        }

        void read() throws Exception {
            begin();
            began.countDown();
            try {
                Poll.await(release);
            } finally {
                end(false);
            }
        }
    }

    final FaultPoint point;
    final Where where;
    final Throwable fault;
    final Way way;
    final Variant variant;
    private final BenchTask under = new BenchTask(this);

    final AtomicInteger runs = new AtomicInteger();
    final AtomicInteger reports = new AtomicInteger();
    final List<String> callbacks = new CopyOnWriteArrayList<>();
    final List<Throwable> exits = new CopyOnWriteArrayList<>();
    final List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    private final CountDownLatch began = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    private volatile Thread runner;
    private volatile boolean armed;
    volatile Throwable blockFailure;
    volatile Throwable spawnThrew;
    volatile Task<?> task;
    /** The task, once callbacks were registered with it. */
    volatile Task<?> registered;
    /** What the drain has returned. */
    Boolean drained;
    volatile boolean leftInterrupted;
    volatile Task.Status siblingWas;
    volatile Throwable broken;
    Supervisor supervisor;
    Completions<Object> completions;
    GatedTask sibling;

    FaultBench(FaultPoint point, Where where, Throwable fault, Way way, Variant variant) {
        this.point = point;
        this.where = where;
        this.fault = fault;
        this.way = way;
        this.variant = variant;
    }

    /** Throws the fault if this place is the one under test. */
    void at(FaultPoint place) {
        if (armed && place == point) {
            throw Sneaky.<RuntimeException>sneakyThrow(fault);
        }
    }

    // ---- User code

    private Supervisor.Builder builder() {
        Supervisor.Builder builder = Supervisor.builder()
                .name("bench")
                .decorator(this::decorate)
                .fatalIf(this::isFatal)
                .onFailure((failed, failure) -> {
                    if (failed.name().equals(BenchTask.NAME)) {
                        reports.incrementAndGet();
                        at(FaultPoint.HANDLER);
                        at(FaultPoint.LIMIT_HANDLER);
                    }
                });
        if (variant == Variant.LIMITED) {
            builder.maxTasks(2);
        }
        return switch (where) {
            case CALLER_RUNS -> builder.executor(executor(Runnable::run));
            case POOLED -> builder.executor(executor(runnable -> new Runner(runnable).start()));
            case PER_TASK -> builder.threadFactory(runnable -> {
                at(FaultPoint.FACTORY);
                if (armed && point.ends.isPending()) {
                    register();
                    return new Runner(() -> { });
                }
                return new Runner(runnable);
            });
            case DEFAULT -> builder;
        };
    }

    private Executor executor(Executor plain) {
        return runnable -> {
            at(FaultPoint.EXECUTE);
            if (armed && point.ends.isPending()) {
                register();   // before the spawn has returned no time limit passes
                held.add(runnable);
            } else if (armed && point == FaultPoint.EXECUTE_QUEUED) {
                held.add(runnable);
            } else {
                plain.execute(runnable);
            }
            at(FaultPoint.EXECUTE_QUEUED);
            if (armed && point == FaultPoint.EXECUTE_RAN) {
                Poll.await(began);
            }
            at(FaultPoint.EXECUTE_RAN);
        };
    }

    private Runnable decorate(Runnable body) {
        at(FaultPoint.DECORATE);
        return !armed ? body : () -> {
            register();
            at(FaultPoint.DECORATED_BEFORE);
            body.run();
            at(FaultPoint.DECORATED_AFTER);
            at(FaultPoint.DECORATED_AFTER_FAILURE);
            at(FaultPoint.ASYNC_DECORATED_AFTER);
        };
    }

    private boolean isFatal(Throwable thrown) {
        at(FaultPoint.FATAL_IF);
        return thrown instanceof InternalError;
    }

    /** The body has begun, or the start of an async task. */
    void begun() {
        runs.incrementAndGet();
        runner = Thread.currentThread();
        if (point.ends != Ends.IN_CHANNEL) {
            began.countDown();
        }
    }

    Object body() throws Exception {
        begun();
        at(FaultPoint.BODY);
        switch (point.ends) {
            case FAILS -> {
                blockFailure = new Failure(FaultPoint.GET_CAUSE, FaultPoint.GET_MESSAGE, FaultPoint.TO_STRING);
                throw (RuntimeException) blockFailure;
            }
            case FATALLY -> {
                blockFailure = new InternalError("fatal");
                throw (Error) blockFailure;
            }
            case RELEASED, DRAINED -> Poll.await(release);
            case INTERRUPTED -> release.await();
            case IN_CHANNEL -> new Channel().read();
            default -> { }
        }
        return "result";
    }

    /** Registers three callbacks, of which the second may throw, and a future with a dependent that may throw. */
    private void register() {
        Task<?> mine = find();
        registered = mine;
        mine.onDone(callback("first", done -> { }));
        mine.onDone(callback("second", done -> {
            at(FaultPoint.CALLBACK);
            at(FaultPoint.CALLBACK_OF_FAILED);
            at(FaultPoint.PENDING_CALLBACK);
            at(FaultPoint.LIMIT_CALLBACK);
            if (point == FaultPoint.UNCAUGHT_HANDLER) {
                throw new IllegalStateException("callback");
            } else if (point == FaultPoint.THROWN_BY_CALLBACK) {
                throw new Failure(point, point, point);
            }
        }));
        mine.onDone(callback("third", done -> { }));
        if (point.isCancelHook()) {
            mine.onCancel(this::hook);
        }
        if (point == FaultPoint.DRAIN_HOOK) {
            mine.onDrain(this::hook);
        }
        if (point == FaultPoint.DEPENDENT) {
            mine.toCompletableFuture().whenComplete((result, thrown) -> {
                callbacks.add("dependent");
                at(FaultPoint.DEPENDENT);
            });
        }
    }

    /** The one hook, which throws. */
    void hook() {
        callbacks.add("hook");
        at(point);
    }

    <T> Consumer<T> callback(String name, Consumer<T> then) {
        return done -> {
            callbacks.add(name);
            then.accept(done);
        };
    }

    // ---- The run

    /** Runs the case to its end, or until the deadline. */
    void run() throws InterruptedException {
        Thread owner = new Owning(() -> {
            try {
                own();
            } catch (Throwable thrown) {
                broken = thrown;
            }
        });
        owner.start();
        owner.join(Poll.DEADLINE.toMillis());
        if (owner.isAlive()) {
            broken = new AssertionError("hangs: " + supervisor);
            broken.setStackTrace(owner.getStackTrace());
        }
    }

    private void own() throws Exception {
        supervisor = builder().open();
        completions = supervisor.completions();
        sibling = GatedTask.yielding(where == Where.CALLER_RUNS ? Kind.CALLER_RUNS : Kind.POOLED, supervisor);
        armed = true;
        if (point == FaultPoint.COMPLETION_DEPENDENT) {
            supervisor.completion().thenRun(() -> {
                callbacks.add("finished");
                at(point);
            });
        }
        boolean runsOn = point.ends.runsOn();
        Background<Void> background = null;
        if (runsOn && where == Where.CALLER_RUNS) {
            background = Background.run(Runner::new, this::spawn);
        } else {
            spawn();
        }
        if (runsOn) {
            Poll.await(began);
            task = find();
        }
        Background<Boolean> drain = way == Way.DRAIN
                ? Background.call(() -> supervisor.drain(Poll.DEADLINE)) : null;
        end();
        siblingWas = settleSibling();
        drained = drain == null ? null : drain.join();
        exit(way == Way.CLOSE ? supervisor::close : supervisor::join);
        exit(supervisor::close);
        if (point == FaultPoint.COMPLETION_DEPENDENT) {   // for which no exit waits
            Poll.until("the dependent runs", () -> callbacks.contains("finished"));
        }
        if (background != null) {
            background.join();
        }
        armed = false;
        held.forEach(Runnable::run);   // too late for their bodies
    }

    private void spawn() {
        try {
            task = under.spawn();
        } catch (Throwable thrown) {
            spawnThrew = thrown;
        }
    }

    private Stream<Task<?>> others() {
        return supervisor.tasks().stream().filter(t -> t != sibling.task());
    }

    private Task<?> find() {
        return others().findAny().orElseThrow();
    }

    private void end() {
        if (point.ends.isReleased()) {
            Background.run(() -> {
                Poll.until("reported", () -> !uncaught.isEmpty());
                release.countDown();
                under.release();
            });
        }
        switch (way) {
            case CANCEL -> task.cancel();
            case ABORT -> supervisor.abort();
            case TIME_LIMIT -> Poll.until("counted", () -> supervisor.stats().failed() == 1);   // after its callbacks
            case SHUTDOWN, CLOSE, COMPLETION, DRAIN -> { }
        }
        Background<Void> exit = null;
        if (way == Way.SHUTDOWN) {
            exit = Background.run(supervisor::shutdown);
            Poll.until("aborting", () -> supervisor.state().compareTo(Supervisor.State.ABORTING) >= 0);
        }
        if (way != Way.CLOSE) {
            Poll.until("retired: " + task, () -> others().findAny().isEmpty());
        }
        if (exit != null) {
            exit.join();
        }
        if (task != null && task.isDone()) {
            task.onDone(callback("late", done -> at(FaultPoint.LATE_CALLBACK)));
        }
    }

    /** Returns the status of the sibling, and then releases it. */
    private Task.Status settleSibling() {
        if (way == Way.CLOSE) {
            return Task.Status.CANCELLED;   // by the close that follows
        }
        Task.Status status = expectsSiblingToEnd() ? sibling.end() : sibling.task().status();
        sibling.release();
        return status;
    }

    boolean expectsSiblingToEnd() {
        return isFatal() || way == Way.ABORT || way == Way.SHUTDOWN || way == Way.CLOSE;
    }

    /** Whether the case leads to a fatal error. */
    boolean isFatal() {
        return point.ends == Ends.FATALLY || fault instanceof InternalError && point.means.countsForFatalIf();
    }

    /** What the future that was the body has failed with; null if there is none. */
    Throwable failureOfFuture() throws InterruptedException {
        return under.failureOfFuture();
    }

    private void exit(Action exit) {
        try {
            exit.run();
        } catch (Throwable thrown) {
            exits.add(thrown);
        }
        leftInterrupted |= Thread.interrupted();
    }

    Thread.UncaughtExceptionHandler uncaughtHandler() {
        return (thread, thrown) -> {
            uncaught.add(thrown);
            at(FaultPoint.UNCAUGHT_HANDLER);
        };
    }
}
