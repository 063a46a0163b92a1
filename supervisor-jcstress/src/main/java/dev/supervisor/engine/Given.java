package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.BlockFailure;
import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.threads.Launchable;
import dev.supervisor.threads.Launcher;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What the stress tests start from. The actors run the tasks by hand, and no other thread acts. */
final class Given {

    /**
     * An executor that leaves the task to an actor. The actor runs it by hand, late or never, as A7 allows.
     */
    static final Executor LATER = task -> { };

    /** A body that ends at once. */
    static final Action NOTHING = () -> { };

    /** A time that no race comes to. */
    static final Duration HOUR = Duration.ofHours(1);

    private static final String[] REASONS = {"is finished", "is shutting down", "is sealed", "is draining", "is full"};

    /**
     * Logs nothing. Many blocks here end with live tasks, which close() would log (C4). This field keeps the logger
     * from the garbage collector.
     */
    private static final Logger LOG = Logger.getLogger("dev.supervisor");

    private static final Supervisor.Builder UNOWNED = builder().unowned();

    /** Never started: to wake it does nothing. */
    private static final Thread NO_THREAD = new Thread("nobody");

    private static final Settings ALONE = new Settings(null, new Alone(), false, Settings::isFatalByDefault,
            FailureHandler.ignore(), BlockFailure.WAIT, null, null, Options.NONE);

    /** The supervisor of tasks that are not spawned. */
    private static final Scope NOBODYS = unowned();

    // Private in Census. Only two spawners that meet on a stripe call the method, and no test can make them meet. The
    // two fields show in no other way.
    private static final MethodHandle RELIEVE;
    private static final VarHandle TABLE;
    private static final VarHandle WITNESS;

    // Private in Followers. Otherwise only many futures bring a sweep about.
    private static final VarHandle UNTIL_SWEEP;

    // Private in Chain. Only virtual threads of ours are without a stack at first, and no actor is such a thread.
    private static final VarHandle LOCAL;

    // Private in Permits. Otherwise each spawner that waits is a thread of its own.
    private static final VarHandle GATES;

    // Private in AsyncTask. What a task keeps that has ended shows in no other way at once.
    private static final VarHandle STAGE;

    // Private in Alarm and Deadlines. The alarm of the process has a thread of its own; these stand for one that an
    // actor is.
    private static final VarHandle ALARM_NEXT;
    private static final VarHandle ALARM_THREAD;
    private static final VarHandle SLEEPS_UNTIL;
    private static final VarHandle SUPERVISORS;
    private static final MethodHandle LOOK;
    private static final MethodHandle ANNOUNCE;
    private static final MethodHandle ENDS;
    private static final MethodHandle LOWER_NEXT;

