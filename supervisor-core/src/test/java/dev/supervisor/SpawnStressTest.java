package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The two races of a spawn, alone and many thousand times: against an abort, and against the end of the last task.
 * {@link StressTest} meets them rarely.
 */
class SpawnStressTest {

    private static final double SCALE = Double.parseDouble(System.getProperty("stress.scale", "1"));
    private static final long SEED = Long.getLong("stress.seed", System.nanoTime());
    private static final long NANOS = (long) (1e9 * SCALE);

    /**
     * A5: one thread spawns tasks that never start, another aborts. When both have ended, every accepted task is
     * cancelled; otherwise no thread would ever complete it.
     */
    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void noTaskEscapesAnAbort() throws InterruptedException {
        AtomicReference<Supervisor> current = new AtomicReference<>();
        List<Task<?>> accepted = new ArrayList<>();
        long rounds = race(() -> {
            accepted.clear();
            current.set(Supervisor.builder().unowned().executor(dropped -> { }).open());
        }, () -> {
            try {
                while (true) {
                    accepted.add(current.get().spawn(() -> "never"));
                }
            } catch (RejectedExecutionException aborted) {
                assertTrue(aborted.getMessage().contains("is shutting down"), aborted.getMessage());
            }
        }, () -> current.get().abort(), () -> {
            for (Task<?> task : accepted) {
                assertEquals(Task.Status.CANCELLED, task.status());
            }
            assertEquals(Supervisor.State.FINISHED, current.get().state());
        });
        System.out.println("SpawnStressTest: spawn against abort, " + rounds + " rounds");
    }

    /**
     * A3, A5: one thread spawns, another ends the only live task and joins. If the spawn was accepted, its task has run
     * before the join returned.
     */
    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void noTaskIsAcceptedBehindTheLast() throws InterruptedException {
        AtomicReference<Runnable> first = new AtomicReference<>();
        AtomicReference<Runnable> second = new AtomicReference<>();
        AtomicReference<Supervisor> current = new AtomicReference<>();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger ranAtReturn = new AtomicInteger();
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger acceptedInAll = new AtomicInteger();
        long rounds = race(() -> {
            ran.set(0);
            ranAtReturn.set(-1);
            accepted.set(0);
            first.set(null);
            current.set(Supervisor.builder().unowned()
                    .executor(task -> (first.get() == null ? first : second).set(task)).open());
            current.get().spawn(() -> "the only one");
        }, () -> {
            try {
                current.get().spawn(ran::incrementAndGet);
                accepted.set(1);
                second.get().run();
            } catch (RejectedExecutionException finished) {
                assertTrue(finished.getMessage().contains("is finished"), finished.getMessage());
            }
        }, () -> {
            first.get().run();
            try {
                current.get().join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            ranAtReturn.set(ran.get());
        }, () -> {
            assertEquals(accepted.get(), ranAtReturn.get(), "accepted before the join has returned, and run");
            assertEquals(Supervisor.State.FINISHED, current.get().state());
            acceptedInAll.addAndGet(accepted.get());
        });
        System.out.println("SpawnStressTest: spawn against the last end, " + rounds + " rounds, " + acceptedInAll
                + " accepted");
    }

    /** Runs two actions against each other again and again, for a second times the scale; returns how often. */
    private static long race(Runnable prepare, Runnable one, Runnable other, Runnable check)
            throws InterruptedException {
        AtomicInteger go = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread partner = Kind.daemon(() -> {
            try {
                for (int round = 1; awaitRound(go, round); round++) {
                    other.run();
                    done.set(round);
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        partner.start();
        Random delays = new Random(SEED);
        int round = 0;
        try {
            for (long start = System.nanoTime(); System.nanoTime() - start < NANOS;) {
                prepare.run();
                go.set(++round);
                for (int n = 1 << delays.nextInt(16); n > 0; n--) {
                    Thread.onSpinWait(); // the other thread has to see the new round first
                }
                one.run();
                int mine = round;
                Poll.until("the other is through", () -> done.get() == mine || failure.get() != null);
                if (failure.get() != null) {
                    throw new AssertionError("the other thread, round " + round, failure.get());
                }
                check.run();
            }
        } finally {
            go.set(-1);
            partner.join();
        }
        return round;
    }

    private static boolean awaitRound(AtomicInteger go, int round) {
        for (int spins = 0; go.get() != round; spins++) {
            if (go.get() < 0) {
                return false;
            }
            if (spins % 1_000 == 999) {
                Thread.yield();
            }
        }
        return true;
    }
}
