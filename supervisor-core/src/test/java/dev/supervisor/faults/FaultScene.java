package dev.supervisor.faults;

import dev.supervisor.Kind;
import dev.supervisor.Sneaky;
import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import dev.supervisor.Task;
import dev.supervisor.engine.Peek;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One run of a scenario whose calls may fail in our own frames. It counts the runs of every body, the calls of every
 * callback and the reports, and checks what has to hold afterwards. All code runs on one thread, which owns the
 * supervisor, except for tasks that run {@linkplain #sibling on threads of their own}.
 */
final class FaultScene {

    static final Error FATAL = new InternalError("fatal") {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    };

    /** A fatal error that an exit cannot throw as it is. */
    static final Exception CHECKED_FATAL = new Exception("fatal", null, false, false) {
        private static final long serialVersionUID = 1L;
    };

    private static final long DEADLINE_NANOS = 10_000_000_000L;

    /** What the scenario does with the switch armed. */
    interface Act {
        void run() throws Throwable;
    }

    /** A body whose runs and interrupts are counted. */
    final class Body implements Callable<Object> {

        private final String name;
        private final Act inside;
        private final AtomicInteger runs = new AtomicInteger();
        private final AtomicInteger interrupts = new AtomicInteger();
        private volatile Thread thread;
        private Task<Object> task;
        private boolean refused;
        private int runsAtRefusal;

        private Body(String name, Act inside) {
            this.name = name;
            this.inside = inside;
        }

        @Override
        public Object call() throws Exception {
            runs.incrementAndGet();
            thread = Thread.currentThread();
            try {
                inside.run();
            } catch (InterruptedException e) {
                interrupts.incrementAndGet();
                throw e;
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            return name;
        }

        Task<Object> task() {
            return task;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** A callback whose calls are counted. */
    private final class Told implements Consumer<Task<?>> {

        private final String name;
        private final AtomicInteger calls = new AtomicInteger();
        private boolean registered;

        private Told(String name) {
            this.name = name;
        }

        @Override
        public void accept(Task<?> task) {
            calls.incrementAndGet();
        }
    }

    final Deque<Runnable> queue = new ArrayDeque<>();
    final Thread me = Thread.currentThread();
    final List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    Supervisor supervisor;
    boolean inline;
    /** The scenario cancels all tasks. */
    boolean cancels;
    /** The act is an exit, which waits until there is memory. */
    boolean exit;
    /** The act is a block, which has to wait for its tasks whatever it throws. */
    boolean block;
    /** Tasks are spawned by way of the view: their bodies are futures. */
    boolean submits;
    final List<Future<?>> futures = new ArrayList<>();
    /** What shutdownNow has returned. */
    final List<Runnable> returned = new ArrayList<>();
    /** Not all tasks are spawned by the scene. */
    boolean strangers;
    /** The executor starts a thread for the next task. */
    private boolean background;
    /** What the executor was given last. */
    private Runnable newest;
    /** All tasks have been asked to cancel. */
    private boolean told;
    private volatile boolean fatalHappened;
    private final List<Body> bodies = new ArrayList<>();
    /** A task that was spawned without a {@link Body}. */
    Task<?> accepted;
    private final List<Body> siblings = new ArrayList<>();
    private final List<Told> callbacks = new ArrayList<>();
    private final Map<Task<?>, AtomicInteger> reports = new ConcurrentHashMap<>();
    private final List<String> violations = new ArrayList<>();
    private final List<Runnable> checks = new ArrayList<>();
    /** What has to hold before any other thread helps. */
    private final List<Runnable> firstChecks = new ArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);
    /** The act has left the interrupt status set. */
    boolean wasInterrupted;
    private volatile String phase = "given";
    private volatile boolean acted;
    private int fatalThrown;

    // ---- Given

    /** A builder whose tasks run where the scene says: in the caller, from the queue, or on a thread of their own. */
    Supervisor.Builder builder() {
        return Supervisor.builder().name("scene").executor(this::execute).onFailure(this::report);
    }

    private void execute(Runnable task) {
        newest = task;
        if (background) {
            Kind.daemon(task).start();
        } else if (inline) {
            task.run();
        } else {
            queue.add(task);
        }
    }

    void report(Task<?> task, Throwable failure) {
        reports.computeIfAbsent(task, t -> new AtomicInteger()).incrementAndGet();
    }

    FaultScene inline() {
        inline = true;
        supervisor = builder().open();
        return this;
    }

    FaultScene queued() {
        supervisor = builder().open();
        return this;
    }

    Body body(String name) {
        return body(name, () -> { });
    }

    Body body(String name, Act inside) {
        Body body = new Body(name, inside);
        bodies.add(body);
        return body;
    }

    Body fatal(String name, Throwable error) {
        return body(name, () -> {
            fatalHappened = true;
            throw error;
        });
    }

    private static boolean isFatal(Throwable thrown) {
        Throwable fatal = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        return fatal == FATAL || fatal == CHECKED_FATAL;
    }

    Body failing(String name) {
        return body(name, () -> {
            throw new IllegalStateException(name);
        });
    }

    /** Spawns the body, and notes whether it was accepted. */
    Task<Object> spawn(Body body) {
        return spawn(body, () -> submits ? submit(body) : supervisor.spawn(body));
    }

    @SuppressWarnings("unchecked")
    private Task<Object> submit(Body body) {
        futures.add(supervisor.asExecutorService().submit(body));
        return (Task<Object>) newest;
    }

    Task<Object> spawn(Body body, Callable<Task<Object>> how) {
        try {
            body.task = how.call();
            return body.task;
        } catch (Throwable thrown) {
            body.refused = true;
            body.runsAtRefusal = body.runs.get();
            throw Sneaky.<RuntimeException>sneakyThrow(thrown);
        }
    }

    Body spawned(Body body) {
        spawn(body);
        return body;
    }

    /** Spawns a task that runs on a thread of its own until it is interrupted, or released at the end. */
    Body sibling(String name) {
        return onThreadOfItsOwn(body(name, release::await));
    }

    /** Spawns a task that runs on a thread of its own until the scene's thread waits, or the act is over. */
    Body untilWaitedFor(String name, Act last) {
        Body body = body(name, () -> {
            while (!acted && me.getState() != Thread.State.WAITING && me.getState() != Thread.State.TIMED_WAITING) {
                LockSupport.parkNanos(20_000);
            }
            last.run();
        });
        onThreadOfItsOwn(body);
        siblings.remove(body);
        return body;
    }

    /**
     * Spawns a task that runs on a thread of its own until it is interrupted. Without a fatal error it ends, too, when
     * the scene's thread waits.
     */
    Body untilTold(String name) {
        return onThreadOfItsOwn(body(name, () -> {
            while (!acted && (fatalHappened && cutOff("The fatalIf predicate") == 0
                    || LockSupport.getBlocker(me) == null)) {   // not where it waits for memory
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.parkNanos(20_000);
            }
        }));
    }

    private Body onThreadOfItsOwn(Body body) {
        background = true;
        spawn(body);
        background = false;
        until(() -> body.thread != null);
        siblings.add(body);
        return body;
    }

    /** In a body: waits for an interrupt; or only until the scene's thread waits, if that is to be enough. */
    void untilInterrupted(boolean ends) throws InterruptedException {
        while (!acted && !(ends
                && (me.getState() == Thread.State.WAITING || me.getState() == Thread.State.TIMED_WAITING))) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(20_000);
        }
    }

    /** Whether this is a task of the scene, and not of a stranger. */
    boolean isOfBody(Task<?> task) {
        return bodies.stream().anyMatch(body -> body.task == task);
    }

    /** Whether the act is over. */
    boolean isOver() {
        return acted;
    }

    /** Runs a part of the preparation, perhaps in the middle of the act, with the switch disarmed. */
    void unarmed(Runnable given) {
        boolean armed = FaultSwitch.isArmed();
        FaultSwitch.disarm();
        given.run();
        if (armed) {
            FaultSwitch.arm();
        }
    }

    /** Notes that all tasks have been asked to cancel. */
    void told() {
        told = true;
    }

    /** Registers a callback that has to be called once. */
    void onDone(Body body) {
        Told callback = new Told("callback " + callbacks.size() + " of " + body.name);
        callbacks.add(callback);
        body.task.onDone(callback);
        callback.registered = true;
    }

    /** Checks what has to hold without any help of others, unless the recovery was cut off, too. */
    void rightAfter(String violation, BooleanSupplier holds) {
        firstChecks.add(() -> check(FaultSwitch.isTwice() || until(holds), violation));
    }

    /** The same, also if the recovery was cut off. */
    void rightAfterAll(String violation, BooleanSupplier holds) {
        firstChecks.add(() -> check(holds.getAsBoolean(), violation));
    }

    void after(String violation, BooleanSupplier holds) {
        checks.add(() -> check(holds.getAsBoolean(), violation));
    }

    // ---- When and then

    /** Acts with the switch armed, and returns what the act threw. */
    Throwable act(Act act) {
        phase = "act";
        me.setUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
        Throwable thrown = null;
        FaultSwitch.arm();
        try {
            act.run();
        } catch (Throwable t) {
            thrown = t;
        } finally {
            FaultSwitch.disarm();
        }
        told |= fatalHappened;
        if (isFatal(thrown)) {
            fatalThrown++;
        }
        phase = "after";
        return thrown;
    }

    /** Checks what has to hold, whatever the act has thrown; returns the violations. */
    List<String> violations() {
        boolean interrupted = Thread.interrupted();
        wasInterrupted = interrupted;
        check(!interrupted || supervisor == null || cancels, "interrupt status left set");
        firstChecks.forEach(Runnable::run);
        checkSiblings();
        check(!block || supervisor == null || supervisor.state() == Supervisor.State.FINISHED,
                "the block has ended with live tasks");
        acted = true;
        while (!queue.isEmpty()) {
            Runnable task = queue.remove();
            try {
                task.run();
            } catch (Throwable t) {
                violations.add("a later task's run threw " + t);
            }
        }
        if (supervisor != null) {
            cancelLost();
            check(until(() -> Peek.retiredInSlots(supervisor) == 0), "a slot keeps a task that has retired");
            if (siblings.isEmpty() && !cancels) {
                exit("join", supervisor::join);
            }
            exit("close", supervisor::close);
            check(supervisor.state() == Supervisor.State.FINISHED, "after close: " + supervisor);
            check(supervisor.liveCount() == 0, "live after close: " + supervisor.liveCount());
            check(supervisor.tasks().isEmpty(), "listed after close: " + supervisor.tasks());
            checkStats(supervisor.stats());
        }
        bodies.forEach(this::checkBody);
        int uncalled = 0;
        for (Told callback : callbacks) {
            int calls = callback.calls.get();
            if (calls == 0 && callback.registered) {
                uncalled++;
            }
            check(calls <= 1, callback.name + " called " + calls + " times");
        }
        // A callback whose call was cut off counts as one that has thrown: it is reported (E4).
        check(uncalled <= cutOff("A callback"), uncalled + " callbacks not called, and not reported");
        check(futures.stream().allMatch(future -> future.isDone() || returned.contains(future))
                || cutOff("The cancellation of the body") > 0, "S10: a get hangs");
        checks.forEach(Runnable::run);
        if (fatalHappened) {
            int handedOver = (int) uncaught.stream().filter(FaultScene::isFatal).count();
            check(fatalThrown + handedOver == 1 || cutOff("The fatalIf predicate") > 0,
                    "fatal error thrown " + fatalThrown + " times, handed over " + handedOver + " times");
        }
        Thread.interrupted();
        return violations;
    }

    /** Completes unfinished tasks, as the next thread does that completes a task or comes to wait. */
    private void rescue() {
        if (supervisor != null) {
            Peek.recover(supervisor);
        }
    }

    private void checkSiblings() {
        rescue();
        for (Body sibling : siblings) {
            if (!cancels) {
                check(sibling.task.status() == Task.Status.RUNNING && sibling.interrupts.get() == 0,
                        sibling + " harmed: " + sibling.task);
            } else if (told && cutOff("The fatalIf predicate") == 0) {   // a predicate that is cut off counts as false
                check(until(() -> sibling.task.isDone()), sibling + " not interrupted: " + sibling.task);
            }
        }
    }

    /** Cancels pending tasks, for which an exit would wait (A7), and checks that none of them was refused. */
    private void cancelLost() {
        rescue();
        for (Task<?> task : supervisor.tasks()) {
            if (task.status() == Task.Status.PENDING) {
                check(strangers || task == accepted
                        || bodies.stream().anyMatch(body -> body.task == task), "left by a spawn that threw: " + task);
                task.cancel();
            }
        }
    }

    private void exit(String how, Act exit) {
        phase = how;
        try {
            exit.run();
        } catch (Throwable t) {
            if (isFatal(t)) {
                fatalThrown++;
            } else {
                violations.add(how + " threw " + t);
            }
        }
        phase = "after " + how;
    }

    /** Each task that has come is counted once, and with the outcome that it has. */
    private void checkStats(SupervisorStats stats) {
        check(stats.live() == 0 && stats.accepted() == stats.succeeded() + stats.failed() + stats.cancelled(),
                "O1: the sums do not fit: " + stats);
        check(ended(Task.Status.SUCCEEDED) <= stats.succeeded() && ended(Task.Status.FAILED) <= stats.failed()
                && ended(Task.Status.CANCELLED) <= stats.cancelled(), "O1: an outcome was not counted: " + stats);
    }

    private long ended(Task.Status status) {
        return bodies.stream().filter(body -> body.task != null && body.task.supervisor() == supervisor
                && body.task.status() == status).count();
    }

    private void checkBody(Body body) {
        check(body.runs.get() <= 1, body + " ran " + body.runs + " times");
        check(!body.refused || body.runs.get() == body.runsAtRefusal, body + " was refused and ran later");
        Task<Object> task = body.task;
        if (task != null) {
            check(task.isDone(), body + " not done: " + task);
            check(body.runs.get() == 1 || submits || task.status() != Task.Status.SUCCEEDED,
                    body + " never ran: " + task);
            int reported = reports.getOrDefault(task, new AtomicInteger()).get();
            int expected = task.status() == Task.Status.FAILED ? 1 : 0;
            check(reported == expected || reported == 0 && cutOff("The failure handler") == 1, body + " is "
                    + task.status() + " and was reported " + reported + " times");
        }
    }

    /** How many uncaught reports say that a call of this culprit was cut off. */
    int cutOff(String culprit) {
        return (int) uncaught.stream().filter(report -> report.getMessage() != null
                && report.getMessage().startsWith(culprit) && FaultSwitch.threw(report)).count();
    }

    private void check(boolean holds, String violation) {
        if (!holds) {
            violations.add(violation);
        }
    }

    static boolean until(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(20_000);
        }
        return true;
    }

    /** Releases the threads that a scene which hangs has left behind. */
    void abandon() {
        acted = true;
        release.countDown();
    }

    /** The phase of the run and its live tasks, for a run that hangs. */
    @Override
    public String toString() {
        return phase + " with " + (supervisor == null ? "nothing" : supervisor + " " + supervisor.tasks());
    }
}
