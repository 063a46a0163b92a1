package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Phaser;
import org.junit.jupiter.api.Test;

/** E7: the slots of the live set are bounded by the peak of live tasks, whatever comes and goes; A5: a sweep sees all. */
class LiveTasksTest {

    private final Supervisor supervisor = Kind.CALLER_RUNS.open();

    private SupervisedTask<Object> add(Stripe stripe) {
        SupervisedTask<Object> task = new SupervisedTask<>(supervisor, (Action) () -> { }, null);
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
}
