package dev.supervisor;

import static dev.supervisor.ViewSetting.assertFailure;
import static dev.supervisor.ViewSetting.causeOf;
import static dev.supervisor.ViewSetting.end;
import static dev.supervisor.ViewSetting.settle;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same for bodies that are given many at once: see {@link ViewConformanceTest}. */
@Timeout(120)
class ViewInvokeConformanceTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // invokeAll

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_invokeAllKeepsTheOrderOfAnyCollectionAndNoBodyIsBeyondTheLimit(ViewSetting setting) throws Exception {
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
        if (setting.limit() != ViewSetting.Limit.NONE) {
            assertTrue(most.get() <= ViewSetting.PLACES, most.get() + " at once");
        }
        end(view);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_invokeAllRunsABodyAsOftenAsItIsGiven(ViewSetting setting) throws Exception {
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
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_invokeAllReturnsWhateverItsBodiesCameTo(ViewSetting setting) throws Exception {
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
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_timedInvokeAllKeepsWhatIsDoneAndCancelsTheRest(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        IOException failure = new IOException("on purpose");
        AtomicLong othersDone = new AtomicLong(Long.MAX_VALUE);
        WaitingBody gate = new WaitingBody();
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
        List<Future<String>> futures = view.invokeAll(tasks, 2, TimeUnit.SECONDS);
        assertTrue(System.nanoTime() - begin >= 2_000_000_000);
        futures.forEach(future -> assertTrue(future.isDone()));
        assertTrue(futures.get(2).isCancelled());
        end(view);
        assertTrue(gate.wasTold());
        if (othersDone.get() - begin < 2_000_000_000) {   // in time, unless the machine is very busy
            assertEquals("quick", futures.get(0).get());
            assertSame(failure, causeOf(futures.get(1)::get));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_aStatusThatIsSetBeforeEndsInvokeAllAndInvokeAny(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        List<WaitingBody> gates = List.of(new WaitingBody(), new WaitingBody());
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
    @MethodSource("dev.supervisor.ViewSetting#concurrent")
    void s10_invokeAnyWaitsForASuccessThatComesAfterAllFailures(ViewSetting setting) throws Exception {
        Supervisor supervisor = setting.open();
        ExecutorService view = supervisor.asExecutorService();
        CountDownLatch begun = new CountDownLatch(ViewSetting.PLACES);
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
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_invokeAnyGoesThroughMoreBodiesThanThereArePlaces(ViewSetting setting) throws Exception {
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
    @MethodSource("dev.supervisor.ViewSetting#all")
    void s10_aResultOfNullIsASuccess(ViewSetting setting) throws Exception {
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
    @EnumSource(ViewSetting.Limit.class)
    void s10_aLoserThatHasNotBegunNeverRuns(ViewSetting.Limit limit) throws Exception {
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
}
