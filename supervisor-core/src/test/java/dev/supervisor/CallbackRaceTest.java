package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Registration of callbacks against the end of their task: E4. */
class CallbackRaceTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e4_registrationAgainstCompletion_everyCallbackRunsOnce(Kind kind) throws Exception {
        int rounds = 300;
        AtomicInteger[] told = new AtomicInteger[rounds * 3];
        try (Supervisor supervisor = kind.open()) {
            CyclicBarrier barrier = new CyclicBarrier(2);
            AtomicReferenceArray<Task<?>> tasks = new AtomicReferenceArray<>(rounds);
            Stranger<Void> registrant = Stranger.run(() -> {
                for (int round = 0; round < rounds; round++) {
                    barrier.await(30, TimeUnit.SECONDS);
                    AtomicInteger count = new AtomicInteger();
                    told[3 * round] = count;
                    tasks.get(round).onDone(done -> count.incrementAndGet());
                }
            });
            for (int round = 0; round < rounds; round++) {
                CountDownLatch release = new CountDownLatch(1);
                Task<?> task = supervisor.spawn(() -> Poll.await(release));
                tasks.set(round, task);
                barrier.await(30, TimeUnit.SECONDS);
                AtomicInteger one = new AtomicInteger();
                AtomicInteger two = new AtomicInteger();
                told[3 * round + 1] = one;
                told[3 * round + 2] = two;
                task.onDone(done -> one.incrementAndGet());
                release.countDown();
                task.onDone(done -> two.incrementAndGet());
            }
            registrant.join();
            supervisor.join();
        }
        for (AtomicInteger count : told) {
            assertEquals(1, count.get());
        }
    }

    @Test
    void e4_registrationAgainstCancellation_everyCallbackRunsOnce() throws Exception {
        int rounds = 500;
        AtomicInteger told = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            CyclicBarrier barrier = new CyclicBarrier(2);
            AtomicReferenceArray<Task<?>> tasks = new AtomicReferenceArray<>(rounds);
            Stranger<Void> canceller = Stranger.run(() -> {
                for (int round = 0; round < rounds; round++) {
                    barrier.await(30, TimeUnit.SECONDS);
                    tasks.get(round).cancel();
                }
            });
            for (int round = 0; round < rounds; round++) {
                Task<String> task = supervisor.spawn(() -> "never");
                tasks.set(round, task);
                barrier.await(30, TimeUnit.SECONDS);
                task.onDone(done -> told.incrementAndGet()).onDone(done -> told.incrementAndGet());
            }
            canceller.join();
            supervisor.join();
            assertEquals(2 * rounds, told.get());
        }
    }
}
