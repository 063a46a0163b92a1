package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The time limits in one supervisor, and when the {@link Alarm} is to look at them (S5, S6). */
final class Deadlines {

    /*
     * The live set is the timer. A task knows when it is due, and beside its slot stands a number that is no later. The
     * alarm reads these numbers alone, until one is due; then it asks the task.
     *
     * 1. The number of a slot is never later than the time at which the task in it is due, once that task's spawner
     *    has written it. A spawner lowers the number, and does so after the task lies in the slot. The alarm raises it, to
     *    what the task in the slot says, or to "none"; then it looks whether that task is still there, and if another
     *    one is, begins again. So if a task came before the number was raised, the alarm sees it; if it came after
     *    that, its spawner lowers what the alarm has raised. (Race27a_SpawnSweep.)
     * 2. The end of a task does nothing. What it leaves beside the slot is found when it is due, once, and is put right.
     * 3. `next` is no later than any number, once its spawner has gone on: a spawner writes the number, then reads
     *    `next`, and lowers it if need be. The alarm sets `next` to NEVER, then reads the numbers, then lowers `next` to
     *    the least of them (Dekker). (Race27a_SpawnSweep, Race27c_ArmSleep.)
     * 4. A spawner may be cut off on the way, for want of stack or of a thread for the alarm. So it first gives the
     *    supervisor to the alarm, then lowers `next`, then wakes the alarm. And a spawner that finds `next` early enough
     *    relies on no other: it compares its time with those of the alarm as well.
     * 5. Memory may run out while the alarm looks. A task lies in `due` before it is marked, and is kept until a thread has
     *    been started for it; and `next` is lowered in any case. So the next look makes up for it.
     *
     * Time is counted from when this class was loaded, so numbers compare as numbers: 0 is none, NEVER is later than
     * all.
     */
    static final long NEVER = Long.MAX_VALUE;
    private static final long NONE = 0;
    private static final long ORIGIN = System.nanoTime() - 1;

