package dev.supervisor.jmh.alternatives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is measured against us does its work. */
class AlternativeTest {

    private static final int SPAWNERS = 4;
    private static final int TASKS = 10_000;

    private final ExecutorService pool = Executors.newFixedThreadPool(4);

    @AfterEach
    void shutDown() {
        pool.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    void everyTaskIsRunOnceAndWaitedFor(Alternative.Kind kind) throws InterruptedException {
        Alternative supervisor = new Alternative(kind, pool);
        LongAdder runs = new LongAdder();
        List<Thread> spawners = new ArrayList<>();
        for (int spawner = 0; spawner < SPAWNERS; spawner++) {
            Thread thread = new Thread(() -> {
                for (int task = 0; task < TASKS; task++) {
                    supervisor.spawn(runs::increment);
                }
            });
            thread.start();
            spawners.add(thread);
        }
        for (Thread spawner : spawners) {
            spawner.join();
        }
        supervisor.join();
        assertEquals(SPAWNERS * TASKS, runs.sum());
    }

    @ParameterizedTest
    @EnumSource
    void anAbortInterruptsWhatRunsAndRefusesWhatComes(Alternative.Kind kind) throws InterruptedException {
        Alternative supervisor = new Alternative(kind, pool);
        CountDownLatch begun = new CountDownLatch(4);
        LongAdder interrupted = new LongAdder();
        for (int task = 0; task < 4; task++) {
            supervisor.spawn(() -> {
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.increment();
                }
            });
        }
        begun.await();
        supervisor.abort();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> { }));
        supervisor.join();
        assertEquals(4, interrupted.sum());
    }
}
