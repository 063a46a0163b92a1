package dev.supervisor.soak;

import static dev.supervisor.soak.CancellationLedger.Used;

import dev.supervisor.BlockFailure;
import dev.supervisor.Supervisor;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;

/** Opens, uses and leaves supervisors inside of a task. */
final class NestedScopes {

    private static final int DEEPEST = 6;
    private static final int HIGHEST = 16;

    private final NestedCode code;
    private final NestingRound round;
    private final CancellationLedger ledger;
    private final SplittableRandom random;
    private final Cancellation me;
    private final int depth;
    private final NestedWindows others;

    NestedScopes(NestedCode code, Cancellation me, int depth) {
        this.code = code;
        this.round = code.round;
        this.ledger = round.ledger;
        this.random = code.random;
        this.me = me;
        this.depth = depth;
        this.others = new NestedWindows(code, me, depth);
    }

    /** Thrown by a block that is left early. */
    private static final class LeftEarly extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    /** One thing that a task does. */
    void step() throws InterruptedException {
        switch (random.nextInt(14)) {
            case 0, 1 -> code.look();
            case 2, 3 -> code.pause();
            case 4 -> others.runNeighbours(round.callerRuns);
            case 5 -> others.runNeighbours(round.trampoline);
            case 6 -> others.callBack();
            case 7 -> others.help();
            case 8 -> round.cancelAny(random);
            default -> {
                if (depth < DEEPEST && Frames.height() < HIGHEST) {
                    open();
                }
            }
        }
    }

    private void open() throws InterruptedException {
        boolean calm = random.nextBoolean();
        NestingThreads threads = calm && me.patient ? NestingThreads.pickPatient(random) : NestingThreads.pick(random);
        NestedScope scope = new NestedScope(depth, threads, random.nextInt(4) > 0, me);
        switch (random.nextInt(6)) {
            case 0, 1 -> openInTry(scope);
            case 2, 3 -> openInRun(scope, false);
            case 4 -> openInRun(scope, true);
            default -> openCrossed(scope, new NestedScope(depth, NestingThreads.pick(random), true, me));
        }
    }

    private Supervisor.Builder builder(NestedScope scope) {
        Supervisor.Builder builder = round.pools.builder(scope.threads)
                .onBlockFailure(random.nextBoolean() ? BlockFailure.WAIT : BlockFailure.ABORT);
        return scope.owned ? builder : builder.unowned();
    }

    private Frames.Frame opened(NestedScope scope, Supervisor supervisor) {
        scope.opened(supervisor);
        Frames.Frame frame = Frames.enterBlock(scope, ledger.tick());
        round.opened(scope);
        me.blockOpened(scope);
        me.note("opens " + scope);
        return frame;
    }

    // ---- The forms

    private void openInTry(NestedScope scope) throws InterruptedException {
        ledger.count(Used.TRY);
        Frames.Frame frame = opened(scope, builder(scope).open());
        try {
            use(scope);
            if (random.nextInt(3) > 0) {
                join(scope);
            } else {
                ledger.count(Used.LEFT_EARLY);
            }
        } finally {
            close(scope, frame);
        }
    }

    /** Two blocks, of which the first one is left first. */
    private void openCrossed(NestedScope first, NestedScope second) throws InterruptedException {
        ledger.count(Used.CROSSED);
        Frames.Frame firstFrame = opened(first, builder(first).open());
        Frames.Frame secondFrame = opened(second, builder(second).open());
        try {
            use(first);
            use(second);
        } finally {
            close(first, firstFrame);
            close(second, secondFrame);
        }
    }

    private void openInRun(NestedScope scope, boolean call) throws InterruptedException {
        ledger.count(call ? Used.CALL : Used.RUN);
        Frames.Frame[] frame = new Frames.Frame[1];
        boolean[] handedOn = new boolean[1];
        InterruptedException interrupt = null;
        try {
            if (call) {
                builder(scope).<String, RuntimeException>call(supervisor -> {
                    frame[0] = opened(scope, supervisor);
                    block(scope, handedOn);
                    return "";
                });
            } else {
                builder(scope).<RuntimeException>run(supervisor -> {
                    frame[0] = opened(scope, supervisor);
                    block(scope, handedOn);
                });
            }
        } catch (InterruptedException e) {
            interrupt = e;
        } catch (LeftEarly | NestingPools.FatalEnd | CompletionException e) {
            me.note("run has thrown " + e.getClass().getSimpleName());
        } finally {
            left(scope, frame[0]);
        }
        if (interrupt == null && handedOn[0]) {
            Frames.interruptHasLost();
        }
        if (interrupt != null) {
            Frames.thrownByRun(ledger, handedOn[0], handedOn[0] || scope.mayOwnerBeTold());
            code.endOrSwallow();
        }
    }

    private void block(NestedScope scope, boolean[] handedOn) throws InterruptedException {
        try {
            use(scope);
            abortIfNobodyWould(scope);
            if (random.nextInt(6) == 0) {
                ledger.count(Used.LEFT_EARLY);
                throw new LeftEarly();
            }
        } catch (InterruptedException e) {
            me.handOn();
            handedOn[0] = true;
            throw e;
        } finally {
            scope.exitBegins();
            scope.mayTell(ledger.tick());
        }
    }

    // ---- Inside

    private void use(NestedScope scope) throws InterruptedException {
        boolean patient = me.patient && scope.threads.mayBePatient();
        for (int children = random.nextInt(1, 4); children > 0; children--) {
            round.spawn(scope, patient, depth + 1, random);
            if (scope.threads == NestingThreads.FORK_JOIN) {
                others.help();
            }
        }
        for (int steps = random.nextInt(3); steps > 0; steps--) {
            new NestedScopes(code, me, depth + 1).step();
        }
        if (me.patient && random.nextInt(5) == 0) {
            code.waitUntilTold(me);
        }
        if (random.nextBoolean()) {
            ledger.lastCheckpoint(scope, () -> code.moment("the last checkpoint of a block"));
        }
    }

    /** Tasks of this task's may wait until it is cancelled; if it was already, it is not told again. */
    private void abortIfNobodyWould(NestedScope scope) {
        if (me.isAsked() && me.patient && scope.threads.mayBePatient()) {
            scope.abort(ledger.tick());
        }
    }

    private void join(NestedScope scope) throws InterruptedException {
        abortIfNobodyWould(scope);
        scope.exitBegins();
        boolean interrupted = false;
        try {
            scope.supervisor().join();
            ledger.count(Used.JOINED);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (NestingPools.FatalEnd fatal) {
            me.note("join has thrown a fatal error");
        }
        if (interrupted) {
            code.thrownByWait("join");
        }
    }

    private void close(NestedScope scope, Frames.Frame frame) {
        scope.exitBegins();
        if (random.nextBoolean()) {
            scope.abort(ledger.tick());
        }
        scope.mayTell(ledger.tick());
        try {
            scope.supervisor().close();
        } catch (NestingPools.FatalEnd | CompletionException fatal) {
            if (!NestingPools.FatalEnd.isIn(fatal)) {
                throw fatal;
            }
            me.note("close has thrown a fatal error");
        } finally {
            left(scope, frame);
        }
    }

    private void left(NestedScope scope, Frames.Frame frame) {
        Frames.leave(frame);
        me.blockLeft(scope);
        me.note("has left it" + (scope.mayOwnerBeTold() ? ", told" : ""));
        scope.left();
    }
}
