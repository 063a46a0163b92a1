package dev.supervisor.engine;

import static java.lang.System.Logger.Level.WARNING;

import dev.supervisor.FailureHandler;
import dev.supervisor.Task;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The default failure handler: logs each failure through the {@link System.Logger} named {@code dev.supervisor}, at
 * level WARNING, but no more than {@value LogLimit#BURST} a second for each name of a supervisor; all supervisors
 * without a name share one limit. What is left out is counted. The count is logged with the next failure that is, when
 * a supervisor of that name exits, or else by a look, about a second later.
 */
final class FailureLog implements FailureHandler, Runnable {

    /*
     * Every failure is logged, or is in a count that is logged:
     *
     * 1. Nothing counted is lost. A thread that leaves out a failure raises the count of a limit; a thread that takes
     *    the count lowers it, and logs it. A limit retires only when its count is zero, by the same word (LogLimit): so
     *    no thread raises the count of a limit that has retired, but takes the next limit of that name.
     * 2. Every count is looked at. A thread that leaves out a failure raises the count, then reads `lookDue`; a look
     *    clears `lookDue`, then reads the counts. Both words are volatile (Dekker): so the thread finds no look due,
     *    and asks for another, or the look finds the count. It finds the limit, too: a limit is put into the map before
     *    it is used, and taken out after it has retired, and a walk through the map meets whatever is in it throughout.
     * 3. One look is asked for at a time, however many names leave out failures: by the thread that sets `lookDue`. If
     *    the thread for it cannot be had, `lookDue` is cleared again, and the next failure that is left out asks.
     *
     * A limit is idle when its period is over and it has left out nothing. Idle limits retire at each look, and once
     * a second when a new name comes. So there are no more than the names of about a second. The map takes no monitor,
     * and a thread whose stack runs out in it leaves it whole; a ConcurrentHashMap has neither.
     */
    static final System.Logger LOGGER = System.getLogger("dev.supervisor");

    static final FailureLog INSTANCE = new FailureLog(LOGGER, System::nanoTime, new LogTimer());

    private static final VarHandle LOOK_DUE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "lookDue", VarHandle.class, FailureLog.class, boolean.class);

    private final System.Logger logger;
    private final LongSupplier nanoTime;
    /** Runs what it is given about a second later. */
    private final Executor timer;
    private final long origin;
    private final LogLimit unnamed = new LogLimit(0);
    private final ConcurrentNavigableMap<String, LogLimit> named = new ConcurrentSkipListMap<>();
    /** When idle limits were last looked for on behalf of a new name. */
    private final AtomicLong lastSweep = new AtomicLong();
    /** A look has been asked for, and has not begun. */
    private volatile boolean lookDue;

    FailureLog(System.Logger logger, LongSupplier nanoTime, Executor timer) {
        this.logger = logger;
        this.nanoTime = nanoTime;
        this.timer = timer;
        this.origin = nanoTime.getAsLong();
    }

    @Override
    public void onFailure(Task<?> task, Throwable failure) {
        if (!logger.isLoggable(WARNING)) {
            return;
        }
        String name = ((SupervisedTask<?>) task).scope.settings.name();
        for (;;) {
            LogLimit limit = limit(name);
            if (limit.admits(LogLimit.FAILURE, millis())) {
                logLeftOut(name, limit);
                logger.log(WARNING, "Task " + task.name() + " of " + task.supervisor() + " has failed", failure);
                return;
            }
            if (limit.leaveOut()) {
                askForLook();
                return;
            }
            forget(name, limit);
        }
    }

    /** A supervisor exits: if this is its handler, it logs how many failures it has left out. */
    static void exitOf(Scope scope) {
        if (scope.settings.failureHandler() == INSTANCE) {
            INSTANCE.exited(scope);
        }
    }

    /** A supervisor exits: logs how many failures under its name were left out, if any. */
    void exited(Scope scope) {
        String name = scope.settings.name();
        LogLimit limit = name == null ? unnamed : named.get(name);
        if (limit != null && limit.hasLeftOut() && limit.admits(LogLimit.EXIT, millis())) {
            logLeftOut(name, limit);
        }
    }

    /** A {@code close} had to cancel tasks, and nothing says that this was meant (C4). */
    void cancelled(Scope scope, int tasks) {
        try {
            if (logger.isLoggable(WARNING) && limit(scope.settings.name()).admits(LogLimit.EXIT, millis())) {
                logger.log(WARNING, "close() of supervisor " + scope.name() + " has cancelled " + tasks
                        + (tasks == 1 ? " live task" : " live tasks") + ", since its block was left without join();"
                        + " call join() at the end of the block to wait for tasks, or abort() if they are to be"
                        + " cancelled", new Throwable("The block was left here"));
            }
        } catch (Throwable thrown) {
            Uncaught.report("The logger", scope, thrown);
        }
    }

    /**
     * Logs what is no failure, as often as exits may under this name. The caller goes on, whatever the logger does: what
     * that throws is reported, and an interrupt status is kept from it.
     *
     * @param name of the supervisor, or null
     * @param of the supervisor
     * @param message made if it may be logged; null if there is nothing to say
     */
    void say(@Nullable String name, Object of, Supplier<@Nullable String> message, @Nullable Throwable where) {
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            if (logger.isLoggable(WARNING) && limit(name).admits(LogLimit.EXIT, millis())) {
                String text = message.get();
                if (text != null) {
                    logger.log(WARNING, text, where);
                }
            }
        } catch (Throwable thrown) {
            Uncaught.report("The logger", of, thrown);
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }

    /** The look. */
    @Override
    public void run() {
        lookDue = false;   // before the counts are read
        long now = millis();
        logLeftOut(null, unnamed);
        for (Map.Entry<String, LogLimit> entry : named.entrySet()) {
            logLeftOut(entry.getKey(), entry.getValue());
            forgetIfIdle(entry, now);
        }
    }

    /** How many names there are limits for. */
    int names() {
        return named.size();
    }

    private LogLimit limit(@Nullable String name) {
        if (name == null) {
            return unnamed;
        }
        LogLimit present = named.get(name);
        if (present != null) {
            return present;
        }
        long now = millis();
        forgetIdle(now);
        LogLimit made = new LogLimit(now);
        LogLimit earlier = named.putIfAbsent(name, made);
        return earlier == null ? made : earlier;
    }

    private void forget(@Nullable String name, LogLimit gone) {
        if (name != null) {
            named.remove(name, gone);
        }
    }

    private void forgetIdle(long now) {
        long last = lastSweep.get();
        if (now - last >= LogLimit.PERIOD_MILLIS && lastSweep.compareAndSet(last, now)) {
            for (Map.Entry<String, LogLimit> entry : named.entrySet()) {
                forgetIfIdle(entry, now);
            }
        }
    }

    private void forgetIfIdle(Map.Entry<String, LogLimit> entry, long now) {
        if (entry.getValue().retire(now)) {
            forget(entry.getKey(), entry.getValue());
        }
    }

    private void askForLook() {
        if (!lookDue && LOOK_DUE.compareAndSet(this, false, true)) {
            boolean asked = false;
            try {
                timer.execute(this);
                asked = true;
            } finally {
                if (!asked) {
                    lookDue = false;
                }
            }
        }
    }

    /** Takes the count and logs it. What is thrown then is reported: it is not to end an exit, or a look. */
    private void logLeftOut(@Nullable String name, LogLimit limit) {
        long count = limit.takeLeftOut();
        if (count > 0) {
            try {
                logger.log(WARNING, count + (count == 1 ? " failure of a task of " : " failures of tasks of ")
                        + (name == null ? "supervisors without a name" : "supervisor " + name)
                        + (count == 1 ? " was" : " were") + " not logged, to limit the rate");
            } catch (Throwable thrown) {
                Uncaught.report("The logger", name == null ? "supervisors without a name" : name, thrown);
            }
        }
    }

    private long millis() {
        return (nanoTime.getAsLong() - origin) / 1_000_000;
    }
}
