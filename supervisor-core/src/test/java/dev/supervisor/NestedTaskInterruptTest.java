package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * C6: a task of one supervisor runs a task, or callbacks, of another on its own thread. Whatever that code does with
 * the interrupt status, the task around finds the status set for its own cancellation when that code has ended.
 */
class NestedTaskInterruptTest {

    /** Which of the two is cancelled first: the task around, or the task in it. */
    enum First { OUTER, INNER }

    /** How the inner task ends. */
    enum End { RETURNS, THROWS }

    /** The body of a task; its argument is the supervisor of the task. */
    interface Inside {
        void run(Supervisor mine) throws Exception;
    }

    /** How a task runs a task of another supervisor on its own thread. */
    enum Nesting {
        CALLER_RUNS,
        /** The executor queues, and the task around runs what is queued. */
        TRAMPOLINE,
        /** A third supervisor is the executor of the inner one. */
        SUPERVISOR,
        /** A task of a third supervisor stands between the two. */
        TWICE;

        void nest(Inside body) {
            switch (this) {
                case CALLER_RUNS -> spawn(Runnable::run, body);
                case TRAMPOLINE -> {
                    LateExecutor queue = new LateExecutor();
                    spawn(queue, body);
                    queue.runAll();
                }
                case SUPERVISOR -> spawn(Kind.CALLER_RUNS.builder().unowned().open(), body);
                case TWICE -> spawn(Runnable::run, middle -> spawn(Runnable::run, body));
            }
        }
    }

    private static void spawn(Executor executor, Inside body) {
        Supervisor inner =
                Supervisor.builder().executor(executor).onFailure(FailureHandler.ignore()).unowned().open();
        inner.spawn(() -> body.run(inner));
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // tasks

    /** A task around, and one in it, both of which are cancelled while the inner one runs. */
    private static final class Both {

        private final CountDownLatch inside = new CountDownLatch(1);
        private final CountDownLatch cancelled = new CountDownLatch(1);
        private final AtomicReference<Boolean> status = new AtomicReference<>();
        private final First first;
        private final End end;
        private volatile Thread thread;
        private volatile Task<?> inner;

        Both(First first, End end) {
            this.first = first;
            this.end = end;
        }

        void outerBody(Action nesting) throws Exception {
            thread = Thread.currentThread();
            nesting.run();
            status.set(Thread.currentThread().isInterrupted());
        }

        void innerBody(Supervisor mine) throws InterruptedException {
            assertSame(thread, Thread.currentThread(), "nested");
            inner = mine.tasks().get(0);
            inside.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Poll.await(cancelled);
                Thread.interrupted();   // swallows an interrupt that has come since
            }
            if (end == End.THROWS) {
                throw new InterruptedException();
            }
        }

        void cancel(Supervisor outer, Task<?> task) {
            ShortWait.until("nested", () -> inside.getCount() == 0 || status.get() != null);
            assertTrue((first == First.OUTER ? task : inner).cancel());
            assertTrue((first == First.OUTER ? inner : task).cancel());
            cancelled.countDown();
            ShortWait.until("the inner task has ended", () -> status.get() != null);
            assertTrue(status.get(), "the cancellation of the task around was lost");
            ShortWait.shutdown(outer);
        }
    }

    static Stream<Arguments> orders() {
        return Stream.of(First.values()).flatMap(first -> Stream.of(End.values()).map(end -> Arguments.of(first, end)));
    }

    static Stream<Arguments> nestings() {
        return Kind.all().stream().flatMap(kind -> Stream.of(Nesting.values()).flatMap(nesting -> orders()
                .map(order -> Arguments.of(kind, nesting, order.get()[0], order.get()[1]))));
    }

