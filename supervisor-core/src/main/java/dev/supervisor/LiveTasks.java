package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The live tasks of one {@link Stripe}: a lock-free set of slots, which a sweep can visit while tasks come and go.
 *
 * <p>A task is added by one compare-and-set of an empty slot and removed by one store, and it remembers its slot
 * itself. So there is no wrapper object per task, nothing to hand back, and nothing that another thread could have to
 * wait for.
 */
abstract class LiveTasks extends LiveTasksLead {

    /*
     * Segments of slots, newest first, linked by `older` and not unlinked before the end. A slot is null (free) or a
     * task.
     *
     *   add     reads slots from the cursor on, through all segments in turn, and claims the first free one: CAS null
     *           -> task
     *   remove  stores null; only whoever completes the task does it, once, just after the task was counted out
     *           (Completion). The store is a plain one, which no call can cut off
     *   sweep   reads every slot, oldest segment first: what one thread has added, without a remove in between, comes
     *           in that order
     *
     * 1. Exactly one task owns a slot: a slot leaves null by CAS only, and is set to null by its owner only.
     * 2. A sweep never acts on the wrong task. It takes the task object out of the slot, and whatever it then does, it
     *    does to that object, whose own state word says whether that still means anything. Reuse of the slot cannot
     *    matter. (Race15_SlotReuse.)
     * 3. A sweep that begins after a flag was set sees each task whose spawner, after its add, does not see the flag
     *    (see Lifecycle). For a task in a segment that the sweep did not see: the CAS that linked the segment came
     *    after the sweep's read of `newest`, hence after the flag was set, and the spawner reads the flag after that.
     *    (Race15_SegmentGrowthSweep.)
     * 4. add terminates. size() counts a task from before its add until just before its remove. A thread that has met
     *    PROBES taken slots in a row adds a segment if size() says that the slots are nearly all taken; and in any case
     *    after a full round without a free slot, when the rest belongs to tasks that are counted out and not removed.
     * 5. Slots are O(peak live): a segment is added only when 7/8 of all slots are accounted for by live tasks, or by
     *    those whose completer is between the two steps; and it adds half as many slots again. So a stripe has at most
     *    12/7 slots per task of its peak, which is 6.9 bytes with compressed references, and per thread that was
     *    stopped between the two; plus the first segment, plus the empty end of each.
     * 6. The cost of add is amortised: the cursor passes each taken slot once a round, and at least an eighth of each
     *    round is free.
     *
     * 7. When the census is finished, each segment lets go of its slots and of the older segment. So no task that a
     *    user or a queue keeps leads to the slots of others. Nobody misses them. Whoever adds or removes a task has one
     *    that is counted in, whose stripe is open, so the census is not finished: a completer reads `slots` before it
     *    counts the task out, and clears the slot in that array, which may have been let go in between.
     *    (Lincheck14_SlotsLetGoTest.) A sweep reads `slots` once and passes over null, and where `older` is gone, it
     *    ends: what it does not see is counted out. A completer that is cut off after the removal finds null, or the
     *    slot that it has cleared (Completion).
     *    These are plain writes, and plain reads of them race only as said. For `slots` and `older` of a new segment
     *    are written before the CAS of `newest`; and whoever comes to a segment has read that field, or the cursor,
     *    or a task, after somebody who has.
     *
     * A task that was counted in and could not be added, for want of memory or stack, lies in the spare end of a
     * segment, by a plain store; sweeps look there too. Two that are put there in the same instant can be one.
     *
     * The cursor is a hint that spawners of one stripe race on; a lost update costs a few probes. Its segment is stored
     * with release and read with acquire, so that its fields are seen, too. Finishers never write what spawners read
     * here, except the slot itself.
     */
    private static final int FIRST_SEGMENT = 8;
    private static final int PROBES = 16;
    /** How far from each other the slots lie that are looked at for any task: as many as the first segment has. */
    private static final int[] LOOKS =
            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};

    private static final VarHandle NEWEST = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "newest", VarHandle.class, LiveTasks.class, Segment.class);
    private static final VarHandle CURSOR_SEGMENT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "cursorSegment", VarHandle.class, LiveTasks.class, Segment.class);
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    /** Written by spawners (CAS), read by sweeps. */
    volatile Segment newest;
    /** Spawners only; racy hints. */
    private Segment cursorSegment;
    private int cursor;

    LiveTasks() {
        newest = new Segment((Stripe) this, FIRST_SEGMENT, null);
        cursorSegment = newest;
    }

    /** How many tasks are accounted for, each from before its add until its remove; never more than there are. */
    abstract long size();

    /** Claims a slot for the task and publishes it to sweeps, with the effects of a full fence. */
    final void add(SupervisedTask<?> task) {
        Segment segment = (Segment) CURSOR_SEGMENT.getAcquire(this);
        int index = cursor;
        for (int probes = 1;; probes++) {
            if (index >= segment.end()) {   // beyond, if a cursor is of one spawner and its segment of another
                segment = segment.older != null ? segment.older : newest;
                index = 0;
            }
            if (segment.claim(index, task)) {
                CURSOR_SEGMENT.setRelease(this, segment);
                cursor = index + 1;
                return;
            }
            index++;
            if (probes % PROBES == 0) {
                Segment head = newest;
                if (isCrowded(head) || probes >= head.capacity + PROBES) {
                    segment = grow(head);
                    index = 0;
                }
            }
        }
    }

    /** Visits every task that was added before the call and is not removed before its end; others perhaps. */
    final void forEach(Consumer<? super SupervisedTask<?>> visitor) {
        Segment last = newest;
        Segment visited = null;
        do {   // the links lead to older ones, and there are few: following them again and again costs little
            Segment segment = last;
            for (Segment older; (older = segment.older) != visited; segment = older) {
                if (older == null) {
                    return;   // all is over: see 7
                }
            }
            segment.forEach(visitor);
            visited = segment;
        } while (visited != last);
    }

    /** Lets go of all slots; to be called when the census is finished. May be repeated. */
    @SuppressWarnings("NullAway")   // see 7
    final void letGo() {
        for (Segment segment = newest; segment != null && segment.slots != null;) {
            Segment older = segment.older;
            segment.slots = null;
            segment.older = null;
            segment = older;
        }
    }

    /** How many slots there are, taken or free. */
    final int capacity() {
        return newest.capacity;
    }

    /** One of the tasks, if one lies in the slots that are looked at: a few, from a place on that the seed gives. */
    final @Nullable SupervisedTask<?> anyTask(long seed) {
        Segment segment = newest;
        int place = (int) Long.remainderUnsigned(seed, segment.capacity);
        for (Segment older; (older = segment.older) != null && place < older.capacity; ) {
            segment = older;
        }
        return segment.anyTask(place);
    }

    private boolean isCrowded(Segment head) {
        return size() >= head.capacity - (head.capacity >> 3);
    }

    private Segment grow(Segment head) {
        Segment added = new Segment((Stripe) this, Math.max(FIRST_SEGMENT, head.capacity >> 1), head);
        return NEWEST.compareAndSet(this, head, added) ? added : newest;
    }

    /** A run of slots. */
    static final class Segment {

        /** So many elements at the end are spare, a cache line: what lies behind is on another one. */
        static final int SPARE = 16;

        /** Typed so, for a cast would read the header of the stripe, beside which spawners write. */
        final Stripe stripe;
        /** These two go when the census is finished: see 7. */
        @Nullable Object[] slots;
        @Nullable Segment older;
        /** Slots in this segment and all older ones. */
        final int capacity;

        Segment(Stripe stripe, int length, @Nullable Segment older) {
            this.stripe = stripe;
            this.slots = new Object[length + SPARE];
            this.older = older;
            this.capacity = length + (older == null ? 0 : older.capacity);
        }

        private int end() {
            return slots.length - SPARE;
        }

        private boolean claim(int index, SupervisedTask<?> task) {
            if (slots[index] != null) {
                return false;
            }
            // Before the CAS publishes the task: whoever finds it in the slot may complete and so remove it.
            task.segment = this;
            task.slot = index;
            return SLOT.compareAndSet(slots, index, null, task);
        }

        private @Nullable SupervisedTask<?> anyTask(int from) {
            @Nullable Object[] present = slots;   // null when all is over
            if (present != null) {
                for (int distance : LOOKS) {   // Lincheck stops nobody any more after a loop of another form
                    Object task = SLOT.getVolatile(present, (from + distance) % present.length);
                    if (task != null) {
                        return (SupervisedTask<?>) task;
                    }
                }
            }
            return null;
        }

        private void forEach(Consumer<? super SupervisedTask<?>> visitor) {
            @Nullable Object[] present = slots;   // null when all is over
            for (int index = 0; present != null && index < present.length; index++) {   // with the spare end
                SupervisedTask<?> task = (SupervisedTask<?>) SLOT.getVolatile(present, index);
                if (task != null) {
                    visitor.accept(task);
                }
            }
        }
    }
}

/** Keeps what spawners write off the line of what lies before: the array of stripes, say, which everybody reads. */
abstract class LiveTasksLead {
    @SuppressWarnings("unused")
    private int h0, h1;   // beside the header, where another field would be put otherwise
    @SuppressWarnings("unused")
    private long o0, o1, o2, o3, o4, o5, o6;
}
