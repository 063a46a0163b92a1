package dev.supervisor.engine;

import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** What tests in other packages see of the engine. */
public final class Peek {

    /** So many failures of one name are logged in a second. */
    public static final int LOG_BURST = LogLimit.BURST;

    private Peek() { }

    /** Whether the supervisor has interrupted its owner. */
    public static boolean hasInterruptedOwner(Supervisor supervisor) {
        Owner owner = ((Scope) supervisor).owner;
        return owner != null && owner.wasInterruptedByUs();
    }

    /** How many slots hold a task that has retired. */
    public static int retiredInSlots(Supervisor supervisor) {
        AtomicInteger retired = new AtomicInteger();
        ((Scope) supervisor).census.forEach(task -> {
            if (task.isRetired()) {
                retired.incrementAndGet();
            }
        });
        return retired.get();
    }

    /** Completes what threads that were cut off have left unfinished, as the next thread does that completes a task. */
    public static void recover(Supervisor supervisor) {
        Abort.recover((Scope) supervisor);
    }

    /** The threads of the alarm; not those of a copy of the library that another class loader has. */
    public static List<Thread> alarms() {
        String loader = Alarm.class.getClassLoader().getName();
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> Stream.of(entry.getValue())
                        .anyMatch(frame -> frame.getClassName().equals(Alarm.class.getName())
                                && Objects.equals(frame.getClassLoaderName(), loader)
                                && frame.getMethodName().equals("run")))
                .map(Map.Entry::getKey).toList();
    }

    /** Whether the library keeps an entry of this supervisor among those with a name. */
    public static boolean hasEntry(Supervisor supervisor) {
        NamedScopes.Entry entry = ((Scope) supervisor).extras().named;
        return entry != null && NamedScopes.has(entry);
    }

    /** Whether the times of a live task are recorded. */
    public static boolean isRecorded(Task<?> task) {
        return RecordedBody.of((SupervisedTask<?>) task) != null;
    }

    /** Weak, as the entry of a supervisor refers to it; collected once nothing of the entry is left. */
    public static WeakReference<?> entry(Supervisor supervisor) {
        return new WeakReference<>(((Scope) supervisor).extras().named);
    }

    /** How many nanoseconds ago a live task was spawned; -1 if that is not known. */
    public static long age(Task<?> task) {
        return RecordedBody.age((SupervisedTask<?>) task);
    }

    /** How many more tasks a supervisor with a limit may have. */
    public static int freePermits(Supervisor supervisor) {
        return ((Scope) supervisor).permits().free;
    }

    /** Whether waits that begin from now on seem to have lasted for a minute when they look for the second time. */
    public static void hurry(boolean hurries) {
        WaitClock.current = !hurries ? new WaitClock() : new WaitClock() {

            private boolean looked;

            @Override
            long now() {
                long now = super.now() + (looked ? 60_000_000_000L : 0);
                looked = true;
                return now;
            }
        };
    }

    /** The thread of the alarm, which is started if there is none. */
    public static Thread alarm() {
        Scope limited = (Scope) Supervisor.builder().unowned().executor(task -> { }).open();
        limited.spec("limited").timeout(Duration.ofHours(1)).spawn(() -> 1);
        Poll.until("the alarm has started", () -> alarms().size() == 1);
        limited.shutdown();
        return alarms().get(0);
    }

    /** Lets the time limits of these live tasks pass, or the deadline of all, and does on this thread what follows. */
    public static void pass(Supervisor supervisor, boolean deadline, Task<?>... tasks) {
        List<SupervisedTask<?>> due = Stream.of(tasks).<SupervisedTask<?>>map(task -> (SupervisedTask<?>) task).toList();
        due.forEach(task -> task.expire(Deadlines.NEVER));
        new Expiry((Scope) supervisor, due, deadline).run();
    }
}
