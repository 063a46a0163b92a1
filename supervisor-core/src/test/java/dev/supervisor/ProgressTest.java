package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
import org.junit.jupiter.params.provider.MethodSource;

/** A thread that is stopped inside of spawn or of a completion stops nobody else: section 3 of the contract. */
class ProgressTest {

    /** Where one thread, the first to come, is stopped until it is let go. */
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

    /** Others spawn, complete, fail, cancel and look, on several threads. */
    private static void assertOthersProgress(Supervisor supervisor) {
        List<Aside<Void>> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(Aside.run(() -> {
                AtomicInteger callbacks = new AtomicInteger();
                for (int n = 0; n < 50; n++) {
                    Task<Integer> task = supervisor.spawn(() -> 1);
                    task.onDone(t -> callbacks.incrementAndGet());
                    assertEquals(1, task.get(Poll.DEADLINE.toSeconds(), TimeUnit.SECONDS));
                }
                Poll.until("all callbacks have run", () -> callbacks.get() == 50);
                Held held = Held.yielding(Kind.CALLER_RUNS, supervisor);
                assertTrue(held.task().cancel());
                assertEquals(Status.CANCELLED, held.end());
                assertTrue(supervisor.liveCount() >= 0);
                supervisor.tasks().forEach(Task::status);
                assertEquals(State.ENTERED, supervisor.state());
            }));
        }
        others.forEach(Aside::result);
    }

    /** Others tell everybody to cancel, and what they told ends. */
    private static void assertAbortProgresses(Supervisor supervisor) {
        List<Held> running =
                List.of(Held.yielding(Kind.CALLER_RUNS, supervisor), Held.yielding(Kind.CALLER_RUNS, supervisor));
        Aside.run(supervisor::abort).result();
        running.forEach(held -> assertEquals(Status.CANCELLED, held.end()));
        Aside.run(supervisor::abort).result();
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
        Aside<Void> stopped = Aside.run(() -> supervisor.spawn(() -> ran.set(true)));
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        supervisor.shutdown();
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state(), "the abort has completed the task that never started (A7)");
        assertFalse(stopped.ended());
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
        List<Aside<Void>> spawners = new ArrayList<>();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 30; i++) {
            spawners.add(Aside.run(() -> supervisor.spawn(ran::incrementAndGet)));
        }
        Poll.until("all stopped", () -> stopped.get() == 30);
        assertOthersProgress(supervisor);
        assertEquals(30, supervisor.liveCount());
        go.countDown();
        spawners.forEach(Aside::result);
        Aside.run(supervisor::join).result();
        assertEquals(30, ran.get());
    }

    @Test
    void progress_aSpawnerStoppedInTheThreadFactoryStopsNobody() {
        Stop stop = new Stop();
        Supervisor supervisor = Supervisor.builder().unowned().threadFactory(body -> {
            stop.pass();
            return Kind.daemon(body);
        }).open();
        Aside<Void> stopped = Aside.run(() -> supervisor.spawn(() -> 1));
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
        Aside<Void> stopped = Aside.run(() -> supervisor.spawn(() -> ran.set(true)));
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
        Held held = Held.stubborn(kind, supervisor);
        held.task().onDone(task -> stop.pass());
        held.release();
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
            Held held = Held.stubborn(kind, supervisor);
            held.fail(new IllegalStateException("on purpose"));
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
        Held held = Held.stubborn(Kind.PER_TASK, supervisor);
        held.task().onDone(task -> {
            throw new IllegalStateException("on purpose");
        });
        held.release();
        stop.untilReached();
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        stop.letGo();
        supervisor.close();
    }

    // stopped inside of Thread.interrupt

    /** A supervisor whose threads stop whoever interrupts one first. */
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
        Held victim = Held.stubborn(Kind.PER_TASK, supervisor);
        Aside<Boolean> canceller = Aside.call(victim.task()::cancel);
        stop.untilReached();
        assertTrue(victim.task().cancel(), "another canceller does not wait for it");
        assertOthersProgress(supervisor);
        victim.release();
        Poll.until("its body has ended", victim::ended);
        assertThrows(TimeoutException.class, () -> victim.task().get(10, TimeUnit.MILLISECONDS),
                "the exception that the contract states: it waits for its canceller");
        assertOthersProgress(supervisor);
        assertAbortProgresses(supervisor);
        assertEquals(1, supervisor.liveCount());
        stop.letGo();
        assertTrue(canceller.result());
        supervisor.close();
        assertEquals(Status.SUCCEEDED, victim.task().status());
    }

    @Test
    void progress_anAbortStoppedInInterruptKeepsNoOtherAbortFromTellingEverybody() {
        Stop stop = new Stop();
        Supervisor supervisor = stoppingInterrupts(stop);
        List<Held> running = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            running.add(Held.yielding(Kind.PER_TASK, supervisor));
        }
        Aside<Void> first = Aside.run(supervisor::abort);
        stop.untilReached();
        Aside.run(supervisor::abort).result();
        Poll.until("all but the one that is being interrupted have ended", () -> supervisor.liveCount() == 1);
        assertEquals(19, running.stream().filter(held -> held.task().isCancelled()).count());
        assertFalse(first.ended());
        stop.letGo();
        first.result();
        supervisor.close();
        running.forEach(held -> assertEquals(Status.CANCELLED, held.task().status()));
    }

    // no monitor, no thread of its own

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void progress_nobodyWaitsForAMonitorOfTheSupervisorOrOfItsTasks(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        Held first = Held.stubborn(kind, supervisor);
        Held second = Held.yielding(kind, supervisor);
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch unlock = new CountDownLatch(1);
        Aside<Void> holder = Aside.run(() -> {
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
        Aside<Object> waiter = Aside.call(first.task()::get);
        Poll.untilBlocked(waiter.thread());
        first.release();
        assertEquals("released", waiter.result());
        Aside<Void> joiner = Aside.run(supervisor::join);
        Poll.until("joining", () -> supervisor.state() == State.EXITING);
        Aside.run(supervisor::abort).result();
        joiner.result();
        Aside.run(supervisor::close).result();
        assertEquals(Status.CANCELLED, second.task().status());
        unlock.countDown();
        holder.result();
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
        assertEquals(Set.of(), added);
    }
}