    private static final VarHandle NEXT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "next", VarHandle.class, Deadlines.class, long.class);
    private static final VarHandle NUMBER = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long RETRY_NANOS = 10_000_000;

    /** Weakly: the alarm keeps no supervisor. */
    private final WeakReference<Scope> scope;
    /** When the supervisor itself is due. */
    private final long ofScope;
    /** When the alarm is to look. */
    private volatile long next = NEVER;
    /** Tasks that are due, to be handed over; of the alarm alone, as the three that follow. */
    private List<SupervisedTask<?>> due = new ArrayList<>();
    /** Whether the supervisor is due, to be handed over. */
    private boolean exceeded;
    /** What is handed over, until a thread could be started for it. */
    private @Nullable Expiry unstarted;
    /** How long the last sweep took for tasks that were due. */
    private long forDue;

    Deadlines(Scope scope) {
        this.scope = new WeakReference<>(scope);
        Options options = scope.settings.options();
        this.ofScope = options.deadline() == null ? NEVER : after(Options.nanos(options.deadline()));
    }

    // ---- The clock

    static long now() {
        return System.nanoTime() - ORIGIN;
    }

    /** So many nanoseconds from now, or as late as there is. */
    static long after(long nanos) {
        long now = now();
        return nanos >= NEVER - now ? NEVER - 1 : now + nanos;
    }

    // ---- By spawners

    /** The alarm is to look at this task, which lies in its slot, at this time at the latest. */
    void watch(SupervisedTask<?> task, long deadline) {
        lower(task.plainSegment().deadlinesOrNew(), task.plainSlot(), deadline);
        arm(deadline);   // after that: decides Race27a_SpawnSweep
    }

    /** The alarm is to look at the supervisor. */
    void watchScope() {
        arm(ofScope);
    }

    private static void lower(long[] numbers, int slot, long deadline) {
        for (;;) {
            long present = (long) NUMBER.getVolatile(numbers, slot);
            if (present != NONE && present <= deadline
                    || NUMBER.compareAndSet(numbers, slot, present, deadline)) {   // decides Race27a_SpawnSweep
                return;
            }
        }
    }

    private void arm(long deadline) {
        if (deadline < next || Alarm.INSTANCE.isLate(deadline)) {
            Alarm.INSTANCE.admit(this);   // first: see 4
            lowerNext(deadline);
            Alarm.INSTANCE.wake(deadline);
            Scope live = scope.get();
            if (live != null && live.census.isFinished()) {   // it has left before: decides Race27e_FinishArm
                leave();
            }
        }
    }

    private void lowerNext(long deadline) {
        for (long present = next; deadline < present && !NEXT.compareAndSet(this, present, deadline);) {
            present = next;
        }
    }

    /** The supervisor is finished. */
    void leave() {
        Alarm.INSTANCE.forget(this);
    }

    // ---- By the alarm

    /** Hands over what is due; returns when to look again. It throws nothing. */
    long sweep(long now) {
        forDue = 0;
        if (next > now && !scope.refersTo(null)) {
            return next;
        }
        Scope live = scope.get();
        if (live == null || live.census.isFinished()) {
            leave();
            return NEVER;
        }
        next = NEVER;   // before the look: decides Race27a_SpawnSweep
        long again = now + RETRY_NANOS;
        try {
            again = lookAndHandOver(live, now);
        } catch (Throwable noMemory) {
            // Soon once more.
        }
        lowerNext(again);
        return next;
    }

    /** Hands over what is due; returns when to look again. */
    private long lookAndHandOver(Scope live, long now) {
        VarHandle.fullFence();
        if (!handOver(live)) {   // what was left the last time
            return now + RETRY_NANOS;
        }
        long least = now + RETRY_NANOS;
        try {
            least = collect(live, now);
        } catch (Throwable noMemory) {
            // What was found until then may give some back.
        }
        return handOver(live) ? least : now + RETRY_NANOS;
    }

    /** How long the last sweep took for tasks that were due: not what it took to find them, nor to put numbers right. */
    long forDue() {
        return forDue;
    }

    /** Collects what is due; returns the least of the other times. */
    private long collect(Scope live, long now) {
        long least = NEVER;
        for (Stripe stripe : live.census.stripes()) {
            for (Segment segment : stripe.segments.all) {
                least = Math.min(least, sweep(segment, now));
            }
        }
        if (ofScope > now) {
            return Math.min(least, ofScope);
        }
        if (live.lifecycle.markDeadlineExceeded()) {
            exceeded = true;   // no call between the two
        }
        return least;
    }

    /** Starts a thread for what is due, if anything is; false if that cannot be done now. */
    private boolean handOver(Scope live) {
        try {
            if (unstarted == null && (!due.isEmpty() || exceeded)) {
                List<SupervisedTask<?>> none = new ArrayList<>();
                unstarted = new Expiry(live, due, exceeded);
                due = none;
                exceeded = false;
            }
            if (unstarted != null) {
                unstarted.start();
                unstarted = null;
            }
            return true;
        } catch (Throwable noThread) {
            return false;
        }
    }

    /** Collects what is due in a segment; returns the least of the other numbers. */
    private long sweep(Segment segment, long now) {
        long[] numbers = segment.deadlines();
        if (numbers == null) {
            return NEVER;
        }
        long least = least(numbers);
        if (least > now) {
            return least;
        }
        long begun = now();
        int before = due.size();
        int looks = 0;
        least = NEVER;
        for (int slot = 0; slot < numbers.length; slot++) {
            long number = (long) NUMBER.getOpaque(numbers, slot);
            if (number > now) {
                least = Math.min(least, number);
            } else if (number != NONE) {
                looks++;
                least = Math.min(least, look(segment, numbers, slot, now));
            }
        }
        forDue += (now() - begun) * (due.size() - before) / Math.max(1, looks);
        return least;
    }

    /** The least of the numbers; by plain reads, which are fast in a row, and none is older than the fence before. */
    private static long least(long[] numbers) {
        long least = NEVER;
        for (long number : numbers) {
            least = Math.min(least, number - 1 & NEVER);   // NEVER for NONE
        }
        return least == NEVER ? NEVER : least + 1;
    }

    /** Looks at the task whose number is due, and puts that right; returns when the task is due, or NEVER. */
    private long look(Segment segment, long[] numbers, int slot, long now) {
        for (;;) {
            long number = (long) NUMBER.getVolatile(numbers, slot);
            SupervisedTask<?> task = segment.taskIn(slot);
            if (task != null && task.due() <= now) {
                due.add(task);   // first: see 5
                if (!task.expire(now)) {
                    due.remove(due.size() - 1);
                }
            }
            long later = task == null ? NEVER : task.due();
            boolean raised = NUMBER.compareAndSet(numbers, slot, number, later == NEVER ? NONE : later);
            if (raised && segment.taskIn(slot) == task) {   // decides Race27a_SpawnSweep
                return later;
            }
        }
    }
}
