package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A decorator wraps the body: E10. RefusalTest (A6) has decorators that throw or return null, and so refuse. */
class DecoratorTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_decorateRunsOnTheSpawningThreadAndTheResultOnTheTasks(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Thread> decorating = new AtomicReference<>();
        AtomicReference<Thread> running = new AtomicReference<>();
        AtomicReference<Thread> body = new AtomicReference<>();
        TaskDecorator decorator = task -> {
            decorating.set(Thread.currentThread());
            events.add("decorate");
            return () -> {
                running.set(Thread.currentThread());
                events.add("before");
                task.run();
                events.add("after");
            };
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<String> task = supervisor.spawn(() -> {
                body.set(Thread.currentThread());
                events.add("body");
                return "result";
            });
            supervisor.join();
            assertEquals("result", task.get());
        }
        assertEquals(List.of("decorate", "before", "body", "after"), events);
        assertSame(Thread.currentThread(), decorating.get());
        assertSame(running.get(), body.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_itIsCalledOncePerTaskOfEveryKindOfSpawn(Kind kind) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> {
            calls.incrementAndGet();
            return task;
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Completions<Integer> completions = supervisor.completions();
            supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.spawn("named", () -> ran.incrementAndGet());
            supervisor.spawn(() -> ran.addAndGet(1));
            supervisor.execute(ran::incrementAndGet);
            completions.spawn(ran::incrementAndGet);
            supervisor.join();
            assertTrue(completions.take().isDone());
        }
        assertEquals(5, calls.get());
        assertEquals(5, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_theGivenTaskNeverThrowsItsFailureIsRecordedInside(Kind kind) throws Exception {
        IllegalStateException failure = new IllegalStateException("the body's");
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        TaskDecorator decorator = task -> () -> {
            task.run();
            events.add("after");
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> {
                throw failure;
            });
            supervisor.join();
            assertSame(failure, task.failure());
            assertEquals(Status.FAILED, task.status());
        }
        assertEquals(List.of("after"), events);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_whatADecoratorThrowsAfterTheBodySucceededIsReportedAndTheOutcomeStands(Kind kind) throws Exception {
        AssertionError thrown = new AssertionError("the decorator's");
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        TaskDecorator decorator = task -> () -> {
            task.run();
            throw thrown;
        };
        Supervisor.Builder builder =
                kind.builder().decorator(decorator).onFailure((task, failure) -> failures.add(failure));
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = builder.open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status());
            assertEquals(1, task.resultNow());
            assertEquals(List.of(), failures);
            assertEquals(1, uncaught.seen().size());
            assertSame(thrown, uncaught.seen().get(0).getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aFatalErrorOfTheDecoratorAfterTheBodyIsFatal(Kind kind) {
        InternalError fatal = new InternalError("the decorator's");
        TaskDecorator decorator = task -> () -> {
            task.run();
            throw fatal;
        };
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertSame(fatal, assertThrows(InternalError.class, supervisor::join));
            assertEquals(Status.SUCCEEDED, task.status());
            assertSame(fatal, uncaught.seen().get(0).getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_callbacksAndTheFailureReportRunInsideOfTheDecorator(Kind kind) throws Exception {
        ThreadLocal<String> context = new ThreadLocal<>();
        List<String> seen = new CopyOnWriteArrayList<>();
        TaskDecorator decorator = task -> () -> {
            context.set("set");
            task.run();
            seen.add("after " + context.get());
            context.remove();
        };
        Supervisor.Builder builder = kind.builder().decorator(decorator)
                .onFailure((task, failure) -> seen.add("report " + context.get()));
        try (Supervisor supervisor = builder.open()) {
            CountDownLatch registered = new CountDownLatch(kind == Kind.CALLER_RUNS ? 0 : 1);
            Task<?> task = supervisor.spawn(() -> {
                Poll.await(registered);
                supervisor.tasks().get(0).onDone(done -> seen.add("callback " + context.get()));
                throw new IOException("a failure");
            });
            registered.countDown();
            supervisor.join();
            task.onDone(done -> seen.add("late callback " + context.get()));
        }
        assertEquals(List.of("callback set", "report set", "after set", "late callback null"), seen);
    }

    @Test
    void e10_theCallbacksOfATaskThatNeverStartsRunWithoutTheDecorator() {
        List<String> seen = new CopyOnWriteArrayList<>();
        TaskDecorator decorator = task -> () -> {
            seen.add("decorator");
            task.run();
        };
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> 1);
            task.onDone(done -> seen.add("callback"));
            assertTrue(task.cancel());
        }
        assertEquals(List.of("callback"), seen);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aDecoratorThatThrowsBeforeTheBodyMakesTheTaskFail(Kind kind) throws Exception {
        IllegalStateException thrown = new IllegalStateException("the decorator's");
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> () -> {
            throw thrown;
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertSame(thrown, task.failure());
            assertEquals(0, thrown.getSuppressed().length);
        }
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aDecoratorThatThrowsAfterTheBodyFailedIsReportedAndTheFailureStands(Kind kind) throws Exception {
        IllegalStateException failure = new IllegalStateException("the body's");
        IllegalArgumentException thrown = new IllegalArgumentException("the decorator's");
        TaskDecorator decorator = task -> () -> {
            task.run();
            throw thrown;
        };
        try (UncaughtReports uncaught = UncaughtReports.collect();
                Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> {
                throw failure;
            });
            supervisor.join();
            assertSame(failure, task.failure());
            assertEquals(1, uncaught.wrapping(thrown));
            assertEquals(1, uncaught.seen().size());
            assertEquals(0, failure.getSuppressed().length);
            assertEquals(0, thrown.getSuppressed().length);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aDecoratorThatNeverRunsTheBodyMakesTheTaskFail(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger reports = new AtomicInteger();
        Supervisor.Builder builder =
                kind.builder().decorator(task -> () -> { }).onFailure((task, failure) -> reports.incrementAndGet());
        try (Supervisor supervisor = builder.open()) {
            Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertNotNull(task.failure());
            assertEquals(1, reports.get());
        }
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aSecondRunIsIgnored(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> () -> {
            task.run();
            task.run();
            task.run();
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet());
            Task<?> failing = supervisor.spawn(() -> {
                ran.incrementAndGet();
                throw new IllegalStateException("once");
            });
            supervisor.join();
            assertEquals(Status.SUCCEEDED, task.status());
            assertEquals(Status.FAILED, failing.status());
        }
        assertEquals(2, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_runningTheTaskInsideOfDecorateIsRefused(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> {
            task.run();
            return task;
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            assertThrows(IllegalStateException.class, () -> supervisor.spawn(() -> ran.incrementAndGet()));
            assertEquals(0, supervisor.liveCount());
            assertEquals(List.of(), supervisor.tasks());
            supervisor.join();
        }
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_runningTheTaskOnAnotherThreadIsRefused(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicReference<Throwable> refusal = new AtomicReference<>();
        TaskDecorator decorator = task -> () -> {
            refusal.set(Background.call(() -> assertThrows(IllegalStateException.class, task::run)).join());
            task.run();
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.join();
            assertEquals(1, task.get());
            assertNotNull(refusal.get());
        }
        assertEquals(1, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aTaskThatIsKeptAndRunAfterTheEndDoesNotRunTheBodyAgain(Kind kind) throws Exception {
        AtomicReference<Runnable> kept = new AtomicReference<>();
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> {
            kept.set(task);
            return task;
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<Integer> task = supervisor.spawn(() -> ran.incrementAndGet());
            supervisor.join();
            Background.run(() -> assertThrows(IllegalStateException.class, () -> kept.get().run())).join();
            assertEquals(1, task.get());
        }
        assertEquals(1, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_itIsNotCalledForASpawnThatIsAlreadyRefused(Kind kind) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        TaskDecorator decorator = task -> {
            calls.incrementAndGet();
            return task;
        };
        for (AdmissionTest.End end : AdmissionTest.End.values()) {
            try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
                end.apply(supervisor);
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
                supervisor.join();
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            }
        }
        assertEquals(0, calls.get());
    }

    @Test
    void e10_itIsNotCalledWhenAllIsOverThoughNobodyHasLeft() {
        AtomicInteger calls = new AtomicInteger();
        TaskDecorator decorator = task -> {
            calls.incrementAndGet();
            return task;
        };
        try (Supervisor supervisor = Kind.POOLED.builder().decorator(decorator).open()) {
            GatedTask last = GatedTask.yielding(Kind.POOLED, supervisor);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, supervisor::join);   // so admission ends with the last task
            last.release();
            Poll.until("over", () -> supervisor.state() == Supervisor.State.FINISHED);
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
        assertEquals(1, calls.get());
    }

    @ParameterizedTest
    @EnumSource(SelfJoinTest.Exit.class)
    void e10_itMayWaitForAllTasksOrEndThemForItsOwnIsNotCountedYet(SelfJoinTest.Exit exit) {
        AtomicReference<Supervisor> self = new AtomicReference<>();
        TaskDecorator decorator = task -> {
            assertNull(exit.tried(self.get()));
            return task;
        };
        try (Supervisor supervisor = Kind.CALLER_RUNS.builder().decorator(decorator).open()) {
            self.set(supervisor);
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            assertEquals(Supervisor.State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_aCancellationExceptionOfItsOwnIsAFailure(Kind kind) throws Exception {
        CancellationException thrown = new CancellationException("what the decorator needed was cancelled");
        List<Throwable> reported = new CopyOnWriteArrayList<>();
        TaskDecorator decorator = task -> () -> {
            throw thrown;
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator)
                .onFailure((task, failure) -> reported.add(failure)).open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            supervisor.join();
            assertEquals(Status.FAILED, task.status());
            assertSame(thrown, task.failure());
        }
        assertEquals(List.of(thrown), reported);
    }

    @Test
    void e10_theDecoratedRunnableOfATaskCancelledBeforeItsStartNeverRuns() throws Exception {
        LateExecutor executor = new LateExecutor();
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> () -> {
            ran.incrementAndGet();
            task.run();
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
            assertTrue(task.cancel());
            executor.runAll();
            supervisor.join();
        }
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e10_theOutcomeIsVisibleInsideAndTheTaskIsLiveUntilTheDecoratedRunnableReturns(Kind kind) throws Exception {
        CountDownLatch afterBody = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        List<String> seen = new CopyOnWriteArrayList<>();
        TaskDecorator decorator = task -> () -> {
            task.run();
            afterBody.countDown();
            Poll.await(release);
            seen.add("decorator returns");
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<String> task = supervisor.spawn(() -> "result");
            Poll.await(afterBody);
            assertEquals("result", task.get());
            assertFalse(task.cancel());
            assertEquals(1, supervisor.liveCount());
            release.countDown();
            supervisor.join();
            seen.add("join returns");
        }
        assertEquals(List.of("decorator returns", "join returns"), seen);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e10_aDecoratedBodyIsCancelledLikeAnyOther(Kind kind) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        TaskDecorator decorator = task -> () -> {
            try {
                task.run();
            } finally {
                events.add("cleaned up");
            }
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> {
                started.countDown();
                new CountDownLatch(1).await();
            });
            Poll.await(started);
            assertTrue(task.cancel());
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
        }
        assertEquals(List.of("cleaned up"), events);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e10_aDecoratorThatIsEndedByTheTasksCancellationIsACancellation(Kind kind) throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        AtomicInteger ran = new AtomicInteger();
        TaskDecorator decorator = task -> () -> {
            waiting.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("before the body", e);
            }
            task.run();
        };
        try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
            Task<?> task = supervisor.spawn(() -> ran.incrementAndGet());
            Poll.await(waiting);
            assertTrue(task.cancel());
            supervisor.join();
            assertEquals(Status.CANCELLED, task.status());
        }
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_theDecoratorMaySpawnUndecoratedElsewhere(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor other = kind.open()) {
            TaskDecorator decorator = task -> {
                other.spawn(() -> ran.incrementAndGet());
                return task;
            };
            try (Supervisor supervisor = kind.builder().decorator(decorator).open()) {
                supervisor.spawn(() -> ran.incrementAndGet());
                supervisor.join();
            }
            other.join();
        }
        assertEquals(2, ran.get());
    }

    @Test
    void e10_aBodyThatItsDecoratorHasKeptCannotBeRunLater() throws Exception {
        AtomicReference<Runnable> kept = new AtomicReference<>();
        AtomicInteger runs = new AtomicInteger();
        try (Supervisor supervisor = Kind.CALLER_RUNS.builder().decorator(task -> () -> kept.set(task)).open()) {
            Task<Integer> task = supervisor.spawn(runs::incrementAndGet);
            assertEquals(Task.Status.FAILED, task.status());
            supervisor.join();
        }
        assertThrows(IllegalStateException.class, kept.get()::run);
        assertEquals(0, runs.get());
    }

    private static TaskDecorator noting(List<String> events, String name) {
        return task -> {
            events.add(name + " decorates");
            return () -> {
                events.add(name + " begins");
                try {
                    task.run();
                } finally {
                    events.add(name + " ends");
                }
            };
        };
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_theFirstOfTwoDecoratorsIsTheOutermost(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        TaskDecorator both = noting(events, "first").andThen(noting(events, "second"));
        Supervisor.Builder builder = kind.builder().decorator(both)
                .onFailure((task, failure) -> events.add("report"));
        try (Supervisor supervisor = builder.open()) {
            supervisor.spawn(() -> {
                events.add("body");
                throw new IOException("a failure");
            });
            supervisor.join();
        }
        assertEquals(List.of("second decorates", "first decorates", "first begins", "second begins", "body", "report",
                "second ends", "first ends"), events);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_thatOfTheSupervisorIsAroundThoseOfASpec(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        try (Supervisor supervisor = kind.builder().decorator(noting(events, "a")).open()) {
            TaskDecorator inner = noting(events, "b").andThen(noting(events, "c").andThen(noting(events, "d")));
            supervisor.spec("spec").decorator(inner).spawn(() -> events.add("body"));
            supervisor.join();
        }
        assertEquals(List.of("d decorates", "c decorates", "b decorates", "a decorates",
                "a begins", "b begins", "c begins", "d begins", "body",
                "d ends", "c ends", "b ends", "a ends"), events);
    }

    @Test
    void e10_andThenRefusesNullAtOnce() {
        TaskDecorator decorator = task -> task;
        assertThrows(NullPointerException.class, () -> decorator.andThen(null));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_anInnerDecoratorThatReturnsNullMakesTheSpawnThrowAndTheOuterIsNotAsked(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        try (Supervisor supervisor = kind.builder().decorator(noting(events, "outer").andThen(task -> null)).open()) {
            assertThrows(NullPointerException.class, () -> supervisor.spawn(() -> events.add("body")));
            assertEquals(0, supervisor.liveCount());
            supervisor.join();
        }
        assertEquals(List.of(), events);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void e10_whatAnInnerDecoratorThrowsPassesThroughTheOuterOne(Kind kind) throws Exception {
        IllegalStateException thrown = new IllegalStateException("the inner decorator's");
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        TaskDecorator failing = task -> () -> {
            throw thrown;
        };
        try (Supervisor supervisor = kind.builder().decorator(noting(events, "outer").andThen(failing)).open()) {
            Task<?> task = supervisor.spawn(() -> events.add("body"));
            supervisor.join();
            assertSame(thrown, task.failure());
        }
        assertEquals(List.of("outer decorates", "outer begins", "outer ends"), events);
    }
}
