package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Executors that run a task in the caller, late or never are legal: A7. */
class OddExecutorTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @Test
    void a7_callerRunsHasRunTheBodyWhenSpawnReturns() throws Exception {
        AtomicReference<Thread> ranOn = new AtomicReference<>();
        try (Supervisor supervisor = Supervisor.builder().executor(Runnable::run).open()) {
            Task<String> task = supervisor.spawn(() -> {
                ranOn.set(Thread.currentThread());
                assertEquals(1, supervisor.liveCount());
                return "inline";
            });
            assertTrue(task.isDone());
            assertEquals("inline", task.get());
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
        assertSame(Thread.currentThread(), ranOn.get());
    }

    @Test
    void a7_callerRunsNests() throws Exception {
        List<String> events = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(Runnable::run).open()) {
            supervisor.spawn("outer", () -> {
                events.add("outer begins");
                Task<?> inner = supervisor.spawn("inner", () -> {
                    events.add("inner, live: " + supervisor.liveCount());
                });
                events.add("inner " + inner.status());
            });
            supervisor.join();
        }
        assertEquals(List.of("outer begins", "inner, live: 2", "inner SUCCEEDED"), events);
    }

    @Test
    void a7_lateTasksAreWaitedFor() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
        Task<Integer> first = supervisor.spawn(() -> 1);
        Task<Integer> second = supervisor.spawn(() -> 2);
        assertEquals(Status.PENDING, first.status());
        assertFalse(first.isDone());
        assertEquals(2, supervisor.liveCount());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.untilBlocked(joiner.thread());
        executor.runNext();
        assertEquals(1, first.resultNow());
        assertFalse(joiner.hasEnded());
        executor.runNext();
        joiner.join();
        assertEquals(2, second.resultNow());
    }

    @Test
    void a7_anAbortCompletesWhatTheExecutorDropped() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                tasks.add(supervisor.spawn(() -> ran.incrementAndGet()));
            }
            assertEquals(100, supervisor.liveCount());
            assertThrows(TimeoutException.class, () -> tasks.get(0).get(1, TimeUnit.MILLISECONDS));
            supervisor.abort();
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.FINISHED, supervisor.state());
            for (Task<?> task : tasks) {
                assertEquals(Status.CANCELLED, task.status());
                assertThrows(TaskCancelledException.class, task::get);
            }
            supervisor.join();
        }
        assertEquals(0, ran.get());
    }

    @Test
    void a7_closeAndShutdownDoNotDependOnADroppingExecutor() {
        Supervisor closed = Supervisor.builder().executor(task -> { }).open();
        Task<?> one = closed.spawn(() -> 1);
        closed.close();
        assertTrue(one.isCancelled());
        try (Supervisor shut = Supervisor.builder().executor(task -> { }).open()) {
            Task<?> other = shut.spawn(() -> 1);
            shut.shutdown();
            assertTrue(other.isCancelled());
        }
    }

    @Test
    void a7_waitersForADroppedTaskAreReleasedByAnAbort() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> { }).open();
        Task<?> task = supervisor.spawn(() -> 1);
        Background<Void> getter = Background.run(() -> assertThrows(TaskCancelledException.class, task::get));
        Background<Void> taskJoiner = Background.run(() -> assertThrows(TaskCancelledException.class, task::join));
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.untilBlocked(getter.thread());
        Poll.untilBlocked(taskJoiner.thread());
        Poll.untilBlocked(joiner.thread());
        supervisor.abort();
        getter.join();
        taskJoiner.join();
        joiner.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void a7_runningAnAbortedTaskLateDoesNothing() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger called = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<?> task = supervisor.spawn(() -> ran.incrementAndGet()).onDone(done -> called.incrementAndGet());
            supervisor.abort();
            assertEquals(1, called.get());
            supervisor.join();
            executor.runAll();
            assertEquals(Status.CANCELLED, task.status());
        }
        assertEquals(0, ran.get());
        assertEquals(1, called.get());
    }

    @Test
    void a7_anAbortCompletesTheQueueOfASaturatedPool() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor(Kind::daemon);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        pool.execute(() -> {
            started.countDown();
            Poll.await(release);
        });
        Poll.await(started);
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                tasks.add(supervisor.spawn(() -> 1));
            }
            supervisor.abort();
            supervisor.join();
            for (Task<?> task : tasks) {
                assertEquals(Status.CANCELLED, task.status());
            }
        } finally {
            release.countDown();
            pool.shutdown();
        }
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    }

    @Test
    void a7_aForkJoinPoolIsAnExecutorLikeAnyOther() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        ForkJoinPool pool = new ForkJoinPool(2);
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            for (int i = 0; i < 100; i++) {
                supervisor.spawn(() -> {
                    ran.incrementAndGet();
                    supervisor.spawn(() -> ran.incrementAndGet());
                });
            }
            supervisor.join();
            assertEquals(0, supervisor.liveCount());
        } finally {
            pool.shutdown();
        }
        assertEquals(200, ran.get());
    }

    @Test
    void a7_aFactoryThatRunsTheTaskItselfIsLikeAnExecutorThatDoes() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        ThreadFactory factory = task -> {
            task.run();
            return Kind.daemon(task);
        };
        try (Supervisor supervisor = Supervisor.builder().threadFactory(factory).open()) {
            Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet());
            assertEquals(1, task.get());
            Task<?> cancelled = supervisor.spawn(() -> {
                assertTrue(supervisor.tasks().get(0).cancel());
                Thread.sleep(Long.MAX_VALUE);
            });
            assertEquals(Status.CANCELLED, cancelled.status());
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
        assertEquals(1, ran.get());
    }

    @Test
    void a7_aSupervisorMayBeTheExecutorOfAnother() throws Exception {
        for (Kind kind : Kind.all()) {
            AtomicInteger ran = new AtomicInteger();
            try (Supervisor outer = kind.open(); Supervisor inner = Supervisor.builder().executor(outer).open()) {
                for (int i = 0; i < 100; i++) {
                    inner.spawn(() -> ran.incrementAndGet());
                }
                inner.join();
                assertEquals(0, inner.liveCount());
                outer.join();
                assertThrows(RejectedExecutionException.class, () -> Supervisor.builder().executor(outer).open()
                        .spawn(() -> ran.incrementAndGet()));
            }
            assertEquals(100, ran.get());
        }
    }

    @Test
    void a7_cancellingATaskThatRunsInATaskOfAnotherSupervisorLeavesTheOtherAlone() throws Exception {
        for (Kind kind : Kind.concurrent()) {
            try (Supervisor outer = kind.open(); Supervisor inner = Supervisor.builder().executor(outer).open()) {
                CountDownLatch started = new CountDownLatch(1);
                Task<?> task = inner.spawn(() -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                });
                Poll.await(started);
                Task<?> carrier = outer.tasks().get(0);
                task.cancel();
                inner.join();
                outer.join();
                assertEquals(Status.CANCELLED, task.status());
                assertEquals(Status.SUCCEEDED, carrier.status());
            }
        }
    }

    @Test
    void a7_aWaitingTaskMayRunItsSiblingsItself() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            Task<Integer> first = supervisor.spawn(() -> 20);
            Runnable held = executor.next();
            Task<Integer> second = supervisor.spawn(() -> {
                held.run();
                Task<Integer> third = supervisor.spawn(() -> 1);
                executor.runNext();
                return first.join() + third.join();
            });
            executor.runNext();
            assertEquals(21, second.get());
            supervisor.join();
        }
    }

    @Test
    void a7_anAbortOfTheSupervisorThatIsTheExecutorCancelsWhatHasNotStarted() {
        Supervisor executor = Supervisor.builder().executor(new LateExecutor()).unowned().open();
        Supervisor supervisor = Supervisor.builder().executor(executor).unowned().open();
        Task<?> task = supervisor.spawn(() -> 1);
        executor.abort();
        assertEquals(Status.CANCELLED, task.status());
        supervisor.shutdown();
        executor.shutdown();
    }

    @Test
    void a7_anAbortOfTheSupervisorThatIsTheExecutorInterruptsWhatRunsWhichFails() {
        Supervisor executor = Kind.POOLED.builder().unowned().open();
        Supervisor supervisor = Supervisor.builder().executor(executor).unowned()
                .onFailure(FailureHandler.ignore()).open();
        CountDownLatch about = new CountDownLatch(1);
        Task<?> task = supervisor.spawn(() -> {
            about.countDown();
            Thread.sleep(Long.MAX_VALUE);
        });
        Poll.await(about);
        executor.abort();
        Poll.until("the body has ended", task::isDone);
        assertInstanceOf(InterruptedException.class, task.failure());
        supervisor.shutdown();
        executor.shutdown();
    }
}
