package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.SelfJoinTest.Exit;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Waits that could never return, since the caller is inside of the task: C8, through nesting, futures and queues. */
class SelfWaitTest {

    /** How a supervisor is nested in a task, so that the task cannot end before it. */
    enum Form {
        OPEN, RUN, CALL, UNOWNED_RUN, UNOWNED_CALL;

        void nest(Kind kind, Action inTask) throws Exception {
            Supervisor.Builder builder = kind.builder();
            switch (this) {
                case OPEN -> {
                    try (Supervisor supervisor = builder.open()) {
                        supervisor.spawn(inTask);
                        supervisor.join();
                    }
                }
                case RUN -> builder.run(supervisor -> supervisor.spawn(inTask));
                case CALL -> builder.<Object, Exception>call(supervisor -> supervisor.spawn(inTask));
                case UNOWNED_RUN -> builder.unowned().run(supervisor -> supervisor.spawn(inTask));
                case UNOWNED_CALL -> builder.unowned().<Object, Exception>call(s -> s.spawn(inTask));
            }
        }

        /** Nests supervisors in tasks of each other, and runs the action in the innermost task. */
        void nest(int depth, Kind kind, Action innermost) throws Exception {
            nest(kind, depth == 1 ? innermost : () -> nest(depth - 1, kind, innermost));
        }
    }

    /** A wait that might never return. */
    interface Wait {
        Object tried() throws Throwable;
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static void assertRefused(String what, Object outcome) {
        assertInstanceOf(IllegalStateException.class, outcome, what);
        assertTrue(((Throwable) outcome).getMessage().contains("abort()"), () -> what + ": " + outcome);
    }

    /** What the wait throws, or else returns. */
    private static Object outcome(Wait wait) {
        try {
            Object result = wait.tried();
            return result == null ? "returned" : result;
        } catch (Throwable t) {
            return t;
        }
    }

    /** Waits in many places at once; fails the test for all that have not been refused at the deadline. */
    private static final class Places {

        private final Map<String, AtomicReference<Object>> outcomes = new LinkedHashMap<>();

        AtomicReference<Object> add(String place) {
            AtomicReference<Object> outcome = new AtomicReference<>();
            outcomes.put(place, outcome);
            return outcome;
        }

        void assertAllRefused() {
            ShortWait.holds(() -> outcomes.values().stream().allMatch(outcome -> outcome.get() != null));
            outcomes.forEach((place, outcome) -> assertRefused(place, outcome.get()));
        }
    }

    // supervisors nested in a task of the one that is waited for

