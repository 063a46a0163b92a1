package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** C6: a task finds a status on a thread whose pool is stopping, and ends by that as a bare Runnable would. */
class StoppedPoolTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A pool that is stopped between the start of its thread and the start of the task. */
    private static class StoppedBefore extends ThreadPoolExecutor {

        StoppedBefore() {
            super(1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), Kind::daemon);
        }

        @Override
        protected void beforeExecute(Thread thread, Runnable task) {
            shutdownNow();
        }
    }

    private static class StoppedForkJoin extends ForkJoinPool {

        StoppedForkJoin() {
            super(1);
        }

        @Override
        public void execute(Runnable task) {
            super.execute(() -> {
                Background.run(this::shutdownNow).join();   // shutdownNow may not interrupt the worker that calls it
                task.run();
            });
        }
    }

    /** A pool that is stopped before its thread begins to look for tasks. */
    private static ExecutorService stoppedBefore(Function<ThreadFactory, ExecutorService> pools) {
        AtomicReference<ExecutorService> pool = new AtomicReference<>();
        pool.set(pools.apply(worker -> Kind.daemon(() -> {
            pool.get().shutdownNow();
            worker.run();
        })));
        return pool.get();
    }

    static Stream<Arguments> pools() {
        List<Arguments> pools = new ArrayList<>();
        pools.add(Arguments.of(named("ThreadPoolExecutor", StoppedBefore::new)));
        pools.add(Arguments.of(named("ForkJoinPool", StoppedForkJoin::new)));
        pools.add(Arguments.of(named("cached", () -> stoppedBefore(Executors::newCachedThreadPool))));
        pools.add(Arguments.of(named("single", () -> stoppedBefore(Executors::newSingleThreadExecutor))));
        if (Runtime.version().feature() >= 21) {
            pools.add(Arguments.of(named("thread per task", () -> stoppedBefore(StoppedPoolTest::newThreadPerTask))));
        }
        return pools.stream();
    }

    private static Named<Supplier<ExecutorService>> named(String name, Supplier<ExecutorService> pool) {
        return Named.of(name, pool);
    }

    private static ExecutorService newThreadPerTask(ThreadFactory factory) {
        try {
            return (ExecutorService) Executors.class.getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
                    .invoke(null, factory);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("pools")
    void c6_aTaskWhosePoolIsStoppingEndsAsABareRunnableWould(Supplier<ExecutorService> pools) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        ExecutorService pool = pools.get();
        Supervisor supervisor = Supervisor.builder().executor(pool).onFailure(FailureHandler.ignore()).unowned().open();
        Task<Void> task = supervisor.spawn(() -> never.await());
        ExecutorService other = pools.get();
        other.execute(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                // ends
            }
        });
        try {
            assertTrue(other.awaitTermination(ShortWait.DEADLINE.toSeconds(), TimeUnit.SECONDS), "a bare Runnable");
            assertTrue(pool.awaitTermination(ShortWait.DEADLINE.toSeconds(), TimeUnit.SECONDS), "terminated");
            assertEquals(Status.FAILED, task.status(), "it was not asked to cancel");
            assertEquals(0, supervisor.liveCount());
            ShortWait.shutdown(supervisor);
        } finally {
            never.countDown();
        }
    }

    @Test
    void c6_aTaskWhosePoolGoesOnDoesNotSeeAStatusThatItFinds() throws Exception {
        AtomicReference<Boolean> after = new AtomicReference<>();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), Kind::daemon) {
            @Override
            protected void beforeExecute(Thread thread, Runnable task) {
                Thread.currentThread().interrupt();
            }

            @Override
            protected void afterExecute(Runnable task, Throwable thrown) {
                after.set(Thread.interrupted());
            }
        };
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            Task<Boolean> task = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
            assertFalse(task.get());
            Poll.until("the pool has its thread back", () -> after.get() != null);
            assertTrue(after.get());
            supervisor.join();
        } finally {
            pool.shutdown();
        }
    }

    // a supervisor as the executor of another

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aSupervisorThatCarriesAnotherEndsWhicheverIsShutDownFirst(Kind kind) {
        for (boolean carrierFirst : new boolean[] {true, false}) {
            Supervisor carrier = kind.builder().unowned().open();
            Supervisor inner = Supervisor.builder().executor(carrier).onFailure(FailureHandler.ignore()).unowned()
                    .open();
            ShortWait.begin(kind, inner, () -> new CountDownLatch(1).await());
            ShortWait.shutdown(carrierFirst ? carrier : inner);
            ShortWait.shutdown(carrierFirst ? inner : carrier);
            assertEquals(State.FINISHED, carrier.state());
            assertEquals(State.FINISHED, inner.state());
        }
    }

    /** The carrying task is interrupted before the carried one begins, which must not set that status aside. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c6_aCarrierThatIsShutDownJustBeforeTheBodyEnds(Kind kind) {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Supervisor carrier = kind.builder().unowned().decorator(task -> () -> {
            begun.countDown();
            ShortWait.untilInterrupted();
            task.run();
        }).open();
        Supervisor inner = Supervisor.builder().executor(carrier).onFailure(FailureHandler.ignore()).unowned().open();
        try {
            Background<Void> spawner = Background.run(() -> inner.spawn(() -> never.await()));
            Poll.await(begun);
            ShortWait.shutdown(carrier);
            ShortWait.shutdown(inner);
            spawner.join();
        } finally {
            never.countDown();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c6_bothEndWhereverTheAbortOfOneMeetsTheStartOfATask(Kind kind) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 5_000; i++) {
                Supervisor carrier = kind.builder().unowned().open();
                Supervisor inner = Supervisor.builder().executor(carrier).onFailure(FailureHandler.ignore()).unowned()
                        .open();
                Supervisor first = i % 4 != 0 ? carrier : inner;
                race.round(() -> spawnUnlessRefused(inner, never), () -> {
                    for (int spins = 0; first.liveCount() == 0 && spins < 1_000; spins++) {
                        Thread.onSpinWait();
                    }
                    first.abort();
                });
                ShortWait.until("ended, in round " + i, () -> first.liveCount() == 0);
                inner.shutdown();
                carrier.shutdown();
            }
        } finally {
            never.countDown();
        }
    }

    private static void spawnUnlessRefused(Supervisor supervisor, CountDownLatch never) {
        try {
            supervisor.spawn(() -> never.await());
        } catch (RejectedExecutionException refused) {
            // shut down before
        }
    }
}
