package dev.supervisor.engine;

import dev.supervisor.Refusal;
import java.util.concurrent.atomic.AtomicLongArray;

/** What is counted of a supervisor besides its stripes (O1): what is rare. It is made with the first that comes. */
final class Tally {

    /*
     * How many tasks have come, and how many have gone as SUCCEEDED, stands in the stripes. So a task that succeeds does
     * nothing here. For each other end there is a number here, and a task adds to one of them:
     *
     *   FAILED, TIMED_OUT   the two together are the tasks that have failed
     *   CANCELLED           also of tasks that were dropped
     *   UNDONE              dropped, and the spawn throws: it came, and was not accepted
     *   UNDONE_LATE         the same, where that was known only after it had been added to CANCELLED, which is too many
     *
     * 1. The thread that completes a task adds before it counts the task out. So whoever sees that the supervisor is
     *    finished sees all (Race33a_CountAgainstStats).
     * 2. A completion can be cut off, and begun again by another thread (Completion). So the thread sets TALLIED in the
     *    task's `slot` by a store right after the addition, and there is no call between the two: the addition has
     *    happened and is marked, or neither. No other thread writes `slot` then, for one at a time has the task in hand.
     * 3. A task can be dropped by an abort while its spawn is under way, and it is known only later whether the spawn
     *    throws. Until then the task is a cancelled one. The completer adds, then sets COUNTED in the task's word; the
     *    spawner that throws sets REFUSED in the same word. Both are atomic changes, so the second sees the first, and
     *    corrects the numbers: it adds to UNDONE_LATE, which is taken from CANCELLED, and never more than that, since the
     *    task was added there before. (Race33b_CancelledOrUndone.)
     *    If the stack runs out between the atomic change and the correction, that is not made: then the task of a spawn
     *    that has thrown stays a cancelled one, and the sums fit all the same.
     *
     * A refusal is counted by its spawner, just before it throws.
     */
    private static final int FAILED = 0;
    private static final int TIMED_OUT = 1;
    private static final int CANCELLED = 2;
    private static final int UNDONE = 3;
    private static final int UNDONE_LATE = 4;
    /** Here begin the refusals, in the order of the reasons. */
    private static final int REFUSED = 5;
    private static final int NUMBERS = REFUSED + Refusal.values().length;

    private final AtomicLongArray numbers = new AtomicLongArray(NUMBERS);

    // ---- Counting

    /** Counts the end of a task that has not succeeded; to be called before its count-out, may be repeated. */
    static void ended(SupervisedTask<?> task) {
        Tally tally = task.scope.tally();
        int s = task.state;
        int number = numberOf(s);
        if ((task.slot & TaskState.TALLIED) == 0) {
            tally.numbers.getAndIncrement(number);
            task.slot |= TaskState.TALLIED;   // no call between the two
        }
        if ((s & (TaskState.PHASE | TaskState.REFUSED | TaskState.COUNTED)) == TaskState.DROPPED) {
            int before = (int) TaskState.STATE.getAndBitwiseOr((Window) task, TaskState.COUNTED);
            if ((before & TaskState.REFUSED) != 0) {   // decides Race33b_CancelledOrUndone
                tally.undone();
            }
        }
    }

    private static int numberOf(int state) {
        return switch (TaskState.phase(state)) {
            case TaskState.FAILED -> (state & TaskState.TIMED_OUT) != 0 ? TIMED_OUT : FAILED;
            case TaskState.DROPPED -> (state & TaskState.REFUSED) != 0 ? UNDONE : CANCELLED;
            default -> CANCELLED;
        };
    }

    /** A task that was counted as cancelled was not accepted. */
    void undone() {
        numbers.getAndIncrement(UNDONE_LATE);
    }

    /** Counts a spawn that is refused. */
    void refused(Refusal reason) {
        numbers.getAndIncrement(REFUSED + reason.ordinal());
    }

    // ---- Looking

    long failed() {
        return numbers.get(FAILED) + timedOut();
    }

    long timedOut() {
        return numbers.get(TIMED_OUT);
    }

    /** How many have come and were not accepted; it only rises. */
    long notAccepted() {
        return numbers.get(UNDONE) + numbers.get(UNDONE_LATE);
    }

    /** Exact if the number of those that were not accepted is the same before and after. */
    long cancelled() {
        return numbers.get(CANCELLED) - numbers.get(UNDONE_LATE);
    }

    long refused(int reason) {
        return numbers.get(REFUSED + reason);
    }
}
