package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A thread that is stopped inside of a spawn or a completion stops no other thread: Progress, in the contract. */
class ProgressTest {

    /** A point where the first thread that comes is stopped until the test lets it go. */
    private static final class Stop {
        private final AtomicBoolean armed = new AtomicBoolean(true);
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);

        void pass() {
            if (armed.compareAndSet(true, false)) {
                reached.countDown();
                Poll.await(go);
            }
        }

        void untilReached() {
            Poll.await(reached);
        }

        void letGo() {
            go.countDown();
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** Several other threads spawn, complete, cancel and query; the tasks that were live before stay, and no others. */
    private static void assertOthersProgress(Supervisor supervisor) {
        assertOthersProgress(supervisor, Limited.NOT);
    }

    private static void assertOthersProgress(Supervisor supervisor, Limited limited) {
        int threads = 3;
        int tasks = 50;
        long staying = supervisor.liveCount();
        long most = staying + threads * (tasks + 1);
        List<Background<Void>> others = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            others.add(Background.run(() -> {
                AtomicInteger callbacks = new AtomicInteger();
                for (int n = 0; n < tasks; n++) {
                    Task<Integer> task = limited.spawn(supervisor, () -> 1);
                    task.onDone(t -> callbacks.incrementAndGet());
                    assertEquals(1, task.get(Poll.DEADLINE.toSeconds(), TimeUnit.SECONDS));
                }
                Poll.until("all callbacks have run", () -> callbacks.get() == tasks);
                GatedTask gated = GatedTask.yielding(Kind.CALLER_RUNS, supervisor);
                assertTrue(gated.task().cancel());
                assertEquals(Status.CANCELLED, gated.end());
                long live = supervisor.liveCount();
                assertTrue(staying <= live && live <= most, () -> live + " live, of " + staying + " to " + most);
                supervisor.tasks().forEach(Task::status);
                assertEquals(State.ENTERED, supervisor.state());
            }));
        }
        others.forEach(Background::join);
        Poll.until("those that were live before are, and no others", () -> supervisor.liveCount() == staying);
    }

    /** Other threads abort, and the tasks that were running end. */
    private static void assertAbortProgresses(Supervisor supervisor) {
        List<GatedTask> running =
                List.of(GatedTask.yielding(Kind.CALLER_RUNS, supervisor),
                        GatedTask.yielding(Kind.CALLER_RUNS, supervisor));
        Background.run(supervisor::abort).join();
        running.forEach(gated -> assertEquals(Status.CANCELLED, gated.end()));
        Background.run(supervisor::abort).join();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
    }

