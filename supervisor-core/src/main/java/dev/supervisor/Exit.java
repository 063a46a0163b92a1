package dev.supervisor;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** How a supervisor ends: what {@code join}, {@code close}, {@code shutdown} and {@code run} do (C3, C4, C5, C8). */
final class Exit {

    private Exit() { }

    static void join(Supervisor supervisor) throws InterruptedException {
        refuseStranger(supervisor, "join");
        if (supervisor.lifecycle.isExited()) {
            return;
        }
        begin(supervisor);
        boolean ended = false;
        try {
            supervisor.census.endAdmission().await();
            ended = true;
        } finally {
            if (!ended) {
                giveUp(supervisor);
            }
        }
        throwIfFatal(supervisor);
    }

    static void close(Supervisor supervisor) {
        refuseStranger(supervisor, "close");
        if (supervisor.lifecycle.isExited()) {
            return;
        }
        begin(supervisor);
        abortAndAwait(supervisor, false);
        throwIfFatal(supervisor);
    }

    static void shutdown(Supervisor supervisor) {
        refuseInside(supervisor, "shutdown");
        Owner owner = supervisor.owner;
        abortAndAwait(supervisor, owner != null && owner.thread != Thread.currentThread());
        boolean alone = supervisor.lifecycle.shutDown();
        if (owner != null ? owner.isDead() : alone) {
            Failures.handOver(supervisor);
        }
    }

    /** The whole life of a supervisor. */
    @SuppressWarnings("NullAway")   // the result is null only if the block has returned null
    static <R extends @Nullable Object, X extends Exception> R call(Settings settings, BodyFunction<R, X> body)
            throws X, InterruptedException {
        Supervisor supervisor = new Supervisor(settings);
        if (supervisor.owner == null) {
            supervisor.lifecycle.exitToCome();
        }
        R result = null;
        Throwable thrown = null;
        try {
            result = body.call(supervisor);
        } catch (Throwable t) {
            thrown = t;
        }
        begin(supervisor);
        if (thrown != null && aborts(supervisor, thrown)) {
            abort(supervisor, false);
        }
        InterruptedException interrupt = awaitOrAbort(supervisor);
        Throwable fatal = exited(supervisor);
        if (fatal != null) {
            throwStronger(fatal, fatal == thrown ? null : thrown, interrupt);
        }
        if (thrown != null) {
            throwStronger(thrown, null, interrupt);
        }
        if (interrupt != null) {
            throw interrupt;
        }
        return result;
    }

    private static boolean aborts(Supervisor supervisor, Throwable thrown) {
        return thrown instanceof InterruptedException
                || supervisor.settings.bodyFailure() == BodyFailure.ABORT
                || Failures.isFatal(supervisor, thrown);
    }

    /** Waits for every task; an interrupt aborts, and is returned when every task has ended. */
    private static @Nullable InterruptedException awaitOrAbort(Supervisor supervisor) {
        for (;;) {
            try {
                Rescue.run(supervisor);
                supervisor.census.endAdmission().await();
                return null;
            } catch (InterruptedException e) {
                abort(supervisor, false);
                awaitUninterruptibly(supervisor);
                return e;
            } catch (OutOfMemoryError noMemory) {
                awaitMemory();
            }
        }
    }

    private static void abortAndAwait(Supervisor supervisor, boolean interruptOwner) {
        abort(supervisor, interruptOwner);
        Interrupts.restore(Thread.currentThread(), awaitUninterruptibly(supervisor));
    }

    /** Aborts, as soon as there is memory for that: tasks are not to be left untold. */
    static void abort(Supervisor supervisor, boolean interruptOwner) {
        for (;;) {
            try {
                Sweep.abort(supervisor, interruptOwner);
                return;
            } catch (OutOfMemoryError noMemory) {
                awaitMemory();
            }
        }
    }

    /** Waits for every task; returns whether an interrupt came meanwhile. */
    private static boolean awaitUninterruptibly(Supervisor supervisor) {
        for (;;) {
            try {
                return supervisor.census.endAdmission().awaitUninterruptibly();
            } catch (OutOfMemoryError noMemory) {
                awaitMemory();
            }
        }
    }

