package dev.supervisor.soak;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** One outer supervisor with all that nests in it, and two neighbours that run tasks on whatever thread spawns. */
final class NestingRound {

    private static final int MOST_TASKS = 60;

    final CancellationLedger ledger;
    final NestingPools pools;
    final NestedScope callerRuns = new NestedScope(0, NestingThreads.CALLER, false, null);
    final NestedScope trampoline = new NestedScope(0, NestingThreads.TRAMPOLINE, false, null);

    private final NestedScope outer;
    private final AtomicInteger budget = new AtomicInteger(MOST_TASKS);
    private final List<Cancellation> tasks = new ArrayList<>();
    private final List<NestedScope> scopes = new ArrayList<>();
    private final SplittableRandom random;

    NestingRound(CancellationLedger ledger, NestingPools pools, SplittableRandom random) {
        this.ledger = ledger;
        this.pools = pools;
        this.random = random;
        this.outer = new NestedScope(0,
                random.nextInt(3) == 0 ? NestingThreads.FORK_JOIN : NestingThreads.pickPatient(random),
                random.nextBoolean(), null);
    }

    /** All of it; when it returns, every supervisor has ended, and every cancellation is accounted for. */
    void live() throws Exception {
        for (NestedScope neighbour : List.of(callerRuns, trampoline)) {
            neighbour.opened(pools.builder(neighbour.threads).unowned().open());
            opened(neighbour);
        }
        Supervisor.Builder builder = pools.builder(outer.threads);
        outer.opened((outer.owned ? builder : builder.unowned()).open());
        opened(outer);
        try {
            for (int roots = random.nextInt(2, 6); roots > 0; roots--) {
                spawn(outer, outer.threads.mayBePatient(), 1, random);
            }
            new NestingStrangers(this, random.split()).actAndEnd();
        } finally {
            end();
        }
        audit();
    }

    private void end() {
        if (random.nextBoolean()) {
            outer.shutdown(ledger.tick());
        } else {
            outer.abort(ledger.tick());
        }
        outer.supervisor().close();
        callerRuns.shutdown(ledger.tick());
        trampoline.shutdown(ledger.tick());
        if (Thread.interrupted()) {
            ledger.findings.add("C6", "a driver is interrupted, which owns the outer supervisor and has ended it");
        }
    }

    private void audit() {
        synchronized (tasks) {
            tasks.forEach(ledger::audit);
        }
        synchronized (scopes) {
            scopes.forEach(ledger::audit);
        }
    }

    // ---- Of all who take part

    /** Spawns a task, unless there are enough of them or the supervisor takes no more. */
    Cancellation spawn(NestedScope scope, boolean patient, int depth, SplittableRandom dice) {
        int number = budget.decrementAndGet();
        if (number < 0) {
            return null;
        }
        Cancellation task = new Cancellation(number, scope, patient);
        SplittableRandom own = dice.split();
        NestedCode code = new NestedCode(this, own, own.nextInt(10) < 7);
        task.spawning(Thread.currentThread(), null);
        scope.spawned.increment();
        enter(task);
        Task<?> handle;
        try {
            handle = scope.supervisor().spawn(task.name(), () -> code.body(task, depth));
        } catch (RejectedExecutionException refused) {
            scope.spawned.decrement();
            synchronized (tasks) {
                tasks.remove(task);
            }
            return null;
        }
        task.spawning(null, handle);
        if (own.nextInt(3) == 0) {
            handle.onDone(NestedCode.callback(this, own.split()));
        }
        handle.onDone(done -> scope.ended.increment());
        return task;
    }

    private void enter(Cancellation task) {
        synchronized (tasks) {
            tasks.add(task);
        }
    }

    void opened(NestedScope scope) {
        synchronized (scopes) {
            scopes.add(scope);
        }
    }

    /** One that runs, if a few attempts find one; with others above it on its thread, rather. */
    Cancellation pickRunning(SplittableRandom dice) {
        Cancellation found = null;
        synchronized (tasks) {
            for (int i = 0; i < 8 && !tasks.isEmpty(); i++) {
                Cancellation task = tasks.get(dice.nextInt(tasks.size()));
                if (task.isRunning() && (found == null || task.isCovered())) {
                    found = task;
                }
            }
        }
        return found;
    }

    /** An inner one that stands, or null. */
    NestedScope pickInner(SplittableRandom dice) {
        synchronized (scopes) {
            for (int i = 0; i < 8; i++) {
                NestedScope scope = scopes.get(dice.nextInt(scopes.size()));
                if (scope.depth > 0 && scope.openedIn != null && !scope.isLeft()) {
                    return scope;
                }
            }
        }
        return null;
    }

    void cancelAny(SplittableRandom dice) {
        Cancellation task = pickRunning(dice);
        if (task != null) {
            cancel(task);
        }
    }

    /** Cancels a task, and lets its record know before and after. */
    boolean cancel(Cancellation task) {
        Task<?> handle = task.handle();
        if (handle == null) {
            return false;
        }
        task.ask(ledger.tick());
        boolean taken = handle.cancel();
        task.answered(taken);
        return taken;
    }

    /** The tasks that were told and have neither felt it nor ended; for a report. */
    List<Cancellation> unanswered() {
        synchronized (tasks) {
            return tasks.stream().filter(task -> task.isRunning() && task.isSent()).toList();
        }
    }
}
