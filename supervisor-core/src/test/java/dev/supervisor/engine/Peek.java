package dev.supervisor.engine;

import dev.supervisor.Supervisor;
import java.util.concurrent.atomic.AtomicInteger;

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

    /** How many more tasks a supervisor with a limit may have. */
    public static int freePermits(Supervisor supervisor) {
        return ((Scope) supervisor).permits().free;
    }
}
