package dev.supervisor.engine;

import dev.supervisor.Overflow;
import dev.supervisor.Supervisor;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings that few supervisors have; immutable.
 *
 * @param maxTasks how many tasks there may be, or 0
 * @param overflow what a spawn beyond that does
 * @param deadline how long it may be open, or null
 * @param parent to which it is a task, or null
 * @param jvmExitGrace how long its tasks may go on when the JVM exits, or null
 */
public record Options(
        int maxTasks,
        Overflow overflow,
        @Nullable Duration deadline,
        @Nullable Scope parent,
        @Nullable Duration jvmExitGrace) {

    /** None of them. */
    public static final Options NONE = new Options(0, Overflow.REJECT, null, null, null);

    /**
     * {@return these with a limit of tasks}
     *
     * @param max how many tasks there may be
     * @param overflow what a spawn beyond that does
     */
    public Options withMaxTasks(int max, Overflow overflow) {
        Objects.requireNonNull(overflow, "overflow");
        if (max <= 0) {
            throw new IllegalArgumentException("maxTasks is " + max + "; a supervisor has room for one task at least");
        }
        return new Options(max, overflow, deadline, parent, jvmExitGrace);
    }

    /**
     * {@return these with a deadline}
     *
     * @param deadline how long it may be open
     */
    public Options withDeadline(Duration deadline) {
        return new Options(maxTasks, overflow, positive(deadline, "deadline"), parent, jvmExitGrace);
    }

    /**
     * {@return these with a parent}
     *
     * @param parent to which it is a task
     */
    public Options withParent(Supervisor parent) {
        Objects.requireNonNull(parent, "parent");
        if (!(parent instanceof Scope scope)) {
            throw new IllegalArgumentException(parent + " is a " + parent.getClass().getName()
                    + "; only a supervisor that was opened by this library can be a parent");
        }
        return new Options(maxTasks, overflow, deadline, scope, jvmExitGrace);
    }

    /**
     * {@return these with a drain at the JVM's exit}
     *
     * @param grace how long its tasks may go on then
     */
    public Options withJvmExitGrace(Duration grace) {
        return new Options(maxTasks, overflow, deadline, parent, notNegative(grace, "grace"));
    }

    // ---- Durations

    static Duration positive(Duration duration, String what) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("The " + what + " is " + duration + "; it has to be positive");
        }
        return duration;
    }

    static Duration notNegative(Duration duration, String what) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("The " + what + " is " + duration + "; it cannot be negative");
        }
        return duration;
    }

    /** In nanoseconds, or the nearest number that there is. */
    static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
