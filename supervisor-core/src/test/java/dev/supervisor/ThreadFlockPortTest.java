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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The behaviours that the JDK tests of {@code ThreadFlock}: names, the set of live tasks, waiting and closing with and
 * without interrupts, and which thread may do what. Two differ, and the tests say so: any thread may spawn and shut
 * down (A2, C3), and {@code close} cancels the live tasks, where a flock waits for its threads.
 */
class ThreadFlockPortTest {

    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // ---- names and states

    @Test
    void nameIsKeptAfterClose() {
        Supervisor supervisor = Supervisor.builder().name("fetcher").open();
        assertEquals("fetcher", supervisor.name());
        assertTrue(supervisor.toString().contains("fetcher"));
        supervisor.close();
        assertEquals("fetcher", supervisor.name());
        Supervisor nameless = Supervisor.open();
        String name = nameless.name();
        assertFalse(name.isEmpty());
        nameless.close();
        assertEquals(name, nameless.name());
    }

    @Test
    void statesOfOneThatIsClosedAndOneThatIsShutDownFirst() {
        Supervisor closed = Supervisor.open();
        assertEquals(State.ENTERED, closed.state());
        closed.close();
        assertEquals(State.FINISHED, closed.state());
        Supervisor shutDown = Supervisor.open();
        shutDown.shutdown();
        assertEquals(State.FINISHED, shutDown.state());
        shutDown.close();
        assertEquals(State.FINISHED, shutDown.state());
    }

