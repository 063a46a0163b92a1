package dev.supervisor.soak;

import dev.supervisor.Action;
import dev.supervisor.Task;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The account of one spawn in a server: how it has begun, ended, and who was told. */
final class ServerTask {

    final ServerLedger ledger;
    final long id;
    final String name;
    final ServerKind kind;
    /** It has a time limit that passes soon. */
    final boolean limited;

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger reported = new AtomicInteger();
    private final AtomicInteger registered = new AtomicInteger();
    private final AtomicInteger calledBack = new AtomicInteger();
    private final AtomicBoolean inHand = new AtomicBoolean();
    private final Queue<RecordedHook> hooks = new ConcurrentLinkedQueue<>();
    private final Thread spawner = Thread.currentThread();
    private volatile boolean spawning = true;
    private volatile boolean inline;
    private volatile boolean told;
    private volatile boolean refused;
    private volatile boolean decorated;
    /** The thread that runs it decorated, meanwhile. */
    private volatile Thread inDecorator;
    private volatile boolean unrun;
    private volatile Entry.Fate fate = Entry.Fate.NONE;
    /** What its body has thrown. */
    private volatile Throwable thrown;
    private volatile CompletableFuture<Object> stage;
    private volatile Task<?> handle;
    /** What a view has returned. */
    private volatile Future<?> future;

    ServerTask(ServerLedger ledger, long id, ServerKind kind, boolean limited) {
        this.ledger = ledger;
        this.id = id;
        this.name = "server-task-" + id;
        this.kind = kind;
        this.limited = limited;
    }

    // ---- the spawn

    /** The spawn has returned. */
    void accepted(Task<?> returned, boolean mustRefuse) {
        handle = returned;
        accepted(mustRefuse);
    }

    /** A view has returned this, or null. */
    void acceptedByView(Future<?> returned, boolean mustRefuse) {
        future = returned;
        accepted(mustRefuse);
    }

    private void accepted(boolean mustRefuse) {
        spawning = false;
        ledger.tally.add(Tally.Of.TASKS);
        ledger.tally.add(kind);
        if (mustRefuse) {
            find("S1", "was accepted, though admission had ended");
        }
    }

    /** An attempt to spawn it has returned null. */
    void notTaken() {
        refuse();
        if (ledger.most == 0) {
            find("S9", "was not taken by a server without a limit");
        }
        ledger.tally.add(Tally.Of.NOT_TAKEN);
    }

    /**
     * The spawn has thrown.
     *
     * @param inTask whether that was inside of a live task
     * @param blocks whether it waits for a permit
     */
    void refused(RuntimeException refusal, boolean inTask, boolean blocks) {
        refuse();
        String message = String.valueOf(refusal.getMessage());
        boolean bySupervisor = refusal instanceof RejectedExecutionException && message.contains("takes no new task");
        if (!bySupervisor) {
            if (!(refusal instanceof Fault) && !message.contains("returned null")) {
                find("A6", "its spawn has thrown what nobody else has thrown: " + refusal);
            }
            ledger.tally.add(Tally.Of.REFUSED_BY_EXECUTOR);
            return;
        }
        ledger.tally.add(Tally.Of.REFUSED_BY_SUPERVISOR);
        boolean interrupted = refusal.getCause() instanceof InterruptedException;
        if (interrupted ? !blocks : message.contains("is full")) {
            ledger.tally.add(Tally.Of.FULL);
            if (ledger.most == 0 || blocks) {
                find("S9", "was refused without reason: " + message);
            }
        } else if (!interrupted && ledger.isAdmissible(inTask)) {
            find("A3", "was refused, though nobody has ended admission: " + message);
        }
    }

    private void refuse() {
        spawning = false;
        refused = true;
        if (begun.get() > 0) {
            find("A3", "was refused, and its body runs");
        }
    }

    // ---- the body

    /** The decorator of its spec. */
    Runnable decorate(Runnable inner) {
        if (decorated) {
            find("E10", "its decorator is asked twice");
        }
        decorated = true;
        ledger.tally.add(Tally.Of.DECORATED);
        return () -> {
            inDecorator = Thread.currentThread();
            try {
                inner.run();
            } finally {
                inDecorator = null;
            }
        };
    }

    private void checkDecorated(String what) {
        if (decorated && inDecorator != Thread.currentThread()) {
            find("E10", what + " outside of its decorator");
        }
    }

