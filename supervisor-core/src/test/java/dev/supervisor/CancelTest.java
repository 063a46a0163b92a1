package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cancelling one task, and waiting for one: C1. */
class CancelTest {

    /** The ways to wait for a task. */
    enum Wait {
        GET, TIMED_GET, JOIN;

        <T> T on(Task<T> task) throws Exception {
            return switch (this) {
                case GET -> task.get();
                case TIMED_GET -> task.get(Poll.DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
                case JOIN -> task.join();
            };
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // pending

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void c1_aPendingTaskIsDoneAtOnceAsCancelled(boolean mayInterrupt) {
        LateExecutor late = new LateExecutor();
        AtomicBoolean ran = new AtomicBoolean();
        List<Thread> callbacks = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(late).open()) {
            Task<Void> task = supervisor.spawn(() -> ran.set(true));
            task.onDone(t -> callbacks.add(Thread.currentThread()));
            assertEquals(Status.PENDING, task.status());
            assertTrue(task.cancel(mayInterrupt));
            assertTrue(task.isDone());
            assertTrue(task.isCancelled());
            assertEquals(Status.CANCELLED, task.status());
            assertEquals(List.of(Thread.currentThread()), callbacks);
            assertEquals(0, supervisor.liveCount());
            assertFalse(task.cancel(mayInterrupt));
            late.runAll();
            assertFalse(ran.get());
            assertEquals(1, callbacks.size());
        }
    }

    @Test
    void c1_aTaskThatWaitsInASaturatedPoolIsCancelledAtOnce() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(1, Kind::daemon);
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            GatedTask busy = GatedTask.stubborn(Kind.POOLED, supervisor);
            List<Task<Integer>> waiting = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                waiting.add(supervisor.spawn(ran::incrementAndGet));
            }
            for (Task<Integer> task : waiting.subList(0, 9)) {
                assertTrue(task.cancel());
                assertEquals(Status.CANCELLED, task.status());
                assertThrows(TaskCancelledException.class, task::get);
            }
            assertEquals(2, supervisor.liveCount());
            assertFalse(busy.hasEnded());
            busy.release();
            supervisor.join();
            assertEquals(1, waiting.get(9).resultNow());
            assertEquals(1, ran.get());
            assertEquals(0, busy.interrupts());
        } finally {
            pool.shutdown();
        }
    }

    // running

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_aRunningTaskIsInterrupted(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            GatedTask sibling = GatedTask.yielding(kind, supervisor);
            assertTrue(gated.task().cancel());
            assertEquals(Status.CANCELLED, gated.end());
            assertEquals(1, gated.interrupts());
            assertEquals(Status.RUNNING, sibling.task().status());
            assertEquals(0, sibling.interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_aRunningTaskIsInterruptedOnceHoweverOftenItIsCancelled(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            assertTrue(gated.task().cancel());
            gated.untilTold();
            List<Background<Boolean>> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                assertTrue(gated.task().cancel());
                boolean mayInterrupt = i % 2 == 0;
                others.add(Background.call(() -> gated.task().cancel(mayInterrupt)));
            }
            others.forEach(other -> assertTrue(other.join()));
            supervisor.abort();
            gated.release();
            gated.end();
            assertEquals(1, gated.interrupts());
        }
    }

    @Test
    void c1_threadInterruptIsCalledOncePerTask() {
        AtomicReference<CountedThread> thread = new AtomicReference<>();
        Supervisor.Builder builder = Supervisor.builder().threadFactory(body -> {
            thread.set(new CountedThread(body));
            return thread.get();
        });
        try (Supervisor supervisor = builder.open()) {
            GatedTask gated = GatedTask.stubborn(Kind.PER_TASK, supervisor);
            List<Background<Boolean>> cancellers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                cancellers.add(Background.call(gated.task()::cancel));
            }
            cancellers.forEach(canceller -> assertTrue(canceller.join()));
            supervisor.abort();
            supervisor.abort();
            assertEquals(1, thread.get().interrupts());
            gated.release();
        }
        assertEquals(1, thread.get().interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_cancelFalseMarksWithoutInterrupt(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            assertTrue(gated.task().cancel(false));
            assertTrue(gated.task().cancel(false));
            assertFalse(gated.task().isDone());
            assertFalse(gated.task().isCancelled());
            assertEquals(Status.RUNNING, gated.task().status());
            gated.release();
            assertEquals(Status.SUCCEEDED, gated.end());
            assertEquals(0, gated.interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_cancelFalseCountsAsARequest(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            assertTrue(gated.task().cancel(false));
            gated.fail(new InterruptedException("of its own accord"));
            assertEquals(Status.CANCELLED, gated.end());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_cancelTrueAfterCancelFalseInterrupts(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            assertTrue(gated.task().cancel(false));
            assertTrue(gated.task().cancel(true));
            gated.untilTold();
            assertTrue(gated.task().cancel(false));
            assertTrue(gated.task().cancel(true));
            gated.release();
            gated.end();
            assertEquals(1, gated.interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_abortAfterCancelFalseInterrupts(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            assertTrue(gated.task().cancel(false));
            supervisor.abort();
            assertEquals(Status.CANCELLED, gated.end());
            assertEquals(1, gated.interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_aTaskMayCancelItself(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Boolean> task = supervisor.spawn("self", () -> {
                List<Task<?>> tasks = supervisor.tasks();
                assertEquals("self", tasks.get(0).name());
                assertTrue(tasks.get(0).cancel());
                return Thread.interrupted();
            });
            supervisor.join();
            assertTrue(task.join(), "interrupted by itself");
        }
    }

    // the answer

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_cancelReturnsFalseOnlyIfTheTaskIsDone(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> succeeded = supervisor.spawn(() -> 1);
            Task<Integer> failed = supervisor.spawn(() -> {
                throw new IllegalStateException("on purpose");
            });
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            assertTrue(gated.task().cancel());
            supervisor.join();
            for (Task<?> task : List.of(succeeded, failed, gated.task())) {
                assertFalse(task.cancel());
                assertFalse(task.cancel(true));
                assertFalse(task.cancel(false));
            }
            assertEquals(Status.SUCCEEDED, succeeded.status());
            assertEquals(Status.FAILED, failed.status());
            assertEquals(Status.CANCELLED, gated.task().status());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_isCancelledOnlyOfATaskThatIsDoneAsCancelled(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask obeys = GatedTask.yielding(kind, supervisor);
            GatedTask ignores = GatedTask.stubborn(kind, supervisor);
            GatedTask fails = GatedTask.stubborn(kind, supervisor);
            for (GatedTask gated : List.of(ignores, fails)) {
                assertTrue(gated.task().cancel());
                gated.untilTold();
                assertFalse(gated.task().isCancelled());
                assertFalse(gated.task().isDone());
            }
            ignores.release();
            fails.fail(new IllegalStateException("on purpose"));
            assertTrue(obeys.task().cancel());
            obeys.end();
            assertEquals(Status.SUCCEEDED, ignores.end());
            assertEquals(Status.FAILED, fails.end());
            assertTrue(obeys.task().isCancelled());
            assertFalse(ignores.task().isCancelled());
            assertFalse(fails.task().isCancelled());
            assertEquals("released, told", ignores.task().join());
        }
    }

    // waiting for a task

    @ParameterizedTest
    @EnumSource(Wait.class)
    void c1_anInterruptEndsTheWaitAndDisturbsNoTask(Wait wait) {
        for (Kind kind : Kind.all()) {
            try (Supervisor supervisor = kind.open()) {
                GatedTask gated = GatedTask.stubborn(kind, supervisor);
                Background<Object> waiter = Background.call(() -> wait.on(gated.task()));
                Poll.untilBlocked(waiter.thread());
                waiter.interrupt();
                Throwable thrown = waiter.thrown();
                if (wait == Wait.JOIN) {
                    assertInstanceOf(CompletionException.class, thrown);
                    assertInstanceOf(InterruptedException.class, thrown.getCause());
                    assertTrue(waiter.leftInterrupted(), "join sets the status again");
                } else {
                    assertInstanceOf(InterruptedException.class, thrown);
                    assertFalse(waiter.leftInterrupted(), "get throws, and so clears the status");
                }
                assertEquals(Status.RUNNING, gated.task().status());
                gated.release();
                gated.end();
                assertEquals(0, gated.interrupts());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void c1_aStatusThatIsPendingEndsTheWaitToo(Wait wait) {
        try (Supervisor supervisor = Supervisor.open()) {
            GatedTask gated = GatedTask.yielding(Kind.POOLED, supervisor);
            Thread.currentThread().interrupt();
            Class<? extends Exception> expected =
                    wait == Wait.JOIN ? CompletionException.class : InterruptedException.class;
            assertThrows(expected, () -> wait.on(gated.task()));
            assertEquals(wait == Wait.JOIN, Thread.interrupted());
            assertEquals(Status.RUNNING, gated.task().status());
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void c1_anInterruptThatMeetsTheEndOfTheTaskIsNotLost(Wait wait) throws Exception {
        Thread me = Thread.currentThread();
        try (TwoThreadRace race = new TwoThreadRace(); Supervisor supervisor = Kind.POOLED.open()) {
            for (int i = 0; i < 500; i++) {
                CountDownLatch go = new CountDownLatch(1);
                Task<Void> task = supervisor.spawn(() -> Poll.await(go));
                AtomicBoolean thrown = new AtomicBoolean();
                race.round(() -> {
                    try {
                        wait.on(task);
                    } catch (InterruptedException e) {
                        thrown.set(true);
                    } catch (CompletionException e) {
                        assertTrue(Thread.interrupted(), "join sets the status again");
                        thrown.set(true);
                    }
                }, () -> {
                    go.countDown();
                    TwoThreadRace.jitter();
                    me.interrupt();
                });
                assertEquals(!thrown.get(), Thread.interrupted(), "thrown or kept, in round " + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void c1_manyWaitersAllLearnTheOutcome(Wait wait) {
        try (Supervisor supervisor = Supervisor.open()) {
            GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
            List<Background<Object>> waiters = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                waiters.add(Background.call(() -> wait.on(gated.task())));
            }
            waiters.forEach(waiter -> Poll.untilBlocked(waiter.thread()));
            waiters.get(0).interrupt();
            waiters.get(5).interrupt();
            waiters.get(0).thrown();
            waiters.get(5).thrown();
            gated.release();
            for (int i : new int[] {1, 2, 3, 4, 6, 7}) {
                assertEquals("released", waiters.get(i).join());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_getAndJoinWrapTheFailure(Kind kind) {
        IllegalStateException failure = new IllegalStateException("on purpose");
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                throw failure;
            });
            assertSame(failure, assertThrows(CompletionException.class, task::join).getCause());
            assertSame(failure, assertThrows(ExecutionException.class, task::get).getCause());
            assertSame(failure, assertThrows(ExecutionException.class, () -> task.get(1, TimeUnit.SECONDS)).getCause());
            assertSame(failure, task.failure());
            assertSame(failure, task.exceptionNow());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c1_getAndJoinOfACancelledTaskNameIt(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.yielding(kind, supervisor);
            gated.task().cancel();
            gated.end();
            List<Callable<Object>> waits = List.of(gated.task()::get, gated.task()::join,
                    () -> gated.task().get(1, TimeUnit.SECONDS));
            for (Callable<Object> wait : waits) {
                TaskCancelledException thrown = assertThrows(TaskCancelledException.class, wait::call);
                assertSame(gated.task(), thrown.task());
                assertTrue(thrown.getMessage().contains(gated.task().name()), thrown.getMessage());
            }
        }
    }

    @Test
    void c1_aTimedGetGivesUpAndDisturbsNoTask() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
            assertThrows(TimeoutException.class, () -> gated.task().get(1, TimeUnit.MILLISECONDS));
            assertThrows(TimeoutException.class, () -> gated.task().get(0, TimeUnit.SECONDS));
            assertEquals(Status.RUNNING, gated.task().status());
            gated.release();
            assertEquals("released", gated.task().get(Poll.DEADLINE.toNanos(), TimeUnit.NANOSECONDS));
            assertEquals(0, gated.interrupts());
        }
    }

    // what an interrupt does not reach

    @ParameterizedTest
    @EnumSource(names = {"POOLED", "PER_TASK"})
    void c1_aPlatformThreadInSocketIoFeelsNothingUntilItsSocketIsClosed(Kind kind) throws Exception {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        try (Supervisor supervisor = kind.open()) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            Task<Integer> task = supervisor.spawn(() -> {
                thread.set(Thread.currentThread());
                try (Socket socket = server.accept()) {
                    return socket.getPort();
                }
            });
            Poll.until("begun", () -> thread.get() != null);
            assertTrue(task.cancel());
            assertThrows(TimeoutException.class, () -> task.get(20, TimeUnit.MILLISECONDS));
            assertTrue(thread.get().isInterrupted());
            assertEquals(Status.RUNNING, task.status());
            server.close();
            assertThrows(TaskCancelledException.class, task::join);
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c1_aChannelFeelsTheCancellation(Kind kind) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(); Supervisor supervisor = kind.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            CountDownLatch begun = new CountDownLatch(1);
            Task<Boolean> task = supervisor.spawn(() -> {
                begun.countDown();
                try (SocketChannel channel = server.accept()) {
                    return channel.isOpen();
                }
            });
            Poll.await(begun);
            assertTrue(task.cancel());
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
        }
    }
}
