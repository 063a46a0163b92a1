package dev.supervisor.soak;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Accounts for every cancellation that was sent, and for every supervisor that was opened. */
final class CancellationLedger {

    private static final int MOST = 24;

    final Findings findings;
    private final long lostNanos;
    private final boolean goesOn;
    private final AtomicLong clock = new AtomicLong();
    private final Map<NestingThreads, Map<Fate, LongAdder>> fates = new EnumMap<>(NestingThreads.class);
    private final Map<NestingThreads, LongAdder> tasks = new EnumMap<>(NestingThreads.class);
    private final AtomicLongArray depths = new AtomicLongArray(MOST);
    private final AtomicLongArray heights = new AtomicLongArray(MOST);
    private final Map<Used, LongAdder> used = new EnumMap<>(Used.class);

    /** What happens around the cancellations. */
    enum Used {
        TRY, RUN, CALL, CROSSED, OWNED, UNOWNED, SHUT_DOWN, ABORTED, FATAL, LEFT_EARLY, JOINED,
        INLINE, TRAMPOLINED, HELPED, HELPED_UNTIL_QUIET, LATE_CALLBACKS, DROPPED_CALLBACKS,
        CALLBACKS_THAT_SWALLOW, BLOCKS_LOST
    }

    /**
     * Makes an empty ledger.
     *
     * @param lostNanos how long a task waits for an interrupt that was sent before it is lost
     * @param goesOn whether tasks still wait after a finding
     */
    CancellationLedger(Findings findings, long lostNanos, boolean goesOn) {
        this.findings = findings;
        this.lostNanos = lostNanos;
        this.goesOn = goesOn;
        for (NestingThreads threads : NestingThreads.values()) {
            tasks.put(threads, new LongAdder());
            Map<Fate, LongAdder> counts = new EnumMap<>(Fate.class);
            for (Fate fate : Fate.values()) {
                counts.put(fate, new LongAdder());
            }
            fates.put(threads, counts);
        }
        for (Used what : Used.values()) {
            used.put(what, new LongAdder());
        }
    }

    /** The next moment: greater than all that have been seen before. */
    long tick() {
        return clock.incrementAndGet();
    }

    void count(Used what) {
        used.get(what).increment();
    }

    /** A frame has come that makes so many of them on one thread. */
    void height(int frames) {
        heights.incrementAndGet(Math.min(frames, MOST - 1));
    }

    // ---- While it runs

    /** Whether nobody shall wait any more: something was found, and the soak ends. */
    boolean givesUp() {
        return !goesOn && findings.any();
    }

    /** How long a task waits that nobody tells at all. */
    long neverNanos() {
        return 10 * lostNanos;
    }

    /**
     * The last checkpoint of a body: a cancellation that was sent has been felt, or comes now, or is lost.
     *
     * @param checkpoint waits a moment for an interrupt, and notes one that comes
     */
    void lastCheckpoint(Cancellation task, Runnable checkpoint) {
        if (task.isTakenInline() && !task.hasFelt()) {
            checkpoint.run();   // it may get it all the same
        }
        long deadline = 0;
        while (task.isSent() && !task.hasFelt() && !task.isTakenInline() && !givesUp()) {
            deadline = deadline == 0 ? System.nanoTime() + lostNanos : deadline;
            if (System.nanoTime() - deadline > 0) {
                task.lose();
                findings.add("C6", "LOST is the cancellation of " + task);
                return;
            }
            checkpoint.run();
        }
    }

    /** The same for the owner of a block whose supervisor somebody shuts down. */
    void lastCheckpoint(NestedScope block, Runnable checkpoint) {
        long deadline = System.nanoTime() + lostNanos;
        while (block.owesOwner() && !givesUp()) {
            if (System.nanoTime() - deadline > 0) {
                count(Used.BLOCKS_LOST);
                findings.add("C3", "LOST is the interrupt of the owner of " + block + ", which was shut down, in "
                        + block.openedIn);
                return;
            }
            checkpoint.run();
        }
    }

    /** A body has ended that had the thread to itself. */
    void endedAlone(Cancellation task) {
        if (task.wasToldAgain()) {
            findings.stray("told again, or what was meant for others, is " + task);
        }
    }

    // ---- When it has ended

    /** All has ended: what became of this task's cancellation? */
    void audit(Cancellation task) {
        tasks.get(task.scope.threads).increment();
        Fate fate = task.fate();
        if (fate != null) {
            fates.get(task.scope.threads).get(fate).increment();
        } else if (!task.hasBegun()) {
            findings.add("E1", "a task that nobody has cancelled has never begun: " + task);
        }
    }

    /** A supervisor has been left, and nobody can spawn any more. */
    void audit(NestedScope scope) {
        depths.incrementAndGet(Math.min(scope.depth, MOST - 1));
        count(scope.owned ? Used.OWNED : Used.UNOWNED);
        long live = scope.supervisor().liveCount();
        if (live != 0 || scope.spawned.sum() != scope.ended.sum()) {
            findings.add("C9", scope + " has spawned " + scope.spawned + ", seen " + scope.ended + " end, and " + live
                    + " live");
        }
    }

    long cancellations() {
        long sum = 0;
        for (Fate fate : Fate.values()) {
            sum += of(fate);
        }
        return sum;
    }

    private long of(Fate fate) {
        return fates.values().stream().mapToLong(counts -> counts.get(fate).sum()).sum();
    }

    /** The cancellations that were sent: each is in one of the columns. */
    String table() {
        StringBuilder text = new StringBuilder(String.format("%n  %-16s %10s %10s", "threads", "tasks", "cancelled"));
        for (Fate fate : Fate.values()) {
            text.append(String.format(" %13s", fate));
        }
        for (NestingThreads threads : NestingThreads.values()) {
            Map<Fate, LongAdder> counts = fates.get(threads);
            row(text, threads.name(), tasks.get(threads).sum(), counts);
        }
        Map<Fate, LongAdder> all = new EnumMap<>(Fate.class);
        for (Fate fate : Fate.values()) {
            LongAdder sum = new LongAdder();
            sum.add(of(fate));
            all.put(fate, sum);
        }
        row(text, "all", tasks.values().stream().mapToLong(LongAdder::sum).sum(), all);
        text.append(String.format("%n  supervisors by depth:%s%n  most frames on a thread, bodies by height:%s%n  %s",
                histogram(depths), histogram(heights), used));
        return text.toString();
    }

    private static void row(StringBuilder text, String name, long tasks, Map<Fate, LongAdder> counts) {
        text.append(String.format("%n  %-16s %,10d %,10d", name, tasks,
                counts.values().stream().mapToLong(LongAdder::sum).sum()));
        counts.values().forEach(count -> text.append(String.format(" %,13d", count.sum())));
    }

    private static String histogram(AtomicLongArray counts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < counts.length(); i++) {
            if (counts.get(i) > 0) {
                text.append(String.format(" %d:%,d", i, counts.get(i)));
            }
        }
        return text.toString();
    }

    String lostAfter() {
        return TimeUnit.NANOSECONDS.toMillis(lostNanos) + " ms";
    }
}