    // stopped inside of spawn

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void progress_aSpawnerStoppedInTheExecutorStopsNobody(Kind kind) {
        Stop stop = new Stop();
        Executor executor = kind.builder().unowned().open();
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> {
            stop.pass();
            executor.execute(task);
        }).open();
        AtomicBoolean ran = new AtomicBoolean();
        Background<Void> stopped = Background.run(() -> supervisor.spawn(() -> ran.set(true)));
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        supervisor.shutdown();
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state(), "the abort has completed the task that never started (A7)");
        assertFalse(stopped.hasEnded());
        stop.letGo();
        Throwable outcome = stopped.outcome();
        assertTrue(outcome == null || outcome instanceof RejectedExecutionException, () -> "" + outcome);
        assertFalse(ran.get());
    }

    @Test
    void progress_manySpawnersStoppedInTheExecutorStopNobody() {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger stopped = new AtomicInteger();
        Supervisor supervisor = Supervisor.builder().unowned().executor(task -> {
            if (stopped.incrementAndGet() <= 30) {
                Poll.await(go);
            }
            Kind.POOL.execute(task);
        }).open();
        List<Background<Void>> spawners = new ArrayList<>();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 30; i++) {
            spawners.add(Background.run(() -> supervisor.spawn(ran::incrementAndGet)));
        }
        Poll.until("all stopped", () -> stopped.get() == 30);
        assertOthersProgress(supervisor);
        assertEquals(30, supervisor.liveCount());
        go.countDown();
        spawners.forEach(Background::join);
        Background.run(supervisor::join).join();
        assertEquals(30, ran.get());
    }

    @Test
    void progress_aSpawnerStoppedInTheThreadFactoryStopsNobody() {
        Stop stop = new Stop();
        Supervisor supervisor = Supervisor.builder().unowned().threadFactory(body -> {
            stop.pass();
            return Kind.daemon(body);
        }).open();
        Background<Void> stopped = Background.run(() -> supervisor.spawn(() -> 1));
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        supervisor.close();
        stop.letGo();
        stopped.outcome();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void progress_aSpawnerStoppedInTheDecoratorStopsNobody(Kind kind) {
        Stop stop = new Stop();
        Supervisor supervisor = kind.builder().unowned().decorator(task -> {
            stop.pass();
            return task;
        }).open();
        AtomicBoolean ran = new AtomicBoolean();
        Background<Void> stopped = Background.run(() -> supervisor.spawn(() -> ran.set(true)));
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        stop.letGo();
        stopped.outcome();
        supervisor.close();
        assertFalse(ran.get(), "its spawn was not over when the abort returned");
    }

    // stopped inside of a completion

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void progress_aCompletionStoppedInACallbackStopsNobody(Kind kind) {
        Stop stop = new Stop();
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDone(task -> stop.pass());
        gated.release();
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        assertEquals(State.ABORTING, supervisor.state());
        stop.letGo();
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void progress_aCompletionStoppedInTheHandlerOrItsFatalIfStopsNobody(Kind kind) {
        for (boolean handler : new boolean[] {true, false}) {
            Stop stop = new Stop();
            Supervisor supervisor = kind.builder().unowned().fatalIf(t -> {
                if (!handler) {
                    stop.pass();
                }
                return false;
            }).onFailure((task, failure) -> {
                if (handler) {
                    stop.pass();
                }
            }).open();
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.fail(new IllegalStateException("on purpose"));
            stop.untilReached();
            assertOthersProgress(supervisor);
            assertAbortProgresses(supervisor);
            stop.letGo();
            supervisor.close();
        }
    }

    @Test
    void progress_aCompletionStoppedInTheUncaughtExceptionHandlerStopsNobody() {
        Stop stop = new Stop();
        Supervisor supervisor = Supervisor.builder().unowned().threadFactory(body -> {
            Thread thread = Kind.daemon(body);
            thread.setUncaughtExceptionHandler((t, report) -> stop.pass());
            return thread;
        }).open();
        GatedTask gated = GatedTask.stubborn(Kind.PER_TASK, supervisor);
        gated.task().onDone(task -> {
            throw new IllegalStateException("on purpose");
        });
        gated.release();
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        stop.letGo();
        supervisor.close();
    }

    // with limits

    /** The limits that a spawn and a completion may have to do with (S5, S9). */
    private enum Limited {
        NOT, TIME, REJECT, BLOCK;

        private static final int MANY = 1000;
        private static final AtomicInteger SECONDS = new AtomicInteger(100_000);

        Supervisor.Builder builder() {
            Supervisor.Builder builder = Supervisor.builder().unowned();
            return switch (this) {
                case NOT, TIME -> builder;
                case REJECT -> builder.maxTasks(MANY);
                case BLOCK -> builder.maxTasks(MANY, Overflow.BLOCK);
            };
        }

        /** Spawns; with time limits, of which each is earlier than those before, so that each comes to the alarm. */
        Task<Integer> spawn(Supervisor supervisor, Callable<Integer> body) {
            return this == TIME
                    ? supervisor.spec("limited").timeout(Duration.ofSeconds(SECONDS.getAndDecrement())).spawn(body)
                    : supervisor.spawn(body);
        }
    }

    @ParameterizedTest
    @EnumSource(Limited.class)
    void progress_aSpawnerAndACompletionThatStopUnderALimitStopNobody(Limited limited) {
        Stop inExecutor = new Stop();
        Stop inCallback = new Stop();
        Supervisor supervisor = limited.builder().executor(task -> {
            inExecutor.pass();
            Kind.POOL.execute(task);
        }).open();
        Background<Task<Integer>> spawner = Background.call(() -> limited.spawn(supervisor, () -> 1));
        inExecutor.untilReached();
        CountDownLatch registered = new CountDownLatch(1);
        Task<Integer> completed = limited.spawn(supervisor, () -> {
            Poll.await(registered);
            return 2;
        });
        completed.onDone(task -> inCallback.pass());
        registered.countDown();
        inCallback.untilReached();
        assertOthersProgress(supervisor, limited);
        assertEquals(2, supervisor.liveCount());
        inExecutor.letGo();
        inCallback.letGo();
        Background.run(supervisor::join).join();
        assertEquals(1, spawner.join().resultNow());
        assertEquals(2, completed.resultNow());
    }

    // stopped inside of Thread.interrupt

    /** A supervisor on threads that stop the first thread that interrupts one of them. */
    private static Supervisor stoppingInterrupts(Stop stop) {
        class Stopping extends Thread {
            Stopping(Runnable body) {
                super(body);
                setDaemon(true);
            }

            @Override
            public void interrupt() {
                stop.pass();
                super.interrupt();
            }
        }
        return Supervisor.builder().unowned().threadFactory(Stopping::new).open();
    }

    @Test
    void progress_aCancellerStoppedInInterruptStopsOnlyTheTaskThatItInterrupts() throws Exception {
        Stop stop = new Stop();
        Supervisor supervisor = stoppingInterrupts(stop);
        GatedTask victim = GatedTask.stubborn(Kind.PER_TASK, supervisor);
        Background<Boolean> canceller = Background.call(victim.task()::cancel);
        stop.untilReached();
        assertTrue(victim.task().cancel(), "another canceller does not wait for it");
        assertOthersProgress(supervisor);
        victim.release();
        Poll.until("its body has ended", victim::hasEnded);
        assertThrows(TimeoutException.class, () -> victim.task().get(10, TimeUnit.MILLISECONDS),
                "the exception that the contract states: it waits for its canceller");
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        ShortWait.until("the victim alone is live", () -> supervisor.liveCount() == 1);
        stop.letGo();
        assertTrue(canceller.join());
        supervisor.close();
        assertEquals(Status.SUCCEEDED, victim.task().status());
    }

    @Test
    void progress_anAbortStoppedInInterruptKeepsNoOtherAbortFromTellingEverybody() {
        Stop stop = new Stop();
        Supervisor supervisor = stoppingInterrupts(stop);
        List<GatedTask> running = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            running.add(GatedTask.yielding(Kind.PER_TASK, supervisor));
        }
        Background<Void> first = Background.run(supervisor::abort);
        stop.untilReached();
        Background.run(supervisor::abort).join();
        Poll.until("all but the one that is being interrupted have ended", () -> supervisor.liveCount() == 1);
        assertEquals(19, running.stream().filter(gated -> gated.task().isCancelled()).count());
        assertFalse(first.hasEnded());
        stop.letGo();
        first.join();
        supervisor.close();
        running.forEach(gated -> assertEquals(Status.CANCELLED, gated.task().status()));
    }

    // no monitor, no thread of its own

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void progress_nobodyWaitsForAMonitorOfTheSupervisorOrOfItsTasks(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        GatedTask first = GatedTask.stubborn(kind, supervisor);
        GatedTask second = GatedTask.yielding(kind, supervisor);
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch unlock = new CountDownLatch(1);
        Background<Void> holder = Background.run(() -> {
            synchronized (supervisor) {
                synchronized (first.task()) {
                    synchronized (second.task()) {
                        locked.countDown();
                        Poll.await(unlock);
                    }
                }
            }
        });
        Poll.await(locked);
        assertOthersProgress(supervisor);
        Background<Object> waiter = Background.call(first.task()::get);
        Poll.untilBlocked(waiter.thread());
        first.release();
        assertEquals("released", waiter.join());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("joining", () -> supervisor.state() == State.EXITING);
        Background.run(supervisor::abort).join();
        joiner.join();
        Background.run(supervisor::close).join();
        assertEquals(Status.CANCELLED, second.task().status());
        unlock.countDown();
        holder.join();
    }

    @Test
    void progress_noBackgroundThreadExists() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (Supervisor supervisor = Supervisor.builder().executor(Runnable::run).open();
                Supervisor never = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.onDone(t -> { });
            assertEquals(1, task.get());
            assertEquals(1, task.toCompletableFuture().get());
            Task<Integer> pending = never.spawn(() -> 1);
            assertThrows(TimeoutException.class, () -> pending.get(1, TimeUnit.MILLISECONDS));
            never.abort();
            supervisor.join();
        }
        Set<Thread> added = new HashSet<>(Thread.getAllStackTraces().keySet());
        added.removeAll(before);
        added.removeIf(thread -> !thread.getName().startsWith("supervisor"));
        assertEquals(Set.of(), added);
    }
}
