package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TwoThreadRace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
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
        AtomicInteger[] called = new AtomicInteger[rounds * 3];
        try (Supervisor supervisor = kind.open()) {
            CyclicBarrier barrier = new CyclicBarrier(2);
            AtomicReferenceArray<Task<?>> tasks = new AtomicReferenceArray<>(rounds);
            Background<Void> registrant = Background.run(() -> {
                for (int round = 0; round < rounds; round++) {
                    barrier.await(30, TimeUnit.SECONDS);
                    AtomicInteger count = new AtomicInteger();
                    called[3 * round] = count;
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
                called[3 * round + 1] = one;
                called[3 * round + 2] = two;
                task.onDone(done -> one.incrementAndGet());
                release.countDown();
                task.onDone(done -> two.incrementAndGet());
            }
            registrant.join();
            supervisor.join();
        }
        for (AtomicInteger count : called) {
            assertEquals(1, count.get());
        }
    }

    @Test
    void e4_registrationAgainstCancellation_everyCallbackRunsOnce() throws Exception {
        int rounds = 500;
        AtomicInteger called = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            CyclicBarrier barrier = new CyclicBarrier(2);
            AtomicReferenceArray<Task<?>> tasks = new AtomicReferenceArray<>(rounds);
            Background<Void> canceller = Background.run(() -> {
                for (int round = 0; round < rounds; round++) {
                    barrier.await(30, TimeUnit.SECONDS);
                    tasks.get(round).cancel();
                }
            });
            for (int round = 0; round < rounds; round++) {
                Task<String> task = supervisor.spawn(() -> "never");
                tasks.set(round, task);
                barrier.await(30, TimeUnit.SECONDS);
                task.onDone(done -> called.incrementAndGet()).onDone(done -> called.incrementAndGet());
            }
            canceller.join();
            supervisor.join();
            assertEquals(2 * rounds, called.get());
        }
    }

    /** The first wait or future of a task changes its list of observers. */
    @Test
    void e4_aFirstFutureAgainstACallback_neitherIsLost() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicInteger called = new AtomicInteger();
        int rounds = 20_000;
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open();
                TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < rounds; round++) {
                Task<Integer> task = supervisor.spawn(() -> 1);
                AtomicReference<CompletableFuture<Integer>> future = new AtomicReference<>();
                race.round(() -> {
                    task.onDone(done -> called.incrementAndGet());
                    task.onDone(done -> called.incrementAndGet());
                }, () -> future.set(task.toCompletableFuture()));
                executor.runNext();
                assertEquals(1, future.get().getNow(2), "the future");
                assertEquals(2 * (round + 1), called.get(), "callbacks");
            }
            supervisor.join();
        }
    }

    @Test
    void e4_twoCallbacksAfterAWait_neitherIsLost() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicInteger called = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open();
                TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 20_000; round++) {
                SupervisedTask<Integer> task = (SupervisedTask<Integer>) supervisor.spawn(() -> 1);
                assertNotNull(task.registeredLatch());
                Action twice = () ->
                        task.onDone(done -> called.incrementAndGet()).onDone(done -> called.incrementAndGet());
                race.round(twice, twice);
                executor.runNext();
                assertEquals(4 * (round + 1), called.get());
            }
            supervisor.join();
        }
    }

    @Test
    void e7_twoFirstWaitersShareOneLatch() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open();
                TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 20_000; round++) {
                SupervisedTask<Integer> task = (SupervisedTask<Integer>) supervisor.spawn(() -> 1);
                AtomicReference<CountDownLatch> one = new AtomicReference<>();
                AtomicReference<CountDownLatch> two = new AtomicReference<>();
                race.round(() -> one.set(task.registeredLatch()), () -> two.set(task.registeredLatch()));
                assertNotNull(one.get());
                assertSame(one.get(), two.get());
                executor.runNext();
                assertEquals(0, one.get().getCount());
            }
            supervisor.join();
        }
    }

    @Test
    void e4_twoFirstFutures_neitherIsLost() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open();
                TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 20_000; round++) {
                Task<Integer> task = supervisor.spawn(() -> 1);
                AtomicReference<CompletableFuture<Integer>> one = new AtomicReference<>();
                AtomicReference<CompletableFuture<Integer>> two = new AtomicReference<>();
                AtomicReference<CompletableFuture<Integer>> three = new AtomicReference<>();
                race.round(() -> {
                    one.set(task.toCompletableFuture());
                    two.set(task.toCompletableFuture());
                }, () -> three.set(task.toCompletableFuture()));
                executor.runNext();
                assertEquals(1, one.get().getNow(2), "one");
                assertEquals(1, two.get().getNow(2), "two");
                assertEquals(1, three.get().getNow(2), "three");
            }
            supervisor.join();
        }
    }

    /** So many futures are completed by hand that they leave the list just when the task goes through it. */
    @Test
    void e4_futuresThatAreTakenOutAgainstTheEnd_noOtherIsLost() throws Exception {
        LateExecutor executor = new LateExecutor();
        int others = 40;
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open();
                TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 5_000; round++) {
                Task<Integer> task = supervisor.spawn(() -> 1);
                List<CompletableFuture<Integer>> given = new ArrayList<>();
                List<CompletableFuture<Integer>> kept = new ArrayList<>();
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < others; i++) {
                    int number = i;
                    given.add(task.toCompletableFuture());
                    CompletableFuture<Integer> future = task.toCompletableFuture();
                    future.thenRun(() -> order.add(number));
                    kept.add(future);
                }
                race.round(executor::runNext, () -> given.forEach(future -> future.complete(2)));
                for (CompletableFuture<Integer> future : kept) {
                    assertEquals(1, future.getNow(3));
                }
                for (CompletableFuture<Integer> future : given) {
                    assertNotEquals(3, future.getNow(3));
                }
                assertEquals(IntStream.range(0, others).boxed().toList(), order);
            }
            supervisor.join();
        }
    }
}