    @ParameterizedTest
    @MethodSource("nestings")
    void c6_aTaskFeelsItsCancellationAfterATaskOfAnotherSupervisorOnItsThread(
            Kind kind, Nesting nesting, First first, End end) {
        Both both = new Both(first, end);
        Supervisor outer = kind.builder().unowned().open();
        both.cancel(outer, ShortWait.begin(kind, outer, () -> both.outerBody(() -> nesting.nest(both::innerBody))));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void c6_aTaskFeelsItsCancellationAfterItsWorkerHasHelpedUntilItWasQuiet(First first, End end) {
        ForkJoinPool pool = new ForkJoinPool(1);
        Both both = new Both(first, end);
        Supervisor outer = Supervisor.builder().executor(pool).unowned().open();
        Task<Void> task = outer.spawn(() -> both.outerBody(() -> {
            spawn(pool, both::innerBody);
            ForkJoinTask.helpQuiesce();
        }));
        both.cancel(outer, task);
        pool.shutdown();
    }

    /** The worker waits for a task that another worker has stolen, and meanwhile runs tasks from the other's queue. */
    @ParameterizedTest
    @MethodSource("orders")
    void c6_aTaskFeelsItsCancellationAfterItsWorkerHasHelpedInAJoin(First first, End end) {
        ForkJoinPool pool = new ForkJoinPool(2);
        Both both = new Both(first, end);
        Supervisor outer = Supervisor.builder().executor(pool).unowned().open();
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch ran = new CountDownLatch(1);
        Task<Void> task = outer.spawn(() -> both.outerBody(() -> {
            ForkJoinTask<?> stolen = ForkJoinTask.adapt(() -> {
                spawn(pool, mine -> {
                    try {
                        both.innerBody(mine);
                    } finally {
                        ran.countDown();
                    }
                });
                queued.countDown();
                Poll.await(ran);
            }).fork();
            Poll.await(queued);
            stolen.join();
        }));
        both.cancel(outer, task);
        pool.shutdown();
    }

    // callbacks

    /** What makes a task call the callbacks of a task of another supervisor. */
    enum Calling {
        CANCEL, ABORT, CLOSE, LATE, END, HANDLER;

        /** Has the callback called on the calling thread. */
        void back(Runnable callback) {
            LateExecutor never = new LateExecutor();
            Supervisor inner = Supervisor.builder().executor(never)
                    .onFailure((task, failure) -> callback.run()).open();
            Task<Integer> task = inner.spawn(() -> {
                if (this == HANDLER) {
                    throw new IllegalStateException("on purpose");
                }
                return 1;
            });
            if (this == LATE) {
                never.runAll();
            }
            if (this != HANDLER) {
                task.onDone(done -> callback.run());
            }
            switch (this) {
                case CANCEL -> task.cancel();
                case ABORT -> inner.abort();
                case CLOSE -> inner.close();
                case LATE -> { }
                case END, HANDLER -> never.runAll();
            }
        }
    }

    static Stream<Arguments> callings() {
        return Kind.all().stream().flatMap(kind -> Stream.of(Calling.values())
                .map(calling -> Arguments.of(kind, calling)));
    }

    /** Cancels the tasks with this name from another thread, waits for the interrupt, and swallows it. */
    private static void cancelAndSwallow(Supervisor supervisor, String name) {
        Background.run(() -> supervisor.tasks().stream().filter(t -> t.name().startsWith(name)).forEach(Task::cancel))
                .join();
        ShortWait.untilInterrupted();
        Thread.interrupted();
    }

    @ParameterizedTest
    @MethodSource("callings")
    void c6_aTaskFeelsItsCancellationAfterCallbacksOfAnotherSupervisorHaveSwallowedIt(Kind kind, Calling calling) {
        AtomicReference<Boolean> status = new AtomicReference<>();
        Supervisor outer = kind.builder().unowned().open();
        ShortWait.begin(kind, outer, () -> {
            calling.back(() -> cancelAndSwallow(outer, ""));
            status.set(Thread.currentThread().isInterrupted());
        });
        ShortWait.until("called back", () -> status.get() != null);
        assertTrue(status.get(), "the cancellation of the task around was lost");
        ShortWait.shutdown(outer);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void c6_aTaskFeelsItsCancellationAfterCallbacksOfItsSiblingsHaveSwallowedIt(Kind kind) {
        for (boolean late : new boolean[] {true, false}) {
            LateExecutor queue = new LateExecutor();
            AtomicBoolean used = new AtomicBoolean();
            Supervisor threads = kind.builder().unowned().open();
            Supervisor supervisor = Supervisor.builder().unowned()
                    .executor(task -> (used.getAndSet(true) ? queue : threads).execute(task)).open();
            AtomicReference<Boolean> status = new AtomicReference<>();
            supervisor.spawn("outer", () -> {
                Task<Integer> sibling = supervisor.spawn("sibling", () -> 1);
                if (late) {
                    queue.runAll();
                }
                sibling.onDone(done -> cancelAndSwallow(supervisor, "outer"));
                sibling.cancel();
                status.set(Thread.currentThread().isInterrupted());
            });
            ShortWait.until("called back", () -> status.get() != null);
            assertTrue(status.get(), "the cancellation of the task around was lost, late: " + late);
            ShortWait.shutdown(supervisor);
        }
    }

    /** An interrupt that the task has consumed before a callback begins is not set again when the callback ends. */
    @ParameterizedTest
    @MethodSource("callings")
    void c6_whatATaskHasFeltBeforeACallbackIsNotSetAgain(Kind kind, Calling calling) {
        AtomicReference<Boolean> status = new AtomicReference<>();
        Supervisor outer = kind.builder().unowned().open();
        ShortWait.begin(kind, outer, () -> {
            cancelAndSwallow(outer, "");
            calling.back(() -> { });
            status.set(Thread.currentThread().isInterrupted());
        });
        ShortWait.until("called back", () -> status.get() != null);
        assertFalse(status.get());
        ShortWait.shutdown(outer);
    }

    // an owner's block around

    @ParameterizedTest
    @EnumSource(Nesting.class)
    void c6_anOwnerFeelsItsInterruptAfterATaskOfAnotherSupervisorHasSwallowedIt(Nesting nesting) {
        assertOwnerFeelsWhatIsSwallowedBy(swallow -> nesting.nest(inner -> swallow.run()));
    }

    @ParameterizedTest
    @EnumSource(Calling.class)
    void c6_anOwnerFeelsItsInterruptAfterCallbacksOfAnotherSupervisorHaveSwallowedIt(Calling calling) {
        assertOwnerFeelsWhatIsSwallowedBy(calling::back);
    }

    private static void assertOwnerFeelsWhatIsSwallowedBy(Consumer<Runnable> swallower) {
        Background<Boolean> owner = Background.call(() -> {
            try (Supervisor supervisor = Supervisor.open()) {
                swallower.accept(() -> {
                    Background.run(supervisor::shutdown).join();
                    assertTrue(Thread.interrupted());
                });
                return Thread.currentThread().isInterrupted();
            }
        });
        assertTrue(owner.join(), "the interrupt is for the owner's block, not for the code that it calls");
        assertFalse(owner.leftInterrupted(), "taken back by close");
    }

    // once

    /** A long clean-up nests tasks, of its own and of another supervisor, which are interrupted one after another. */
    @Test
    void c6_aTaskThatHasFeltItsCancellationIsNeverToldAgain() throws Exception {
        int more = (1 << 23) + 10;   // a number of 24 bits would have come half way round by then
        try (Supervisor supervisor = Kind.CALLER_RUNS.open(); Supervisor other = Kind.CALLER_RUNS.open()) {
            Task<Integer> outer = supervisor.spawn("outer", () -> {
                supervisor.tasks().get(0).cancel();
                assertTrue(Thread.interrupted());
                Action cancelsItself = () -> supervisor.tasks().forEach(Task::cancel);
                int nested = 0;
                while (nested < more && !Thread.interrupted()) {
                    supervisor.spawn(cancelsItself);
                    if (nested % 1_000 == 0) {
                        other.spawn(() -> other.tasks().forEach(Task::cancel));
                    }
                    nested++;
                }
                return Thread.interrupted() ? -1 : nested;
            });
            assertEquals(more, outer.get(), "so many are nested, and none of them leaves the status set");
        }
    }
}
