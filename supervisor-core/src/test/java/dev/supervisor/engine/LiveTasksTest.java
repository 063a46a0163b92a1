package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** E7: the slots of the live set are bounded by the peak of live tasks, whatever the load; A5: a visit sees all. */
class LiveTasksTest {

    /** As in LiveTasks. */
    private static final int LONGEST = 1 << 13;
    private static final int KEPT = 1 << 12;

    private final Supervisor supervisor = Kind.CALLER_RUNS.open();

    private SupervisedTask<Object> add(Stripe stripe) {
        SupervisedTask<Object> task = new SupervisedTask<>((Scope) supervisor, (Action) () -> { }, null);
        while (!stripe.enter(stripe.entered())) {
            Thread.onSpinWait();
        }
        stripe.add(task);
        return task;
    }

    private static void remove(Stripe stripe, SupervisedTask<?> task) {
        assertEquals(stripe, Completion.retire(task));
    }

    private static long bound(long peak) {
        return peak * 12 / 7 + 8;
    }

    @Test
    void e7_aSetThatOnlyFillsHasAtMostTwelveSeventhsOfASlotPerTask() {
        Stripe stripe = new Stripe();
        for (int live = 1; live <= 100_000; live++) {
            add(stripe);
            assertTrue(stripe.capacity() >= live && stripe.capacity() <= bound(live),
                    stripe.capacity() + " slots for " + live + " tasks");
        }
    }

    /** Spawners race on the two halves of the cursor: the index of one may meet the smaller segment of another. */
    @Test
    void a5_anIndexBehindTheEndOfTheSegmentIsNoPlace() throws Exception {
        for (int index : new int[] {8, 9, 23, 24, 1_000}) {
            Stripe stripe = new Stripe();
            Field cursor = LiveTasks.class.getDeclaredField("cursor");
            cursor.setAccessible(true);
            cursor.setInt(stripe, index);
            SupervisedTask<?> task = add(stripe);
            assertTrue(task.slot < stripe.capacity(), () -> "in slot " + task.slot + " of " + stripe.capacity());
            List<SupervisedTask<?>> seen = new ArrayList<>();
            stripe.forEach(seen::add);
            assertEquals(List.of(task), seen);
        }
    }

    @Test
    void e7_churnOfAnyPatternDoesNotGrowTheSetBeyondItsPeak() {
        Random random = new Random(42);
        Stripe stripe = new Stripe();
        Deque<SupervisedTask<?>> live = new ArrayDeque<>();
        long peak = 0;
        for (int step = 0; step < 2_000_000; step++) {
            if (live.isEmpty() || live.size() < 500 && random.nextInt(100) < 55) {
                live.add(add(stripe));
            } else {
                remove(stripe, random.nextBoolean() ? live.removeFirst() : live.removeLast());
            }
            peak = Math.max(peak, live.size());
        }
        assertTrue(stripe.capacity() <= bound(peak), stripe.capacity() + " slots for a peak of " + peak);
    }

    @Test
    void e7_threadsThatChurnBesideTasksThatStayDoNotGrowTheSet() {
        int churners = 4;
        int staying = 1_000;
        Stripe stripe = new Stripe();
        for (int index = 0; index < staying; index++) {
            add(stripe);
        }
        Phaser phaser = new Phaser(churners + 1);
        for (int index = 0; index < churners; index++) {
            Kind.daemon(() -> {
                for (int round = 0; round < 500_000; round++) {
                    remove(stripe, add(stripe));
                }
                phaser.arrive();
            }).start();
        }
        phaser.arriveAndAwaitAdvance();
        assertTrue(stripe.capacity() <= bound(staying + churners), stripe.capacity() + " slots");
        assertEquals(staying, stripe.size());
    }

    @Test
    void e7_sizeIsNeverMoreThanThereAre() {
        Stripe stripe = new Stripe();
        Phaser phaser = new Phaser(2);
        Kind.daemon(() -> {
            for (int round = 0; round < 2_000_000; round++) {
                remove(stripe, add(stripe));
            }
            phaser.arriveAndDeregister();
        }).start();
        long most = 0;
        while (phaser.getRegisteredParties() == 2) {
            most = Math.max(most, stripe.size());
        }
        assertTrue(most <= 1, most + " for one task at a time");
        assertEquals(0, stripe.size());
    }

