package dev.supervisor.soak;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.engine.ServerState;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** The books of one server: of all its tasks, from the first to the last, for a server of the soak lives briefly. */
final class ServerLedger {

    private static final AtomicLong IDS = new AtomicLong();
    /** Hooks may run when their task is done, on a thread that nobody waits for. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    final Findings findings;
    final Tally tally;
    /** Of the server whose child this one is, or null. */
    final ServerLedger parent;
    /** Whether a task of the parent has opened it. */
    final boolean inTask;
    /** How many tasks it may have, or 0. */
    final int most;

    private final String what;
    private final Queue<ServerTask> tasks = new ConcurrentLinkedQueue<>();
    private final Map<String, ServerTask> named = new ConcurrentHashMap<>();
    /** Tasks whose body has begun, and whose last callback has not run. */
    private final AtomicInteger inHand = new AtomicInteger();
    /** How many completion stages were asked for, and how many have completed. */
    private final AtomicInteger stages = new AtomicInteger();
    private final AtomicInteger completions = new AtomicInteger();
    private volatile boolean told;
    private volatile boolean draining;
    private volatile boolean sealed;
    private volatile boolean exiting;

    ServerLedger(Findings findings, Tally tally, ServerLedger parent, boolean inTask, int most, String what) {
        this.findings = findings;
        this.tally = tally;
        this.parent = parent;
        this.inTask = inTask;
        this.most = most;
        this.what = what;
    }

    // ---- what is about to be done to the server; noted before it is done

    /** Every task may be asked to cancel from now on. */
    void tell() {
        told = true;
    }

    void drain() {
        draining = true;
    }

    void seal() {
        sealed = true;
    }

    /** The owner is about to join or close. */
    void exit() {
        exiting = true;
    }

    boolean isTold() {
        return told || parent != null && parent.isTold();
    }

    boolean isDraining() {
        return draining || parent != null && parent.isDraining();
    }

    private boolean isSealed() {
        return sealed || parent != null && parent.isSealed();
    }

    /** Strangers, at least, may be refused. */
    private boolean isEnding() {
        return exiting || draining || parent != null && !inTask && parent.isEnding();
    }

    /**
     * Whether a spawn has to be accepted, or refused because there is no room.
     *
     * @param inTask whether it is made inside of a live task of this server
     */
    boolean isAdmissible(boolean inTask) {
        return !isTold() && !isSealed() && (inTask || !isEnding());
    }

    // ---- entries

    ServerTask enter(ServerKind kind, boolean limited) {
        ServerTask task = new ServerTask(this, IDS.incrementAndGet(), kind, limited);
        tasks.add(task);
        named.put(task.name, task);
        return task;
    }

    /** A body begins, or a start. */
    void begin(ServerTask task) {
        int now = inHand.incrementAndGet();
        if (most > 0 && now > most) {
            findings.add("S9", this + " has " + now + " tasks at work, and " + most + " are the most: " + task);
        }
    }

    /** The last of the user's code has run for a task that has begun. */
    void end() {
        inHand.decrementAndGet();
    }

    /** A completion stage is asked for; returns what it runs when it completes. */
    Runnable asked() {
        AtomicBoolean completed = new AtomicBoolean();
        stages.incrementAndGet();
        return () -> {
            if (completed.getAndSet(true)) {
                findings.add("S8", this + " has completed a stage twice");
            }
            completions.incrementAndGet();
        };
    }

    /** The failure handler. */
    void report(Task<?> task, Throwable failure) {
        ServerTask entry = named.get(task.name());
        if (entry == null) {
            findings.add(failure instanceof Fault ? "S10" : "E5",
                    this + ": a failure is reported that no spawned task has: " + failure);
        } else {
            entry.reported(failure);
        }
    }

    // ---- audits

    /** An exit has returned, or a drain: nothing lives any more. */
    void auditAfterExit(Supervisor supervisor, String exit) {
        if (supervisor.state() != Supervisor.State.FINISHED) {
            findings.add("C9", supervisor + " of " + this + " is " + supervisor.state() + " after " + exit);
        }
        if (supervisor.liveCount() != 0 || !supervisor.tasks().isEmpty()) {
            findings.add("C9", supervisor + " of " + this + " has live tasks after " + exit + ": "
                    + supervisor.tasks());
        }
        tasks.forEach(task -> task.auditAfterExit(exit));
    }

    /** Nobody spawns any more, and nothing lives: so all permits are there. */
    void auditPermits(Supervisor supervisor) {
        int free = most > 0 ? ServerState.freePermits(supervisor) : 0;
        if (free != most) {
            findings.add("S9", supervisor + " of " + this + " has " + free + " permits at the end, and not " + most);
        }
    }

    /** Everybody has gone who spawns, cancels or registers. */
    void auditAtRest() {
        auditAtRest(PATIENCE_NANOS);
    }

    void auditAtRest(long patience) {
        long end = System.nanoTime() + patience;
        while (!isSettled() && System.nanoTime() < end) {
            LockSupport.parkNanos(100_000);
        }
        tasks.forEach(ServerTask::auditAtRest);
        if (inHand.get() != 0) {
            findings.add("E4", this + ": " + inHand + " tasks have begun, and their callbacks have not run");
        }
        if (completions.get() != stages.get()) {
            findings.add("S8", this + ": of " + stages + " completion stages " + completions + " have completed");
        }
    }

    private boolean isSettled() {
        return completions.get() == stages.get() && tasks.stream().allMatch(ServerTask::isSettled);
    }

    /** What has not ended, for a report. */
    List<ServerTask> unsettled() {
        return tasks.stream().filter(task -> !task.isSettled()).toList();
    }

    @Override
    public String toString() {
        return what;
    }
}
