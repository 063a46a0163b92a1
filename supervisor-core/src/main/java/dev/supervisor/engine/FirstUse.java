package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Block;
import dev.supervisor.BlockFailure;
import dev.supervisor.Completions;
import dev.supervisor.FailureHandler;
import dev.supervisor.Overflow;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import dev.supervisor.TaskSpec;
import dev.supervisor.jfr.FlightRecording;
import dev.supervisor.threads.ServiceThreads;
import dev.supervisor.threads.UserExecutor;
import dev.supervisor.threads.VirtualThreads;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ResourceBundle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Uses everything once before a user does: the classes of the JDK and our own that a task may need at its end. A class
 * that is used for the first time at a full stack can stay unusable for good; a class loader that is closed loads
 * nothing any more.
 */
final class FirstUse implements Executor, FailureHandler, Callable<Object>, Consumer<Object>,
        Block<Exception>, Runnable, Action, TaskObserver {

    /*
     * One small supervisor is taken through what can happen to its tasks, on the thread that loads the library. For the
     * same reason the library has no lambdas where a stack may be full, and is compiled with string concatenation
     * inline: a call site of invokedynamic that fails at its first use fails for ever.
     */

    private static final int MOST = 16;

    private final Scope scope = new Scope(new Settings("first-use", new UserExecutor(this), true,
            Settings.DEFAULT.fatalIf(), this, BlockFailure.WAIT, null, this,
            Options.NONE.withMaxTasks(MOST, Overflow.REJECT)), false);
    private boolean runs = true;
    private @Nullable Exception thrown;
    private boolean cancels;
    private boolean nests;

    private FirstUse() { }

    static void prepare() {
        boolean status = Thread.interrupted();
        try {
            FailureLog.LOGGER.isLoggable(System.Logger.Level.WARNING);
            new FirstUse().everything();
        } catch (Exception | StackOverflowError | OutOfMemoryError full) {
            // Then it is left to the first use.
        } finally {
            FlightRecording.begin();
            if (status) {
                Window.setStatus();
            }
        }
    }

    private void everything() throws Exception {
        nests = true;
        ended(scope.spawn((Callable<Object>) this));
        nests = false;
        thrown = new IllegalStateException("first use", new SocketTimeoutException());
        ended(scope.spawn("failing", (Callable<Object>) this));
        thrown = new InterruptedException("first use");
        thrown.addSuppressed(new ClosedChannelException());
        cancels = true;
        ended(scope.spawn((Callable<Object>) this));
        cancels = false;
        thrown = null;
        Completions<Object> completions = scope.completions();
        completions.spawn((Callable<Object>) this);
        completions.take();
        attempt(completions::take);
        completions.poll(Duration.ofNanos(1));
        runs = false;
        completions.spawn((Callable<Object>) this).cancel();
        completions.take();
        scope.execute(new FutureTask<>(this));
        Task<Object> dropped = scope.spawn((Callable<Object>) this);
        dropped.onDone(this);
        attempt(() -> dropped.get(1, TimeUnit.NANOSECONDS));
        dropped.toCompletableFuture().complete(this);
        hooked();
        async();
        scope.abort();
        ended(dropped);
        attempt(() -> scope.spawn((Callable<Object>) this));
        attempt(() -> completions.spawn((Callable<Object>) this));
        log(dropped);
        scope.shutdown();
        scope.close();
        completions.poll(Duration.ofNanos(1));
        attempt(() -> scope.spawn((Callable<Object>) this));
        Waits.pause(1);
        if (Settings.DEFAULT.launcher() instanceof VirtualThreads threads) {
            threads.unstarted(this);
            ThreadLocalRandom.current();   // by which the scheduler chooses a queue for it
        }
    }

    /** A task with a spec, and hooks of both kinds; one that has not started, and one that runs. */
    private void hooked() {
        TaskSpec spec = scope.spec("first-use").onDone(this).onCancel(this).onDrain(this);
        Task<Object> pending = spec.spawn((Callable<Object>) this);
        pending.onCancel(this).onDrain(this);
        Hooks.OF_DRAIN.accept((SupervisedTask<?>) pending);
        pending.cancel();
        runs = true;
        cancels = true;
        ended(spec.spawn((Callable<Object>) this));
        cancels = false;
        ended(scope.spawnWithSelf(self -> self.isCancelRequested()));
        runs = false;
    }

    /** An async task that ends by its stage, and one that is cancelled. */
    private void async() throws Exception {
        CompletableFuture<Object> stage = new CompletableFuture<>();
        Task<Object> ending = scope.spawnAsync(() -> stage);
        stage.completeExceptionally(new CompletionException(new InterruptedException("first use")));
        ended(ending);
        scope.spawnAsync(() -> new CompletableFuture<>()).cancel();
        scope.completion().toCompletableFuture().getNow(null);
        scope.awaitFinished(Duration.ofNanos(1));
        accept(Duration.ofNanos(Deadlines.after(1)));
        Alarm.INSTANCE.forget(scope.deadlines());
        accept(ServiceThreads.unstarted("first-use", this));   // as the alarm, which is not started for that
    }

    /** More failures than are logged. */
    private void log(Task<Object> task) {
        runs = true;
        FailureLog log = new FailureLog(new Silence(), new Silence(), this);
        for (int i = 0; i <= LogLimit.BURST; i++) {
            log.onFailure(task, new Throwable());   // the last one brings a look, which logs the count
        }
        log.exited(scope);
        log.cancelled(scope, 1);
        log.say(null, scope, new LongWait(scope, "first use"), null);
        accept(new LogTimer.Delayed(this));   // no thread is started for that
    }

    /** A logger that logs nothing, and a clock that stands still. */
    private static final class Silence implements System.Logger, LongSupplier {

        @Override
        public String getName() {
            return "first-use";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, @Nullable ResourceBundle bundle, String message, @Nullable Throwable thrown) {
            // Nothing.
        }

        @Override
        public void log(Level level, @Nullable ResourceBundle bundle, String format, @Nullable Object... parameters) {
            // Nothing.
        }

        @Override
        public long getAsLong() {
            return 0;
        }
    }

    private void ended(Task<?> task) {
        task.onDone(this).onCancel(this).onDrain(this);
        accept(task.toString() + task.status() + scope.tasks());
        attempt(task::get);
        attempt(task::join);
        attempt(task::resultNow);
        attempt(task::exceptionNow);
        attempt(task.toCompletableFuture()::join);
        attempt(task.toCompletableFuture()::get);
    }

    /** What it throws is loaded then, and so are its causes. */
    private void attempt(Callable<Object> use) {
        try {
            accept(use.call());
        } catch (Exception expected) {
            accept(expected.toString());
        }
    }

    @Override
    public void execute(Runnable task) {
        if (runs) {
            task.run();
        }
    }

    @Override
    public Object call() throws Exception {
        if (nests) {
            nests = false;
            Supervisor.builder().name("first-use").executor(this).onFailure(this).run((Block<Exception>) this);
            LongWait wait = new LongWait(scope, "first use");
            wait.await(0);   // which is over
            accept(String.valueOf(wait.get()));
        }
        if (cancels) {
            scope.tasks().forEach(Task::cancel);
        }
        if (thrown != null) {
            throw thrown;
        }
        return scope;
    }

    @Override
    public void run(Supervisor block) {
        block.spawn((Callable<Object>) this);
        attempt(() -> {
            scope.join();   // which is refused inside of its task
            return scope;
        });
    }

    @Override
    public void run() {
        // Never.
    }

    @Override
    public void onFailure(Task<?> task, Throwable failure) {
        // That of the failing body.
    }

    @Override
    public void accept(Object used) {
        // Used.
    }
}
