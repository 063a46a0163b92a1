package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A supervisor as an ExecutorService: S10. What that interface says, and where the view says more. */
@Timeout(120)
class ViewTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** A supervisor to look at: on one kind of thread, with a limit or without. */
    record Viewed(Kind kind, int maxTasks) {

        Supervisor.Builder builder() {
            Supervisor.Builder builder = kind.builder().unowned();
            return maxTasks == 0 ? builder : builder.maxTasks(maxTasks, Overflow.REJECT);
        }

        Supervisor open() {
            return builder().open();
        }

        @Override
        public String toString() {
            return kind + (maxTasks == 0 ? "" : ", at most " + maxTasks + " tasks");
        }
    }

    static Stream<Viewed> all() {
        return Stream.of(0, 100).flatMap(max -> Kind.all().stream().map(kind -> new Viewed(kind, max)));
    }

    static Stream<Viewed> concurrent() {
        return all().filter(viewed -> viewed.kind() != Kind.CALLER_RUNS);
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Void never() throws InterruptedException {
        new CountDownLatch(1).await();
        return null;
    }

    private static void end(ExecutorService view) throws InterruptedException {
        view.shutdown();
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
    }

    /** Calls close(), which the interface has from JDK 19 on, and the view on every JDK. */
    static void close(ExecutorService view) throws Exception {
        if (view instanceof AutoCloseable closeable) {
            closeable.close();
            return;
        }
        Method close = view.getClass().getMethod("close");
        close.setAccessible(true);
        try {
            close.invoke(view);
        } catch (InvocationTargetException e) {
            throw Sneaky.<RuntimeException>sneakyThrow(e.getCause());
        }
    }

    // execute, submit

    @ParameterizedTest
    @MethodSource("all")
    void s10_executeRunsACommandAsATask(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        AtomicReference<Long> live = new AtomicReference<>();
        view.execute(() -> live.set(supervisor.liveCount()));
        end(view);
        assertEquals(1L, live.get());
        assertEquals(State.FINISHED, supervisor.state());
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_submitReturnsTheFutureOfTheResult(Viewed viewed) throws Exception {
        ExecutorService view = viewed.open().asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Runnable runnable = ran::incrementAndGet;
        Callable<Integer> callable = () -> 40 + ran.incrementAndGet();
        Future<?> first = view.submit(runnable);
        assertNull(first.get());
        assertTrue(first.isDone());
        assertFalse(first.isCancelled());
        assertEquals("value", view.submit(runnable, "value").get(30, TimeUnit.SECONDS));
        Future<Integer> third = view.submit(callable);
        assertEquals(43, third.get());
        assertInstanceOf(FutureTask.class, first);
        assertInstanceOf(FutureTask.class, third);
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_aFailureBelongsToTheFutureAndIsNotReported(Viewed viewed) throws Exception {
        Queue<Throwable> shown = new ConcurrentLinkedQueue<>();
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        Supervisor supervisor = viewed.builder().onFailure((task, failure) -> reported.add(failure)).fatalIf(thrown -> {
            shown.add(thrown);
            return false;
        }).open();
        ExecutorService view = supervisor.asExecutorService();
        Exception failure = new Exception("checked");
        Error error = new AssertionError("error");
        Future<?> first = view.submit(() -> {
            throw failure;
        });
        Future<?> second = view.submit((Runnable) () -> {
            throw error;
        });
        assertSame(failure, assertThrows(ExecutionException.class, first::get).getCause());
        assertSame(error, assertThrows(ExecutionException.class, second::get).getCause());
        Poll.until("both have retired", () -> supervisor.liveCount() == 0);
        assertEquals(List.of(), List.copyOf(reported));
        assertEquals(2, shown.size(), () -> "shown to fatalIf: " + shown);
        assertTrue(shown.containsAll(List.of(failure, error)));
        IllegalStateException executed = new IllegalStateException("of execute");
        view.execute(() -> {
            throw executed;
        });
        end(view);
        assertEquals(List.of(executed), List.copyOf(reported), "execute has no future, so its failure is reported");
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_aFatalFailureOfASubmittedBodyAborts(Viewed viewed) throws Exception {
        InternalError fatal = new InternalError("on purpose");
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        Future<?> future = view.submit((Runnable) () -> {
            throw fatal;
        });
        assertSame(fatal, assertThrows(ExecutionException.class, future::get).getCause());
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS), "it has aborted");
        assertSame(fatal, Background.run(supervisor::join).thrown());
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_howACancelledBodyEndsIsNotFatal(Viewed viewed) throws Exception {
        for (boolean oneOnly : new boolean[] {true, false}) {
            Queue<Throwable> shown = new ConcurrentLinkedQueue<>();
            Supervisor supervisor = viewed.builder().fatalIf(shown::add).open();
            ExecutorService view = supervisor.asExecutorService();
            CountDownLatch begun = new CountDownLatch(1);
            Future<Void> future = view.submit(() -> {
                begun.countDown();
                return never();
            });
            Poll.await(begun);
            if (oneOnly) {
                assertTrue(future.cancel(true));
            } else {
                assertEquals(List.of(), view.shutdownNow());
            }
            end(view);
            assertEquals(List.of(), List.copyOf(shown));
            Background.run(supervisor::join).join();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_nullIsRefusedAfterTheShutdownToo(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        for (boolean shut : new boolean[] {false, true}) {
            assertThrows(NullPointerException.class, () -> view.execute(null));
            assertThrows(NullPointerException.class, () -> view.submit((Runnable) null));
            assertThrows(NullPointerException.class, () -> view.submit((Runnable) null, 1));
            assertThrows(NullPointerException.class, () -> view.submit((Callable<?>) null));
            assertThrows(NullPointerException.class, () -> view.invokeAll(null));
            assertThrows(NullPointerException.class, () -> view.invokeAll(null, 1, TimeUnit.SECONDS));
            assertThrows(NullPointerException.class, () -> view.invokeAny(null));
            assertThrows(NullPointerException.class, () -> view.invokeAny(null, 1, TimeUnit.SECONDS));
            List<Callable<Integer>> tasks = List.of(() -> 1);
            assertThrows(NullPointerException.class, () -> view.invokeAll(tasks, 1, null));
            assertThrows(NullPointerException.class, () -> view.invokeAny(tasks, 1, null));
            if (shut) {
                break;
            }
            Poll.until("nothing is left", () -> supervisor.liveCount() == 0);
            end(view);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_afterTheShutdownAllIsRejected(Viewed viewed) throws Exception {
        ExecutorService view = viewed.open().asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        end(view);
        List<Callable<Integer>> tasks = List.of(ran::incrementAndGet);
        assertThrows(RejectedExecutionException.class, () -> view.execute(ran::incrementAndGet));
        assertThrows(RejectedExecutionException.class, () -> view.submit((Runnable) ran::incrementAndGet));
        assertThrows(RejectedExecutionException.class, () -> view.submit(tasks.get(0)));
        assertThrows(RejectedExecutionException.class, () -> view.submit(ran::incrementAndGet, 1));
        assertThrows(RejectedExecutionException.class, () -> view.invokeAll(tasks));
        assertThrows(RejectedExecutionException.class, () -> view.invokeAny(tasks));
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_actionsBeforeASubmitAreSeenByTheBodyAndItsByAGet(Viewed viewed) throws Exception {
        ExecutorService view = viewed.open().asExecutorService();
        int[] plain = {0};
        for (int i = 0; i < 50; i++) {
            plain[0]++;
            view.submit(() -> plain[0]++).get();
        }
        assertEquals(100, plain[0]);
        end(view);
    }

    // cancel

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_cancelInterruptsTheBodyAndTheFutureIsDoneAtOnce(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Future<?> future = view.submit(() -> {
            begun.countDown();
            try {
                never();
            } catch (InterruptedException e) {
                told.countDown();
            }
            Poll.await(release);
        });
        Poll.await(begun);
        Background<Object> getter = Background.call(future::get);
        getter.untilBlocked();
        assertTrue(future.cancel(true));
        assertTrue(future.isDone());
        assertTrue(future.isCancelled());
        assertInstanceOf(CancellationException.class, getter.thrown());
        Poll.await(told);
        assertEquals(1, supervisor.liveCount(), "the task is live until its body has ended");
        assertFalse(future.cancel(true));
        release.countDown();
        end(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_cancelWithoutInterruptLetsTheBodyRun(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Future<?> future = view.submit(() -> {
            begun.countDown();
            Poll.await(release);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        Poll.await(begun);
        assertTrue(future.cancel(false));
        assertTrue(future.isCancelled());
        assertThrows(CancellationException.class, future::get);
        release.countDown();
        end(view);
        assertEquals(false, interrupted.get());
    }

    @Test
    void s10_aPendingFutureThatIsCancelledNeverRuns() throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Future<Integer> future = view.submit((Callable<Integer>) ran::incrementAndGet);
        assertTrue(future.cancel(true));
        assertTrue(future.isCancelled());
        late.runAll();
        assertEquals(0, ran.get());
        end(view);
        assertEquals(0, supervisor.liveCount());
    }

    @Test
    void s10_aCancelReachesNoLaterTaskOfTheThread() throws Exception {
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm(); TwoThreadRace race = new TwoThreadRace()) {
            Supervisor supervisor = Supervisor.builder().executor(executor).unowned()
                    .onFailure(FailureHandler.ignore()).open();
            ExecutorService view = supervisor.asExecutorService();
            for (int i = 0; i < 500; i++) {
                CountDownLatch release = new CountDownLatch(1);
                Future<?> future = view.submit(() -> {
                    release.await();
                    return 1;
                });
                race.round(release::countDown, () -> future.cancel(true));
                executor.drain();
                assertTrue(future.isDone());
            }
            end(view);
            executor.drain();
            assertEquals(0, executor.strays());
        }
    }

    // invokeAll

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAllReturnsFuturesThatAreDoneInOrder(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        IllegalStateException failure = new IllegalStateException("on purpose");
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i;
            tasks.add(() -> {
                Thread.yield();
                if (number == 7) {
                    throw failure;
                }
                return number;
            });
        }
        for (boolean timed : new boolean[] {false, true}) {
            Poll.until("permits are back", () -> supervisor.liveCount() == 0);
            List<Future<Integer>> futures = timed ? view.invokeAll(tasks, 1, TimeUnit.HOURS) : view.invokeAll(tasks);
            assertEquals(50, futures.size());
            for (int i = 0; i < 50; i++) {
                assertTrue(futures.get(i).isDone());
                if (i == 7) {
                    assertSame(failure, assertThrows(ExecutionException.class, futures.get(i)::get).getCause());
                } else {
                    assertEquals(i, futures.get(i).get());
                }
            }
        }
        assertEquals(List.of(), view.invokeAll(List.<Callable<Integer>>of()));
        assertEquals(List.of(), view.invokeAll(List.<Callable<Integer>>of(), 0, TimeUnit.SECONDS));
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAllRefusesANullElementAndLeavesNothingRunning(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Callable<Integer>> tasks = Arrays.asList(() -> 1, null, () -> 2);
        assertThrows(NullPointerException.class, () -> view.invokeAll(tasks));
        assertThrows(NullPointerException.class, () -> view.invokeAll(tasks, 1, TimeUnit.HOURS));
        assertThrows(NullPointerException.class, () -> view.invokeAny(tasks.subList(1, 2)));
        Poll.until("nothing is left", () -> supervisor.liveCount() == 0);
        end(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_invokeAllCancelsTheRestWhenItsTimeIsOver(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger told = new AtomicInteger();
        CountDownLatch quick = new CountDownLatch(1);
        Callable<Integer> slow = () -> {
            try {
                never();
            } catch (InterruptedException e) {
                told.incrementAndGet();
                throw e;
            }
            return 1;
        };
        List<Callable<Integer>> tasks = List.of(slow, () -> {
            quick.countDown();
            return 2;
        }, slow);
        long begin = System.nanoTime();
        List<Future<Integer>> futures = view.invokeAll(tasks, 300, TimeUnit.MILLISECONDS);
        assertTrue(System.nanoTime() - begin >= 300_000_000);
        assertTrue(futures.stream().allMatch(Future::isDone));
        assertTrue(futures.get(0).isCancelled());
        assertTrue(futures.get(2).isCancelled());
        if (quick.getCount() == 0) {   // else this machine was too slow
            assertTrue(futures.get(1).isCancelled() || futures.get(1).get() == 2);
        }
        end(view);
        assertTrue(told.get() <= 2);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAllWithoutTimeReturnsFuturesThatAreDone(Viewed viewed) throws Exception {
        ExecutorService view = viewed.open().asExecutorService();
        for (long time : new long[] {0, -1, Long.MIN_VALUE}) {
            List<Callable<Integer>> tasks = List.of(() -> 1, () -> 2);
            List<Future<Integer>> futures = view.invokeAll(tasks, time, TimeUnit.NANOSECONDS);
            assertEquals(2, futures.size());
            assertTrue(futures.stream().allMatch(Future::isDone));
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_anInterruptEndsInvokeAllAndCancelsItsTasks(Viewed viewed) throws Exception {
        ExecutorService view = viewed.open().asExecutorService();
        for (boolean timed : new boolean[] {false, true}) {
            CountDownLatch begun = new CountDownLatch(2);
            CountDownLatch told = new CountDownLatch(2);
            Callable<Integer> slow = () -> {
                begun.countDown();
                try {
                    never();
                } finally {
                    told.countDown();
                }
                return 1;
            };
            Background<List<Future<Integer>>> caller = Background.call(() -> timed
                    ? view.invokeAll(List.of(slow, slow), 1, TimeUnit.HOURS) : view.invokeAll(List.of(slow, slow)));
            Poll.await(begun);
            caller.interrupt();
            assertInstanceOf(InterruptedException.class, caller.thrown());
            assertFalse(caller.leftInterrupted());
            Poll.await(told);
        }
        end(view);
    }

    // invokeAny

    @ParameterizedTest
    @MethodSource("all")
    void s10_invokeAnyReturnsOneResult(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        IllegalStateException failure = new IllegalStateException("on purpose");
        Callable<Integer> fails = () -> {
            throw failure;
        };
        Callable<Integer> one = () -> 1;
        assertEquals(1, view.invokeAny(List.of(one)));
        assertEquals(2, view.invokeAny(List.of(fails, () -> 2, fails)));
        assertEquals(3, view.invokeAny(List.of(fails, fails, () -> 3), 1, TimeUnit.HOURS));
        assertSame(failure, assertThrows(ExecutionException.class, () -> view.invokeAny(List.of(fails, fails)))
                .getCause());
        assertSame(failure, assertThrows(ExecutionException.class,
                () -> view.invokeAny(List.of(fails), 1, TimeUnit.HOURS)).getCause());
        assertThrows(IllegalArgumentException.class, () -> view.invokeAny(List.<Callable<Integer>>of()));
        assertThrows(IllegalArgumentException.class,
                () -> view.invokeAny(List.<Callable<Integer>>of(), 1, TimeUnit.HOURS));
        end(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_invokeAnyCancelsTheLosers(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch begun = new CountDownLatch(2);
        CountDownLatch told = new CountDownLatch(2);
        Callable<String> loses = () -> {
            begun.countDown();
            try {
                never();
            } finally {
                told.countDown();
            }
            return "loser";
        };
        assertEquals("winner", view.invokeAny(List.of(loses, () -> {
            Poll.await(begun);
            return "winner";
        }, loses)));
        Poll.await(told);
        end(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_invokeAnyThrowsWhenItsTimeIsOverAndCancels(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        List<Callable<Void>> tasks = List.of(ViewTest::never, ViewTest::never);
        assertThrows(TimeoutException.class, () -> view.invokeAny(tasks, 20, TimeUnit.MILLISECONDS));
        assertThrows(TimeoutException.class, () -> view.invokeAny(tasks, 0, TimeUnit.MILLISECONDS));
        assertThrows(TimeoutException.class, () -> view.invokeAny(tasks, -1, TimeUnit.MILLISECONDS));
        Poll.until("cancelled", () -> supervisor.liveCount() == 0);
        Background<Void> caller = Background.call(() -> view.invokeAny(tasks));
        caller.untilBlocked();
        Poll.until("begun", () -> supervisor.liveCount() == 2);
        caller.interrupt();
        assertInstanceOf(InterruptedException.class, caller.thrown());
        Poll.until("cancelled", () -> supervisor.liveCount() == 0);
        end(view);
    }

    // abort, drops

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_invokeAnyAndInvokeAllEndWhenTheSupervisorAborts(Viewed viewed) throws Exception {
        List<Consumer<Supervisor>> aborts = List.of(Supervisor::abort,
                supervisor -> supervisor.asExecutorService().shutdownNow(), Supervisor::shutdown);
        for (Consumer<Supervisor> abort : aborts) {
            for (boolean any : new boolean[] {true, false}) {
                Supervisor supervisor = viewed.open();
                ExecutorService view = supervisor.asExecutorService();
                CountDownLatch begun = new CountDownLatch(3);
                Callable<Void> waits = () -> {
                    begun.countDown();
                    return never();
                };
                List<Callable<Void>> tasks = List.of(waits, waits, waits);
                Background<Object> caller = Background.call(() -> any ? view.invokeAny(tasks) : view.invokeAll(tasks));
                Poll.await(begun);
                abort.accept(supervisor);
                Throwable thrown = caller.outcome();
                if (any) {
                    assertTrue(thrown instanceof ExecutionException || thrown instanceof CancellationException
                            || thrown instanceof RejectedExecutionException, () -> "came to " + thrown);
                }
                assertFalse(caller.leftInterrupted());
                assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Drop.class)
    void s10_invokeAnyAndInvokeAllEndWhenWhatIsPendingIsDropped(Drop drop) {
        for (boolean any : new boolean[] {true, false}) {
            LateExecutor late = new LateExecutor();
            Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
            ExecutorService view = supervisor.asExecutorService();
            List<Callable<Integer>> tasks = List.of(() -> 1, () -> 2, () -> 3);
            Background<Object> caller = Background.call(() -> any ? view.invokeAny(tasks) : view.invokeAll(tasks));
            caller.untilBlocked();
            Poll.until("all were accepted, or one at a time", () -> late.size() > 0);
            drop.all(supervisor);
            Poll.until("ended", () -> {
                drop.all(supervisor);   // one at a time: those that came since
                return caller.hasEnded();
            });
            if (any) {
                assertNotNull(caller.outcome());
            } else {
                assertNull(caller.outcome());
            }
        }
    }

    /** The ways in which tasks that have not started are dropped, other than by shutdownNow. */
    enum Drop {
        ABORT, SHUTDOWN, CANCEL, CLOSE;

        void all(Supervisor supervisor) {
            switch (this) {
                case ABORT -> supervisor.abort();
                case SHUTDOWN -> supervisor.shutdown();
                case CANCEL -> supervisor.tasks().forEach(Task::cancel);
                case CLOSE -> supervisor.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Drop.class)
    void s10_aFutureWhoseTaskIsDroppedIsCancelledAndNoGetHangs(Drop drop) {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Future<Integer> future = view.submit((Callable<Integer>) ran::incrementAndGet);
        Background<Integer> getter = Background.call(future::get);
        getter.untilBlocked();
        drop.all(supervisor);
        assertTrue(future.isCancelled());
        assertInstanceOf(CancellationException.class, getter.thrown());
        late.runAll();
        assertEquals(0, ran.get());
    }

    @Test
    void s10_aFutureWhoseDeadlineDropsItIsCancelled() {
        Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned()
                .deadline(Duration.ofSeconds(1)).open();
        Future<Integer> future = supervisor.asExecutorService().submit(() -> 1);
        assertInstanceOf(CancellationException.class, Background.call(future::get).thrown());
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_anAbortInterruptsASubmittedBody(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean told = new AtomicBoolean();
        Future<Integer> future = view.submit(() -> {
            begun.countDown();
            try {
                never();
            } catch (InterruptedException e) {
                told.set(true);
            }
            return 1;
        });
        Poll.await(begun);
        supervisor.abort();
        assertEquals(1, Background.call(future::get).join(), "it returned all the same");
        assertTrue(told.get());
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
    }

    /** A pool that is stopped returns the tasks themselves, so its user can cancel them. */
    @Test
    void s10_theRunnableThatAnExecutorIsGivenIsTheTask() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(1, Kind::daemon);
        Supervisor supervisor = Supervisor.builder().executor(pool).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        GatedTask busy = GatedTask.stubborn(Kind.POOLED, supervisor);
        Task<Integer> task = supervisor.spawn(() -> 1);
        Future<Integer> future = view.submit(() -> 1);
        List<Runnable> dropped = pool.shutdownNow();
        assertEquals(2, dropped.size());
        assertSame(task, dropped.get(0));
        dropped.forEach(runnable -> assertTrue(((Future<?>) runnable).cancel(false)));
        assertTrue(task.isCancelled());
        assertTrue(future.isCancelled());
        busy.release();
        end(view);
    }

    // shutdown

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_shutdownSealsAndLetsLiveTasksEnd(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch release = new CountDownLatch(1);
        Future<String> future = view.submit(() -> {
            release.await();
            return "result";
        });
        assertFalse(view.isShutdown());
        assertFalse(view.isTerminated());
        view.shutdown();
        view.shutdown();
        assertEquals(State.SEALED, supervisor.state());
        assertTrue(view.isShutdown());
        assertFalse(view.isTerminated());
        assertThrows(RejectedExecutionException.class, () -> view.submit(() -> 1));
        assertFalse(view.awaitTermination(0, TimeUnit.SECONDS));
        release.countDown();
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
        assertTrue(view.isTerminated());
        assertEquals("result", future.get());
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_isShutdownAndIsTerminatedFollowTheSupervisor(Viewed viewed) throws Exception {
        for (Consumer<Supervisor> end : List.<Consumer<Supervisor>>of(Supervisor::seal, Supervisor::abort,
                Supervisor::shutdown, Supervisor::close, supervisor -> supervisor.drain(HOUR))) {
            Supervisor supervisor = viewed.open();
            ExecutorService view = supervisor.asExecutorService();
            view.submit(() -> 1).get();
            Poll.until("nothing is left", () -> supervisor.liveCount() == 0);
            assertFalse(view.isShutdown());
            end.accept(supervisor);
            assertTrue(view.isShutdown());
            assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
            assertTrue(view.isTerminated());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_shutdownNowAborts(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        GatedTask stubborn = GatedTask.stubborn(viewed.kind(), supervisor);
        GatedTask obeys = GatedTask.yielding(viewed.kind(), supervisor);
        assertEquals(List.of(), view.shutdownNow(), "all have started");
        stubborn.untilTold();
        assertEquals(Task.Status.CANCELLED, obeys.end());
        assertEquals(State.ABORTING, supervisor.state());
        assertTrue(view.isShutdown());
        assertFalse(view.isTerminated());
        assertEquals(List.of(), view.shutdownNow());
        stubborn.release();
        assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
    }

    @Test
    void s10_shutdownNowReturnsWhatHasNotStartedUntouched() throws Exception {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(late).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        AtomicInteger ran = new AtomicInteger();
        Runnable command = ran::incrementAndGet;
        FutureTask<Integer> foreign = new FutureTask<>(() -> 10 + ran.incrementAndGet());
        Runnable started = () -> ran.addAndGet(100);
        view.execute(started);
        late.runNext();
        view.execute(command);
        Future<Integer> submitted = view.submit((Callable<Integer>) ran::incrementAndGet);
        view.execute(foreign);
        Future<Integer> cancelled = view.submit((Callable<Integer>) ran::incrementAndGet);
        cancelled.cancel(true);
        Background<Integer> getter = Background.call(submitted::get);
        getter.untilBlocked();
        List<Runnable> returned = new ArrayList<>(view.shutdownNow());
        returned.remove(cancelled);   // done, it may be returned or not, as by a ThreadPoolExecutor
        assertEquals(3, returned.size(), returned::toString);
        assertTrue(returned.stream().anyMatch(runnable -> runnable == command), "the original");
        assertTrue(returned.stream().anyMatch(runnable -> runnable == foreign), "the original");
        assertTrue(returned.stream().anyMatch(runnable -> runnable == submitted), "the future");
        assertEquals(100, ran.get(), "none has run");
        assertFalse(foreign.isDone(), "not cancelled");
        assertFalse(submitted.isDone(), "not cancelled");
        assertTrue(view.isTerminated());
        assertEquals(List.of(), view.shutdownNow());
        late.runAll();
        assertEquals(100, ran.get());
        returned.forEach(Runnable::run);
        assertEquals(103, ran.get());
        assertTrue(foreign.isDone());
        assertTrue(getter.join() > 100, "its user may still run it");
    }

    @Test
    void s10_aReturnedFutureThatIsGivenToAnotherViewIsOneOfThat() throws Exception {
        InternalError fatal = new InternalError("on purpose");
        Supervisor first = Supervisor.builder().executor(new LateExecutor()).unowned().open();
        first.asExecutorService().submit((Runnable) () -> {
            throw fatal;
        });
        List<Runnable> returned = first.asExecutorService().shutdownNow();
        Supervisor second = Kind.POOLED.builder().unowned().open();
        second.asExecutorService().execute(returned.get(0));
        assertTrue(second.asExecutorService().awaitTermination(30, TimeUnit.SECONDS), "it has aborted");
        assertSame(fatal, Background.run(second::join).thrown());
        first.shutdown();
    }

    @Test
    void s10_shutdownNowReturnsNoAsyncTask() {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        List<Runnable> returned = new ArrayList<>();
        Supervisor supervisor = Supervisor.builder().unowned().decorator(task -> task).observer(new TaskObserver() {
            @Override
            public void accepted(Task<?> task) {
                returned.addAll(opened.get().asExecutorService().shutdownNow());
            }
        }).open();
        opened.set(supervisor);
        Task<Integer> task = supervisor.spawnAsync(() -> new CompletableFuture<>());
        assertEquals(Task.Status.CANCELLED, task.status());
        assertEquals(List.of(), returned);
        supervisor.shutdown();
    }

    @Test
    void s10_shutdownNowRacesWithTheStart() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 500; i++) {
                LateExecutor late = new LateExecutor();
                Supervisor supervisor = Supervisor.builder().executor(late).unowned()
                        .onFailure(FailureHandler.ignore()).open();
                ExecutorService view = supervisor.asExecutorService();
                AtomicInteger ran = new AtomicInteger();
                Future<Integer> future = view.submit((Callable<Integer>) ran::incrementAndGet);
                AtomicReference<List<Runnable>> returned = new AtomicReference<>();
                race.round(() -> returned.set(view.shutdownNow()), late::runAll);
                assertEquals(1, ran.get() + returned.get().size(), "run, or returned");
                assertTrue(view.awaitTermination(30, TimeUnit.SECONDS));
                returned.get().forEach(runnable -> assertSame(future, runnable));
                assertEquals(returned.get().isEmpty(), future.isDone());
            }
        }
    }

    // awaitTermination

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_awaitTerminationWaitsForNoLongerThanItsTime(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        GatedTask gated = GatedTask.stubborn(viewed.kind(), supervisor);
        for (long time : new long[] {0, -1, Long.MIN_VALUE}) {
            assertFalse(view.awaitTermination(time, TimeUnit.NANOSECONDS));
        }
        long begin = System.nanoTime();
        assertFalse(view.awaitTermination(20, TimeUnit.MILLISECONDS), "not even shut down");
        assertTrue(System.nanoTime() - begin >= 20_000_000);
        assertEquals(State.ENTERED, supervisor.state(), "it changes nothing");
        view.shutdown();
        assertFalse(view.awaitTermination(20, TimeUnit.MILLISECONDS));
        Background<Boolean> waiter = Background.call(() -> view.awaitTermination(Long.MAX_VALUE, TimeUnit.DAYS));
        waiter.untilBlocked();
        Background<Boolean> other = Background.call(() -> view.awaitTermination(1, TimeUnit.HOURS));
        other.untilBlocked();
        other.interrupt();
        assertInstanceOf(InterruptedException.class, other.thrown());
        assertFalse(other.leftInterrupted());
        assertEquals(0, gated.interrupts());
        gated.release();
        assertTrue(waiter.join());
        assertThrows(NullPointerException.class, () -> view.awaitTermination(1, null));
        assertTrue(view.awaitTermination(0, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_awaitTerminationInAnOwnTaskIsAnOrdinaryTimedWait(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        Future<Boolean> future = view.submit(() -> {
            view.shutdown();
            return view.awaitTermination(10, TimeUnit.MILLISECONDS);
        });
        assertEquals(false, future.get());
        end(view);
    }

    // close

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_closeShutsDownAndWaits(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        GatedTask gated = GatedTask.stubborn(viewed.kind(), supervisor);
        Background<Void> closer = Background.blockedIn(() -> close(view));
        assertEquals(State.SEALED, supervisor.state());
        assertEquals(0, gated.interrupts());
        gated.release();
        closer.join();
        assertFalse(closer.leftInterrupted());
        assertTrue(view.isTerminated());
        assertEquals(Task.Status.SUCCEEDED, gated.task().status());
        close(view);
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_anInterruptOfCloseBecomesAShutdownNowAndTheStatusIsKept(Viewed viewed) throws Exception {
        for (boolean before : new boolean[] {false, true}) {
            Supervisor supervisor = viewed.open();
            ExecutorService view = supervisor.asExecutorService();
            GatedTask stubborn = GatedTask.stubborn(viewed.kind(), supervisor);
            GatedTask obeys = GatedTask.yielding(viewed.kind(), supervisor);
            Background<Void> closer = Background.run(() -> {
                if (before) {
                    Thread.currentThread().interrupt();
                }
                close(view);
            });
            if (!before) {
                closer.untilBlocked();
                closer.interrupt();
            }
            assertEquals(Task.Status.CANCELLED, obeys.end());
            stubborn.untilTold();
            assertEquals(State.ABORTING, supervisor.state());
            closer.interrupt();
            Poll.until("waits on", () -> closer.thread().getState() == Thread.State.WAITING
                    || closer.thread().getState() == Thread.State.TIMED_WAITING);
            assertFalse(closer.hasEnded());
            stubborn.release();
            closer.join();
            assertTrue(closer.leftInterrupted());
            assertEquals(1, stubborn.interrupts());
        }
    }

    /** The block may use it; it does not reach what the owner does after its block (C6). */
    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_anInterruptOfTheBlockInACloseEndsWithTheBlock(Viewed viewed) {
        Supervisor supervisor = viewed.open();
        GatedTask stubborn = GatedTask.stubborn(viewed.kind(), supervisor);
        AtomicReference<Supervisor> block = new AtomicReference<>();
        Background<Boolean> owner = Background.call(() -> {
            try (Supervisor mine = Supervisor.open()) {
                block.set(mine);
                close(supervisor.asExecutorService());
                return Thread.currentThread().isInterrupted();
            }
        });
        owner.untilBlocked();
        Background<Void> stopper = Background.run(block.get()::shutdown);
        stubborn.untilTold();
        stubborn.release();
        assertTrue(owner.join());
        assertFalse(owner.leftInterrupted());
        stopper.join();
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_closeInATaskIsRefused(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        Future<IllegalStateException> future = view.submit(() ->
                assertThrows(IllegalStateException.class, () -> close(view)));
        assertTrue(future.get().getMessage().contains("abort()"), () -> "it says what to do");
        assertEquals(State.ENTERED, supervisor.state(), "nothing is changed");
        assertEquals(1, view.submit(() -> 1).get());
        end(view);
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_closeIsNotForTheOwnerAlone(Viewed viewed) throws Exception {
        try (Supervisor supervisor = viewed.kind().open()) {
            ExecutorService view = supervisor.asExecutorService();
            Future<Integer> future = view.submit(() -> 1);
            Background.run(() -> close(view)).join();
            assertEquals(1, future.get());
            assertEquals(State.FINISHED, supervisor.state());
            assertFalse(Thread.currentThread().isInterrupted());
            supervisor.join();
        }
    }

    // the rest

    @ParameterizedTest
    @MethodSource("all")
    void s10_manyViewsShareOneSupervisor(Viewed viewed) throws Exception {
        Supervisor supervisor = viewed.open();
        ExecutorService one = supervisor.asExecutorService();
        ExecutorService other = supervisor.asExecutorService();
        assertEquals(1, one.submit(() -> 1).get());
        assertEquals(2, other.submit(() -> 2).get());
        one.shutdown();
        assertTrue(other.isShutdown());
        assertThrows(RejectedExecutionException.class, () -> other.submit(() -> 1));
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        assertTrue(other.awaitTermination(30, TimeUnit.SECONDS));
        assertTrue(one.isTerminated());
        ExecutorService late = supervisor.asExecutorService();
        assertTrue(late.isTerminated());
        assertEquals(List.of(), late.shutdownNow());
    }

    @Test
    void s10_itIsNoScheduledExecutorService() {
        try (Supervisor supervisor = Supervisor.open()) {
            assertFalse(supervisor.asExecutorService() instanceof ScheduledExecutorService);
        }
    }

    @ParameterizedTest
    @MethodSource("concurrent")
    void s10_whatIsSubmittedIsATaskThatTheSupervisorWaitsFor(Viewed viewed) {
        Supervisor supervisor = viewed.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch release = new CountDownLatch(1);
        Future<Integer> future = view.submit(() -> {
            Poll.await(release);
            return 1;
        });
        assertEquals(1, supervisor.liveCount());
        assertEquals(1, supervisor.tasks().size());
        Background<Void> joiner = Background.blockedIn(supervisor::join);
        release.countDown();
        joiner.join();
        assertTrue(future.isDone());
    }

    @ParameterizedTest
    @MethodSource("all")
    void s10_theJdksUsersOfAnExecutorWork(Viewed viewed) throws Exception {
        ExecutorService view = viewed.open().asExecutorService();
        ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(view);
        service.submit(() -> 1);
        assertEquals(1, service.take().get());
        assertEquals(3, CompletableFuture.supplyAsync(() -> 1, view).thenApplyAsync(i -> i + 2, view).get());
        end(view);
    }

    @Test
    void s10_aFullSupervisorRejectsASubmit() throws Exception {
        Kind kind = Kind.POOLED;
        Supervisor supervisor = kind.builder().maxTasks(1).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        AtomicInteger ran = new AtomicInteger();
        Callable<Integer> body = ran::incrementAndGet;
        assertThrows(RejectedExecutionException.class, () -> view.submit(body));
        assertThrows(RejectedExecutionException.class, () -> view.execute(ran::incrementAndGet));
        assertThrows(RejectedExecutionException.class, () -> view.invokeAll(List.of(body)));
        assertThrows(RejectedExecutionException.class, () -> view.invokeAny(List.of(body)));
        assertEquals(0, ran.get());
        gated.release();
        Poll.until("the permit is back", () -> supervisor.liveCount() == 0);
        assertEquals(1, view.submit(body).get());
        end(view);
    }

    @Test
    void s10_invokeAllLeavesNothingRunningWhenItIsFullHalfWay() throws Exception {
        Kind kind = Kind.POOLED;
        Supervisor supervisor = kind.builder().maxTasks(2).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        Collection<Callable<Void>> tasks = List.of(ViewTest::never, ViewTest::never, ViewTest::never);
        assertThrows(RejectedExecutionException.class, () -> view.invokeAll(tasks));
        Poll.until("those that were accepted are cancelled", () -> supervisor.liveCount() == 0);
        end(view);
    }

    @Test
    void s10_aSubmitWaitsForAPermitWhereSpawnsDo() throws Exception {
        Kind kind = Kind.POOLED;
        Supervisor supervisor = kind.builder().maxTasks(1, Overflow.BLOCK).unowned().open();
        ExecutorService view = supervisor.asExecutorService();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        Background<Future<Integer>> submitter = Background.call(() -> view.submit(() -> 1));
        submitter.untilBlocked();
        gated.release();
        assertEquals(1, submitter.join().get());
        List<Callable<Integer>> tasks = List.of(() -> 1, () -> 2, () -> 3);
        assertEquals(3, Background.call(() -> view.invokeAll(tasks)).join().size());
        end(view);
    }
}
