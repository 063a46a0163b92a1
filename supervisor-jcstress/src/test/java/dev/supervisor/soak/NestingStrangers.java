package dev.supervisor.soak;

import static dev.supervisor.soak.CancellationLedger.Used;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Who cancel, abort and shut down in one round, from outside and at random moments. */
final class NestingStrangers {

    private final NestingRound round;
    private final CancellationLedger ledger;
    private final SplittableRandom random;
    private final List<CompletableFuture<?>> jobs = new ArrayList<>();

    NestingStrangers(NestingRound round, SplittableRandom random) {
        this.round = round;
        this.ledger = round.ledger;
        this.random = random;
    }

    /** Sends two of them, and waits for both. */
    void actAndEnd() throws Exception {
        for (int i = 0; i < 2; i++) {
            SplittableRandom own = random.split();
            jobs.add(CompletableFuture.runAsync(() -> act(own), round.pools.strangers()));
        }
        for (CompletableFuture<?> job : jobs) {
            job.get(NestingSoak.HANG_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void act(SplittableRandom own) {
        for (int deeds = own.nextInt(4, 16); deeds > 0; deeds--) {
            LockSupport.parkNanos(own.nextInt(400_000));   // the pace
            switch (own.nextInt(8)) {
                case 0, 1, 2 -> round.cancelAny(own);
                case 3, 4 -> cancelStack(own);
                case 5 -> abort(own);
                case 6 -> shutDown(own, false);
                default -> shutDown(own, true);
            }
        }
        if (Thread.interrupted()) {
            ledger.findings.add("C6", "a stranger is interrupted");
        }
    }

    /** Two or more that run on one thread, one inside of the other, in either order. */
    private void cancelStack(SplittableRandom own) {
        Cancellation inner = round.pickRunning(own);
        List<Cancellation> stack = new ArrayList<>();
        for (Cancellation task = inner; task != null; task = task.below()) {
            stack.add(own.nextInt(stack.size() + 1), task);
        }
        for (Cancellation task : stack) {
            round.cancel(task);
        }
    }

    private void abort(SplittableRandom own) {
        NestedScope scope = round.pickInner(own);
        if (scope != null) {
            ledger.count(Used.ABORTED);
            scope.abort(ledger.tick());
        }
    }

    /** Shuts an inner supervisor down; and, if so asked, cancels the task that it was opened in at the same time. */
    private void shutDown(SplittableRandom own, boolean andCancel) {
        NestedScope scope = round.pickInner(own);
        if (scope == null) {
            return;
        }
        ledger.count(Used.SHUT_DOWN);
        if (!andCancel) {
            scope.shutdown(ledger.tick());
            return;
        }
        CompletableFuture<Void> down = CompletableFuture.runAsync(
                () -> scope.shutdown(ledger.tick()), round.pools.strangers());
        if (own.nextBoolean()) {
            down.join();
        }
        round.cancel(scope.openedIn);
        down.join();
    }
}
