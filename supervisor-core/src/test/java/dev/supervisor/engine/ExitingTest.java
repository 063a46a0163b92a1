package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.GatedTask;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The normal use by a server: its owner waits in join while other threads spawn: A3, C9, E6, and Progress. */
class ExitingTest {

    private Supervisor supervisor;
    private GatedTask first;
    private Background<Void> joiner;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** Opens a supervisor with one live task, and joins it on another thread. */
    private void join(Kind kind) {
        supervisor = kind.builder().unowned().open();
        first = GatedTask.stubborn(kind, supervisor);
        joiner = Background.run(supervisor::join);
        Poll.until("exiting", () -> supervisor.state() == State.EXITING);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void a3_manyThreadsSpawnBesideOneLiveTask(Kind kind) {
        join(kind);
        List<Background<Void>> spawners = new ArrayList<>();
        for (int threads = 0; threads < 4; threads++) {
            spawners.add(Background.run(() -> {
                for (int tasks = 0; tasks < 2_000; tasks++) {
                    supervisor.spawn(() -> 1);
                }
            }));
        }
        spawners.forEach(Background::join);
        assertEquals(State.EXITING, supervisor.state());
        first.release();
        joiner.join();
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(0, supervisor.liveCount());
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
    }

    /** Progress: spawners use stripes of their own in EXITING as in ENTERED, though a stripe is empty at first. */
    @Test
    void progress_spawnersThatMeetComeApartWhileSomebodyJoins() throws Exception {
        if (Runtime.getRuntime().availableProcessors() == 1) {
            return;   // there is one stripe then
        }
        join(Kind.CALLER_RUNS);
        List<Background<Void>> spawners = new ArrayList<>();
        Stripe[] used = new Stripe[2];
        boolean[] apart = new boolean[1];
        CyclicBarrier barrier = new CyclicBarrier(2, () -> apart[0] = used[0] != used[1]);
        for (int index = 0; index < 2; index++) {
            int mine = index;
            spawners.add(Background.run(() -> {
                long deadline = System.nanoTime() + Poll.DEADLINE.toNanos();
                while (!apart[0] && System.nanoTime() < deadline) {
                    for (int tasks = 0; tasks < 1_000; tasks++) {
                        used[mine] = ((SupervisedTask<?>) supervisor.spawn(() -> 1)).segment.stripe;
                    }
                    barrier.await();
                    barrier.await();
                }
            }));
        }
        spawners.forEach(Background::join);
        assertTrue(apart[0], "both spawn into " + used[0]);
        first.release();
        joiner.join();
    }

    /** A task that lives on serves as proof that a task is live. No task is kept for having been the proof. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e6_noTaskIsKeptForHavingBeenLive(Kind kind) {
        join(kind);
        WeakReference<Task<?>> handle = new WeakReference<>(first.task());
        comeAndGo(1_000, 1);
        GatedTask last = GatedTask.stubborn(kind, supervisor);
        first.release();
        first = null;
        Poll.until("counted out", () -> supervisor.liveCount() == 1);
        Poll.until("collected", () -> {
            System.gc();
            return handle.get() == null;
        });
        last.release();
        joiner.join();
    }

    /** Spawns short tasks. Each query of the state looks for a task that lives on, in one slot after the other. */
    private void comeAndGo(int tasks, int livingOn) {
        for (int index = 0; index < tasks; index++) {
            supervisor.spawn(() -> 1);
            supervisor.state();
        }
        Poll.until("retired", () -> supervisor.liveCount() == livingOn);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c9_theEndComesWhoeverIsLast(Kind kind) {
        for (int round = 0; round < 50; round++) {
            join(kind);
            List<GatedTask> others = new ArrayList<>();
            for (int index = 0; index < 4; index++) {
                others.add(GatedTask.stubborn(kind, supervisor));
            }
            others.add(round % 5, first);
            comeAndGo(50, 5);
            others.forEach(GatedTask::release);
            joiner.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }
}
