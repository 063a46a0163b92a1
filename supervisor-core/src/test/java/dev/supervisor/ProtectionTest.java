package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Protections of the core that a patch could take away (see {@code supervisor-jcstress/mutants}), and no other test. */
class ProtectionTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted());
    }

    @Test
    void c6_aTaskThatItsSpawnerRunsLaterDoesNotSeeTheStatusThatItFinds() throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).open();
        Task<Boolean> task = supervisor.spawn(() -> Thread.currentThread().isInterrupted());

        Thread.currentThread().interrupt();
        late.runNext();

        assertTrue(Thread.interrupted());
        assertFalse(task.get());
        supervisor.close();
    }

    @Test
    void c6_anOwnersStatusIsTakenBackOnce() {
        Supervisor supervisor = Supervisor.open();
        Owner owner = new Owner(Thread.currentThread());
        owner.interrupt(supervisor.interrupts);
        owner.leaveBody();
        assertFalse(Thread.interrupted());
        owner.reenterBody();

        Thread.currentThread().interrupt();   // from outside
        owner.leaveBody();

        assertTrue(Thread.interrupted());
        supervisor.close();
    }

    @Test
    void c6_anInterruptThatATaskHasConsumedDoesNotComeBackWhenOthersAreInterrupted() throws Exception {
        AtomicBoolean inline = new AtomicBoolean();
        Supervisor supervisor = Supervisor.builder().executor(task -> {
            if (inline.get()) {
                task.run();
            } else {
                Kind.daemon(task).start();
            }
        }).open();
        CountDownLatch started = new CountDownLatch(1);
        Task<?> other = supervisor.spawn(() -> {
            started.countDown();
            new CountDownLatch(1).await();
        });
        Poll.await(started);
        inline.set(true);
        AtomicReference<Task<?>> self = new AtomicReference<>();

        Task<Boolean> outer = supervisor.spawn(() -> {
            supervisor.tasks().stream().filter(task -> task != other).forEach(self::set);
            self.get().cancel();
            assertTrue(Thread.interrupted());
            supervisor.spawn(() -> assertTrue(other.cancel()));
            return Thread.currentThread().isInterrupted();
        });

        assertFalse(outer.get());
        supervisor.join();
    }

    @Test
    void c3_theOwnerIsInterruptedBeforeAnyCallbackOfTheAbort() {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).open();
        CountDownLatch interrupted = new CountDownLatch(1);
        AtomicBoolean inTime = new AtomicBoolean();
        supervisor.spawn(() -> { }).onDone(task -> {
            try {
                inTime.set(interrupted.await(10, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                inTime.set(false);
            }
        });

        Aside<Void> shutdown = Aside.run(supervisor::shutdown);
        assertThrows(InterruptedException.class, () -> new CountDownLatch(1).await(60, TimeUnit.SECONDS));
        interrupted.countDown();

        shutdown.outcome();
        assertTrue(inTime.get());
        supervisor.close();
    }

    @Test
    void c7_aFatalErrorThatComesAfterTheExitIsHandedOverItselfAndNotOnlyReported() throws Exception {
        Supervisor supervisor = Kind.CALLER_RUNS.builder().fatalIf(ArithmeticException.class::isInstance).open();
        Task<?> task = supervisor.spawn(() -> { });
        supervisor.join();
        ArithmeticException late = new ArithmeticException("late");

        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            task.onDone(done -> {
                throw late;
            });
            assertEquals(1, uncaught.seen().stream().filter(report -> report == late).count());
            assertEquals(1, uncaught.wrapping(late));
        }
    }
}
