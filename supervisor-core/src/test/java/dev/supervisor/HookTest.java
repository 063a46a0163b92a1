package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the cancel hooks of a task run, and on which thread: S3. */
class HookTest {

    private static final Duration LONG = Duration.ofHours(1);

    /** A throwable that the supervisors of this test call fatal. */
    static final class Fatal extends Error {
        private static final long serialVersionUID = 1;
    }

    /** The ways to request the cancellation of a running task. */
    enum Request {
        CANCEL, CANCEL_FALSE, FUTURE, ABORT, SHUTDOWN, CLOSE, DRAIN, FATAL;

        /** Makes the request, and waits as the call does. */
        void of(Supervisor supervisor, Task<?> task) {
            switch (this) {
                case CANCEL -> task.cancel();
                case CANCEL_FALSE -> task.cancel(false);
                case FUTURE -> task.toCompletableFuture().cancel(true);
                case ABORT -> supervisor.abort();
                case SHUTDOWN -> supervisor.shutdown();
                case CLOSE -> supervisor.close();
                case DRAIN -> supervisor.drain(Duration.ZERO);
                case FATAL -> supervisor.spawn(() -> {
                    throw new Fatal();
                });
            }
        }
    }

    static Stream<Arguments> requestsOfAllKinds() {
        return Stream.of(Request.values())
                .flatMap(request -> Kind.all().stream().map(kind -> Arguments.of(request, kind)));
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().unowned().fatalIf(Fatal.class::isInstance).open();
    }

    /** The only live task: the one that calls this in its body. */
    private static Task<?> self(Supervisor supervisor) {
        List<Task<?>> tasks = supervisor.tasks();
        assertEquals(1, tasks.size());
        return tasks.get(0);
    }

    // whatever the request

