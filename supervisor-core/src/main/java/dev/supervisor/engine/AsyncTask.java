package dev.supervisor.engine;

import dev.supervisor.TaskDecorator;
import dev.supervisor.threads.Launchable;
import dev.supervisor.threads.Launcher;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A task that is live until a stage completes, and that no thread runs (S7). */
final class AsyncTask<T extends @Nullable Object> extends Specified<T> implements BiConsumer<Object, Throwable> {

    /*
     * The task stays STARTING until its end: so a request to cancel is noted, and no thread is interrupted. The spawner
     * calls the start inside of its spawn, where the task is launched.
     *
     * `stage` goes from null to the stage that the start has returned, and from either to ASKED, when a request is
     * carried out. The thread that takes the stage out cancels it; a spawner that finds ASKED does so itself. So a
     * request that comes while the start runs is carried out when the stage is known. (Race28b_StageCancel.)
     *
     * A stage may be completed by any thread, and an odd one more than once. The first claims the end (ENDING), and
     * completes the task. (Race28a_StageCompletedTwice.) A registration that throws ends the task, too; what it throws
     * after the end was claimed is reported.
     *
     * A thread that is cut off in here leaves the task UNFINISHED, as Completion says: it fails with what cut it off.
     */
    private static final VarHandle STAGE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "stage", VarHandle.class, AsyncTask.class, Object.class);

    private static final Object ASKED = new Object();
    private static final Launcher SPAWNER = new Launcher(false, false) {
        @Override
        public void launch(Launchable task) {
            ((AsyncTask<?>) task).start();
        }
    };

    /** Null, the stage, or ASKED; null again when the task has ended. */
    private volatile @Nullable Object stage;
    /** The start was called; the task does not end before this is written. */
    private boolean begun;
    /** The end has begun; written by the thread that has claimed it, read by the spawner if that is the same. */
    private boolean ending;

    AsyncTask(Spec spec, Callable<? extends CompletionStage<? extends T>> start) {
        super(spec, start);
        state |= HOOKED | WATCHED;
    }

    @Override
    Launcher launcher() {
        return SPAWNER;
    }

    // ---- The start

    /** Calls the operation's start, once, inside of decorators. */
    static final class Start implements Runnable {

        private final AsyncTask<?> task;
        final Callable<?> operation;
        /** As in {@link DecoratedBody}. */
        private @Nullable Thread runner;
        private boolean called;
        private @Nullable Object stage;
        private @Nullable Throwable thrown;
        private Runnable decorated = this;

        private Start(AsyncTask<?> task, Object operation) {
            this.task = task;
            this.operation = (Callable<?>) operation;
        }

        /** Runs it with what decorators have put around; returns what these have thrown. */
        private @Nullable Throwable runDecorated() {
            runner = Thread.currentThread();
            try {
                decorated.run();
                return null;
            } catch (Throwable around) {
                return around;
            } finally {
                runner = null;
            }
        }

        @Override
        public void run() {
            DecoratedBody.ensureRunner(task, runner);
            if (!called) {
                called = true;
                try {
                    stage = operation.call();
                } catch (Throwable failure) {
                    thrown = failure;
                }
            }
        }
    }

    @Override
    void decorate(@Nullable TaskDecorator outer, @Nullable TaskDecorator inner) {
        Start start = new Start(this, plainBody());
        start.decorated = DecoratedBody.wrapped(this, outer, DecoratedBody.wrapped(this, inner, start));
        setPlainBody(start);
    }

    /** In the spawn. */
    private void start() {
        boolean claimed = false;
        try {
            claimed = claim(STARTING);
            if (claimed) {
                callStart();
            }
        } catch (Throwable overflow) {   // no call
            if (claimed && !ending) {
                payload = overflow;
                thread = UNFINISHED;
                scope.unfinished = true;
            }
            throw overflow;
        }
    }

    private void callStart() {
        WindowStack stack = Chain.stack();
        setPlainThread(stack);   // so that a wait for itself is seen (C8)
        stack.pushNested(this);
        Object body = plainBody();
        Start start = body instanceof Start decorated ? decorated : new Start(this, body);
        Throwable around = start.runDecorated();
        stack.pop(this);
        setPlainThread(NO_THREAD);
        begun = start.called;
        if (begun && around != null) {
            FatalErrors.reportThrown("After its start, the decorator", this, around);
        }
        if (!begun) {
            accept(null, around != null ? around : DecoratedBody.notRun(this));
        } else if (start.thrown != null) {
            accept(null, start.thrown);
        } else if (!(start.stage instanceof CompletionStage<?>)) {
            accept(null, new NullPointerException("The start of " + describe() + " has returned null, and no stage"));
        } else {
            register((CompletionStage<?>) TaskState.assumeNonNull(start.stage));
        }
    }

    private void register(CompletionStage<?> returned) {
        if (!STAGE.compareAndSet(this, null, returned)) {   // decides Race28b_StageCancel
            cancel(returned);
        }
        try {
            returned.whenComplete(this);
        } catch (Throwable thrown) {
            boolean late = (state & ENDING) != 0;
            accept(null, thrown);
            if (late) {
                FatalErrors.reportThrown("The registration with the stage", this, thrown);
            }
        }
    }

    // ---- The end

    /** The stage has completed. */
    @Override
    public void accept(@Nullable Object result, @Nullable Throwable thrown) {
        try {
            if (claimEnd()) {
                ending = true;
                stage = null;
                end(result, thrown);
                thread = UNFINISHED;
                Completion.completeEnded(this);
            }
        } catch (Throwable overflow) {   // no call before the mark
            if ((state & PHASE) < SUCCEEDED) {
                payload = overflow;
                thread = UNFINISHED;
            }
            scope.unfinished = true;
            Abort.recover(scope);
            throw overflow;
        }
    }

    private void end(@Nullable Object result, @Nullable Throwable thrown) {
        if (thrown == null) {
            end(result, SUCCEEDED, SUCCEEDED);
            return;
        }
        Throwable failure = unwrapped(thrown);
        int phase = begun && Outcome.isSelfCancellation(failure, this) ? CANCELLED : FAILED;
        int requested = Outcome.isCancellation(failure, Thread.currentThread()) ? CANCELLED : phase;
        end(failure, phase, requested);
    }

    /** Without the layers that stages and futures put around what was thrown. */
    private static Throwable unwrapped(Throwable thrown) {
        Throwable failure = thrown;
        for (int layers = 0; layers < 32; layers++) {
            Throwable cause = failure instanceof CompletionException || failure instanceof ExecutionException
                    ? failure.getCause() : null;
            if (cause == null) {
                break;
            }
            failure = cause;
        }
        return failure;
    }

    // ---- A request

    @Override
    void onRequest(boolean hasHooks) {
        Object present = stage;
        while (!hasHooks && present != ASKED && !isDone()) {
            Object witness = STAGE.compareAndExchange(this, present, ASKED);   // decides Race28b_StageCancel
            if (witness == present) {
                try {
                    if (present != null) {
                        cancel(present);
                    }
                } catch (Throwable overflow) {   // no call but the change itself
                    STAGE.compareAndSet(this, ASKED, present);   // so that the thread that recovers cancels the stage
                    throw overflow;
                }
                return;
            }
            present = witness;
        }
    }

    private void cancel(Object returned) {
        if (returned instanceof Future<?> future) {
            try {
                future.cancel(true);
            } catch (UnsupportedOperationException minimal) {
                // Of a stage that only its maker can complete: it is waited for.
            } catch (Throwable thrown) {
                FatalErrors.reportThrown("The cancellation of the stage", this, thrown);
            }
        }
    }
}
