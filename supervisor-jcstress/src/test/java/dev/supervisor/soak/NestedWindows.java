package dev.supervisor.soak;

import static dev.supervisor.soak.CancellationLedger.Used;

import dev.supervisor.Task;
import java.util.SplittableRandom;

/** Whatever else than a block nests a window on the thread of a task: tasks of others, and callbacks. */
final class NestedWindows {

    private final NestingRound round;
    private final CancellationLedger ledger;
    private final SplittableRandom random;
    private final Cancellation me;
    private final int depth;

    NestedWindows(NestedCode code, Cancellation me, int depth) {
        this.round = code.round;
        this.ledger = round.ledger;
        this.random = code.random;
        this.me = me;
        this.depth = depth;
    }

    /** Runs a task of another supervisor on this thread. */
    void runNeighbours(NestedScope neighbour) {
        if (neighbour == round.trampoline) {
            ledger.count(Used.TRAMPOLINED);
        }
        me.note("runs another's task");
        round.spawn(neighbour, false, depth + 1, random);
    }

    /**
     * Runs tasks of the pool, if this is one of its workers. Until the pool is quiet only a root does, alone on its
     * thread: nobody in the pool waits for it, and it waits for all of them.
     */
    void help() {
        if (round.pools.canHelp()) {
            boolean untilQuiet = me.scope.depth == 0 && me.below() == null && random.nextBoolean();
            ledger.count(untilQuiet ? Used.HELPED_UNTIL_QUIET : Used.HELPED);
            me.note("helps");
            round.pools.help(untilQuiet);
        }
    }

    /** Callbacks of a task that is dropped on this thread, and one that comes late. */
    void callBack() {
        NestedScope scope = new NestedScope(depth, NestingThreads.NOBODY, false, null);
        scope.opened(round.pools.builder(scope.threads).unowned().open());
        round.opened(scope);
        try {
            Cancellation dropped = round.spawn(scope, false, depth + 1, random);
            if (dropped != null) {
                Task<?> task = dropped.handle();
                me.note("calls back");
                for (int i = 0; i < 2; i++) {
                    task.onDone(NestedCode.callback(round, random.split()));
                }
                round.cancel(dropped);
                ledger.count(Used.DROPPED_CALLBACKS);
                task.onDone(NestedCode.callback(round, random.split()));
                ledger.count(Used.LATE_CALLBACKS);
            }
        } finally {
            scope.shutdown(ledger.tick());
            scope.left();
        }
    }
}
