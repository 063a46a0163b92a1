package dev.supervisor.soak;

import dev.supervisor.Action;
import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/** One supervisor with its books, and what anybody may do to it. */
final class SupervisorUnderTest {

    /** What an actor does in one step. */
    enum Act {
        SPAWN, SPAWN_THROUGH_EXECUTE, SPAWN_AND_CANCEL, CANCEL, CANCEL_QUIETLY, CALL_BACK, FUTURE, FUTURE_CANCEL, GET,
        LOOK, ABORT, SEAL, SHUT_DOWN
    }

    final Soak soak;
    final Threads threads;
    final Ledger ledger;
    /** Its exit, or somebody before that, tells every task to cancel: so bodies may wait for that. */
    final boolean tells;
    /** Anybody may abort it, seal it, shut it down, or fail fatally in it. */
    final boolean meddled;
    private final boolean decorated;
    private final AtomicReferenceArray<Entry> recent = new AtomicReferenceArray<>(16);
    private volatile Supervisor supervisor;

    SupervisorUnderTest(Soak soak, String what, Threads threads, boolean tells, boolean meddled, boolean decorated) {
        this.soak = soak;
        this.threads = threads;
        this.ledger = new Ledger(soak.findings, soak.tally, what + " on " + threads);
        this.tells = tells;
        this.meddled = meddled;
        this.decorated = decorated;
        soak.tally.add(threads);
    }

    /** The settings of its supervisor. */
    Supervisor.Builder builder(SplittableRandom random) {
        Supervisor.Builder builder = Supervisor.builder().onFailure(ledger::report).fatalIf(ledger::isFatal);
        if (random.nextInt(4) == 0) {
            builder.name("soak");
        }
        if (decorated) {
            builder.decorator(Decoration::decorate);
        }
        return switch (threads) {
            case DEFAULT -> builder;
            case FACTORY -> builder.threadFactory(soak.pools.factory(random));
            default -> builder.executor(soak.pools.executor(threads, tells, random));
        };
    }

    void opened(Supervisor opened) {
        supervisor = opened;
        if (opened.state() != Supervisor.State.ENTERED) {
            soak.findings.add("A1", opened + " is opened as " + opened.state());
        }
    }

    Supervisor supervisor() {
        return supervisor;
    }

    // ---- spawning

    /** Spawns a task with a body of any kind. */
    Entry spawn(SplittableRandom random, int depth, Entry parent) {
        return spawn(random, BodyKind.pick(random, this, depth), depth, parent, null);
    }

    /**
     * Spawns a task.
     *
     * @param parent the task inside of which this is done, or null
     * @param through the completions that get the task, or null
     * @return null if it was refused
     */
    Entry spawn(SplittableRandom random, BodyKind kind, int depth, Entry parent, Completions<Object> through) {
        boolean named = random.nextInt(8) == 0;
        Entry entry = ledger.enter(named);
        if (through == null) {   // whoever takes from completions holds what it has taken
            soak.collectables.offer(entry);
        }
        boolean inTask = parent != null && parent.ledger == ledger;
        Body body = new Body(this, entry, kind, depth, random.split());
        entry.sample("body", body);
        Task<?> task;
        if (decorated) {
            Decoration.begin(entry, Decoration.pick(random, named));
        }
        try {
            task = submit(entry, body, through, random.nextInt(2));
        } catch (Throwable thrown) {
            entry.refused(thrown, ledger.isAdmissible(inTask));
            return null;
        } finally {
            if (decorated) {
                Decoration.end();
            }
        }
        entry.accepted(task);
        task.onDone(callback(entry));
        entry.watched();
        if (entry.isSampled()) {
            entry.sample("handle", task);
        } else {
            recent.set(random.nextInt(recent.length()), entry);
        }
        return entry;
    }

    /** Spawns a task that does what it is told: opens the next supervisor of a chain, or lives on. */
    Entry link(Action action) {
        Entry entry = ledger.enter(false);
        if (decorated) {
            Decoration.begin(entry, Decoration.WRAP);
        }
        try {
            entry.accepted(supervisor.spawn((Callable<Object>) new Body(this, entry, action)));
        } catch (Throwable thrown) {
            entry.refused(thrown, ledger.isAdmissible(false));
            return null;
        } finally {
            if (decorated) {
                Decoration.end();
            }
        }
        entry.task().onDone(callback(entry));
        entry.watched();
        return entry;
    }

    private Task<?> submit(Entry entry, Callable<Object> body, Completions<Object> through, int kind) {
        if (through != null) {
            return entry.name == null ? through.spawn(body) : through.spawn(entry.name, body);
        }
        if (kind == 0) {
            return entry.name == null ? supervisor.spawn(body) : supervisor.spawn(entry.name, body);
        }
        return entry.name == null ? supervisor.spawn(body::call) : supervisor.spawn(entry.name, body::call);
    }

    /** The callback that every task has; some throw, some spawn. */
    private Consumer<Task<?>> callback(Entry entry) {
        Consumer<Task<?>> callback = task -> {
            entry.calledBack(task);
            if (entry.id % 32 == 5) {
                soak.tally.add(Tally.Of.CALLBACKS_THAT_THREW);
                throw new Fault.OfUser(Fault.Culprit.CALLBACK);
            }
            if (entry.id % 64 == 9 && spawn(new SplittableRandom(entry.id), BodyKind.QUICK, 0, null, null) != null) {
                soak.tally.add(Tally.Of.FOLLOW_UPS_FROM_CALLBACKS);
            }
        };
        entry.sample("callback", callback);
        return callback;
    }

