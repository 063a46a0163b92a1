package dev.supervisor;

import dev.supervisor.History.Act;
import dev.supervisor.History.End;
import dev.supervisor.History.Mode;
import dev.supervisor.History.Op;
import dev.supervisor.History.Plan;
import dev.supervisor.History.Step;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Performs a history on one supervisor, step by step, and records what each actor, body and callback saw.
 *
 * <p>Every step is synchronous: {@link #perform} returns when all effects of the step are over. There are three actors:
 * the owner of the supervisor and two other threads. Bodies and callbacks act, too. A body that waits performs the acts
 * that the driver gives it, until one of them ends it. It looks at its interrupt status only if an act says so
 * ({@code PROBE}), so that nothing depends on timing. Each actor, body and callback records in a lane of its own. The
 * order within a lane is fixed, although the lanes run in parallel.
 */
final class HistoryPlayer {

    static final String OWNER = "owner";
    static final List<String> ACTORS = List.of(OWNER, "a", "b");

    /** The name that the current thread records as its own: that of an actor, or of the task that runs on it. */
    private static final ThreadLocal<String> WHERE = ThreadLocal.withInitial(() -> "driver");
    private static final ThreadLocal<Placed> PLACING = new ThreadLocal<>();

    private final Map<String, List<String>> lanes = new TreeMap<>();
    private final Map<String, SupervisorUnderTest.Job> jobs = new ConcurrentSkipListMap<>();
    private final Map<String, Placed> placed = new ConcurrentHashMap<>();
    private final Map<String, Agent> actors = new ConcurrentHashMap<>();
    private final boolean threads;
    private volatile @Nullable SupervisorUnderTest scope;

    /**
     * Opens a supervisor on the thread of the actor {@code owner}.
     *
     * @param threads whether the supervisor starts threads itself, in place of using this player's executor
     */
    HistoryPlayer(boolean threads, Function<HistoryPlayer, SupervisorUnderTest> opener) {
        this.threads = threads;
        for (String name : ACTORS) {
            Agent actor = new Agent(name);
            actors.put(name, actor);
            Thread thread = Kind.daemon(actor);
            actor.thread = thread;
            thread.start();
        }
        Agent owner = actors.get(OWNER);
        owner.ask(() -> scope = opener.apply(this));
        owner.awaitIdle();
    }

    SupervisorUnderTest scope() {
        return scope;
    }

    // ---- what a step does

    void perform(Step step) {
        Act act = step.act();
        Agent actor = actors.get(step.who());
        if (act.op() == Op.START) {
            placed.get(act.target()).start();
        } else if (act.op() == Op.INTERRUPT) {
            actor.thread.interrupt();
            if (actor.doing == Op.JOIN) {
                actor.awaitIdle();
            }
        } else if (actor != null) {
            actor.doing = act.op();
            actor.ask(() -> perform(act, step.who(), step.who()));
            if (act.op() == Op.JOIN || act.op() == Op.CLOSE || act.op() == Op.SHUTDOWN) {
                actor.awaitIdleOrBlocked();
            } else {
                actor.awaitIdle();
            }
        } else {
            Placed body = placed.get(step.who());
            body.ask(act);
            if (act.op() == Op.END) {
                body.awaitExit();
            }
        }
        awaitRest();
    }

    /** Waits until every actor is idle if the supervisor is finished: no actor has to wait then. */
    private void awaitRest() {
        if (scope.state() == Supervisor.State.FINISHED) {
            actors.values().forEach(Agent::awaitIdle);
        }
    }

    /** Ends all waiting bodies, and then all actors. Afterwards the supervisor is finished. */
    void finish() {
        scope.abort();
        awaitRest();
        for (String name : waiting()) {
            perform(new Step(name, Act.end(End.RETURN)));
        }
        perform(new Step(OWNER, Act.of(Op.CLOSE)));
        for (String name : queued()) {
            placed.get(name).start(); // the task was cancelled: this is an empty shell
        }
        jobs.forEach((name, job) -> log(name, "outcome " + outcome(job)));
        actors.values().forEach(actor -> actor.ask(null));
    }

    private void perform(Act act, String lane, String self) {
        String target = act.target();
        SupervisorUnderTest.Job job = target.isEmpty() ? null : find(target);
        String done;
        try {
            if (!target.isEmpty() && job == null) {
                done = "no such task";
            } else {
                done = switch (act.op()) {
                    case SPAWN -> spawn(act.plan());
                    case CANCEL -> String.valueOf(job.cancel(true));
                    case CANCEL_QUIETLY -> String.valueOf(job.cancel(false));
                    case ON_DONE -> {
                        job.onDone(finished -> callback(act.plan(), target, finished));
                        yield "ok";
                    }
                    case SEAL -> run(scope::seal);
                    case ABORT -> run(scope::abort);
                    case SHUTDOWN -> run(scope::shutdown);
                    case CLOSE -> run(scope::close);
                    case JOIN -> {
                        scope.join();
                        yield "ok";
                    }
                    case GET -> outcome(job);
                    case PROBE -> "interrupted " + Thread.interrupted();
                    default -> throw new AssertionError(act);
                };
            }
        } catch (Throwable thrown) {
            done = text(thrown);
        }
        boolean exit = act.op() == Op.JOIN || act.op() == Op.CLOSE || act.op() == Op.SHUTDOWN;
        log(lane, act.op() + " " + target + (act.plan() == null ? "" : act.plan().name()) + " -> " + done
                + (exit && actors.containsKey(self) ? ", status " + Thread.currentThread().isInterrupted() : ""));
    }

    private String spawn(Plan plan) {
        Placed task = new Placed(plan);
        Placed outer = PLACING.get();
        PLACING.set(task);
        placed.put(plan.name(), task);
        try {
            jobs.put(plan.name(), scope.spawn(plan.name(), task::body));
            if (threads || task.mode() != Mode.QUEUED) {
                task.awaitSettled();
            }
            return "accepted";
        } catch (RejectedExecutionException e) {
            SupervisorUnderTest.Job begun = find(plan.name());
            if (begun != null) {
                jobs.put(plan.name(), begun); // refused after its start: supervised all the same
            } else {
                placed.remove(plan.name());
            }
            throw e;
        } finally {
            PLACING.set(outer);
        }
    }

    private void callback(Plan plan, String target, SupervisorUnderTest.Job job) {
        log(plan.name(), "called for " + job.name() + " as " + job.status() + " on " + WHERE.get() + ", interrupted "
                + Thread.currentThread().isInterrupted());
        log(target, "callback " + plan.name());
        plan.acts().forEach(act -> perform(act, plan.name(), target));
        try {
            end(plan.end(), plan.name());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("callbacks throw nothing checked", e);
        }
    }

    /** The failure handler of the supervisor. */
    void handle(String name, Throwable failure) {
        log(name, "handled " + text(failure) + " on " + WHERE.get() + ", interrupted "
                + Thread.currentThread().isInterrupted());
        if (failure instanceof Scripted scripted) {
            if (scripted.end == End.HANDLER_THROWS) {
                throw new Scripted(this, name, End.THROW);
            } else if (scripted.end == End.HANDLER_FATAL) {
                throw new Fatal(this, name);
            }
        }
    }

    private static String run(Runnable operation) {
        operation.run();
        return "ok";
    }

    private SupervisorUnderTest.@Nullable Job find(String name) {
        SupervisorUnderTest.Job job = jobs.get(name);
        return job != null ? job
                : scope.jobs().stream().filter(live -> live.name().equals(name)).findFirst().orElse(null);
    }

    // ---- what there is to see

    /** What the supervisor shows of itself and of every task, and which actors are busy. */
    String observe() {
        return scope.state() + ", live " + scope.liveCount() + " "
                + scope.jobs().stream().map(SupervisorUnderTest.Job::name)
                        .collect(Collectors.toCollection(TreeSet::new)) + ", "
                + jobs.entrySet().stream().map(job -> job.getKey() + "=" + job.getValue().status()).toList() + ", busy "
                + ACTORS.stream().filter(name -> !idle(name)).toList();
    }

    /** A copy of the lanes. */
    Map<String, List<String>> lanes() {
        synchronized (lanes) {
            Map<String, List<String>> copy = new TreeMap<>();
            lanes.forEach((name, lane) -> copy.put(name, List.copyOf(lane)));
            return copy;
        }
    }

    boolean idle(String actor) {
        return actors.get(actor).idle;
    }

    Set<String> jobNames() {
        return jobs.keySet();
    }

    Task.Status status(String name) {
        return jobs.get(name).status();
    }

    /** The tasks whose bodies wait for an act. */
    List<String> waiting() {
        return placed.values().stream().filter(body -> body.waiting).map(body -> body.plan.name()).sorted().toList();
    }

    /** The tasks that the executor has queued and not started. */
    List<String> queued() {
        return placed.values().stream().filter(body -> body.kept != null).map(body -> body.plan.name()).sorted()
                .toList();
    }

    private void log(String lane, String event) {
        synchronized (lanes) {
            lanes.computeIfAbsent(lane, name -> new ArrayList<>()).add(event);
        }
    }

    private static String outcome(SupervisorUnderTest.Job job) {
        try {
            return "value " + job.get();
        } catch (ExecutionException e) {
            return "failure " + text(e.getCause());
        } catch (CancellationException e) {
            return "cancelled";
        } catch (IllegalStateException e) {
            return "refused";
        } catch (InterruptedException e) {
            return "interrupted";
        }
    }

    /** The part of a throwable that the contract fixes. */
    private static String text(Throwable thrown) {
        if (thrown instanceof RejectedExecutionException) {
            String message = String.valueOf(thrown.getMessage());
            String reason = List.of("is finished", "is shutting down", "is sealed", "refused").stream()
                    .filter(message::contains).collect(Collectors.joining(" and "));
            return "rejected: " + (reason.isEmpty() ? message : reason)
                    + (message.contains("history") || message.equals("refused") ? "" : ", nameless: " + message);
        }
        return thrown instanceof Tagged tagged ? tagged.tag() : thrown.getClass().getSimpleName();
    }

    // ---- throwables that know their player

    interface Tagged {

        HistoryPlayer stage();

        String tag();

        /** Records that this has reached an uncaught-exception handler. */
        default void uncaught() {
            stage().log("uncaught " + tag(), "on " + WHERE.get());
        }
    }

    private static final class Scripted extends RuntimeException implements Tagged {

        private static final long serialVersionUID = 1L;

        private final transient HistoryPlayer stage;
        private final End end;

        Scripted(HistoryPlayer stage, String name, End end) {
            super(name + " " + end);
            this.stage = stage;
            this.end = end;
        }

        @Override
        public HistoryPlayer stage() {
            return stage;
        }

        @Override
        public String tag() {
            return getMessage();
        }
    }

    /** Fatal by the default predicate. */
    static final class Fatal extends InternalError implements Tagged {

        private static final long serialVersionUID = 1L;

        private final transient HistoryPlayer stage;

        Fatal(HistoryPlayer stage, String name) {
            super(name + " FATAL");
            this.stage = stage;
        }

        @Override
        public HistoryPlayer stage() {
            return stage;
        }

        @Override
        public String tag() {
            return getMessage();
        }
    }

    /** What the {@code join} of a cancelled task of another supervisor has thrown. */
    private static final class Foreign {

        static final CancellationException THROWN = thrown();

        private static CancellationException thrown() {
            Supervisor other = Supervisor.builder().unowned().executor(dropped -> { }).open();
            Task<String> task = other.spawn(() -> "never");
            other.close();
            try {
                task.join();
                throw new AssertionError("a task that never started has a result");
            } catch (CancellationException e) {
                return e;
            }
        }
    }

    private String end(End end, String name) throws Exception {
        return switch (end) {
            case RETURN -> "of " + name;
            case THROW, HANDLER_THROWS, HANDLER_FATAL -> throw new Scripted(this, name, end);
            case THROW_ERROR -> throw new AssertionError(name);
            case STACK_OVERFLOW -> throw new StackOverflowError(name);
            case CANCELLATION -> throw new CancellationException(name);
            case FOREIGN_CANCELLATION -> throw Foreign.THROWN;
            case INTERRUPTED -> throw new InterruptedException(name);
            case WRAPPED_INTERRUPT ->
                throw new IllegalStateException(name, new RuntimeException(new InterruptedException()));
            case CLOSED_BY_INTERRUPT -> throw new ClosedByInterruptException();
            case INTERRUPTED_IO -> throw new InterruptedIOException(name);
            case SOCKET -> throw new SocketException(name);
            case FAILED_CLEAN_UP -> {
                InterruptedException interrupted = new InterruptedException(name);
                interrupted.addSuppressed(new IllegalStateException(name));
                throw interrupted;
            }
            case FATAL -> throw new Fatal(this, name);
        };
    }

    // ---- tasks

    /** The executor of the supervisor: treats each task as its plan says. */
    Executor executor() {
        return runnable -> {
            Placed task = PLACING.get();
            task.asked = true;
            switch (task.mode()) {
                case INLINE -> {
                    runnable.run();
                    task.exited();
                }
                case QUEUED -> task.kept = runnable;
                case REFUSED -> throw new RejectedExecutionException("refused");
                case REFUSED_AFTER_START -> {
                    task.run(runnable);
                    task.awaitSettled();
                    throw new RejectedExecutionException("refused");
                }
                default -> task.run(runnable);
            }
        };
    }

    /** A task of the history: what the executor does with it, and how the driver passes acts to its body. */
    private final class Placed {

        private final Plan plan;
        private final CountDownLatch settled = new CountDownLatch(1);
        private final CountDownLatch exited = new CountDownLatch(1);
        private final Semaphore asking = new Semaphore(0);
        private final Semaphore answering = new Semaphore(0);
        private volatile @Nullable Act act;
        private volatile @Nullable Thread thread;
        private volatile @Nullable String threadName;
        private volatile @Nullable Runnable kept;
        private volatile boolean asked;
        private volatile boolean waiting;

        Placed(Plan plan) {
            this.plan = plan;
        }

        Mode mode() {
            return plan.mode();
        }

        /** The body. */
        Object body() throws Exception {
            String name = plan.name();
            if (mode() != Mode.INLINE) {
                WHERE.set(name);
            }
            threadName = Thread.currentThread().getName();
            thread = Thread.currentThread();
            log(name, "begins on " + WHERE.get());
            try {
                plan.acts().forEach(mine -> HistoryPlayer.this.perform(mine, name, name));
                if (!plan.waits()) {
                    return end(plan.end(), name);
                }
                waiting = true;
                settled.countDown();
                while (true) {
                    asking.acquireUninterruptibly();
                    Act mine = act;
                    if (mine.op() == Op.END) {
                        waiting = false;
                        answering.release();
                        return end(mine.end(), name);
                    }
                    HistoryPlayer.this.perform(mine, name, name);
                    answering.release();
                }
            } finally {
                if (threads && !plan.waits()) {
                    settled.countDown();
                }
            }
        }

        void ask(Act mine) {
            act = mine;
            asking.release();
            Poll.until(plan.name() + " answers", answering::tryAcquire);
        }

        /** Runs the task on a pooled thread. */
        void run(Runnable runnable) {
            Kind.POOL.execute(() -> {
                boolean stray = mode() == Mode.STARTED_INTERRUPTED;
                if (stray) {
                    Thread.currentThread().interrupt();
                }
                runnable.run();
                if (mode() == Mode.TWICE) {
                    runnable.run();
                }
                if (Thread.interrupted() != stray) {
                    log(plan.name(), stray ? "has lost its thread's interrupt" : "leaves an interrupt on its thread");
                }
                WHERE.remove();
                exited();
            });
        }

        void start() {
            Runnable runnable = kept;
            kept = null;
            run(runnable);
            awaitSettled();
        }

        void exited() {
            settled.countDown();
            exited.countDown();
        }

        void awaitSettled() {
            Poll.await(settled);
            if (!plan.waits()) {
                awaitExit();
            }
        }

        /** A thread of the library's pool lives on; when it has done with a task, it has its own name again. */
        void awaitExit() {
            if (threads) {
                Thread runner = thread;
                Poll.until(runner + " has ended", () -> !runner.isAlive() || !runner.getName().equals(threadName));
            } else {
                Poll.await(exited);
            }
        }
    }

    // ---- actors

    /** A thread that runs the driver's requests, one after the other. It keeps its interrupt status between them. */
    private static final class Agent implements Runnable {

        private final String name;
        private final Semaphore asking = new Semaphore(0);
        private volatile @Nullable Runnable request;
        private volatile Thread thread;
        private volatile boolean idle = true;
        private volatile boolean begun;
        private volatile @Nullable Op doing;

        Agent(String name) {
            this.name = name;
        }

        @Override
        public void run() {
            WHERE.set(name);
            while (true) {
                asking.acquireUninterruptibly();
                Runnable mine = request;
                if (mine == null) {
                    return;
                }
                begun = true;
                mine.run();
                WHERE.set(name);
                idle = true;
            }
        }

        /** Hands the thread its next request; null ends the thread. */
        void ask(@Nullable Runnable mine) {
            idle = false;
            begun = false;
            request = mine;
            asking.release();
        }

        void awaitIdle() {
            Poll.until(name + " is back from " + doing, () -> idle);
        }

        void awaitIdleOrBlocked() {
            Poll.until(name + " is back from " + doing + ", or waits",
                    () -> idle || begun && waitsForTheEnd());
        }

        /** Waits of tests are timed; so is that of an exit, which looks from time to time what it waits for (O7). */
        private boolean waitsForTheEnd() {
            Thread.State state = thread.getState();
            return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING
                    && List.of(thread.getStackTrace()).stream()
                    .anyMatch(frame -> frame.getClassName().equals("dev.supervisor.engine.LongWait"));
        }
    }
}