    static {
        LOG.setLevel(Level.OFF);
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(Census.class, MethodHandles.lookup());
            RELIEVE = lookup.findVirtual(Census.class, "relieve",
                    MethodType.methodType(void.class, Stripes.class, Stripe.class));
            TABLE = lookup.findVarHandle(Census.class, "table", Object.class);
            WITNESS = lookup.findVarHandle(Census.class, "witness", SupervisedTask.class);
            lookup = MethodHandles.privateLookupIn(Followers.class, MethodHandles.lookup());
            UNTIL_SWEEP = lookup.findVarHandle(Followers.class, "untilSweep", int.class);
            lookup = MethodHandles.privateLookupIn(Chain.class, MethodHandles.lookup());
            LOCAL = lookup.findStaticVarHandle(Chain.class, "LOCAL", ThreadLocal.class);
            lookup = MethodHandles.privateLookupIn(Permits.class, MethodHandles.lookup());
            GATES = lookup.findVarHandle(Permits.class, "gates", Queue.class);
            lookup = MethodHandles.privateLookupIn(AsyncTask.class, MethodHandles.lookup());
            STAGE = lookup.findVarHandle(AsyncTask.class, "stage", Object.class);
            lookup = MethodHandles.privateLookupIn(Alarm.class, MethodHandles.lookup());
            ALARM_NEXT = lookup.findVarHandle(Alarm.class, "next", long.class);
            ALARM_THREAD = lookup.findVarHandle(Alarm.class, "thread", Thread.class);
            SLEEPS_UNTIL = lookup.findVarHandle(Alarm.class, "sleepsUntil", long.class);
            SUPERVISORS = lookup.findVarHandle(Alarm.class, "supervisors", Set.class);
            LOOK = lookup.findVirtual(Alarm.class, "look", MethodType.methodType(long.class, long.class));
            ANNOUNCE = lookup.findVirtual(Alarm.class, "announce", MethodType.methodType(long.class, long.class));
            ENDS = lookup.findVirtual(Alarm.class, "ends", MethodType.methodType(boolean.class, long.class));
            lookup = MethodHandles.privateLookupIn(Deadlines.class, MethodHandles.lookup());
            LOWER_NEXT = lookup.findVirtual(Deadlines.class, "lowerNext",
                    MethodType.methodType(void.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Given() { }

    /** A builder of supervisors whose tasks are run by hand. */
    static Supervisor.Builder builder() {
        return Supervisor.builder().executor(LATER).onFailure(FailureHandler.ignore());
    }

    /** A supervisor that any actor may join and close, and whose tasks are run by hand. */
    static Scope unowned() {
        return (Scope) UNOWNED.open();
    }

    /** A child that a task of the parent has opened, and whose owner is the current thread. */
    static Scope childInTask(Scope parent) {
        Scope[] child = new Scope[1];
        run(parent.spawn(() -> {
            child[0] = (Scope) builder().parent(parent).open();
        }));
        return child[0];
    }

    /** Runs the task, as a thread of an executor does. */
    static void run(Task<?> task) {
        ((SupervisedTask<?>) task).run();
    }

    /** Adds the gate of a spawner that waits for a permit, behind those that are there. */
    @SuppressWarnings("unchecked")
    static CountDownLatch addGate(Permits permits) {
        CountDownLatch gate = new CountDownLatch(1);
        ((Queue<CountDownLatch>) GATES.get(permits)).add(gate);
        return gate;
    }

    /** Spawns a task that an abort asks but does not end: a runner has claimed it, and has not started it. */
    static SupervisedTask<?> claimed(Scope supervisor) {
        SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(NOTHING);
        task.claim(TaskState.STARTING);
        return task;
    }

    /** Completes a claimed task that was asked to cancel, as its runner does. */
    static void drop(SupervisedTask<?> claimed) {
        WindowStack stack = Chain.stack();
        stack.pushBody(claimed, claimed.scope.settings.launcher());
        if (claimed.start(stack)) {
            throw new AssertionError("Nobody has told " + claimed);
        }
        Completion.complete(claimed, stack);
        stack.pop(claimed);
    }

    /** Makes the supervisor EXITING while a task is live, by a join that is interrupted and returns (C4). */
    static void exiting(Scope supervisor) {
        if (!givesUpAJoin(supervisor)) {
            throw new AssertionError("join has returned while a task was live");
        }
    }

    /**
     * Joins with a pending interrupt (C4). While a task is live the join throws, and this returns true; otherwise the
     * join keeps the status, and this returns false.
     */
    static boolean givesUpAJoin(Scope supervisor) {
        Thread.currentThread().interrupt();
        try {
            supervisor.join();
        } catch (InterruptedException givenUp) {
            return true;
        }
        if (!Thread.interrupted()) {
            throw new AssertionError("With nothing live a pending status is kept");
        }
        return false;
    }

    /** Spawns a body that ends at once; returns the task, or the reason of a rejection. */
    static Object spawn(Scope supervisor) {
        return spawn(supervisor, NOTHING);
    }

    /** Spawns; returns the task, or the reason of a rejection. */
    static Object spawn(Scope supervisor, Action body) {
        try {
            return supervisor.spawn(body);
        } catch (RejectedExecutionException e) {
            return reason(e);
        }
    }

    /** "accepted", or the reason of the rejection. */
    static String told(Object spawned) {
        return spawned instanceof Task ? "accepted" : (String) spawned;
    }

    /** The status of an accepted task, or "none". */
    static String statusOf(Object spawned) {
        return spawned instanceof Task<?> task ? task.status().name() : "none";
    }

    /** The state if no task is live, otherwise the description of the supervisor. */
    static String whatIsLeft(Scope supervisor) {
        boolean nothing = supervisor.liveCount() == 0 && supervisor.tasks().isEmpty();
        return nothing ? state(supervisor) : supervisor.toString();
    }

    /**
     * The state of a supervisor on which no thread acts. A thread that asks for the state closes stripes that were left
     * open (C9). So this asks the Phaser first, for which waiters wait.
     */
    static String state(Scope supervisor) {
        boolean announced = isAnnounced(supervisor.census);
        Supervisor.State state = supervisor.state();
        return (state == Supervisor.State.FINISHED) == announced ? state.name() : state + " unannounced";
    }

    /** "finished" or "open", by the Phaser, and the count, of a census on which no thread acts. */
    static String state(Census census) {
        return (isAnnounced(census) ? "finished " : "open ") + census.size();
    }

    /** Whether the Phaser says that the census is finished. */
    static boolean isAnnounced(Census census) {
        return TABLE.getVolatile(census) instanceof Termination finish && finish.isTerminated();
    }

    /** A supervisor whose tasks are run by hand, each as if it were alone on a virtual thread of ours. */
    static Scope alone() {
        return new Scope(ALONE, false);
    }

    /**
     * Gives the current thread, which runs only this task of an {@link #alone} supervisor, a stack of windows. A
     * virtual thread of ours makes its stack so when a second window opens. The caller holds the stack until the task
     * has ended.
     */
    static WindowStack makeStack(Task<?> alone) {
        WindowStack made = new WindowStack(Thread.currentThread()).over((SupervisedTask<?>) alone);
        keep(made);
        return made;
    }

    /**
     * Gives the current thread a new stack, as if it were a new thread. The thread keeps this stack as long as the
     * caller holds it.
     */
    static WindowStack freshStack() {
        WindowStack stack = new WindowStack(Thread.currentThread());
        keep(stack);
        return stack;
    }

    @SuppressWarnings("unchecked")
    private static void keep(WindowStack stack) {
        ((ThreadLocal<Object>) LOCAL.get()).set(new WeakReference<>(stack));
    }

    /**
     * The next future of this task that is completed by hand causes a sweep of its futures, unless the task is done.
     */
    static void sweepNext(Task<?> withFuture) {
        if (((SupervisedTask<?>) withFuture).newestCallback() instanceof Followers followers) {
            UNTIL_SWEEP.setVolatile(followers, 1);
        }
    }

    /** Waits for another actor: spins, and then yields so that the other actor can run. */
    static void until(BooleanSupplier holds) {
        for (int spins = 0; !holds.getAsBoolean(); spins++) {
            if (spins < 1_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /** The reason of a rejection. */
    static String reason(RejectedExecutionException e) {
        for (String reason : REASONS) {
            if (e.getMessage().contains(reason)) {
                return reason;
            }
        }
        return e.getMessage();
    }

    /** A task that is in no set. */
    static SupervisedTask<?> task() {
        return new SupervisedTask<Object>(NOBODYS, NOTHING, null);
    }

    /** Counts one task in, however many others enter meanwhile. */
    static void enter(Stripe stripe) {
        while (!stripe.enter(stripe.entered())) {
            Thread.onSpinWait();
        }
    }

    /** Counts a task out, as its completer does. */
    static void leave(Census census, Stripe stripe) {
        stripe.exit();
        census.afterExit(stripe);
    }

    /** Counts a new task in and adds it, as a spawn does; returns it. */
    static SupervisedTask<?> add(Stripe stripe) {
        enter(stripe);
        SupervisedTask<?> task = task();
        stripe.add(task);
        return task;
    }

    /** Doubles the stripes of a census that has some, as two spawners do that meet on the first stripe. */
    static void grow(Census census) {
        if (TABLE.getVolatile(census) instanceof Stripes stripes) {
            try {
                RELIEVE.invokeExact(census, stripes, stripes.all[0]);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    /** As {@link #grow}, on a single processor, too; returns whether the census was not over. */
    static boolean growAnyway(Census census) {
        return TABLE.getVolatile(census) instanceof Stripes stripes
                && TABLE.compareAndSet(census, stripes, stripes.doubled());
    }

    /** A stripe of a census that is not over. */
    static Stripe stripe(Census census, int index) {
        return ((Stripes) TABLE.getVolatile(census)).all[index];
    }

    /** Gives a census with one stripe its second stripe, and counts a task in there; returns that stripe. */
    static Stripe enterSecondStripe(Census census) {
        grow(census);
        Stripe second = stripe(census, 1);
        enter(second);
        return second;
    }

    /**
     * Makes a census whose admission has ended look as if a thread had found it empty, although a task is live: as if
     * the task had entered between the second look and the closing of its stripe.
     */
    static void foundEmpty(Census census) {
        TABLE.setVolatile(census, ((Stripes) TABLE.getVolatile(census)).termination);
    }

    /** Whether a thread has found the census empty. */
    static boolean isFoundEmpty(Census census) {
        return TABLE.getVolatile(census) instanceof Termination;
    }

    /** Whether the census refers to a task as its witness. */
    static boolean hasWitness(Census census) {
        return WITNESS.getVolatile(census) != null;
    }

    /**
     * Makes the census look as if no thread had looked for a witness yet. The next thread that looks finds the given
     * task, unless another task enters before.
     */
    static void forgetWitness(Census census, Task<?> found) {
        Stripes stripes = (Stripes) TABLE.getVolatile(census);
        while (stripes.anyTask() != found) {   // a task that comes and goes changes the slot
            enter(stripes.all[0]);
            stripes.all[0].exit();
        }
        WITNESS.setVolatile(census, null);
    }

    /** Counts a new task in and adds it, as a spawn does whose thread goes to that stripe; returns the task. */
    static SupervisedTask<?> spawnIn(Scope supervisor, Stripe stripe) {
        enter(stripe);
        SupervisedTask<?> task = new SupervisedTask<Object>(supervisor, NOTHING, null);
        stripe.add(task);
        return task;
    }

    /** Begins a drain and runs the hooks, on the current thread. */
    static void drain(Scope supervisor) {
        Drain.beginWithHooks(supervisor, Deadlines.after(HOUR.toNanos()));
    }

    /** Does what the alarm does when the time limit of this task has passed, and then what the alarm's helper does. */
    static boolean timeOut(SupervisedTask<?> task) {
        boolean first = task.expire(Deadlines.NEVER - 1);
        if (first) {
            new Expiry(task.scope, List.of(task), false).run();
        }
        return first;
    }

    /** Whether the async task refers to its stage. */
    static boolean keepsStage(Task<?> async) {
        return STAGE.getVolatile((AsyncTask<?>) async) != null;
    }

    /** An alarm whose thread an actor is: no other is started while it stays. */
    static Alarm alarm() {
        Alarm alarm = new Alarm(0);
        ALARM_THREAD.setVolatile(alarm, NO_THREAD);
        return alarm;
    }

    /** Whether the alarm of the process looks at these time limits. */
    static boolean isWatched(Deadlines deadlines) {
        return ((Set<?>) SUPERVISORS.get(Alarm.INSTANCE)).contains(deadlines);
    }

    /** When that alarm is to look next. */
    static long next(Alarm alarm) {
        return (long) ALARM_NEXT.getVolatile(alarm);
    }

    /** Looks at all time limits, as the alarm does between two sleeps. */
    static void look(Alarm alarm) {
        try {
            long took = (long) LOOK.invokeExact(alarm, Deadlines.now());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Looks whether there is a supervisor; returns whether the alarm's thread, which the current one is, ends. */
    static boolean ends(Alarm alarm) {
        try {
            return (boolean) ENDS.invokeExact(alarm, Deadlines.now());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Whether a spawner has started a thread for this alarm. */
    static boolean isStarted(Alarm alarm) {
        return ALARM_THREAD.getVolatile(alarm) instanceof Thread thread && thread.getName().equals("supervisor-alarm");
    }

    /** Whoever asks finds that the alarm does not sleep. */
    static void awaken(Alarm alarm) {
        SLEEPS_UNTIL.setVolatile(alarm, Long.MIN_VALUE);
    }

    /** Says until when the alarm sleeps, by its own account; no longer than until this end. */
    static long announce(Alarm alarm, long end) {
        try {
            return (long) ANNOUNCE.invokeExact(alarm, end);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A spawner that was cut off before it could wake the alarm. */
    static void lower(Alarm alarm, long at) {
        ALARM_NEXT.setVolatile(alarm, at);
    }

    /** Tells the alarm of a time limit, as a spawner does. */
    static void arm(Alarm alarm, Deadlines deadlines, long at) {
        try {
            alarm.admit(deadlines);
            LOWER_NEXT.invokeExact(deadlines, at);
            alarm.wake(at);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A launcher that leaves the task to an actor. */
    private static final class Alone extends Launcher {

        Alone() {
            super(false, true);
        }

        @Override
        public void launch(Launchable task) { }
    }

    /** An error that {@code fatalIf} calls fatal. */
    static final class Fatal extends Error {

        private static final long serialVersionUID = 1L;

        Fatal(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * A place where two actors wait for each other, so that they race. An actor that has waited too long goes on alone:
     * then the race is less likely, and no outcome is wrong.
     */
    static final class Start {

        private static final VarHandle ARRIVED = ConstantBootstraps.fieldVarHandle(
                MethodHandles.lookup(), "arrived", VarHandle.class, Start.class, int.class);

        private volatile int arrived;

        void meet() {
            ARRIVED.getAndAdd(this, 1);
            for (int spins = 0; arrived < 2 && spins < 5_000; spins++) {
                Thread.onSpinWait();
            }
        }
    }

    /**
     * Spins for a random time, up to twice as long as a waiter spins before it parks. So another actor gets on
     * meanwhile.
     */
    static void pause() {
        spin(ThreadLocalRandom.current().nextInt(400));
    }

    /** Waits for a random time, and swallows the first interrupt that comes; returns whether one came. */
    static boolean swallow() {
        boolean swallowed = false;
        for (int looks = ThreadLocalRandom.current().nextInt(400); looks > 0 && !swallowed; looks--) {
            Thread.onSpinWait();
            swallowed = Thread.interrupted();
        }
        return swallowed;
    }

    /** Spins for a random short time, so that another actor gets on meanwhile. */
    static void hesitate() {
        spin(ThreadLocalRandom.current().nextInt(8));
    }

    private static void spin(int spins) {
        for (int left = spins; left > 0; left--) {
            Thread.onSpinWait();
        }
    }
}
