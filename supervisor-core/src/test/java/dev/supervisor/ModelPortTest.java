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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The behaviours that aiotools tests of its supervisor and of its other scopes. The second half has one test for each
 * fault that was observed in aiotools, and shows what this library does in that case.
 */
class ModelPortTest {

    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private static Task<Integer> after(Supervisor supervisor, CountDownLatch start, int result) {
        return supervisor.spawn(() -> {
            start.await();
            return result;
        });
    }

    private static Task<Integer> failAfter(Supervisor supervisor, CountDownLatch start) {
        return supervisor.spawn(() -> {
            start.await();
            throw new Failure();
        });
    }

    // ---- a failure disturbs no other task

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void keepsRunningAfterAFailure(Kind kind) throws Exception {
        List<String> seen = new ArrayList<>();
        kind.builder().run(supervisor -> {
            Task<Void> task = supervisor.spawn(() -> {
                throw new Failure();
            });
            Poll.until("failed", task::isDone);
            assertEquals(Status.FAILED, task.status());
            assertEquals(State.ENTERED, supervisor.state());
            assertEquals("still accepted", supervisor.spawn(() -> "still accepted").get());
            seen.add("end of the block");
        });
        seen.add("after the block");
        assertEquals(List.of("end of the block", "after the block"), seen);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void partialFailureLeavesTheOthersTheirResults(Kind kind) throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch third = new CountDownLatch(1);
        List<Task<Integer>> tasks = new CopyOnWriteArrayList<>();
        List<Integer> steps = new ArrayList<>();
        kind.builder().run(supervisor -> {
            tasks.add(after(supervisor, first, 1));
            tasks.add(failAfter(supervisor, second));
            tasks.add(after(supervisor, third, 3));
            first.countDown();
            Poll.until("1 done", tasks.get(0)::isDone);
            steps.add(4);
            second.countDown();
            Poll.until("2 done", tasks.get(1)::isDone);
            steps.add(5);
            assertFalse(tasks.get(2).isDone());
            third.countDown();
        });
        assertEquals(List.of(4, 5), steps);
        assertEquals(1, tasks.get(0).get());
        assertInstanceOf(Failure.class, tasks.get(1).failure());
        assertEquals(3, tasks.get(2).get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void childThatCancelsItselfIsCancelledAlone(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        List<Task<?>> tasks = new CopyOnWriteArrayList<>();
        kind.builder().onFailure((task, failure) -> reported.add(failure)).run(supervisor -> {
            tasks.add(after(supervisor, gate, 1));
            tasks.add(supervisor.spawn(() -> {
                throw new CancellationException();
            }));
            tasks.add(after(supervisor, gate, 3));
            Poll.until("cancelled", tasks.get(1)::isDone);
            assertTrue(tasks.get(1).isCancelled());
            assertEquals(State.ENTERED, supervisor.state());
            gate.countDown();
        });
        assertEquals(1, tasks.get(0).get());
        assertThrows(TaskCancelledException.class, tasks.get(1)::get);
        assertNull(tasks.get(1).failure());
        assertEquals(3, tasks.get(2).get());
        assertEquals(List.of(), List.copyOf(reported));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void tasksAreNamedCountedAndForgotten(Kind kind) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger count = new AtomicInteger();
        kind.builder().run(supervisor -> {
            for (int i = 0; i < 10; i++) {
                assertEquals("Task-" + i, supervisor.spawn("Task-" + i, () -> {
                    gate.await();
                    count.incrementAndGet();
                }).name());
            }
            assertEquals(10, supervisor.liveCount());
            assertEquals(10, supervisor.tasks().size());
            gate.countDown();
            Poll.until("none live", () -> supervisor.liveCount() == 0);
            assertEquals(10, count.get());
            assertEquals(List.of(), supervisor.tasks());
            assertEquals(State.ENTERED, supervisor.state());
        });
        assertEquals(10, count.get());
    }

    // ---- cancelled from outside

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void timeoutOutsideBeforeTheFailureCancelsTheRest(Kind kind) {
        timeout(kind, false);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void timeoutOutsideAfterTheFailureCancelsTheRest(Kind kind) {
        timeout(kind, true);
    }

    /** One task has ended in time; one has failed, or waits to fail; one is too slow. The owner is then interrupted. */
    private void timeout(Kind kind, boolean afterFailure) {
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        List<Task<Integer>> tasks = new CopyOnWriteArrayList<>();
        CountDownLatch now = new CountDownLatch(0);
        AtomicBoolean reachedEnd = new AtomicBoolean();
        Supervisor.Builder builder = kind.builder().onFailure((task, failure) -> reported.add(failure));
        Background<Void> owner = Background.run(() -> builder.run(supervisor -> {
            tasks.add(after(supervisor, now, 1));
            tasks.add(failAfter(supervisor, afterFailure ? now : never));
            tasks.add(after(supervisor, never, 3));
            Poll.until("1 done", tasks.get(0)::isDone);
            Poll.until("2 done", () -> !afterFailure || tasks.get(1).isDone());
            never.await();
            reachedEnd.set(true);
        }));
        owner.untilBlocked();
        Poll.until("the block waits", () -> tasks.size() == 3 && tasks.get(0).isDone()
                && (!afterFailure || tasks.get(1).isDone()));
        owner.interrupt();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertFalse(owner.leftInterrupted(), "thrown once, and not twice");
        assertFalse(reachedEnd.get());
        assertEquals(1, tasks.get(0).join());
        assertEquals(afterFailure ? Status.FAILED : Status.CANCELLED, tasks.get(1).status());
        assertEquals(Status.CANCELLED, tasks.get(2).status());
        assertEquals(afterFailure ? 1 : 0, reported.size());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void cancelledFromOutsideWaitsForSlowCleanUp(Kind kind) {
        CountDownLatch cleaning = new CountDownLatch(10);
        CountDownLatch clean = new CountDownLatch(1);
        AtomicInteger cleaned = new AtomicInteger();
        Background<Void> owner = Background.blockedIn(() -> kind.builder().run(supervisor -> {
            CountDownLatch running = new CountDownLatch(10);
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> {
                    running.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        cleaning.countDown();
                        Poll.await(clean);
                        cleaned.incrementAndGet();
                        throw e;
                    }
                });
            }
            Poll.await(running);
        }));
        owner.interrupt();
        Poll.await(cleaning);
        owner.untilBlocked();
        assertEquals(0, cleaned.get());
        clean.countDown();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertEquals(10, cleaned.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void shutdownFromAnotherThreadCancelsWaitsAndEndsTheBody(Kind kind) {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        CountDownLatch clean = new CountDownLatch(1);
        CountDownLatch cleaning = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> {
            seen.add("begin");
            supervisor.spawn(() -> seen.add("s1")).get();
            CountDownLatch running = new CountDownLatch(1);
            supervisor.spawn(() -> {
                running.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    cleaning.countDown();
                    Poll.await(clean);
                    seen.add("cancelled s2");
                    throw e;
                }
            });
            running.await();
            opened.set(supervisor);
            never.await();
            seen.add("end");
        }));
        Poll.until("opened", () -> opened.get() != null);
        Background<Void> closer = Background.run(() -> {
            opened.get().shutdown();
            seen.add("shutdown done");
        });
        Poll.await(cleaning);
        closer.untilBlocked();
        clean.countDown();
        closer.join();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertEquals(List.of("begin", "s1", "cancelled s2", "shutdown done"), List.copyOf(seen));
        assertEquals(State.FINISHED, opened.get().state());
    }

