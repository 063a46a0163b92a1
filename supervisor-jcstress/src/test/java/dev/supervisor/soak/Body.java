package dev.supervisor.soak;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The body of one task. */
final class Body implements Callable<Object>, Runnable {

    /** A body that waits to be told finds it wrong if that takes longer. */
    private static final long PATIENCE_SECONDS = 30;

    private final SupervisorUnderTest scope;
    private final Entry entry;
    private final BodyKind kind;
    private final SplittableRandom random;
    private final Action nest;

    Body(SupervisorUnderTest scope, Entry entry, BodyKind kind, int depth, SplittableRandom random) {
        this(scope, entry, kind, random, () -> new NestedSupervisors(scope.soak, random).nest(depth));
    }

    /** A body that opens another supervisor. */
    Body(SupervisorUnderTest scope, Entry entry, Action nest) {
        this(scope, entry, BodyKind.NEST, new SplittableRandom(entry.id), nest);
    }

    private Body(SupervisorUnderTest scope, Entry entry, BodyKind kind, SplittableRandom random, Action nest) {
        this.scope = scope;
        this.entry = entry;
        this.kind = kind;
        this.random = random;
        this.nest = nest;
    }

    @Override
    public Object call() throws Exception {
        entry.begin();
        Entry.Fate fate = Entry.Fate.THREW;
        try {
            scope.soak.tally.add(kind);
            perform();
            fate = Entry.Fate.RETURNED;
        } catch (InterruptedException e) {
            fate = Entry.Fate.INTERRUPTED;
            throw new Fault.Interrupted(entry);
        } catch (CancellationException e) {
            fate = Entry.Fate.CANCELLED_ITSELF;
            throw e;
        } finally {
            entry.end(fate);
        }
        Object result = new byte[16];
        entry.sample("result", result);
        return result;
    }

    /** For {@code execute}. */
    @Override
    public void run() {
        try {
            call();
        } catch (Exception thrown) {
            throw Fault.<RuntimeException>any(thrown);
        }
    }

    private void perform() throws Exception {
        switch (kind) {
            case QUICK -> { }
            case SPIN -> spin();
            case SLEEP -> new CountDownLatch(1).await(random.nextInt(1000), TimeUnit.MICROSECONDS);
            case FAIL -> fail();
            case FAIL_FATALLY -> failFatally();
            case CANCEL_ITSELF -> throw new CancellationException("by itself");
            case SPAWN_CHILDREN -> spawnChildren();
            case MEDDLE -> scope.act(random, 0, entry);
            case SWALLOW_INTERRUPT -> swallow();
            case WAIT_FOR_ITSELF -> waitForItself();
            case NEST -> nest.run();
            case WAIT_UNTIL_TOLD -> waitUntilTold();
        }
    }

    private void spin() {
        for (int n = random.nextInt(2000); n > 0; n--) {
            Thread.onSpinWait();
        }
    }

    private void fail() {
        Fault.Kind[] kinds = Fault.Kind.values();
        Fault.Kind kind = kinds[random.nextInt(kinds.length)];
        scope.soak.tally.add(kind);
        throw Fault.ofBody(kind, entry);
    }

    private void failFatally() {
        Throwable error = random.nextBoolean() ? new Fault.Fatal(entry) : new Fault.FatalChecked(entry);
        scope.ledger.fatal(error);
        throw Fault.<RuntimeException>any(error);
    }

    private void spawnChildren() {
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            scope.spawn(random, random.nextInt(4) == 0 ? BodyKind.FAIL : BodyKind.QUICK, 0, entry, null);
        }
    }

    /** Catches an interrupt and returns as if there had been none: the task has succeeded then. */
    private void swallow() {
        LockSupport.parkNanos(random.nextInt(200_000));
        if (!entry.isInline()) {
            Thread.interrupted();
        }
    }

    /** What would never return is refused (C8). */
    private void waitForItself() {
        try {
            switch (random.nextInt(3)) {
                case 0 -> scope.supervisor().join();
                case 1 -> scope.supervisor().close();
                default -> scope.supervisor().shutdown();
            }
        } catch (IllegalStateException refused) {
            scope.soak.tally.add(Tally.Of.SELF_WAITS_REFUSED);
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        scope.soak.findings.add("C8", entry + " has waited for itself, and got away with it");
    }

    private void waitUntilTold() throws InterruptedException {
        if (!new CountDownLatch(1).await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            scope.soak.findings.add(scope.supervisor().state() == Supervisor.State.ABORTING ? "A5" : "C1",
                    entry + " was not interrupted within " + PATIENCE_SECONDS + " s");
        }
    }
}
