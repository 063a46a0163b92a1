package dev.supervisor.soak;

import dev.supervisor.Overflow;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** One server with its books, and what anybody may do to it. */
final class ServerUnderTest {

    private static final int MOST_TASKS = 150;

    final Soak soak;
    final Workers workers;
    final ServerLedger ledger;
    final ServerEnd end;
    /** Its end, or that of the server around, is sure to ask every task to cancel. */
    final boolean tells;
    /** Its end, or that of a server around, is sure to run drain hooks. */
    final boolean drains;

    private final Threads threads;
    private final boolean blocks;
    /** The books of all children, by their servers. */
    private final Map<ServerUnderTest, Supervisor> children = new ConcurrentHashMap<>();
    private final Map<Object, ServerTask> bodies = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<ServerTask> recent = new AtomicReferenceArray<>(16);
    private final AtomicInteger budget = new AtomicInteger(MOST_TASKS);
    private volatile Supervisor supervisor;
    private volatile ExecutorService view;

    /**
     * Makes one that is not open.
     *
     * @param around the server whose child it is, or null
     * @param inTask whether a task of that opens it
     */
    ServerUnderTest(Soak soak, Workers workers, ServerEnd end, ServerUnderTest around, boolean inTask,
            Threads threads, SplittableRandom random) {
        int most = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 0;
        this.soak = soak;
        this.workers = workers;
        this.end = end;
        this.tells = end.tells && end != ServerEnd.DEADLINE || around != null && around.tells;
        this.drains = end.drains() || around != null && around.drains;
        this.threads = threads;
        this.blocks = most > 0 && random.nextBoolean();
        this.ledger = new ServerLedger(soak.findings, soak.tally, around == null ? null : around.ledger, inTask, most,
                (around == null ? "a server" : "a child of " + around.ledger) + ", " + end + ", on " + threads
                        + (most == 0 ? "" : ", of " + most + (blocks ? ", which blocks" : "")));
        soak.tally.add(threads);
    }

    Supervisor.Builder builder(SplittableRandom random) {
        Supervisor.Builder builder = Supervisor.builder().onFailure(ledger::report);
        if (ledger.most > 0) {
            builder.maxTasks(ledger.most, blocks ? Overflow.BLOCK : Overflow.REJECT);
        }
        if (random.nextInt(8) == 0) {
            builder.drainOnJvmExit(Duration.ofSeconds(1));
        }
        return switch (threads) {
            case DEFAULT -> builder;
            case FACTORY -> builder.threadFactory(soak.pools.factory(random));
            default -> builder.executor(soak.pools.executor(threads, false, random));
        };
    }

    void opened(Supervisor opened) {
        supervisor = opened;
        view = opened.asExecutorService();
        watchCompletion();
    }

    /** Each thread that asks gets a stage of its own (S8). */
    private void watchCompletion() {
        supervisor.completion().thenRun(ledger.asked());
    }

    Supervisor supervisor() {
        return supervisor;
    }

    /** Whether a body here may hold its thread until somebody comes. */
    boolean mayBlock() {
        return threads == Threads.DEFAULT || threads == Threads.FACTORY;
    }

    // ---- spawning

    /**
     * Spawns a task by a spec, unless there were many, or it would have to wait for a permit on a thread that must not.
     *
     * @param inTask whether this is inside of a live task of this server
     */
    ServerTask spawn(SplittableRandom random, ServerKind kind, int depth, boolean inTask) {
        return budget.decrementAndGet() < 0 ? null : spawn(random, kind, depth, inTask, false);
    }

    private ServerTask spawn(SplittableRandom random, ServerKind kind, int depth, boolean inTask, boolean tries) {
        boolean limited = kind.needsLimit() && !(kind == ServerKind.STAGE_NEVER && tells && random.nextBoolean())
                || random.nextInt(10) == 0;
        ServerTask task = ledger.enter(kind, limited);
        ServerCode code = new ServerCode(this, task, depth, random.split());
        TaskSpec spec = spec(task, code, random);
        boolean mustRefuse = mustRefuse(inTask);
        Task<?> handle;
        try {
            handle = kind.isAsync() ? spec.spawnAsync(code::start)
                    : tries ? spec.trySpawn(code.asCallable())
                    : kind == ServerKind.SHIELD || kind == ServerKind.SHIELD_BRIEFLY ? spec.spawnWithSelf(code::body)
                    : spec.spawn(code.asCallable());
        } catch (RejectedExecutionException | Fault.OfUser refused) {
            task.refused(refused, inTask, blocks && !inTask && !tries);
            return null;
        } catch (Fault.NoThread refused) {
            task.refused(new Fault.Refusal(), inTask, false);
            return null;
        }
        if (handle == null) {
            task.notTaken();
            return null;
        }
        task.accepted(handle, mustRefuse);
        task.callbackRegistered();
        handle.onDone(done -> task.calledBack());
        recent.set(random.nextInt(recent.length()), task);
        return task;
    }

