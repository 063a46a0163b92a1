package dev.supervisor.engine;

import dev.supervisor.Refusal;
import dev.supervisor.SupervisorStats;

/** The one implementation of {@link SupervisorStats}: sums over the stripes, and what the {@link Tally} has. */
final class Stats implements SupervisorStats {

    /*
     * Each number was true while it was read. A number that rises by one at a time, read in parts one after the other,
     * is between what it was before and what it is after that: so it has had that value. Of the tasks that have come,
     * and of those that were cancelled, some are subtracted that were not accepted; so the numbers count only if no
     * spawn was undone meanwhile. Each further round of the loop means that one was.
     */
    private static final int REASONS = Refusal.values().length;

    private final long accepted;
    private final long live;
    private final long succeeded;
    private final long failed;
    private final long cancelled;
    private final long timedOut;
    private final long[] refused = new long[REASONS];

    Stats(Scope scope) {
        long notAccepted;
        long came;
        long remaining;
        long exited;
        long dropped;
        do {
            Tally tally = scope.tallyIfAny();
            notAccepted = notAccepted(scope);
            came = 0;
            remaining = 0;
            exited = 0;
            for (Stripe stripe : scope.census.stripes()) {
                exited += stripe.succeeded();
                remaining += stripe.liveCount();
                came += stripe.came();
            }
            dropped = tally == null ? 0 : tally.cancelled();
        } while (notAccepted(scope) != notAccepted);
        this.accepted = came - notAccepted;
        this.live = remaining;
        this.succeeded = exited;
        this.cancelled = dropped;
        Tally tally = scope.tallyIfAny();
        this.timedOut = tally == null ? 0 : tally.timedOut();
        this.failed = tally == null ? 0 : tally.failed();   // after those of them that are timed out
        for (int reason = 0; tally != null && reason < REASONS; reason++) {
            refused[reason] = tally.refused(reason);
        }
    }

    private static long notAccepted(Scope scope) {
        Tally tally = scope.tallyIfAny();
        return tally == null ? 0 : tally.notAccepted();
    }

    @Override
    public long accepted() {
        return accepted;
    }

    @Override
    public long live() {
        return live;
    }

    @Override
    public long succeeded() {
        return succeeded;
    }

    @Override
    public long failed() {
        return failed;
    }

    @Override
    public long cancelled() {
        return cancelled;
    }

    @Override
    public long timedOut() {
        return timedOut;
    }

    @Override
    public long refused() {
        long sum = 0;
        for (long ofReason : refused) {
            sum += ofReason;
        }
        return sum;
    }

    @Override
    public long refused(Refusal reason) {
        return refused[reason.ordinal()];
    }

    @Override
    public String toString() {
        return "SupervisorStats[accepted=" + accepted + ", live=" + live + ", succeeded=" + succeeded + ", failed="
                + failed + ", cancelled=" + cancelled + ", timedOut=" + timedOut + ", refused=" + refused() + "]";
    }
}