    @Test
    void a5_aSweepVisitsEveryTaskOnceAcrossSegments() {
        Stripe stripe = new Stripe();
        Set<SupervisedTask<?>> added = new HashSet<>();
        for (int index = 0; index < 1_000; index++) {
            added.add(add(stripe));
        }
        List<SupervisedTask<?>> visited = new ArrayList<>();
        stripe.forEach(visited::add);
        assertEquals(added.size(), visited.size());
        assertEquals(added, new HashSet<>(visited));
    }

    // ---- Large sets

    @Test
    void e7_noGrowthMakesMoreThanABoundedNumberOfSlots() {
        Stripe stripe = new Stripe();
        int capacity = stripe.capacity();
        int most = 0;
        for (int index = 0; index < 200_000; index++) {
            add(stripe);
            most = Math.max(most, stripe.capacity() - capacity);
            capacity = stripe.capacity();
        }
        assertTrue(most <= LONGEST, most + " slots at once");
    }

    @Test
    void e7_theSlotsOfAPeakThatHasGoneAreGivenBack() {
        Stripe stripe = new Stripe();
        Deque<SupervisedTask<?>> peak = new ArrayDeque<>();
        for (int index = 0; index < 1_000_000; index++) {
            peak.add(add(stripe));
        }
        List<Segment> segments = List.of(stripe.segments.all);
        assertTrue(stripe.capacity() >= 1_000_000);
        peak.forEach(task -> remove(stripe, task));
        for (int index = 0; index < 100_000; index++) {
            remove(stripe, add(stripe));
        }
        assertTrue(stripe.capacity() <= KEPT + 2 * LONGEST, stripe.capacity() + " slots after the peak");
        Set<Segment> linked = Set.of(stripe.segments.all);
        for (Segment segment : segments) {   // a handle of a task of the peak leads to no slots
            assertEquals(linked.contains(segment), segment.slots != null);
        }
    }

    @Test
    void a5_e7_aTaskThatStaysKeepsItsSegmentAndNoOther() {
        int peak = 1_000_000;
        int every = 100_000;
        Stripe stripe = new Stripe();
        List<SupervisedTask<?>> staying = new ArrayList<>();
        Deque<SupervisedTask<?>> going = new ArrayDeque<>();
        for (int index = 0; index < peak; index++) {
            (index % every == every / 2 ? staying : going).add(add(stripe));
        }
        going.forEach(task -> remove(stripe, task));
        for (int index = 0; index < 200_000; index++) {
            remove(stripe, add(stripe));
        }
        int kept = KEPT + (2 + staying.size()) * LONGEST;
        assertTrue(stripe.capacity() <= kept, stripe.capacity() + " slots after the peak");
        List<SupervisedTask<?>> visited = new ArrayList<>();
        stripe.forEach(visited::add);
        assertEquals(staying, visited);
    }

    @Test
    void e7_aLoadThatSwingsDoesNotGrowAndDropInTurn() {
        int peak = 100_000;
        Stripe stripe = new Stripe();
        Deque<SupervisedTask<?>> live = new ArrayDeque<>();
        LiveTasks.Segments segments = null;
        for (int round = 0; round < 10; round++) {
            while (live.size() < peak) {
                live.add(add(stripe));
            }
            if (round == 1) {
                segments = stripe.segments;
            }
            while (live.size() > peak / 3) {
                remove(stripe, live.removeFirst());
            }
            for (int index = 0; index < peak; index++) {
                live.add(add(stripe));
                remove(stripe, live.removeFirst());
            }
        }
        assertSame(segments, stripe.segments);
    }

    /** Adds 200,000 tasks or more, until all slots are taken. */
    private List<SupervisedTask<?>> fill(Stripe stripe) {
        List<SupervisedTask<?>> tasks = new ArrayList<>();
        do {
            tasks.add(add(stripe));
        } while (stripe.size() < 200_000 || stripe.size() < stripe.capacity());
        return tasks;
    }

    /** Removes the tasks of all segments, from that of this task to the last but one. */
    private static int free(Stripe stripe, List<SupervisedTask<?>> tasks, SupervisedTask<?> from) {
        List<Segment> all = List.of(stripe.segments.all);
        int freed = all.indexOf(from.segment);
        List<Segment> segments = all.subList(freed, all.size() - 1);
        tasks.stream().filter(task -> segments.contains(task.segment)).forEach(task -> remove(stripe, task));
        return freed;
    }

