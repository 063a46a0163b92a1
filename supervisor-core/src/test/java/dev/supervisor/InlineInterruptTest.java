package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLockInterruptionException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C6 where tasks run inside of each other, and of their owner's block: one interrupt bit for several windows. */
class InlineInterruptTest {

    private static final int ROUNDS = 2_000;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Task<?> find(Supervisor supervisor, String name) {
        return supervisor.tasks().stream().filter(task -> task.name().equals(name)).findAny().orElseThrow();
    }

    // a status found

    @Test
    void c6_aStatusFoundByAnInlineTaskStaysSet() {
        AtomicReference<Boolean> inCallback = new AtomicReference<>();
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Thread.currentThread().interrupt();
            Task<Boolean> task = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
            assertTrue(task.resultNow());
            assertTrue(Thread.currentThread().isInterrupted());
            Task<Boolean> outer = supervisor.spawn(() -> {
                Task<Boolean> inner = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
                inner.onDone(t -> inCallback.set(Thread.currentThread().isInterrupted()));
                return inner.resultNow() && Thread.currentThread().isInterrupted();
            });
            assertTrue(outer.resultNow());
            assertEquals(false, inCallback.get());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void c6_aStatusFoundStaysSetWhereAPoolRunsInItsCallerWhatItRefuses() throws InterruptedException {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new SynchronousQueue<>(), Kind::daemon);
        CountDownLatch busy = new CountDownLatch(1);
        try (Supervisor supervisor = Supervisor.builder().executor(pool).open()) {
            supervisor.spawn(() -> busy.await());
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(busy::countDown));
            pool.setRejectedExecutionHandler(new ThreadPoolExecutor.CallerRunsPolicy());
            Thread.currentThread().interrupt();
            Task<Boolean> task = supervisor.spawn(() -> Thread.currentThread().isInterrupted());
            assertTrue(Thread.interrupted());
            assertTrue(task.resultNow());
            busy.countDown();
            supervisor.join();
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void c6_aStatusFoundOutlivesTheInterruptOfAnInlineTask() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Thread.currentThread().interrupt();
            Task<String> task = supervisor.spawn("self", () -> {
                assertTrue(find(supervisor, "self").cancel());
                return "ignores it";
            });
            assertEquals("ignores it", task.resultNow());
            assertTrue(Thread.interrupted());
        }
    }

    // an inner window clears only its own interrupt

    @Test
    void c6_theInterruptOfAnInlineTaskDoesNotReachItsSpawner() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<String> owners = supervisor.spawn("self", () -> {
                assertTrue(find(supervisor, "self").cancel());
                return "ignores it";
            });
            assertFalse(Thread.currentThread().isInterrupted());
            assertEquals(Status.SUCCEEDED, owners.status());
            Task<Boolean> outer = supervisor.spawn(() -> {
                Task<Void> inner = supervisor.spawn("inner", () -> {
                    assertTrue(find(supervisor, "inner").cancel());
                    new CountDownLatch(1).await();
                });
                assertEquals(Status.CANCELLED, inner.status());
                return Thread.currentThread().isInterrupted();
            });
            assertFalse(outer.resultNow());
        }
    }

    @Test
    void c6_anInnerWindowClearsNothingThatItsOuterTaskSetItself() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Boolean> outer = supervisor.spawn(() -> {
                Thread.currentThread().interrupt();
                supervisor.spawn("inner", () -> find(supervisor, "inner").cancel());
                return Thread.interrupted();
            });
            assertTrue(outer.resultNow());
        }
    }

    // delivered again

    /** What the inner task does with an interrupt that was meant for the task around. */
    enum Inner {
        THROWS, SWALLOWS, LEAVES_IT_SET;

        void feel() throws InterruptedException {
            switch (this) {
                case THROWS -> new CountDownLatch(1).await();
                case SWALLOWS -> assertThrows(InterruptedException.class, new CountDownLatch(1)::await);
                case LEAVES_IT_SET -> Poll.until("interrupted", Thread.currentThread()::isInterrupted);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Inner.class)
    void c6_whatWasMeantForTheOuterTaskIsDeliveredWhenTheInnerWindowHasClosed(Inner what) {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        CountDownLatch inInner = new CountDownLatch(1);
        AtomicReference<Task<?>> inner = new AtomicReference<>();
        Background<Boolean> spawner = Background.call(() -> supervisor.spawn("outer", () -> {
            inner.set(supervisor.spawn("inner", () -> {
                inInner.countDown();
                what.feel();
            }));
            boolean once = Thread.interrupted();
            assertFalse(Thread.interrupted());
            return once;
        }).join());
        Poll.await(inInner);
        Task<?> outer = find(supervisor, "outer");
        assertTrue(outer.cancel());
        assertTrue(spawner.join(), "the outer task learns of its cancellation");
        assertEquals(what == Inner.THROWS ? Status.FAILED : Status.SUCCEEDED, inner.get().status(), "it was not asked");
        assertFalse(spawner.leftInterrupted());
        supervisor.close();
    }

    @ParameterizedTest
    @EnumSource(Inner.class)
    void c6_whatWasMeantForTheOuterTaskIsDeliveredThoughItsCancellerIsInTheMiddle(Inner what) {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        CountDownLatch inInner = new CountDownLatch(1);
        CountDownLatch innerClosed = new CountDownLatch(1);
        AtomicReference<Boolean> noticed = new AtomicReference<>(false);
        Background<Void> spawner = Background.run(body -> new CountedThread(body) {
            @Override
            public void interrupt() {
                super.interrupt();
                if (Thread.currentThread() != this) {
                    Poll.await(innerClosed);
                }
            }
        }, () -> supervisor.spawn("outer", () -> {
            supervisor.spawn(() -> {
                inInner.countDown();
                what.feel();
            });
            innerClosed.countDown();
            Poll.spinUntil("the outer task is interrupted", Thread::interrupted);
            noticed.set(true);
        }));
        Poll.await(inInner);
        Background<Boolean> canceller = Background.call(find(supervisor, "outer")::cancel);
        spawner.join();
        assertTrue(canceller.join());
        assertTrue(noticed.get(), "the outer task learns of its cancellation");
        assertFalse(spawner.leftInterrupted());
        supervisor.close();
    }

    @Test
    void c6_anAbortReachesEachOfTheWindowsOfOneThread() {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        CountDownLatch innermost = new CountDownLatch(1);
        List<Boolean> seen = new ArrayList<>();
        List<Task<?>> tasks = new ArrayList<>();
        Background<Void> spawner = Background.run(() -> nest(supervisor, 5, innermost::countDown, seen, tasks));
        Poll.await(innermost);
        supervisor.abort();
        spawner.join();
        assertEquals(List.of(true, true, true, true, true), seen);
        assertFalse(spawner.leftInterrupted());
        tasks.forEach(task -> assertNotEquals(Status.SUCCEEDED, task.status(), "none was left alone"));
        supervisor.close();
    }

    private static void nest(Supervisor supervisor, int depth, Runnable innermost, List<Boolean> seen,
            List<Task<?>> tasks) {
        tasks.add(supervisor.spawn(() -> {
            if (depth > 0) {
                nest(supervisor, depth - 1, innermost, seen, tasks);
                seen.add(Thread.currentThread().isInterrupted());
            } else {
                innermost.run();
            }
            new CountDownLatch(1).await();
        }));
    }

    @Test
    void c6_anInlineTaskThatEndsByAnAbortsInterruptIsCancelledThoughItsOuterTaskWasToldFirst() {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        CountDownLatch innermost = new CountDownLatch(1);
        AtomicReference<Task<?>> inner = new AtomicReference<>();
        Background<Void> spawner = Background.run(body -> new CountedThread(body) {
            @Override
            public void interrupt() {
                super.interrupt();
                if (Thread.currentThread() != this && interrupts() == 1) {
                    // Holds the abort up until the innermost task has cleared the status, which was for the outer one.
                    Poll.until("cleared", () -> !this.isInterrupted());
                }
            }
        }, () -> supervisor.spawn("outer", () -> {
            inner.set(supervisor.spawn("inner", () -> {
                innermost.countDown();
                new CountDownLatch(1).await();
            }));
            new CountDownLatch(1).await();
        }));
        Poll.await(innermost);
        supervisor.abort();
        spawner.join();
        assertEquals(Status.CANCELLED, inner.get().status(), () -> "" + inner.get().failure());
        supervisor.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void c6_anAbortFromTheInnermostReachesEachOfTheWindowsOfItsThread(boolean callback) {
        List<Boolean> seen = new ArrayList<>();
        try (Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open()) {
            supervisor.spawn(() -> {
                supervisor.spawn(() -> {
                    supervisor.spawn("innermost", () -> {
                        if (callback) {
                            find(supervisor, "innermost").onDone(task -> supervisor.abort())
                                    .onDone(task -> seen.add(!Thread.currentThread().isInterrupted()));
                        } else {
                            supervisor.abort();
                            seen.add(Thread.currentThread().isInterrupted());
                        }
                    });
                    seen.add(Thread.interrupted());
                });
                seen.add(Thread.interrupted());
            });
            assertEquals(List.of(true, true, true), seen);
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void c6_whatWasMeantForTheOwnerIsDeliveredWhenTheInlineTaskHasEnded() {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch innermost = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        List<Boolean> seen = new ArrayList<>();
        List<Task<?>> tasks = new ArrayList<>();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
                opened.set(supervisor);
                nest(supervisor, 2, () -> {
                    innermost.countDown();
                    Poll.await(asked);   // so that the owner, too, is interrupted while the tasks stand on its thread
                }, seen, tasks);
                new CountDownLatch(1).await();
            }
        });
        Poll.await(innermost);
        Background<Void> closer = Background.run(opened.get()::shutdown);
        closer.untilBlocked();
        asked.countDown();
        closer.join();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertFalse(owner.leftInterrupted());
        assertEquals(List.of(true, true), seen);
        tasks.forEach(task -> assertNotEquals(Status.SUCCEEDED, task.status(), "none was left alone"));
    }

    @Test
    void c6_whatWasMeantForTheOwnerIsTakenBackAfterAnInlineTask() {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch inner = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
                opened.set(supervisor);
                supervisor.spawn(() -> {
                    inner.countDown();
                    new CountDownLatch(1).await();
                });
                supervisor.join();
            }
        });
        Poll.await(inner);
        opened.get().shutdown();
        owner.join();
        assertFalse(owner.leftInterrupted());
    }

    // races

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void c6_aCancelThatMeetsTheEndOfAnInlineTaskLeavesTheSpawnersStatusAsItWas(boolean found) throws Exception {
        try (TwoThreadRace race = new TwoThreadRace(); Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            for (int i = 0; i < ROUNDS; i++) {
                AtomicReference<Task<?>> self = new AtomicReference<>();
                race.round(() -> {
                    if (found) {
                        Thread.currentThread().interrupt();
                    }
                    supervisor.spawn("self", () -> {
                        self.set(find(supervisor, "self"));
                        TwoThreadRace.jitter();
                    });
                    assertEquals(found, Thread.currentThread().isInterrupted());
                }, () -> {
                    Poll.spinUntil("begun", () -> self.get() != null);
                    TwoThreadRace.jitter();
                    self.get().cancel();
                });
                assertEquals(found, Thread.interrupted(), "in round " + i);
            }
        }
    }

    @Test
    void c6_aCancelOfTheOuterTaskThatMeetsTheEndOfTheInnerIsNotLost() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace(); Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            for (int i = 0; i < ROUNDS; i++) {
                AtomicReference<Task<?>> outer = new AtomicReference<>();
                race.round(() -> supervisor.spawn("outer", () -> {
                    outer.set(find(supervisor, "outer"));
                    supervisor.spawn(TwoThreadRace::jitter);
                    Poll.spinUntil("the outer task is interrupted", Thread::interrupted);
                }), () -> {
                    Poll.spinUntil("begun", () -> outer.get() != null);
                    TwoThreadRace.jitter();
                    assertTrue(outer.get().cancel());
                });
                assertEquals(Status.SUCCEEDED, outer.get().status());
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
            }
        }
    }

    @Test
    void c6_aShutdownThatMeetsTheEndOfAnInlineTaskIsNotLostOnTheOwner() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < ROUNDS; i++) {
                Supervisor supervisor = Kind.CALLER_RUNS.open();
                AtomicReference<Boolean> begun = new AtomicReference<>();
                race.round(() -> {
                    supervisor.spawn(() -> {
                        begun.set(true);
                        TwoThreadRace.jitter();
                        Thread.interrupted(); // the owner gets its interrupt even if this call has cleared it
                    });
                    Poll.spinUntil("the owner's block is interrupted", Thread::interrupted);
                    supervisor.close();
                }, () -> {
                    Poll.spinUntil("begun", () -> begun.get() != null);
                    TwoThreadRace.jitter();
                    supervisor.shutdown();
                });
                assertFalse(Thread.interrupted(), "a stray interrupt, in round " + i);
            }
        }
    }

    // ended by an interrupt, without a request to cancel

    static Stream<Throwable> interruptions() {
        return Stream.of(new InterruptedException("on purpose"), new ClosedByInterruptException(),
                new IllegalStateException(new InterruptedException("a cause")),
                new IllegalStateException(new IllegalStateException(new ClosedByInterruptException())),
                new InterruptedIOException("on purpose"), new FileLockInterruptionException(),
                new UncheckedIOException(new InterruptedIOException("a cause")),
                suppressing(new InterruptedException("and a clean-up has failed"), new IOException("on purpose")),
                new IllegalStateException(suppressing(new InterruptedIOException(), new IOException("on purpose"))));
    }

    private static Exception suppressing(Exception thrown, Exception suppressed) {
        thrown.addSuppressed(suppressed);
        return thrown;
    }

    /** Throwables that report no interrupt; some count as a cancellation if asked; one has suppressed an interrupt. */
    static Stream<Exception> others() {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
        supervisor.abort();
        RejectedExecutionException refusal =
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        return Stream.of(refusal, new CompletionException(refusal), new CancellationException(),
                new IllegalStateException(new CancellationException()), new SocketTimeoutException(),
                new IOException(new SocketTimeoutException()), new ClosedChannelException(),
                new SocketException("Connection reset"),
                suppressing(new IllegalStateException(), new InterruptedException("suppressed")));
    }

    @ParameterizedTest
    @MethodSource("others")
    void c6_anInlineTaskThatEndsByNoInterruptSetsNothing(Exception thrown) {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Void> task = supervisor.spawn(() -> {
                throw thrown;
            });
            assertTrue(task.isDone());
            assertFalse(Thread.interrupted());
        }
    }

    @ParameterizedTest
    @MethodSource("interruptions")
    void c6_anInlineTaskThatEndsByAnInterruptNotMeantForItSetsTheStatusAgain(Throwable interruption) {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<Void> task = supervisor.spawn(() -> {
                throw (Exception) interruption;
            });
            assertEquals(Status.FAILED, task.status());
            assertSame(interruption, task.failure());
            assertTrue(Thread.interrupted(), "its spawner learns of the interrupt");
        }
    }

    @Test
    void c6_anInterruptFromOutsideThatEndsAnInlineTaskReachesTheOwner() {
        CountDownLatch inner = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
                Task<Void> task = supervisor.spawn(() -> {
                    inner.countDown();
                    new CountDownLatch(1).await();
                });
                assertEquals(Status.FAILED, task.status());
                new CountDownLatch(1).await();
            }
        });
        Poll.await(inner);
        owner.interrupt();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertFalse(owner.leftInterrupted());
    }

    @Test
    void c6_anInlineTaskThatFailsOtherwiseSetsNothing() {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            supervisor.spawn(() -> {
                throw new IllegalStateException("on purpose");
            });
            assertFalse(Thread.currentThread().isInterrupted());
            Task<Void> cancelled = supervisor.spawn("self", () -> {
                find(supervisor, "self").cancel();
                new CountDownLatch(1).await();
            });
            assertEquals(Status.CANCELLED, cancelled.status());
            assertFalse(Thread.currentThread().isInterrupted(), "this one was asked");
        }
    }
}
