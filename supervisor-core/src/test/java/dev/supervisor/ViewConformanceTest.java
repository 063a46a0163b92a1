package dev.supervisor;

import static dev.supervisor.Refusals.assertRefuses;
import static dev.supervisor.Refusals.assertSays;
import static dev.supervisor.Refusals.thrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
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

    /** How many tasks there may be at once where there is a limit. */
    private static final int PLACES = 3;
    /** More than that. */
    private static final int MANY = 20;

    enum Limit {
        NONE, REJECT, BLOCK;

        Supervisor open(Supervisor.Builder builder) {
            Supervisor.Builder named = builder.name("north").unowned();
            return (this == NONE ? named : named.maxTasks(PLACES, Overflow.valueOf(name()))).open();
        }
    }

    /** What the view is of. */
    record Setting(Kind kind, Limit limit) {

        Supervisor open() {
            return limit.open(kind.builder());
        }

        /** Bodies that one call may be given. */
        int bodies() {
            return limit == Limit.REJECT ? PLACES : MANY;
        }
    }

    static Stream<Setting> all() {
        return Kind.all().stream().flatMap(kind -> Stream.of(Limit.values()).map(limit -> new Setting(kind, limit)));
    }

    static Stream<Setting> concurrent() {
        return all().filter(setting -> setting.kind() != Kind.CALLER_RUNS);
    }

    static Stream<Setting> limited() {
        return concurrent().filter(setting -> setting.limit() != Limit.NONE);
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A body that waits until it is released, or interrupted. */
    private static final class Gate implements Callable<String>, Runnable {

        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch told = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public String call() throws InterruptedException {
            begun.countDown();
            try {
                if (!released.await(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("neither released nor interrupted");
                }
                return "released";
            } catch (InterruptedException e) {
                told.countDown();
                throw e;
            }
        }

        @Override
        public void run() {
            try {
                call();
            } catch (InterruptedException e) {
                // It ends.
            }
        }

        Future<String> submitTo(ExecutorService view) {
            Future<String> future = view.submit((Callable<String>) this);
            Poll.await(begun);
            return future;
        }

        void release() {
            released.countDown();
        }

        boolean wasTold() {
            return told.getCount() == 0;
        }
    }

    private static void settle(Supervisor supervisor) {
        Poll.until("every place is free", () -> supervisor.liveCount() == 0);
    }

    private static void end(ExecutorService view) throws InterruptedException {
        view.shutdown();
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
    }

    private static void assertTerminated(ExecutorService view) throws InterruptedException {
        assertTrue(view.isShutdown());
        assertTrue(view.isTerminated());
        assertTrue(view.awaitTermination(0, TimeUnit.SECONDS));
    }

    private static Throwable causeOf(Action get) {
        return assertThrows(ExecutionException.class, get::run).getCause();
    }

    // bad arguments

    @ParameterizedTest
    @MethodSource("all")
    void s10_badArgumentsAreRefusedAndEmptyOnesAnsweredAlsoWhenItIsFull(Setting setting) {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<GatedTask> held = Limits.hold(setting.kind(), supervisor, PLACES);
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
        assertEquals(PLACES, supervisor.liveCount());
        held.forEach(GatedTask::release);
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_aNullAfterABodyCancelsThatBody(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Callable<String>> tasks = Arrays.asList(new Gate(), null);
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
    @MethodSource("all")
    void s10_aResultStaysHoweverAndHoweverOftenItIsAskedFor(Setting setting) throws Exception {
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
    @MethodSource("all")
    void s10_whateverABodyThrowsIsTheCause(Setting setting) throws Exception {
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

    private static void assertFailure(Throwable failure, Future<?> future) {
        assertSame(failure, causeOf(future::get));
        assertSame(failure, causeOf(() -> future.get(0, TimeUnit.SECONDS)));
        assertTrue(future.isDone());
        assertFalse(future.cancel(true));
        assertFalse(future.isCancelled());
        assertSame(failure, causeOf(future::get));
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_aTimedGetThatIsOverDisturbsNothing(Setting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        Gate gate = new Gate();
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
    @MethodSource("concurrent")
    void s10_anInterruptEndsTheGetAndNotTheBody(Setting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        Gate gate = new Gate();
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
    @MethodSource("concurrent")
    void s10_allWhoWaitForOneFutureAreWoken(Setting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        Gate returns = new Gate();
        Gate throwing = new Gate();
        Gate cancelled = new Gate();
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
    @EnumSource(Limit.class)
    void s10_aBodyThatIsCancelledBeforeItBeginsNeverRunsAndItsPlaceIsFree(Limit limit) throws Exception {
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
    @MethodSource("limited")
    void s10_aBodyThatIsCancelledWhileItRunsKeepsItsPlaceUntilItEnds(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(PLACES);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < PLACES; i++) {
            futures.add(view.submit(() -> {
                begun.countDown();
                Poll.await(release);
            }));
        }
        Poll.await(begun);
        assertTrue(futures.get(0).cancel(true));
        assertThrows(CancellationException.class, () -> futures.get(0).get());
        if (setting.limit() == Limit.REJECT) {
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
    @MethodSource("concurrent")
    void s10_onlyTheFirstCancelCounts(Setting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        Gate gate = new Gate();
        Future<String> future = gate.submitTo(view);
        assertTrue(future.cancel(false));
        assertFalse(future.cancel(true), "it is done");
        assertFalse(future.cancel(false));
        gate.release();
        end(view);
        assertFalse(gate.wasTold());
        assertThrows(CancellationException.class, future::get, "what the body returned is dropped");
    }

    // invokeAll

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAllKeepsTheOrderOfAnyCollectionAndNoBodyIsBeyondTheLimit(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Set<Callable<Integer>> tasks = new LinkedHashSet<>();
        for (int i = 0; i < setting.bodies(); i++) {
            int number = i;
            tasks.add(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Thread.yield();
                running.decrementAndGet();
                return number;
            });
        }
        for (boolean timed : new boolean[] {false, true}) {
            settle(supervisor);
            List<Future<Integer>> futures = timed ? view.invokeAll(tasks, 1, TimeUnit.HOURS) : view.invokeAll(tasks);
            assertEquals(setting.bodies(), futures.size());
            for (int i = 0; i < futures.size(); i++) {
                assertTrue(futures.get(i).isDone());
                assertEquals(i, futures.get(i).get());
            }
        }
        if (setting.limit() != Limit.NONE) {
            assertTrue(most.get() <= PLACES, most.get() + " at once");
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAllRunsABodyAsOftenAsItIsGiven(Setting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Callable<Integer> body = ran::incrementAndGet;
        List<Future<Integer>> futures = view.invokeAll(List.of(body, body, body));
        int sum = 0;
        for (Future<Integer> future : futures) {
            sum += future.get();
        }
        assertEquals(1 + 2 + 3, sum);
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAllReturnsWhateverItsBodiesCameTo(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        IOException checked = new IOException("on purpose");
        AssertionError error = new AssertionError("on purpose");
        CancellationException cancellation = new CancellationException("on purpose");
        List<Callable<String>> tasks = new ArrayList<>();
        for (Throwable failure : List.of(checked, error, cancellation)) {
            tasks.add(() -> {
                throw Sneaky.<Exception>sneakyThrow(failure);
            });
        }
        for (boolean timed : new boolean[] {false, true}) {
            settle(supervisor);
            List<Future<String>> futures = timed ? view.invokeAll(tasks, 1, TimeUnit.HOURS) : view.invokeAll(tasks);
            assertFailure(checked, futures.get(0));
            assertFailure(error, futures.get(1));
            assertFailure(cancellation, futures.get(2));
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_timedInvokeAllKeepsWhatIsDoneAndCancelsTheRest(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        IOException failure = new IOException("on purpose");
        AtomicLong othersDone = new AtomicLong(Long.MAX_VALUE);
        Gate gate = new Gate();
        List<Callable<String>> tasks = List.of(() -> {
            Poll.await(gate.begun);
            return "quick";
        }, () -> {
            Poll.await(gate.begun);
            throw failure;
        }, () -> {
            gate.begun.countDown();
            ShortWait.until("the others have gone", () -> supervisor.liveCount() == 1);
            othersDone.set(System.nanoTime());
            return gate.call();
        });
        long begin = System.nanoTime();
        List<Future<String>> futures = view.invokeAll(tasks, 1, TimeUnit.SECONDS);
        assertTrue(System.nanoTime() - begin >= 1_000_000_000);
        futures.forEach(future -> assertTrue(future.isDone()));
        assertTrue(futures.get(2).isCancelled());
        end(view);
        assertTrue(gate.wasTold());
        if (othersDone.get() - begin < 1_000_000_000) {   // in time, unless the machine is very busy
            assertEquals("quick", futures.get(0).get());
            assertSame(failure, causeOf(futures.get(1)::get));
        }
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_aStatusThatIsSetBeforeEndsInvokeAllAndInvokeAny(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Gate> gates = List.of(new Gate(), new Gate());
        List<Action> calls = List.of(() -> view.invokeAll(gates), () -> view.invokeAll(gates, 1, TimeUnit.HOURS),
                () -> view.invokeAny(gates), () -> view.invokeAny(gates, 1, TimeUnit.HOURS));
        for (Action call : calls) {
            Background<Void> caller = Background.run(() -> {
                Thread.currentThread().interrupt();
                call.run();
            });
            assertInstanceOf(InterruptedException.class, caller.thrown());
            assertFalse(caller.leftInterrupted());
            settle(supervisor);
        }
        end(view);
    }

    // invokeAny

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_invokeAnyWaitsForASuccessThatComesAfterAllFailures(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch begun = new CountDownLatch(PLACES);
        Callable<String> fails = () -> {
            begun.countDown();
            Poll.await(begun);
            throw new IOException("on purpose");
        };
        Callable<String> succeeds = () -> {
            begun.countDown();
            Poll.await(begun);
            Poll.until("the others have gone", () -> supervisor.liveCount() == 1);
            return "late";
        };
        assertEquals("late", view.invokeAny(List.of(succeeds, fails, fails)));
        settle(supervisor);
        assertEquals("late", view.invokeAny(List.of(fails, fails, succeeds), 1, TimeUnit.HOURS));
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAnyGoesThroughMoreBodiesThanThereArePlaces(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Throwable> failures = new ArrayList<>();
        List<Callable<String>> tasks = new ArrayList<>();
        for (int i = 0; i < setting.bodies(); i++) {
            IOException failure = new IOException("on purpose");
            failures.add(failure);
            tasks.add(() -> {
                throw failure;
            });
        }
        assertTrue(failures.contains(causeOf(() -> view.invokeAny(tasks))));
        settle(supervisor);
        assertTrue(failures.contains(causeOf(() -> view.invokeAny(tasks, 1, TimeUnit.HOURS))));
        settle(supervisor);
        tasks.set(tasks.size() - 1, () -> "the last");
        assertEquals("the last", view.invokeAny(tasks));
        settle(supervisor);
        assertEquals("the last", view.invokeAny(tasks, 1, TimeUnit.HOURS));
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_aResultOfNullIsASuccess(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        Callable<String> none = () -> null;
        Callable<String> fails = () -> {
            throw new IOException("on purpose");
        };
        assertNull(view.invokeAny(List.of(fails, none)));
        settle(supervisor);
        assertNull(view.invokeAny(List.of(fails, none), 1, TimeUnit.HOURS));
        end(view);
    }

    @ParameterizedTest
    @EnumSource(Limit.class)
    void s10_aLoserThatHasNotBegunNeverRuns(Limit limit) throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = limit.open(Supervisor.builder().executor(late));
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Callable<Integer> body = ran::incrementAndGet;
        Background<Integer> caller = Background.call(() -> view.invokeAny(List.of(body, body, body)));
        Poll.until("all were accepted", () -> late.size() == 3);
        late.runNext();
        assertEquals(1, caller.join());
        late.runAll();
        assertEquals(1, ran.get());
        end(view);
    }

    // shutdown and shutdownNow

    @ParameterizedTest
    @EnumSource(Limit.class)
    void s10_whatIsPendingAtTheShutdownStillRuns(Limit limit) throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = limit.open(Supervisor.builder().executor(late));
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < PLACES; i++) {
            futures.add(view.submit((Callable<Integer>) ran::incrementAndGet));
        }
        view.shutdown();
        for (int i = 0; i < PLACES; i++) {
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
    @MethodSource("concurrent")
    void s10_whileOldBodiesRunNewOnesAreRefusedInsideAndOutside(Setting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch shut = new CountDownLatch(1);
        CountDownLatch tried = new CountDownLatch(1);
        Gate gate = new Gate();
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
    @MethodSource("concurrent")
    void s10_shutdownNowInterruptsWhatHasBegunAndCancelsNoneOfIt(Setting setting) throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        List<Gate> gates = List.of(new Gate(), new Gate(), new Gate());
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
    @MethodSource("concurrent")
    void s10_whoeverSeesItTerminatedSeesItShutDownAndEveryBodyDone(Setting setting) throws Exception {
        for (int round = 0; round < 20; round++) {
            ExecutorService view = setting.open().asExecutorService();
            Gate gate = new Gate();
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
    @MethodSource("concurrent")
    void s10_allWhoAwaitTheTerminationAreWokenByTheLastBody(Setting setting) throws Exception {
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
    @MethodSource("concurrent")
    void s10_aStatusThatIsSetBeforeEndsAnAwaitTerminationOnlyIfThereIsSomethingToAwait(Setting setting)
            throws Exception {
        ExecutorService view = setting.open().asExecutorService();
        Gate gate = new Gate();
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
    @MethodSource("all")
    void s10_closeEndsAnIdleOneAndMayComeAfterAnyOtherEnd(Setting setting) throws Exception {
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
    @MethodSource("concurrent")
    void s10_manyMayCloseAndEachWaitsForTheBodies(Setting setting) throws Exception {
        for (boolean shutDownBefore : new boolean[] {false, true}) {
            ExecutorService view = setting.open().asExecutorService();
            Gate gate = new Gate();
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
    @MethodSource("concurrent")
    void s10_anInterruptedCloseEndsTheBodiesAndTheirFuturesSaySo(Setting setting) throws Exception {
        for (boolean before : new boolean[] {false, true}) {
            ExecutorService view = setting.open().asExecutorService();
            Gate gate = new Gate();
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
    @MethodSource("concurrent")
    void s10_whatABodyHasDoneIsSeenAfterGetInvokeAllAndInvokeAny(Setting setting) throws Exception {
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
            for (int i = 0; i < PLACES; i++) {
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
    @MethodSource("concurrent")
    void s10_whatBodiesHaveDoneIsSeenAfterAwaitTerminationAndClose(Setting setting) throws Exception {
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
