package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How hooks are registered with a task, which runs them late or never, and forgets them: S3. */
class HookRegistrationTest {

    private static final Duration LONG = Duration.ofHours(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().unowned().open();
    }

    /** The only live task: the one that calls this in its body. */
    private static Task<?> self(Supervisor supervisor) {
        List<Task<?>> tasks = supervisor.tasks();
        assertEquals(1, tasks.size());
        return tasks.get(0);
    }

    // registered after the request

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_registeredAfterTheRequestItRunsAtOnceOnTheRegisteringThread(Kind kind) {
        RecordedHook whileRunning = new RecordedHook();
        RecordedHook whenDone = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            Background.run(() -> gated.task().cancel(false)).join();
            Thread.currentThread().interrupt();
            assertSame(gated.task(), gated.task().onCancel(whileRunning));
            assertTrue(Thread.interrupted(), "restored");
            assertEquals(1, whileRunning.runs());
            assertSame(Thread.currentThread(), whileRunning.thread());
            assertEquals(0, whileRunning.interrupted());
            gated.release();
            assertEquals(Status.SUCCEEDED, gated.end());
            Poll.until("retired", () -> supervisor.liveCount() == 0);
            Thread.currentThread().interrupt();
            assertSame(gated.task(), gated.task().onCancel(whenDone));
            assertTrue(Thread.interrupted(), "restored");
            assertEquals(1, whenDone.runs(), "the task succeeded, but it was asked to cancel");
            assertSame(Thread.currentThread(), whenDone.thread());
            assertEquals(0, whenDone.interrupted());
            supervisor.abort();
        }
        assertEquals(1, whileRunning.runs());
        assertEquals(1, whenDone.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_registeredByTheBodyAfterItWasAskedItRunsAtOnceInTheBody(Kind kind) throws Exception {
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            Task<Boolean> task = supervisor.spawn(() -> {
                Task<?> self = self(supervisor);
                self.cancel();
                self.onCancel(hook);
                return hook.runs() == 1 && hook.thread() == Thread.currentThread()
                        && Thread.currentThread().isInterrupted();
            });
            supervisor.join();
            assertTrue(task.get());
            assertEquals(0, hook.interrupted());
        }
    }

