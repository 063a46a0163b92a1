package dev.supervisor.soak;


import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What code does inside of a task, of a block or of a callback: it comes to checkpoints, and notes what it feels. */
final class NestedCode {

    final NestingRound round;
    final SplittableRandom random;
    private final CancellationLedger ledger;
    /** Whether it ends when it feels an interrupt; otherwise it swallows that. */
    private final boolean obeys;

    NestedCode(NestingRound round, SplittableRandom random, boolean obeys) {
        this.round = round;
        this.ledger = round.ledger;
        this.random = random;
        this.obeys = obeys;
    }

    /** The body of a task. */
    void body(Cancellation task, int depth) throws InterruptedException {
        Frames.Frame frame = task.begin(ledger.tick());
        int height = Frames.height();
        ledger.height(height);
        if (height > 1) {
            ledger.count(CancellationLedger.Used.INLINE);
        }
        try {
            for (int steps = random.nextInt(1, 5); steps > 0; steps--) {
                new NestedScopes(this, task, depth).step();
            }
            if (task.patient && random.nextInt(3) == 0) {
                waitUntilTold(task);
            }
        } catch (InterruptedException e) {
            frame.endsByInterrupt();
            throw e;
        } finally {
            ledger.lastCheckpoint(task, () -> moment("the last checkpoint"));
            if (frame.mayBeStray() && Thread.interrupted()) {
                Frames.felt(ledger, "the end");
            }
            if (height == 1) {
                ledger.endedAlone(task);
            }
            task.end(ledger.tick());
            Frames.leave(frame);
        }
        if (task.scope.depth > 0 && random.nextInt(10) == 0) {
            task.scope.mayTellOwner(ledger.tick());
            ledger.count(CancellationLedger.Used.FATAL);
            throw new NestingPools.FatalEnd();
        }
    }

    // ---- Checkpoints

    /** Looks at the status. */
    void look() throws InterruptedException {
        if (Thread.interrupted()) {
            felt("a look at the status");
        }
    }

    /** Waits a little for nothing but an interrupt. */
    void pause() throws InterruptedException {
        boolean interrupted = false;
        try {
            new CountDownLatch(1).await(random.nextInt(1_500), TimeUnit.MICROSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            felt("a wait");
        }
    }

    /** Waits a moment, and swallows an interrupt. */
    void moment(String where) {
        try {
            new CountDownLatch(1).await(5, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Frames.felt(ledger, where);
        }
    }

    /** Waits for an interrupt, unless it has come already. */
    void waitUntilTold(Cancellation task) throws InterruptedException {
        long begin = System.nanoTime();
        while (!task.isSent() && !(task.isAsked() && task.hasFelt()) && !ledger.givesUp()) {
            try {
                new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                felt("a wait until told");
                return;
            }
            if (System.nanoTime() - begin > ledger.neverNanos()) {
                ledger.findings.add("A5", "never told, though it waits for nothing else: " + task);
                return;
            }
        }
    }

    /** An interrupt was consumed. */
    void felt(String where) throws InterruptedException {
        Frames.felt(ledger, where);
        endOrSwallow();
    }

    /** A wait of the library's has thrown InterruptedException. */
    void thrownByWait(String where) throws InterruptedException {
        Frames.thrownByWait(ledger, where);
        endOrSwallow();
    }

    void endOrSwallow() throws InterruptedException {
        if (obeys) {
            throw new InterruptedException("felt");
        }
    }

    // ---- Callbacks

    /** A callback that does nothing, or swallows interrupts, or sets the status again. */
    static Consumer<Object> callback(NestingRound round, SplittableRandom random) {
        NestedCode code = new NestedCode(round, random, false);
        int kind = random.nextInt(4);
        return done -> code.calledBack(kind);
    }

    private void calledBack(int kind) {
        Frames.Frame frame = Frames.enterCallback(ledger.tick());
        try {
            if (Thread.currentThread().isInterrupted() && !Frames.mayAnybodyBeTold()) {
                ledger.findings.add("E4", "a callback begins with the status set");
            }
            if (kind == 0) {
                return;
            }
            try {
                new CountDownLatch(1).await(random.nextInt(800), TimeUnit.MICROSECONDS);
            } catch (InterruptedException e) {
                Frames.felt(ledger, "a callback");
                ledger.count(CancellationLedger.Used.CALLBACKS_THAT_SWALLOW);
                if (kind == 1) {
                    Thread.currentThread().interrupt();
                }
            }
        } finally {
            Frames.leave(frame);
        }
    }
}
