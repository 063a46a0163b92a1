package dev.supervisor.soak;

import dev.supervisor.BlockFailure;
import dev.supervisor.Supervisor;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The life of a short scope, as its owner sees it: opened, acted in, and left by one of the exits. */
final class ExitScenario {

    /** What the owner does inside. */
    interface Acts {

        void perform(Thread owner) throws InterruptedException;
    }

    private final Soak soak;
    private final SupervisorUnderTest scope;
    private final Ledger ledger;
    private final Exit exit;
    private final Workers workers;
    private final SplittableRandom random;
    private final Thread me = Thread.currentThread();
    /** Whoever interrupts the owner from outside; null if nobody does. */
    private CompletableFuture<?> interrupter;

    ExitScenario(SupervisorUnderTest scope, Exit exit, Workers workers, SplittableRandom random) {
        this.soak = scope.soak;
        this.scope = scope;
        this.ledger = scope.ledger;
        this.exit = exit;
        this.workers = workers;
        this.random = random;
    }

    /** All of it, and the audit after the exit. */
    void live(Acts acts) throws InterruptedException {
        Throwable thrown = null;
        try {
            switch (exit) {
                case RUN, CALL, RUN_INTERRUPTED, RUN_THROWS_AND_WAITS, RUN_THROWS_AND_ABORTS -> run(acts);
                default -> open(acts);
            }
        } catch (Fault.Fatal | CompletionException fatal) {
            thrown = fatal;
        }
        ledger.auditAfterExit(scope.supervisor(), exit.name());
        ledger.auditFatal(thrown);
        if (interrupter != null) {
            interrupter.join();
            Thread.interrupted();   // it may have come late
        } else if (Thread.interrupted()) {
            soak.findings.add("C6", "the owner is interrupted after the exit of " + ledger);
        }
    }

    // ---- by hand

    private void open(Acts acts) throws InterruptedException {
        Supervisor.Builder builder = scope.builder(random);
        boolean unowned = exit == Exit.UNOWNED_CLOSERS || exit == Exit.UNOWNED_JOINERS;
        Supervisor supervisor = unowned ? builder.unowned().open() : builder.open();
        scope.opened(supervisor);
        try {
            acts.perform(me);
        } catch (InterruptedException e) {
            ownerInterrupted();
        }
        leave(supervisor);
        supervisor.close();
    }

    /** In its body the owner is interrupted only by a shutdown and by a fatal error. */
    private void ownerInterrupted() {
        soak.tally.add(Tally.Of.OWNERS_INTERRUPTED);
        if (!ledger.isTold()) {
            soak.findings.add("C6", "the owner of " + ledger + " is interrupted, and nobody has shut it down");
        }
    }

    private void leave(Supervisor supervisor) throws InterruptedException {
        switch (exit) {
            case JOIN, JOIN_AMONG_MEDDLERS -> join(supervisor);
            case JOIN_INTERRUPTED -> joinInterrupted(supervisor);
            case SEAL_AND_JOIN -> {
                ledger.seal();
                supervisor.seal();
                if (scope.spawn(random, BodyKind.QUICK, 0, null, null) != null) {
                    soak.findings.add("A4", "a spawn was accepted after the seal of " + ledger);
                }
                join(supervisor);
            }
            case CLOSE -> close(supervisor);
            case THROW_OUT -> throwOut(supervisor);
            case ABORT_BY_STRANGER -> {
                workers.send(() -> {
                    ledger.tell();
                    supervisor.abort();
                });
                join(supervisor);
            }
            case SHUT_DOWN_BY_STRANGER -> shutDownByStranger(supervisor);
            case FATAL -> failFatally(supervisor);
            case UNOWNED_JOINERS -> {
                workers.send(() -> join(supervisor));
                workers.send(() -> join(supervisor));
                join(supervisor);
            }
            case UNOWNED_CLOSERS -> {
                workers.send(() -> close(supervisor));
                workers.send(() -> close(supervisor));
                close(supervisor);
            }
            default -> throw new IllegalArgumentException(exit.name());
        }
    }

    private void join(Supervisor supervisor) throws InterruptedException {
        ledger.exit();
        supervisor.join();
        ledger.auditAfterExit(supervisor, "join");
    }

