package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** C6: windows that nest on one thread in other ways than by a task that runs inside of its own spawn. */
class NestedWindowTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** An executor whose outermost call on a thread runs the tasks that inner calls have queued, when these return. */
    private static final class Trampoline implements Executor {

        private final ThreadLocal<Deque<Runnable>> queue = new ThreadLocal<>();

        @Override
        public void execute(Runnable task) {
            Deque<Runnable> running = queue.get();
            if (running != null) {
                running.add(task);
                return;
            }
            Deque<Runnable> mine = new ArrayDeque<>();
            queue.set(mine);
            try {
                for (Runnable next = task; next != null; next = mine.poll()) {
                    next.run();
                }
            } finally {
                queue.remove();
            }
        }
    }

    @Test
    @Timeout(60)
    void c6_aTaskUnderATrampolineTakesNothingFromTheTaskAroundIt() {
        CountDownLatch inner = new CountDownLatch(1);
        Trampoline trampoline = new Trampoline();
        // The first task runs on a pool; inside of it the trampoline runs the others.
        Executor first = new Executor() {
            private final AtomicBoolean used = new AtomicBoolean();

            @Override
            public void execute(Runnable task) {
                (used.getAndSet(true) ? trampoline : Kind.POOL).execute(task);
            }
        };
        Supervisor supervisor = Supervisor.builder().executor(first).onFailure(FailureHandler.ignore()).open();
        Task<Boolean> outer = supervisor.spawn(() -> {
            supervisor.spawn(() -> supervisor.spawn(() -> {
                inner.countDown();
                new CountDownLatch(1).await();
            }));
            return Thread.currentThread().isInterrupted();
        });
        Poll.await(inner);
        supervisor.close();
        assertEquals(Status.SUCCEEDED, outer.status());
        assertTrue(outer.resultNow(), "the outer task was interrupted, too");
    }

    @Test
    @Timeout(60)
    void c6_aTaskRunByHelpingTakesNothingFromTheTaskAroundIt() throws InterruptedException {
        CountDownLatch inner = new CountDownLatch(1);
        ForkJoinPool pool = new ForkJoinPool(1);
        Supervisor supervisor = Supervisor.builder().executor(pool).onFailure(FailureHandler.ignore()).open();
        Task<Boolean> outer = supervisor.spawn(() -> {
            supervisor.spawn(() -> {
                inner.countDown();
                new CountDownLatch(1).await();
            });
            ForkJoinTask.helpQuiesce();
            return Thread.currentThread().isInterrupted();
        });
        Poll.await(inner);
        supervisor.close();
        assertTrue(outer.resultNow(), "the outer task was interrupted, too");
        pool.shutdown();
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    }

    @Test
    void c6_aTaskThatTheOwnerRunsTakesNothingFromTheOwnersBody() {
        LateExecutor queue = new LateExecutor();
        CountDownLatch inner = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = Supervisor.builder().executor(queue).open()) {
                supervisor.spawn(() -> {
                    Thread stopper = Kind.daemon(supervisor::shutdown);
                    stopper.start();
                    Poll.until("aborting", () -> supervisor.state() == Supervisor.State.ABORTING);
                    inner.countDown();
                    new CountDownLatch(1).await();
                });
                queue.runAll();
                Poll.until("interrupted", () ->
                        interrupted.getAndSet(Thread.currentThread().isInterrupted()) || interrupted.get());
            }
        });
        Poll.await(inner);
        owner.join();
        assertTrue(interrupted.get());
        assertFalse(owner.leftInterrupted(), "taken back by close");
    }

    @Test
    void c6_aStatusThatAnInlineTaskFindsAndSwallowsIsSetAgain() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Boolean> outer = supervisor.spawn(() -> {
                supervisor.tasks().forEach(Task::cancel);   // this task: the status is pending from here on
                Task<Boolean> swallows = supervisor.spawn(() -> Thread.interrupted());
                return swallows.resultNow() && Thread.interrupted();
            });
            assertTrue(outer.resultNow());
        }
    }

    @Test
    void c6_whatCallbacksOfAnInlineTaskSwallowIsDeliveredToTheTaskAroundIt() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Boolean> outer = supervisor.spawn("outer", () -> {
                supervisor.spawn("inner", () -> supervisor.tasks().stream()
                        .filter(task -> task.name().equals("inner"))
                        .forEach(task -> task.onDone(done -> {
                            supervisor.tasks().stream().filter(t -> t.name().equals("outer")).forEach(Task::cancel);
                            Thread.interrupted();
                        })));
                return Thread.interrupted();
            });
            assertTrue(outer.resultNow());
        }
    }

    @Test
    void c6_whatCallbacksOfACancelledTaskSwallowIsDeliveredToTheOwner() {
        LateExecutor never = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(never).open()) {
            Task<Integer> pending = supervisor.spawn(() -> 1);
            pending.onDone(task -> {
                Thread stopper = Kind.daemon(supervisor::shutdown);
                stopper.start();
                Poll.until("the owner is interrupted", Thread.currentThread()::isInterrupted);
                Thread.interrupted();
            });
            pending.cancel();
            assertTrue(Thread.interrupted(), "the interrupt is for the owner, not for its callback");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c6_whatAnInlineTaskSwallowsIsDeliveredToTheTaskAroundItOnEveryKindOfThread(Kind kind) throws Exception {
        try (Supervisor threads = kind.open()) {
            Task<Boolean> interrupted = threads.spawn(() -> {
                try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
                    return supervisor.spawn("outer", () -> {
                        supervisor.spawn("inner", () -> {
                            cancel(supervisor, "outer");
                            assertTrue(Thread.interrupted());
                        });
                        return Thread.interrupted();
                    }).resultNow();
                }
            });
            assertTrue(interrupted.get());
        }
    }

    @Test
    void c6_anInterruptThatATaskHasFeltIsNotSetAgainWhenAnotherIsTold() {
        Executor pooledThenInline = new Executor() {
            private final AtomicBoolean used = new AtomicBoolean();

            @Override
            public void execute(Runnable task) {
                if (used.getAndSet(true)) {
                    task.run();
                } else {
                    Kind.POOL.execute(task);
                }
            }
        };
        try (Supervisor supervisor = Supervisor.builder().executor(pooledThenInline).open()) {
            GatedTask other = GatedTask.stubborn(Kind.POOLED, supervisor);
            Task<Boolean> outer = supervisor.spawn("outer", () -> {
                cancel(supervisor, "outer");
                assertTrue(Thread.interrupted());
                supervisor.spawn("inner", () -> other.task().cancel());
                return Thread.currentThread().isInterrupted();
            });
            other.release();
            assertFalse(outer.resultNow());
        }
    }

    private static void cancel(Supervisor supervisor, String name) {
        supervisor.tasks().stream().filter(task -> task.name().equals(name)).forEach(Task::cancel);
    }

    @Test
    void c6_aStatusFoundStaysSetWhereAThreadOfAFactoryRunsItsTaskInTheSpawner() {
        ThreadFactory inline = task -> new Thread(task, "inline") {
            @Override
            public void start() {
                run();
            }
        };
        try (Supervisor supervisor = Supervisor.builder().threadFactory(inline).open()) {
            Thread.currentThread().interrupt();
            Task<Boolean> found = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
            assertTrue(Thread.interrupted());
            assertTrue(found.resultNow());
        }
    }

    @Test
    void c6_aStatusFoundIsSetAsideWhereTheSpawnerRunsItsTaskAfterTheSpawn() {
        LateExecutor queue = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(queue).open()) {
            Task<Boolean> found = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
            Thread.currentThread().interrupt();
            queue.runAll();
            assertTrue(Thread.interrupted(), "restored");
            assertFalse(found.resultNow());
        }
    }

    @Test
    void c6_whatALateCallbackSwallowsIsDeliveredToTheOwner() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.onDone(done -> {
                Thread stopper = Kind.daemon(supervisor::shutdown);
                stopper.start();
                Poll.until("the owner is interrupted", Thread.currentThread()::isInterrupted);
                Thread.interrupted();
            });
            assertTrue(Thread.interrupted(), "the interrupt is for the owner, not for its callback");
        }
    }
}
