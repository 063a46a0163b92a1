package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.FailureHandler;
import dev.supervisor.Overflow;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** S6 in the engine's own terms: what stands beside the slots, and when the alarm looks. */
class AlarmTest {

    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private static Scope open(Deque<Runnable> queue) {
        return (Scope) Supervisor.builder().unowned().onFailure(FailureHandler.ignore()).executor(queue::add).open();
    }

    private static void runAll(Deque<Runnable> queue) {
        for (Runnable next; (next = queue.poll()) != null;) {
            next.run();
        }
    }

    private static boolean hasNumbers(Scope scope) {
        for (Stripe stripe : scope.census.stripes()) {
            for (Segment segment : stripe.segments.all) {
                long[] numbers = segment.deadlines();
                for (int slot = 0; numbers != null && slot < numbers.length; slot++) {
                    if (numbers[slot] != 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    @Test
    void s6_aTaskWithoutALimitHasNoNumber() {
        Deque<Runnable> queue = new ArrayDeque<>();
        Scope scope = open(queue);
        scope.spec("plain").spawn(() -> 1);
        for (Stripe stripe : scope.census.stripes()) {
            for (Segment segment : stripe.segments.all) {
                assertNull(segment.deadlines());
            }
        }
        scope.shutdown();
    }

    @Test
    void s6_whatFinishedTasksLeaveIsFoundOnceAndPutRight() {
        Deque<Runnable> queue = new ArrayDeque<>();
        Scope scope = open(queue);
        TaskSpec spec = scope.spec("limited").timeout(Duration.ofHours(1));
        for (int i = 0; i < 1000; i++) {
            spec.spawn(() -> 1);
        }
        runAll(queue);
        assertEquals(0, scope.liveCount());
        assertTrue(hasNumbers(scope));
        assertEquals(Deadlines.NEVER, scope.deadlines().sweep(Deadlines.after(2 * HOUR)));
        assertFalse(hasNumbers(scope));
        scope.shutdown();
    }

    @Test
    void s6_onlyTasksThatAreDueTakeTimeThatIsNotLooking() {
        Deque<Runnable> queue = new ArrayDeque<>();
        Scope scope = open(queue);
        TaskSpec spec = scope.spec("limited").timeout(Duration.ofHours(1));
        for (int i = 0; i < 1000; i++) {
            spec.spawn(() -> 1);
        }
        Alarm.INSTANCE.forget(scope.deadlines());   // no other thread looks meanwhile
        scope.deadlines().sweep(Deadlines.now());
        assertEquals(0, scope.deadlines().forDue(), "none is due");
        scope.deadlines().sweep(Deadlines.after(2 * HOUR));
        assertTrue(scope.deadlines().forDue() > 0, "all are due");
        Poll.until("all have failed", () -> scope.liveCount() == 0);
        for (int i = 0; i < 1000; i++) {
            spec.spawn(() -> 1);
        }
        runAll(queue);
        scope.deadlines().sweep(Deadlines.after(2 * HOUR));
        assertEquals(0, scope.deadlines().forDue(), "all are done, and have left their numbers");
        scope.shutdown();
    }

    @Test
    void s6_aSlotThatIsUsedAgainDoesNotEndItsNextTaskEarly() {
        Deque<Runnable> queue = new ArrayDeque<>();
        Scope scope = open(queue);
        Task<Integer> first = scope.spec("minute").timeout(Duration.ofMinutes(1)).spawn(() -> 1);
        runAll(queue);
        assertEquals(1, first.resultNow());
        TaskSpec spec = scope.spec("hour").timeout(Duration.ofHours(1));
        Task<Integer> next = null;
        for (int slots = 0; slots < 8; slots++) {   // the first segment has so many: one of them has the same slot
            next = spec.spawn(() -> 2);
        }
        long again = scope.deadlines().sweep(Deadlines.after(TimeUnit.MINUTES.toNanos(2)));
        assertTrue(again > Deadlines.after(TimeUnit.MINUTES.toNanos(50)) && again < Deadlines.after(2 * HOUR));
        assertEquals(8, scope.tasks().stream().filter(task -> task.status() == Task.Status.PENDING).count());
        Task<Integer> last = next;
        scope.deadlines().sweep(Deadlines.after(2 * HOUR));
        Poll.until("all have failed", () -> scope.liveCount() == 0);
        assertInstanceOf(TimeoutException.class, last.failure());
        scope.shutdown();
    }

    @Test
    void s6_aLongLimitDoesNotHideAShortOne() {
        Deque<Runnable> queue = new ArrayDeque<>();
        Scope scope = open(queue);
        scope.spec("ages").timeout(Duration.ofSeconds(Long.MAX_VALUE)).spawn(() -> 1);
        Task<Integer> soon = scope.spec("soon").timeout(Duration.ofMillis(1)).spawn(() -> 2);
        Poll.until("the short limit", soon::isDone);
        assertInstanceOf(TimeoutException.class, soon.failure());
        Poll.until("it has retired, the other has not", () -> scope.liveCount() == 1);
        scope.shutdown();
    }

    @Test
    void s6_aSupervisorLeavesTheAlarmWhenItIsFinished() {
        Scope[] all = new Scope[100];
        for (int i = 0; i < all.length; i++) {
            all[i] = open(new ArrayDeque<>());
            all[i].spec("limited").timeout(Duration.ofHours(1)).spawn(() -> 1);
        }
        assertTrue(Alarm.INSTANCE.size() >= all.length);
        int before = Alarm.INSTANCE.size();
        for (Scope scope : all) {
            scope.shutdown();
        }
        assertTrue(Alarm.INSTANCE.size() <= before - all.length, () -> "left: " + Alarm.INSTANCE.size());
    }

    @Test
    void s6_aSupervisorThatNobodyKeepsIsCollectedThoughItHasALimit() {
        WeakReference<Scope> abandoned = abandoned();
        Poll.until("collected", () -> {
            System.gc();
            return abandoned.get() == null;
        });
    }

    private static WeakReference<Scope> abandoned() {
        Scope scope = open(new ArrayDeque<>());
        scope.spec("limited").timeout(Duration.ofHours(1)).spawn((Callable<Integer>) () -> 1);
        return new WeakReference<>(scope);
    }

    @Test
    void s6_theAlarmIsOneDaemonThreadWithoutAContextLoader() {
        Scope scope = open(new ArrayDeque<>());
        scope.spec("limited").timeout(Duration.ofHours(1)).spawn(() -> 1);
        Poll.until("the alarm has started", () -> Peek.alarms().size() == 1);
        Thread alarm = Peek.alarms().get(0);
        assertEquals("supervisor-alarm", alarm.getName());
        assertTrue(alarm.isDaemon());
        assertNull(alarm.getContextClassLoader());
        assertNull(alarm.getThreadGroup().getParent(), "its group is that of no application");
        scope.shutdown();
    }

    @Test
    void s6_theAlarmSleepsOnAfterAnInterrupt() {
        Thread alarm = Peek.alarm();
        alarm.interrupt();
        Poll.until("it has forgotten that, and sleeps",
                () -> !alarm.isInterrupted() && alarm.getState() == Thread.State.TIMED_WAITING);
    }

    @Test
    void s6_theAlarmRests32TimesAsLongAsTheQuickestOfItsLastLooks() {
        assertEquals(32 * 3, Alarm.rest(5, 3, 900, 4));
        assertEquals(0, Alarm.rest(5, 3, 900, 0), "until there were as many looks");
    }

    @Test
    void s6_theAlarmEndsWithoutASupervisorAndAnotherThreadServesTheNext() {
        Thread ofTheProcess = Peek.alarm();
        Alarm alarm = new Alarm(0);
        Scope scope = open(new ArrayDeque<>());
        alarm.admit(scope.deadlines());
        Thread first = otherAlarm(ofTheProcess);
        alarm.forget(scope.deadlines());
        Poll.until("it has ended", () -> !first.isAlive());

        Task<Integer> task = scope.spec("limited").timeout(Duration.ofMillis(200)).spawn(() -> 1);
        Alarm.INSTANCE.forget(scope.deadlines());   // leaves it to the other one
        alarm.admit(scope.deadlines());
        Thread second = otherAlarm(ofTheProcess);
        Poll.until("the limit has passed", task::isDone);
        assertInstanceOf(TimeoutException.class, task.failure());
        alarm.forget(scope.deadlines());
        Poll.until("it has ended, too", () -> !second.isAlive());
        scope.shutdown();
    }

    private static Thread otherAlarm(Thread ofTheProcess) {
        Poll.until("the other one has started", () -> Peek.alarms().size() == 2);
        return Peek.alarms().stream().filter(alarm -> alarm != ofTheProcess).findFirst().orElseThrow();
    }

    @Test
    void s6_timeBeginsWhenTheTaskHasItsPlaceAndItsDecoration() throws Exception {
        Deque<Runnable> queue = new ArrayDeque<>();
        AtomicLong decorated = new AtomicLong();
        Scope scope = (Scope) Supervisor.builder().unowned().maxTasks(1, Overflow.BLOCK).executor(queue::add)
                .decorator(task -> {
                    decorated.set(Deadlines.now());
                    return task;
                }).open();
        TaskSpec spec = scope.spec("limited").timeout(Duration.ofHours(1));
        spec.spawn(() -> 1);
        Background<Task<Integer>> second = Background.call(() -> spec.spawn(() -> 2));
        second.untilBlocked();
        long free = Deadlines.now();
        runAll(queue);
        SupervisedTask<Integer> task = (SupervisedTask<Integer>) second.join();
        assertTrue(task.limitedSince() >= free, "it has waited for its place");
        assertTrue(task.limitedSince() >= decorated.get(), "it was decorated");
        scope.shutdown();
    }

    @Test
    void s6_aBodyThatWasAskedWithoutAnInterruptIsHandedOverOnce() {
        Scope scope = (Scope) Supervisor.builder().unowned().open();
        CountDownLatch begun = new CountDownLatch(1);
        Specified<?> task = (Specified<?>) scope.spec("limited").timeout(Duration.ofHours(1)).spawn(() -> {
            begun.countDown();
            new CountDownLatch(1).await();
        });
        Poll.until("it runs", () -> begun.getCount() == 0);
        task.cancel(false);
        long late = Deadlines.after(2 * HOUR);
        assertTrue(task.due() <= late && task.expire(late));
        assertEquals(Deadlines.NEVER, task.due(), "the alarm starts a thread for it at each look");
        assertFalse(task.expire(late));
        task.onTime();
        Poll.until("it was interrupted", task::isDone);
        scope.shutdown();
    }

    @Test
    void e6_theHandleOfATaskKeepsNoNumbersOfAFinishedSupervisor() {
        Scope scope = open(new ArrayDeque<>());
        SupervisedTask<?> handle = (SupervisedTask<?>) scope.spec("limited").timeout(Duration.ofHours(1)).spawn(() -> 1);
        scope.shutdown();
        assertNull(handle.segment.deadlines());
    }

    @Test
    void s6_aSupervisorThatNobodyKeepsLeavesTheAlarmAtItsNextLook() {
        Deadlines deadlines = abandonedDeadlines();
        int before = Alarm.INSTANCE.size();
        Poll.until("collected, and gone", () -> {
            System.gc();
            return deadlines.sweep(Deadlines.now()) == Deadlines.NEVER;
        });
        assertTrue(Alarm.INSTANCE.size() < before);
    }

    private static Deadlines abandonedDeadlines() {
        Scope scope = open(new ArrayDeque<>());
        scope.spec("limited").timeout(Duration.ofHours(1)).spawn((Callable<Integer>) () -> 1);
        return scope.deadlines();
    }
}
