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
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The behaviours that Kotlin tests of {@code SupervisorJob} and {@code supervisorScope}. If the block of a scope
 * throws, Kotlin cancels the children: that is {@link BlockFailure#ABORT} here. The default here is to wait, as in
 * aiotools.
 */
class KotlinPortTest {

    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static final class One extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private static final class Two extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private static Task<Void> fail(Supervisor supervisor, Exception failure) {
        return supervisor.spawn(() -> {
            throw failure;
        });
    }

    /** A task that waits until it is cancelled. */
    private Task<Void> waitForever(Supervisor supervisor, CountDownLatch running) {
        return supervisor.spawn(() -> {
            running.countDown();
            never.await();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void failuresOfChildrenLeaveTheSupervisorAsItWas(Kind kind) throws Exception {
        Set<Throwable> reported = ConcurrentHashMap.newKeySet();
        try (Supervisor supervisor = kind.builder().onFailure((task, failure) -> reported.add(failure)).open()) {
            CountDownLatch secondHasFailed = new CountDownLatch(1);
            One one = new One();
            Two two = new Two();
            Task<Void> first = supervisor.spawn(() -> {
                secondHasFailed.await();
                throw one;
            });
            Task<Void> second = fail(supervisor, two).onDone(task -> secondHasFailed.countDown());
            assertSame(two, assertThrows(ExecutionException.class, second::get).getCause());
            assertSame(one, assertThrows(ExecutionException.class, first::get).getCause());
            assertEquals(Status.FAILED, first.status());
            assertEquals(Status.FAILED, second.status());
            assertEquals(State.ENTERED, supervisor.state());
            assertEquals("alive", supervisor.spawn(() -> "alive").get());
            supervisor.join();
            assertEquals(Set.of(one, two), reported);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void blockReturnsItsValueThoughChildrenFail(Kind kind) throws Exception {
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        String result = kind.builder().onFailure((task, failure) -> reported.add(failure)).call(supervisor -> {
            fail(supervisor, new One());
            fail(supervisor, new Two());
            return "OK";
        });
        assertEquals("OK", result);
        assertEquals(2, reported.size());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void failingChildDoesNotCancelItsSibling(Kind kind) throws Exception {
        AtomicReference<Task<Void>> sibling = new AtomicReference<>();
        String result = kind.builder().call(supervisor -> {
            CountDownLatch running = new CountDownLatch(1);
            sibling.set(waitForever(supervisor, running));
            running.await();
            Task<Void> failing = fail(supervisor, new Two());
            assertThrows(ExecutionException.class, failing::get);
            Poll.until("the failure has been dealt with", () -> supervisor.liveCount() == 1);
            assertEquals(Status.RUNNING, sibling.get().status());
            assertFalse(sibling.get().isCancelled());
            assertTrue(sibling.get().cancel());
            return "OK";
        });
        assertEquals("OK", result);
        assertTrue(sibling.get().isCancelled());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void blockThatThrowsCancelsItsChildrenAndWaitsForThem(Kind kind) {
        Two thrown = new Two();
        AtomicBoolean cleanedUp = new AtomicBoolean();
        Two caught = assertThrows(Two.class, () -> kind.builder().onBlockFailure(BlockFailure.ABORT).run(supervisor -> {
            CountDownLatch running = new CountDownLatch(1);
            supervisor.spawn(() -> {
                running.countDown();
                try {
                    never.await();
                } finally {
                    cleanedUp.set(true);
                }
            });
            running.await();
            throw thrown;
        }));
        assertSame(thrown, caught);
        assertTrue(cleanedUp.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void blockThatThrowsWithTwoChildrenThrowsTheSameException(Kind kind) {
        One thrown = new One();
        Queue<Task<Void>> children = new ConcurrentLinkedQueue<>();
        One caught = assertThrows(One.class, () -> kind.builder().onBlockFailure(BlockFailure.ABORT).run(supervisor -> {
            CountDownLatch running = new CountDownLatch(2);
            children.add(waitForever(supervisor, running));
            children.add(waitForever(supervisor, running));
            running.await();
            throw thrown;
        }));
        assertSame(thrown, caught);
        assertEquals(0, caught.getSuppressed().length);
        assertEquals(2, children.size());
        children.forEach(child -> assertEquals(Status.CANCELLED, child.status()));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void childThatFailsInItsCleanUpDoesNotReplaceTheBlocksException(Kind kind) {
        One thrown = new One();
        Two inCleanUp = new Two();
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        AtomicReference<Task<Void>> quiet = new AtomicReference<>();
        AtomicReference<Task<Void>> failing = new AtomicReference<>();
        One caught = assertThrows(One.class, () -> kind.builder().onBlockFailure(BlockFailure.ABORT)
                .onFailure((task, failure) -> reported.add(failure)).run(supervisor -> {
                    CountDownLatch running = new CountDownLatch(2);
                    quiet.set(waitForever(supervisor, running));
                    failing.set(supervisor.spawn(() -> {
                        running.countDown();
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            throw inCleanUp;
                        }
                    }));
                    running.await();
                    throw thrown;
                }));
        assertSame(thrown, caught);
        assertEquals(List.of(inCleanUp), List.copyOf(reported));
        assertSame(inCleanUp, failing.get().failure());
        assertEquals(Status.CANCELLED, quiet.get().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void whoWaitsForATaskLearnsOfItsCancellation(Kind kind) {
        try (Supervisor supervisor = kind.builder().unowned().open()) {
            CountDownLatch running = new CountDownLatch(1);
            Task<Void> task = waitForever(supervisor, running);
            Poll.await(running);
            Background<Void> waiter = Background.blockedIn(task::get);
            supervisor.abort();
            TaskCancelledException thrown = assertInstanceOf(TaskCancelledException.class, waiter.thrown());
            assertSame(task, thrown.task());
            assertTrue(thrown.getMessage().contains(task.name()), thrown.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void cancellingANestedSupervisorDoesNotCancelItsParent(Kind kind) throws Exception {
        try (Supervisor parent = kind.open()) {
            Task<State> task = parent.spawn(() -> {
                try (Supervisor nested = kind.open()) {
                    CountDownLatch running = new CountDownLatch(1);
                    Task<Void> child = waitForever(nested, running);
                    running.await();
                    nested.abort();
                    nested.join();
                    assertTrue(child.isCancelled());
                    assertFalse(Thread.currentThread().isInterrupted());
                    return parent.state();
                }
            });
            assertEquals(State.ENTERED, task.get());
            assertEquals(State.ENTERED, parent.state());
            parent.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void nestedBlockThatThrowsFailsTheTaskAroundItAndNothingElse(Kind kind) throws Exception {
        try (Supervisor parent = kind.open()) {
            CountDownLatch running = new CountDownLatch(1);
            Task<Void> sibling = waitForever(parent, running);
            running.await();
            One thrown = new One();
            Task<Void> task = parent.spawn(() -> kind.builder().run(nested -> {
                throw thrown;
            }));
            assertSame(thrown, assertThrows(ExecutionException.class, task::get).getCause());
            assertEquals(Status.RUNNING, sibling.status());
            assertEquals(State.ENTERED, parent.state());
            sibling.cancel();
            parent.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void exceptionOfTheBlockWinsOverItsCancellation(Kind kind) throws Exception {
        One thrown = new One();
        AtomicReference<Task<String>> self = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        try (Supervisor parent = kind.open()) {
            self.set(parent.spawn(() -> {
                known.await();
                try {
                    kind.builder().run(nested -> {
                        self.get().cancel(); // before it throws
                        throw thrown;
                    });
                    return "not reached";
                } catch (One e) {
                    assertSame(thrown, e);
                    return "caught";
                }
            }));
            known.countDown();
            assertEquals("caught", self.get().get());
            assertNull(self.get().failure());
            parent.join();
        }
    }
}
