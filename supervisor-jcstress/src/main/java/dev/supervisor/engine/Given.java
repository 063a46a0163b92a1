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
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What the stress tests start from. Tasks are run by hand: no thread acts but the actors. */
final class Given {

    /**
     * An executor that leaves the task to an actor, which runs it by hand whenever it likes (A7 allows late and
     * never).
     */
    static final Executor LATER = task -> { };

    /** A body that ends at once. */
    static final Action NOTHING = () -> { };

    /** Says nothing: many of our blocks are left with live tasks, which close() would log (C4). Held, or it is lost. */
    private static final Logger LOG = Logger.getLogger("dev.supervisor");

    private static final Supervisor.Builder UNOWNED = builder().unowned();

    private static final Settings ALONE = new Settings("stress", new Alone(), false, Settings::isFatalByDefault,
            FailureHandler.ignore(), BlockFailure.WAIT, null);

    /** Of tasks that nobody spawns. */
    private static final Scope NOBODYS = unowned();

    // What only two spawners who meet can do, and no test can make them, and what shows in no other way: private in
    // Census.
    private static final MethodHandle RELIEVE;
    private static final VarHandle TABLE;
    private static final VarHandle WITNESS;

    // What only many futures can bring about: private in Followers.
    private static final VarHandle UNTIL_SWEEP;

    // What only a virtual thread of ours does, and no actor is one: private in Chain.
    private static final VarHandle LOCAL;

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
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Given() { }

    /** Of supervisors whose tasks are run by hand. */
    static Supervisor.Builder builder() {
        return Supervisor.builder().name("stress").executor(LATER).onFailure(FailureHandler.ignore());
    }

    /** A supervisor that any actor may join and close, and whose tasks are run by hand. */
    static Scope unowned() {
        return (Scope) UNOWNED.open();
    }

    /** The part of an executor's thread. */
    static void run(Task<?> task) {
        ((SupervisedTask<?>) task).run();
    }

    /** Spawns a task that an abort tells but does not end: a runner has claimed it, and has got no further. */
    static SupervisedTask<?> claimed(Scope supervisor) {
        SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(NOTHING);
        task.claim(TaskState.STARTING);
        return task;
    }

    /** The rest of the runner's part, for a claimed task that was told. */
    static void drop(SupervisedTask<?> claimed) {
        WindowStack stack = Chain.stack();
        stack.pushBody(claimed, claimed.scope.settings.launcher());
        if (claimed.start(stack)) {
            throw new AssertionError("Nobody has told " + claimed);
        }
        Completion.complete(claimed, stack);
        stack.pop(claimed);
    }

    /** Makes the supervisor EXITING, while a task is live, and comes back: by a join that is interrupted (C4). */
    static void exiting(Scope supervisor) {
        if (!givesUpAJoin(supervisor)) {
            throw new AssertionError("join has returned while a task was live");
        }
    }

    /** Joins with a pending interrupt: whether it throws, as it does while a task is live, or keeps the status (C4). */
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

    /** "accepted", or the reason why not. */
    static String told(Object spawned) {
        return spawned instanceof Task ? "accepted" : (String) spawned;
    }

    /** The status of an accepted task, or "none". */
    static String statusOf(Object spawned) {
        return spawned instanceof Task<?> task ? task.status().name() : "none";
    }

    /** The state if nothing is live, otherwise what there is. */
    static String whatIsLeft(Scope supervisor) {
        boolean nothing = supervisor.liveCount() == 0 && supervisor.tasks().isEmpty();
        return nothing ? state(supervisor) : supervisor.toString();
    }

    /**
     * The state of a supervisor that nobody is at work on. Who asks for it closes what was left open (C9); so the
     * Phaser, for which waiters wait, is asked first.
     */
    static String state(Scope supervisor) {
        boolean announced = isAnnounced(supervisor.census);
        Supervisor.State state = supervisor.state();
        return (state == Supervisor.State.FINISHED) == announced ? state.name() : state + " unannounced";
    }

    /** "finished" or "open", by the Phaser, and the count, of a census that nobody is at work on. */
    static String state(Census census) {
        return (isAnnounced(census) ? "finished " : "open ") + census.size();
    }

    /** Whether the Phaser says that the census is finished. */
    static boolean isAnnounced(Census census) {
        return TABLE.getVolatile(census) instanceof Termination finish && finish.isTerminated();
    }

    /** A supervisor whose tasks are run by hand, each of them as if it were alone on a virtual thread of ours. */
    static Scope alone() {
        return new Scope(ALONE, false);
    }

    /**
     * Gives the current thread, which runs just this task and as {@link #alone}, a stack of windows: as what opens a
     * second one would on a virtual thread of ours. To be held until the task has ended.
     */
    static WindowStack makeStack(Task<?> alone) {
        WindowStack made = new WindowStack(Thread.currentThread()).over((SupervisedTask<?>) alone);
        keep(made);
        return made;
    }

    /** A new stack for the current thread, as if it were a new thread; to be held as long as it is to stay the same. */
    static WindowStack freshStack() {
        WindowStack stack = new WindowStack(Thread.currentThread());
        keep(stack);
        return stack;
    }