    private TaskSpec spec(ServerTask task, ServerCode code, SplittableRandom random) {
        TaskSpec spec = supervisor.spec(task.name).onDone(task::ended);
        if (task.limited) {
            spec = spec.timeout(Duration.ofNanos(1 + random.nextLong(8_000_000)));
        } else if (random.nextInt(3) == 0) {
            spec = spec.timeout(Duration.ofHours(1));
        }
        if (random.nextInt(6) == 0) {
            spec = spec.decorator(task::decorate);
        }
        if (task.kind == ServerKind.STAGE_NEVER ? random.nextBoolean() : random.nextInt(5) == 0) {
            spec = spec.onCancel(task.hook(false, task::endStage));
        }
        if (task.kind == ServerKind.LISTEN || random.nextInt(8) == 0) {
            spec = spec.onDrain(task.hook(true, code::onDrain));
        }
        return spec;
    }

    /** Whether a spawn that begins now has to be refused, whatever else happens. */
    private boolean mustRefuse(boolean inTask) {
        return switch (supervisor.state()) {
            case ENTERED, EXITING -> false;
            case DRAINING -> !inTask;
            default -> true;
        };
    }

    // ---- what actors do

    /** One step of somebody outside. */
    void act(SplittableRandom random, int depth, boolean isOwner) throws InterruptedException {
        ServerAct act = ServerAct.pick(random);
        if (act == ServerAct.SPAWN && isOwner && blocks) {
            act = ServerAct.TRY_SPAWN;   // nobody might come to end what it would wait for
        }
        ServerTask task = recent.get(random.nextInt(recent.length()));
        boolean isMine = act.compareTo(ServerAct.CANCEL) >= 0 && act.compareTo(ServerAct.DRAIN_HOOK_LATE) <= 0;
        if (isMine && task == null || act == ServerAct.OPEN_CHILD && (depth == 0 || isOwner)) {
            return;
        }
        soak.tally.add(act);
        switch (act) {
            case SPAWN -> spawn(random, ServerKind.pick(random, this, depth), depth, false);
            case TRY_SPAWN -> trySpawn(random, depth);
            case CANCEL -> task.cancel(true);
            case CANCEL_QUIETLY -> task.cancel(false);
            case HOOK_LATE -> task.handle().onCancel(task.hook(false, task::endStage));
            case DRAIN_HOOK_LATE -> task.handle().onDrain(task.hook(true, () -> { }));
            case AWAIT_FINISHED -> awaitFinished(random);
            case LOOK -> look();
            case ASK_COMPLETION -> watchCompletion();
            case OPEN_CHILD -> new ChildRound(this, false, random).live(depth - 1);
            default -> {
                if (!isOwner || !blocks) {
                    actOnView(act, random);
                }
            }
        }
    }

    private void trySpawn(SplittableRandom random, int depth) {
        ServerKind kind = ServerKind.pick(random, this, depth);
        boolean plain = kind.isAsync() || kind == ServerKind.SHIELD || kind == ServerKind.SHIELD_BRIEFLY;
        if (budget.decrementAndGet() >= 0) {
            spawn(random, plain ? ServerKind.QUICK : kind, depth, false, true);
        }
    }

    private void awaitFinished(SplittableRandom random) throws InterruptedException {
        boolean finished = supervisor.awaitFinished(Duration.ofNanos(random.nextInt(200_000)));
        if (finished && supervisor.state() != Supervisor.State.FINISHED) {
            soak.findings.add("S2", "awaitFinished has returned true, and it is " + supervisor + " of " + ledger);
        }
    }

    private void look() {
        for (Task<?> task : supervisor.tasks()) {
            if (task.supervisor() != supervisor) {
                soak.findings.add("C9", supervisor + " lists " + task + " of " + task.supervisor());
            }
        }
        if (supervisor.isDeadlineExceeded() && end != ServerEnd.DEADLINE) {
            soak.findings.add("S5", supervisor + " has no deadline, and has exceeded it");
        }
    }

    // ---- the view