    private void close(Supervisor supervisor) {
        ledger.exit();
        ledger.tell();
        supervisor.close();
        ledger.auditAfterExit(supervisor, "close");
    }

    private void joinInterrupted(Supervisor supervisor) throws InterruptedException {
        ledger.exit();
        interrupter = workers.send(me::interrupt);
        try {
            supervisor.join();
        } catch (InterruptedException e) {
            soak.tally.add(Tally.Of.OWNERS_INTERRUPTED);
            Supervisor.State state = supervisor.state();
            if (state != Supervisor.State.EXITING && state != Supervisor.State.FINISHED) {
                soak.findings.add("C4", supervisor + " is " + state + " after a join that was interrupted");
            }
            if (random.nextBoolean()) {
                supervisor.join();
            }
        }
        ledger.tell();
    }

    private void throwOut(Supervisor supervisor) {
        ledger.exit();
        Fault.OfUser thrown = new Fault.OfUser(Fault.Culprit.BODY);
        try (supervisor) {
            ledger.tell();
            throw thrown;
        } catch (Fault.OfUser e) {
            if (e != thrown || e.getSuppressed().length > 0) {
                soak.findings.add("C4", "the block of " + ledger + " has thrown " + e);
            }
        }
    }

    private void failFatally(Supervisor supervisor) {
        Entry entry = scope.spawn(random, BodyKind.FAIL_FATALLY, 0, null, null);
        try {
            if (entry != null) {
                entry.task().get(100, TimeUnit.MILLISECONDS);   // it may have been dropped
            }
        } catch (InterruptedException e) {
            ownerInterrupted();
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            Thread.yield();   // as expected
        }
        close(supervisor);
    }

    private void shutDownByStranger(Supervisor supervisor) throws InterruptedException {
        workers.send(scope::shutDown);
        if (random.nextBoolean() && !ledger.isTold()) {
            try {
                if (!new CountDownLatch(1).await(50, TimeUnit.SECONDS)) {
                    soak.findings.add("C3", "shutdown has not interrupted the owner of " + ledger);
                }
            } catch (InterruptedException e) {
                ownerInterrupted();
            }
        } else {
            join(supervisor);   // not in its body, it does not feel it
        }
        close(supervisor);
    }

    // ---- by run and call

    private void run(Acts acts) throws InterruptedException {
        Supervisor.Builder builder = scope.builder(random);
        if (exit == Exit.RUN_THROWS_AND_ABORTS) {
            builder.onBlockFailure(BlockFailure.ABORT);
        }
        Fault.OfUser thrown = new Fault.OfUser(Fault.Culprit.BODY);
        Object result = new Object();
        try {
            if (exit == Exit.CALL) {
                Object returned = builder.call(supervisor -> {
                    block(supervisor, acts, thrown);
                    return result;
                });
                if (returned != result) {
                    soak.findings.add("C5", "call has returned " + returned);
                }
            } else {
                builder.run(supervisor -> block(supervisor, acts, thrown));
            }
            if (exit == Exit.RUN_THROWS_AND_WAITS || exit == Exit.RUN_THROWS_AND_ABORTS) {
                soak.findings.add("C5", "the run of " + ledger + " has not thrown what its block has");
            }
        } catch (Fault.OfUser e) {
            if (e != thrown) {
                soak.findings.add("C5", "the run of " + ledger + " has thrown " + e);
            }
        } catch (InterruptedException e) {
            soak.tally.add(Tally.Of.OWNERS_INTERRUPTED);
            if (interrupter == null) {
                soak.unexpected("the run of " + ledger, e);
            }
        }
    }

    private void block(Supervisor supervisor, Acts acts, Fault.OfUser thrown) throws InterruptedException {
        scope.opened(supervisor);
        acts.perform(me);
        ledger.exit();
        if (exit == Exit.RUN_INTERRUPTED) {
            ledger.tell();
            interrupter = workers.send(me::interrupt);
        } else if (exit == Exit.RUN_THROWS_AND_ABORTS) {
            ledger.tell();
            throw thrown;
        } else if (exit == Exit.RUN_THROWS_AND_WAITS) {
            throw thrown;
        }
    }
}