    @SuppressWarnings("unchecked")
    private static void keep(WindowStack stack) {
        ((ThreadLocal<Object>) LOCAL.get()).set(new WeakReference<>(stack));
    }

    /** The next future of this task that somebody completes by hand makes a sweep of them, unless the task is done. */
    static void sweepNext(Task<?> withFuture) {
        if (((SupervisedTask<?>) withFuture).newestCallback() instanceof Followers followers) {
            UNTIL_SWEEP.setVolatile(followers, 1);
        }
    }

    /** Waits for another actor: spins, and lets it run if it does not at the moment. */
    static void until(BooleanSupplier holds) {
        for (int spins = 0; !holds.getAsBoolean(); spins++) {
            if (spins < 1_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private static String reason(RejectedExecutionException e) {
        for (String reason : new String[] {"is finished", "is shutting down", "is sealed"}) {
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

    /** Counts one task in, however many others come. */
    static void enter(Stripe stripe) {
        while (!stripe.enter(stripe.entered())) {
            Thread.onSpinWait();
        }
    }

    /** Counts a task out, as its end does. */
    static void leave(Census census, Stripe stripe) {
        stripe.exit();
        census.afterExit(stripe);
    }

    /** Counts a task in and adds it, as a spawn does; returns it. */
    static SupervisedTask<?> add(Stripe stripe) {
        enter(stripe);
        SupervisedTask<?> task = task();
        stripe.add(task);
        return task;
    }

    /** Gives a census that has been entered twice as many stripes, as two spawners who meet on the first would. */
    static void grow(Census census) {
        if (TABLE.getVolatile(census) instanceof Stripes stripes) {
            try {
                RELIEVE.invokeExact(census, stripes, stripes.all[0]);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The same, on a single processor, too; returns whether it was not over. */
    static boolean growAnyway(Census census) {
        return TABLE.getVolatile(census) instanceof Stripes stripes
                && TABLE.compareAndSet(census, stripes, stripes.doubled());
    }

    /** A stripe of a census that is not over. */
    static Stripe stripe(Census census, int index) {
        return ((Stripes) TABLE.getVolatile(census)).all[index];
    }

    /** Gives a census that has been entered once its second stripe, and enters that; returns it. */
    static Stripe enterSecondStripe(Census census) {
        grow(census);
        Stripe second = stripe(census, 1);
        enter(second);
        return second;
    }

    /**
     * Takes a census whose admission has ended for one that was found empty, although somebody is live: as if he had
     * come between the second look and the closing of his stripe.
     */
    static void foundEmpty(Census census) {
        TABLE.setVolatile(census, ((Stripes) TABLE.getVolatile(census)).termination);
    }

    /** Whether somebody has found the census empty. */
    static boolean isFoundEmpty(Census census) {
        return TABLE.getVolatile(census) instanceof Termination;
    }

    /** Whether the census refers to a task as its witness. */
    static boolean hasWitness(Census census) {
        return WITNESS.getVolatile(census) != null;
    }

    /** As if nobody had looked for a witness yet; whoever looks next finds that task, if no other comes before. */
    static void forgetWitness(Census census, Task<?> found) {
        Stripes stripes = (Stripes) TABLE.getVolatile(census);
        while (stripes.anyTask() != found) {   // as others come and go
            enter(stripes.all[0]);
            stripes.all[0].exit();
        }
        WITNESS.setVolatile(census, null);
    }

    /** Counts a task in and adds it, as a spawn does whose thread is sent to that stripe; returns it. */
    static SupervisedTask<?> spawnIn(Scope supervisor, Stripe stripe) {
        enter(stripe);
        SupervisedTask<?> task = new SupervisedTask<Object>(supervisor, NOTHING, null);
        stripe.add(task);
        return task;
    }

    /** Leaves the task to an actor. */
    private static final class Alone extends Launcher {

        Alone() {
            super(false, true);
        }

        @Override
        public void launch(Launchable task) { }
    }

    /** What {@code fatalIf} is to call fatal. */
    static final class Fatal extends Error {

        private static final long serialVersionUID = 1L;

        Fatal(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * A place where two actors wait for each other before the race, so that it is one. Who waits too long goes on
     * alone: a matter of odds, not of correctness.
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
     * Gives another actor some time, a different one each time: up to twice as long as a waiter spins before it parks.
     */
    static void pause() {
        spin(ThreadLocalRandom.current().nextInt(400));
    }

    /** Swallows the first interrupt that comes, for a time, a different one each time; returns whether one came. */
    static boolean swallow() {
        boolean swallowed = false;
        for (int looks = ThreadLocalRandom.current().nextInt(400); looks > 0 && !swallowed; looks--) {
            Thread.onSpinWait();
            swallowed = Thread.interrupted();
        }
        return swallowed;
    }

    /** Gives another actor a moment, a different one each time. */
    static void hesitate() {
        spin(ThreadLocalRandom.current().nextInt(8));
    }

    private static void spin(int spins) {
        for (int left = spins; left > 0; left--) {
            Thread.onSpinWait();
        }
    }
}
