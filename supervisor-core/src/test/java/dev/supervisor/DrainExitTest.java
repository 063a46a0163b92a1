package dev.supervisor;

import static dev.supervisor.Refusals.assertRefuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A graceful stop beside its owner, other drains and other ends: S1. */
class DrainExitTest {

    /** A grace that does not end within a test. */
    private static final Duration LONG = Duration.ofHours(1);

    /** A grace that ends while tasks are live. */
    private static final Duration SHORT = Duration.ofMillis(30);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor unowned(Kind kind) {
        return kind.builder().name("north").unowned().open();
    }

    /** An owner on a counted thread, which hands its supervisor to the test. */
    private static final class Owner {
        final AtomicReference<Supervisor> opened = new AtomicReference<>();
        final Background<Void> background;

        Owner(Kind kind, Block<Exception> body) {
            background = Background.run(CountedThread::new, () -> {
                try (Supervisor supervisor = kind.builder().name("north").open()) {
                    opened.set(supervisor);
                    body.run(supervisor);
                }
            });
        }

        Supervisor supervisor() {
            Poll.until("opened", () -> opened.get() != null || background.hasEnded());
            return opened.get();
        }

        int interrupts() {
            return ((CountedThread) background.thread()).interrupts();
        }
    }

    // the owner

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_theOwnersBlockIsRefused(Kind kind) {
        CountDownLatch drained = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Owner owner = new Owner(kind, supervisor -> {
            gated.set(GatedTask.stubborn(kind, supervisor));
            drained.await();
            assertRefuses("is draining", supervisor);
            refused.countDown();
            supervisor.join();
        });
        Poll.until("spawned", () -> gated.get() != null);
        Background<Boolean> drainer = Draining.begin(owner.supervisor(), LONG);
        drained.countDown();
        Poll.await(refused);
        gated.get().release();
        assertTrue(drainer.join());
        owner.background.join();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void s1_theOwnersBlockIsInterruptedAlsoAfterADrainThatWentWell(boolean well) {
        for (Kind kind : Kind.all()) {
            AtomicReference<GatedTask> gated = new AtomicReference<>();
            CountDownLatch leave = new CountDownLatch(1);
            Owner owner = new Owner(kind, supervisor -> {
                gated.set(GatedTask.stubborn(kind, supervisor));
                leave.await();
            });
            Poll.until("spawned", () -> gated.get() != null);
            Background<Boolean> drainer = Background.call(() -> owner.supervisor().drain(well ? LONG : SHORT));
            if (well) {
                Draining.untilBegun(owner.supervisor());
                drainer.untilBlocked();
                assertEquals(0, owner.interrupts(), "not before the wait has ended");
            } else {
                gated.get().untilTold();
            }
            gated.get().release();
            assertEquals(well, drainer.join());
            assertInstanceOf(InterruptedException.class, owner.background.thrown());
            assertEquals(1, owner.interrupts());
            assertFalse(owner.background.leftInterrupted());
            assertEquals(well ? 0 : 1, gated.get().interrupts());
            assertEquals(State.FINISHED, owner.supervisor().state());
        }
    }

    @Test
    void s1_theOwnersBlockIsInterruptedByTheDrainOfAnEmptyOne() {
        Owner owner = new Owner(Kind.POOLED, supervisor -> new CountDownLatch(1).await());
        assertTrue(owner.supervisor().drain(LONG));
        assertInstanceOf(InterruptedException.class, owner.background.thrown());
        assertEquals(1, owner.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s1_theOwnersBlockIsInterruptedOnceByManyDrainsAndShutdowns(Kind kind) {
        AtomicBoolean leave = new AtomicBoolean();
        AtomicInteger seen = new AtomicInteger();
        Owner owner = new Owner(kind, supervisor -> {
            while (!leave.get()) {
                if (Thread.interrupted()) {
                    seen.incrementAndGet();
                }
                Thread.onSpinWait();
            }
        });
        Supervisor supervisor = owner.supervisor();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        List<Background<Boolean>> drainers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            drainers.add(Draining.begin(supervisor, LONG));
        }
        gated.release();
        drainers.forEach(drainer -> assertTrue(drainer.join()));
        Poll.until("interrupted", () -> seen.get() == 1);
        supervisor.shutdown();
        assertFalse(supervisor.drain(Duration.ZERO) && owner.background.hasEnded(), "no drain waits for the owner");
        leave.set(true);
        owner.background.join();
        assertEquals(1, seen.get());
        assertEquals(1, owner.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_theOwnersOwnDrainDoesNotInterruptIt(Kind kind) {
        for (Duration grace : List.of(SHORT, Duration.ZERO)) {
            Owner owner = new Owner(kind, supervisor -> {
                GatedTask gated = GatedTask.yielding(kind, supervisor);
                assertFalse(supervisor.drain(grace));
                assertFalse(Thread.currentThread().isInterrupted());
                assertEquals(Status.CANCELLED, gated.task().status());
            });
            owner.background.join();
            assertEquals(0, owner.interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_anOwnerInJoinReturnsNormallyWhenAllHaveEnded(Kind kind) {
        for (boolean well : new boolean[] {true, false}) {
            AtomicReference<GatedTask> gated = new AtomicReference<>();
            Owner owner = new Owner(kind, supervisor -> {
                gated.set(GatedTask.stubborn(kind, supervisor));
                supervisor.join();
                assertRefuses("is finished", supervisor);
            });
            Poll.until("joining", () -> gated.get() != null && owner.supervisor().state() == State.EXITING);
            Background<Boolean> drainer = Background.call(() -> owner.supervisor().drain(well ? LONG : SHORT));
            if (well) {
                Draining.untilBegun(owner.supervisor());
                assertRefuses("is draining", owner.supervisor());
            } else {
                gated.get().untilTold();
            }
            assertFalse(owner.background.hasEnded());
            gated.get().release();
            assertEquals(well, drainer.join());
            owner.background.join();
            assertEquals(0, owner.interrupts());
            assertFalse(owner.background.leftInterrupted());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aCloseWithoutJoinAbortsAsEver(Kind kind) {
        CountDownLatch leave = new CountDownLatch(1);
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Owner owner = new Owner(kind, supervisor -> {
            gated.set(GatedTask.yielding(kind, supervisor));
            leave.await();
        });
        Poll.until("spawned", () -> gated.get() != null);
        Background<Boolean> drainer = Draining.begin(owner.supervisor(), LONG);
        leave.countDown();
        owner.background.join();
        assertEquals(Status.CANCELLED, gated.get().task().status());
        assertFalse(drainer.join());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aRunEndsNormallyIfItsBlockReturnsWhileItDrains(Kind kind) throws Exception {
        AtomicReference<Boolean> drained = new AtomicReference<>();
        AtomicReference<Background<Boolean>> drainer = new AtomicReference<>();
        kind.builder().run(supervisor -> {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            drainer.set(Draining.begin(supervisor, LONG));
            Background.run(() -> {
                Poll.untilBlocked(drainer.get().thread());
                gated.release();
            });
            assertEquals(Status.SUCCEEDED, gated.end());
            drained.set(true);
            Poll.until("drained", drainer.get()::hasEnded);
            assertTrue(Thread.interrupted(), "the block is interrupted by the end of the drain");
        });
        assertTrue(drained.get());
        assertTrue(drainer.get().join());
    }

    // many, and interrupts

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_ofManyDrainsTheEarliestEndCounts(Kind kind) {
        for (boolean longFirst : new boolean[] {true, false}) {
            Supervisor supervisor = unowned(kind);
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            RecordedHook hook = new RecordedHook();
            gated.task().onDrain(hook);
            List<Background<Boolean>> drainers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Duration grace = i == (longFirst ? 5 : 0) ? SHORT : LONG;
                drainers.add(Background.call(() -> supervisor.drain(grace)));
                if (longFirst && i < 5) {
                    drainers.get(i).untilBlocked();
                }
            }
            gated.untilTold();
            assertEquals(State.ABORTING, supervisor.state());
            drainers.forEach(drainer -> assertFalse(drainer.hasEnded()));
            gated.release();
            drainers.forEach(drainer -> assertFalse(drainer.join()));
            assertEquals(1, gated.interrupts());
            assertTrue(hook.runs() <= 1, "runs once");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_anInterruptedDrainerShutsDownAndKeepsItsStatus(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask yielding = GatedTask.yielding(kind, supervisor);
        GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
        Background<Boolean> other = Draining.begin(supervisor, LONG);
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        drainer.untilBlocked();
        drainer.interrupt();
        stubborn.untilTold();
        assertEquals(Status.CANCELLED, yielding.end());
        for (int i = 0; i < 3; i++) {
            drainer.untilBlocked();
            drainer.interrupt();
        }
        assertFalse(drainer.hasEnded(), "its wait for the end is that of a shutdown");
        stubborn.release();
        assertFalse(drainer.join());
        assertTrue(drainer.leftInterrupted());
        assertFalse(other.join());
        assertFalse(other.leftInterrupted());
        assertEquals(1, stubborn.interrupts());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aDrainerWhoseStatusIsSetBeforeShutsDownAtOnce(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask yielding = GatedTask.yielding(kind, supervisor);
        Thread.currentThread().interrupt();
        assertFalse(supervisor.drain(LONG));
        assertTrue(Thread.interrupted(), "kept");
        assertEquals(Status.CANCELLED, yielding.task().status());
        Supervisor empty = unowned(kind);
        Thread.currentThread().interrupt();
        assertTrue(empty.drain(LONG), "it is finished before there is anything to wait for");
        assertTrue(Thread.interrupted(), "kept");
    }

    // refused calls

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aNegativeGraceIsRefusedAndChangesNothing(Kind kind) throws Exception {
        RecordedHook hook = new RecordedHook();
        try (Supervisor supervisor = kind.open()) {
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            gated.task().onDrain(hook);
            for (Duration grace : List.of(Duration.ofNanos(-1), Duration.ofHours(-1),
                    Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThrows(IllegalArgumentException.class, () -> supervisor.drain(grace));
                Background.run(() -> assertThrows(IllegalArgumentException.class, () -> supervisor.drain(grace)))
                        .join();
            }
            Thread.currentThread().interrupt();
            assertThrows(NullPointerException.class, () -> supervisor.drain(null));
            assertThrows(IllegalArgumentException.class, () -> supervisor.drain(Duration.ofNanos(-1)));
            assertTrue(Thread.interrupted(), "the status is kept");
            assertUnchanged(supervisor, gated);
            supervisor.join();
        }
        assertEquals(0, hook.runs());
    }

    private static void assertUnchanged(Supervisor supervisor, GatedTask sibling) throws Exception {
        assertEquals(State.ENTERED, supervisor.state());
        assertEquals(1, supervisor.spawn(() -> 1).get());
        assertEquals(Status.RUNNING, sibling.task().status());
        assertEquals(0, sibling.interrupts());
        sibling.release();
        assertEquals(Status.SUCCEEDED, sibling.end());
    }

    private static void assertRefused(Throwable thrown) {
        assertInstanceOf(IllegalStateException.class, thrown);
        assertTrue(thrown.getMessage().contains("abort()"), thrown.getMessage());
    }

    private static Throwable tried(Supervisor supervisor, Duration grace) {
        try {
            supervisor.drain(grace);
            return null;
        } catch (Throwable t) {
            return t;
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_insideOfATaskItIsRefusedAndChangesNothing(Kind kind) throws Exception {
        for (Duration grace : List.of(LONG, Duration.ZERO)) {
            List<Throwable> thrown = new ArrayList<>();
            RecordedHook hook = new RecordedHook();
            FailureHandler handler = (task, failure) -> thrown.add(tried(task.supervisor(), grace));
            Supervisor supervisor = kind.builder().unowned().onFailure(handler).open();
            GatedTask sibling = GatedTask.stubborn(kind, supervisor);
            sibling.task().onDrain(hook);
            TaskSpec spec = supervisor.spec("spec").onDone(task -> thrown.add(tried(supervisor, grace)));
            spec.spawn(() -> {
                thrown.add(tried(supervisor, grace));
                try (Supervisor inner = Kind.CALLER_RUNS.open()) {
                    thrown.add(tried(supervisor, grace));
                    inner.spawn(() -> thrown.add(tried(supervisor, grace)));
                    inner.join();
                }
                throw new IllegalStateException("on purpose");
            });
            Poll.until("retired", () -> supervisor.liveCount() == 1);
            assertEquals(5, thrown.size());
            thrown.forEach(DrainExitTest::assertRefused);
            assertUnchanged(supervisor, sibling);
            assertEquals(0, hook.runs());
            supervisor.shutdown();
        }
    }

    @Test
    void s1_inTheCallbackOfATaskThatNeverStartedItIsRefused() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Supervisor supervisor = Supervisor.builder().unowned().executor(new LateExecutor()).open();
        Task<Integer> task = supervisor.spawn(() -> 1);
        task.onDone(done -> thrown.set(tried(supervisor, LONG)));
        task.cancel();
        assertRefused(thrown.get());
        assertEquals(State.ENTERED, supervisor.state());
        supervisor.shutdown();
    }

    // beside other ends

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_afterASealItWaitsAndRunsTheHooks(Kind kind) {
        RecordedHook hook = new RecordedHook();
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDrain(hook);
        supervisor.seal();
        Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
        hook.untilRun();
        assertEquals(State.SEALED, supervisor.state());
        assertRefuses("is sealed", supervisor);
        gated.release();
        assertTrue(drainer.join());
        assertEquals(1, hook.runs());
        assertTrue(supervisor.drain(Duration.ZERO));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aSealWhileItDrainsEndsAdmissionForAllAndTheDrainGoesOn(Kind kind) {
        AtomicReference<Throwable> inside = new AtomicReference<>(new AssertionError("not tried"));
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        gated.task().onDone(task -> {
            try {
                assertRefuses("is sealed", supervisor);
                inside.set(null);
            } catch (AssertionError e) {
                inside.set(e);
            }
        });
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        supervisor.seal();
        assertEquals(State.SEALED, supervisor.state());
        gated.release();
        assertTrue(drainer.join());
        assertNull(inside.get(), () -> "" + inside.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_anAbortBeforeOrMeanwhileMakesItFalse(Kind kind) {
        for (boolean before : new boolean[] {true, false}) {
            Supervisor supervisor = unowned(kind);
            GatedTask stubborn = GatedTask.stubborn(kind, supervisor);
            if (before) {
                supervisor.abort();
            }
            Background<Boolean> drainer = Background.call(() -> supervisor.drain(LONG));
            if (!before) {
                Draining.untilBegun(supervisor);
                supervisor.abort();
            }
            stubborn.untilTold();
            assertEquals(State.ABORTING, supervisor.state());
            drainer.untilBlocked();
            stubborn.release();
            assertFalse(drainer.join());
            assertEquals(1, stubborn.interrupts());
            assertFalse(supervisor.drain(LONG));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_afterTheEnd(Kind kind) throws Exception {
        Supervisor joined = unowned(kind);
        Task<Integer> task = joined.spawn(() -> 1);
        joined.join();
        assertTrue(joined.drain(LONG));
        assertEquals(1, task.get());
        Supervisor sealed = unowned(kind);
        sealed.spawn(() -> 1);
        sealed.seal();
        Poll.until("finished", () -> sealed.state() == State.FINISHED);
        assertTrue(sealed.drain(Duration.ZERO));
        Supervisor aborted = unowned(kind);
        aborted.abort();
        assertFalse(aborted.drain(LONG));
        Supervisor shut = unowned(kind);
        shut.shutdown();
        assertFalse(shut.drain(LONG));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aFatalErrorWhileItDrainsAbortsAndIsKeptForTheExit(Kind kind) {
        AssertionError fatal = new AssertionError("fatal");
        Supervisor supervisor = kind.builder().unowned().fatalIf(t -> t == fatal).open();
        GatedTask failing = GatedTask.stubborn(kind, supervisor);
        GatedTask yielding = GatedTask.yielding(kind, supervisor);
        Background<Throwable> joiner = Background.call(() -> assertThrows(AssertionError.class, supervisor::join));
        joiner.untilBlocked();
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        failing.fail(fatal);
        assertFalse(drainer.join());
        assertEquals(Status.CANCELLED, yielding.end());
        assertSame(fatal, joiner.join());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aJoinThatBeginsWhileItDrainsWaitsForTheSameEnd(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Boolean> drainer = Draining.begin(supervisor, LONG);
        Background<Void> joiner = Background.blockedIn(supervisor::join);
        assertEquals(State.DRAINING, supervisor.state(), "the later one wins");
        assertRefuses("is draining", supervisor);
        gated.release();
        assertTrue(drainer.join());
        joiner.join();
    }

    @Test
    void s1_drainsBesideAbortsAndCloses() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 600; round++) {
                int other = round % 3;
                Supervisor supervisor = unowned(Kind.POOLED);
                GatedTask gated = GatedTask.yielding(Kind.POOLED, supervisor);
                AtomicReference<Boolean> drained = new AtomicReference<>();
                race.round(() -> drained.set(supervisor.drain(LONG)), () -> {
                    switch (other) {
                        case 0 -> supervisor.abort();
                        case 1 -> supervisor.close();
                        default -> gated.release();
                    }
                });
                assertEquals(other == 2, drained.get());
                assertEquals(State.FINISHED, supervisor.state());
                assertEquals(0, supervisor.liveCount());
            }
        }
    }

    // the clock

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aGraceBeyondAllNanosecondsIsLong(Kind kind) {
        for (Duration grace : List.of(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999), Duration.ofNanos(Long.MAX_VALUE),
                Duration.ofDays(365L * 1_000))) {
            Supervisor supervisor = unowned(kind);
            GatedTask gated = GatedTask.stubborn(kind, supervisor);
            Background<Boolean> drainer = Draining.begin(supervisor, grace);
            Background<Boolean> another = Background.call(() -> supervisor.drain(grace));
            drainer.untilBlocked();
            another.untilBlocked();
            assertEquals(0, gated.interrupts());
            gated.release();
            assertTrue(drainer.join());
            assertTrue(another.join());
            assertEquals(0, gated.interrupts());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s1_aShortGraceBesideOneBeyondAllNanosecondsCounts(Kind kind) {
        Supervisor supervisor = unowned(kind);
        GatedTask gated = GatedTask.yielding(kind, supervisor);
        Background<Boolean> drainer = Draining.begin(supervisor, Duration.ofSeconds(Long.MAX_VALUE));
        assertFalse(supervisor.drain(SHORT));
        assertFalse(drainer.join());
        assertEquals(Status.CANCELLED, gated.task().status());
    }
}
