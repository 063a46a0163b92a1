package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A timed wait for the end of a supervisor, which changes nothing: S2. */
class AwaitFinishedTest {

    /** A time that does not end within a test. */
    private static final Duration LONG = Duration.ofHours(1);

    private static final Duration SHORT = Duration.ofMillis(5);

    /** Times after which a wait answers at once. */
    private static final List<Duration> NONE =
            List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofHours(-1), Duration.ofSeconds(Long.MIN_VALUE));

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().unowned().open();
    }

    // it changes nothing

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_anOpenSupervisorIsNotFinishedAndStaysAsItIs(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            List<Duration> times = new ArrayList<>(NONE);
            times.add(SHORT);
            for (Duration time : times) {
                assertFalse(supervisor.awaitFinished(time), () -> "empty, " + time);
                assertFalse(Background.call(() -> supervisor.awaitFinished(time)).join());
                assertEquals(State.ENTERED, supervisor.state());
            }
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            for (Duration time : times) {
                assertFalse(supervisor.awaitFinished(time), () -> "with a task, " + time);
                assertFalse(Background.call(() -> supervisor.awaitFinished(time)).join());
                assertEquals(State.ENTERED, supervisor.state());
            }
            Task<Integer> task = supervisor.spawn(() -> 1);
            assertEquals(1, task.get());
            assertEquals(0, gated.interrupts());
            gated.release();
            supervisor.join();
            times.add(LONG);
            for (Duration time : times) {
                assertTrue(supervisor.awaitFinished(time), () -> "finished, " + time);
                assertTrue(Background.call(() -> supervisor.awaitFinished(time)).join());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_anEmptySealedOneIsFinished(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            supervisor.seal();
            assertTrue(supervisor.awaitFinished(Duration.ZERO));
            assertTrue(supervisor.awaitFinished(LONG));
            assertTrue(Background.call(() -> supervisor.awaitFinished(LONG)).join());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_theWaitIsNotCutShort(Kind kind) throws Exception {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        supervisor.seal();
        long begin = System.nanoTime();
        assertFalse(supervisor.awaitFinished(Duration.ofMillis(300)));
        long millis = (System.nanoTime() - begin) / 1_000_000;
        assertTrue(millis >= 250, "over after " + millis + " ms");
        assertTrue(millis < 20_000, "over after " + millis + " ms");
        assertEquals(State.SEALED, supervisor.state());
        assertEquals(0, gated.interrupts());
        gated.release();
        assertTrue(supervisor.awaitFinished(LONG));
    }

    // it ends with the supervisor

    /** The ways to end a supervisor. */
    enum End {
        SEAL, ABORT, SHUTDOWN, JOIN, CLOSE, DRAIN;

        void apply(Supervisor supervisor) throws InterruptedException {
            switch (this) {
                case SEAL -> supervisor.seal();
                case ABORT -> supervisor.abort();
                case SHUTDOWN -> supervisor.shutdown();
                case JOIN -> supervisor.join();
                case CLOSE -> supervisor.close();
                case DRAIN -> supervisor.drain(LONG);
            }
        }
    }

    static Stream<Arguments> endsOfAllKinds() {
        return Stream.of(End.values()).flatMap(end -> Kind.all().stream().map(kind -> Arguments.of(end, kind)));
    }

    @ParameterizedTest
    @MethodSource("endsOfAllKinds")
    void s2_everyWaiterReturnsAtTheEndWhateverItIs(End end, Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        List<Background<Boolean>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Duration time = i % 2 == 0 ? LONG : Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
            waiters.add(Background.call(() -> supervisor.awaitFinished(time)));
        }
        waiters.forEach(Background::untilBlocked);
        Background<Void> ender = Background.run(() -> end.apply(supervisor));
        Poll.until("admission has ended", () -> supervisor.state() != State.ENTERED);
        waiters.forEach(waiter -> assertFalse(waiter.hasEnded()));
        gated.release();
        waiters.forEach(waiter -> assertTrue(waiter.join()));
        ender.join();
        assertEquals(State.FINISHED, supervisor.state());
        waiters.forEach(waiter -> assertFalse(waiter.leftInterrupted()));
    }

    @ParameterizedTest
    @MethodSource("endsOfAllKinds")
    void s2_waitersOnAnEmptySupervisorReturnWhenAdmissionEnds(End end, Kind kind) throws Exception {
        Supervisor supervisor = unowned(kind);
        List<Background<Boolean>> waiters = List.of(
                Background.call(() -> supervisor.awaitFinished(LONG)),
                Background.call(() -> supervisor.awaitFinished(LONG)));
        waiters.forEach(Background::untilBlocked);
        end.apply(supervisor);
        waiters.forEach(waiter -> assertTrue(waiter.join()));
    }

    @Test
    void s2_noWakeUpIsLost() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 1_000; round++) {
                LateExecutor late = new LateExecutor();
                Supervisor supervisor = Supervisor.builder().unowned().executor(late).open();
                supervisor.execute(() -> { });
                supervisor.seal();
                AtomicReference<Boolean> finished = new AtomicReference<>();
                race.round(late::runAll, () -> finished.set(supervisor.awaitFinished(Duration.ofSeconds(20))));
                assertTrue(finished.get(), "round " + round);
            }
        }
    }

    // interrupts

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_anInterruptEndsTheWaitAndDisturbsNobody(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Boolean> other = Background.call(() -> supervisor.awaitFinished(LONG));
        Background<Boolean> waiter = Background.call(() -> supervisor.awaitFinished(LONG));
        other.untilBlocked();
        waiter.untilBlocked();
        waiter.interrupt();
        assertInstanceOf(InterruptedException.class, waiter.thrown());
        assertFalse(waiter.leftInterrupted());
        Background<Boolean> interruptedBefore = Background.call(() -> {
            Thread.currentThread().interrupt();
            return supervisor.awaitFinished(LONG);
        });
        assertInstanceOf(InterruptedException.class, interruptedBefore.thrown());
        assertFalse(interruptedBefore.leftInterrupted());
        assertEquals(State.ENTERED, supervisor.state());
        assertFalse(other.hasEnded());
        assertEquals(0, gated.interrupts());
        gated.release();
        supervisor.seal();
        assertTrue(other.join());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_anOwnerThatIsInterruptedByAShutdownWhileItWaitsGetsTheInterrupt(Kind kind) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch holds = new CountDownLatch(1);
        Background<Void> owner = Background.run(() -> {
            try (Supervisor supervisor = kind.open()) {
                opened.set(supervisor);
                GatedTask gated = GatedTask.stubborn(kind, supervisor);
                gated.task().onCancel(gated::release);
                holds.countDown();
                assertTrue(supervisor.awaitFinished(LONG));
                new CountDownLatch(1).await();   // finished before the interrupt came
            }
        });
        Poll.await(holds);
        opened.get().shutdown();
        assertInstanceOf(InterruptedException.class, owner.thrown());
        assertFalse(owner.leftInterrupted());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_aWaitOfNoTimeLooksAndReturnsWhateverTheInterruptStatus(Kind kind) throws Exception {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        for (Duration none : NONE) {
            Thread.currentThread().interrupt();
            assertFalse(supervisor.awaitFinished(none));
            assertTrue(Thread.interrupted(), "kept");
        }
        gated.release();
        supervisor.shutdown();
        for (Duration none : NONE) {
            Thread.currentThread().interrupt();
            assertTrue(supervisor.awaitFinished(none));
            assertTrue(Thread.interrupted(), "kept");
        }
    }

    /** As after a get or a join that has thrown for the interrupt of a shutdown (C6). */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_aStatusThatIsSetAfterTheWaitHasThrownForOursIsNotTakenBack(Kind kind) throws Exception {
        Supervisor supervisor = kind.open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Void> shutdown = Background.run(supervisor::shutdown);
        assertThrows(InterruptedException.class, () -> supervisor.awaitFinished(LONG));
        Thread.currentThread().interrupt();   // from outside
        gated.release();
        supervisor.close();
        assertTrue(Thread.interrupted());
        shutdown.join();
    }

    // inside

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_insideOfATaskItIsAnOrdinaryTimedWait(Kind kind) throws Exception {
        AtomicReference<String> inCallback = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            TaskSpec spec = supervisor.spec("spec").onDone(task -> {
                try {
                    inCallback.set(supervisor.awaitFinished(SHORT) + " " + supervisor.awaitFinished(Duration.ZERO));
                } catch (Exception e) {
                    inCallback.set(e.toString());
                }
            });
            Task<String> task = spec.spawn(() -> {
                boolean open = supervisor.awaitFinished(SHORT);
                supervisor.seal();
                boolean sealed = supervisor.awaitFinished(SHORT);
                try (Supervisor inner = Kind.POOLED.open()) {
                    boolean nested = inner.spawn(() -> supervisor.awaitFinished(SHORT)).get();
                    inner.join();
                    return open + " " + sealed + " " + nested;
                }
            });
            supervisor.join();
            assertEquals("false false false", task.get());
            assertEquals("false false", inCallback.get());
            assertTrue(supervisor.awaitFinished(LONG));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s2_aTaskThatWaitsIsCancelledByAnInterrupt(Kind kind) {
        Supervisor supervisor = unowned(kind);
        Task<?> task = ShortWait.begin(kind, supervisor, () -> supervisor.awaitFinished(LONG));
        task.cancel();
        Poll.until("ended", task::isDone);
        assertEquals(Status.CANCELLED, task.status());
        supervisor.shutdown();
    }

    @Test
    void s2_aWaiterOnAForkJoinWorkerLetsThePoolRunTheTasksThatItWaitsFor() throws Exception {
        ForkJoinPool pool = new ForkJoinPool(1);
        try {
            assertTrue(pool.submit(() -> {
                Supervisor supervisor = Supervisor.builder().unowned().executor(pool).open();
                supervisor.spawn(() -> 1);
                supervisor.seal();
                return supervisor.awaitFinished(Duration.ofSeconds(20));
            }).get(30, TimeUnit.SECONDS));
            assertTrue(pool.submit(() -> {
                Supervisor supervisor = Supervisor.builder().unowned().executor(pool).open();
                supervisor.spawn(() -> 1);
                return supervisor.drain(Duration.ofSeconds(20));
            }).get(30, TimeUnit.SECONDS), "a drain likewise (S1)");
        } finally {
            pool.shutdownNow();
        }
    }

    // it leaves nothing

    @Test
    void s2_waitsThatTimedOutOrWereInterruptedLeaveNothing() throws Exception {
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Task<?> task = supervisor.spawn(() -> 1);
        Background<Boolean> keeper = Background.call(() -> supervisor.awaitFinished(LONG));
        keeper.untilBlocked();
        int threads = 4;
        int waits = 10_000;
        long before = Heap.used();
        List<Background<Integer>> waiters = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            waiters.add(Background.call(() -> {
                int timedOut = 0;
                for (int wait = 0; wait < waits; wait++) {
                    if (wait % 10 == 0) {
                        Thread.currentThread().interrupt();
                        assertThrows(InterruptedException.class, () -> supervisor.awaitFinished(LONG));
                    }
                    timedOut += supervisor.awaitFinished(Duration.ofNanos(wait % 3 * 1_000)) ? 0 : 1;
                }
                return timedOut;
            }));
        }
        List<WeakReference<Thread>> dead = new ArrayList<>();
        for (Background<Integer> waiter : waiters) {
            assertEquals(waits, waiter.join());
            dead.add(new WeakReference<>(waiter.thread()));
        }
        waiters.clear();
        Heap.untilGrownByAtMost(1 << 18, before);
        Heap.untilCollected(dead);
        assertEquals(State.ENTERED, supervisor.state());
        assertEquals(1, supervisor.liveCount());
        assertFalse(keeper.hasEnded());
        task.cancel();
        supervisor.seal();
        assertTrue(keeper.join());
    }

    @Test
    void s2_nullIsRefused() {
        try (Supervisor supervisor = Supervisor.open()) {
            assertThrows(NullPointerException.class, () -> supervisor.awaitFinished(null));
        }
    }
}
