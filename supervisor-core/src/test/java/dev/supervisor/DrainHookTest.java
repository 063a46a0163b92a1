package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the drain hooks of a task promise: S3. */
class DrainHookTest {

    private static final Duration LONG = Duration.ofHours(1);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().unowned().open();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_drainHookRunsOnceOnAThreadThatIsNeitherTheDrainersNorTheTasks(Kind kind) {
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        assertSame(gated.task(), gated.task().onDrain(hook));
        assertEquals(0, hook.runs());
        List<Background<Boolean>> drainers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            drainers.add(Background.call(() -> supervisor.drain(LONG)));
        }
        hook.untilRun();
        gated.release();
        for (Background<Boolean> drainer : drainers) {
            assertTrue(drainer.join());
            assertNotSame(drainer.thread(), hook.thread());
        }
        assertNotSame(gated.thread(), hook.thread());
        assertTrue(hook.thread().isDaemon());
        assertEquals(0, hook.interrupted());
        assertTrue(supervisor.drain(Duration.ZERO));
        assertEquals(1, hook.runs());
        assertEquals(0, gated.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_drainHooksOfATaskRunInTheOrderOfRegistrationAndOneThatThrowsStopsNobody(Kind kind) {
        IllegalStateException thrown = new IllegalStateException("a hook's");
        ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = unowned(kind);
        List<GatedTask> gated = List.of(GatedTask.stubborn(kind, supervisor), GatedTask.stubborn(kind, supervisor));
        RecordedHook other = new RecordedHook();
        for (int i = 0; i < 50; i++) {
            int number = i;
            gated.get(0).task().onDrain(() -> {
                order.add(number);
                Thread.currentThread().interrupt();
                if (number % 10 == 0) {
                    throw thrown;
                }
            });
        }
        gated.get(0).task().onDrain(other);
        gated.get(1).task().onDrain(other);
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
            Poll.until("all hooks have run", () -> other.runs() == 2);
            gated.forEach(GatedTask::release);
            assertTrue(drainer.join());
            assertEquals(5, uncaught.wrapping(thrown));
        }
        assertEquals(IntStream.range(0, 50).boxed().toList(), List.copyOf(order));
        assertEquals(0, other.interrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_registeredWhileItDrainsADrainHookRunsAtOnceUnlessTheTaskIsDone(Kind kind) {
        RecordedHook early = new RecordedHook();
        RecordedHook hook = new RecordedHook();
        RecordedHook late = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        GatedTask other = GatedTask.stubborn(kind, supervisor);
        gated.task().onDrain(early);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        early.untilRun();   // who runs the hooks has seen those of this task
        Thread.currentThread().interrupt();
        assertSame(gated.task(), gated.task().onDrain(hook));
        assertTrue(Thread.interrupted(), "restored");
        assertEquals(1, hook.runs());
        assertSame(Thread.currentThread(), hook.thread());
        assertEquals(0, hook.interrupted());
        gated.release();
        gated.end();
        gated.task().onDrain(late);
        other.release();
        assertTrue(drainer.join());
        gated.task().onDrain(late);
        other.task().onDrain(late);
        assertEquals(0, late.runs());
        assertEquals(1, hook.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aDrainHookOfADoneTaskNeverRuns(Kind kind) {
        RecordedHook hook = new RecordedHook();
        RecordedHook live = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask done = GatedTask.stubborn(kind, supervisor);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        done.task().onDrain(hook);
        gated.task().onDrain(live);
        done.release();
        done.end();
        done.task().onDrain(hook);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        live.untilRun();
        gated.release();
        assertTrue(drainer.join());
        assertEquals(0, hook.runs());
        assertEquals(1, live.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s3_aDrainHookDoesNotBeginWhenTheOneBeforeHasEndedTheTask(Kind kind) {
        RecordedHook second = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        GatedTask visitedLater = GatedTask.stubborn(kind, supervisor);
        gated.task().onDrain(() -> {
            gated.release();
            gated.end();
        }).onDrain(second);
        visitedLater.task().onDrain(visitedLater::release);
        assertTrue(supervisor.drain(LONG));
        assertEquals(0, second.runs());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s3_aDrainHookDoesNotRunWhileTheCallbacksOfItsDoneTaskRun(Kind kind) {
        RecordedHook hook = new RecordedHook();
        RecordedHook live = new RecordedHook();
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Supervisor supervisor = unowned(kind);
        GatedTask done = GatedTask.stubborn(kind, supervisor);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        done.task().onDrain(hook).onDone(task -> {
            inCallback.countDown();
            Poll.await(release);
        });
        gated.task().onDrain(live);
        done.release();
        Poll.await(inCallback);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        live.untilRun();
        gated.release();
        gated.end();
        release.countDown();
        assertTrue(drainer.join());
        assertEquals(0, hook.runs());
    }

    @Test
    void s3_theDrainHookOfATaskThatHasNotStartedRuns() {
        LateExecutor late = new LateExecutor();
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
        Task<Integer> task = supervisor.spawn(() -> 1);
        task.onDrain(hook);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        hook.untilRun();
        assertEquals(Status.PENDING, task.status());
        late.runAll();
        assertTrue(drainer.join());
        assertEquals(1, hook.runs());
        assertEquals(1, task.resultNow());
    }

    @ParameterizedTest
    @EnumSource(value = HookTest.Request.class, mode = EnumSource.Mode.EXCLUDE, names = "DRAIN")
    void s3_noRequestToCancelRunsADrainHook(HookTest.Request request) {
        RecordedHook hook = new RecordedHook();
        RecordedHook onCancel = new RecordedHook();
        Supervisor supervisor = Kind.POOLED.builder().unowned().fatalIf(HookTest.Fatal.class::isInstance).open();
        GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
        gated.task().onDrain(hook).onCancel(onCancel);
        Background<Void> requester = Background.run(() -> request.of(supervisor, gated.task()));
        onCancel.untilRun();
        gated.release();
        requester.join();
        supervisor.seal();
        supervisor.shutdown();
        assertEquals(0, hook.runs());
    }

    @Test
    void s3_registrationBesideTheBeginOfADrainRunsADrainHookOnce() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 300; round++) {
                LateExecutor late = new LateExecutor();
                Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
                Task<?> task = supervisor.spawn(() -> 1);
                RecordedHook hook = new RecordedHook();
                AtomicBoolean drained = new AtomicBoolean();
                race.round(() -> {
                    task.onDrain(hook);
                    hook.untilRun();
                    late.runAll();
                }, () -> drained.set(supervisor.drain(LONG)));
                assertTrue(drained.get());
                assertEquals(1, hook.runs());
            }
        }
    }
}