    private void execute(SplittableRandom random) {
        Entry entry = ledger.enter(false);
        Body body = new Body(this, entry, random.nextInt(8) == 0 ? BodyKind.FAIL : BodyKind.QUICK, 0, random.split());
        if (decorated) {
            Decoration.begin(entry, Decoration.WRAP);
        }
        try {
            supervisor.execute(body);
            entry.acceptedWithoutHandle();
        } catch (Throwable thrown) {
            entry.refused(thrown, ledger.isAdmissible(false));
        } finally {
            if (decorated) {
                Decoration.end();
            }
        }
    }

    // ---- what actors do

    /**
     * One step of somebody.
     *
     * @param depth how deep supervisors may be nested in tasks from here on
     * @param self the task inside of which this is done, or null
     */
    void act(SplittableRandom random, int depth, Entry self) throws InterruptedException {
        int dice = random.nextInt(1000);
        Act act = dice < 620 ? Act.SPAWN : dice < 640 ? Act.SPAWN_THROUGH_EXECUTE : dice < 680 ? Act.SPAWN_AND_CANCEL
                : dice < 780 ? Act.CANCEL : dice < 810 ? Act.CANCEL_QUIETLY : dice < 870 ? Act.CALL_BACK
                : dice < 900 ? Act.FUTURE : dice < 920 ? Act.FUTURE_CANCEL : dice < 960 ? Act.GET
                : dice < 985 || !meddled ? Act.LOOK : dice < 991 ? Act.ABORT : dice < 995 ? Act.SEAL : Act.SHUT_DOWN;
        soak.tally.add(act);
        Entry entry = recent.get(random.nextInt(recent.length()));
        switch (act) {
            case SPAWN -> spawn(random, depth, self);
            case SPAWN_THROUGH_EXECUTE -> execute(random);
            case SPAWN_AND_CANCEL -> spawnAndCancel(random);
            case ABORT -> {
                ledger.tell();
                supervisor.abort();
            }
            case SEAL -> {
                ledger.seal();
                supervisor.seal();
            }
            case SHUT_DOWN -> {
                if (self == null) {
                    shutDown();
                }
            }
            case LOOK -> look();
            default -> {
                if (entry != null && (act != Act.GET || entry != self)) {
                    act(act, entry);
                }
            }
        }
    }

    private void act(Act act, Entry entry) throws InterruptedException {
        switch (act) {
            case CANCEL -> entry.cancel(true);
            case CANCEL_QUIETLY -> entry.cancel(false);
            case CALL_BACK -> callBack(entry.task());
            case FUTURE -> entry.task().toCompletableFuture();
            case FUTURE_CANCEL -> cancelFuture(entry);
            case GET -> get(entry);
            default -> throw new IllegalArgumentException(act.name());
        }
    }

    /** A body that waits for its cancellation, where it does not hold up its own spawner. */
    private void spawnAndCancel(SplittableRandom random) {
        BodyKind kind = threads.mayRunInline() ? BodyKind.SLEEP : BodyKind.WAIT_UNTIL_TOLD;
        Entry entry = spawn(random, kind, 0, null, null);
        if (entry != null) {
            if (random.nextBoolean()) {
                Thread.yield();
            }
            if (entry.isSampled() || random.nextBoolean()) {
                entry.cancel(false);
            }
            entry.cancel(true);
        }
    }

    /** A further callback. */
    void callBack(Task<?> task) {
        AtomicBoolean called = new AtomicBoolean();
        Thread me = Thread.currentThread();
        ledger.callbackRegistered();
        task.onDone(done -> {
            if (called.getAndSet(true)) {
                soak.findings.add("E4", "a callback of " + done + " runs twice");
            }
            ledger.callbackCalled();
            if (Thread.currentThread() == me) {
                soak.tally.add(Tally.Of.CALLBACKS_REGISTERED_LATE);
            }
        });
    }

    private void cancelFuture(Entry entry) {
        CompletableFuture<?> future = entry.task().toCompletableFuture();
        if (!future.isDone()) {
            entry.cancel(false);   // notes that it is told
            future.cancel(true);
        }
    }

    private void get(Entry entry) throws InterruptedException {
        Task<?> task = entry.task();
        try {
            task.get(200, TimeUnit.MICROSECONDS);
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            return;
        } catch (IllegalStateException refused) {
            if (!entry.runsHere()) {
                throw refused;
            }
            soak.tally.add(Tally.Of.SELF_WAITS_REFUSED);   // we run inside of it, on its thread
            return;
        }
        if (task.status() != Task.Status.SUCCEEDED) {
            soak.findings.add("E3", "get() has returned, and the task is " + task);
        }
    }

    private void look() {
        for (Task<?> task : supervisor.tasks()) {
            if (task.supervisor() != supervisor) {
                soak.findings.add("C9", supervisor + " lists " + task + " of " + task.supervisor());
            }
        }
        if (supervisor.toString().isEmpty() || supervisor.liveCount() < 0) {
            soak.findings.add("C9", supervisor + " counts " + supervisor.liveCount());
        }
    }

    /** Shuts it down, from a thread that runs none of its tasks. */
    void shutDown() {
        ledger.tell();
        supervisor.shutdown();
        ledger.auditAfterExit(supervisor, "shutdown");
    }

    /** After the exit, and after everybody has gone: nothing is accepted, and nothing is missing. */
    void auditAtRest(SplittableRandom random) {
        ledger.exit();
        if (spawn(random, BodyKind.QUICK, 0, null, null) != null) {
            soak.findings.add("A4", "a spawn after the exit of " + ledger + " was accepted");
        }
        soak.tally.add(Tally.Of.LATE_SPAWNS_REFUSED);
        ledger.auditAtRest();
        soak.tally.add(Tally.Of.ROUNDS);
    }
}