    static Stream<Arguments> exitsOfAllKinds() {
        return SelfJoinTest.exitsOfAllKinds();
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_fromATaskOfASupervisorNestedInATask(Exit exit, Kind kind) throws Exception {
        Places places = new Places();
        for (Form form : Form.values()) {
            for (int depth : new int[] {1, 2, 5}) {
                AtomicReference<Object> outcome = places.add(form + ", " + depth + " deep");
                Supervisor outer = kind.builder().unowned().open();
                Background.run(() -> outer.spawn(() -> form.nest(depth, kind, () -> {
                    Throwable thrown = exit.tried(outer);
                    outcome.set(outer.state() != State.ENTERED || Thread.currentThread().isInterrupted()
                            ? new AssertionError("changed to " + outer.state(), thrown)
                            : thrown == null ? "returned" : thrown);
                })));
            }
        }
        places.assertAllRefused();
    }

    @ParameterizedTest
    @MethodSource("exitsOfAllKinds")
    void c8_fromACallbackInASupervisorNestedInATask(Exit exit, Kind kind) {
        AtomicReference<Object> outcome = new AtomicReference<>();
        Supervisor outer = kind.builder().unowned().open();
        Background.run(() -> outer.spawn(() -> kind.builder().run(inner -> {
            GatedTask gated = GatedTask.stubborn(kind, inner);
            gated.task().onDone(done -> outcome.set(outcome(() -> exit.tried(outer))));
            gated.release();
        })));
        ShortWait.holds(() -> outcome.get() != null);
        assertRefused("a callback", outcome.get());
    }

    /** A shutdown, which any thread may call, is refused for an owned supervisor, too. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_shutdownOfAnOwnedSupervisorChangesNothing(Kind kind) {
        AtomicReference<Object> outcome = new AtomicReference<>();
        CountDownLatch looked = new CountDownLatch(1);
        AtomicReference<GatedTask> sibling = new AtomicReference<>();
        Background<Status> owner = Background.call(() -> {
            try (Supervisor outer = kind.open()) {
                sibling.set(GatedTask.stubborn(kind, outer));
                Task<?> task = ShortWait.begin(kind, outer, () -> kind.builder().run(inner ->
                        inner.spawn(() -> outcome.set(outcome(() -> Exit.SHUTDOWN.tried(outer))))));
                ShortWait.holds(() -> outcome.get() != null);
                assertEquals(State.ENTERED, outer.state());
                assertFalse(Thread.currentThread().isInterrupted());
                Poll.await(looked);
                outer.join();
                return task.status();
            }
        });
        ShortWait.holds(() -> outcome.get() != null);
        int interrupts = sibling.get().interrupts();
        sibling.get().release();
        looked.countDown();
        assertRefused("shutdown", outcome.get());
        assertEquals(0, interrupts, "the sibling was not interrupted");
        assertEquals(Status.SUCCEEDED, ShortWait.result("the owner", owner));
    }

    /** No task has to wait for an unowned supervisor, so the task that has opened it can end before its tasks. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c8_aTaskOfAnUnownedSupervisorThatWasOpenedInATaskMayWait(Kind kind) {
        for (Exit exit : Exit.values()) {
            CountDownLatch ended = new CountDownLatch(1);
            AtomicReference<Object> outcome = new AtomicReference<>();
            Supervisor outer = kind.builder().unowned().open();
            Task<Void> opener = outer.spawn(() -> {
                kind.builder().unowned().open().spawn(() -> {
                    Poll.await(ended);
                    outcome.set(outcome(() -> exit.tried(outer)));
                });
            });
            Poll.until("ended", () -> opener.isDone() && outer.liveCount() == 0);
            GatedTask live = GatedTask.yielding(kind, outer);
            ended.countDown();
            if (exit == Exit.JOIN) {
                live.release();
            }
            ShortWait.until("returned", () -> outcome.get() != null);
            assertEquals("returned", outcome.get(), () -> "" + exit);
            assertEquals(State.FINISHED, outer.state());
        }
    }

    // the future of a task

    private static Map<String, Wait> waitsFor(Task<?> task) {
        CompletableFuture<?> future = task.toCompletableFuture();
        Map<String, Wait> waits = new LinkedHashMap<>();
        waits.put("future.join", future::join);
        waits.put("future.get", future::get);
        waits.put("future.get(timeout)", () -> future.get(1, TimeUnit.DAYS));
        waits.put("task.get", task::get);
        waits.put("task.join", task::join);
        waits.put("task.get(timeout)", () -> task.get(1, TimeUnit.DAYS));
        return waits;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_aTaskThatWaitsForItsOwnFuture(Kind kind) {
        Places places = new Places();
        for (String wait : waitsFor(Supervisor.open().spawn(() -> 1)).keySet()) {
            AtomicReference<Object> outcome = places.add(wait);
            Supervisor supervisor = kind.builder().unowned().open();
            Background.run(() -> supervisor.spawn(() -> {
                Task<?> self = supervisor.tasks().get(0);
                outcome.set(outcome(waitsFor(self).get(wait)));
            }));
        }
        places.assertAllRefused();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_aTaskOfANestedSupervisorThatWaitsForTheTaskAround(Kind kind) {
        Places places = new Places();
        for (Form form : Form.values()) {
            for (String wait : waitsFor(Supervisor.open().spawn(() -> 1)).keySet()) {
                AtomicReference<Object> outcome = places.add(wait + ", " + form);
                Supervisor outer = kind.builder().unowned().open();
                Background.run(() -> outer.spawn(() -> {
                    Task<?> around = outer.tasks().get(0);
                    form.nest(2, kind, () -> outcome.set(outcome(waitsFor(around).get(wait))));
                }));
            }
        }
        places.assertAllRefused();
    }

    /** A wait for a task that is done returns at once, wherever it is tried. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_aLateCallbackThatWaitsForItsTaskIsNoSelfWait(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> task = supervisor.spawn(() -> 1);
            supervisor.join();
            Map<String, Wait> waits = waitsFor(task);
            Map<String, Object> outcomes = new LinkedHashMap<>();
            waits.forEach((name, wait) -> task.onDone(done -> outcomes.put(name, outcome(wait))));
            waits.keySet().forEach(name -> assertEquals(1, outcomes.get(name), name));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c8_aTaskMayWaitForTheFutureOfASibling(Kind kind) {
        Supervisor supervisor = kind.builder().unowned().open();   // a close would wait for a task that hangs
        GatedTask sibling = GatedTask.stubborn(kind, supervisor);
        Map<String, Task<Object>> waiting = new LinkedHashMap<>();
        for (String name : waitsFor(sibling.task()).keySet()) {
            CountDownLatch begun = new CountDownLatch(1);
            Task<Object> task = supervisor.spawn(() -> {
                Wait wait = waitsFor(sibling.task()).get(name);
                begun.countDown();
                return outcome(wait);
            });
            Poll.await(begun);
            waiting.put(name, task);
        }
        sibling.release();
        waiting.forEach((name, task) -> {
            ShortWait.until(name + " returns", task::isDone);
            assertEquals("released", task.resultNow(), name);
        });
        ShortWait.result("the join", Background.run(supervisor::join));
    }

    // completions

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_takeInTheLastPendingTask(Kind kind) throws Exception {
        AtomicReference<Object> outcome = new AtomicReference<>();
        Supervisor supervisor = kind.builder().unowned().open();
        Completions<String> completions = supervisor.completions();
        Background.run(() -> completions.spawn("last", () -> {
            outcome.set(outcome(completions::take));
            return "last";
        }));
        ShortWait.holds(() -> outcome.get() != null);
        assertRefused("take", outcome.get());
        assertEquals("last", completions.take().get(), "nothing is lost, and no thread is taking any more");
        assertEquals(0, completions.pending());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_takeWhereAllThatIsPendingIsAround(Kind kind) {
        Places places = new Places();
        for (Form form : Form.values()) {
            AtomicReference<Object> outcome = places.add("" + form);
            Supervisor outer = kind.builder().unowned().open();
            Completions<Integer> completions = outer.completions();
            Background.run(() -> completions.spawn(() -> {
                form.nest(2, kind, () -> outcome.set(outcome(completions::take)));
                return 1;
            }));
        }
        AtomicReference<Object> inline = places.add("two on one thread");
        Completions<Integer> completions = Kind.CALLER_RUNS.builder().unowned().open().completions();
        Background.run(() -> completions.spawn(() -> {
            completions.spawn(() -> {
                inline.set(outcome(completions::take));
                return 2;
            });
            return 1;
        }));
        places.assertAllRefused();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c8_takeInAPendingTaskWaitsForAnother(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Object> completions = supervisor.completions();
            CountDownLatch taking = new CountDownLatch(1);
            Task<Object> other = completions.spawn(() -> {
                Poll.await(taking);
                return "other";
            });
            Task<Object> taker = completions.spawn(() -> {
                taking.countDown();
                return completions.take();
            });
            assertSame(other, taker.get());
            assertSame(taker, completions.take());
            supervisor.join();
        }
    }

    /** A poll ends by itself. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c8_pollInTheLastPendingTaskReturns(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Object> completions = supervisor.completions();
            Task<Object> last = completions.spawn(() -> {
                assertNull(completions.poll());
                assertNull(completions.poll(Duration.ZERO));
                return completions.poll(Duration.ofMillis(1));
            });
            assertNull(last.get());
            supervisor.join();
        }
    }
}
