package dev.supervisor.engine;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The wait of an exit or a drain for all tasks. It says in the log what it waits for, if that takes long (O7): after 10
 * s, then when it has waited twice as long, and so on. An object of this class is one wait.
 */
class LongWait implements Supplier<@Nullable String> {

    /*
     * No other thread is needed: the waiter wakes when it has something to say, and then waits on. Each time round it
     * reads the clock once, then looks whether all is over, then whether its time has passed, then whether it is to
     * speak. So
     *
     * 1. the end is not lost: it returns only when the supervisor is finished, or when its time has passed;
     * 2. it says nothing after the end: a thread that has brought the end about, before the time came to speak, has
     *    done so before the look (Race34a_EndDue);
     * 3. it says nothing when its time has passed, so a drain does not shut down later for that.
     *
     * When it is to speak next is set before it speaks. So whatever the log throws, it does not speak at once again,
     * and the wait goes on. A logger is user code: an interrupt status is kept from it, as from a callback, and ends
     * the next look.
     */
    static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Scope scope;
    private final String operation;
    private final WaitClock clock;
    private final long begun;
    /** How long it has waited when it speaks next. */
    private long due = FIRST_NANOS;
    /** How long it has waited as it speaks. */
    private long waited;

    /** A wait that begins now. */
    LongWait(Scope scope, String operation) {
        this(scope, operation, WaitClock.current);
    }

    LongWait(Scope scope, String operation, WaitClock clock) {
        this.scope = scope;
        this.operation = operation;
        this.clock = clock;
        this.begun = clock.now();
    }

    /**
     * Waits until all is over, or until this time, as the clock counts it.
     *
     * @return whether all is over
     */
    final boolean await(long end) throws InterruptedException {
        for (;;) {
            long now = clock.now();
            if (clock.await(scope.census, Math.min(begun + due, end) - now)) {   // decides Race34a_EndDue
                return true;
            }
            if (now >= end) {
                return false;
            }
            if (now - begun >= due) {
                waited = now - begun;
                while (due <= waited) {
                    due *= 2;
                }
                try {
                    speak();
                } catch (Throwable cutOff) {
                    // It may have said nothing; it waits on.
                }
            }
        }
    }

    /** Says what it waits for. */
    void speak() {
        FailureLog.INSTANCE.say(scope.settings.name(), scope, this, null);
    }

    /** What it says, or null if no task is live any more. */
    @Override
    public final @Nullable String get() {
        LiveReport report = new LiveReport(scope);
        return report.isEmpty() ? null : "The " + operation + " of " + scope + " has waited "
                + TimeUnit.NANOSECONDS.toSeconds(waited) + " s for tasks to end:" + report;
    }
}
