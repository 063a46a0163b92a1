package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What few supervisors have; made with the first of it, so that to all others it is one null. */
final class Extras {

    private static final VarHandle COMPLETION = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "completion", VarHandle.class, Extras.class, Completed.class);
    private static final VarHandle DRAIN_END = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "drainEnd", VarHandle.class, Extras.class, long.class);
    private static final VarHandle DEADLINES = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "deadlines", VarHandle.class, Extras.class, Deadlines.class);

    final @Nullable Permits permits;
    /** Where threads find this supervisor by its name, or null if it was given none. */
    final NamedScopes.@Nullable Entry named;
    /** This supervisor as a task of its parent; written before another thread knows of it. */
    @Nullable ChildTask asTask;
    /** Whether a supervisor was opened with this one as its parent; never false again. */
    volatile boolean hasChildren;
    /** The earliest end of all drains. */
    volatile long drainEnd = Deadlines.NEVER;
    /** Where this supervisor was opened, if that is to be known; written before another thread knows of it. */
    @Nullable Opening opening;
    private volatile @Nullable Completed completion;
    private volatile @Nullable Deadlines deadlines;

    Extras(Scope scope) {
        Settings settings = scope.settings;
        int maxTasks = settings.options().maxTasks();
        this.permits = maxTasks == 0 ? null : new Permits(maxTasks);
        this.named = settings.name() == null ? null : new NamedScopes.Entry(scope);
    }

    /** A future that no user can complete, and the stage that users see. */
    private static final class Completed extends CompletableFuture<@Nullable Void> {
        final CompletionStage<@Nullable Void> stage = minimalCompletionStage();
    }

    /** The stage that completes when all is over; the caller then looks whether it is. */
    CompletionStage<@Nullable Void> completion() {
        Completed present = completion;
        if (present == null) {
            Completed made = new Completed();
            Object first = COMPLETION.compareAndExchange(this, null, made);   // decides Race28c_CompletionLastLeaver
            present = first == null ? made : (Completed) first;
        }
        return present.stage;
    }

    void lowerDrainEnd(long end) {
        for (long present = drainEnd; end < present; present = drainEnd) {
            if (DRAIN_END.compareAndSet(this, present, end)) {   // decides Race25d_TwoDrains
                return;
            }
        }
    }

    /** The time limits, made if there are none. */
    Deadlines deadlines(Scope scope) {
        Deadlines present = deadlines;
        if (present == null) {
            Deadlines made = new Deadlines(scope);
            Object first = DEADLINES.compareAndExchange(this, null, made);
            present = first == null ? made : (Deadlines) first;
        }
        return present;
    }

    /** All is over; may be repeated, by several threads at once. */
    void finished(Scope scope) {
        Deadlines ended = deadlines;
        if (ended != null) {
            ended.leave();
        }
        Permits waitedFor = permits;
        if (waitedFor != null) {
            waitedFor.wakeAll();
        }
        Completed stage = completion;   // after the end: decides Race28c_CompletionLastLeaver
        if (stage != null && !stage.isDone()) {
            complete(stage);
        }
        ChildTask child = asTask;
        if (child != null) {
            child.ended();
        }
        if (scope.settings.options().jvmExitGrace() != null) {
            JvmExit.REGISTRY.remove(scope);
        }
        if (named != null) {
            NamedScopes.remove(named);   // after the end: decides Race35a_OpenFinish
        }
    }

    private static void complete(Completed stage) {
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            StackRoom.ensureForStep();   // for all that depends on it: nobody completes it twice
            stage.complete(null);
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }
}