    // ---- the set of live tasks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void everyLiveTaskIsListedAndNoneAfterwards(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Supervisor supervisor = kind.open();
        assertEquals(List.of(), supervisor.tasks());
        Set<Task<?>> spawned = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            spawned.add(supervisor.spawn(() -> gate.await()));
        }
        assertEquals(spawned, new HashSet<>(supervisor.tasks()));
        assertEquals(100, supervisor.liveCount());
        gate.countDown();
        supervisor.join();
        supervisor.close();
        assertEquals(List.of(), supervisor.tasks());
        spawned.forEach(task -> assertEquals(Status.SUCCEEDED, task.status()));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void eachTaskBelongsToItsOwnSupervisorOnly(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (Supervisor outer = kind.open(); Supervisor inner = kind.open()) {
            Task<Void> first = outer.spawn(() -> gate.await());
            Task<Void> second = inner.spawn(() -> gate.await());
            assertSame(outer, first.supervisor());
            assertSame(inner, second.supervisor());
            assertEquals(List.of(first), outer.tasks());
            assertEquals(List.of(second), inner.tasks());
            gate.countDown();
            inner.join();
            outer.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void spawnRunsTheBody(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            AtomicBoolean ran = new AtomicBoolean();
            supervisor.spawn(() -> ran.set(true)).get();
            assertTrue(ran.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void nothingStartsAfterShutdownOrClose(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            supervisor.shutdown();
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
        Supervisor supervisor = kind.open();
        supervisor.close();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void anyThreadMaySpawnAndShutDown(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Task<String>> fromATask = supervisor.spawn(() -> supervisor.<String>spawn(() -> "from a task"));
            assertEquals("from a task", fromATask.get().get());
            Background<Void> background =
                    Background.run(() -> assertEquals("s", supervisor.<String>spawn(() -> "s").get()));
            background.join();
            Background<Void> closer = Background.run(supervisor::shutdown);
            closer.join();
            assertEquals(State.FINISHED, supervisor.state());
            assertTrue(Thread.interrupted(), "the owner was in its block");
        }
    }

    // ---- waiting

    @Test
    void joinWithNothingLiveReturnsAtOnceAndAgain() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.join();
            supervisor.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void joinWaitsForTheTasks(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicBoolean through = new AtomicBoolean();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                supervisor.spawn(() -> {
                    gate.await();
                    through.set(true);
                });
                supervisor.join();
                assertTrue(through.get());
            }
        });
        owner.untilBlocked();
        gate.countDown();
        owner.join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void timedWaitForATaskEndsWithTheTaskOrWithTheTime(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                gate.await();
                return "in time";
            });
            for (long timeout : new long[] {0, -1, 20, 20, 20}) {
                assertThrows(TimeoutException.class, () -> task.get(timeout, TimeUnit.MILLISECONDS));
            }
            assertFalse(task.isDone());
            gate.countDown();
            assertEquals("in time", task.get(30, TimeUnit.SECONDS));
            assertEquals("in time", task.get(0, TimeUnit.SECONDS));
            assertEquals("in time", task.get(-1, TimeUnit.SECONDS));
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void joinWithTheStatusSetThrowsAndClearsIt(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            Task<Void> task = supervisor.spawn(() -> gate.await());
            for (int times = 0; times < 2; times++) {
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, supervisor::join);
                assertFalse(Thread.currentThread().isInterrupted());
                assertEquals(State.EXITING, supervisor.state());
            }
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> task.get(30, TimeUnit.SECONDS));
            assertFalse(Thread.currentThread().isInterrupted());
            gate.countDown();
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status(), "the task was not interrupted");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void interruptOfABlockedJoinThrowsAndClearsTheStatus(Kind kind) {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch again = new CountDownLatch(1);
        List<Task<Void>> tasks = new CopyOnWriteArrayList<>();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                tasks.add(supervisor.spawn(() -> gate.await()));
                assertThrows(InterruptedException.class, supervisor::join);
                assertFalse(Thread.currentThread().isInterrupted());
                again.countDown();
                assertThrows(InterruptedException.class, supervisor::join);
                assertFalse(Thread.currentThread().isInterrupted());
                assertFalse(tasks.get(0).isDone());
                gate.countDown();
                supervisor.join();
            }
        });
        owner.untilBlocked();
        owner.interrupt();
        Poll.await(again);
        owner.untilBlocked();
        owner.interrupt();
        owner.join();
        assertFalse(owner.leftInterrupted());
        assertEquals(Status.SUCCEEDED, tasks.get(0).status());
    }

    @Test
    void joinAfterCloseReturnsAtOnce() throws Exception {
        Supervisor supervisor = Supervisor.open();
        supervisor.close();
        supervisor.join();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void onlyTheOwnerMayJoinAndClose(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            for (Action exit : List.<Action>of(supervisor::join, supervisor::close)) {
                Background<Void> background = Background.run(exit);
                IllegalStateException refused = assertInstanceOf(IllegalStateException.class, background.thrown());
                assertTrue(refused.getMessage().contains("shutdown") && refused.getMessage().contains("unowned"),
                        refused.getMessage());
                Task<Void> task = supervisor.spawn(() -> {
                    assertThrows(IllegalStateException.class, exit::run);
                });
                task.get();
            }
            assertEquals(State.ENTERED, supervisor.state());
        }
    }

    // ---- closing

    @Test
    void closeWithNothingLive() {
        Supervisor supervisor = Supervisor.open();
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(List.of(), supervisor.tasks());
        supervisor.close();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void closeWithLiveTasksCancelsThemAndWaits(Kind kind) {
        CountDownLatch running = new CountDownLatch(1);
        AtomicBoolean cleanedUp = new AtomicBoolean();
        Supervisor supervisor = kind.open();
        Task<Void> task = supervisor.spawn(() -> {
            running.countDown();
            try {
                never.await();
            } finally {
                cleanedUp.set(true);
            }
        });
        Poll.await(running);
        supervisor.close();
        assertTrue(cleanedUp.get());
        assertEquals(Status.CANCELLED, task.status());
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(List.of(), supervisor.tasks());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void closeWithTheStatusSetWaitsAllTheSameAndKeepsIt(Kind kind) {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch clean = new CountDownLatch(1);
        CountDownLatch cleaning = new CountDownLatch(1);
        AtomicBoolean cleanedUp = new AtomicBoolean();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                supervisor.spawn(() -> {
                    running.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        cleaning.countDown();
                        Poll.await(clean);
                        cleanedUp.set(true);
                    }
                });
                Poll.await(running);
                Thread.currentThread().interrupt();
            }
            assertTrue(cleanedUp.get());
        });
        Poll.await(cleaning);
        owner.untilBlocked();
        clean.countDown();
        owner.join();
        assertTrue(owner.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void interruptsOfABlockedCloseDoNotEndItAndAreKept(Kind kind) {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch clean = new CountDownLatch(1);
        AtomicBoolean cleanedUp = new AtomicBoolean();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                supervisor.spawn(() -> {
                    running.countDown();
                    Poll.await(clean);
                    cleanedUp.set(true);
                });
                Poll.await(running);
            }
            assertTrue(cleanedUp.get());
        });
        Poll.await(running);
        for (int times = 0; times < 3; times++) {
            owner.untilBlocked();
            owner.interrupt();
        }
        owner.untilBlocked();
        assertFalse(cleanedUp.get());
        clean.countDown();
        owner.join();
        assertTrue(owner.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void closeOfANestedOneEndsBeforeThatOfTheOuter(Kind kind) {
        CountDownLatch running = new CountDownLatch(2);
        List<String> order = new ArrayList<>();
        Supervisor outer = kind.open();
        Task<Void> first = outer.spawn(() -> {
            running.countDown();
            never.await();
        });
        try (Supervisor inner = kind.open()) {
            Task<Void> second = inner.spawn(() -> {
                running.countDown();
                never.await();
            });
            Poll.await(running);
            second.onDone(task -> order.add("inner"));
        }
        assertEquals(Status.RUNNING, first.status());
        first.onDone(task -> order.add("outer"));
        outer.close();
        assertEquals(List.of("inner", "outer"), order);
    }
}