    /** An exit takes a few objects, and no task may be left behind for want of them: so it tries again. */
    static void awaitMemory() {
        try {
            LockSupport.parkNanos(1_000_000);
        } catch (OutOfMemoryError noMemory) {   // to load the class, say, or to park a virtual thread
            Thread.onSpinWait();
        }
    }

    /** Fatal error before body's exception before interrupt: what loses is suppressed, and an interrupt set again. */
    private static void throwStronger(
            Throwable winner, @Nullable Throwable body, @Nullable InterruptedException interrupt) {
        if (body != null) {
            winner.addSuppressed(body);
        }
        if (interrupt != null) {
            winner.addSuppressed(interrupt);
            Interrupts.restore(Thread.currentThread(), true);
        }
        throw SupervisedTask.<RuntimeException>throwAny(winner);
    }

    private static void throwIfFatal(Supervisor supervisor) {
        Throwable fatal = exited(supervisor);
        if (fatal != null) {
            throw SupervisedTask.<RuntimeException>throwAny(fatal);
        }
    }

    /**
     * Notes that the exit has been made; returns what it has to throw for a fatal error, or null. That is made before
     * the error is taken: whoever is cut off while making it has not exited, and the next exit throws it.
     */
    private static @Nullable Throwable exited(Supervisor supervisor) {
        Throwable kept = supervisor.fatal.kept();
        Throwable unchecked = kept == null ? null : Failures.unchecked(supervisor, kept);
        supervisor.lifecycle.exited();
        Throwable taken = Failures.exited(supervisor);
        if (taken == null) {
            return null;
        }
        return taken == kept ? unchecked : Failures.unchecked(supervisor, taken);
    }

    /** An exit begins: the owner leaves its body; whoever comes here is the owner, if there is one. */
    private static void begin(Supervisor supervisor) {
        if (supervisor.owner != null) {
            supervisor.owner.leaveBody();
        }
        supervisor.lifecycle.exiting();
    }

    /** An exit that has begun is given up. */
    private static void giveUp(Supervisor supervisor) {
        if (supervisor.owner != null) {
            supervisor.owner.reenterBody();
        } else if (supervisor.lifecycle.exitGivenUp()) {
            Failures.handOver(supervisor);
        }
    }

    private static void refuseStranger(Supervisor supervisor, String operation) {
        refuseInside(supervisor, operation);
        Owner owner = supervisor.owner;
        if (owner != null && owner.thread != Thread.currentThread()) {
            throw new IllegalStateException("Only the owner of " + supervisor + ", thread " + owner.thread.getName()
                    + ", may " + operation + " it; other threads can shutdown() it, and builder().unowned() gives one"
                    + " that any thread may " + operation);
        }
    }

    /**
     * Whether it is known without a look at the tasks: an owner is no thread that was made for one of them. But it may
     * be calling back for one that it has dropped.
     */
    private static boolean isOutside(Supervisor supervisor, Thread me) {
        Owner owner = supervisor.owner;
        return owner != null && owner.thread == me && !owner.mayCallBack()
                && supervisor.settings.launcher() instanceof Launcher.VirtualThreads;
    }

    private static void refuseInside(Supervisor supervisor, String operation) {
        for (;;) {
            try {
                lookInside(supervisor, operation);
                return;
            } catch (OutOfMemoryError noMemory) {
                awaitMemory();
            }
        }
    }

    private static void lookInside(Supervisor supervisor, String operation) {
        Rescue.run(supervisor);
        Thread me = Thread.currentThread();
        if (supervisor.census.isFinished() || isOutside(supervisor, me)) {
            return;
        }
        supervisor.census.forEach(task -> {
            if (task.isRunBy(me)) {
                throw new IllegalStateException(operation + "() of " + supervisor + " inside of its own task "
                        + task.name() + " would wait for that task and never return; use abort(), which does not wait");
            }
        });
    }
}
