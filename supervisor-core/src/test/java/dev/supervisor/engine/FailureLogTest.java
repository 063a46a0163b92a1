package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.ChildJvm;
import dev.supervisor.LoaderProgram;
import dev.supervisor.Poll;
import dev.supervisor.RecordedLog;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TwoThreadRace;
import dev.supervisor.UncaughtReports;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.ResourceBundle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The default failure handler: every failure is logged, or is in a count that is logged: E5. */
class FailureLogTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND);   // a clock that overflows
    private final Queue<Runnable> looks = new ConcurrentLinkedQueue<>();
    private final Logger logger = new Logger();
    private final FailureLog log = new FailureLog(logger, now::get, looks::add);

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A logger that keeps the messages, or throws. */
    private static final class Logger implements System.Logger {

        final Queue<String> messages = new ConcurrentLinkedQueue<>();
        volatile boolean off;
        volatile String throwsAt;

        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return !off;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            assertEquals(Level.WARNING, level);
            if (throwsAt != null && message.contains(throwsAt)) {
                throw new IllegalStateException("a broken log");
            }
            messages.add(message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            log(level, bundle, format, (Throwable) null);
        }

        long failures() {
            return messages.stream().filter(message -> message.endsWith("has failed")).count();
        }

        long leftOut() {
            return messages.stream().mapToLong(RecordedLog::leftOut).sum();
        }
    }

    /** A task of a supervisor with this name, or without one. */
    private static Task<?> task(String name) {
        Supervisor.Builder builder = Supervisor.builder().executor(Runnable::run).unowned();
        return (name == null ? builder : builder.name(name)).open().spawn(() -> 1);
    }

    private void fail(Task<?> task, int times) {
        for (int i = 0; i < times; i++) {
            log.onFailure(task, new IllegalStateException("on purpose"));
        }
    }

    private void pass(long nanos) {
        now.addAndGet(nanos);
    }

    private void look() {
        looks.remove().run();
    }

    // ---- With a clock that the test moves

    @Test
    void e5_aNoisySupervisorHidesNoSingleFailureOfOthers() {
        fail(task("noisy"), 5_000);
        assertEquals(LogLimit.BURST, logger.failures());
        for (int i = 0; i < 10; i++) {
            fail(task("quiet " + i), 1);
        }
        fail(task(null), 1);
        assertEquals(LogLimit.BURST + 11, logger.failures());
    }

    @Test
    void e5_supervisorsOfOneNameShareTheLimitAndSoDoThoseWithoutOne() {
        for (int i = 0; i < 100; i++) {
            fail(task("one of many"), 1);
            fail(task(null), 1);
        }
        assertEquals(2 * LogLimit.BURST, logger.failures());
        look();
        assertEquals(2 * (100 - LogLimit.BURST), logger.leftOut());
        for (String of : List.of(" of supervisor one of many were", " of supervisors without a name were")) {
            assertEquals(1, logger.messages.stream().filter(message -> message.contains(of)).count());
        }
    }

    @Test
    void o7_whatExitsSayIsLimitedForEachNameAndHidesNoFailure() {
        for (int i = 0; i < 2 * LogLimit.BURST; i++) {
            log.say("often", this, () -> "an exit", null);
        }
        assertEquals(LogLimit.BURST, logger.messages.size());
        log.say("seldom", this, () -> "an exit", null);
        fail(task("often"), 1);
        assertEquals(LogLimit.BURST + 2, logger.messages.size());
    }

    @Test
    void o7_nothingIsMadeThatIsNotLogged() {
        logger.off = true;
        log.say("off", this, () -> {
            throw new AssertionError("made");
        }, null);
        logger.off = false;
        log.say("nothing to say", this, () -> null, null);
        assertEquals(0, logger.messages.size());
    }

    @Test
    void e5_theFirstFailureInASecondIsLoggedAndTellsWhatWasLeftOut() {
        Task<?> task = task("noisy");
        for (int second = 1; second <= 5; second++) {
            fail(task, 100);
            assertEquals(second * LogLimit.BURST, logger.failures());
            pass(SECOND);
        }
        assertEquals(4 * (100 - LogLimit.BURST), logger.leftOut());
        assertEquals(1, looks.size());
    }

    @Test
    void e5_theFirstFailureLeftOutAsksForOneLookWhichTellsOfAll() {
        fail(task("a"), LogLimit.BURST);
        assertEquals(0, looks.size());
        fail(task("a"), 4_980);
        fail(task("b"), LogLimit.BURST + 1);
        assertEquals(1, looks.size());
        pass(SECOND);
        look();
        assertEquals(
                List.of("4980 failures of tasks of supervisor a were not logged, to limit the rate",
                        "1 failure of a task of supervisor b was not logged, to limit the rate"),
                logger.messages.stream().filter(message -> !message.endsWith("has failed")).toList());
        fail(task("a"), 2 * LogLimit.BURST);
        assertEquals(1, looks.size());   // the next one
    }

    @Test
    void e5_aTimerThatRefusesIsAskedAgainByTheNextFailure() {
        AtomicInteger asked = new AtomicInteger();
        FailureLog refused = new FailureLog(logger, now::get, look -> {
            if (asked.incrementAndGet() < 3) {
                throw new RejectedExecutionException("no timer");
            }
            looks.add(look);
        });
        Task<?> task = task("refused");
        for (int i = 0; i < LogLimit.BURST; i++) {
            refused.onFailure(task, new IllegalStateException("on purpose"));
        }
        for (int i = 0; i < 2; i++) {
            assertThrows(RejectedExecutionException.class, () -> refused.onFailure(task, new IllegalStateException()));
        }
        refused.onFailure(task, new IllegalStateException());
        look();
        assertEquals(3, logger.leftOut());
    }

    @Test
    void e5_anExitTellsWhatWasLeftOutUnderItsName() {
        Task<?> noisy = task("noisy");
        Task<?> other = task("other");
        fail(noisy, 100);
        fail(other, LogLimit.BURST + 1);
        log.exited((Scope) noisy.supervisor());
        assertEquals(100 - LogLimit.BURST, logger.leftOut());
        log.exited((Scope) noisy.supervisor());
        assertEquals(2 * LogLimit.BURST + 1, logger.messages.size(), "nothing is logged twice");
        log.exited((Scope) task("never failed").supervisor());
        assertEquals(2 * LogLimit.BURST + 1, logger.messages.size());
        look();
        assertEquals(100 - LogLimit.BURST + 1, logger.leftOut());
    }

    @Test
    void e5_exitsAreLimitedTooAndKeepNoFailureFromBeingLogged() {
        Task<?> task = task("noisy");
        fail(task, LogLimit.BURST);
        for (int i = 0; i < 100; i++) {
            fail(task, 1);
            log.exited((Scope) task.supervisor());
        }
        assertEquals(2 * LogLimit.BURST, logger.messages.size());
        look();
        assertEquals(100, logger.leftOut());
        Task<?> closed = task("closed");
        for (int i = 0; i < 100; i++) {
            log.cancelled((Scope) closed.supervisor(), 3);
        }
        assertEquals(LogLimit.BURST, logger.messages.stream().filter(m -> m.contains("supervisor closed")).count());
        long before = logger.failures();
        fail(closed, 1);
        assertEquals(before + 1, logger.failures());
    }

    @Test
    void e5_aLoggerThatThrowsKeepsNoOtherCountFromBeingTold() {
        fail(task("a"), 100);
        fail(task("b"), 100);
        fail(task("c"), 100);
        logger.throwsAt = "of supervisor b ";
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            look();
            assertEquals(1, uncaught.seen().size());
            assertInstanceOf(IllegalStateException.class, uncaught.seen().get(0).getCause());
        }
        assertEquals(2 * (100 - LogLimit.BURST), logger.leftOut());
    }

    @Test
    void e5_whatIsNotLoggableIsNotCounted() {
        logger.off = true;
        fail(task("off"), 100);
        fail(task(null), 100);
        assertEquals(0, looks.size());
        assertEquals(0, log.names());
        assertEquals(List.of(), List.copyOf(logger.messages));
    }

    // ---- What the log keeps

    @Test
    void e7_aLookForgetsNamesThatAreIdle() {
        fail(task("idle"), 1);
        fail(task("noisy"), 100);
        assertEquals(2, log.names());
        look();
        assertEquals(2, log.names());   // their second is not over
        fail(task("noisy"), 1);
        pass(SECOND);
        fail(task("noisy"), 1);
        look();
        assertEquals(1, log.names());
        pass(SECOND);
        fail(task(null), LogLimit.BURST + 1);
        look();
        assertEquals(0, log.names());
    }

    @Test
    void e7_amongManyNamesThoseOfASecondAreHeld() {
        int aSecond = 100;
        for (int i = 0; i < 20_000; i++) {
            fail(task("request " + i), 1);
            assertTrue(log.names() <= 2 * aSecond + 1, () -> log.names() + " names");
            pass(SECOND / aSecond);
        }
        assertEquals(20_000, logger.failures());
        assertEquals(0, looks.size());
    }

    // ---- With many threads

    @Test
    void e5_aLimitGoesOrCountsAFailureNeverBoth() throws Exception {
        int limits = 20_000;
        boolean[] counted = new boolean[limits];
        boolean[] retired = new boolean[limits];
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 100; round++) {
                LogLimit[] raced = new LogLimit[limits];
                Arrays.setAll(raced, i -> new LogLimit(0));
                race.round(() -> {
                    for (int i = 0; i < limits; i++) {
                        counted[i] = raced[i].leaveOut();
                    }
                }, () -> {
                    for (int i = 0; i < limits; i++) {   // the thread that is behind is faster, so both stay together
                        retired[i] = raced[i].retire(LogLimit.PERIOD_MILLIS);
                    }
                });
                for (int i = 0; i < limits; i++) {
                    assertTrue(counted[i] != retired[i], "counted and retired: " + counted[i]);
                    assertEquals(counted[i] ? 1 : 0, raced[i].takeLeftOut());
                }
            }
        }
    }

    @Test
    void e5_nothingIsLostBetweenFailuresLooksExitsAndNamesThatGo() {
        for (int round = 0; round < 200; round++) {
            manyThreads();
        }
    }

    private void manyThreads() {
        Logger seen = new Logger();
        AtomicLong clock = new AtomicLong();
        FailureLog shared = new FailureLog(seen, clock::get, looks::add);
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            tasks.add(task("name " + i));
        }
        tasks.add(task(null));
        int threads = 4;
        int each = 1_000;
        CountDownLatch together = new CountDownLatch(threads);
        AtomicBoolean over = new AtomicBoolean();
        List<Background<Void>> failing = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            failing.add(Background.run(() -> {
                together.countDown();
                Poll.await(together);
                IllegalStateException failure = new IllegalStateException("on purpose");
                for (int i = 0; i < each; i++) {
                    Task<?> task = tasks.get(i % tasks.size());
                    shared.onFailure(task, failure);
                    if (i % 16 == 0) {
                        shared.exited((Scope) task.supervisor());
                    }
                    clock.addAndGet(SECOND / 500);   // more failures come in a second than are logged
                }
            }));
        }
        Background<Void> timer = Background.run(() -> {
            for (boolean last = false; !last;) {
                last = over.get();
                for (Runnable look; (look = looks.poll()) != null;) {
                    look.run();
                }
            }
        });
        failing.forEach(Background::join);
        over.set(true);
        timer.join();
        assertEquals((long) threads * each, seen.failures() + seen.leftOut());
    }

    // ---- With the JVM's clock, timer and logger

    @Test
    void e5_manyFailuresAndThenQuietAreAllToldOf() {
        try (RecordedLog recorded = new RecordedLog()) {
            Supervisor supervisor = Supervisor.builder().name("bursting").executor(Runnable::run).unowned().open();
            failTasks(supervisor, 5_000);
            int logged = recorded.messages("Supervisor[bursting,").size();
            assertTrue(logged < 1_000, logged + " logged");
            Poll.until("all are logged or counted", () -> recorded.toldOf("bursting") == 5_000);
        }
    }

    @Test
    void e5_theSingleFailuresBesideANoisySupervisorAreLogged() {
        try (RecordedLog recorded = new RecordedLog()) {
            Supervisor noisy = Supervisor.builder().name("noisy").executor(Runnable::run).unowned().open();
            for (int i = 0; i < 10; i++) {
                failTasks(noisy, 500);
                failTasks(Supervisor.builder().name("single " + i).executor(Runnable::run).unowned().open(), 1);
                assertEquals(1, recorded.messages("Supervisor[single " + i).size());
            }
        }
    }

    @Test
    void e5_anExitTellsAtOnce() throws Exception {
        try (RecordedLog recorded = new RecordedLog()) {
            Supervisor.builder().name("block").executor(Runnable::run).run(block -> failTasks(block, 1_000));
            assertEquals(1_000, recorded.toldOf("block"));
        }
    }

    @Test
    void e5_aLoggerThatBlocksHoldsUpNoTimerAndABusyCommonPoolNoLook() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        Thread me = Thread.currentThread();
        List<CompletableFuture<?>> busy = new ArrayList<>();
        try (RecordedLog recorded = new RecordedLog() {
            @Override
            public void publish(LogRecord record) {
                super.publish(record);
                if (record.getMessage().contains("of supervisor blocking ") && Thread.currentThread() != me) {
                    blocked.countDown();
                    Poll.await(release);
                }
            }
        }) {
            for (int i = 0; i < 2 * ForkJoinPool.getCommonPoolParallelism(); i++) {
                busy.add(CompletableFuture.runAsync(() -> Poll.await(release)));
            }
            Supervisor supervisor = Supervisor.builder().name("blocking").executor(Runnable::run).unowned().open();
            failTasks(supervisor, 1_000);
            Poll.await(blocked);
            CompletableFuture<Integer> timed = new CompletableFuture<>();
            timed.completeOnTimeout(1, 1, TimeUnit.MILLISECONDS);
            assertEquals(1, timed.get(Poll.DEADLINE.toSeconds(), TimeUnit.SECONDS));
            Poll.until("all are logged or counted", () -> recorded.toldOf("blocking") == 1_000);
        } finally {
            release.countDown();
            busy.forEach(CompletableFuture::join);
        }
    }

    @Test
    void e6_theLookHoldsNoClassLoader() throws Exception {
        String printed = ChildJvm.run(List.of(), LoaderProgram.class);
        assertTrue(printed.endsWith(LoaderProgram.END), printed);
    }

    private static void failTasks(Supervisor supervisor, int times) {
        for (int i = 0; i < times; i++) {
            supervisor.spawn("boom", () -> {
                throw new IllegalStateException("on purpose");
            });
        }
    }
}
