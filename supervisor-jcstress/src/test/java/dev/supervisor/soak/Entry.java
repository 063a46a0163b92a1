package dev.supervisor.soak;

import dev.supervisor.Task;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The account of one spawn: what has happened to it so far. Whatever must not happen is found at once, by whoever
 * does it; whatever has not happened is found by the {@link Ledger}, which forgets an entry once it is settled.
 */
final class Entry {

    /** How the body has ended, by its own account. */
    enum Fate { NONE, RETURNED, THREW, CANCELLED_ITSELF, INTERRUPTED }

    /** How many bodies are on the stack of this thread. */
    private static final ThreadLocal<AtomicInteger> DEPTH = ThreadLocal.withInitial(AtomicInteger::new);

    final long id;
    final String name;
    final Ledger ledger;

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger calledBack = new AtomicInteger();
    private final AtomicInteger reported = new AtomicInteger();
    private final AtomicInteger handedOver = new AtomicInteger();

    private volatile Thread spawner = Thread.currentThread();
    private volatile Thread runner;
    private volatile boolean inline;
    private volatile Fate fate = Fate.NONE;
    private volatile Task.Status outcome;
    private volatile Task<?> task;
    private volatile boolean watched;
    private volatile boolean refused;
    private volatile boolean refusedAfterStart;
    private volatile boolean told;
    /** There is no handle to it, so nobody learns of its end. */
    private volatile boolean handleless;
    /** Its decorator has not run the body, or has thrown before. */
    private volatile boolean decoratorFailed;
    private volatile Collectables.Sample sample;

    Entry(Ledger ledger, long id, String name) {
        this.ledger = ledger;
        this.id = id;
        this.name = name;
    }

    // ---- the spawn

    /** The spawn has returned. */
    void accepted(Task<?> handle) {
        ledger.tally.add(Tally.Of.TASKS);
        task = handle;
        spawner = null;
    }

    /** The spawn of a task without handle has returned. */
    void acceptedWithoutHandle() {
        ledger.tally.add(Tally.Of.TASKS);
        handleless = true;
        spawner = null;
        settle();
    }

    /** A callback has been registered with the accepted task. */
    void watched() {
        watched = true;
        settle();
    }

    /** The spawn has thrown. */
    void refused(Throwable thrown, boolean wasAdmissible) {
        boolean bySupervisor = thrown instanceof RejectedExecutionException
                && thrown.getMessage().contains("takes no new task");
        boolean byFactory = thrown instanceof RejectedExecutionException
                && thrown.getMessage().contains("returned null");
        if (bySupervisor && wasAdmissible) {
            find("A3", "was refused, though nobody has ended admission: " + thrown.getMessage());
        } else if (!bySupervisor && !byFactory && !(thrown instanceof Fault)) {
            find("A6", "its spawn has thrown what nobody else has thrown: " + thrown);
        }
        ledger.tally.add(bySupervisor ? Tally.Of.REFUSED_BY_SUPERVISOR : Tally.Of.REFUSED_BY_EXECUTOR);
        refusedAfterStart = thrown instanceof Fault.AfterStart;
        refused = true;
        spawner = null;
        if (begun.get() > 0 && !refusedAfterStart) {
            find("A3", "was refused (" + thrown + "), and its body runs");
        }
        forget();
    }

    // ---- the body

    /** The first thing that a body does. */
    void begin() {
        if (begun.getAndIncrement() > 0) {
            find("E1", "its body runs twice");
        }
        ledger.running.incrementAndGet();
        runner = Thread.currentThread();
        inline = spawner == runner;
        DEPTH.get().incrementAndGet();
        if (refused && !refusedAfterStart) {
            find("A3", "was refused, and its body runs");
        }
        if (outcome != null) {
            find("E1", "its body begins after its end as " + outcome);
        }
        if (!inline && runner.isInterrupted() && !isTold()) {
            find("C6", "begins with an interrupt that was not meant for it");
        }
    }

    /** Whether the current thread runs its body, perhaps with another inside. */
    boolean runsHere() {
        return runner == Thread.currentThread();
    }

    /** The last thing that a body does. */
    void end(Fate how) {
        fate = how;
        if (how == Fate.INTERRUPTED && !inline && !isTold()) {
            find("C6", "was interrupted, and nobody has asked it to cancel");
        }
        DEPTH.get().decrementAndGet();
        ledger.running.decrementAndGet();
        if (handleless) {
            settle();
        }
    }

    /** The decorator will not run the body. */
    void failedByDecorator() {
        decoratorFailed = true;
    }

    Fate fate() {
        return fate;
    }

    boolean isInline() {
        return inline;
    }

    // ---- the cancellation

    /** Asks the task to cancel; false if there is no handle. */
    boolean cancel(boolean interrupt) {
        Task<?> handle = task;
        if (handle == null) {
            return false;
        }
        told = true;
        boolean accepted = handle.cancel(interrupt);
        if (!accepted && !handle.isDone()) {
            find("C1", "cancel() is false, and the task is not done");
        }
        return true;
    }

    Task<?> task() {
        return task;
    }

    private boolean isTold() {
        return told || ledger.isTold();
    }

    // ---- the end

    /** The callback that each task with a handle has. */
    void calledBack(Task<?> handle) {
        calledBack(handle.status(), handle.failure());
        if (!handle.isDone()) {
            find("E4", "is called back before its end");
        }
    }

