package dev.supervisor;

import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.ViewSetting.assertTerminated;
import static dev.supervisor.ViewSetting.causeOf;
import static dev.supervisor.ViewSetting.end;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same for the end of an ExecutorService: see {@link ViewConformanceTest}. */
@Timeout(120)
class ViewStopConformanceTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // shutdown and shutdownNow

    @ParameterizedTest
    @EnumSource(ViewSetting.Limit.class)
    void s10_whatIsPendingAtTheShutdownStillRuns(ViewSetting.Limit limit) throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = limit.open(Supervisor.builder().executor(late));
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < ViewSetting.PLACES; i++) {
            futures.add(view.submit((Callable<Integer>) ran::incrementAndGet));
        }
        view.shutdown();
        for (int i = 0; i < ViewSetting.PLACES; i++) {
            assertTrue(view.isShutdown());
            assertFalse(view.isTerminated());
            assertFalse(view.awaitTermination(0, TimeUnit.SECONDS));
            assertFalse(futures.get(i).isDone());
            late.runNext();
            assertEquals(i + 1, futures.get(i).get());
        }
        assertTerminated(view);
        assertEquals(List.of(), view.shutdownNow());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_whileOldBodiesRunNewOnesAreRefusedInsideAndOutside(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch shut = new CountDownLatch(1);
        CountDownLatch tried = new CountDownLatch(1);
        WaitingBody gate = new WaitingBody();
        Future<String> inside = view.submit(() -> {
            Poll.await(shut);
            try {
                assertRefuses("is sealed", supervisor);
            } finally {
                tried.countDown();
            }
            return gate.call();
        });
        view.shutdown();
        shut.countDown();
        assertRefuses("is sealed", supervisor);
        Poll.await(tried);
        assertFalse(view.isTerminated());
        gate.release();
        assertEquals("released", inside.get());
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
        assertRefuses("is sealed", supervisor);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_shutdownNowInterruptsWhatHasBegunAndCancelsNoneOfIt(ViewSetting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        List<WaitingBody> gates = List.of(new WaitingBody(), new WaitingBody(), new WaitingBody());
        view.execute(gates.get(0));
        Future<?> ofRunnable = view.submit((Runnable) gates.get(1));
        Future<String> ofCallable = gates.get(2).submitTo(view);
        gates.forEach(gate -> Poll.await(gate.begun));
        assertEquals(List.of(), view.shutdownNow());
        gates.forEach(gate -> Poll.await(gate.told));
        assertTrue(view.isShutdown());
        assertThrows(RejectedExecutionException.class, () -> view.submit(() -> "refused"));
        assertNull(ofRunnable.get(), "its body has returned");
        assertInstanceOf(InterruptedException.class, causeOf(ofCallable::get), "as it ended by itself");
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
        assertTerminated(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_whoeverSeesItTerminatedSeesItShutDownAndEveryBodyDone(ViewSetting setting) throws Exception {
        for (int round = 0; round < 20; round++) {
            ExecutorService view = setting.open().asExecutorService();
            WaitingBody gate = new WaitingBody();
            Future<String> future = gate.submitTo(view);
            AtomicBoolean watching = new AtomicBoolean();
            Background<Boolean> watcher = Background.call(() -> {
                do {
                    watching.set(true);
                } while (!view.isTerminated());
                return view.isShutdown() && future.isDone();
            });
            Poll.until("watches", watching::get);
            gate.release();
            view.shutdown();
            assertTrue(watcher.join());
        }
    }

    // awaitTermination

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_allWhoAwaitTheTerminationAreWokenByTheLastBody(ViewSetting setting) throws Exception {
        for (boolean now : new boolean[] {false, true}) {
            Supervisor supervisor = setting.open();
            ExecutorService view = supervisor.asExecutorService();
            GatedTask stubborn = GatedTask.stubborn(setting.kind(), supervisor);
            List<Background<Boolean>> waiters = new ArrayList<>();
            for (TimeUnit unit : TimeUnit.values()) {
                waiters.add(Background.call(() -> view.awaitTermination(Long.MAX_VALUE, unit)));
            }
            waiters.forEach(Background::untilBlocked);
            if (now) {
                assertEquals(List.of(), view.shutdownNow());
                stubborn.untilTold();
            } else {
                view.shutdown();
            }
            waiters.forEach(waiter -> assertFalse(waiter.hasEnded()));
            stubborn.release();
            waiters.forEach(waiter -> assertTrue(waiter.join()));
            assertTerminated(view);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_aStatusThatIsSetBeforeEndsAnAwaitTerminationOnlyIfThereIsSomethingToAwait(ViewSetting setting)
            throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        WaitingBody gate = new WaitingBody();
        Future<String> future = gate.submitTo(view);
        for (Action ends : List.<Action>of(() -> { }, view::shutdown)) {
            ends.run();
            Background<Void> interrupted = Background.run(() -> {
                Thread.currentThread().interrupt();
                view.awaitTermination(1, TimeUnit.HOURS);
            });
            assertInstanceOf(InterruptedException.class, interrupted.thrown());
            assertFalse(interrupted.leftInterrupted());
        }
        gate.release();
        assertEquals("released", future.get());
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
        Thread.currentThread().interrupt();
        assertTrue(view.awaitTermination(1, TimeUnit.HOURS));
        assertTrue(Thread.interrupted());
    }

    // close

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_closeEndsAnIdleOneAndMayComeAfterAnyOtherEnd(ViewSetting setting) throws Exception {
        ExecutorService idle = setting.open().asExecutorService();
        ViewTest.close(idle);
        assertTerminated(idle);
        ViewTest.close(idle);
        assertTerminated(idle);
        ExecutorService terminated = setting.open().asExecutorService();
        end(terminated);
        ViewTest.close(terminated);
        assertTerminated(terminated);
        ExecutorService stopped = setting.open().asExecutorService();
        stopped.shutdownNow();
        ViewTest.close(stopped);
        assertTerminated(stopped);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_manyMayCloseAndEachWaitsForTheBodies(ViewSetting setting) throws Exception {
        for (boolean shutDownBefore : new boolean[] {false, true}) {
            ExecutorService view = setting.open().asExecutorService();
            WaitingBody gate = new WaitingBody();
            Future<String> future = gate.submitTo(view);
            if (shutDownBefore) {
                view.shutdown();
            }
            List<Background<Void>> closers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                closers.add(Background.blockedIn(() -> ViewTest.close(view)));
            }
            assertTrue(view.isShutdown());
            assertFalse(future.isDone());
            gate.release();
            closers.forEach(Background::join);
            assertTerminated(view);
            assertTrue(future.isDone());
            assertEquals("released", future.get());
            assertFalse(gate.wasTold());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_anInterruptedCloseEndsTheBodiesAndTheirFuturesSaySo(ViewSetting setting) throws Exception {
        for (boolean before : new boolean[] {false, true}) {
            ExecutorService view = setting.open().asExecutorService();
            WaitingBody gate = new WaitingBody();
            Future<String> future = gate.submitTo(view);
            Background<Void> closer = Background.run(() -> {
                if (before) {
                    Thread.currentThread().interrupt();
                }
                ViewTest.close(view);
            });
            if (!before) {
                closer.untilBlocked();
                closer.interrupt();
            }
            closer.join();
            assertTrue(closer.leftInterrupted());
            assertTerminated(view);
            assertTrue(gate.wasTold());
            assertInstanceOf(InterruptedException.class, causeOf(future::get));
        }
    }
}
