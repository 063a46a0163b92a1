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
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Supervisors that have a parent: S12. */
@Timeout(120)
class TreeTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** What ends a parent and interrupts the block of a child's owner. */
    enum Stop {
        SHUTDOWN, DEADLINE, FATAL, DRAIN_WITHOUT_GRACE;

        Supervisor.Builder builder(Kind kind) {
            Supervisor.Builder builder = kind.builder().unowned();
            return this == DEADLINE ? builder.deadline(Duration.ofSeconds(1)) : builder;
        }

        /** Stops the parent; a wait for its end is made on another thread. */
        void of(Supervisor parent) {
            switch (this) {
                case SHUTDOWN -> Background.run(parent::shutdown);
                case DEADLINE -> Poll.until("passed", parent::isDeadlineExceeded);
                case FATAL -> Background.run(() -> parent.spawn(() -> {
                    throw new InternalError("on purpose");
                }));
                case DRAIN_WITHOUT_GRACE -> Background.run(() -> parent.drain(Duration.ZERO));
            }
        }
    }

    /** The calls that ask all tasks of a parent to cancel. */
    enum Abort {
        ABORT, SHUTDOWN, CLOSE, DRAIN;

        void of(Supervisor parent) {
            switch (this) {
                case ABORT -> parent.abort();
                case SHUTDOWN -> Background.run(parent::shutdown);
                case CLOSE -> Background.run(parent::close);
                case DRAIN -> Background.run(() -> parent.drain(Duration.ZERO));
            }
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor parent(Kind kind) {
        return kind.builder().name("parent").unowned().open();
    }

    private static Supervisor child(Kind kind, Supervisor parent) {
        return kind.builder().name("child").parent(parent).unowned().open();
    }

    private static void join(Supervisor supervisor) {
        Background.run(supervisor::join).join();
    }

    private static void assertRefused(String part, Action action) {
        String message = assertThrows(RejectedExecutionException.class, action::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    /** An owner of a child, in its block on a counted thread. */
    private static final class Owner {
        final AtomicReference<Supervisor> opened = new AtomicReference<>();
        final CountDownLatch interrupted = new CountDownLatch(1);
        final Background<Void> background;

        Owner(Supervisor.Builder builder, Consumer<Supervisor> begin) {
            background = Background.run(CountedThread::new, () -> builder.run(supervisor -> {
                begin.accept(supervisor);
                opened.set(supervisor);
                try {
                    new CountDownLatch(1).await();
                } finally {
                    interrupted.countDown();
                }
            }));
            Poll.until("in its block", () -> opened.get() != null || background.hasEnded());
        }

        Supervisor supervisor() {
            return opened.get();
        }

        int interrupts() {
            return ((CountedThread) background.thread()).interrupts();
        }
    }

    // a child is a task of its parent

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_aChildIsALiveTaskOfItsParentUntilItIsFinished(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        Supervisor child = kind.builder().name("child").parent(parent).open();
        assertEquals(1, parent.liveCount());
        Task<?> task = parent.tasks().get(0);
        assertSame(parent, task.supervisor());
        assertFalse(task.isDone());
        assertEquals(Status.RUNNING, task.status());
        assertTrue(task.toString().contains("child") || task.name().contains("child"), "an operator finds it: " + task);
        List<Task<?>> grand = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            grand.add(child.spawn(() -> 1));
        }
        Poll.until("its tasks have ended", () -> child.liveCount() == 0);
        assertEquals(1, parent.liveCount(), "its tasks do not count, and it is open");
        assertEquals(0, child.liveCount());
        child.join();
        Poll.until("counted out", () -> parent.liveCount() == 0);
        assertTrue(task.isDone());
        assertEquals(Status.SUCCEEDED, task.status());
        assertEquals(List.of(), parent.tasks());
        child.close();
        assertEquals(0, parent.liveCount());
        join(parent);
        assertTrue(grand.stream().allMatch(Task::isDone));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_runAndCallMayBeChildrenToo(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        kind.builder().parent(parent).run(child -> {
            assertEquals(1, parent.liveCount());
            assertEquals(1, child.spawn(() -> 1).get());
        });
        Poll.until("counted out", () -> parent.liveCount() == 0);
        assertEquals("value", kind.builder().parent(parent).<String, Exception>call(child -> {
            assertEquals(1, parent.liveCount());
            return "value";
        }));
        IllegalStateException thrown = new IllegalStateException("the block's");
        assertSame(thrown, assertThrows(IllegalStateException.class, () -> kind.builder().parent(parent)
                .run(child -> {
                    throw thrown;
                })));
        Poll.until("counted out", () -> parent.liveCount() == 0);
        join(parent);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theParentsJoinWaitsForTheChildAndAllOfItsTasks(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        GatedTask gated = GatedTask.stubborn(kind, child);
        Background<Void> joiner = Background.blockedIn(parent::join);
        Poll.until("the child is exiting, too", () -> child.state() == State.EXITING);
        assertEquals(State.EXITING, parent.state());
        AtomicBoolean callback = new AtomicBoolean();
        gated.task().onDone(task -> {
            child.spawn(() -> 1).onDone(follower -> callback.set(true));
        });
        assertFalse(joiner.hasEnded());
        gated.release();
        joiner.join();
        assertTrue(callback.get(), "EXITING, it took a follow-up");
        assertEquals(State.FINISHED, child.state());
        assertEquals(State.FINISHED, parent.state());
        assertEquals(Status.SUCCEEDED, gated.task().status());
        assertThrows(RejectedExecutionException.class, () -> child.spawn(() -> 1));
        child.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_theParentsJoinEndsAnEmptyChild(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        join(parent);
        assertEquals(State.FINISHED, child.state());
        assertThrows(RejectedExecutionException.class, () -> child.spawn(() -> 1));
        child.close();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_sealOfTheParentSealsTheChild(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        Supervisor grandchild = child(kind, child);
        GatedTask gated = GatedTask.stubborn(kind, grandchild);
        parent.seal();
        assertEquals(State.SEALED, child.state());
        assertEquals(State.SEALED, grandchild.state());
        assertRefused("is sealed", () -> child.spawn(() -> 1));
        assertRefused("is sealed", () -> grandchild.spawn(() -> 1));
        assertRefused("is sealed", () -> child(kind, parent));
        assertEquals(0, gated.interrupts());
        gated.release();
        Poll.until("all have ended", () -> parent.state() == State.FINISHED);
        assertEquals(State.FINISHED, grandchild.state());
        assertEquals(State.FINISHED, child.state());
        assertEquals(Status.SUCCEEDED, gated.task().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_drainOfTheParentDrainsTheChild(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        CountDownLatch hooked = new CountDownLatch(2);
        AtomicReference<Task<?>> fannedOut = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        child.spec("request").onDrain(hooked::countDown).spawn(() -> {
            begun.countDown();
            Poll.await(hooked);
            fannedOut.set(child.spawn(() -> 1));
        });
        GatedTask gated = GatedTask.stubborn(kind, child);
        gated.task().onDrain(hooked::countDown);
        Poll.await(begun);
        Background<Boolean> drain = Background.call(() -> parent.drain(HOUR));
        Poll.await(hooked);
        assertEquals(State.DRAINING, parent.state());
        assertEquals(State.DRAINING, child.state());
        assertRefused("is draining", () -> child.spawn(() -> 1));
        assertRefused("is draining", () -> child(kind, parent));
        Poll.until("a request in flight fans out", () -> fannedOut.get() != null);
        assertFalse(drain.hasEnded());
        gated.release();
        assertTrue(drain.join());
        assertEquals(State.FINISHED, child.state());
        assertEquals(0, gated.interrupts());
        assertEquals(Status.SUCCEEDED, fannedOut.get().status());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theClockOfADrainIsTheParents(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        GatedTask gated = GatedTask.yielding(kind, child);
        Background<Boolean> ofChild = Background.call(() -> child.drain(HOUR));
        Poll.until("draining", () -> child.state() == State.DRAINING);
        assertFalse(Background.call(() -> parent.drain(Duration.ofMillis(20))).join());
        assertFalse(ofChild.join());
        assertEquals(Status.CANCELLED, gated.task().status());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void s12_aShorterDrainOfTheChildEndsTheChildAlone(boolean childFirst) {
        for (Kind kind : Kind.concurrent()) {
            Supervisor parent = parent(kind);
            Supervisor child = child(kind, parent);
            GatedTask ofParent = GatedTask.stubborn(kind, parent);
            GatedTask ofChild = GatedTask.yielding(kind, child);
            Background<Boolean> early = childFirst ? Draining.begin(child, Duration.ofSeconds(1)) : null;
            Background<Boolean> longer = Draining.begin(parent, HOUR);
            Background<Boolean> shorter =
                    early != null ? early : Background.call(() -> child.drain(Duration.ofMillis(20)));
            assertFalse(shorter.join());
            assertEquals(Status.CANCELLED, ofChild.task().status());
            assertEquals(State.FINISHED, child.state());
            Poll.until("counted out", () -> parent.liveCount() == 1);
            assertEquals(State.DRAINING, parent.state());
            assertFalse(longer.hasEnded());
            ofParent.release();
            assertTrue(longer.join());
            assertEquals(0, ofParent.interrupts());
            assertEquals(Status.SUCCEEDED, ofParent.task().status());
        }
    }

    @Test
    void s12_theDrainOfAnEmptyChildEndsItAndItsParent() {
        Supervisor parent = parent(Kind.POOLED);
        Supervisor child = child(Kind.POOLED, parent);
        assertTrue(Background.call(() -> parent.drain(Duration.ofSeconds(20))).join());
        assertEquals(State.FINISHED, child.state());
    }

    // abort

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_abortsOfTheParentCancelTheChildsTasks(Kind kind) {
        for (Abort abort : Abort.values()) {
            Supervisor parent = parent(kind);
            Supervisor child = child(kind, parent);
            Supervisor grandchild = child(kind, child);
            List<GatedTask> tasks = List.of(GatedTask.yielding(kind, parent), GatedTask.yielding(kind, child),
                    GatedTask.yielding(kind, grandchild), GatedTask.yielding(kind, child));
            GatedTask stubborn = GatedTask.stubborn(kind, grandchild);
            abort.of(parent);
            tasks.forEach(gated -> assertEquals(Status.CANCELLED, gated.end(), abort::name));
            stubborn.untilTold();
            assertEquals(State.ABORTING, child.state());
            assertEquals(State.ABORTING, grandchild.state());
            assertEquals(State.ABORTING, parent.state());
            Poll.until("only the children live", () -> parent.liveCount() == 1 && child.liveCount() == 1);
            assertRefused("is shutting down", () -> grandchild.spawn(() -> 1));
            Background<Void> closer = Background.blockedIn(parent::close);
            stubborn.release();
            closer.join();
            assertEquals(State.FINISHED, grandchild.state());
            assertEquals(State.FINISHED, child.state());
            assertEquals(1, stubborn.interrupts());
        }
    }

    /** All tasks are told before any callback runs: so a callback may wait for tasks anywhere in the tree. */
    @Test
    void s12_anAbortTellsTheWholeTreeBeforeItCallsCallbacks() {
        Supervisor parent = Supervisor.builder().executor(new LateExecutor()).unowned().open();
        Supervisor child = Supervisor.builder().executor(new LateExecutor()).parent(parent).unowned().open();
        Supervisor other = Supervisor.builder().executor(new LateExecutor()).parent(parent).unowned().open();
        List<Task<?>> tasks = new ArrayList<>();
        for (Supervisor supervisor : List.of(parent, child, other, child, parent)) {
            tasks.add(supervisor.spawn(() -> 1));
        }
        Queue<String> untold = new ConcurrentLinkedQueue<>();
        AtomicInteger callbacks = new AtomicInteger();
        for (Task<?> task : tasks) {
            task.onDone(done -> {
                callbacks.incrementAndGet();
                tasks.stream().filter(t -> !t.isDone()).forEach(t -> untold.add(t.toString()));
            });
        }
        parent.abort();
        assertEquals(5, callbacks.get());
        assertEquals(List.of(), List.copyOf(untold));
        for (Supervisor supervisor : List.of(parent, child, other)) {
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_anAbortOfTheParentInterruptsNoOwner(Kind kind) {
        Supervisor parent = parent(kind);
        Owner owner = new Owner(kind.builder().parent(parent), child -> GatedTask.yielding(kind, child));
        parent.abort();
        Poll.until("ended", () -> owner.supervisor().liveCount() == 0);
        assertEquals(0, owner.interrupts());
        assertFalse(owner.background.hasEnded());
        owner.background.interrupt();
        assertInstanceOf(InterruptedException.class, owner.background.thrown());
        join(parent);
    }

    @ParameterizedTest
    @EnumSource(Stop.class)
    void s12_whatStopsTheParentInterruptsTheChildsOwnerOnce(Stop stop) {
        for (Kind kind : Kind.concurrent()) {
            Supervisor parent = stop.builder(kind).open();
            AtomicReference<GatedTask> gated = new AtomicReference<>();
            AtomicReference<Owner> grand = new AtomicReference<>();
            Owner owner = new Owner(kind.builder().parent(parent), child -> {
                gated.set(GatedTask.yielding(kind, child));
                grand.set(new Owner(kind.builder().parent(child), grandchild -> { }));
            });
            if (owner.supervisor() == null || grand.get().supervisor() == null) {
                assertEquals(Stop.DEADLINE, stop);
                continue;   // this machine was too slow for the deadline
            }
            stop.of(parent);
            assertEquals(Status.CANCELLED, gated.get().end());
            for (Owner one : List.of(owner, grand.get())) {
                if (!ShortWait.holds(one.background::hasEnded)) {
                    owner.background.interrupt();
                    grand.get().background.interrupt();
                    throw new AssertionError(one.supervisor() + " has not interrupted its owner");
                }
                assertInstanceOf(InterruptedException.class, one.background.thrown(), stop::name);
                assertEquals(1, one.interrupts());
                assertFalse(one.background.leftInterrupted());
                assertFalse(one.supervisor().isDeadlineExceeded(), "it was another's");
            }
            Throwable thrown = Background.run(parent::join).outcome();
            switch (stop) {
                case DEADLINE -> assertInstanceOf(DeadlineExceededException.class, thrown);
                case FATAL -> assertInstanceOf(InternalError.class, thrown);
                default -> assertNull(thrown);
            }
            assertEquals(State.FINISHED, parent.state());
        }
    }

    /** What has been aborted before is not asked again, but its owner is in its block still. */
    @ParameterizedTest
    @EnumSource(value = Stop.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
    void s12_whatStopsAParentThatIsAbortedInterruptsTheChildsOwner(Stop stop) {
        Kind kind = Kind.POOLED;
        Supervisor parent = parent(kind);
        InternalError fatal = new InternalError("on purpose");
        GatedTask ofParent = GatedTask.stubborn(kind, parent);
        AtomicReference<GatedTask> ofChild = new AtomicReference<>();
        Owner owner = new Owner(kind.builder().parent(parent), child ->
                ofChild.set(GatedTask.stubborn(kind, child)));
        parent.abort();
        ofChild.get().untilTold();
        assertEquals(0, owner.interrupts());
        if (stop == Stop.FATAL) {
            ofParent.fail(fatal);
        } else {
            stop.of(parent);
        }
        boolean interrupted = ShortWait.holds(() -> owner.interrupted.getCount() == 0);
        owner.background.interrupt();
        ofParent.release();
        ofChild.get().release();
        assertInstanceOf(InterruptedException.class, owner.background.thrown());
        assertTrue(interrupted, "its block is interrupted");
        Throwable thrown = Background.run(parent::join).outcome();
        assertSame(stop == Stop.FATAL ? fatal : null, thrown);
    }

    /** An owner in accept has to get out of a drain that went well, too; so has the owner of a child. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aDrainOfTheParentThatGoesWellInterruptsTheChildsOwner(Kind kind) {
        Supervisor parent = parent(kind);
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Owner owner = new Owner(kind.builder().parent(parent), child ->
                gated.set(GatedTask.stubborn(kind, child)));
        Background<Boolean> drain = Background.call(() -> parent.drain(HOUR));
        Poll.until("draining", () -> owner.supervisor().state() == State.DRAINING);
        gated.get().release();
        assertTrue(drain.join());
        boolean interrupted = ShortWait.holds(owner.background::hasEnded);
        owner.background.interrupt();
        assertInstanceOf(InterruptedException.class, owner.background.thrown());
        assertTrue(interrupted, "its block is interrupted");
        assertEquals(0, gated.get().interrupts());
    }

    /** The owner of a parent that calls shutdown itself is not interrupted; the owners of children are. */
    @Test
    void s12_aShutdownByTheOwnerInterruptsTheChildsOwner() {
        Kind kind = Kind.POOLED;
        Background.run(() -> {
            try (Supervisor parent = kind.open()) {
                Owner owner = new Owner(kind.builder().parent(parent), child -> { });
                Background<Void> helps = Background.run(() -> {
                    boolean interrupted = ShortWait.holds(owner.background::hasEnded);
                    owner.background.interrupt();
                    assertTrue(interrupted, "its block was not interrupted");
                });
                parent.shutdown();
                assertFalse(Thread.currentThread().isInterrupted());
                helps.join();
            }
        }).join();
    }

    /** A child is asked to cancel as any async task is. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_cancellingTheTaskOfAChildAbortsTheChild(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        GatedTask gated = GatedTask.yielding(kind, child);
        Task<?> task = parent.tasks().get(0);
        assertTrue(task.cancel());
        assertTrue(task.isCancelRequested());
        assertEquals(Status.CANCELLED, gated.end());
        Poll.until("the child has finished", () -> child.state() == State.FINISHED);
        Poll.until("and is counted out", () -> parent.liveCount() == 0);
        assertEquals(State.ENTERED, parent.state());
        join(parent);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theEndOfAChildDisturbsNobodyElse(Kind kind) {
        Supervisor parent = parent(kind);
        GatedTask sibling = GatedTask.stubborn(kind, parent);
        Supervisor other = child(kind, parent);
        GatedTask cousin = GatedTask.stubborn(kind, other);
        Supervisor child = child(kind, parent);
        GatedTask gated = GatedTask.yielding(kind, child);
        ShortWait.shutdown(child);
        assertEquals(Status.CANCELLED, gated.end());
        Poll.until("counted out", () -> parent.liveCount() == 2);
        assertEquals(State.ENTERED, parent.state());
        assertEquals(State.ENTERED, other.state());
        assertEquals(0, sibling.interrupts() + cousin.interrupts());
        sibling.release();
        cousin.release();
        join(parent);
        assertEquals(State.FINISHED, other.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theChildsOwnDeadlineIsItsOwn(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = kind.builder().parent(parent).deadline(Duration.ofSeconds(1)).unowned().open();
        child.spawn(() -> new CountDownLatch(1).await());
        assertInstanceOf(DeadlineExceededException.class, Background.run(child::join).thrown());
        assertTrue(child.isDeadlineExceeded());
        assertFalse(parent.isDeadlineExceeded());
        assertEquals(State.ENTERED, parent.state());
        Poll.until("counted out", () -> parent.liveCount() == 0);
        join(parent);
    }

    // fatal errors

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_theChildsFatalErrorIsThrownByItsExitAndAbortsTheParent(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Supervisor parent = parent(kind);
        GatedTask sibling = GatedTask.yielding(kind, parent);
        Supervisor child = child(kind, parent);
        child.spawn(() -> {
            throw fatal;
        });
        assertSame(fatal, Background.run(child::join).thrown());
        assertEquals(Status.CANCELLED, sibling.end());
        assertSame(fatal, Background.run(parent::join).thrown());
        assertRefused("is", () -> parent.spawn(() -> 1));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theFatalErrorOfAChildWhoseOwnerIsDeadAbortsTheParent(Kind kind) throws Exception {
        InternalError fatal = new InternalError("on purpose");
        Supervisor parent = parent(kind);
        GatedTask sibling = GatedTask.yielding(kind, parent);
        CountDownLatch ownerIsDead = new CountDownLatch(1);
        Background<Task<?>> owner = Background.call(() -> kind.builder().parent(parent).open().spawn(() -> {
            Poll.await(ownerIsDead);
            throw fatal;
        }));
        Task<?> task = owner.join();
        owner.thread().join();
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            ownerIsDead.countDown();
            assertEquals(Status.CANCELLED, sibling.end());
            assertSame(fatal, Background.run(parent::join).thrown());
            assertEquals(List.of(fatal), uncaught.seen(), "no exit of the child throws it");
        }
        assertSame(fatal, task.failure());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_whetherItIsFatalToTheParentItsOwnPredicateDecides(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Queue<Throwable> shown = new ConcurrentLinkedQueue<>();
        Supervisor parent = kind.builder().unowned().fatalIf(thrown -> {
            shown.add(thrown);
            return false;
        }).open();
        Supervisor child = child(kind, parent);
        child.spawn(() -> {
            throw fatal;
        });
        assertSame(fatal, Background.run(child::join).thrown());
        Poll.until("counted out", () -> parent.liveCount() == 0);
        assertEquals(State.ENTERED, parent.state());
        assertEquals(List.of(fatal), List.copyOf(shown));
        join(parent);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_whatIsFatalToTheParentOnlyIsAnOrdinaryFailureOfTheChild(Kind kind) {
        Supervisor parent = kind.builder().unowned().fatalIf(IllegalStateException.class::isInstance).open();
        Supervisor child = child(kind, parent);
        Task<?> task = child.spawn(() -> {
            throw new IllegalStateException("on purpose");
        });
        join(child);
        assertEquals(Status.FAILED, task.status());
        join(parent);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_theFatalErrorOfAnOwnedChildInterruptsItsBlockAndThrows(Kind kind) {
        InternalError fatal = new InternalError("on purpose");
        Supervisor parent = parent(kind);
        Background<Void> owner = Background.run(() -> kind.builder().parent(parent).run(child -> {
            child.spawn(() -> {
                throw fatal;
            });
            new CountDownLatch(1).await();
        }));
        assertSame(fatal, owner.thrown());
        assertSame(fatal, Background.run(parent::join).thrown());
    }

    // refusals

    @Test
    void s12_aParentThatIsClosedRefuses() {
        Kind kind = Kind.POOLED;
        Supervisor finished = parent(kind);
        join(finished);
        Supervisor aborting = parent(kind);
        GatedTask gated = GatedTask.stubborn(kind, aborting);
        aborting.abort();
        Supervisor sealed = parent(kind);
        sealed.seal();
        AtomicBoolean ran = new AtomicBoolean();
        assertRefused("is finished", () -> child(kind, finished));
        assertRefused("is shutting down", () -> child(kind, aborting));
        assertRefused("is sealed", () -> child(kind, sealed));
        assertRefused("is finished", () -> kind.builder().parent(finished).run(child -> ran.set(true)));
        assertFalse(ran.get());
        assertEquals(1, aborting.liveCount());
        gated.release();
        join(aborting);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aChildHasAPermitOfItsParentUntilItIsFinished(Kind kind) {
        Supervisor parent = kind.builder().unowned().maxTasks(1).open();
        for (int i = 0; i < 20; i++) {
            Supervisor child = child(kind, parent);
            assertRefused("is full", () -> child(kind, parent));
            assertRefused("is full", () -> parent.spawn(() -> 1));
            assertNull(parent.trySpawn(() -> 1));
            List<Task<Integer>> tasks = List.of(child.spawn(() -> 1), child.spawn(() -> 2));
            join(child);
            Poll.until("counted out", () -> parent.liveCount() == 0);
            assertEquals(2, tasks.get(1).resultNow());
        }
        GatedTask gated = GatedTask.stubborn(kind, parent);
        assertRefused("is full", () -> child(kind, parent));
        gated.release();
        gated.end();
        join(parent);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aBlockedOpenGetsThePermitThatAnotherReturns(Kind kind) {
        Supervisor parent = kind.builder().unowned().maxTasks(1, Overflow.BLOCK).open();
        Supervisor first = child(kind, parent);
        Background<Supervisor> second = Background.call(() -> child(kind, parent));
        second.untilBlocked();
        join(first);
        Supervisor opened = second.join();
        Poll.until("the first is counted out", () -> parent.liveCount() == 1);
        Background<Supervisor> third = Background.call(() -> child(kind, parent));
        third.untilBlocked();
        parent.abort();
        assertInstanceOf(RejectedExecutionException.class, third.thrown());
        assertEquals(State.FINISHED, opened.state());
        join(parent);
    }

    @Test
    void s12_aFakeIsNoParent() {
        Supervisor.Builder builder = Supervisor.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.parent(new FakeSupervisor()).open().close());
        assertThrows(NullPointerException.class, () -> builder.parent(null));
    }

    /** A server's owner waits in join while requests open children; such a child is ended by its own owner. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aParentInItsExitTakesChildrenWhileATaskLives(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        GatedTask gated = GatedTask.stubborn(kind, parent);
        Background<Void> joiner = Background.blockedIn(parent::join);
        Supervisor child = child(kind, parent);
        assertEquals(2, parent.liveCount());
        gated.release();
        gated.end();
        assertEquals(1, child.spawn(() -> 1).get());
        assertFalse(joiner.hasEnded());
        join(child);
        joiner.join();
        assertEquals(State.FINISHED, child.state());
        assertRefused("is finished", () -> child(kind, parent));
    }

    // waits for itself

    /** The waits for every task of a parent. */
    enum Wait {
        JOIN, CLOSE, SHUTDOWN, DRAIN;

        void of(Supervisor supervisor) throws InterruptedException {
            switch (this) {
                case JOIN -> supervisor.join();
                case CLOSE -> supervisor.close();
                case SHUTDOWN -> supervisor.shutdown();
                case DRAIN -> supervisor.drain(HOUR);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void s12_theOwnerOfAnOpenChildCannotWaitForTheParent(Wait wait) throws Exception {
        for (Kind kind : Kind.all()) {
            for (boolean grand : new boolean[] {false, true}) {
                try (Supervisor parent = kind.open();
                        Supervisor middle = kind.builder().parent(parent).unowned().open();
                        Supervisor child = kind.builder().parent(grand ? middle : parent).open()) {
                    assertSelfWait(() -> wait.of(parent));
                    assertEquals(State.ENTERED, parent.state(), "nothing is changed");
                    assertEquals(State.ENTERED, child.state());
                    assertEquals(1, parent.spawn(() -> 1).get());
                    child.join();
                    middle.shutdown();
                    parent.join();
                }
            }
        }
    }

    private static void assertSelfWait(Action action) {
        IllegalStateException thrown = assertThrows(IllegalStateException.class, action::run);
        assertTrue(thrown.getMessage().contains("never return"), thrown::getMessage);
    }

    @ParameterizedTest
    @EnumSource(Wait.class)
    void s12_aTaskOfAChildCannotWaitForTheParent(Wait wait) throws Exception {
        for (Kind kind : Kind.all()) {
            Supervisor parent = parent(kind);
            Supervisor child = child(kind, parent);
            Supervisor grandchild = child(kind, child);
            AtomicBoolean called = new AtomicBoolean();
            List<Task<?>> tasks = new ArrayList<>();
            for (Supervisor supervisor : List.of(child, grandchild)) {
                tasks.add(supervisor.spawn(() -> assertSelfWait(() -> wait.of(parent))));
            }
            GatedTask gated = GatedTask.stubborn(kind, child);
            gated.task().onDone(task -> {
                assertSelfWait(() -> wait.of(parent));
                called.set(true);
            });
            gated.release();
            gated.end();
            join(grandchild);
            join(child);
            assertTrue(called.get());
            for (Task<?> task : tasks) {
                assertEquals(Status.SUCCEEDED, task.status(), () -> kind + ": " + task.failure());
            }
            assertEquals(State.ENTERED, parent.state());
            join(parent);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_othersMayWaitForTheParentAndAChildForItsSiblings(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        Supervisor sibling = child(kind, parent);
        Supervisor child = child(kind, parent);
        Task<?> task = child.spawn(() -> {
            sibling.spawn(() -> 1);
            sibling.join();
            assertFalse(parent.awaitFinished(Duration.ofMillis(1)), "a timed wait is none for itself");
            parent.abort();
        });
        Poll.until("ended", task::isDone);
        assertNull(task.failure());
        Background.run(parent::shutdown).join();
        assertEquals(State.FINISHED, child.state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s12_aTaskOfTheParentMayOpenAChildAndWaitForIt(Kind kind) {
        Supervisor parent = parent(kind);
        Task<Integer> task = parent.spawn(() -> {
            try (Supervisor child = kind.builder().parent(parent).open()) {
                assertEquals(2, parent.liveCount());
                Task<Integer> inner = child.spawn(() -> 1);
                child.join();
                return inner.get();
            }
        });
        join(parent);
        assertNull(task.failure());
        assertEquals(1, task.resultNow());
    }

    // races, memory

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aParentNeverFinishesBeforeAChild(Kind kind) throws Exception {
        List<Consumer<Supervisor>> ends = List.of(Supervisor::seal, Supervisor::abort, Supervisor::close,
                Supervisor::shutdown, parent -> parent.drain(Duration.ofSeconds(20)));
        AtomicInteger opened = new AtomicInteger();
        for (int round = 0; round < 100; round++) {
            Supervisor parent = parent(kind);
            Queue<Supervisor> children = new ConcurrentLinkedQueue<>();
            Queue<Task<?>> tasks = new ConcurrentLinkedQueue<>();
            CountDownLatch go = new CountDownLatch(1);
            List<Background<Void>> openers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                openers.add(Background.run(() -> {
                    go.await();
                    try {
                        for (int j = 0; j < 50; j++) {
                            Supervisor child = child(kind, parent);
                            children.add(child);
                            opened.incrementAndGet();
                            try {
                                tasks.add(child.spawn(() -> Thread.yield()));
                            } catch (RejectedExecutionException e) {
                                // its parent has ended its admission
                            }
                            child.close();
                        }
                    } catch (RejectedExecutionException e) {
                        assertTrue(parent.state().compareTo(State.ENTERED) > 0, e::getMessage);
                    }
                }));
            }
            AtomicReference<String> wrong = new AtomicReference<>();
            parent.completion().thenRun(() -> children.forEach(child -> {
                if (child.state() != State.FINISHED) {
                    wrong.set("at the end of its parent: " + child);
                }
            }));
            go.countDown();
            if (round % 2 == 0) {
                Poll.until("a child", () -> !children.isEmpty());
            }
            TwoThreadRace.jitter();
            ends.get(round % ends.size()).accept(parent);
            Poll.until("finished", () -> parent.state() == State.FINISHED);
            openers.forEach(Background::join);
            assertNull(wrong.get());
            assertEquals(0, parent.liveCount());
            assertEquals(List.of(), parent.tasks());
            children.forEach(child -> assertEquals(State.FINISHED, child.state()));
            tasks.forEach(task -> assertTrue(task.isDone()));
        }
        assertTrue(opened.get() > 0);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_anEmptyChildThatIsClosedAsItsParentEndsIsCountedOutOnce(Kind kind) throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 500; i++) {
                Supervisor parent = parent(kind);
                Supervisor child = child(kind, parent);
                Consumer<Supervisor> end = i % 2 == 0 ? Supervisor::seal : Supervisor::abort;
                race.round(child::close, () -> end.accept(parent));
                assertEquals(State.FINISHED, child.state());
                assertEquals(0, parent.liveCount());
                assertEquals(State.FINISHED, parent.state());
            }
        }
    }

    @Test
    void s12_aFinishedChildIsNotRetainedByItsParent() {
        Supervisor parent = parent(Kind.POOLED);
        List<WeakReference<Supervisor>> children = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Supervisor child = child(Kind.POOLED, parent);
            child.close();
            children.add(new WeakReference<>(child));
        }
        assertEquals(0, parent.liveCount());
        Heap.untilCollected(children);
        join(parent);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theCompletionOfTheParentComesAfterThatOfTheChild(Kind kind) {
        Supervisor parent = parent(kind);
        Supervisor child = child(kind, parent);
        Queue<String> events = new ConcurrentLinkedQueue<>();
        parent.completion().thenRun(() -> events.add("parent, child " + child.state()));
        GatedTask gated = GatedTask.stubborn(kind, child);
        parent.seal();
        gated.release();
        join(parent);
        Poll.until("completed", () -> !events.isEmpty());
        assertEquals(List.of("parent, child FINISHED"), List.copyOf(events));
        assertNull(child.completion().toCompletableFuture().join());
    }

    @Test
    void s12_aCheckedFatalErrorIsWrappedByBothExits() {
        Exception fatal = new Exception("checked, and fatal");
        Supervisor parent = Supervisor.builder().unowned().fatalIf(fatal::equals)
                .onFailure(FailureHandler.ignore()).open();
        Supervisor child = Kind.POOLED.builder().unowned().fatalIf(fatal::equals).parent(parent).open();
        child.spawn(() -> {
            throw fatal;
        });
        for (Supervisor supervisor : List.of(child, parent)) {
            Throwable thrown = Background.run(supervisor::join).thrown();
            assertSame(fatal, assertInstanceOf(CompletionException.class, thrown).getCause());
        }
    }

    /** A supervisor of a test that is not this library's. */
    private static final class FakeSupervisor extends Supervisor {

        private static UnsupportedOperationException unused() {
            return new UnsupportedOperationException();
        }

        @Override
        public <T> Task<T> spawn(Callable<? extends T> body) {
            throw unused();
        }

        @Override
        public <T> Task<T> spawn(String name, Callable<? extends T> body) {
            throw unused();
        }

        @Override
        public Task<Void> spawn(Action body) {
            throw unused();
        }

        @Override
        public Task<Void> spawn(String name, Action body) {
            throw unused();
        }

        @Override
        public void execute(Runnable body) {
            throw unused();
        }

        @Override
        public <T> Task<T> trySpawn(Callable<? extends T> body) {
            throw unused();
        }

        @Override
        public <T> Task<T> spawnAsync(Callable<? extends CompletionStage<? extends T>> start) {
            throw unused();
        }

        @Override
        public <T> Task<T> spawnWithSelf(TaskBody<T> body) {
            throw unused();
        }

        @Override
        public TaskSpec spec(String name) {
            throw unused();
        }

        @Override
        public ExecutorService asExecutorService() {
            throw unused();
        }

        @Override
        public <T> Completions<T> completions() {
            throw unused();
        }

        @Override
        public void seal() { }

        @Override
        public void abort() { }

        @Override
        public void shutdown() { }

        @Override
        public boolean drain(Duration grace) {
            return true;
        }

        @Override
        public boolean awaitFinished(Duration timeout) {
            return true;
        }

        @Override
        public CompletionStage<Void> completion() {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void join() { }

        @Override
        public void close() { }

        @Override
        public State state() {
            return State.ENTERED;
        }

        @Override
        public boolean isDeadlineExceeded() {
            return false;
        }

        @Override
        public SupervisorStats stats() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long liveCount() {
            return 0;
        }

        @Override
        public List<Task<?>> tasks() {
            return List.of();
        }

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public String toString() {
            return "fake";
        }
    }
}
