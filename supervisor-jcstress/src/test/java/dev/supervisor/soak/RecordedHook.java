package dev.supervisor.soak;

import dev.supervisor.Action;
import java.util.concurrent.atomic.AtomicInteger;

/** A hook, and how often it has run (S3). */
final class RecordedHook implements Action {

    private final ServerTask task;
    private final boolean forDrain;
    private final Action effect;
    private final AtomicInteger runs = new AtomicInteger();

    RecordedHook(ServerTask task, boolean forDrain, Action effect) {
        this.task = task;
        this.forDrain = forDrain;
        this.effect = effect;
    }

    @Override
    public void run() throws Exception {
        if (runs.incrementAndGet() > 1) {
            task.find("S3", "a hook runs twice");
        }
        if (forDrain ? !task.ledger.isDraining() : !task.mayBeAsked()) {
            task.find("S3", (forDrain ? "a drain hook" : "a cancel hook") + " runs, and nobody has asked for that");
        }
        task.ledger.tally.add(forDrain ? Tally.Of.DRAIN_HOOKS : Tally.Of.CANCEL_HOOKS);
        effect.run();
        if (task.id % 32 == 11) {
            task.ledger.tally.add(Tally.Of.HOOKS_THAT_THREW);
            throw new Fault.OfUser(Fault.Culprit.HOOK);
        }
    }

    int runs() {
        return runs.get();
    }

    /**
     * Whether it has run as often as it has to: a cancel hook once if there was a request, and else never; a drain hook
     * at most once.
     */
    boolean isSettled(boolean requested) {
        return forDrain ? runs.get() <= 1 : runs.get() == (requested ? 1 : 0);
    }

    @Override
    public String toString() {
        return (forDrain ? "drain hook, run " : "cancel hook, run ") + runs;
    }
}
