package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The live tasks of one {@link Stripe}: a lock-free set of slots, which a thread can visit while tasks come and go.
 *
 * <p>A task is added by one compare-and-set of an empty slot and removed by one store, and it remembers its slot
 * itself. So there is no wrapper object per task, nothing to hand back, and nothing that a thread could have to wait
 * for.
 */
abstract class LiveTasks extends LiveTasksLead {

    /*
     * Segments of slots, oldest first, in an array that is replaced as a whole. A slot is null (free) or a task.
     *
     *   add     reads slots from the cursor on, through the segments in turn, and claims the first free one: CAS null
     *           -> task
     *   remove  stores null; only the thread that completes the task does it, once, just after the task was counted out
     *           (Completion), or a spawner whose claim is void (Segment). The store is a plain one, which no call can
     *           cut off
     *   visit   reads every slot, oldest segment first: what one thread has added, without a remove in between, comes
     *           in that order
     *
     * 1. Exactly one task owns a slot: a slot leaves null by CAS only, and only its owner sets it to null.
     * 2. A visit never acts on the wrong task. It takes the task object out of the slot. Whatever it then does, it does
     *    to that object, whose own state word says whether that still means anything. Reuse of the slot cannot matter.
     *    (Race15e_SlotReuse.)
     * 3. A visit that begins after a flag was set sees each task whose spawner, after its add, does not see the flag
     *    (Lifecycle). Take a task in a segment that the visit did not see. The CAS that linked the segment came after
     *    the visit's read of `segments`, hence after the flag was set, and the spawner reads the flag after that.
     *    (Race15d_SegmentGrowthSweep.) For a task in a segment that was dropped, see Segment.
     * 4. add terminates. size() counts a task from before its add until just before its remove. A thread that has met
     *    PROBES taken slots, or two, four, eight times as many, adds a segment if size() says that the slots are nearly
     *    all taken. In any case it adds one after as many as there are slots, when the rest belongs to tasks that are
     *    counted out and not removed. One thread makes the segment, for which it takes a claim; the others go on
     *    looking meanwhile. No thread waits for it: a thread that has met PATIENCE taken slots more takes the next
     *    claim.
     * 5. Slots are O(peak live). A segment is added only when 7/8 of all slots are accounted for by live tasks, or by
     *    those whose completer is between the two steps; and it adds half as many slots again, or LONGEST_SEGMENT if
     *    that is less. So a stripe has at most 12/7 slots per task of its peak, which is 6.9 bytes with compressed
     *    references, and per thread that was stopped between the two; plus the first segment, plus the empty end of
     *    each. No growth makes more than LONGEST_SEGMENT slots at once.
     * 6. The cost of add is amortised: the cursor passes each taken slot once a round, and at least an eighth of each
     *    round is free. One add does not pass them all: in a set of more than KEPT slots spawners skip a segment that
     *    is FULL. They set PASSING when they come to a segment, and FULL when they reach its end, if it is PASSING
     *    still: each slot was taken when they came by, and none was freed since. A completer sets VACANT after it has
     *    cleared the slot. These are hints. A completer that looks at the hint before its store, or a torn cursor, can
     *    hide free slots until the next task of the segment ends. If all segments are FULL and not nearly taken,
     *    spawners look at all again.
     *
     * 7. When the census is finished, all segments let go of their slots, and the set of them. So no task that a user
     *    or a queue keeps leads to the slots of others. No thread misses them. One that adds or removes a task has
     *    one that is counted in, whose stripe is open, so the census is not finished: a completer reads `slots` before
     *    it counts the task out, and clears the slot in that array, which may have been let go in between.
     *    (Lincheck14_SlotsLetGoTest.) A visit reads `slots` once and passes over null: what it does not see is counted
     *    out. A completer that is cut off after the removal finds null, or the slot that it has cleared (Completion).
     *    These are plain writes, and plain reads of them race only as said. For `slots` of a new segment is written
     *    before the CAS of `segments`; and a thread that comes to a segment has read that field, or the cursor, or a
     *    task, after a thread that has.
     *
     * 8. While no more than a quarter of the slots is taken, empty segments are dropped: by a spawner at the end of
     *    another segment, which looks at no more than DROPS times the slots of that one. Segment says why no task is
     *    lost by that. The first segment stays. A set that was made smaller grows again only when 3.5 times as many
     *    tasks live (5).
     *
     * A task that was counted in and could not be added, for want of memory or stack, lies in the spare end of the
     * first segment, by a plain store; visits look there too. Two that are put there in the same instant can be one.
     *
     * The cursor is a hint that spawners of one stripe race on; a lost update costs a few probes. Its segment is stored
     * with release and read with acquire, so that its fields are seen, too (Race15c_TornCursor). Finishers never write
     * what spawners read here, except the slot itself, and VACANT when it is not set.
     */
    private static final int FIRST_SEGMENT = 8;
    /** 32 KiB: cleared in a few microseconds, and few enough of them that an array of all is copied in one. */
    private static final int LONGEST_SEGMENT = 1 << 13;
    private static final int PROBES = 16;
    private static final int PATIENCE = 1 << 13;
    /** Up to so many slots no segment is skipped or dropped. */
    private static final int KEPT = 1 << 12;
    private static final int DROPS = 16;

