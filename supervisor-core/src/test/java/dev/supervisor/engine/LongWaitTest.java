package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.Background;
import dev.supervisor.GatedTask;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.RecordedLog;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.UncaughtReports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What exits and drains say in the log when they wait long, by a clock that the test sets: O7. */
class LongWaitTest {

    private static final Duration TEN = Duration.ofSeconds(10);
    private static final Duration AGES = Duration.ofDays(1000);

    private final StoppedClock clock = new StoppedClock();
    private RecordedLog log = new RecordedLog();

    @AfterEach
    void noStrayInterrupt() {
        log.close();
        clock.close();
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private List<String> said() {
        return log.messages("has waited");
    }

    private void untilSaid(int count) {
        Poll.until(count + " messages", () -> said().size() >= count);
        assertEquals(count, said().size());
    }

    private static Supervisor open(Kind kind, String name) {
        return kind.builder().name(name).unowned().open();
    }

    /** Starts a wait in the background, and waits until it has begun. */
    private Background<Void> begun(Action wait) {
        Background<Void> waiter = Background.run(wait);
        clock.untilWaits(1);
        return waiter;
    }

    // ---- When

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_aCloseSpeaksAfterTenSecondsAndThenAtDoublingTimes(Kind kind) {
        Supervisor supervisor = open(kind, "doubling");
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        Background<Void> closer = begun(supervisor::close);
        clock.advance(TEN.minusNanos(1));
        assertEquals(List.of(), said());
        clock.advance(Duration.ofNanos(1));
        untilSaid(1);
        clock.untilWaits(3);
        clock.advance(TEN);
        untilSaid(2);
        clock.untilWaits(5);
        clock.advance(TEN.multipliedBy(2));
        untilSaid(3);
        clock.untilWaits(7);
        task.release();
        closer.join();
        Duration look = Duration.ZERO;
        assertEquals(List.of(TEN, look, TEN, look, TEN.multipliedBy(2), look, TEN.multipliedBy(4)), clock.waits());
        assertTrue(said().get(0).startsWith("The close of Supervisor[doubling, tasks=1, aborting] has waited 10 s"),
                said()::toString);
        assertTrue(said().get(1).contains("has waited 20 s"), said()::toString);
        assertTrue(said().get(2).contains("has waited 40 s"), said()::toString);
    }

    @Test
    void o7_aWaiterThatWasHeldUpSpeaksOnceAndThenAtTheNextTime() {
        Supervisor supervisor = open(Kind.POOLED, "held up");
        GatedTask task = GatedTask.stubborn(Kind.POOLED, supervisor);
        Background<Void> closer = begun(supervisor::close);
        clock.advance(Duration.ofSeconds(100));
        untilSaid(1);
        clock.untilWaits(3);
        task.release();
        closer.join();
        assertEquals(Duration.ofSeconds(60), clock.waits().get(2));   // until 160 s have passed
        assertTrue(said().get(0).contains("has waited 100 s"), said()::toString);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_shutdownRunCallAndDrainSpeakToo(Kind kind) {
        Supervisor shut = open(kind, "shut");
        GatedTask first = GatedTask.stubborn(kind, shut);
        saysOf("The shutdown of Supervisor[shut,", shut::shutdown, first);

        Supervisor drained = open(kind, "drained");
        GatedTask second = GatedTask.stubborn(kind, drained);
        saysOf("The drain of Supervisor[drained,", () -> assertTrue(drained.drain(AGES)), second);

        AtomicReference<GatedTask> third = new AtomicReference<>();
        Kind spawns = kind == Kind.CALLER_RUNS ? Kind.POOLED : kind;   // the owner runs no body of this test
        Action run = () -> spawns.builder().name("run").run(s -> third.set(GatedTask.stubborn(spawns, s)));
        saysOf("The run of Supervisor[run,", run, third);
        Action call = () -> spawns.builder().name("called").call(s -> {
            third.set(GatedTask.stubborn(spawns, s));
            return 1;
        });
        saysOf("The run of Supervisor[called,", call, third);
    }

    private void saysOf(String beginning, Action wait, GatedTask task) {
        saysOf(beginning, wait, new AtomicReference<>(task));
    }

    private void saysOf(String beginning, Action wait, AtomicReference<GatedTask> task) {
        int waits = clock.waits().size();
        int before = said().size();
        Background<Void> waiter = Background.run(wait);
        clock.untilWaits(waits + 1);
        clock.advance(TEN);
        untilSaid(before + 1);
        assertTrue(said().get(before).startsWith(beginning), said()::toString);
        task.get().release();
        waiter.join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_aJoinSaysNothing(Kind kind) {
        Supervisor supervisor = open(kind, "months");
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        Background<Void> joiner = Background.blockedIn(supervisor::join);
        clock.advance(AGES);
        task.release();
        joiner.join();
        supervisor.close();
        assertEquals(List.of(), clock.waits());
        assertEquals(List.of(), said());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_anExitThatFindsNothingLiveHasNoUseForTheClock(Kind kind) throws Exception {
        Supervisor supervisor = open(kind, "quick");
        Task<Integer> task = supervisor.spawn(() -> 1);
        assertEquals(1, task.get());
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        supervisor.close();
        kind.builder().run(s -> { });
        assertEquals(List.of(), clock.waits());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_anInterruptDoesNotBeginTheWaitAnew(Kind kind) {
        Supervisor supervisor = open(kind, "interrupted");
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        Background<Void> closer = begun(supervisor::close);
        clock.advance(Duration.ofSeconds(9));
        closer.interrupt();
        clock.untilWaits(2);
        assertEquals(Duration.ofSeconds(1), clock.waits().get(1));
        clock.advance(Duration.ofSeconds(1));
        untilSaid(1);
        task.release();
        assertTrue(closer.leftInterrupted());
    }

    // ---- A drain is in time

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_aDrainThatSpeaksEndsWithItsGrace(Kind kind) {
        Supervisor supervisor = open(kind, "grace");
        GatedTask task = GatedTask.yielding(kind, supervisor);
        Background<Boolean> drain = Background.call(() -> supervisor.drain(Duration.ofHours(1)));
        clock.untilWaits(1);
        clock.advance(Duration.ofMinutes(55));
        untilSaid(1);
        clock.untilWaits(3);
        Duration last = clock.waits().get(2);   // the clock stands, but the grace began by the real one
        assertTrue(last.compareTo(Duration.ofMinutes(5)) >= 0 && last.compareTo(Duration.ofMinutes(6)) < 0, last::toString);
        clock.advance(Duration.ofMinutes(6));
        assertFalse(drain.join());
        assertEquals(1, task.interrupts());
        assertEquals(1, said().size());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_aDrainWhoseGraceIsOverSaysNothingBeforeItShutsDown(Kind kind) {
        Supervisor supervisor = open(kind, "over");
        GatedTask.yielding(kind, supervisor);
        Background<Void> drain = begun(() -> assertFalse(supervisor.drain(Duration.ofSeconds(60))));
        clock.advance(Duration.ofHours(1));
        drain.join();
        assertEquals(List.of(), said());
    }

    @Test
    void o7_aDrainWhoseGraceIsShorterWaitsNoLonger() {
        Supervisor supervisor = open(Kind.POOLED, "short");
        GatedTask.yielding(Kind.POOLED, supervisor);
        Background<Void> drain = begun(() -> assertFalse(supervisor.drain(Duration.ofSeconds(1))));
        clock.advance(TEN.minusNanos(1));
        drain.join();
        assertEquals(List.of(), said());
    }

    // ---- What

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_itSaysWhatTheFirstTasksAreDoingAndHowManyMoreThereAre(Kind kind) {
        Supervisor supervisor = open(kind, "busy");
        List<GatedTask> tasks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            tasks.add(GatedTask.stubborn(kind, supervisor));
        }
        Background<Void> closer = begun(supervisor::close);
        tasks.forEach(GatedTask::untilTold);
        tasks.forEach(task -> Poll.untilBlocked(task.thread()));
        clock.advance(TEN);
        untilSaid(1);
        String message = said().get(0);
        assertTrue(message.contains("tasks=5"), message);
        assertTrue(message.endsWith("and 2 more"), message);
        List<GatedTask> named = tasks.stream().filter(task -> message.contains(task.task().name() + ",")).toList();
        assertEquals(3, named.size(), message);
        for (GatedTask task : named) {
            String line = "Task[" + task.task().name() + ", running] on thread " + task.thread().getName() + ", TIMED_WAITING";
            assertTrue(message.contains(line), message);
        }
        assertEquals(3, Stream.of(message.split("\n")).filter(line -> line.contains("GatedTask.body")).count(), message);
        LogRecord record = log.records().stream().filter(r -> r.getMessage().equals(message)).findAny().orElseThrow();
        assertEquals(Level.WARNING, record.getLevel());
        tasks.forEach(GatedTask::release);
        closer.join();
    }

    @Test
    void o7_itSaysOfATaskThatItHasNotStartedOrThatNoThreadRunsIt() {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().name("idle").unowned().executor(late).open();
        supervisor.spawn("pending", () -> 1);
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        supervisor.spec("async").spawnAsync(() -> stage);
        Supervisor child = Supervisor.builder().name("child").unowned().parent(supervisor).open();
        GatedTask grandchild = GatedTask.stubborn(Kind.POOLED, child);
        Background<Void> drain = begun(() -> supervisor.drain(AGES));
        clock.advance(TEN);
        untilSaid(1);
        String message = said().get(0);
        assertTrue(message.contains("Task[pending, pending] has not started\n"), message);
        assertTrue(message.contains("Task[async, running] is run by no thread\n"), message);
        assertTrue(message.contains("Task[child, running] is the child Supervisor[child, tasks=1, draining]"), message);
        stage.complete(1);
        late.runAll();
        grandchild.release();
        drain.join();
    }

    @Test
    void o7_nothingIsSaidIfNoTaskIsLiveAnyMore() throws Exception {
        Scope scope = (Scope) open(Kind.POOLED, "gone");
        assertEquals(null, new LongWait(scope, "close").get());
        scope.close();
    }

    /** A thread that lets its task end as soon as another thread looks at its frames. */
    private static final class Slippery extends Thread {

        private final CountDownLatch release;
        private final Supervisor supervisor;

        Slippery(Runnable body, CountDownLatch release, Supervisor supervisor) {
            super(body, "slippery");
            this.release = release;
            this.supervisor = supervisor;
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            release.countDown();
            Poll.until("its task has retired", () -> supervisor.liveCount() == 1);
            return super.getStackTrace();
        }
    }

    @Test
    void o7_itShowsNoFramesOfAThreadThatHasLeftTheTask() {
        CountDownLatch release = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Supervisor supervisor = Supervisor.builder().name("slippery").unowned()
                .threadFactory(body -> new Slippery(body, release, opened.get())).open();
        opened.set(supervisor);
        CountDownLatch begun = new CountDownLatch(1);
        Task<?> first = supervisor.spawn("first", () -> {
            begun.countDown();
            Poll.await(release);
        });
        Poll.await(begun);
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        supervisor.spec("second").spawnAsync(() -> stage);
        String message = new LongWait((Scope) supervisor, "close").get();
        assertTrue(message.contains("Task[first, running] on thread slippery/first, "), message);
        assertTrue(message.contains("; it has left this task since\n"), message);
        assertFalse(message.contains("\n      at "), message);
        assertTrue(first.isDone());
        stage.complete(1);
        supervisor.close();
    }

    // ---- A logger cannot break it

    private RecordedLog logThat(Action does) {
        log.close();
        log = new RecordedLog() {
            @Override
            public void publish(LogRecord record) {
                super.publish(record);
                if (record.getMessage().contains("has waited")) {
                    try {
                        does.run();
                    } catch (Exception | Error thrown) {
                        throw sneaky(thrown);
                    }
                }
            }
        };
        return log;
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> X sneaky(Throwable thrown) throws X {
        throw (X) thrown;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_aLoggerThatThrowsEndsNoWaitAndIsReported(Kind kind) {
        for (Throwable broken : List.of(new IllegalStateException("broken"), new StackOverflowError("broken"),
                new OutOfMemoryError("broken"))) {
            logThat(() -> {
                throw sneaky(broken);
            });
            try (UncaughtReports uncaught = UncaughtReports.collect()) {
                Supervisor supervisor = open(kind, "unheard by " + broken.getClass().getSimpleName());
                GatedTask task = GatedTask.stubborn(kind, supervisor);
                int waits = clock.waits().size();
                Background<Void> closer = Background.run(supervisor::close);
                clock.untilWaits(waits + 1);
                clock.advance(TEN);
                clock.untilWaits(waits + 3);
                assertEquals(TEN, clock.waits().get(waits + 2));   // it does not speak again at once
                clock.advance(TEN);
                clock.untilWaits(waits + 5);
                assertEquals(2, said().size());
                assertEquals(2, uncaught.wrapping(broken));
                assertTrue(uncaught.seen().get(0).getMessage().startsWith("The logger of Supervisor[unheard"));
                assertFalse(closer.hasEnded());
                task.release();
                closer.join();
            }
        }
    }

    /** As if the waiter's own stack ran out. */
    @Test
    void o7_aWaitGoesOnThoughItWasCutOffAsItSpoke() {
        Scope scope = (Scope) open(Kind.POOLED, "cut off");
        GatedTask task = GatedTask.stubborn(Kind.POOLED, scope);
        scope.seal();
        AtomicInteger cutOff = new AtomicInteger();
        Background<Void> waiter = begun(() -> assertTrue(new LongWait(scope, "close") {
            @Override
            void speak() {
                cutOff.incrementAndGet();
                throw new StackOverflowError("on purpose");
            }
        }.await(Deadlines.NEVER)));
        clock.advance(TEN);
        clock.untilWaits(3);
        clock.advance(TEN);
        clock.untilWaits(5);
        task.release();
        waiter.join();
        assertEquals(2, cutOff.get());
        scope.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o7_aLoggerThatBlocksHoldsUpNoOtherThread(Kind kind) {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        logThat(() -> {
            if (blocked.getCount() == 1) {
                blocked.countDown();
                Poll.await(release);
            }
        });
        Supervisor supervisor = open(kind, "blocks");
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        Background<Void> closer = begun(supervisor::close);
        clock.advance(TEN);
        Poll.await(blocked);
        Background<Void> other = Background.run(supervisor::shutdown);
        clock.untilWaits(3);
        task.untilTold();
        task.release();
        other.join();
        assertEquals(Supervisor.State.FINISHED, supervisor.state());
        assertFalse(closer.hasEnded());
        release.countDown();
        closer.join();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void o7_anInterruptThatComesWhileItLogsIsOneOfTheWait(Kind kind) {
        logThat(() -> Thread.currentThread().interrupt());
        AtomicReference<GatedTask> task = new AtomicReference<>();
        Background<Void> run = begun(() -> kind.builder().name("run").run(s -> task.set(GatedTask.yielding(kind, s))));
        clock.advance(TEN);
        assertInstanceOf(InterruptedException.class, run.thrown());
        assertEquals(1, task.get().interrupts());
        assertFalse(run.leftInterrupted());

        Supervisor drained = open(kind, "drained");
        GatedTask ended = GatedTask.yielding(kind, drained);
        int waits = clock.waits().size();
        Background<Void> drain = Background.run(() -> assertFalse(drained.drain(AGES)));
        clock.untilWaits(waits + 1);
        clock.advance(TEN);
        drain.join();
        assertTrue(drain.leftInterrupted());
        assertEquals(1, ended.interrupts());
        assertEquals(2, said().size());
    }

    /** As a callback (C6): the task around is owed its interrupt. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void o7_aLoggerThatSwallowsTheInterruptOfTheTaskAroundLeavesItToTheTask(Kind kind) throws Exception {
        AtomicReference<Task<Boolean>> around = new AtomicReference<>();
        logThat(() -> {
            around.get().cancel();
            assertTrue(Thread.interrupted());
        });
        Supervisor inner = open(Kind.POOLED, "inner");
        GatedTask task = GatedTask.stubborn(Kind.POOLED, inner);
        try (Supervisor outer = kind.open()) {
            around.set(outer.spawn(() -> {
                inner.close();
                return Thread.currentThread().isInterrupted();
            }));
            clock.untilWaits(1);
            clock.advance(TEN);
            untilSaid(1);
            clock.untilWaits(3);
            task.release();
            assertTrue(around.get().get());
            outer.join();
        }
    }
}