    @Test
    void cancelledBeforeTheyAreScheduledTheyNeverRun() {
        Deque<Runnable> queue = new ArrayDeque<>();
        AtomicInteger count = new AtomicInteger();
        List<Task<?>> tasks = new CopyOnWriteArrayList<>();
        List<Task<?>> called = new ArrayList<>();
        Supervisor supervisor = Supervisor.builder().executor(queue::add).open();
        for (int i = 0; i < 10; i++) {
            Task<Integer> task = supervisor.spawn(count::incrementAndGet);
            tasks.add(task.onDone(called::add));
        }
        assertEquals(10, supervisor.liveCount());
        supervisor.close();
        assertEquals(0, supervisor.liveCount());
        queue.forEach(Runnable::run);
        assertEquals(0, count.get());
        tasks.forEach(task -> assertTrue(task.isCancelled()));
        assertEquals(tasks.size(), called.size());
        assertTrue(called.containsAll(tasks));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void cancelledAfterTheirStartTheyAreAwaited(Kind kind) {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger through = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> {
                    begun.incrementAndGet();
                    never.await();
                    through.incrementAndGet();
                });
            }
            Poll.until("all run", () -> begun.get() == 10);
            assertEquals(10, supervisor.liveCount());
            supervisor.abort();
            Poll.until("none live", () -> supervisor.liveCount() == 0);
            assertEquals(0, through.get());
        }
    }

    // ---- the handler

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void everyFailureIsHandled(Kind kind) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        kind.builder().onFailure((task, failure) -> {
            assertInstanceOf(Failure.class, failure);
            handled.incrementAndGet();
        }).run(supervisor -> {
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> {
                    throw new Failure();
                });
            }
        });
        assertEquals(10, handled.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void handlerThatFailsDisturbsNobody(Kind kind) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
        try {
            IllegalStateException broken = new IllegalStateException("the handler is broken");
            List<Task<String>> good = new ArrayList<>();
            kind.builder().onFailure((task, failure) -> {
                handled.incrementAndGet();
                throw broken;
            }).run(supervisor -> {
                for (int i = 0; i < 10; i++) {
                    supervisor.spawn(() -> {
                        throw new Failure();
                    });
                    good.add(supervisor.spawn(() -> "good"));
                }
            });
            assertEquals(10, handled.get());
            assertEquals(10, uncaught.size());
            for (Throwable thrown : uncaught) {
                assertSame(broken, thrown.getCause(), "wrapped, so that the user's throwable is not touched");
            }
            assertEquals(0, broken.getSuppressed().length);
            for (Task<String> task : good) {
                assertEquals("good", task.get());
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    // ---- admission, as the model's source has it

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void nothingIsAcceptedAfterTheEndNorWhileShuttingDown(Kind kind) {
        Supervisor supervisor = kind.builder().name("port").open();
        supervisor.abort();
        assertRejected(supervisor, "is shutting down");
        supervisor.close();
        assertRejected(supervisor, "is finished");
    }

    private static void assertRejected(Supervisor supervisor, String reason) {
        String message = assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1)).getMessage();
        assertTrue(message.contains("port") && message.contains(reason), message);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void acceptsWhileItExitsAsLongAsATaskLives(Kind kind) throws Exception {
        AtomicReference<Task<String>> followUp = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                Poll.until("exiting", () -> supervisor.state() == State.EXITING);
                followUp.set(supervisor.spawn(() -> "spawned while the owner waited"));
            });
            supervisor.join();
            assertEquals("spawned while the owner waited", followUp.get().resultNow());
        }
    }

    // ---- faults of the model, and what happens here

    private static Supervisor.Builder quiet(Kind kind) {
        return kind.builder().onFailure(FailureHandler.ignore());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void fatalErrorAbortsTheSiblingsAndIsThrownByTheExit(Kind kind) {
        InternalError fatal = new InternalError("fatal");
        AtomicReference<Task<Void>> sibling = new AtomicReference<>();
        AtomicBoolean reachedEnd = new AtomicBoolean();
        Background<Void> owner = Background.run(() -> quiet(kind).run(supervisor -> {
            CountDownLatch running = new CountDownLatch(1);
            sibling.set(supervisor.spawn(() -> {
                running.countDown();
                never.await();
            }));
            running.await();
            supervisor.spawn(() -> {
                throw fatal;
            });
            never.await();
            reachedEnd.set(true);
        }));
        assertSame(fatal, owner.thrown());
        assertFalse(owner.leftInterrupted());
        assertFalse(reachedEnd.get());
        assertEquals(Status.CANCELLED, sibling.get().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void fatalErrorSurvivesAThrowingHandler(Kind kind) {
        InternalError fatal = new InternalError("fatal");
        Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
        try {
            AtomicReference<Task<Void>> sibling = new AtomicReference<>();
            Background<Void> owner = Background.run(() -> kind.builder().onFailure((task, failure) -> {
                throw new IllegalStateException("the handler is broken");
            }).run(supervisor -> {
                CountDownLatch running = new CountDownLatch(1);
                sibling.set(supervisor.spawn(() -> {
                    running.countDown();
                    never.await();
                }));
                running.await();
                supervisor.spawn(() -> {
                    throw fatal;
                });
                never.await();
            }));
            assertSame(fatal, owner.thrown());
            assertEquals(Status.CANCELLED, sibling.get().status());
            assertEquals(1, uncaught.size(), () -> "the handler's own failure is reported, nothing else: " + uncaught);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void closingFromInsideOfATaskIsRefusedAndHangsNobody(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().unowned().open()) {
            Task<List<State>> task = supervisor.spawn(() -> {
                List<State> states = new ArrayList<>();
                for (Action exit : List.<Action>of(supervisor::shutdown, supervisor::close, supervisor::join)) {
                    String advice = assertThrows(IllegalStateException.class, exit::run).getMessage();
                    assertTrue(advice.contains("abort()"), advice);
                    states.add(supervisor.state());
                }
                return states;
            });
            assertEquals(List.of(State.ENTERED, State.ENTERED, State.ENTERED), task.get());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void interruptedShutdownBesideAWaitingOwnerLosesNoWakeUp(Kind kind) {
        CountDownLatch clean = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                supervisor.spawn(() -> {
                    running.countDown();
                    Poll.await(clean); // ignores its interrupt
                });
                opened.set(supervisor);
                supervisor.join();
            }
        });
        Poll.await(running);
        Poll.until("opened", () -> opened.get() != null);
        owner.untilBlocked();
        Background<Void> closer = Background.blockedIn(() -> opened.get().shutdown());
        closer.interrupt();
        Background<Void> second = Background.blockedIn(() -> opened.get().shutdown());
        clean.countDown();
        owner.join();
        closer.join();
        second.join();
        assertTrue(closer.leftInterrupted());
        assertFalse(second.leftInterrupted());
        assertFalse(owner.leftInterrupted());
        assertEquals(State.FINISHED, opened.get().state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void interruptOfALoneCloserIsNotSwallowed(Kind kind) {
        for (boolean close : List.of(true, false)) {
            CountDownLatch clean = new CountDownLatch(1);
            CountDownLatch running = new CountDownLatch(1);
            Supervisor supervisor = kind.builder().unowned().open();
            Task<Void> task = supervisor.spawn(() -> {
                running.countDown();
                Poll.await(clean);
            });
            Poll.await(running);
            Background<Void> closer = Background.blockedIn(close ? supervisor::close : supervisor::shutdown);
            closer.interrupt();
            assertFalse(task.isDone());
            clean.countDown();
            closer.join();
            assertTrue(closer.leftInterrupted(), close ? "after close" : "after shutdown");
            assertEquals(Status.SUCCEEDED, task.status());
            supervisor.close();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void errorRaisedWhileBeingCancelledIsReported(Kind kind) {
        Failure inCleanUp = new Failure();
        AtomicReference<Throwable> reported = new AtomicReference<>();
        AtomicReference<Task<Void>> task = new AtomicReference<>();
        CountDownLatch running = new CountDownLatch(1);
        try (Supervisor supervisor = kind.builder().onFailure((failed, failure) -> reported.set(failure)).open()) {
            task.set(supervisor.spawn(() -> {
                running.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw inCleanUp;
                }
            }));
            Poll.await(running);
        }
        assertEquals(Status.FAILED, task.get().status());
        assertSame(inCleanUp, task.get().failure());
        assertSame(inCleanUp, reported.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void cancelledBodyCancelsEveryTask(Kind kind) {
        List<Task<Void>> tasks = new CopyOnWriteArrayList<>();
        CountDownLatch running = new CountDownLatch(5);
        Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> {
            for (int i = 0; i < 5; i++) {
                tasks.add(supervisor.spawn(() -> {
                    running.countDown();
                    never.await();
                }));
            }
            running.await();
            never.await();
        }));
        Poll.await(running);
        owner.interrupt();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        tasks.forEach(task -> assertEquals(Status.CANCELLED, task.status()));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void bodyThatIsCancelledWhileItExitsCancelsEveryTask(Kind kind) {
        AtomicReference<Task<Void>> task = new AtomicReference<>();
        CountDownLatch running = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> kind.builder().run(supervisor -> task.set(supervisor.spawn(() -> {
            running.countDown();
            never.await();
        }))));
        Poll.await(running);
        owner.untilBlocked();
        owner.interrupt();
        owner.interrupt();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertEquals(Status.CANCELLED, task.get().status());
    }
}
