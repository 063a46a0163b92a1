package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.FailureHandler;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.UncaughtReports;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Protections of the core that a mutant could take away (see {@code supervisor-jcstress/mutants}) without a failure of
 * any other test.
 */
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
        Owner owner = Owner.open(Chain.stack());
        owner.interrupt();
        owner.leaveBlock(false);
        assertFalse(Thread.interrupted());
        owner.reenterBlock();
        assertFalse(owner.isOwed());   // so no window sets the status at its end

        Thread.currentThread().interrupt();   // from outside
        owner.leaveBlock(false);
        owner.leave();

        assertTrue(Thread.interrupted());
        supervisor.close();
    }

    @Test
    void c6_theOwnersInterruptThatACallbackSwallowsWhichWasLeftToTheOwnerIsDeliveredAgain() {
        Supervisor supervisor = Supervisor.builder().executor(task -> { }).onFailure(FailureHandler.ignore()).open();
        SupervisedTask<?> left = (SupervisedTask<?>) supervisor.spawn(() -> { });
        AtomicBoolean swallowed = new AtomicBoolean();
        left.onDone(task -> {
            ((Scope) supervisor).owner.interrupt();
            swallowed.set(Thread.interrupted());
        });
        left.payload = new StackOverflowError("as if its runner had run out of stack");
        left.thread = TaskState.UNFINISHED;
        ((Scope) supervisor).unfinished = true;

        Abort.recover((Scope) supervisor);

        assertTrue(left.isDone());
        assertTrue(Thread.interrupted());
        assertTrue(swallowed.get());
        supervisor.close();
    }

    /** A supervisor in the state that a canceller leaves if its stack runs out. */
    private static Supervisor withATaskThatIsDroppedAndUnfinished() {
        Supervisor supervisor = Supervisor.builder().executor(task -> { }).unowned().open();
        SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(() -> { });
        assertEquals(TaskState.DROPPED, task.request(true));
        ((Scope) supervisor).unfinished = true;
        return supervisor;
    }

    /** A task in the state that its runner leaves if the stack runs out. */
    private static SupervisedTask<?> runningAndUnfinished() {
        Supervisor supervisor = Supervisor.builder().executor(task -> { }).unowned()
                .onFailure(FailureHandler.ignore()).open();
        SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(() -> { });
        assertTrue(task.claim(TaskState.STARTING));
        assertTrue(task.start(Thread.currentThread()));
        task.payload = new StackOverflowError("as if its runner had run out of stack");
        task.thread = TaskState.UNFINISHED;
        ((Scope) supervisor).unfinished = true;
        return task;
    }

    @Test
    void c4_joinCompletesWhatAThreadThatWasCutOffHasLeft() {
        Background.run(withATaskThatIsDroppedAndUnfinished()::join).join();
        Background.run(runningAndUnfinished().supervisor()::join).join();
    }

    @Test
    void a6_spawnCompletesWhatAThreadThatWasCutOffHasLeft() {
        Supervisor supervisor = withATaskThatIsDroppedAndUnfinished();
        Task<?> spawned = supervisor.spawn(() -> { });
        assertEquals(List.of(spawned), supervisor.tasks());
        assertEquals(1, supervisor.liveCount());
        supervisor.close();
    }

    @Test
    void c1_getCompletesWhatAThreadThatWasCutOffHasLeft() {
        assertInstanceOf(ExecutionException.class, Background.call(runningAndUnfinished()::get).thrown());
    }

    @Test
    void c2_anAbortThatWasCutOffIsCarriedOnByTheNextThread() {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned().open();
        Task<?> task = supervisor.spawn(() -> 1);
        Scope scope = (Scope) supervisor;
        scope.lifecycle.markAborting();   // and no further
        scope.unfinished = true;
        Background.run(supervisor::join).join();
        assertTrue(task.isCancelled());
    }

    @Test
    void c2_abortCompletesWhatAThreadThatWasCutOffHasLeft() {
        SupervisedTask<?> task = runningAndUnfinished();
        task.supervisor().abort();
        assertEquals(Supervisor.State.FINISHED, task.supervisor().state());
        assertTrue(task.isDone());
    }

    @Test
    void c6_theOwnersInterruptThatACallbackSwallowsIsDeliveredAgainThoughItsSenderWasInTheMiddle() throws Exception {
        CountDownLatch inTheMiddle = new CountDownLatch(1);
        CountDownLatch inTheCallback = new CountDownLatch(1);
        AtomicBoolean swallowed = new AtomicBoolean();
        FutureTask<Boolean> owner = new FutureTask<>(() -> {
            Supervisor supervisor = Kind.CALLER_RUNS.open();
            Task<?> done = supervisor.spawn(() -> { });
            Background<?> background = Background.run(supervisor::shutdown);
            Poll.await(inTheMiddle);
            done.onDone(task -> {
                inTheCallback.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    swallowed.set(true);
                }
            });
            boolean again = Thread.interrupted();
            background.join();
            supervisor.close();
            return again;
        });
        Thread thread = new Thread(owner) {
            @Override
            public void interrupt() {
                if (inTheMiddle.getCount() > 0) {
                    inTheMiddle.countDown();
                    Poll.await(inTheCallback);
                }
                super.interrupt();
            }
        };
        thread.setDaemon(true);
        thread.start();
        assertTrue(owner.get(30, TimeUnit.SECONDS));
        assertTrue(swallowed.get());
    }

    @Test
    void c2_whoIsToldOfAnInterruptThatThrowsMayWaitForTheTask() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.builder().unowned().threadFactory(task -> {
            Thread thread = new Thread(task) {
                @Override
                public void interrupt() {
                    interrupted.countDown();
                    throw new SecurityException("no");
                }
            };
            thread.setDaemon(true);
            return thread;
        }).open();
        Task<Integer> task = supervisor.spawn(() -> {
            started.countDown();
            Poll.await(interrupted);
            return 1;
        });
        Poll.await(started);
        AtomicBoolean waited = new AtomicBoolean();
        Background.run(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, report) -> {
                supervisor.shutdown();
                waited.set(true);
            });
            assertTrue(task.cancel());
        }).join();
        assertTrue(waited.get());
        assertEquals(1, task.resultNow());
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
            assertTrue(supervisor.spawn(() -> other.cancel()).resultNow());
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

        Background<Void> shutdown = Background.run(supervisor::shutdown);
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
