package dev.supervisor;

import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Children that a task of the parent opens: a request in flight with a scope of its own (S12). */
@Timeout(120)
class TreeInTaskTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** What ends the parent's admission, and waits for all tasks. */
    enum Exit {
        JOIN, DRAIN;

        Background<Boolean> begin(Supervisor parent) {
            Background<Boolean> exit = Background.call(() -> {
                if (this == JOIN) {
                    parent.join();
                    return true;
                }
                return parent.drain(HOUR);
            });
            State expected = this == JOIN ? State.EXITING : State.DRAINING;
            Poll.until("has begun", () -> parent.state() == expected);
            return exit;
        }
    }

    /** A task that opens a child, waits for a permission, fans out, and joins. */
    private static final class Request {
        final AtomicReference<Supervisor> opened = new AtomicReference<>();
        final CountDownLatch goOn = new CountDownLatch(1);
        final Task<Integer> task;

        Request(Kind kind, Supervisor parent) {
            task = parent.spawn("request", () -> {
                try (Supervisor child = kind.builder().name("child").parent(parent).open()) {
                    opened.set(child);
                    goOn.await();
                    Task<Integer> one = child.spawn(() -> 1);
                    Task<Integer> two = child.spawn(() -> 2);
                    child.join();
                    return one.get() + two.get();
                }
            });
            Poll.until("has opened its child", () -> opened.get() != null);
        }

        void succeeds() throws Exception {
            Poll.until("done", task::isDone);
            assertEquals(3, task.get());
        }
    }

    private static Supervisor parent(Kind kind) {
        return kind.builder().name("parent").unowned().open();
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void s12_anEmptyChildOfARequestInFlightStaysOpen(Exit exit) throws Exception {
        for (Kind kind : Kind.concurrent()) {
            Supervisor parent = parent(kind);
            Request request = new Request(kind, parent);
            Background<Boolean> exiting = exit.begin(parent);
            assertEquals(State.ENTERED, request.opened.get().state());
            request.goOn.countDown();
            request.succeeds();
            assertTrue(exiting.join());
            assertEquals(State.FINISHED, request.opened.get().state());
        }
    }

    @ParameterizedTest
    @EnumSource(Exit.class)
    void s12_aRequestInFlightMayOpenAChild(Exit exit) throws Exception {
        for (Kind kind : Kind.concurrent()) {
            Supervisor parent = parent(kind);
            GatedTask gated = GatedTask.stubborn(kind, parent);   // holds the parent until the request is there
            CountDownLatch begins = new CountDownLatch(1);
            Task<Integer> task = parent.spawn(() -> {
                begins.await();
                Request inner = new Request(kind, parent);
                inner.goOn.countDown();
                return inner.task.get();
            });
            Background<Boolean> exiting = exit.begin(parent);
            begins.countDown();
            Poll.until("done", task::isDone);
            assertEquals(3, task.get());
            gated.release();
            assertTrue(exiting.join());
        }
    }

    /** A request may spawn nothing either, once its supervisor is sealed. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aSealOfTheParentSealsTheChildOfARequestInFlight(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<Throwable> wrong = new AtomicReference<>(new AssertionError("not called"));
        Task<Integer> task = parent.spawn(() -> {
            CountDownLatch release = new CountDownLatch(1);
            try (Supervisor child = kind.builder().name("north").parent(parent).open()) {
                Task<Integer> accepted = child.spawn(() -> {
                    release.await();
                    return 1;
                });
                opened.set(child);
                goOn.await();
                wrong.set(thrownBy(() -> assertRefuses("is sealed", child)));
                release.countDown();
                child.join();
                return accepted.get();
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        parent.seal();
        assertEquals(State.SEALED, opened.get().state());
        goOn.countDown();
        Poll.until("finished", () -> parent.state() == State.FINISHED);
        assertNull(wrong.get(), () -> "" + wrong.get());
        assertEquals(1, task.get());
        assertFalse(task.isCancelRequested());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aSealOfTheParentFinishesTheEmptyChildAndInterruptsNoRequest(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Task<Boolean> task = parent.spawn(() -> {
            try (Supervisor child = kind.builder().name("child").parent(parent).open()) {
                opened.set(child);
                goOn.await();
                child.join();
                return Thread.currentThread().isInterrupted();
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        parent.seal();
        assertEquals(State.FINISHED, opened.get().state());
        assertEquals(State.SEALED, parent.state());
        goOn.countDown();
        Poll.until("finished", () -> parent.state() == State.FINISHED);
        assertFalse(task.get());
    }

    /** It is another thread's own drain of the child, so it interrupts the child's owner (S1). */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_aShorterDrainOfTheChildEndsItWhileThatOfTheParentGoesOn(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Task<String> task = parent.spawn(() -> {
            try (Supervisor child = kind.builder().name("child").parent(parent).open()) {
                gated.set(GatedTask.yielding(kind, child));
                opened.set(child);
                new CountDownLatch(1).await();
                return "not interrupted";
            } catch (InterruptedException e) {
                return "interrupted";
            }
        });
        Poll.until("opened", () -> opened.get() != null);
        GatedTask sibling = GatedTask.stubborn(kind, parent);
        Background<Boolean> drain = Exit.DRAIN.begin(parent);
        assertEquals(State.ENTERED, opened.get().state());
        assertFalse(Background.call(() -> opened.get().drain(Duration.ofMillis(20))).join());
        assertEquals(State.FINISHED, opened.get().state());
        assertSame(Status.CANCELLED, gated.get().task().status());
        Poll.until("done", task::isDone);
        assertEquals("interrupted", task.get());
        assertEquals(State.DRAINING, parent.state());
        assertFalse(drain.hasEnded());
        sibling.release();
        assertTrue(drain.join());
        assertEquals(0, sibling.interrupts());
    }

    /** The end of its child interrupts a request no more than the drain itself does. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theEndOfItsChildInterruptsNoRequestInFlight(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        CountDownLatch goOn = new CountDownLatch(1);
        Task<Boolean> task = parent.spawn(() -> {
            goOn.await();
            return kind.builder().parent(parent).<Boolean, Exception>call(child -> {
                Background.run(child::abort).join();
                assertEquals(State.FINISHED, child.state());
                return Thread.currentThread().isInterrupted();
            });
        });
        Background<Boolean> drain = Exit.DRAIN.begin(parent);
        goOn.countDown();
        Poll.until("done", task::isDone);
        assertFalse(task.get());
        assertTrue(drain.join());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theDrainHooksOfItsTasksRun(Kind kind) throws Exception {
        Supervisor parent = parent(kind);
        AtomicInteger before = new AtomicInteger();
        AtomicInteger after = new AtomicInteger();
        AtomicInteger ofSpec = new AtomicInteger();
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch registered = new CountDownLatch(1);
        Task<Void> task = parent.spawn(() -> kind.builder().parent(parent).run(child -> {
            GatedTask gated = GatedTask.stubborn(kind, child);
            gated.task().onDrain(before::incrementAndGet);
            opened.set(child);
            goOn.await();
            gated.task().onDrain(after::incrementAndGet);
            CountDownLatch release = new CountDownLatch(1);
            child.spec("late").onDrain(ofSpec::incrementAndGet).spawn(() -> release.await());
            registered.countDown();
            Poll.until("told", () -> before.get() == 1);
            gated.release();
            release.countDown();
        }));
        Poll.until("opened", () -> opened.get() != null);
        Background<Boolean> drain = Exit.DRAIN.begin(parent);
        goOn.countDown();
        Poll.await(registered);
        assertTrue(drain.join());
        assertEquals(Status.SUCCEEDED, task.status());
        Poll.until("the hooks have run, perhaps after the end", () -> after.get() > 0 && ofSpec.get() > 0);
        assertEquals(1, before.get());
        assertEquals(1, after.get());
        assertEquals(1, ofSpec.get());
    }

    /** Whose end nobody promises: it is drained, or a join of the parent would wait for ever. */
    @ParameterizedTest
    @EnumSource(Exit.class)
    void s12_anUnownedChildThatATaskHasOpenedEndsWithTheParent(Exit exit) throws Exception {
        for (Kind kind : Kind.concurrent()) {
            Supervisor parent = parent(kind);
            Supervisor child = parent.spawn(() -> kind.builder().parent(parent).unowned().open()).get();
            assertEquals(State.ENTERED, child.state());
            Background<Boolean> exiting = Background.call(() -> {
                if (exit == Exit.DRAIN) {
                    return parent.drain(HOUR);
                }
                parent.join();
                return true;
            });
            assertTrue(exiting.join());
            assertEquals(State.FINISHED, child.state());
        }
    }

    /** When the grace is over, the drain shuts down: the child's tasks and its owner are told like all others. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s12_theEndOfTheGraceAbortsItsChild(Kind kind) {
        Supervisor parent = parent(kind);
        AtomicReference<GatedTask> gated = new AtomicReference<>();
        Task<Void> task = parent.spawn(() -> kind.builder().parent(parent).run(child -> {
            gated.set(GatedTask.yielding(kind, child));
            new CountDownLatch(1).await();
        }));
        Poll.until("opened", () -> gated.get() != null);
        assertFalse(Background.call(() -> parent.drain(Duration.ofMillis(20))).join());
        assertSame(Status.CANCELLED, gated.get().task().status());
        assertSame(Status.CANCELLED, task.status());
        assertEquals(State.FINISHED, parent.state());
    }
}