    /** The first thing that a body does, or a start. */
    void begin() {
        if (begun.getAndIncrement() > 0) {
            find("E1", "its body runs twice");
        }
        inline = spawning && Thread.currentThread() == spawner;
        if (refused || unrun) {
            find(unrun ? "S10" : "A3",
                    "was " + (unrun ? "returned by shutdownNow" : "refused") + ", and its body runs");
        }
        if (ended.get() > 0) {
            find("E1", "its body begins after its end");
        }
        checkDecorated("its body runs");
        inHand.set(true);
        ledger.begin(this);
    }

    /** The last thing that it does. */
    void end(Entry.Fate how, Throwable what) {
        thrown = what;
        fate = how;
        if (kind.isOfView()) {
            release();
        }
    }

    /** What its start returns. */
    void stage(CompletableFuture<Object> source) {
        stage = source;
    }

    boolean isInline() {
        return inline;
    }

    private void release() {
        if (inHand.getAndSet(false)) {
            ledger.end();
        }
    }

    private Entry.Fate fate() {
        CompletableFuture<Object> source = stage;
        if (source == null) {
            return fate;
        }
        return !source.isDone() ? Entry.Fate.NONE
                : source.isCancelled() && kind == ServerKind.STAGE_CANCELLED ? Entry.Fate.CANCELLED_ITSELF
                : source.isCancelled() ? Entry.Fate.INTERRUPTED
                : source.isCompletedExceptionally() ? Entry.Fate.THREW : Entry.Fate.RETURNED;
    }

    // ---- requests

    /** Makes a hook, to be registered with this task. */
    RecordedHook hook(boolean forDrain, Action effect) {
        RecordedHook hook = new RecordedHook(this, forDrain, effect);
        hooks.add(hook);
        return hook;
    }

    /** Of its cancel hooks: where there is one, nobody else cancels the stage. */
    void endStage() {
        CompletableFuture<Object> source = stage;
        if (source != null && kind == ServerKind.STAGE_NEVER) {
            source.cancel(true);
        }
    }

    Task<?> handle() {
        return handle;
    }

    /** Asks it to cancel. */
    void cancel(boolean interrupt) {
        Task<?> task = handle;
        if (task != null) {
            told = true;
            if (!task.cancel(interrupt) && !task.isDone()) {
                find("C1", "cancel() is false, and the task is not done");
            }
        }
    }

    /** By its future of a view. */
    void cancelFuture(boolean interrupt) {
        told = true;
        future.cancel(interrupt);
    }

    /** {@code shutdownNow} has returned it. */
    void returnedUnrun() {
        if (unrun) {
            find("S10", "was returned twice by shutdownNow");
        }
        unrun = true;
        if (begun.get() > 0) {
            find("S10", "was returned by shutdownNow, and its body has run");
        }
    }

    private boolean isTold() {
        return told || ledger.isTold();
    }

    /** Whether there is somebody who may have asked it to cancel, its time limit included. */
    boolean mayBeAsked() {
        return isTold() || limited;
    }

    // ---- the end

    /** The callback of its spec. */
    void ended(Task<?> task) {
        if (ended.getAndIncrement() > 0) {
            find("E4", "its spec's callback runs twice");
            return;
        }
        if (begun.get() > 0 && !kind.isAsync()) {   // of an async task it wraps the start alone
            checkDecorated("its callback runs");
        }
        ended(task.status(), task.failure(), task.isCancelRequested());
        release();
    }

    void ended(Task.Status status, Throwable failure, boolean requested) {
        Entry.Fate how = fate();
        boolean timedOut = failure instanceof TimeoutException;
        boolean right = switch (status) {
            case SUCCEEDED -> how == Entry.Fate.RETURNED;
            case FAILED -> timedOut
                    ? limited && (how != Entry.Fate.RETURNED && how != Entry.Fate.THREW)
                    : how == Entry.Fate.THREW && isOwn(failure) || how == Entry.Fate.INTERRUPTED && inline;
            case CANCELLED -> how == Entry.Fate.CANCELLED_ITSELF
                    || (how == Entry.Fate.NONE || how == Entry.Fate.INTERRUPTED) && (isTold() || inline);
            default -> false;
        };
        if (!right) {
            find(timedOut ? "S5" : "E3", "is " + status + (failure == null ? "" : " by " + failure));
        }
        if (stage != null && !stage.isDone()) {
            find("S7", "has ended before its stage, as " + status);
        }
        if (begun.get() > 0 && stage == null && how == Entry.Fate.NONE) {
            find("E4", "is called back as " + status + ", and its body runs");
        }
        if (requested ? !mayBeAsked() : timedOut) {
            find("S3", "isCancelRequested() is " + requested);
        }
        ledger.tally.add(timedOut ? Tally.Of.TIMED_OUT : switch (status) {
            case SUCCEEDED -> Tally.Of.SUCCEEDED;
            case FAILED -> Tally.Of.FAILED;
            default -> how == Entry.Fate.NONE ? Tally.Of.CANCELLED_BEFORE_START : Tally.Of.CANCELLED;
        });
    }