    @Test
    void s3_registeredAfterADropItRunsAtOnce() {
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open()) {
            Task<?> task = supervisor.spawn(() -> 1);
            supervisor.abort();
            assertSame(task, task.onCancel(hook));
            assertEquals(1, hook.runs());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aHookThatAHookRegistersRunsAtOnce(Kind kind) {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.task().onCancel(() -> {
                gated.task().onCancel(() -> events.add("inner"));
                events.add("outer");
            });
            gated.task().cancel();
            assertEquals(List.of("inner", "outer"), events);
            gated.release();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void s3_aHookThatThrowsWhereItIsRegisteredLateIsNotThrownAtTheRegistrant(boolean drain) {
        IllegalStateException thrown = new IllegalStateException("a hook's");
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Task<?> task = supervisor.spawn(() -> 1);
        Action hook = () -> {
            throw thrown;
        };
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            if (drain) {
                RecordedHook early = new RecordedHook();
                task.onDrain(early);
                Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
                early.untilRun();   // who runs the hooks has seen those of this task
                assertSame(task, task.onDrain(hook));
                task.cancel();
                assertTrue(drainer.join());
            } else {
                task.cancel();
                assertSame(task, task.onCancel(hook));
                supervisor.shutdown();
            }
            assertEquals(1, uncaught.wrapping(thrown));
            assertSame(Thread.currentThread(), uncaught.threads().get(0));
        }
    }

    // never without a request

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_withoutARequestItNeverRuns(Kind kind) throws Exception {
        RecordedHook hook = new RecordedHook();
        List<Throwable> ends = new ArrayList<>(List.of(new IllegalStateException("on purpose"),
                new CancellationException("of its own accord"), new InterruptedException("of its own accord")));
        ends.add(null);
        try (Supervisor supervisor = kind.open()) {
            List<Task<?>> tasks = new ArrayList<>();
            for (Throwable end : ends) {
                tasks.add(supervisor.spawn(() -> {
                    self(supervisor).onCancel(hook);
                    if (end != null) {
                        Sneaky.<Exception>sneak(end);
                    }
                }));
                Poll.until("retired", () -> supervisor.liveCount() == 0);
                Thread.interrupted();   // of a body that ran here, and ended by an interrupt of its own (C6)
            }
            for (Task<?> task : tasks) {
                assertFalse(task.isCancelRequested(), task.toString());
                assertFalse(task.cancel(), "it is done");
                task.onCancel(hook);
            }
            supervisor.abort();
            for (Task<?> task : tasks) {
                assertFalse(task.isCancelRequested(), task.toString());
                task.onCancel(hook);
            }
            supervisor.join();
        }
        assertEquals(0, hook.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_neitherASealNorADrainThatGoesWellRunsIt(Kind kind) {
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onCancel(hook);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        Poll.until("draining", () -> supervisor.state() == State.DRAINING);
        supervisor.seal();
        gated.release();
        assertTrue(drainer.join());
        assertEquals(Status.SUCCEEDED, gated.task().status());
        assertFalse(gated.task().isCancelRequested());
        assertEquals(0, hook.runs());
    }

    // order, and null

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_hooksRunInTheOrderOfRegistration(Kind kind) {
        ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            for (int i = 0; i < 100; i++) {
                int number = i;
                gated.task().onCancel(() -> order.add(number)).onDone(done -> order.add(100 + number));
            }
            gated.task().cancel();
            gated.release();
        }
        assertEquals(IntStream.range(0, 200).boxed().toList(), List.copyOf(order));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_nullIsRefusedAndChangesNothing(Kind kind) {
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            for (int when = 0; when < 2; when++) {
                assertThrows(NullPointerException.class, () -> gated.task().onCancel(null));
                assertThrows(NullPointerException.class, () -> gated.task().onDrain(null));
                gated.task().onCancel(hook).cancel();
                assertEquals(when + 1, hook.runs());
                gated.release();
                gated.end();
            }
            assertThrows(NullPointerException.class, () -> gated.task().onCancel(null));
            assertThrows(NullPointerException.class, () -> gated.task().onDrain(null));
        }
    }

    // a spawn that throws

    @Test
    void s3_aSpawnThatTheExecutorRejectsRunsNone() {
        RecordedHook ofSpec = new RecordedHook();
        RecordedHook seen = new RecordedHook();
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<Task<?>> found = new AtomicReference<>();
        Executor executor = task -> {
            Task<?> self = opened.get().tasks().get(0);
            found.set(self.onCancel(seen).onDrain(seen));
            throw new RejectedExecutionException("on purpose");
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            opened.set(supervisor);
            TaskSpec spec = supervisor.spec("spec").onCancel(ofSpec).onDrain(ofSpec);
            assertThrows(RejectedExecutionException.class, () -> spec.spawn(() -> 1));
            assertThrows(RejectedExecutionException.class, () -> spec.trySpawn(() -> 1));
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            assertTrue(found.get().isDone());
            assertEquals(0, supervisor.liveCount());
            supervisor.abort();
        }
        assertEquals(0, seen.runs());
        assertEquals(0, ofSpec.runs());
    }

    /** The executor drops the task: by a cancel or an abort, on the spawning thread or on another. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void s3_aTaskThatIsDroppedInsideOfItsSpawnRunsTheHooksOfItsSpecOnlyIfTheSpawnReturns(int how) {
        for (boolean rejects : new boolean[] {true, false}) {
            AtomicReference<Supervisor> opened = new AtomicReference<>();
            List<String> events = Collections.synchronizedList(new ArrayList<>());
            Executor executor = task -> {
                Supervisor supervisor = opened.get();
                Runnable drop = how % 2 == 0 ? supervisor.tasks().get(0)::cancel : supervisor::abort;
                if (how < 2) {
                    Background.run(drop::run).join();
                } else {
                    drop.run();
                }
                if (rejects) {
                    throw new RejectedExecutionException("on purpose");
                }
            };
            try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
                opened.set(supervisor);
                TaskSpec spec = supervisor.spec("spec").onCancel(() -> events.add("hook"))
                        .onDone(task -> events.add("done"));
                if (rejects) {
                    assertThrows(RejectedExecutionException.class, () -> spec.spawn(() -> events.add("body")));
                    assertEquals(List.of(), events);
                } else {
                    Task<?> task = spec.spawn(() -> events.add("body"));
                    assertEquals(Status.CANCELLED, task.status());
                    assertEquals(List.of("hook", "done"), events, "before the spawn returns");
                }
                assertEquals(0, supervisor.liveCount());
                events.clear();
            }
            assertEquals(List.of(), events);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aSpawnThatTheDecoratorRefusesRunsNone(Kind kind) throws Exception {
        RecordedHook hook = new RecordedHook();
        IllegalStateException thrown = new IllegalStateException("on purpose");
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("spec").onCancel(hook).onDrain(hook);
            TaskSpec throwing = spec.decorator(task -> {
                throw thrown;
            });
            assertSame(thrown, assertThrows(IllegalStateException.class, () -> throwing.spawn(() -> 1)));
            assertThrows(NullPointerException.class, () -> spec.decorator(task -> null).spawn(() -> 1));
            supervisor.join();
        }
        assertEquals(0, hook.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aSpawnThatASupervisorRefusesRunsNone(Kind kind) {
        RecordedHook hook = new RecordedHook();
        for (boolean abort : new boolean[] {true, false}) {
            Supervisor supervisor = unowned(kind);
            TaskSpec spec = supervisor.spec("spec").onCancel(hook).onDrain(hook);
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            Background<?> ender = null;
            if (abort) {
                supervisor.abort();
            } else {
                ender = Background.call(() -> supervisor.drain(LONG));
                Poll.until("draining", () -> supervisor.state() == State.DRAINING);
            }
            assertThrows(RejectedExecutionException.class, () -> spec.spawn(() -> 1));
            assertThrows(RejectedExecutionException.class, () -> spec.trySpawn(() -> 1));
            gated.release();
            if (ender != null) {
                ender.join();
            }
            supervisor.shutdown();
        }
        assertEquals(0, hook.runs());
    }

    // retention

    /** A hook with something of its own, which the collector can be asked about. */
    private static Action marked(List<WeakReference<?>> parts) {
        Object mark = new Object();
        Action hook = () -> assertTrue(mark.hashCode() != 0 || mark.hashCode() == 0);
        parts.add(new WeakReference<>(mark));
        parts.add(new WeakReference<>(hook));
        return hook;
    }

    private static void addMarked(Task<?> task, List<WeakReference<?>> parts) {
        task.onCancel(marked(parts)).onDrain(marked(parts));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_theHandleOfATaskThatEndedKeepsNoHook(Kind kind) throws Exception {
        List<WeakReference<?>> parts = new ArrayList<>();
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> task = supervisor.spawn(() -> {
                addMarked(self(supervisor), parts);
                return 1;
            });
            Poll.until("retired", () -> supervisor.liveCount() == 0);
            addMarked(task, parts);
            assertEquals(8, parts.size());
            Heap.untilCollected(parts);
            assertEquals(1, task.get());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_theHandleOfATaskThatWasCancelledKeepsNoHook(Kind kind) throws Exception {
        List<WeakReference<?>> parts = new ArrayList<>();
        try (Supervisor supervisor = kind.open()) {
            Task<?> task = supervisor.spawn(() -> {
                addMarked(self(supervisor), parts);
                self(supervisor).cancel();
                addMarked(self(supervisor), parts);
            });
            Poll.until("retired", () -> supervisor.liveCount() == 0);
            addMarked(task, parts);
            assertEquals(12, parts.size());
            Heap.untilCollected(parts);
            assertTrue(task.isCancelRequested());
            supervisor.join();
        }
    }

    @Test
    void s3_theHandleOfATaskThatWasDroppedKeepsNoHook() throws Exception {
        List<WeakReference<?>> parts = new ArrayList<>();
        LateExecutor late = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(late).open()) {
            Task<?> task = supervisor.spawn(() -> 1);
            addMarked(task, parts);
            task.cancel();
            addMarked(task, parts);
            Heap.untilCollected(parts);
            assertTrue(task.isCancelled());
            assertEquals(1, late.size(), "the executor still holds the shell");
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aHookOfARunningTaskGoesWhenItHasRun(Kind kind) {
        List<WeakReference<?>> parts = new ArrayList<>();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.task().onCancel(marked(parts));
            gated.task().cancel();
            gated.task().onCancel(marked(parts));
            Heap.untilCollected(parts);
            assertEquals(Status.RUNNING, gated.task().status());
            gated.release();
        }
    }
}
