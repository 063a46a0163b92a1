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
import dev.supervisor.faults.FaultPoint.Where;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One supervisor, one task under test and one sibling, and all the user code that the library calls for them. One place
 * in that code throws.
 */
final class FaultBench {

    /** How the task ends. */
    enum Way { COMPLETION, CANCEL, ABORT, SHUTDOWN, CLOSE }

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

    private static final String NAME = "under test";

    final FaultPoint point;
    final Where where;
    final Throwable fault;
    final Way way;
    final boolean queue;

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
    volatile boolean leftInterrupted;
    volatile Task.Status siblingWas;
    volatile Throwable broken;
    Supervisor supervisor;
    Completions<Object> completions;
    GatedTask sibling;

    FaultBench(FaultPoint point, Where where, Throwable fault, Way way, boolean queue) {
        this.point = point;
        this.where = where;
        this.fault = fault;
        this.way = way;
        this.queue = queue;
    }

    /** Throws the fault if this place is the one under test. */
    private void at(FaultPoint place) {
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
                    if (failed.name().equals(NAME)) {
                        reports.incrementAndGet();
                        at(FaultPoint.HANDLER);
                    }
                });
        return switch (where) {
            case CALLER_RUNS -> builder.executor(executor(Runnable::run));
            case POOLED -> builder.executor(executor(runnable -> new Runner(runnable).start()));
            case PER_TASK -> builder.threadFactory(runnable -> {
                at(FaultPoint.FACTORY);
                return point.ends == Ends.NEVER && armed ? new Runner(() -> { }) : new Runner(runnable);
            });
            case DEFAULT -> builder;
        };
    }

    private Executor executor(Executor plain) {
        return runnable -> {
            at(FaultPoint.EXECUTE);
            if (armed && (point == FaultPoint.EXECUTE_QUEUED || point.ends == Ends.NEVER)) {
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
        };
    }

    private boolean isFatal(Throwable thrown) {
        at(FaultPoint.FATAL_IF);
        return thrown instanceof InternalError;
    }

    private Object body() throws Exception {
        runs.incrementAndGet();
        runner = Thread.currentThread();
        if (point.ends != Ends.IN_CHANNEL) {
            began.countDown();
        }
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
            case RELEASED -> Poll.await(release);
            case INTERRUPTED -> release.await();
            case IN_CHANNEL -> new Channel().read();
            default -> { }
        }
        return "result";
    }

    /** Registers three callbacks, of which the second may throw, and a future with a dependent that may throw. */
    private void register() {
        Task<?> mine = find();
        mine.onDone(callback("first", done -> { }));
        mine.onDone(callback("second", done -> {
            at(FaultPoint.CALLBACK);
            at(FaultPoint.CALLBACK_OF_FAILED);
            at(FaultPoint.PENDING_CALLBACK);
            if (point == FaultPoint.UNCAUGHT_HANDLER) {
                throw new IllegalStateException("callback");
            } else if (point == FaultPoint.THROWN_BY_CALLBACK) {
                throw new Failure(point, point, point);
            }
        }));
        mine.onDone(callback("third", done -> { }));
        if (point == FaultPoint.PENDING_HOOK || point == FaultPoint.CANCEL_HOOK) {
            mine.onCancel(this::cancelHook);
        }
        if (point == FaultPoint.DEPENDENT) {
            mine.toCompletableFuture().whenComplete((result, thrown) -> {
                callbacks.add("dependent");
                at(FaultPoint.DEPENDENT);
            });
        }
    }

    private void cancelHook() {
        callbacks.add("hook");
        at(FaultPoint.PENDING_HOOK);
        at(FaultPoint.CANCEL_HOOK);
    }

    private <T> Consumer<T> callback(String name, Consumer<T> then) {
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
        boolean runsOn = point.ends.compareTo(Ends.NEVER) > 0;   // until it is cancelled
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
        end();
        siblingWas = settleSibling();
        exit(way == Way.CLOSE ? supervisor::close : supervisor::join);
        exit(supervisor::close);
        if (background != null) {
            background.join();
        }
        armed = false;
        held.forEach(Runnable::run);   // too late for their bodies
    }

    private void spawn() {
        Callable<Object> body = this::body;
        try {
            task = queue ? completions.spawn(NAME, body) : supervisor.spawn(NAME, body);
        } catch (Throwable thrown) {
            spawnThrew = thrown;
        }
        if (point.ends == Ends.NEVER) {
            register();
        }
    }

    private Task<?> find() {
        return supervisor.tasks().stream().filter(t -> t.name().equals(NAME)).findAny().orElseThrow();
    }

    private void end() {
        if (point.ends == Ends.RELEASED) {
            Background.run(() -> {
                Poll.until("the interrupt has been tried", () -> !uncaught.isEmpty());
                release.countDown();
            });
        }
        switch (way) {
            case CANCEL -> task.cancel();
            case ABORT -> supervisor.abort();
            case SHUTDOWN, CLOSE, COMPLETION -> { }
        }
        Background<Void> exit = null;
        if (way == Way.SHUTDOWN) {
            exit = Background.run(supervisor::shutdown);
            Poll.until("aborting", () -> supervisor.state().compareTo(Supervisor.State.ABORTING) >= 0);
        }
        if (way != Way.CLOSE) {
            Poll.until("retired: " + task, () -> supervisor.tasks().stream().noneMatch(t -> t.name().equals(NAME)));
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
        return point.ends == Ends.FATALLY || fault instanceof InternalError
                && (point.means == FaultPoint.Means.FAILS || point.means == FaultPoint.Means.REPORTED);
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