    private static final Segments NONE = new Segments(new Segment[0], 0);

    private static final VarHandle SEGMENTS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "segments", VarHandle.class, LiveTasks.class, Segments.class);
    private static final VarHandle CURSOR_SEGMENT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "cursorSegment", VarHandle.class, LiveTasks.class, Segment.class);
    private static final VarHandle CLAIMS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "claims", VarHandle.class, Segments.class, int.class);
    private static final VarHandle VACANCY = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "vacancy", VarHandle.class, Segment.class, int.class);

    /** Written by spawners (CAS), read by visits. */
    volatile Segments segments;
    /** Spawners only; racy hints. */
    private Segment cursorSegment;
    private int cursor;

    LiveTasks() {
        cursorSegment = new Segment((Stripe) this, FIRST_SEGMENT);
        segments = new Segments(new Segment[] {cursorSegment}, FIRST_SEGMENT);
    }

    /**
     * How many tasks are accounted for, each from before its add until it is counted out; never more than there are.
     */
    abstract long size();

    /** Claims a slot for the task and publishes it to visits, with the effects of a full fence. */
    final void add(SupervisedTask<?> task) {
        Segment segment = (Segment) CURSOR_SEGMENT.getAcquire(this);
        int index = cursor;
        if (segment.claim(index, task)) {
            CURSOR_SEGMENT.setRelease(this, segment);
            cursor = index + 1;
        } else {
            search(task, segment, index);
        }
    }

    /** Visits every task that was added before the call and is not removed before its end; others perhaps. */
    final void forEach(Consumer<? super SupervisedTask<?>> visitor) {
        for (Segment segment : segments.all) {
            segment.forEach(visitor);
        }
    }

    /** Lets go of all slots; to be called when the census is finished. May be repeated. */
    final void letGo() {
        for (Segment segment : segments.all) {
            segment.letGo();
        }
        segments = NONE;
    }

    /** How many slots there are, taken or free. */
    final int capacity() {
        return segments.capacity;
    }

    // ---- Search

    private void search(SupervisedTask<?> task, Segment from, int start) {
        Segments known = segments;
        Segment segment = from;
        int index = start;
        for (int probes = 0;;) {
            if (segment.isPassed(index)) {
                segment = pass(segment);
                index = 0;
            }
            if (segment.claim(index, task)) {
                CURSOR_SEGMENT.setRelease(this, segment);
                cursor = index + 1;
                return;
            }
            index++;
            probes++;
            if (isMilestone(probes)) {
                Segments present = segments;
                if (present != known) {
                    known = present;
                    probes = 0;
                } else if (!mayGrow(present, probes)) {
                    continue;
                } else {
                    grow(present);
                }
                segment = (Segment) CURSOR_SEGMENT.getAcquire(this);   // to where the others are
                index = cursor;
            }
        }
    }

    /** 16, 32, 64 ... 8192, and then each multiple of that. */
    private static boolean isMilestone(int probes) {
        return probes % PROBES == 0 && ((probes & probes - 1) == 0 || probes % PATIENCE == 0);
    }

    /** Moves the cursor from the end of a segment to the beginning of another, unless a thread has moved it already. */
    private Segment pass(Segment passed) {
        Segment next = segments.capacity <= KEPT ? segments.after(passed) : nextVacant(passed);
        if (cursorSegment == passed) {
            CURSOR_SEGMENT.setRelease(this, next);
            cursor = 0;
        }
        return next;
    }

    private Segment nextVacant(Segment passed) {
        VACANCY.compareAndSet(passed, Segment.PASSING, Segment.FULL);
        Segments present = shrink(passed);
        int at = present.indexOf(passed);
        for (int remaining = present.all.length; remaining > 0; remaining--) {
            at = present.next(at);
            Segment next = present.all[at];
            if (next.vacancy != Segment.FULL) {
                next.vacancy = Segment.PASSING;
                return next;
            }
        }
        if (!isCrowded(present)) {
            for (Segment segment : present.all) {
                segment.vacancy = Segment.VACANT;
            }
        }
        return present.all[at];
    }

    // ---- Growth

    private boolean isCrowded(Segments present) {
        return size() >= present.capacity - (present.capacity >> 3);
    }

    /** Whether more slots are needed and it is for the caller to make them. */
    private boolean mayGrow(Segments present, int probes) {
        int claims = present.claims;
        return claims <= probes / PATIENCE
                && (isCrowded(present) || probes >= present.capacity + PROBES)
                && CLAIMS.compareAndSet(present, claims, claims + 1);
    }

    private void grow(Segments present) {
        Segment added = new Segment((Stripe) this,
                Math.max(FIRST_SEGMENT, Math.min(present.capacity >> 1, LONGEST_SEGMENT)));
        added.vacancy = Segment.PASSING;
        if (SEGMENTS.compareAndSet(this, present, present.and(added))) {   // decides Race15b_TwoGrow
            cursor = 0;
            CURSOR_SEGMENT.setRelease(this, added);
        }
    }

    // ---- Dropping

    /** Drops empty segments, if far too many slots are free, and looks at a bounded number. */
    private Segments shrink(Segment passed) {
        Segments present = segments;
        long spare = present.capacity - Math.max(KEPT, 4 * size());
        if (spare <= 0) {
            return present;
        }
        Object token = new Object();
        boolean dropped = false;
        int looks = DROPS * passed.length;
        int at = present.indexOf(passed);
        for (int remaining = present.all.length; remaining > 0 && looks > 0; remaining--) {
            at = present.next(at);
            Segment segment = present.all[at];
            if (at > 0 && segment.vacancy == Segment.VACANT && segment.length <= spare
                    && segment != passed && segment != cursorSegment) {
                looks -= segment.length;
                segment.vacancy = Segment.PASSING;   // so that no spawner looks again before a slot is freed
                if (segment.close(token)) {
                    spare -= segment.length;
                    dropped = true;
                }
            }
        }
        return dropped ? unlink() : present;
    }

    /** The task in the slot that this number selects, which is not negative; null if the slot is free. */
    final @Nullable SupervisedTask<?> taskAt(int number) {
        Segment[] all = segments.all;   // none when all is over
        return all.length == 0 ? null : all[number % all.length].taskAt(number / all.length);
    }

    /** Takes the segments out that are gone. */
    final Segments unlink() {
        for (;;) {
            Segments present = segments;
            Segments rest = present.withoutRemoved();
            if (SEGMENTS.compareAndSet(this, present, rest)) {
                return rest;
            }
        }
    }

    /** All segments that there are at some time, oldest first. */
    static final class Segments {

        final Segment[] all;
        /** Slots in all of them. */
        final int capacity;
        /** How many spawners have set about adding a segment to these. */
        volatile int claims;

        Segments(Segment[] all, int capacity) {
            this.all = all;
            this.capacity = capacity;
        }

        private Segments and(Segment added) {
            Segment[] more = Arrays.copyOf(all, all.length + 1);
            more[all.length] = added;
            return new Segments(more, capacity + added.length);
        }

        private Segments withoutRemoved() {
            Segment[] rest = new Segment[all.length];
            int count = 0;
            int slots = 0;
            for (Segment segment : all) {
                if (segment.closer != Segment.REMOVED) {
                    rest[count++] = segment;
                    slots += segment.length;
                }
            }
            return new Segments(Arrays.copyOf(rest, count), slots);
        }

        private Segment after(Segment segment) {
            return all[next(indexOf(segment))];
        }

        private int next(int index) {
            return index + 1 < all.length ? index + 1 : 0;
        }

        /** Of a segment that is not there: the last one, before the first. */
        private int indexOf(Segment segment) {
            int index = all.length - 1;
            while (index > 0 && all[index] != segment) {
                index--;
            }
            return all[index] == segment ? index : all.length - 1;
        }
    }
}

/** Keeps what spawners write off the line of what lies before: the array of stripes, say, which all threads read. */
abstract class LiveTasksLead {
    @SuppressWarnings("unused")
    private int h0, h1;   // beside the header, where another field would be put otherwise
    @SuppressWarnings("unused")
    private long o0, o1, o2, o3, o4, o5, o6;
}
