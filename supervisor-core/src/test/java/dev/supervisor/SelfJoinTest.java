package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Waits that could never return: C8. */
class SelfJoinTest {

    /** The waits for every task. */
    enum Exit {
        JOIN, CLOSE, SHUTDOWN;

        void of(Supervisor supervisor) throws InterruptedException {
            switch (this) {
                case JOIN -> supervisor.join();
                case CLOSE -> supervisor.close();
                case SHUTDOWN -> supervisor.shutdown();
            }
        }

        /** What the exit throws, or null. */
        Throwable tried(Supervisor supervisor) {
            try {
                of(supervisor);
                return null;
            } catch (Throwable t) {
                return t;
            }
        }
    }

    static Stream<Arguments> exitsOfAllKinds() {
        return Stream.of(Exit.values()).flatMap(exit -> Kind.all().stream().map(kind -> Arguments.of(exit, kind)));
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static void assertRefused(Throwable thrown) {
        assertInstanceOf(IllegalStateException.class, thrown);
        assertTrue(thrown.getMessage().contains("abort()"), thrown.getMessage());
    }

    /** Asserts that the supervisor is ENTERED and accepts a task, and that the sibling was not interrupted. */
    private static void assertUnchanged(Supervisor supervisor, GatedTask sibling) throws Exception {
        assertEquals(State.ENTERED, supervisor.state());
        assertEquals(1, supervisor.spawn(() -> 1).get());
        assertEquals(Status.RUNNING, sibling.task().status());
        assertEquals(0, sibling.interrupts());
        sibling.release();
        assertEquals(Status.SUCCEEDED, sibling.end());
    }

    // of the supervisor

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_fromATask(Exit exit, Kind kind) throws Exception {
        for (boolean owned : new boolean[] {true, false}) {
            try (Supervisor supervisor = owned ? kind.open() : kind.builder().unowned().open()) {
                GatedTask sibling = GatedTask.stubborn(kind, supervisor);
                Task<Throwable> task = supervisor.spawn(() -> {
                    Throwable thrown = exit.tried(supervisor);
                    return Thread.currentThread().isInterrupted() ? new AssertionError("interrupted", thrown) : thrown;
                });
                assertRefused(task.get());
                assertEquals(Status.SUCCEEDED, task.status());
                assertUnchanged(supervisor, sibling);
                supervisor.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_fromACallback(Exit exit, Kind kind) throws Exception {
        for (boolean owned : new boolean[] {true, false}) {
            try (Supervisor supervisor = owned ? kind.open() : kind.builder().unowned().open()) {
                GatedTask sibling = GatedTask.stubborn(kind, supervisor);
                AtomicReference<Throwable> thrown = new AtomicReference<>();
                GatedTask gated = GatedTask.stubborn(kind, supervisor);
                gated.task().onDone(task -> thrown.set(exit.tried(supervisor)));
                gated.release();
                gated.end();
                Poll.until("left", () -> supervisor.liveCount() == 1);
                assertRefused(thrown.get());
                assertUnchanged(supervisor, sibling);
                supervisor.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_fromAFailureHandler(Exit exit, Kind kind) throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Supervisor.Builder builder = kind.builder().unowned()
                .onFailure((task, failure) -> thrown.set(exit.tried(task.supervisor())));
        try (Supervisor supervisor = builder.open()) {
            GatedTask sibling = GatedTask.stubborn(kind, supervisor);
            supervisor.spawn(() -> {
                throw new IllegalStateException("on purpose");
            });
            Poll.until("left", () -> supervisor.liveCount() == 1);
            assertRefused(thrown.get());
            assertUnchanged(supervisor, sibling);
            supervisor.join();
        }
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void c8_fromTheCallbackOfATaskThatNeverStarted(Exit exit) {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned().open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.onDone(t -> thrown.set(exit.tried(supervisor)));
            assertTrue(task.cancel());
            assertRefused(thrown.get());
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.spawn(() -> 1).onDone(t -> thrown.set(exit.tried(supervisor)));
            thrown.set(null);
            supervisor.abort();
            assertRefused(thrown.get());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    /** An owner whose tasks run on other threads is inside of a task, too, while it calls the callbacks of that. */
    @ParameterizedTest
    @EnumSource(Exit.class)
    void c8_fromTheCallbackOfATaskThatItsOwnerHasDropped(Exit exit) {
        Thread owner = Thread.currentThread();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Poll.until("dropped before its thread has started it", () -> {
            try (Supervisor supervisor = Supervisor.open()) {
                Task<Integer> task = supervisor.spawn(() -> 1);
                task.onDone(t -> {
                    if (t.isCancelled() && Thread.currentThread() == owner) {
                        thrown.set(exit.tried(supervisor));
                    }
                });
                task.cancel();
                assertEquals(State.ENTERED, supervisor.state());
            }
            return thrown.get() != null;
        });
        assertRefused(thrown.get());
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void c8_throughCallerRunsOnTheOwnersOwnThread(Exit exit) throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            List<Throwable> thrown = new ArrayList<>();
            supervisor.spawn(() -> {
                thrown.add(exit.tried(supervisor));
                supervisor.spawn(() -> thrown.add(exit.tried(supervisor)));
                thrown.add(exit.tried(supervisor));
            });
            assertEquals(3, thrown.size());
            thrown.forEach(SelfJoinTest::assertRefused);
            assertEquals(State.ENTERED, supervisor.state());
            supervisor.join();
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_fromTheBlockAndTheTasksOfASupervisorThatIsOpenedInATask(Exit exit, Kind kind) throws Exception {
        try (Supervisor outer = kind.builder().unowned().open()) {
            GatedTask sibling = GatedTask.stubborn(kind, outer);
            Task<List<Throwable>> task = outer.spawn(() -> {
                List<Throwable> thrown = new ArrayList<>();
                try (Supervisor inner = Kind.CALLER_RUNS.open()) {
                    thrown.add(exit.tried(outer));
                    inner.spawn(() -> thrown.add(exit.tried(outer)));
                    inner.join();
                }
                return thrown;
            });
            assertEquals(2, task.get().size());
            task.get().forEach(SelfJoinTest::assertRefused);
            assertUnchanged(outer, sibling);
            outer.join();
        }
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_aRefusedWaitMayBeFollowedByAnAbort(Exit exit, Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().unowned().open()) {
            GatedTask sibling = GatedTask.yielding(kind, supervisor);
            supervisor.spawn(() -> {
                assertThrows(IllegalStateException.class, () -> exit.of(supervisor));
                supervisor.abort();
            });
            supervisor.join();
            assertEquals(Status.CANCELLED, sibling.task().status());
        }
    }

    // what is no self-join

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_aCallbackOfATaskThatWasDoneIsNoSelfJoin(Exit exit, Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            Poll.until("nothing live", () -> supervisor.liveCount() == 0);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            task.onDone(t -> thrown.set(exit.tried(supervisor)));
            assertNull(thrown.get(), "it runs on the owner's thread, when no task is live");
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_aTaskMayWaitForAnotherSupervisor(Exit exit, Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open(); Supervisor other = Supervisor.builder().unowned().open()) {
            GatedTask gated = GatedTask.stubborn(Kind.POOLED, other);
            Background<Void> releaser = Background.run(() -> {
                Poll.until("waited for", () -> other.state() != State.ENTERED);
                gated.release();
            });
            Task<Throwable> task = supervisor.spawn(() -> exit.tried(other));
            releaser.join();
            assertNull(task.get());
            assertEquals(State.FINISHED, other.state());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_aTaskMayWaitForASibling(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> first = supervisor.spawn(() -> 1);
            Task<Integer> second = supervisor.spawn(() -> first.get() + first.join());
            assertEquals(2, second.get());
            Task<Integer> third = supervisor.spawn(() -> supervisor.spawn(() -> second.get()).join());
            assertEquals(2, third.join());
            supervisor.join();
        }
    }

    // of the task

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_getAndJoinOfTheTaskItself(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            GatedTask sibling = GatedTask.stubborn(kind, supervisor);
            Task<List<Throwable>> task = supervisor.spawn("self", () -> {
                Task<?> self = find(supervisor, "self");
                List<Throwable> thrown = new ArrayList<>();
                thrown.add(assertThrows(IllegalStateException.class, self::get));
                thrown.add(assertThrows(IllegalStateException.class, self::join));
                assertEquals(Status.RUNNING, self.status());
                assertFalse(Thread.currentThread().isInterrupted());
                return thrown;
            });
            task.get().forEach(SelfJoinTest::assertRefused);
            assertUnchanged(supervisor, sibling);
            supervisor.join();
        }
    }

    private static Task<?> find(Supervisor supervisor, String name) {
        return supervisor.tasks().stream().filter(task -> task.name().equals(name)).findAny().orElseThrow();
    }

    @Test
    void c8_getAndJoinOfTheOuterTaskFromAnInlineOne() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            List<Throwable> thrown = new ArrayList<>();
            supervisor.spawn("outer", () -> {
                Task<?> outer = find(supervisor, "outer");
                Task<Void> inner = supervisor.spawn(() -> {
                    thrown.add(assertThrows(IllegalStateException.class, outer::get));
                    thrown.add(assertThrows(IllegalStateException.class, outer::join));
                });
                assertEquals(Status.SUCCEEDED, inner.status());
                thrown.add(assertThrows(IllegalStateException.class, outer::get));
            });
            assertEquals(3, thrown.size());
            thrown.forEach(SelfJoinTest::assertRefused);
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_getAndJoinInItsOwnCallbackReturn(Kind kind) throws Exception {
        AtomicReference<Object> result = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.task().onDone(task -> {
                try {
                    assertSame(task.get(), task.join());
                    result.set(task.get());
                } catch (Exception e) {
                    result.set(e);
                }
            });
            gated.release();
            supervisor.join();
            assertEquals("released", result.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c8_anotherThreadMayWaitForATaskThatThatTaskStarted(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            CountDownLatch waiting = new CountDownLatch(1);
            AtomicReference<Background<Object>> helper = new AtomicReference<>();
            Task<Integer> task = supervisor.spawn("helped", () -> {
                Task<?> self = find(supervisor, "helped");
                helper.set(Background.call(() -> {
                    waiting.countDown();
                    return self.get();
                }));
                Poll.await(waiting);
                return 7;
            });
            assertEquals(7, task.get());
            assertEquals(7, helper.get().join());
            supervisor.join();
        }
    }
}
