package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a supervisor was opened, and whether it was left or reported since: see {@link Leaks}. */
class Opening implements Runnable, Supplier<@Nullable String> {

    /*
     * OPEN is left once, by CAS: to LEFT by a thread that has made an exit, or that finds the supervisor finished; to
     * REPORTED by one that finds it collected, or its owner dead. So what was left is not reported, and a report comes
     * once. (Race34b_LeaveReport.)
     */
    private static final int OPEN = 0;
    private static final int LEFT = 1;
    private static final int REPORTED = 2;

    private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "state", VarHandle.class, Opening.class, int.class);

    final WeakReference<Scope> scope;
    /** Written before another thread knows of the supervisor. */
    Cleaner.@Nullable Cleanable cleanable;
    private final @Nullable String given;
    private final String name;
    private final Throwable where = new Throwable("The supervisor was opened here");
    private volatile int state;
    /** What is reported. */
    private String report = "was collected, and it was never joined, closed, shut down or drained to its end:"
            + " no thread was left to wait for its tasks, or to throw a fatal error of one";

    Opening(Scope scope) {
        this.scope = new WeakReference<>(scope);
        this.given = scope.settings.name();
        this.name = scope.name();
    }

    /** The supervisor was left; whether this is the first to say so, and it was not reported. */
    final boolean markLeft() {
        return settle(LEFT);
    }

    /** Reports the supervisor if its owner is dead, and no other thread ends it. */
    final void look(Scope live) {
        Owner owner = live.owner;
        if (state == OPEN && owner != null && owner.isDead() && isUndecided(live) && settle(REPORTED)) {
            report = "has lost its owner, thread " + owner.owner().getName() + ", which has ended without an exit;"
                    + " shutdown() and drain() end it all the same, and builder().unowned() gives one without owner";
            tell();
        }
    }

    private static boolean isUndecided(Scope live) {
        return !live.census.isFinished()
                && !live.lifecycle.isSealed() && !live.lifecycle.isAborting() && !live.lifecycle.isDraining();
    }

    /** The supervisor was collected, unless it was left before. */
    @Override
    public final void run() {
        if (settle(REPORTED)) {
            tell();
        }
    }

    private boolean settle(int outcome) {
        return STATE.compareAndSet(this, OPEN, outcome);   // decides Race34b_LeaveReport
    }

    /** Says so in the log. */
    void tell() {
        Leaks.forget(this);
        FailureLog.INSTANCE.say(given, "supervisor " + name, this, where);
    }

    @Override
    public final String get() {
        return "Supervisor " + name + " " + report;
    }
}
