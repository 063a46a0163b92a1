package dev.supervisor;

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
     * follows: whoever is cut off before that has not exited, and the next exit throws it.
     */

    private static final String JOIN = "join";
    private static final String CLOSE = "close";
    private static final String SHUTDOWN = "shutdown";
    private static final String RUN = "run";

    private final Supervisor supervisor;
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
    private boolean toldBefore;
    /** How many tasks a close cancels that perhaps nobody wanted to be; until the log has it. */
    private int cancels;
    /** The fatal error that it has found in the slot. */
    private @Nullable Throwable kept;
    /** The same as it is thrown; to be thrown by whoever has made this exit. */
    private @Nullable Throwable fatal;

    private Exit(Supervisor supervisor, String operation) {
        this.supervisor = supervisor;
        this.operation = operation;
    }

    // ---- The four

    static void join(Supervisor supervisor) throws InterruptedException {
        ensureMayLeave(supervisor, JOIN);
        if (isOver(supervisor)) {
            return;
        }
        begin(supervisor, false);
        boolean ended = false;
        try {
            supervisor.census.endAdmission();
            supervisor.census.await();
            ended = true;
        } catch (InterruptedException e) {
            WindowStack.felt();
            throw e;
        } finally {
            if (!ended) {
                giveUp(supervisor);
            }
        }
        if (leaveQuietly(supervisor)) {
            return;
        }
        Exit exit = make(supervisor, JOIN, null);
        if (exit.fatal instanceof Error error) {   // no call here, which could be cut off
            throw error;
        }
        if (exit.fatal instanceof RuntimeException unchecked) {
            throw unchecked;
        }
    }

    static void close(Supervisor supervisor) {
        if (isOver(supervisor) && (supervisor.owner == null || supervisor.owner.isCurrent())) {
            return;
        }
        Exit exit = make(supervisor, CLOSE, null);
        if (exit.fatal instanceof RuntimeException wrapped) {
            throw wrapped;
        }
    }

    static void shutdown(Supervisor supervisor) {
        make(supervisor, SHUTDOWN, null);
        boolean alone = supervisor.lifecycle.shutDown();
        if (supervisor.owner != null ? supervisor.owner.isDead() : alone) {
            Failures.handOver(supervisor);
        }
    }

    /** A block without a value as one with. (A lambda would be linked at its first use, perhaps at a full stack.) */
    private record ReturnsNothing<X extends Exception>(Body<X> body) implements BodyFunction<@Nullable Void, X> {
        @Override
        public @Nullable Void call(Supervisor supervisor) throws X, InterruptedException {
            body.run(supervisor);
            return null;
        }
    }

    /** The whole life of a supervisor. */
    static <X extends Exception> void run(Settings settings, Body<X> body) throws X, InterruptedException {
        call(settings, new ReturnsNothing<>(Objects.requireNonNull(body, "body")));
    }

    /** The same, with a value. */
    @SuppressWarnings({"NullAway", "unchecked"})   // the result is null only if the block has returned null
    static <R extends @Nullable Object, X extends Exception> R call(Settings settings, BodyFunction<R, X> body)
            throws X, InterruptedException {
        Objects.requireNonNull(body, "body");
        Supervisor supervisor = new Supervisor(settings, true);
        if (supervisor.owner == null) {
            supervisor.lifecycle.exitToCome();
        }
        R result = null;
        Exit exit = new Exit(supervisor, RUN);   // now: it keeps what comes
        try {
            result = body.call(supervisor);
        } catch (Throwable t) {
            exit.thrown = t;
        }
        try {
            make(supervisor, RUN, exit);
        } catch (StackOverflowError cut) {   // nobody else would wait for the tasks: once more
            make(supervisor, RUN, exit);
        }
        Throwable thrown = exit.fatal != null ? exit.fatal : exit.thrown;
        if (thrown instanceof Error error) {   // no call here, which could be cut off
            throw error;
        }
        if (thrown instanceof RuntimeException unchecked) {
            throw unchecked;
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
    private static Exit make(Supervisor supervisor, String operation, @Nullable Exit made) {
        Exit exit = made;
        for (int overflows = 0;;) {
            try {
                if (exit == null) {
                    exit = new Exit(supervisor, operation);
                }
                exit.proceed();
                return exit;
            } catch (InterruptedException e) {
                if (exit != null && exit.interrupt == null) {
                    exit.interrupt = e;
                }
            } catch (OutOfMemoryError noMemory) {   // no task is to be left behind for want of it
                supervisor.unfinished = true;
                Waits.pause(1_000_000);
            } catch (StackOverflowError cut) {
                supervisor.unfinished = true;
                if (++overflows == 2) {
                    throw cut;
                }
            }
        }
    }

    /** Leaves the block if nothing has happened meanwhile, as nearly always; otherwise this takes an Exit. */
    private static boolean leaveQuietly(Supervisor supervisor) {
        Owner owner = supervisor.owner;
        if (supervisor.unfinished || supervisor.fatal.kept() != null || owner != null && owner.wasTold()) {
            return false;
        }
        leave(supervisor);
        return supervisor.fatal.take(null);
    }

    /** Goes to the end: waits for every task, leaves the block, takes the fatal error. */
    private void proceed() throws InterruptedException {
        if (!begun) {
            if (isRefusedOrOver()) {
                return;
            }
            if (operation == SHUTDOWN) {
                interruptsOwner = supervisor.owner != null && !supervisor.owner.isCurrent();
            } else if (operation != JOIN) {   // which has begun
                toldBefore = supervisor.owner != null && supervisor.owner.wasTold();
                boolean first = begin(supervisor, thrown instanceof InterruptedException);
                if (operation == CLOSE && first && !wasInterrupted()) {
                    cancels = (int) Math.min(supervisor.census.size(), Integer.MAX_VALUE);
                }
            }
            aborts = operation == CLOSE || operation == SHUTDOWN || thrown != null && abortsFor(thrown);
            begun = true;
        }
        Sweep.recover(supervisor);
        if (aborts || interrupt != null) {
            Sweep.abort(supervisor, interruptsOwner);
        }
        if (cancels > 0) {   // when everybody has been told, since a logger may block
            int cancelled = cancels;
            cancels = 0;
            FailureLog.INSTANCE.cancelled(supervisor, cancelled);
        }
        supervisor.census.endAdmission();
        supervisor.census.await();
        if (operation == SHUTDOWN) {
            restore();
            return;
        }
        prepare();
        restore();
        conclude();
    }

    /**
     * An exit begins: the owner leaves its body; whoever comes here is the owner, if there is one.
     *
     * @return whether none has begun before, nor an abort
     */
    private static boolean begin(Supervisor supervisor, boolean felt) {
        if (supervisor.owner != null) {
            supervisor.owner.leaveBody(felt);
        }
        return supervisor.lifecycle.exiting();
    }

    /** Whether the block may have been left because of an interrupt, for it or for what is around it. */
    private boolean wasInterrupted() {
        Owner owner = supervisor.owner;
        return Thread.currentThread().isInterrupted()
                || (owner != null ? owner.wasToldAround() : WindowStack.isCurrentThreadTold());
    }

    /** An exit that has begun is given up. */
    private static void giveUp(Supervisor supervisor) {
        if (supervisor.owner != null) {
            supervisor.owner.reenterBody();
        } else if (supervisor.lifecycle.exitGivenUp()) {
            Failures.handOver(supervisor);
        }
    }

    /** Whether every task is cancelled since the block has thrown this. */
    private boolean abortsFor(Throwable thrown) {
        return thrown instanceof InterruptedException
                || supervisor.settings.bodyFailure() == BodyFailure.ABORT
                || Failures.isFatal(supervisor, thrown);
    }

    /** Makes what is thrown ready. What it wins over is suppressed, unless it is the same. */
    private void prepare() {
        Throwable error = supervisor.fatal.kept();
        if (error == null) {
            if (thrown != null && interrupt != null && !suppressed) {
                suppressed = true;
                thrown.addSuppressed(interrupt);
            }
        } else if (kept == null) {
            Throwable ready = operation == CLOSE
                    ? Failures.wrapped(supervisor, error) : Failures.unchecked(supervisor, error);
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
            WindowStack.felt();
            return;
        }
        if (operation == RUN && fatal == null && thrown instanceof InterruptedException) {
            return;
        }
        Owner owner = supervisor.owner;
        boolean owes = operation != SHUTDOWN && owner != null && owner.owesStatus();
        boolean hasLost = fatal != null && thrown instanceof InterruptedException
                && (!toldBefore || owner != null && owner.mayHaveFeltAnother());
        if (owes || hasLost || interrupt != null) {
            WindowStack.setStatusAgain();
        }
    }

    /** Leaves the block for good. No call follows the one that takes the error. */
    private void conclude() {
        leave(supervisor);
        while (!supervisor.fatal.take(kept)) {
            if (supervisor.fatal.isTaken()) {   // by another exit, which throws it
                fatal = null;
                return;
            }
            prepare();
        }
    }

    private static void leave(Supervisor supervisor) {
        if (supervisor.owner != null) {
            supervisor.owner.leave();
        }
        supervisor.lifecycle.exited();
        Completions.finished(supervisor);   // perhaps nothing was live, and nobody else has said so
        Failures.logLeftOut(supervisor);
    }

    // ---- Who may

    /** Whether there is nothing left to do: an exit has been made, and has thrown what it had to throw. */
    private static boolean isOver(Supervisor supervisor) {
        return supervisor.lifecycle.isExited() && supervisor.fatal.kept() == null;
    }

    private boolean isRefusedOrOver() {
        if (operation == CLOSE) {
            ensureMayLeave(supervisor, operation);
            return isOver(supervisor);
        }
        if (operation == SHUTDOWN) {
            ensureNotInside(supervisor, operation);
        }
        return false;
    }

    private static void ensureMayLeave(Supervisor supervisor, String operation) {
        ensureNotInside(supervisor, operation);
        Owner owner = supervisor.owner;
        if (owner != null && !owner.isCurrent()) {
            throw new IllegalStateException("Only the owner of " + supervisor + ", thread " + owner.owner().getName()
                    + ", may " + operation + " it; other threads can shutdown() it, and builder().unowned() gives one"
                    + " that any thread may " + operation);
        }
    }

    private static void ensureNotInside(Supervisor supervisor, String operation) {
        Owner owner = supervisor.owner;
        if (supervisor.census.isFinished() || owner != null && owner.isCurrent() && !owner.mayBeInTask()) {
            return;
        }
        SupervisedTask<?> task = Inside.of(supervisor);
        if (task != null) {
            throw new IllegalStateException(operation + "() of " + supervisor + " inside of its own task "
                    + task.name() + " would wait for that task and never return; use abort(), which does not wait");
        }
    }
}