    private void actOnView(ServerAct act, SplittableRandom random) throws InterruptedException {
        switch (act) {
            case SUBMIT -> submit(random);
            case SUBMIT_AND_CANCEL -> {
                ServerTask task = submit(random);
                if (task != null) {
                    task.cancelFuture(random.nextBoolean());
                }
            }
            case EXECUTE -> execute(random);
            case INVOKE_ANY, INVOKE_ALL -> {
                if (end != ServerEnd.VIEW_SHUTDOWN_NOW) {   // which leaves futures that nobody completes
                    invoke(act == ServerAct.INVOKE_ANY, random);
                }
            }
            default -> throw new IllegalArgumentException(act.name());
        }
    }

    private ServerTask submit(SplittableRandom random) {
        ServerTask task = ledger.enter(random.nextInt(4) == 0 ? ServerKind.SUBMIT_FAIL : ServerKind.SUBMIT, false);
        ServerCode code = new ServerCode(this, task, 0, random.split());
        boolean mustRefuse = mustRefuse(false);
        try {
            Future<?> future = view.submit(code.asCallable());
            task.acceptedByView(future, mustRefuse);
            bodies.put(future, task);
            return task;
        } catch (RejectedExecutionException | Fault.OfUser refused) {
            task.refused(refused, false, blocks);
        } catch (Fault.NoThread refused) {
            task.refused(new Fault.Refusal(), false, false);
        }
        return null;
    }

    private void execute(SplittableRandom random) {
        ServerTask task = ledger.enter(ServerKind.EXECUTE, false);
        Runnable body = new ServerCode(this, task, 0, random.split()).asRunnable();
        boolean mustRefuse = mustRefuse(false);
        bodies.put(body, task);
        try {
            view.execute(body);
            task.acceptedByView(null, mustRefuse);
        } catch (RejectedExecutionException | Fault.OfUser refused) {
            task.refused(refused, false, blocks);
        } catch (Fault.NoThread refused) {
            task.refused(new Fault.Refusal(), false, false);
        }
    }

    private void invoke(boolean any, SplittableRandom random) throws InterruptedException {
        List<Callable<Object>> all = new ArrayList<>();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            ServerTask task = ledger.enter(ServerKind.INVOKE, true);
            task.acceptedByView(null, false);
            all.add(new ServerCode(this, task, 0, random.split()).asCallable());
        }
        try {
            if (any) {
                if (view.invokeAny(all) == null) {
                    soak.findings.add("S10", "invokeAny has returned what no body has, in " + ledger);
                }
            } else if (!view.invokeAll(all).stream().allMatch(Future::isDone)) {
                soak.findings.add("S10", "invokeAll has returned before all were done, in " + ledger);
            }
        } catch (ExecutionException e) {
            if (!ledger.isTold()) {
                soak.findings.add("S10", "invokeAny has failed in " + ledger + ": " + e.getCause());
            }
        } catch (RejectedExecutionException | Fault.OfUser | Fault.NoThread refused) {
            soak.tally.add(Tally.Of.REFUSED_BY_SUPERVISOR);
        }
    }

    /** What {@code shutdownNow} has returned; to be called at rest. */
    void returnedUnrun(List<Runnable> returned) {
        for (Runnable body : returned) {
            ServerTask task = bodies.get(body);
            if (task == null) {
                soak.findings.add("S10", "shutdownNow of " + ledger + " has returned what nobody has given: " + body);
            } else {
                soak.tally.add(Tally.Of.RETURNED_UNRUN);
                task.returnedUnrun();
            }
        }
    }

    // ---- children

    /** A child of this one is open. */
    void opened(ServerUnderTest child, Supervisor opened) {
        children.put(child, opened);
        child.opened(opened);
    }

    // ---- the audits

    /** What has not ended, for a report. */
    String unsettled() {
        StringBuilder text = new StringBuilder().append(supervisor).append(" of ").append(ledger).append(": ")
                .append(ledger.unsettled());
        children.forEach((child, opened) -> text.append("; ").append(child.unsettled()));
        return text.toString();
    }

    /** Its exit has returned: so all its children have finished. */
    void auditAfterExit(String exit) {
        ledger.auditAfterExit(supervisor, exit);
        children.forEach((child, opened) -> {
            if (opened.state() != Supervisor.State.FINISHED) {
                soak.findings.add("S12", opened + " of " + child.ledger + " lives after " + exit + " of its parent");
            }
        });
    }

    /** Everybody has gone. */
    void auditAtRest() {
        ledger.exit();
        if (mustRefuse(false)) {
            spawn(new SplittableRandom(1), ServerKind.QUICK, 0, false, true);
        } else {
            soak.findings.add("A4", supervisor + " is open after its exit: " + ledger);
        }
        ledger.auditAtRest();
        ledger.auditPermits(supervisor);
        children.keySet().forEach(ServerUnderTest::auditAtRest);
    }
}
