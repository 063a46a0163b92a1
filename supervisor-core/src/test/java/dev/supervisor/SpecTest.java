package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Specs carry the options of tasks: S4. */
class SpecTest {

    private static final Duration LONG = Duration.ofHours(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static void untilRetired(Supervisor supervisor) {
        Poll.until("retired", () -> supervisor.liveCount() == 0);
    }

    // spawning

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_eachWayToSpawnRunsTheBodyOnceUnderTheNameOfTheSpec(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("http");
            Callable<Integer> body = ran::incrementAndGet;
            Task<Integer> called = spec.spawn(body);
            untilRetired(supervisor);
            Task<Void> action = spec.spawn(() -> ran.set(ran.get() + 1));
            untilRetired(supervisor);
            Task<Integer> tried = spec.trySpawn(body);
            assertNotNull(tried);
            supervisor.join();
            assertEquals(1, called.get());
            assertNull(action.get());
            assertEquals(3, tried.get());
            for (Task<?> task : List.of(called, action, tried)) {
                assertEquals("http", task.name());
                assertSame(supervisor, task.supervisor());
                assertEquals(Status.SUCCEEDED, task.status());
                assertFalse(task.isCancelRequested());
            }
        }
        assertEquals(3, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s4_theNameIsThatOfAThreadThatTheSupervisorStarts(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            String name = supervisor.spec("http").spawn(() -> Thread.currentThread().getName()).get();
            assertEquals(kind != Kind.POOLED, name.equals("http"), name);
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_aSpecKeepsItsNameAndItsSupervisorWithEveryOption(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("http").decorator(task -> task).onDone(task -> { })
                    .onCancel(() -> { }).onDrain(() -> { });
            Task<Integer> task = spec.spawn(() -> 1);
            assertEquals("http", task.name());
            assertSame(supervisor, task.supervisor());
            supervisor.join();
            assertEquals(1, task.get());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_aFailureIsReportedAsThatOfAnyTask(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        IllegalStateException failure = new IllegalStateException("on purpose");
        Supervisor.Builder builder = kind.builder().onFailure((task, thrown) -> events.add("reported " + task.name()));
        try (Supervisor supervisor = builder.open()) {
            Task<?> task = supervisor.spec("http").onDone(done -> events.add("done")).spawn(() -> {
                throw failure;
            });
            supervisor.join();
            assertSame(failure, task.failure());
        }
        assertEquals(List.of("done", "reported http"), events);
    }

    // immutable

    @Test
    void s4_eachOptionReturnsAnotherSpecAndLeavesThisOneAsItIs() throws Exception {
        AtomicInteger decorated = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        RecordedHook hook = new RecordedHook();
        LateExecutor late = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(late).open()) {
            TaskSpec plain = supervisor.spec("plain");
            List<TaskSpec> others = List.of(
                    plain.timeout(LONG),
                    plain.decorator(task -> {
                        decorated.incrementAndGet();
                        return task;
                    }),
                    plain.onDone(task -> done.incrementAndGet()),
                    plain.onCancel(hook),
                    plain.onDrain(hook));
            others.forEach(other -> assertNotSame(plain, other));
            assertTrue(plain.spawn(() -> 1).cancel());
            assertEquals(0, decorated.get() + done.get() + hook.runs());
            TaskSpec all = plain.decorator(task -> {
                decorated.incrementAndGet();
                return task;
            }).onDone(task -> done.incrementAndGet()).onCancel(hook);
            assertTrue(all.spawn(() -> 1).cancel());
            assertEquals(List.of(1, 1, 1), List.of(decorated.get(), done.get(), hook.runs()));
            assertTrue(plain.spawn(() -> 1).cancel());
            assertEquals(List.of(1, 1, 1), List.of(decorated.get(), done.get(), hook.runs()));
            supervisor.join();
        }
    }

    @Test
    void s4_anOptionReplacesTheOneBefore() throws Exception {
        List<String> events = new ArrayList<>();
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
        TaskSpec first = supervisor.spec("spec")
                .decorator(task -> {
                    events.add("decorator 1");
                    return task;
                })
                .onDone(task -> events.add("done 1"))
                .onCancel(() -> events.add("cancel 1"));
        TaskSpec second = first
                .decorator(task -> {
                    events.add("decorator 2");
                    return task;
                })
                .onDone(task -> events.add("done 2"))
                .onCancel(() -> events.add("cancel 2"));
        second.spawn(() -> 1).cancel();
        assertEquals(List.of("decorator 2", "cancel 2", "done 2"), events);
        events.clear();
        first.spawn(() -> 1).cancel();
        assertEquals(List.of("decorator 1", "cancel 1", "done 1"), events);
        RecordedHook replaced = new RecordedHook();
        RecordedHook replacing = new RecordedHook();
        supervisor.spec("spec").onDrain(replaced).onDrain(replacing).spawn(() -> 1);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        replacing.untilRun();
        late.runAll();
        assertTrue(drainer.join());
        assertEquals(0, replaced.runs());
        assertEquals(1, replacing.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_manyThreadsUseOneSpec(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger decorated = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("shared").onDone(task -> done.incrementAndGet()).onCancel(hook)
                    .decorator(task -> {
                        decorated.incrementAndGet();
                        return task;
                    });
            List<Background<Void>> spawners = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean own = i % 2 == 0;
                spawners.add(Background.run(() -> {
                    for (int j = 0; j < 100; j++) {
                        (own ? spec.onDone(task -> done.incrementAndGet()) : spec).spawn(() -> ran.incrementAndGet());
                    }
                }));
            }
            spawners.forEach(Background::join);
            supervisor.join();
        }
        assertEquals(List.of(400, 400, 400, 0), List.of(ran.get(), decorated.get(), done.get(), hook.runs()));
    }

    // decorators

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_theBuildersDecoratorIsOutermostAndTheSpecsInside(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        List<Thread> decorating = new CopyOnWriteArrayList<>();
        AtomicReference<Thread> bodyThread = new AtomicReference<>();
        List<Thread> running = new CopyOnWriteArrayList<>();
        Supervisor.Builder builder = kind.builder().decorator(recorded("outer", events, decorating, running));
        try (Supervisor supervisor = builder.open()) {
            TaskSpec spec = supervisor.spec("spec").decorator(recorded("inner", events, decorating, running))
                    .onDone(task -> events.add("done"));
            Task<String> task = spec.spawn(() -> {
                bodyThread.set(Thread.currentThread());
                events.add("body");
                return "result";
            });
            supervisor.join();
            assertEquals("result", task.get());
        }
        events.removeIf(event -> event.endsWith("decorates"));
        assertEquals(List.of("outer before", "inner before", "body", "done", "inner after", "outer after"), events);
        assertEquals(List.of(Thread.currentThread(), Thread.currentThread()), decorating);
        assertEquals(List.of(bodyThread.get(), bodyThread.get()), running);
    }

    private static TaskDecorator recorded(
            String name, List<String> events, List<Thread> decorating, List<Thread> running) {
        return task -> {
            decorating.add(Thread.currentThread());
            events.add(name + " decorates");
            return () -> {
                running.add(Thread.currentThread());
                events.add(name + " before");
                task.run();
                events.add(name + " after");
            };
        };
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_tasksWithoutTheSpecAreNotWrappedByIt(Kind kind) throws Exception {
        AtomicInteger decorated = new AtomicInteger();
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("spec").decorator(task -> {
                decorated.incrementAndGet();
                return task;
            });
            supervisor.spawn(() -> 1);
            supervisor.spec("spec").spawn(() -> 1);
            assertEquals(0, decorated.get());
            spec.spawn(() -> 1);
            supervisor.join();
        }
        assertEquals(1, decorated.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_aDecoratorThatThrowsOrReturnsNullMakesTheSpawnThrow(Kind kind) throws Exception {
        IllegalStateException thrown = new IllegalStateException("the decorator's");
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger called = new AtomicInteger();
        try (Supervisor supervisor = kind.builder().decorator(task -> task).open()) {
            TaskSpec spec = supervisor.spec("spec").onDone(task -> called.incrementAndGet())
                    .onCancel(called::incrementAndGet);
            TaskSpec throwing = spec.decorator(task -> {
                throw thrown;
            });
            TaskSpec none = spec.decorator(task -> null);
            for (int i = 0; i < 3; i++) {
                assertSame(thrown, assertThrows(Throwable.class, () -> throwing.spawn(ran::incrementAndGet)));
                assertSame(thrown, assertThrows(Throwable.class, () -> throwing.trySpawn(ran::incrementAndGet)));
                assertThrows(NullPointerException.class, () -> none.spawn(ran::incrementAndGet));
                assertEquals(0, supervisor.liveCount());
                assertEquals(List.of(), supervisor.tasks());
            }
            assertEquals(0, ran.get() + called.get());
            Task<Integer> task = spec.spawn(() -> ran.incrementAndGet());
            supervisor.join();
            assertEquals(1, task.get());
            assertEquals(1, called.get());
        }
    }

    // onDone

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_onDoneComesBeforeAllCallbacksOfTheTask(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Task<?>> given = new AtomicReference<>();
        AtomicReference<Thread> thread = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("spec").onDone(task -> {
                given.set(task);
                thread.set(Thread.currentThread());
                events.add("spec " + task.status() + " " + Thread.currentThread().isInterrupted());
            });
            Task<Thread> task = spec.spawn(() -> {
                supervisor.tasks().get(0).onDone(done -> events.add("body's"));
                supervisor.tasks().get(0).cancel();
                return Thread.currentThread();
            });
            supervisor.join();
            task.onDone(done -> events.add("late"));
            assertEquals(List.of("spec SUCCEEDED false", "body's", "late"), events);
            assertSame(task, given.get());
            assertSame(task.get(), thread.get());
        }
    }

    @Test
    void s4_onDoneIsCalledForATaskThatIsDroppedAndAfterItsFutures() throws Exception {
        List<String> events = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            TaskSpec spec = supervisor.spec("spec").onDone(task -> events.add("spec " + task.status()));
            Task<Integer> task = spec.spawn(() -> 1);
            task.onDone(done -> events.add("task's"));
            task.toCompletableFuture().whenComplete((result, failure) -> events.add("future"));
            task.cancel();
            assertEquals(List.of("future", "spec CANCELLED", "task's"), events);
            spec.spawn(() -> 1);
            supervisor.abort();
            assertEquals(4, events.size());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_anOnDoneThatThrowsIsReportedAndStopsNobody(Kind kind) throws Exception {
        IllegalStateException thrown = new IllegalStateException("the callback's");
        AtomicInteger others = new AtomicInteger();
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("spec").onDone(task -> {
                throw thrown;
            });
            Task<Integer> task = spec.spawn(() -> {
                supervisor.tasks().get(0).onDone(done -> others.incrementAndGet());
                return 1;
            });
            supervisor.join();
            assertEquals(1, task.get());
            assertEquals(1, others.get());
            assertEquals(1, uncaught.wrapping(thrown));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_aTaskIsLiveUntilItsOnDoneHasReturned(Kind kind) throws Exception {
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = kind.builder().unowned().open();
        TaskSpec spec = supervisor.spec("spec").onDone(task -> {
            inCallback.countDown();
            Poll.await(release);
        });
        Background<Task<Integer>> spawner = Background.call(() -> spec.spawn(() -> 1));
        Poll.await(inCallback);
        assertEquals(1, supervisor.liveCount());
        Background<Void> joiner = Background.blockedIn(supervisor::join);
        assertFalse(joiner.hasEnded());
        release.countDown();
        joiner.join();
        assertEquals(1, spawner.join().get());
        assertEquals(0, supervisor.liveCount());
    }

    // hooks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_theHooksOfASpecRunForEachTaskOnceBeforeThoseOfTheTask(Kind kind) throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("spec").onCancel(() -> events.add("spec's"))
                    .onDone(task -> events.add("done"));
            for (int i = 0; i < 3; i++) {
                spec.spawn(() -> {
                    Task<?> self = supervisor.tasks().get(0);
                    self.onCancel(() -> events.add("task's"));
                    self.cancel(false);
                    self.cancel(true);
                });
                untilRetired(supervisor);
                assertEquals(List.of("spec's", "task's", "done"), events);
                events.clear();
            }
            spec.spawn(() -> 1);
            supervisor.join();
            assertEquals(List.of("done"), events, "not without a request");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s4_theDrainHookOfASpecRunsForEachLiveTaskAlsoForOneThatIsSpawnedWhileItDrains(Kind kind) {
        CountDownLatch release = new CountDownLatch(1);
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = kind.builder().unowned().open();
        TaskSpec spec = supervisor.spec("spec").onDrain(hook);
        Action body = () -> Poll.await(release);
        spec.spawn(() -> {
            Poll.until("draining", () -> supervisor.state() == State.DRAINING);
            spec.spawn(body);
            Poll.await(release);
        });
        spec.spawn(body);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        Poll.until("three hooks have run", () -> hook.runs() == 3);
        release.countDown();
        assertTrue(drainer.join());
        assertEquals(3, hook.runs());
        assertEquals(0, hook.interrupted());
    }

    // refusals

    @Test
    void s4_nullAndLimitsOfNoTimeAreRefusedAtOnceAndNothingChanges() throws Exception {
        AtomicInteger done = new AtomicInteger();
        try (Supervisor supervisor = Kind.POOLED.open()) {
            assertThrows(NullPointerException.class, () -> supervisor.spec(null));
            TaskSpec spec = supervisor.spec("spec").onDone(task -> done.incrementAndGet());
            assertThrows(NullPointerException.class, () -> spec.timeout(null));
            assertThrows(NullPointerException.class, () -> spec.decorator(null));
            assertThrows(NullPointerException.class, () -> spec.onDone(null));
            assertThrows(NullPointerException.class, () -> spec.onCancel(null));
            assertThrows(NullPointerException.class, () -> spec.onDrain(null));
            assertThrows(NullPointerException.class, () -> spec.spawn((Callable<Integer>) null));
            assertThrows(NullPointerException.class, () -> spec.spawn((Action) null));
            assertThrows(NullPointerException.class, () -> spec.trySpawn(null));
            assertThrows(NullPointerException.class, () -> spec.spawnAsync(null));
            assertThrows(NullPointerException.class, () -> spec.spawnWithSelf(null));
            assertThrows(NullPointerException.class, () -> supervisor.trySpawn(null));
            for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThrows(IllegalArgumentException.class, () -> spec.timeout(none));
            }
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.ENTERED, supervisor.state());
            assertEquals(1, spec.spawn(() -> 1).get());
            supervisor.join();
        }
        assertEquals(1, done.get());
    }

    /** How a supervisor comes to refuse, with the reason that it gives. */
    enum Closed {
        SEALED("is sealed"), ABORTED("is shutting down"), JOINED("is finished"), DRAINING("is draining"),
        FULL("is full");

        private final String reason;

        Closed(String reason) {
            this.reason = reason;
        }

        void apply(Supervisor supervisor, Task<?> held) throws InterruptedException {
            switch (this) {
                case SEALED -> supervisor.seal();
                case ABORTED -> supervisor.abort();
                case JOINED -> {
                    held.cancel();
                    supervisor.join();
                }
                case DRAINING -> {
                    Background.run(() -> supervisor.drain(LONG));
                    Poll.until("draining", () -> supervisor.state() == State.DRAINING);
                }
                case FULL -> { }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Closed.class)
    void s4_aSpecIsRefusedWithTheReasonOfTheSupervisor(Closed closed) throws Exception {
        AtomicInteger called = new AtomicInteger();
        Supervisor supervisor = Supervisor.builder().name("north").executor(new LateExecutor()).unowned().maxTasks(1)
                .open();
        Consumer<Task<?>> callback = task -> called.incrementAndGet();
        TaskSpec before = supervisor.spec("before").onDone(callback).onCancel(called::incrementAndGet)
                .decorator(task -> {
                    called.incrementAndGet();
                    return task;
                });
        Task<?> held = supervisor.spawn(() -> 1);
        closed.apply(supervisor, held);
        TaskSpec after = supervisor.spec("after").onDone(callback);
        for (TaskSpec spec : List.of(before, after)) {
            List<RejectedExecutionException> refusals = new ArrayList<>(List.of(
                    assertThrows(RejectedExecutionException.class, () -> spec.spawn(() -> 1)),
                    assertThrows(RejectedExecutionException.class, () -> spec.spawn(called::incrementAndGet))));
            if (closed == Closed.FULL) {
                assertNull(spec.trySpawn(() -> 1));
            } else {
                refusals.add(assertThrows(RejectedExecutionException.class, () -> spec.trySpawn(() -> 1)));
            }
            for (RejectedExecutionException refusal : refusals) {
                assertTrue(refusal.getMessage().contains("north"), refusal.getMessage());
                assertTrue(refusal.getMessage().contains(closed.reason), refusal.getMessage());
            }
        }
        held.cancel();
        supervisor.shutdown();
        assertEquals(0, called.get());
    }

    // retention

    /** Spawns a task through the spec, and keeps no strong reference to any part of it. */
    private static void spawnTraced(TaskSpec spec, List<WeakReference<?>> parts, boolean fail) {
        Object mark = new Object();
        Callable<Object> body = () -> {
            if (fail) {
                IllegalStateException failure = new IllegalStateException(mark.toString());
                parts.add(new WeakReference<>(failure));
                throw failure;
            }
            Object result = new Object();
            parts.add(new WeakReference<>(result));
            return result;
        };
        parts.add(new WeakReference<>(mark));
        parts.add(new WeakReference<>(body));
        parts.add(new WeakReference<>(spec.spawn(body)));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s4_aSpecKeepsNoTask(Kind kind) throws Exception {
        List<WeakReference<?>> parts = new CopyOnWriteArrayList<>();
        AtomicInteger done = new AtomicInteger();
        AtomicBoolean cancelled = new AtomicBoolean();
        try (Supervisor supervisor = kind.builder().onFailure(FailureHandler.ignore()).open()) {   // a log may keep one
            TaskSpec spec = supervisor.spec("spec").decorator(task -> task).onDone(task -> done.incrementAndGet())
                    .onCancel(() -> cancelled.set(true)).onDrain(() -> cancelled.set(true));
            for (int i = 0; i < 10; i++) {
                spawnTraced(spec, parts, i % 2 == 0);
            }
            untilRetired(supervisor);
            assertEquals(40, parts.size());
            Heap.untilCollected(parts);
            assertEquals(11, spec.spawn(() -> done.get() + 1).get());
            supervisor.join();
        }
        assertFalse(cancelled.get());
    }

    @Test
    void s4_aSpecKeepsNoTaskThatWasCancelled() throws Exception {
        List<WeakReference<?>> parts = new ArrayList<>();
        RecordedHook hook = new RecordedHook();
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
        TaskSpec spec = supervisor.spec("spec").onCancel(hook);
        spawnTraced(spec, parts, false);
        supervisor.abort();
        late.runAll();
        assertEquals(1, hook.runs());
        Heap.untilCollected(parts);
        assertThrows(RejectedExecutionException.class, () -> spec.spawn(() -> 1));
    }
}