    private boolean isOwn(Throwable failure) {
        return failure == thrown || kind == ServerKind.STAGE_NONE && failure instanceof NullPointerException
                || stage != null && failure instanceof Fault;
    }

    /** One more callback is registered. */
    void callbackRegistered() {
        registered.incrementAndGet();
    }

    /** It runs. */
    void calledBack() {
        calledBack.incrementAndGet();
    }

    /** The failure handler has been told. */
    void reported(Throwable failure) {
        if (reported.getAndIncrement() > 0) {
            find("E5", "its failure is reported twice: " + failure);
        }
        if (kind.isOfView()) {
            find("S10", "is of a view, and its failure is reported: " + failure);
        }
        ledger.tally.add(Tally.Of.REPORTS);
    }

    // ---- the audits

    /** Finds what an exit that has returned should have waited for. */
    void auditAfterExit(String exit) {
        Task<?> task = handle;
        if (task != null && !task.isDone()) {
            find("A5", "is " + task.status() + " after " + exit);
        }
        if (inHand.get()) {
            find(kind.isOfView() ? "A5" : "E4", "is at work after " + exit);
        }
    }

    /** Whether all has come that has to come. */
    boolean isSettled() {
        if (refused || spawning || kind.isOfView()) {
            return true;
        }
        boolean failed = handle.status() == Task.Status.FAILED;
        return ended.get() == 1 && calledBack.get() == registered.get() && reported.get() == (failed ? 1 : 0)
                && hooks.stream().allMatch(hook -> hook.isSettled(handle.isCancelRequested()));
    }

    /** Finds what is missing when nobody will do anything any more. */
    void auditAtRest() {
        if (spawning) {
            find("E1", "its spawn has neither returned nor thrown");
        } else if (refused) {
            if (begun.get() + ended.get() + reported.get() > 0 || hooks.stream().anyMatch(hook -> hook.runs() > 0)) {
                find("A3", "was refused, and has run");
            }
        } else if (kind.isOfView()) {
            auditFuture();
        } else if (!isSettled()) {
            find(ended.get() != 1 || calledBack.get() != registered.get() ? "E4"
                    : hooks.stream().allMatch(hook -> hook.isSettled(handle.isCancelRequested())) ? "E5" : "S3",
                    "has not ended as it has to: " + handle + ", requested " + handle.isCancelRequested());
        }
    }

    private void auditFuture() {
        if (begun.get() == 0 && !isTold()) {
            find("E1", "has never run");
        }
        Future<?> given = future;
        if (given == null) {
            return;
        }
        boolean untouched = unrun && !told;   // an actor may have cancelled what was returned to another
        if (given.isDone() ? untouched : !unrun) {
            find("S10", "is done: " + given.isDone() + ", and returned by shutdownNow: " + unrun);
        } else if (!unrun) {
            auditOutcome(given);
        }
    }

    private void auditOutcome(Future<?> given) {
        if (given.isCancelled()) {
            if (!isTold() && fate != Entry.Fate.INTERRUPTED) {
                find("S10", "its future is cancelled, and nobody has asked for that");
            }
            return;
        }
        try {
            given.get();
            if (fate != Entry.Fate.RETURNED) {
                find("S10", "its future has a result");
            }
        } catch (ExecutionException e) {
            if (e.getCause() != thrown) {
                find("S10", "its future has failed by " + e.getCause() + ", and its body by " + thrown);
            }
        } catch (InterruptedException e) {
            find("C6", "is waited for, and the auditor is interrupted");
        }
    }

    void find(String clause, String what) {
        ledger.findings.add(clause, this + " " + what);
    }

    @Override
    public String toString() {
        return name + " of " + ledger + " [" + kind + (inline ? ", inline" : "") + (limited ? ", limited" : "")
                + (isTold() ? ", told" : "") + ", body " + fate() + ", begun " + begun + ", ended " + ended
                + ", called back " + calledBack + " of " + registered + ", reported " + reported + ", " + hooks + "]";
    }
}
