package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * C6, Progress: a thread that has to wait for a canceller, which is in the middle of interrupting it, parks. If it only
 * yielded, it could keep that canceller from running.
 */
class WaitingForCancellerTest {

    /** Where the canceller is stopped: before the status is set, or after it, when a park would return at once. */
    enum Hold { BEFORE, AFTER }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A thread whose {@code interrupt} returns to another thread only when the test releases it. */
    private static final class Slow extends Thread {

        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        private final Hold hold;

        Slow(Runnable body, Hold hold) {
            super(body, "slow");
            setDaemon(true);
            this.hold = hold;
        }

        @Override
        public void interrupt() {
            if (Thread.currentThread() == this) {
                super.interrupt();
                return;
            }
            if (hold == Hold.AFTER) {
                super.interrupt();
            }
            entered.countDown();
            Poll.await(release);
            if (hold == Hold.BEFORE) {
                super.interrupt();
            }
        }

        void assertParks() {
            ShortWait.until("parked: " + this, () -> getState() == State.TIMED_WAITING || getState() == State.WAITING);
        }
    }

    @ParameterizedTest
    @EnumSource(Hold.class)
    void c6_aTaskThatEndsParksUntilItsCancellerIsThrough(Hold hold) {
        AtomicReference<Slow> thread = new AtomicReference<>();
        AtomicReference<Boolean> left = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().unowned().threadFactory(task -> {
            thread.set(new Slow(() -> {
                task.run();
                left.set(Thread.interrupted());
            }, hold));
            return thread.get();
        }).open();
        Task<Integer> task = supervisor.spawn(() -> {
            begun.countDown();
            Poll.spinUntil("being interrupted", () -> thread.get().entered.getCount() == 0);
            return 1;
        });
        Poll.await(begun);
        Background<Boolean> canceller = Background.call(task::cancel);
        try {
            Poll.await(thread.get().entered);
            thread.get().assertParks();
            assertEquals(Status.RUNNING, task.status());
        } finally {
            thread.get().release.countDown();
        }
        assertTrue(canceller.join());
        Poll.until("ended", () -> left.get() != null);
        assertFalse(left.get(), "the interrupt was for the task alone");
        assertEquals(1, task.resultNow());
    }

    @ParameterizedTest
    @EnumSource(Hold.class)
    void c6_anOwnerThatLeavesParksUntilItsInterrupterIsThrough(Hold hold) {
        for (NestedExitTest.Form form : NestedExitTest.Form.values()) {
            AtomicReference<Supervisor> opened = new AtomicReference<>();
            AtomicReference<Slow> thread = new AtomicReference<>();
            Background<Void> owner = Background.run(body -> {
                thread.set(new Slow(body, hold));
                return thread.get();
            }, () -> form.of(Supervisor.builder(), supervisor -> {
                opened.set(supervisor);
                Poll.spinUntil("being interrupted", () -> thread.get().entered.getCount() == 0);
            }));
            Poll.until("opened", () -> opened.get() != null);
            Background<Void> shutdown = Background.run(opened.get()::shutdown);
            try {
                Poll.await(thread.get().entered);
                thread.get().assertParks();
                assertFalse(owner.hasEnded());
            } finally {
                thread.get().release.countDown();
            }
            shutdown.join();
            owner.join();
            assertFalse(owner.leftInterrupted(), "taken back, by " + form);
        }
    }

    /** The end of a task clears the status to park; a status that was pending for the task around is set again. */
    @ParameterizedTest
    @EnumSource(Hold.class)
    void c6_theStatusIsRightAfterTheWait(Hold hold) {
        AtomicReference<Slow> thread = new AtomicReference<>();
        AtomicReference<Boolean> status = new AtomicReference<>();
        AtomicReference<Task<?>> inner = new AtomicReference<>();
        Supervisor nested = Kind.CALLER_RUNS.builder().unowned().open();
        Supervisor outer = Supervisor.builder().unowned().threadFactory(task -> {
            thread.set(new Slow(task, hold));
            return thread.get();
        }).open();
        outer.spawn(() -> {
            outer.tasks().forEach(Task::cancel);   // itself: the status is pending from here on
            nested.spawn(() -> {
                inner.set(nested.tasks().get(0));
                Poll.spinUntil("being interrupted", () -> thread.get().entered.getCount() == 0);
            });
            status.set(Thread.currentThread().isInterrupted());
        });
        Poll.until("nested", () -> inner.get() != null);
        Background<Boolean> canceller = Background.call(() -> inner.get().cancel());
        try {
            Poll.await(thread.get().entered);
            thread.get().assertParks();
        } finally {
            thread.get().release.countDown();
        }
        canceller.join();
        Poll.until("ended", () -> status.get() != null);
        assertTrue(status.get(), "the status of the task around");
    }

    /** On JDKs where a virtual thread can be unmounted inside of {@code interrupt()}. */
    @TestFactory
    List<DynamicTest> c6_oneCarrierIsEnoughForListenersThatAreClosedWhileTheirTasksAreInterrupted() {
        List<DynamicTest> tests = new ArrayList<>();
        if (Runtime.version().feature() >= 24) {
            tests.add(DynamicTest.dynamicTest("on one carrier", () -> {
                String output = ChildJvm.run(List.of("-XX:ActiveProcessorCount=1"), CarrierProgram.class, "5000");
                assertTrue(output.endsWith(CarrierProgram.END), () -> "came to: " + output);
            }));
        }
        return tests;
    }
}
