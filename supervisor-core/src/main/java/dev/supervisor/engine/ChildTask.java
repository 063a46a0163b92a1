package dev.supervisor.engine;

import dev.supervisor.TaskDecorator;
import dev.supervisor.threads.Launchable;
import dev.supervisor.threads.Launcher;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A supervisor as a task of its parent (S12): live until the supervisor is finished, and run by no thread. */
final class ChildTask extends Specified<@Nullable Void> {

    /*
     * A child that opens against a parent whose admission ends: the task is added to the parent's live set, then the
     * state of the parent is read, and what it says done to the child. The parent sets its state, then visits its tasks
     * (Dekker, as in Lifecycle). (Race31_ChildOpens.) A parent that is EXITING is no reason to end a child that opens
     * then: a server's owner waits in join while requests open children.
     *
     * A child whose owner runs in a task of the parent is part of that task's work. The parent, in `join` or in a drain,
     * lets the task finish, so it ends nothing of the child, and interrupts nobody. Only the drain hooks are for all.
     *
     * The end of the child is told by each thread that finds the child finished; the first claims it (ENDING). What the
     * task fails with is written by the thread that keeps the child's fatal error, which is before the child's last task
     * has retired. It is not read from where an exit of the child takes it.
     */

    /** To be given to a visit of all tasks of the parent. */
    static final Consumer<SupervisedTask<?>> SEAL = task -> {
        if (task instanceof ChildTask of) {
            of.child.seal();
        }
    };
    static final Consumer<SupervisedTask<?>> EXIT = task -> {
        if (task instanceof ChildTask of) {
            of.exit();
        }
    };
    static final Consumer<SupervisedTask<?>> DRAIN = task -> {
        if (task instanceof ChildTask of) {
            of.drain();
        }
    };
    /** What a thread that was cut off has left undone. */
    static final Consumer<SupervisedTask<?>> RECOVER = task -> {
        if (task instanceof ChildTask of) {
            of.recover();
        }
    };
    static final Consumer<SupervisedTask<?>> DRAIN_HOOKS = task -> {
        if (task instanceof ChildTask of) {
            Drain.runHooks(of.child);
        }
    };

    static final Consumer<SupervisedTask<?>> INTERRUPT_OWNERS = task -> {
        if (task instanceof ChildTask of) {
            of.interruptOwners();
        }
    };

    private static final Launcher NO_THREAD_NEEDED = new Launcher(false, false) {
        @Override
        public void launch(Launchable task) {
            ((ChildTask) task).start();
        }
    };

    final Scope child;
    /** Whether it is part of the work of a task of the parent. */
    private final boolean inTask;
    /** The child's fatal error. */
    volatile @Nullable Throwable fatal;
    /** The opening of the child throws, so nobody will close it. */
    volatile boolean abandoned;

    private ChildTask(Scope child, Scope parent) {
        super(new Spec(parent, child.name()), child);
        this.child = child;
        this.inTask = child.owner != null && Inside.of(parent) != null;
        state |= HOOKED | WATCHED;
        setPlainThread(NO_THREAD);   // before it is published: once it is STARTING any thread may end it
    }

    /** Makes the child a task of its parent, or throws what a spawn throws. */
    static void open(Scope child, Scope parent) {
        ChildTask task = new ChildTask(child, parent);
        child.extras().asTask = task;
        parent.extras().hasChildren = true;   // before the task is added: decides Race31_ChildOpens
        Admission.admit(task, false);
        if (parent.lifecycle.isAborting()) {   // after it was added: decides Race31_ChildOpens
            child.abort();
        } else if (parent.lifecycle.isSealed()) {
            child.seal();
        }
        if (parent.lifecycle.isDraining()) {
            task.drain();
        }
        if (child.census.isFinished()) {
            task.ended();   // who ended it may have come before the task had started: decides Race31_ChildOpens
        }
    }

    /** The live task of the parent that has opened the child, and in whose course its owner is; or null. */
    @Nullable SupervisedTask<?> openedIn() {
        SupervisedTask<?> found = null;
        for (Ancestor at = child.opener; at != null && found == null; at = at.around) {
            SupervisedTask<?> task = at.task;
            found = task != null && task.scope == scope ? task : null;
        }
        return found;
    }

    /** Visits the children of a supervisor among its tasks, if it has ever had one. */
    static void forEach(Scope parent, Consumer<SupervisedTask<?>> visitor) {
        if (parent.hasChildren()) {
            parent.census.forEach(visitor);
        }
    }

    @Override
    Launcher launcher() {
        return NO_THREAD_NEEDED;
    }

    @Override
    void decorate(@Nullable TaskDecorator outer, @Nullable TaskDecorator inner) {
        // There is no body to be wrapped.
    }

    private void start() {
        claim(STARTING);
    }

    private void recover() {
        if (abandoned) {
            child.abort();
        } else if (child.census.isFinished()) {
            ended();
        } else {
            Abort.recover(child);
        }
    }

    // ---- What the parent tells

    private void exit() {
        if (!inTask) {
            child.lifecycle.markExiting();
            child.census.endAdmission();
            forEach(child, EXIT);
            child.onRetired();
        }
    }

    private void drain() {
        if (!inTask) {
            Drain.begin(child, scope.extras().drainEnd);
        }
    }

    private void interruptOwners() {
        if (child.owner != null) {
            child.owner.interrupt();
        }
        forEach(child, INTERRUPT_OWNERS);
    }

    /** The parent aborts: its first pass tells the tasks of the child. */
    void ask(boolean interruptOwner) {
        Abort.ask(child, interruptOwner);
    }

    /** The second pass of an abort; or the whole of it, if this task alone was cancelled. */
    @Override
    void onRequest(boolean hasHooks) {
        Abort.abort(child, false);
    }

    // ---- What the child tells

    /** The child is finished; may be repeated. */
    void ended() {
        boolean mine = false;
        try {
            mine = phase() == STARTING && claimEnd();
            if (mine) {
                end();
                thread = UNFINISHED;
                Completion.completeEnded(this);
            }
        } catch (Throwable overflow) {   // no call
            if (mine && (state & PHASE) < SUCCEEDED) {
                payload = overflow;
                thread = UNFINISHED;
            }
            scope.unfinished = true;
            throw overflow;
        }
    }

    private void end() {
        Throwable failure = fatal;
        int phase = failure != null ? FAILED : SUCCEEDED;
        if (scope.lifecycle.isDraining() && child.owner != null && !inTask) {
            child.owner.interrupt();   // as that of any supervisor whose drain has ended (S1)
        }
        end(failure, phase, failure == null && child.lifecycle.isAborting() ? CANCELLED : phase);
    }

    // ---- C8

    /** The open child of this supervisor whose block the current thread is in, or null. */
    static @Nullable ChildTask ownedByCurrentThread(Scope parent) {
        Owned owned = new Owned();
        forEach(parent, owned);
        return owned.found;
    }

    private static final class Owned implements Consumer<SupervisedTask<?>> {

        private @Nullable ChildTask found;

        @Override
        public void accept(SupervisedTask<?> task) {
            if (task instanceof ChildTask of && of.child.owner != null && of.child.owner.isCurrent()
                    && !of.abandoned && !of.child.census.isFinished()) {
                found = of;
            } else if (task instanceof ChildTask around) {
                forEach(around.child, this);
            }
        }
    }
}