    /** A segment is skipped that was full when spawners came by, and in which no slot was freed since. */
    @Test
    void e7_spawnersSkipSegmentsThatAreFull() {
        Stripe stripe = new Stripe();
        List<SupervisedTask<?>> tasks = fill(stripe);
        Segment[] all = stripe.segments.all;
        SupervisedTask<?> hidden = tasks.get(60_000);
        remove(stripe, hidden);
        hidden.segment.vacancy = Segment.FULL;   // so that the test sees whether a spawner looks there
        int freed = free(stripe, tasks, tasks.get(120_000));
        assertSame(all[freed], add(stripe).segment);
        assertSame(all, stripe.segments.all);
    }

    /** The hints are racy: a set whose free slots they hide is looked at once more. */
    @Test
    void e7_slotsThatAreHiddenAreFoundBeforeTheSetGrows() {
        Stripe stripe = new Stripe();
        List<SupervisedTask<?>> tasks = fill(stripe);
        Segment[] all = stripe.segments.all;
        int freed = free(stripe, tasks, tasks.get(120_000));
        for (Segment segment : all) {
            segment.vacancy = Segment.FULL;
        }
        assertSame(all[freed], add(stripe).segment);
        assertSame(all, stripe.segments.all);
    }

    // ---- A segment that is removed, and whose closer was stopped before the next step

    private Segment goneSegmentAtTheCursor(Stripe stripe) {
        while (stripe.size() < stripe.capacity()) {
            add(stripe);
        }
        Segment segment = add(stripe).segment;
        segment.slots[0] = null;
        segment.closer = Segment.REMOVED;
        return segment;
    }

    @Test
    void a5_aClaimInASegmentThatIsGoneIsVoid() {
        Stripe stripe = new Stripe();
        Segment removed = goneSegmentAtTheCursor(stripe);
        SupervisedTask<?> task = add(stripe);
        assertNotSame(removed, task.segment);
        for (Object slot : removed.slots) {
            assertNull(slot);
        }
        List<SupervisedTask<?>> seen = new ArrayList<>();
        stripe.forEach(seen::add);
        assertTrue(seen.contains(task));
    }

    @Test
    void a5_aSweepActsOnNoTaskInASegmentThatIsGone() {
        Stripe stripe = new Stripe();
        Segment removed = goneSegmentAtTheCursor(stripe);
        SupervisedTask<?> task = new SupervisedTask<>((Scope) supervisor, (Action) () -> { }, null);
        removed.slots[1] = task;   // by a spawner that has not looked yet
        List<SupervisedTask<?>> seen = new ArrayList<>();
        stripe.forEach(seen::add);
        assertFalse(seen.contains(task));
    }

    // ---- Growth by many

    /** Three threads have begun to add a segment, and were stopped. */
    @Test
    void a5_whoeverIsStoppedInTheMiddleOfGrowthHoldsUpNobody() {
        Stripe stripe = new Stripe();
        while (stripe.size() < stripe.capacity()) {
            add(stripe);
        }
        LiveTasks.Segments full = stripe.segments;
        full.claims = 3;
        Background.run(() -> add(stripe)).join();
        assertTrue(stripe.capacity() > full.capacity);
    }

    /** Other threads have taken 2,000 claims to add a segment, so a spawner looks at 8,192 slots for each of them. */
    @Test
    void e7_whoeverMeetsAFullSetLooksOnWhileOthersMakeASegment() {
        Stripe stripe = new Stripe();
        while (stripe.size() < stripe.capacity()) {
            add(stripe);
        }
        stripe.segments.claims = 2_000;
        long begin = System.nanoTime();
        add(stripe);
        long micros = (System.nanoTime() - begin) / 1_000;
        assertTrue(micros >= 2_000, micros + " µs for 16 million looks");
    }

    @Test
    void e7_manySpawnersWhoMeetAFullSetAllocateWhatOneWould() throws Exception {
        int spawners = 64;
        int tasks = 20_000;
        Stripe stripe = new Stripe();
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        LongAdder allocated = new LongAdder();
        CountDownLatch ready = new CountDownLatch(spawners);
        Phaser phaser = new Phaser(spawners + 1);
        for (int index = 0; index < spawners; index++) {
            Kind.daemon(() -> {
                ready.countDown();
                Poll.until("all are there", () -> ready.getCount() == 0);
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int task = 0; task < tasks; task++) {
                    add(stripe);
                }
                allocated.add(threads.getCurrentThreadAllocatedBytes() - before);
                phaser.arrive();
            }).start();
        }
        phaser.arriveAndAwaitAdvance();
        long each = allocated.sum() / ((long) spawners * tasks);
        assertEquals((long) spawners * tasks, stripe.size());
        assertTrue(each <= 50, each + " bytes a task");
    }
}
