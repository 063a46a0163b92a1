package dev.supervisor.engine;

import dev.supervisor.Block;
import dev.supervisor.BlockFailure;
import dev.supervisor.BlockFunction;
import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a supervisor ends: what {@code join}, {@code close}, {@code shutdown} and {@code run} do (C3, C4, C5, C8). An
 * object of this class is one exit on its way.
 */
final class Exit {

    /*
     * An exit has to wait for every task, whatever comes. So it can be begun again: its fields say how far it has come,
     * and each step may be done twice. Where memory runs out it waits for some and tries again; where the stack runs
     * out it tries once more, and then throws (make).
     *
     * A fatal error is looked at, made ready to be thrown, and only then taken out of its slot, by a step that no call
     * follows. An exit that is cut off before that has not been made, and the next exit throws the error.
     */

    private static final String JOIN = "join";
    private static final String CLOSE = "close";
    private static final String SHUTDOWN = "shutdown";
    private static final String RUN = "run";

    private final Scope scope;
    private final String operation;
    /** What the block of run has thrown. */
    private @Nullable Throwable thrown;
    private boolean interruptsOwner;
    private boolean begun;
    /** Whether every task is to be cancelled, even without an interrupt. */
    private boolean aborts;
    /** The first interrupt that came while it waited. */
    private @Nullable InterruptedException interrupt;
    private boolean suppressed;
    /** Whether the owner was interrupted by us before this exit. */
    private boolean interruptedBefore;
    /** How many tasks a close cancels though perhaps no code meant that; until the log has it. */
    private int cancels;
    /** The fatal error that it has found in the slot. */
    private @Nullable Throwable kept;
    /** The same as it is thrown; to be thrown by the method that has made this exit. */
    private @Nullable Throwable fatal;
    /** What is thrown for the deadline, which has passed, is settled. */
    private boolean late;
    /** The wait for the tasks, from when it parks; one, however often the exit is begun again. */
    private @Nullable LongWait wait;

    private Exit(Scope scope, String operation) {
        this.scope = scope;
        this.operation = operation;
    }

    // ---- The four

