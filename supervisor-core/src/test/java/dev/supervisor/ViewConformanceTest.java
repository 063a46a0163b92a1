package dev.supervisor;

import static dev.supervisor.Refusals.assertSays;
import static dev.supervisor.Refusals.thrownBy;
import static dev.supervisor.ViewSetting.assertFailure;
import static dev.supervisor.ViewSetting.end;
import static dev.supervisor.ViewSetting.settle;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases in which public suites test any ExecutorService: of the JSR-166 TCK {@code AbstractExecutorServiceTest} and
 * what {@code ThreadPoolExecutorTest} and {@code ForkJoinPoolTest} say of the interface; of OpenJDK its tests {@code
 * SubmitTest}, {@code InvokeTest} and {@code CloseTest}. Only the cases are theirs. Each runs on all kinds of executor,
 * without a limit, and with a small one that refuses or blocks (S9). {@link ViewTest} has what the view promises
 * besides, and the cases of these suites that go with that.
 */
@Timeout(120)
class ViewConformanceTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // bad arguments

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_badArgumentsAreRefusedAndEmptyOnesAnsweredAlsoWhenItIsFull(ViewSetting setting) {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<GatedTask> held = Limits.hold(setting.kind(), supervisor, ViewSetting.PLACES);
        List<Callable<Integer>> nothing = List.of();
        List<Callable<Integer>> nulls = Collections.nCopies(2, null);
        Background.run(() -> {
            assertThrows(NullPointerException.class, () -> view.invokeAll(nulls));
            assertThrows(NullPointerException.class, () -> view.invokeAll(nulls, 1, TimeUnit.HOURS));
            assertThrows(NullPointerException.class, () -> view.invokeAny(nulls));
            assertThrows(NullPointerException.class, () -> view.invokeAny(nulls, 1, TimeUnit.HOURS));
            assertThrows(NullPointerException.class, () -> view.awaitTermination(1, null));
            assertThrows(IllegalArgumentException.class, () -> view.invokeAny(nothing));
            assertThrows(IllegalArgumentException.class, () -> view.invokeAny(nothing, 1, TimeUnit.HOURS));
            assertEquals(List.of(), view.invokeAll(nothing));
            assertEquals(List.of(), view.invokeAll(nothing, 1, TimeUnit.HOURS));
        }).join();
        assertEquals(ViewSetting.PLACES, supervisor.liveCount());
        held.forEach(GatedTask::release);
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_aNullAfterABodyCancelsThatBody(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Callable<String>> tasks = Arrays.asList(new WaitingBody(), null);
        assertThrows(NullPointerException.class, () -> view.invokeAll(tasks));
        settle(supervisor);
        assertThrows(NullPointerException.class, () -> view.invokeAll(tasks, 1, TimeUnit.HOURS));
        settle(supervisor);
        assertThrows(NullPointerException.class, () -> view.invokeAny(tasks));
        settle(supervisor);
        assertThrows(NullPointerException.class, () -> view.invokeAny(tasks, 1, TimeUnit.HOURS));
        settle(supervisor);
        end(view);
    }

    // submit and get

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_aResultStaysHoweverAndHoweverOftenItIsAskedFor(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        assertResult("value", view.submit(() -> "value"));
        settle(supervisor);
        assertResult(null, view.submit(() -> (Object) null));
        settle(supervisor);
        assertResult(null, view.submit(() -> { }));
        settle(supervisor);
        assertResult("given", view.submit(() -> { }, "given"));
        end(view);
    }

    private static void assertResult(Object expected, Future<?> future) throws Exception {
        assertEquals(expected, future.get());
        for (long time : new long[] {1, 0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertEquals(expected, future.get(time, TimeUnit.DAYS));
        }
        assertTrue(future.isDone());
        Thread.currentThread().interrupt();
        assertEquals(expected, future.get());
        assertEquals(expected, future.get(0, TimeUnit.SECONDS));
        assertTrue(Thread.interrupted(), "nothing was waited for, so the status is kept");
        assertFalse(future.cancel(true));
        assertFalse(future.cancel(false));
        assertFalse(future.isCancelled());
        assertEquals(expected, future.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_whateverABodyThrowsIsTheCause(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Throwable> failures = List.of(new IOException("on purpose"), new ArithmeticException("on purpose"),
                new AssertionError("on purpose"), new InterruptedException("on purpose"),
                new CancellationException("on purpose"), new TimeoutException("on purpose"),
                new ExecutionException(new IOException("on purpose")));
        for (Throwable failure : failures) {
            Future<?> ofCallable = view.submit(() -> {
                throw Sneaky.<Exception>sneakyThrow(failure);
            });
            assertFailure(failure, ofCallable);
            settle(supervisor);
            Runnable throwing = () -> Sneaky.<RuntimeException>sneak(failure);
            assertFailure(failure, view.submit(throwing));
            settle(supervisor);
            assertFailure(failure, view.submit(throwing, "not given"));
            settle(supervisor);
        }
        assertEquals("goes on", view.submit(() -> "goes on").get());
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_aTimedGetThatIsOverDisturbsNothing(ViewSetting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        WaitingBody gate = new WaitingBody();
        Future<String> future = gate.submitTo(view);
        for (long time : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThrows(TimeoutException.class, () -> future.get(time, TimeUnit.DAYS));
        }
        long begin = System.nanoTime();
        assertThrows(TimeoutException.class, () -> future.get(20, TimeUnit.MILLISECONDS));
        assertTrue(System.nanoTime() - begin >= 20_000_000);
        assertThrows(NullPointerException.class, () -> future.get(1, null));
        assertFalse(future.isDone());
        assertFalse(future.isCancelled());
        gate.release();
        assertEquals("released", future.get(30, TimeUnit.SECONDS));
        assertFalse(gate.wasTold());
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_anInterruptEndsTheGetAndNotTheBody(ViewSetting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        WaitingBody gate = new WaitingBody();
        Future<String> future = gate.submitTo(view);
        for (Callable<String> get : List.<Callable<String>>of(future::get, () -> future.get(1, TimeUnit.HOURS))) {
            Background<String> getter = Background.call(get);
            getter.untilBlocked();
            getter.interrupt();
            assertInstanceOf(InterruptedException.class, getter.thrown());
            assertFalse(getter.leftInterrupted());
            Background<String> interruptedBefore = Background.call(() -> {
                Thread.currentThread().interrupt();
                return get.call();
            });
            assertInstanceOf(InterruptedException.class, interruptedBefore.thrown());
            assertFalse(interruptedBefore.leftInterrupted());
        }
        assertFalse(future.isDone());
        gate.release();
        assertEquals("released", future.get());
        assertFalse(gate.wasTold());
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_allWhoWaitForOneFutureAreWoken(ViewSetting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        WaitingBody returns = new WaitingBody();
        WaitingBody throwing = new WaitingBody();
        WaitingBody cancelled = new WaitingBody();
        IOException failure = new IOException("on purpose");
        Future<String> one = returns.submitTo(view);
        Future<String> two = view.submit(() -> {
            throwing.call();
            throw failure;
        });
        Future<String> three = cancelled.submitTo(view);
        List<Background<String>> ofOne = getters(one);
        List<Background<String>> ofTwo = getters(two);
        List<Background<String>> ofThree = getters(three);
        returns.release();
        ofOne.forEach(getter -> assertEquals("released", getter.join()));
        throwing.release();
        for (Background<String> getter : ofTwo) {
            assertSame(failure, assertInstanceOf(ExecutionException.class, getter.thrown()).getCause());
        }
        assertTrue(three.cancel(true));
        ofThree.forEach(getter -> assertInstanceOf(CancellationException.class, getter.thrown()));
        Poll.await(cancelled.told);
        end(view);
    }

    private static List<Background<String>> getters(Future<String> future) {
        List<Background<String>> getters = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            getters.add(Background.call(future::get));
            getters.add(Background.call(() -> future.get(1, TimeUnit.HOURS)));
        }
        getters.forEach(Background::untilBlocked);
        return getters;
    }

    // cancel

    @ParameterizedTest
    @EnumSource(ViewSetting.Limit.class)
    void s10_aBodyThatIsCancelledBeforeItBeginsNeverRunsAndItsPlaceIsFree(ViewSetting.Limit limit) throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = limit.open(Supervisor.builder().executor(late));
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Callable<Integer> body = ran::incrementAndGet;
        for (boolean interrupts : new boolean[] {false, true}) {
            Future<Integer> cancelled = view.submit(body);
            List<Future<Integer>> others = List.of(view.submit(body), view.submit(body));
            assertFalse(cancelled.isDone());
            assertTrue(cancelled.cancel(interrupts));
            assertTrue(cancelled.isDone());
            assertTrue(cancelled.isCancelled());
            assertThrows(CancellationException.class, cancelled::get);
            assertThrows(CancellationException.class, () -> cancelled.get(0, TimeUnit.SECONDS));
            Future<Integer> inItsPlace = Background.call(() -> view.submit(body)).join();
            ran.set(0);
            late.runAll();
            assertEquals(3, ran.get());
            assertEquals(3, inItsPlace.get());
            assertEquals(3, others.get(0).get() + others.get(1).get());
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#limited")
    void s10_aBodyThatIsCancelledWhileItRunsKeepsItsPlaceUntilItEnds(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(ViewSetting.PLACES);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < ViewSetting.PLACES; i++) {
            futures.add(view.submit(() -> {
                begun.countDown();
                Poll.await(release);
            }));
        }
        Poll.await(begun);
        assertTrue(futures.get(0).cancel(true));
        assertThrows(CancellationException.class, () -> futures.get(0).get());
        if (setting.limit() == ViewSetting.Limit.REJECT) {
            assertSays("is full", thrownBy(() -> view.submit(() -> "refused")));
            release.countDown();
            settle(supervisor);
            assertEquals("accepted", view.submit(() -> "accepted").get());
        } else {
            Background<Future<String>> waiter = Background.call(() -> view.submit(() -> "accepted"));
            waiter.untilBlocked();
            release.countDown();
            assertEquals("accepted", waiter.join().get());
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_onlyTheFirstCancelCounts(ViewSetting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        WaitingBody gate = new WaitingBody();
        Future<String> future = gate.submitTo(view);
        assertTrue(future.cancel(false));
        assertFalse(future.cancel(true), "it is done");
        assertFalse(future.cancel(false));
        gate.release();
        end(view);
        assertFalse(gate.wasTold());
        assertThrows(CancellationException.class, future::get, "what the body returned is dropped");
    }

    // memory effects

    /** Plain fields, handed from the submitting thread to the body and back. */
    private static final class Cell {

        private int before;
        private int seen;
        private int after;

        Cell write(int number) {
            before = number;
            return this;
        }

        Cell handle() {
            seen = before;
            after = before + 1;
            return this;
        }

        void assertHandled(int number) {
            assertEquals(number, seen, "seen by the body");
            assertEquals(number + 1, after, "seen after the body");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_whatABodyHasDoneIsSeenAfterGetInvokeAllAndInvokeAny(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        for (int number = 1; number <= 100; number++) {
            Cell gotten = new Cell().write(number);
            view.submit(gotten::handle).get();
            gotten.assertHandled(number);
            Cell cell = new Cell().write(number);
            Callable<Cell> body = cell::handle;
            settle(supervisor);
            assertSame(cell, view.invokeAny(List.of(body)));
            cell.assertHandled(number);
            settle(supervisor);
            List<Callable<Cell>> bodies = new ArrayList<>();
            List<Cell> cells = new ArrayList<>();
            for (int i = 0; i < ViewSetting.PLACES; i++) {
                Cell one = new Cell().write(number);
                cells.add(one);
                bodies.add(one::handle);
            }
            view.invokeAll(bodies);
            for (Cell one : cells) {
                one.assertHandled(number);
            }
            settle(supervisor);
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_whatBodiesHaveDoneIsSeenAfterAwaitTerminationAndClose(ViewSetting setting) throws Exception {
        for (int round = 0; round < 20; round++) {
            ExecutorService view = setting.open().asExecutorService();
            List<Cell> cells = new ArrayList<>();
            for (int number = 0; number < setting.bodies(); number++) {
                Cell cell = new Cell().write(number);
                cells.add(cell);
                if (number % 2 == 0) {
                    view.execute(cell::handle);
                } else {
                    view.submit(cell::handle);
                }
            }
            if (round % 2 == 0) {
                end(view);
            } else {
                ViewTest.close(view);
            }
            for (int number = 0; number < cells.size(); number++) {
                cells.get(number).assertHandled(number);
            }
        }
    }
}
