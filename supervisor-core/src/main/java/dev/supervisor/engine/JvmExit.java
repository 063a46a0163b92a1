package dev.supervisor.engine;

import dev.supervisor.DumpOption;
import dev.supervisor.threads.ServiceThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Drains supervisors when the JVM exits: one hook of the JVM serves all that were opened so. */
final class JvmExit implements Runnable {

    static final JvmExit REGISTRY = new JvmExit();

    /** After an abort tasks are waited for so long, and then left to the JVM. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Both are guarded by this. */
    private final Set<Scope> supervisors = new HashSet<>();
    private @Nullable Thread hook;

    private JvmExit() { }

    // ---- Registration

    synchronized void add(Scope scope) {
        supervisors.add(scope);
        if (hook == null) {
            Thread made = ServiceThreads.unstarted("supervisor-exit", this);
            try {
                Runtime.getRuntime().addShutdownHook(made);
                hook = made;
            } catch (IllegalStateException exiting) {
                // The JVM is on its way out already: there is nothing to wait for.
            }
        }
    }

    synchronized void remove(Scope scope) {
        supervisors.remove(scope);
        if (supervisors.isEmpty() && hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
                hook = null;
            } catch (IllegalStateException exiting) {
                // It runs already.
            }
        }
    }

    private synchronized List<Scope> all() {
        return new ArrayList<>(supervisors);
    }

    // ---- The hook

    /** Begins all drains, waits for all, aborts what is left, waits a little more, reports, and returns. */
    @Override
    public void run() {
        List<Scope> all = all();
        long now = Deadlines.now();
        all.sort(Comparator.comparingLong(scope -> until(now, scope)));   // so that a wait delays no earlier abort
        for (Scope scope : all) {
            attempt(scope, () -> Drain.beginWithHooks(scope, until(now, scope)));
        }
        for (Scope scope : all) {
            await(scope, until(now, scope));
            if (!scope.census.isFinished()) {
                attempt(scope, () -> Abort.abort(scope, true));
            } else if (scope.owner != null) {
                scope.owner.interrupt();
            }
        }
        long end = Deadlines.after(PATIENCE_NANOS);
        for (Scope scope : all) {
            await(scope, end);
            if (!scope.census.isFinished()) {
                report(scope);
            }
        }
    }

    /** When the grace of a supervisor is over that is drained since then. */
    private static long until(long begun, Scope scope) {
        long grace = Options.nanos(TaskState.assumeNonNull(scope.settings.options().jvmExitGrace()));
        return grace >= Deadlines.NEVER - begun ? Deadlines.NEVER - 1 : begun + grace;
    }

    /** An abort runs user code, which may never return: so it has a thread of its own. */
    private static void attempt(Scope scope, Runnable step) {
        ServiceThreads.unstarted(scope.name() + "/exit", step).start();
    }

    private static void await(Scope scope, long end) {
        for (boolean waited = false; !waited;) {
            try {
                scope.census.await(Math.max(1, end - Deadlines.now()));
                waited = true;
            } catch (InterruptedException e) {
                // Whoever interrupts a whole thread group does not know this thread.
            }
        }
    }

    @SuppressWarnings("SystemOut")
    private static void report(Scope scope) {
        StringBuilder report = new StringBuilder("At the exit of the JVM a supervisor is not finished:\n");
        try {
            scope.dump(report, DumpOption.stacks());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        System.err.print(report);
    }
}
