package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code onDone} promises: E4. */
class CallbackTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A task that is not done until the latch is released; on a caller-runs executor the spawn would wait for that. */
    private static Task<String> held(Supervisor supervisor, CountDownLatch release) {
        return supervisor.spawn(() -> {
            Poll.await(release);
            return "result";
        });
    }

    /** Registers a callback with the task that runs now: on any kind of thread that is before the task is done. */
    private static void onSelf(Supervisor supervisor, Consumer<Task<?>> callback) {
        Task<?> self = supervisor.tasks().get(0);
        assertEquals(Status.RUNNING, self.status());
        assertSame(self, self.onDone(callback::accept));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_callbacksRunInTheOrderOfRegistrationOnTheTasksThread(Kind kind) throws Exception {
        ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
        AtomicReference<Thread> bodyThread = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                bodyThread.set(Thread.currentThread());
                for (int i = 0; i < 100; i++) {
                    int number = i;
                    onSelf(supervisor, task -> {
                        order.add(number);
                        threads.add(Thread.currentThread());
                    });
                }
                assertTrue(order.isEmpty());
            });
            supervisor.join();
            assertEquals(IntStream.range(0, 100).boxed().toList(), List.copyOf(order));
            for (Thread thread : threads) {
                assertSame(bodyThread.get(), thread);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_aCallbackSeesTheTaskDoneWithItsOutcome(Kind kind) throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();
        IllegalStateException failure = new IllegalStateException("on purpose");
        AtomicReference<Throwable> seenFailure = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            assertSame(task, task.onDone(done -> {
                assertSame(task, done);
                assertTrue(done.isDone());
                seen.set(done.status() + " " + done.resultNow() + " " + done.join());
            }));
            supervisor.spawn(() -> {
                throw failure;
            }).onDone(done -> seenFailure.set(done.failure()));
            supervisor.join();
            assertEquals("SUCCEEDED result result", seen.get());
            assertSame(failure, seenFailure.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_inACallbackTheTasksOwnGetReturnsAtOnceAndCancelIsTooLate(Kind kind) throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                onSelf(supervisor, done -> {
                    try {
                        seen.set(done.get() + " " + done.get(0, TimeUnit.SECONDS) + " " + done.cancel());
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                return "result";
            });
            supervisor.join();
            assertEquals("result result false", seen.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_onADoneTaskTheCallbackRunsAtOnceOnTheRegisteringThread(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            Poll.until("nothing live", () -> supervisor.liveCount() == 0);
            List<Thread> threads = new ArrayList<>();
            task.onDone(done -> threads.add(Thread.currentThread()))
                    .onDone(done -> threads.add(Thread.currentThread()));
            assertEquals(List.of(Thread.currentThread(), Thread.currentThread()), threads);
            supervisor.join();
            task.onDone(done -> threads.add(Thread.currentThread()));
            assertEquals(3, threads.size());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_onADoneTaskTheCallersInterruptIsSetAsideAndRestored(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            supervisor.join();
            AtomicBoolean clear = new AtomicBoolean();
            Thread.currentThread().interrupt();
            task.onDone(done -> clear.set(!Thread.currentThread().isInterrupted()));
            assertTrue(Thread.interrupted(), "restored");
            assertTrue(clear.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_theTasksOwnInterruptDoesNotReachItsCallbacks(Kind kind) throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                onSelf(supervisor, done -> seen.set(done.status() + " " + Thread.currentThread().isInterrupted()));
                assertTrue(supervisor.tasks().get(0).cancel());
                assertTrue(Thread.currentThread().isInterrupted());
                return "leaves with the interrupt pending";
            });
            assertFalse(Thread.currentThread().isInterrupted());
            supervisor.join();
            assertEquals("SUCCEEDED false", seen.get());
        }
    }

    @Test
    void e4_anInterruptThatTheInlineBodyKeepsIsSetAsideForTheCallbackAndRestored() throws Exception {
        AtomicReference<Boolean> seen = new AtomicReference<>();
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            supervisor.spawn(() -> {
                onSelf(supervisor, done -> seen.set(Thread.currentThread().isInterrupted()));
                Thread.currentThread().interrupt();
            });
            assertTrue(Thread.interrupted(), "restored");
            supervisor.join();
            assertEquals(false, seen.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_anInterruptSetByOneCallbackDoesNotReachTheNext(Kind kind) throws Exception {
        AtomicReference<Boolean> seen = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                onSelf(supervisor, done -> Thread.currentThread().interrupt());
                onSelf(supervisor, done -> seen.set(Thread.currentThread().isInterrupted()));
            });
            Thread.interrupted();
            supervisor.join();
            assertEquals(false, seen.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e4_getMayReturnWhileCallbacksRunButTheTaskIsStillLive(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch releaseCallback = new CountDownLatch(1);
        Supervisor supervisor = kind.builder().unowned().open();
        Task<String> task = held(supervisor, release);
        task.onDone(done -> {
            inCallback.countDown();
            Poll.await(releaseCallback);
        });
        release.countDown();
        Poll.await(inCallback);
        assertEquals("result", task.get());
        assertTrue(task.isDone());
        assertEquals(1, supervisor.liveCount());
        assertEquals(List.of(task), supervisor.tasks());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.untilBlocked(joiner.thread());
        assertFalse(joiner.hasEnded());
        releaseCallback.countDown();
        joiner.join();
        assertEquals(0, supervisor.liveCount());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e4_allCallbacksHaveRunBeforeJoinReturns(Kind kind) throws Exception {
        AtomicInteger called = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            for (int i = 0; i < 20; i++) {
                Task<?> task = held(supervisor, release);
                for (int j = 0; j < 10; j++) {
                    task.onDone(done -> {
                        Thread.yield();
                        called.incrementAndGet();
                    });
                }
            }
            release.countDown();
            supervisor.join();
            assertEquals(200, called.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_aThrowingCallbackIsReportedWrappedAndStopsNobody(Kind kind) throws Exception {
        List<Throwable> thrown = List.of(
                new IllegalStateException("a callback's"),
                new AssertionError("a callback's"),
                new StackOverflowError("a callback's"));
        AtomicInteger others = new AtomicInteger();
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            AtomicReference<Thread> bodyThread = new AtomicReference<>();
            Task<String> task = supervisor.spawn(() -> {
                bodyThread.set(Thread.currentThread());
                for (Throwable throwable : thrown) {
                    onSelf(supervisor, done -> others.incrementAndGet());
                    onSelf(supervisor, done -> Sneaky.<RuntimeException>sneak(throwable));
                }
                onSelf(supervisor, done -> others.incrementAndGet());
                return "undisturbed";
            });
            supervisor.join();
            assertEquals("undisturbed", task.get());
            assertEquals(4, others.get());
            assertEquals(3, uncaught.seen().size());
            for (int i = 0; i < 3; i++) {
                assertNotSame(thrown.get(i), uncaught.seen().get(i));
                assertSame(thrown.get(i), uncaught.seen().get(i).getCause());
                assertSame(bodyThread.get(), uncaught.threads().get(i));
                assertEquals(0, thrown.get(i).getSuppressed().length);
            }
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_aThrowingCallbackOfAFailedTaskMutatesNeitherThrowable(Kind kind) throws Exception {
        IllegalStateException failure = new IllegalStateException("the body's");
        IllegalStateException other = new IllegalStateException("the callback's");
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> {
                onSelf(supervisor, done -> {
                    throw other;
                });
                onSelf(supervisor, done -> {
                    throw failure;
                });
                throw failure;
            });
            supervisor.join();
            assertSame(failure, task.failure());
            assertEquals(1, uncaught.wrapping(other));
            assertEquals(1, uncaught.wrapping(failure));
            for (Throwable throwable : List.of(failure, other)) {
                assertEquals(0, throwable.getSuppressed().length);
                assertSame(null, throwable.getCause());
            }
        }
    }

    @Test
    void e4_theSameThrowableFromTwoCallbacksIsReportedTwiceInTwoWrappers() throws Exception {
        IllegalStateException shared = new IllegalStateException("shared");
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            for (int i = 0; i < 2; i++) {
                supervisor.spawn(() -> onSelf(supervisor, done -> {
                    throw shared;
                }));
            }
            supervisor.join();
            assertEquals(2, uncaught.wrapping(shared));
            assertNotSame(uncaught.seen().get(0), uncaught.seen().get(1));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_aCallbackThatThrowsOnADoneTaskIsReportedNotThrownAtTheRegistrant(Kind kind) throws Exception {
        AssertionError thrown = new AssertionError("too late");
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            supervisor.join();
            assertSame(task, task.onDone(done -> {
                throw thrown;
            }));
            assertEquals(1, uncaught.wrapping(thrown));
            assertSame(Thread.currentThread(), uncaught.threads().get(0));
        }
    }

    @Test
    void e4_theThreadsOwnUncaughtHandlerIsAsked() throws Exception {
        AtomicReference<Throwable> reported = new AtomicReference<>();
        IllegalStateException thrown = new IllegalStateException("a callback's");
        Supervisor.Builder builder = Supervisor.builder().threadFactory(task -> {
            Thread thread = Kind.daemon(task);
            thread.setUncaughtExceptionHandler((on, throwable) -> reported.set(throwable));
            return thread;
        });
        try (Supervisor supervisor = builder.open()) {
            supervisor.spawn(() -> onSelf(supervisor, done -> {
                throw thrown;
            }));
            supervisor.join();
            assertSame(thrown, reported.get().getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_anUncaughtHandlerThatThrowsStopsNobodyEither(Kind kind) throws Exception {
        AtomicInteger others = new AtomicInteger();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, throwable) -> {
            throw new AssertionError("a broken handler");
        });
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                onSelf(supervisor, done -> {
                    throw new IllegalStateException("a callback's");
                });
                onSelf(supervisor, done -> others.incrementAndGet());
                return "undisturbed";
            });
            supervisor.join();
            assertEquals("undisturbed", task.get());
            assertEquals(1, others.get());
            assertEquals(0, supervisor.liveCount());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_aCallbackRegisteredByACallbackRunsAtOnce(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                onSelf(supervisor, done -> {
                    done.onDone(again -> events.add("inner"));
                    events.add("outer");
                });
            });
            supervisor.join();
            assertEquals(List.of("inner", "outer"), events);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e4_aHundredThousandCallbacksOfOneTask(Kind kind) throws Exception {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger misplaced = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                Task<?> self = supervisor.tasks().get(0);
                for (int i = 0; i < 100_000; i++) {
                    int number = i;
                    self.onDone(done -> {
                        if (next.getAndIncrement() != number) {
                            misplaced.incrementAndGet();
                        }
                    });
                }
            });
            supervisor.join();
            assertEquals(100_000, next.get());
            assertEquals(0, misplaced.get());
        }
    }

    /** A callback that is a latch, too; the library must not use it as one. */
    private static final class LatchToo extends CountDownLatch implements Consumer<Task<?>> {
        private final AtomicInteger calls = new AtomicInteger();

        LatchToo() {
            super(2);
        }

        @Override
        public void accept(Task<?> task) {
            calls.incrementAndGet();
        }
    }

    @Test
    void e4_aCallbackThatIsALatchTooIsACallback() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            LatchToo callback = new LatchToo();
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.onDone(callback);
            Background<Integer> waiter = Background.call(() -> task.get(5, TimeUnit.SECONDS));
            Poll.untilBlocked(waiter.thread());
            executor.runAll();
            assertEquals(1, callback.calls.get());
            assertEquals(2, callback.getCount(), "not touched");
            assertEquals(1, waiter.join());
            supervisor.join();
        }
    }

    @Test
    void e4_theCallbacksOfANeverStartedTaskRunOnTheThreadThatCancelsIt() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            List<Thread> threads = new ArrayList<>();
            AtomicBoolean clear = new AtomicBoolean();
            Task<?> task = supervisor.spawn(() -> 1);
            task.onDone(done -> {
                threads.add(Thread.currentThread());
                clear.set(!Thread.currentThread().isInterrupted());
            });
            Thread.currentThread().interrupt();
            task.cancel();
            assertTrue(Thread.interrupted(), "restored");
            assertTrue(clear.get());
            assertEquals(List.of(Thread.currentThread()), threads);

            Task<?> other = supervisor.spawn(() -> 1);
            other.onDone(done -> threads.add(Thread.currentThread()));
            Background<Void> background = Background.run(() -> other.cancel());
            background.join();
            assertSame(background.thread(), threads.get(1));
            supervisor.join();
        }
    }

    @Test
    void e4_aThrowingCallbackOfACancelledTaskIsNotThrownAtTheCanceller() throws Exception {
        IllegalStateException thrown = new IllegalStateException("a callback's");
        AtomicInteger others = new AtomicInteger();
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Task<?> task = supervisor.spawn(() -> 1);
                task.onDone(done -> {
                    throw thrown;
                }).onDone(done -> others.incrementAndGet());
                tasks.add(task);
            }
            assertTrue(tasks.get(0).cancel());
            supervisor.abort();
            supervisor.join();
            assertEquals(3, others.get());
            assertEquals(3, uncaught.wrapping(thrown));
        }
    }

    @Test
    void e4_callbacksRunInTheOrderOfRegistrationAroundWaitsAndFutures() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            List<String> called = new ArrayList<>();
            Task<Integer> task = supervisor.spawn(() -> 1);
            task.onDone(done -> called.add("one")).onDone(done -> called.add("two"));
            assertThrows(TimeoutException.class, () -> task.get(0, TimeUnit.SECONDS));
            task.onDone(done -> called.add("three"));
            task.toCompletableFuture().thenRun(() -> called.add("future"));
            task.onDone(done -> called.add("four")).onDone(done -> called.add("five"));
            task.toCompletableFuture().thenRun(() -> called.add("another"));
            executor.runAll();
            assertEquals(List.of("future", "another", "one", "two", "three", "four", "five"), called);
            supervisor.join();
        }
    }
}
