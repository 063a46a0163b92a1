package dev.supervisor.soak;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The books of one supervisor. It holds the entries that are not settled, so its size is bounded by the live tasks,
 * and not by those that have run.
 */
final class Ledger {

    private static final AtomicLong IDS = new AtomicLong();

    final Findings findings;
    final Tally tally;
    /** How many bodies run. */
    final AtomicInteger running = new AtomicInteger();

    private final String what;
    private final Set<Entry> unsettled = ConcurrentHashMap.newKeySet();
    private final Map<String, Entry> named = new ConcurrentHashMap<>();
    /** Fatal errors that bodies and handlers have thrown. */
    private final Queue<Throwable> fatals = new ConcurrentLinkedQueue<>();
    private final LongAdder registered = new LongAdder();
    private final LongAdder called = new LongAdder();
    private volatile boolean told;
    private volatile boolean sealed;
    private volatile boolean exiting;

    Ledger(Findings findings, Tally tally, String what) {
        this.findings = findings;
        this.tally = tally;
        this.what = what;
    }

    // ---- what is about to be done to the supervisor; noted before it is done

    /** Somebody is about to cancel every task. */
    void tell() {
        told = true;
    }

    void seal() {
        sealed = true;
    }

    /** The owner is about to join or close. */
    void exit() {
        exiting = true;
    }

    boolean isTold() {
        return told;
    }

    /**
     * Whether a spawn has to be accepted.
     *
     * @param inTask whether it is made inside of a live task of this supervisor
     */
    boolean isAdmissible(boolean inTask) {
        return !told && !sealed && (inTask || !exiting);
    }

    // ---- entries

    Entry enter(boolean isNamed) {
        long id = IDS.incrementAndGet();
        Entry entry = new Entry(this, id, isNamed ? "soak-task-" + id : null);
        unsettled.add(entry);
        if (isNamed) {
            named.put(entry.name, entry);
        }
        return entry;
    }

    void forgetButForTheName(Entry entry) {
        unsettled.remove(entry);
    }

    void forget(Entry entry) {
        unsettled.remove(entry);
        if (entry.name != null) {
            named.remove(entry.name);
        }
    }

    /** One more callback is about to be registered. */
    void callbackRegistered() {
        registered.increment();
    }

    /** It runs. */
    void callbackCalled() {
        called.increment();
    }

    // ---- what the supervisor is lent

    /** The failure handler. */
    void report(Task<?> task, Throwable failure) {
        Entry entry = failure instanceof Fault.OfBody fault ? fault.entry() : named.get(task.name());
        if (entry == null || entry.ledger != this) {
            findings.add("E5", this + ": a failure is reported that no task has: " + failure);
            return;
        }
        entry.reported(failure);
        if (entry.id % 64 == 3) {
            tally.add(Tally.Of.HANDLERS_THAT_THREW);
            throw new Fault.OfUser(Fault.Culprit.HANDLER);
        }
    }

    /** The predicate of fatal errors. */
    boolean isFatal(Throwable failure) {
        if (failure instanceof Fault.Fatal || failure instanceof Fault.FatalChecked) {
            tell();
            return true;
        }
        if (failure instanceof Fault.OfBody fault && fault.entry().id % 128 == 7) {
            tally.add(Tally.Of.PREDICATES_THAT_THREW);
            throw new Fault.OfUser(Fault.Culprit.PREDICATE);
        }
        return false;
    }

    /** Notes a fatal error that is about to be thrown. */
    void fatal(Throwable error) {
        fatals.add(error);
    }

    // ---- audits

    /** An exit has returned, or thrown the fatal error: nothing lives any more. */
    void auditAfterExit(Supervisor supervisor, String exit) {
        if (running.get() != 0) {
            findings.add("A5", this + ": " + running + " bodies run after " + exit);
        }
        if (supervisor.state() != Supervisor.State.FINISHED) {
            findings.add("C9", supervisor + " of " + this + " is " + supervisor.state() + " after " + exit);
        }
        if (supervisor.liveCount() != 0 || !supervisor.tasks().isEmpty()) {
            findings.add("C9", supervisor + " of " + this + " has live tasks after " + exit + ": "
                    + supervisor.tasks());
        }
        unsettled.forEach(entry -> entry.auditAfterExit(exit));
    }

    /** The owner has left, and its exit has thrown this, or nothing. */
    void auditFatal(Throwable thrown) {
        if (thrown == null) {
            if (!fatals.isEmpty()) {
                findings.add("C7", this + ": the exit has not thrown " + fatals.peek());
            }
            return;
        }
        Throwable error = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        if (!fatals.contains(error)) {
            findings.add("C7", this + ": the exit has thrown what is no fatal error: " + thrown);
        }
        tally.add(Tally.Of.FATAL_EXITS);
    }

    /** Everybody has gone who spawns or registers. */
    void auditAtRest() {
        unsettled.forEach(Entry::auditAtRest);
        if (registered.sum() != called.sum()) {
            findings.add("E4", this + ": of " + registered + " callbacks " + called + " were called");
        }
    }

    int unsettled() {
        return unsettled.size();
    }

    @Override
    public String toString() {
        return what;
    }
}