    @ParameterizedTest
    @MethodSource("requestsOfAllKinds")
    void s3_hookRunsOnceOnTheRequestersThread(Request request, Kind kind) {
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Task<?> task = gated.task();
        assertSame(task, task.onCancel(hook));
        assertEquals(0, hook.runs());
        Background<Void> requester = Background.run(() -> request.of(supervisor, task));
        hook.untilRun();
        assertTrue(task.isCancelRequested());
        assertFalse(gated.hasEnded());
        gated.release();
        gated.end();
        requester.join();
        supervisor.shutdown();
        assertEquals(1, hook.runs());
        assertEquals(0, hook.interrupted());
        if (request != Request.FATAL) {
            assertSame(requester.thread(), hook.thread());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Request.class, mode = EnumSource.Mode.EXCLUDE, names = "FATAL")
    void s3_hookRunsOnceBeforeTheCallbacksOfATaskThatIsDroppedBeforeItsStart(Request request) {
        LateExecutor late = new LateExecutor();
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        RecordedHook hook = new RecordedHook(() -> events.add("hook"));
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
        Task<?> task = supervisor.spawn(() -> events.add("body"));
        task.onDone(done -> events.add("done " + done.isCancelRequested())).onCancel(hook);
        request.of(supervisor, task);
        assertEquals(Status.CANCELLED, task.status());
        assertEquals(List.of("hook", "done true"), events);
        assertSame(Thread.currentThread(), hook.thread());
        late.runAll();
        supervisor.shutdown();
        assertEquals(1, hook.runs());
        assertEquals(2, events.size());
    }

    @Test
    void s3_aFatalErrorRunsTheHooksOfTasksThatHaveNotStarted() {
        LateExecutor late = new LateExecutor();
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().onFailure(FailureHandler.ignore())
                .fatalIf(Fatal.class::isInstance).open();
        supervisor.spawn(() -> {
            throw new Fatal();
        });
        Task<?> pending = supervisor.spawn(() -> 1);
        pending.onCancel(hook);
        late.runNext();
        assertEquals(Status.CANCELLED, pending.status());
        assertEquals(1, hook.runs());
        assertThrows(Fatal.class, supervisor::join);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aTaskThatCancelsItselfRunsTheHookWithAClearStatus(Kind kind) throws Exception {
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                Task<?> self = self(supervisor);
                self.onCancel(hook);
                boolean asked = self.cancel();
                return asked + " " + hook.runs() + " " + (hook.thread() == Thread.currentThread()) + " "
                        + Thread.currentThread().isInterrupted();
            });
            supervisor.join();
            assertEquals("true 1 true true", task.get());
            assertEquals(0, hook.interrupted());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_theRequestersInterruptStatusIsSetAsideAndRestored(Kind kind) {
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.task().onCancel(hook);
            Thread.currentThread().interrupt();
            assertTrue(gated.task().cancel());
            assertTrue(Thread.interrupted(), "restored");
            assertEquals(1, hook.runs());
            assertEquals(0, hook.interrupted());
            gated.release();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_anInterruptThatOneHookSetsDoesNotReachTheNext(Kind kind) {
        RecordedHook next = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.task().onCancel(() -> Thread.currentThread().interrupt()).onCancel(next);
            gated.task().cancel();
            Thread.interrupted();
            assertEquals(1, next.runs());
            assertEquals(0, next.interrupted());
            gated.release();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_anAbortRunsHooksWhenEveryTaskHasBeenAsked(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            List<GatedTask> gated = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                gated.add(GatedTask.stubborn(kind, supervisor));
            }
            AtomicInteger asked = new AtomicInteger();
            RecordedHook hook = new RecordedHook(() -> asked.addAndGet(
                    (int) gated.stream().filter(other -> other.task().isCancelRequested()).count()));
            gated.forEach(other -> other.task().onCancel(hook));
            supervisor.abort();
            assertEquals(5, hook.runs());
            assertEquals(25, asked.get());
            gated.forEach(GatedTask::release);
        }
    }

    /** A thread that announces its interrupts; of all such threads, the second interrupt waits until it is let go. */
    private static final class SecondBlocks extends Thread {
        private final AtomicInteger interrupts;
        private final CountDownLatch go;

        SecondBlocks(Runnable body, AtomicInteger interrupts, CountDownLatch go) {
            super(body, "interrupts counted");
            this.interrupts = interrupts;
            this.go = go;
            setDaemon(true);
        }

        @Override
        public void interrupt() {
            super.interrupt();
            if (Thread.currentThread() != this && interrupts.incrementAndGet() == 2) {
                Poll.await(go);
            }
        }
    }

    @Test
    void s3_theCompletingThreadRunsTheHooksBeforeTheCallbacksIfItComesFirst() {
        AtomicInteger interrupts = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().unowned()
                .threadFactory(body -> new SecondBlocks(body, interrupts, go)).open();
        List<GatedTask> gated = List.of(GatedTask.yielding(Kind.PER_TASK, supervisor),
                GatedTask.yielding(Kind.PER_TASK, supervisor));
        List<RecordedHook> hooks = List.of(new RecordedHook(), new RecordedHook());
        ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 2; i++) {
            RecordedHook hook = hooks.get(i);
            gated.get(i).task().onDone(done -> events.add("done after " + hook.runs() + " run"));
            gated.get(i).task().onCancel(hook);
        }
        Background<Void> aborter = Background.run(supervisor::abort);
        Poll.until("the aborter is in the second interrupt", () -> interrupts.get() == 2);
        Poll.until("the first task has retired", () -> supervisor.liveCount() == 1);
        int first = gated.get(0).task().isDone() ? 0 : 1;
        assertEquals(1, hooks.get(first).runs());
        assertSame(gated.get(first).thread(), hooks.get(first).thread());
        assertEquals(0, hooks.get(first).interrupted());
        assertEquals(List.of("done after 1 run"), List.copyOf(events));
        go.countDown();
        aborter.join();
        supervisor.shutdown();
        assertEquals(1, hooks.get(0).runs());
        assertEquals(1, hooks.get(1).runs());
        assertEquals(2, events.size());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aHookMayStillBeRunningWhenTheTaskIsDoneAndTheSupervisorFinished(Kind kind) {
        CountDownLatch release = new CountDownLatch(1);
        RecordedHook hook = new RecordedHook(() -> Poll.await(release));
        Supervisor supervisor = unowned(kind);
        // It does not end by the request, or its own thread might be the first to take the hook.
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onCancel(hook);
        Background<Boolean> requester = Background.call(gated.task()::cancel);
        hook.untilRun();
        gated.release();
        assertEquals(Status.SUCCEEDED, gated.end());
        supervisor.seal();
        Poll.until("finished", () -> supervisor.state() == State.FINISHED);
        assertFalse(requester.hasEnded());
        release.countDown();
        assertTrue(requester.join());
        assertEquals(1, hook.runs());
    }

    /** The hook may wait for what such waiters do next. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void s3_threadsThatWaitForADroppedTaskAreReleasedBeforeTheHooksRun(boolean abort) throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Task<?> task = supervisor.spawn(() -> 1);
        Task<?> sibling = supervisor.spawn(() -> 2);
        CountDownLatch released = new CountDownLatch(abort ? 2 : 1);
        for (Task<?> waitedFor : List.of(task, sibling)) {
            waitedFor.toCompletableFuture().whenComplete((result, failure) -> released.countDown());
            waitedFor.onCancel(() -> Poll.await(released));
        }
        if (abort) {
            supervisor.abort();
        } else {
            task.cancel();
        }
        assertEquals(0, released.getCount());
        assertEquals(!abort, sibling.status() == Status.PENDING);
        supervisor.shutdown();
    }

    // once

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_hookRunsOnceUnderManyRequestsOfManyThreads(Kind kind) {
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onCancel(hook);
        List<Background<Void>> requesters = new ArrayList<>();
        for (Request request : Request.values()) {
            if (request != Request.FATAL) {   // which an aborted supervisor refuses
                requesters.add(Background.run(() -> request.of(supervisor, gated.task())));
                requesters.add(Background.run(() -> request.of(supervisor, gated.task())));
            }
        }
        hook.untilRun();
        gated.release();
        requesters.forEach(Background::join);
        gated.task().cancel();
        supervisor.abort();
        assertEquals(1, hook.runs());
    }

    @Test
    void s3_registrationBesideARequestRunsTheHookOnce() throws Exception {
        LateExecutor late = new LateExecutor();
        try (TwoThreadRace race = new TwoThreadRace();
                Supervisor supervisor = Supervisor.builder().executor(late).open()) {
            for (int round = 0; round < 3_000; round++) {
                RecordedHook early = new RecordedHook();
                RecordedHook hook = new RecordedHook();
                Task<?> task = supervisor.spawn(() -> 1);
                task.onCancel(early);
                race.round(task::cancel, () -> task.onCancel(hook));
                assertEquals(1, early.runs());
                assertEquals(1, hook.runs());
                late.runAll();
            }
            supervisor.join();
        }
    }

    @Test
    void s3_registrationBesideARequestToARunningTaskRunsTheHookOnce() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace(); Supervisor supervisor = Kind.POOLED.open()) {
            for (int round = 0; round < 1_000; round++) {
                RecordedHook hook = new RecordedHook();
                GatedTask gated = GatedTask.yielding(Kind.POOLED, supervisor);
                race.round(gated.task()::cancel, () -> gated.task().onCancel(hook));
                Poll.spinUntil("retired", () -> supervisor.liveCount() == 0);
                assertEquals(1, hook.runs());
            }
            supervisor.join();
        }
    }

    @Test
    void s3_aRequestBesideTheEndOfTheBodyRunsTheHookOnceOrNever() throws Exception {
        LateExecutor late = new LateExecutor();
        int requested = 0;
        try (TwoThreadRace race = new TwoThreadRace();
                Supervisor supervisor = Supervisor.builder().executor(late).open()) {
            for (int round = 0; round < 3_000; round++) {
                RecordedHook hook = new RecordedHook();
                AtomicBoolean asked = new AtomicBoolean();
                AtomicInteger atDone = new AtomicInteger(-1);
                Task<?> task = supervisor.spawn(() -> 1);
                task.onCancel(hook).onDone(done -> atDone.set(hook.runs()));
                race.round(late::runNext, () -> asked.set(task.cancel(false)));
                assertEquals(asked.get(), task.isCancelRequested());
                assertEquals(asked.get() ? 1 : 0, hook.runs());
                assertTrue(atDone.get() >= 0, "called back");
                requested += asked.get() ? 1 : 0;
            }
            supervisor.join();
        }
        assertTrue(requested > 0, "no request came before the end");
    }

    // what a hook throws

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aThrowingHookIsReportedWrappedAndStopsNobody(Kind kind) {
        List<Throwable> thrown = List.of(new Exception("a hook's, checked"), new IllegalStateException("a hook's"),
                new AssertionError("a hook's"), new StackOverflowError("a hook's"));
        AtomicInteger others = new AtomicInteger();
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            for (Throwable throwable : thrown) {
                gated.task().onCancel(() -> Sneaky.<Exception>sneak(throwable)).onCancel(others::incrementAndGet);
            }
            assertTrue(gated.task().cancel());
            assertEquals(4, others.get());
            assertEquals(4, uncaught.seen().size());
            for (Throwable throwable : thrown) {
                assertEquals(1, uncaught.wrapping(throwable));
                assertEquals(0, throwable.getSuppressed().length);
            }
            assertSame(Thread.currentThread(), uncaught.threads().get(0));
            assertEquals(State.ENTERED, supervisor.state());
            gated.release();
            assertEquals(Status.SUCCEEDED, gated.end());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aThrowingHookKeepsNoOtherTaskOfAnAbortFromItsHooks(Kind kind) {
        IllegalStateException thrown = new IllegalStateException("a hook's");
        try (UncaughtReports uncaught = UncaughtReports.collect(); Supervisor supervisor = kind.open()) {
            List<GatedTask> gated = new ArrayList<>();
            AtomicInteger ran = new AtomicInteger();
            for (int i = 0; i < 4; i++) {
                gated.add(GatedTask.stubborn(kind, supervisor));
                gated.get(i).task().onCancel(() -> {
                    throw thrown;
                }).onCancel(ran::incrementAndGet);
            }
            supervisor.abort();
            assertEquals(4, ran.get());
            assertEquals(4, uncaught.wrapping(thrown));
            gated.forEach(GatedTask::release);
        }
    }

    // what hooks are for

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_aHookEndsWhatAnInterruptDoesNot(Kind kind) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Supervisor supervisor = kind.open()) {
            Task<?> task = ShortWait.begin(kind, supervisor, () -> listener.accept().close());
            task.onCancel(listener::close);
            assertTrue(task.cancel());
            Poll.until("ended", task::isDone);
            assertEquals(Status.CANCELLED, task.status());
            assertTrue(listener.isClosed());
        }
    }

    // the request itself

    @ParameterizedTest
    @MethodSource("requestsOfAllKinds")
    void s3_isCancelRequestedFromTheRequestOnForEver(Request request, Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        assertFalse(gated.task().isCancelRequested());
        Background<Void> requester = Background.run(() -> request.of(supervisor, gated.task()));
        Poll.until("requested", () -> gated.task().isCancelRequested());
        assertFalse(gated.task().isCancelled());
        gated.release();
        assertEquals(Status.SUCCEEDED, gated.end());
        requester.join();
        assertTrue(gated.task().isCancelRequested());
        supervisor.shutdown();
        assertTrue(gated.task().isCancelRequested());
    }

    @ParameterizedTest
    @EnumSource(value = Request.class, mode = EnumSource.Mode.EXCLUDE, names = "FATAL")
    void s3_isCancelRequestedOfATaskThatWasDropped(Request request) {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Task<?> task = supervisor.spawn(() -> 1);
        assertFalse(task.isCancelRequested());
        request.of(supervisor, task);
        assertTrue(task.isCancelled());
        assertTrue(task.isCancelRequested());
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s3_isCancelRequestedIsSeenInTheBodyAndInACallback(Kind kind) throws Exception {
        AtomicReference<Boolean> inCallback = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn(() -> {
                Task<?> self = self(supervisor);
                self.onDone(done -> inCallback.set(done.isCancelRequested()));
                boolean before = self.isCancelRequested();
                self.cancel(false);
                return before + " " + self.isCancelRequested();
            });
            supervisor.join();
            assertEquals("false true", task.get());
            assertEquals(true, inCallback.get());
        }
    }
}