    void calledBack(Task.Status status, Throwable failure) {
        if (calledBack.getAndIncrement() > 0) {
            find("E4", "its callback runs twice");
            return;
        }
        outcome = status;
        ledger.tally.add(Tally.Of.CALLBACKS);
        Thread me = Thread.currentThread();
        if (me == runner && !inline && DEPTH.get().get() == 0 && me.isInterrupted()) {
            find("C6", "its callback sees an interrupt");
        }
        if (runner != null && fate == Fate.NONE) {
            find("E4", "is called back as " + status + ", and its body runs");
        }
        checkOutcome(status, failure);
        settle();
    }

    private void checkOutcome(Task.Status status, Throwable failure) {
        boolean right = switch (status) {
            case SUCCEEDED -> fate == Fate.RETURNED && !decoratorFailed;
            case FAILED -> decoratorFailed || fate == Fate.THREW || fate == Fate.INTERRUPTED && inline;
            case CANCELLED -> fate == Fate.NONE && isTold() || fate == Fate.CANCELLED_ITSELF
                    || fate == Fate.INTERRUPTED && (isTold() || inline);
            default -> false;
        };
        if (!right) {
            find(fate == Fate.NONE ? "E1" : "E3", "is " + status + (failure == null ? "" : " by " + failure));
        }
        ledger.tally.add(switch (status) {
            case SUCCEEDED -> Tally.Of.SUCCEEDED;
            case FAILED -> Tally.Of.FAILED;
            default -> fate == Fate.NONE ? Tally.Of.CANCELLED_BEFORE_START : Tally.Of.CANCELLED;
        });
        if (fate == Fate.INTERRUPTED) {
            ledger.tally.add(Tally.Of.INTERRUPTED);
        }
    }

    /** The failure handler has been told. */
    void reported(Throwable failure) {
        if (reported.getAndIncrement() > 0) {
            find("E5", "its failure is reported twice: " + failure);
        }
        if (outcome != null && outcome != Task.Status.FAILED) {
            find("E5", "is " + outcome + ", and a failure is reported: " + failure);
        }
        ledger.tally.add(Tally.Of.REPORTS);
        settle();
    }

    /** The consumer of completions has got the task. */
    void handedOver(Task<?> handle) {
        if (handedOver.getAndIncrement() > 0) {
            find("E9", "is handed over twice");
        }
        if (!handle.isDone()) {
            find("E9", "is handed over before its end");
        }
        ledger.tally.add(Tally.Of.HANDED_OVER);
    }

    boolean isHandedOver() {
        return handedOver.get() > 0;
    }

    private void settle() {
        boolean over = handleless
                ? fate != Fate.NONE && fate != Fate.THREW && fate != Fate.INTERRUPTED || reported.get() > 0
                : watched && calledBack.get() > 0 && (outcome != Task.Status.FAILED || reported.get() > 0);
        if (over) {
            forget();
        }
    }

    private void forget() {
        if (refusedAfterStart) {
            ledger.forgetButForTheName(this);   // it may run all the same, and fail by its decorator
        } else {
            ledger.forget(this);
        }
        Collectables.Sample collectable = sample;
        if (collectable != null) {
            collectable.released();
        }
    }

    // ---- the audits

    /**
     * Finds what an exit that has returned should have waited for. Each thing that is missing now was promised before:
     * what is read first is final.
     */
    void auditAfterExit(String exit) {
        Task<?> handle = task;
        if (handle == null) {
            return;
        }
        boolean registered = watched;
        if (!handle.isDone()) {
            find("A5", "is " + handle.status() + " after " + exit);
        } else if (handle.status() == Task.Status.FAILED && reported.get() == 0) {
            find("E5", "has failed, and was not reported before " + exit + " returned");
        } else if (registered && calledBack.get() == 0) {
            find("E4", "its callback had not run when " + exit + " returned");
        }
    }

    /** Finds what is missing when nobody will do anything any more. */
    void auditAtRest() {
        if (handleless && isTold() && (begun.get() == 0 || fate == Fate.INTERRUPTED)) {
            forget();   // cancelled, and nobody learns of it
            return;
        }
        String missing = task == null && !handleless ? "E1: its spawn has neither returned nor thrown"
                : handleless && begun.get() == 0 ? "E1: has never run"
                : handleless ? "E5: has not been reported"
                : calledBack.get() == 0 ? "E4: has never been called back"
                : "E5: has never been reported";
        find(missing.substring(0, 2), missing.substring(4));
    }

    /** Something of this task that nobody may refer to once it is settled. */
    void sample(String what, Object referent) {
        Collectables.Sample collectable = sample;
        if (collectable != null) {
            collectable.add(what, referent);
        }
    }

    void sampleInto(Collectables.Sample collectable) {
        sample = collectable;
    }

    boolean isSampled() {
        return sample != null;
    }

    private void find(String clause, String what) {
        ledger.findings.add(clause, this + " " + what);
    }

    @Override
    public String toString() {
        return "task " + id + " of " + ledger + " [" + (inline ? "inline, " : "") + (isTold() ? "told, " : "")
                + "body " + fate + ", begun " + begun + ", called back " + calledBack + ", reported " + reported
                + ", outcome " + outcome + "]";
    }
}