    static void join(Scope scope) throws InterruptedException {
        ensureOwner(scope, JOIN);
        if (isOver(scope)) {
            return;
        }
        begin(scope, false);
        boolean ended = false;
        try {
            Abort.recover(scope);
            scope.census.endAdmission();
            ChildTask.forEach(scope, ChildTask.EXIT);
            scope.census.await();
            ended = true;
        } catch (InterruptedException e) {
            WindowStack.endedByInterrupt();
            throw e;
        } finally {
            if (!ended) {
                giveUp(scope);
            }
        }
        if (leaveQuietly(scope)) {
            return;
        }
        Exit exit = make(scope, JOIN, null);
        if (exit.fatal instanceof Error error) {   // no call here, which could be cut off
            throw error;
        }
        if (exit.fatal instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (exit.thrown instanceof RuntimeException late) {
            throw late;
        }
    }

    static void close(Scope scope) {
        if (isOver(scope) && (scope.owner == null || scope.owner.isCurrent())) {
            return;
        }
        Exit exit = make(scope, CLOSE, null);
        if (exit.fatal instanceof RuntimeException wrapped) {
            throw wrapped;
        }
        if (exit.thrown instanceof RuntimeException late) {
            throw late;
        }
    }

    static void shutdown(Scope scope) {
        make(scope, SHUTDOWN, null);
        if (Leaks.ON) {
            Leaks.left(scope);
        }
        boolean alone = scope.lifecycle.markShutDown();
        if (scope.owner != null ? scope.owner.isDead() : alone) {
            FatalErrors.reportToUncaughtHandler(scope);
        }
    }

    /** A block without a value as one with. (A lambda would be linked at its first use, perhaps at a full stack.) */
    private record ReturnsNothing<X extends Exception>(Block<X> block) implements BlockFunction<@Nullable Void, X> {
        @Override
        public @Nullable Void call(Supervisor supervisor) throws X, InterruptedException {
            block.run(supervisor);
            return null;
        }
    }

    /** The whole life of a supervisor. */
    static <X extends Exception> void run(Settings settings, Block<X> block) throws X, InterruptedException {
        call(settings, new ReturnsNothing<>(Objects.requireNonNull(block, "block")));
    }

    /** The same, with a value. */
    @SuppressWarnings({"NullAway", "unchecked"})   // the result is null only if the block has returned null
    static <R extends @Nullable Object, X extends Exception> R call(Settings settings, BlockFunction<R, X> block)
            throws X, InterruptedException {
        Objects.requireNonNull(block, "block");
        StackRoom.ensure();   // for the exit
        Scope scope = Scope.open(settings, true);
        if (scope.owner == null) {
            scope.lifecycle.expectExit();
        }
        R result = null;
        Exit exit = new Exit(scope, RUN);   // now: it keeps what comes
        try {
            result = block.call(scope);
        } catch (Throwable t) {
            exit.thrown = t;
        }
        try {
            make(scope, RUN, exit);
        } catch (StackOverflowError overflow) {   // no other exit would wait for the tasks: once more
            make(scope, RUN, exit);
        }
        Throwable thrown = exit.fatal != null ? exit.fatal : exit.thrown;
        if (thrown instanceof Error error) {   // no call here, which could be cut off
            throw error;
        }
        if (thrown != null) {
            throw (X) thrown;
        }
        if (exit.interrupt != null) {
            throw exit.interrupt;
        }
        return result;
    }

    // ---- The steps

    /** Makes an exit, whatever comes meanwhile; returns what it has found. */
    private static Exit make(Scope scope, String operation, @Nullable Exit made) {
        Exit exit = made;
        for (int overflows = 0;;) {
            try {
                if (exit == null) {
                    exit = new Exit(scope, operation);
                }
                exit.proceed();
                return exit;
            } catch (InterruptedException e) {
                if (exit != null && exit.interrupt == null) {
                    exit.interrupt = e;
                }
            } catch (OutOfMemoryError noMemory) {   // no task is to be left behind for want of it
                scope.unfinished = true;
                Waits.pause(1_000_000);
            } catch (StackOverflowError overflow) {
                scope.unfinished = true;
                if (++overflows == 2) {
                    throw overflow;
                }
            }
        }
    }

    /**
     * Leaves the block if there is no unfinished task, no fatal error and no interrupt of ours; else it takes an Exit.
     */
    private static boolean leaveQuietly(Scope scope) {
        Owner owner = scope.owner;
        if (scope.unfinished || FatalErrors.kept(scope) != null || owner != null && owner.wasInterruptedByUs()) {
            return false;
        }
        leave(scope);
        return !scope.lifecycle.isDeadlineExceeded() && FatalErrors.take(scope, null);
    }

    /** Goes to the end: waits for every task, leaves the block, takes the fatal error. */
    private void proceed() throws InterruptedException {
        if (!begun) {
            if (isRefusedOrOver()) {
                return;
            }
            if (operation == SHUTDOWN) {
                interruptsOwner = scope.owner != null && !scope.owner.isCurrent();
            } else if (operation != JOIN) {   // which has begun
                interruptedBefore = scope.owner != null && scope.owner.wasInterruptedByUs();
                boolean first = begin(scope, thrown instanceof InterruptedException);
                if (operation == CLOSE && first && !wasInterrupted()) {
                    cancels = (int) Math.min(scope.census.size(), Integer.MAX_VALUE);
                }
            }
            aborts = operation == CLOSE || operation == SHUTDOWN || thrown != null && abortsFor(thrown);
            begun = true;
        }
        Abort.recover(scope);
        if (aborts || interrupt != null) {
            Abort.abort(scope, interruptsOwner, operation == SHUTDOWN);
        }
        if (cancels > 0) {   // when all tasks have been asked, since a logger may block
            int cancelled = cancels;
            cancels = 0;
            FailureLog.INSTANCE.cancelled(scope, cancelled);
        }
        scope.census.endAdmission();
        if (operation == RUN && !aborts && interrupt == null) {
            ChildTask.forEach(scope, ChildTask.EXIT);
        }
        awaitEnd();
        if (operation == SHUTDOWN) {
            restore();
            return;
        }
        prepare();
        restore();
        conclude();
    }

    /** Waits for every task, and says so in the log if that takes long (O7). */
    private void awaitEnd() throws InterruptedException {
        if (!scope.census.spin()) {
            if (wait == null) {
                wait = new LongWait(scope, operation);
            }
            wait.await(Deadlines.NEVER);
        }
        scope.census.isFinished();   // as in Census.await
    }

    /**
     * An exit begins: the owner, which is the current thread if there is one, leaves its block.
     *
     * @return whether none has begun before, nor an abort
     */
    private static boolean begin(Scope scope, boolean endedByInterrupt) {
        if (scope.owner != null) {
            scope.owner.leaveBlock(endedByInterrupt);
        }
        return scope.lifecycle.beginExit();
    }

    /** Whether the block may have been left because of an interrupt, for it or for what is around it. */
    private boolean wasInterrupted() {
        Owner owner = scope.owner;
        return Thread.currentThread().isInterrupted()
                || (owner != null ? owner.wasInterruptedAround() : WindowStack.isCurrentThreadInterruptedByUs());
    }

    /** An exit that has begun is given up. */
    private static void giveUp(Scope scope) {
        if (scope.owner != null) {
            scope.owner.reenterBlock();
        } else if (scope.lifecycle.giveUpExit()) {
            FatalErrors.reportToUncaughtHandler(scope);
        }
    }

    /** Whether every task is cancelled since the block has thrown this. */
    private boolean abortsFor(Throwable thrown) {
        return thrown instanceof InterruptedException
                || scope.settings.blockFailure() == BlockFailure.ABORT
                || FatalErrors.isFatal(scope, thrown);
    }

    /** Makes what is thrown ready. What it wins over is suppressed, unless it is the same. */
    private void prepare() {
        Throwable error = FatalErrors.kept(scope);
        if (error == null) {
            if (thrown != null && interrupt != null && !suppressed) {
                suppressed = true;
                thrown.addSuppressed(interrupt);
            }
        } else if (kept == null) {
            Throwable ready = operation == CLOSE
                    ? FatalErrors.wrapped(scope, error) : FatalErrors.unchecked(scope, error);
            if (thrown != null && thrown != error) {
                ready.addSuppressed(thrown);
            }
            if (interrupt != null) {
                ready.addSuppressed(interrupt);
            }
            fatal = ready;
            kept = error;
        }
    }

    /**
     * Sets the status again if the exit has seen an interrupt that it does not throw, or owes one to a window around.
     * An exit that throws an InterruptedException sets no status besides.
     */
    private void restore() {
        if (operation == RUN && fatal == null && thrown == null && interrupt != null) {
            Thread.interrupted();   // thrown once, however many came
            WindowStack.endedByInterrupt();
            return;
        }
        if (operation == RUN && fatal == null && thrown instanceof InterruptedException) {
            return;
        }
        Owner owner = scope.owner;
        boolean owes = operation != SHUTDOWN && owner != null && owner.owesStatus();
        boolean hasLost = fatal != null && thrown instanceof InterruptedException
                && (!interruptedBefore || owner != null && owner.mayHaveConsumedAnother());
        if (owes || hasLost || interrupt != null) {
            WindowStack.setStatusAgain();
        }
    }

    /** Leaves the block for good. No call follows the one that takes the error. */
    private void conclude() {
        leave(scope);
        if (!late && scope.lifecycle.isDeadlineExceeded()) {   // after it: decides Race27d_DeadlineExit
            throwForLateness();
        }
        while (!FatalErrors.take(scope, kept)) {
            if (FatalErrors.isTaken(scope)) {   // by another exit, which throws it
                fatal = null;
                return;
            }
            prepare();
        }
    }

    private static void leave(Scope scope) {
        if (scope.owner != null) {
            scope.owner.leave();
        }
        scope.lifecycle.markExited();
        CompletionQueue.finished(scope);   // perhaps no task was live, and no other thread has said so
        scope.finishExtras();
        FailureLog.exitOf(scope);
    }

    /**
     * The deadline has passed: that is thrown, unless a fatal error is, or what the block has thrown of its own. What the
     * block throws because of our interrupt is the deadline.
     */
    private void throwForLateness() {
        DeadlineExceededException exceeded = new DeadlineExceededException("Supervisor " + scope.name()
                + " was open longer than its deadline of " + scope.settings.options().deadline()
                + "; its tasks were cancelled, and have ended");
        Throwable before = thrown;
        boolean byUs = before != null && scope.owner != null && scope.owner.wasInterruptedByUs()
                && Outcome.isByInterrupt(before, Thread.currentThread());
        if (before != null && !byUs) {
            before.addSuppressed(exceeded);
        } else {
            if (before != null) {
                exceeded.addSuppressed(before);
            } else if (interrupt != null) {
                exceeded.addSuppressed(interrupt);
                if (operation == RUN && fatal == null) {
                    WindowStack.setStatusAgain();   // since it is not thrown
                }
            }
            thrown = exceeded;
        }
        late = true;
    }

    // ---- Which thread may

    /** Whether there is nothing left to do: an exit has been made, and has thrown what it had to throw. */
    private static boolean isOver(Scope scope) {
        return scope.lifecycle.isExited() && FatalErrors.kept(scope) == null;
    }

    private boolean isRefusedOrOver() {
        if (operation == CLOSE) {
            ensureOwner(scope, operation);
            return isOver(scope);
        }
        if (operation == SHUTDOWN) {
            SelfWait.ensureNotInside(scope, operation);
        }
        return false;
    }

    private static void ensureOwner(Scope scope, String operation) {
        SelfWait.ensureNotInside(scope, operation);
        Owner owner = scope.owner;
        if (owner != null && !owner.isCurrent()) {
            throw new IllegalStateException("Only the owner of " + scope + ", thread " + owner.owner().getName()
                    + ", may " + operation + " it; other threads can shutdown() it, and builder().unowned() gives one"
                    + " that any thread may " + operation);
        }
    }
}
