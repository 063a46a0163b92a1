package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A run of slots of {@link LiveTasks}. */
final class Segment {

    /*
     * How an empty segment is dropped. A closer sets `closer` to a token of its own, by CAS; then looks at all slots;
     * and if they are empty, sets REMOVED, by CAS from its token. REMOVED is final. Then the segment lets go of its
     * slots, and the closer takes it out of the array of segments.
     *
     * 1. A thread that has claimed a slot, or has found a task in one, reads `closer` after that. If that is null, the
     *    segment stays until the slot is cleared: a closer that comes later finds the task. If it is a token, the
     *    reader sets null, by CAS, and that closer fails. If it is REMOVED, the claim is void, and a visit does not act
     *    on the task.
     * 2. So no segment is removed in which a task lies whose claim is good, and a task that was added lies in a segment
     *    that is linked, until it is removed from its slot. (Race15f_ClaimDrop, Lincheck15_LiveTasksTest.)
     * 3. A spawner whose claim is void takes its task out of the slot, and goes on looking. No visit has acted on it:
     *    that visit would have read `closer` before it was REMOVED, with the task in the slot, so by 1 the closer would
     *    have failed. If the task is not in the slot any more, a visit has found it in time and has completed it: then
     *    the segment was removed after that, and the spawner is done.
     * 4. A token is never set twice, so a CAS from it succeeds only if no thread has objected since. A closer that was
     *    stopped or cut off is in no thread's way: the next one sets its own token in place of the old.
     */

    /** So many elements at the end are spare, a cache line: what lies behind is on another one. */
    static final int SPARE = 16;

    // What spawners may expect here: see 6 of LiveTasks.
    static final int VACANT = 0;
    static final int PASSING = 1;
    static final int FULL = 2;

    /** Dropped, for good. */
    static final Object REMOVED = new Object();

    private static final VarHandle CLOSER = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "closer", VarHandle.class, Segment.class, Object.class);
    private static final VarHandle DEADLINES = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "deadlines", VarHandle.class, Segment.class, long[].class);
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    /** Kept as a Stripe: a cast would read the stripe's header, on the line that spawners write. */
    final Stripe stripe;
    final int length;
    /** Null when this segment is dropped, or the census finished: see 7 of LiveTasks. */
    @Nullable Object[] slots;
    /** Null; the token of the thread that tries to drop this segment; or REMOVED. */
    volatile @Nullable Object closer;
    volatile int vacancy;
    /** Beside each slot, when its task is due, or 0; made when the first task has a time limit. See Deadlines. */
    private volatile long @Nullable [] deadlines;

    Segment(Stripe stripe, int length) {
        this.stripe = stripe;
        this.length = length;
        this.slots = new Object[length + SPARE];
    }

    /**
     * Whether the index is behind the last slot (the two halves of a cursor may come from two spawners), or all is
     * over.
     */
    boolean isPassed(int index) {
        return index >= length || slots == null;
    }

    boolean claim(int index, SupervisedTask<?> task) {
        @Nullable Object[] run = slots;
        if (run == null || index >= run.length - SPARE || run[index] != null) {   // decides Race15c_TornCursor
            return false;
        }
        // Before the CAS publishes the task: a thread that finds it in the slot may complete it and so remove it.
        task.setPlainPlace(this, index);   // decides Lincheck03_SpawnClose
        return SLOT.compareAndSet(run, index, null, task)   // decides Race15a_AddAdd
                && (closer == null || keeps(run, index, task));   // decides Race15f_ClaimDrop
    }

    /** Whether the claim of a slot is good though a thread has begun to drop this segment; if not, it is undone. */
    private boolean keeps(@Nullable Object[] run, int index, SupervisedTask<?> task) {
        if (stays() || SLOT.getVolatile(run, index) != task) {
            return true;
        }
        run[index] = null;
        return false;
    }

    /** Whether this segment is not removed; a thread that tries to drop it fails then. */
    private boolean stays() {
        for (Object token; (token = closer) != null;) {
            if (token == REMOVED) {
                return false;
            }
            CLOSER.compareAndSet(this, token, null);
        }
        return true;
    }

    /** Drops this segment if it is empty, for a token that no other thread has. It has to be unlinked then. */
    boolean close(Object token) {
        Object before = closer;
        if (before == REMOVED || !CLOSER.compareAndSet(this, before, token)) {
            return false;
        }
        if (!isEmpty() || !CLOSER.compareAndSet(this, token, REMOVED)) {   // decides Lincheck15_LiveTasks
            CLOSER.compareAndSet(this, token, null);
            return false;
        }
        vacancy = FULL;
        letGo();
        return true;
    }

    private boolean isEmpty() {
        VarHandle.fullFence();   // plain reads then, which are faster in a row
        @Nullable Object[] run = slots;
        for (int index = 0; run != null && index < run.length; index++) {
            if (run[index] != null) {
                return false;
            }
        }
        return true;
    }

    // ---- Time limits

    /** What the alarm looks at first, or null. */
    long @Nullable [] deadlines() {
        return deadlines;
    }

    /** The same, made if there is none. */
    long[] deadlinesOrNew() {
        long[] present = deadlines;
        if (present == null) {
            long[] made = new long[length + SPARE];
            Object first = DEADLINES.compareAndExchange(this, null, made);
            present = first == null ? made : (long[]) first;
        }
        return present;
    }

    /** The task in this slot, or null. */
    @Nullable SupervisedTask<?> taskIn(int index) {
        @Nullable Object[] present = slots;
        return present == null ? null : (SupervisedTask<?>) SLOT.getVolatile(present, index);
    }

    @Nullable SupervisedTask<?> taskAt(int number) {
        @Nullable Object[] present = slots;   // null when it is dropped, or all is over
        return present == null ? null : (SupervisedTask<?>) SLOT.getVolatile(present, number % length);
    }

    @SuppressWarnings("NullAway")   // see 7 of LiveTasks
    void letGo() {
        slots = null;
        deadlines = null;
    }

    void forEach(Consumer<? super SupervisedTask<?>> visitor) {
        @Nullable Object[] present = slots;   // null when it is dropped, or all is over
        for (int index = 0; present != null && index < present.length; index++) {   // with the spare end
            SupervisedTask<?> task = (SupervisedTask<?>) SLOT.getVolatile(present, index);
            if (task != null) {
                if (closer != null && !stays()) {
                    return;
                }
                visitor.accept(task);
            }
        }
    }
}
