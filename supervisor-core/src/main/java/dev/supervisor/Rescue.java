package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * What becomes of a task whose completer ran out of stack: others finish it. So a recursion that spawns until the stack
 * overflows, which is easy to write with a caller-runs executor, leaves no task live for ever.
 */
final class Rescue implements Consumer<SupervisedTask<?>> {

    /*
     * A stack can run out in any call, in our own frames too, which then throws StackOverflowError. Nothing can safely
     * be called where that is caught; a frame further up may have more room, or none.
     *
     * So whoever is cut off while there is something for him to complete leaves word of it, and raises `stranded`, by
     * stores alone: a call could be cut off in turn. From then on it is nobody's. Whoever completes a task later, by
     * and by with more stack, or comes to wait, looks for what was left; cut off again, he leaves it again. Word is
     * left in
     *
     *   task.thread    CUT_OFF: the task is in the live set, and has to be ended if it is not done, and to be seen off;
     *                  SEEN_OFF: only unregister() is missing. Taken over by CAS
     *   task.slot      with UNDO: the spawn has thrown, and if the task is still pending, it is to be dropped.
     *                  Complemented: INTERRUPTING is set, and whoever set it will not go on. Taken over by CAS, by the
     *                  next canceller or by the task at its end; likewise owner.cutOff. Two who are cut off at one
     *                  task in the same instant can lose one of two
     *   stripe.owed    how many tasks have been taken out of the live set, or never came into it, and were not counted
     *                  out. Two threads that are cut off at this place in the same instant can lose one of two
     *   the fatal slot a fatal error is kept, whose abort told nobody, or not all. Another abort does no harm
     *   the stripes    deserted, but not closed; or all closed, but the end not announced. Doing both again is harmless
     *
     * raise: leave word, then stranded = true. run: stranded = false by exchange, which reads the last raise and sees
     * what was left before it; then look. What is raised after the exchange is left for the next.
     */
    static final Object CUT_OFF = new Object();
    static final Object SEEN_OFF = new Object();

    /** A bit that no index of a slot has. */
    static final int UNDO = 1 << 30;

    private static final VarHandle STRANDED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "stranded", VarHandle.class, Supervisor.class, boolean.class);

    private final Thread me = Thread.currentThread();

    private Rescue() { }

    /** Finishes what was left, if anything. */
    static void run(Supervisor supervisor) {
        if (supervisor.stranded) {
            try {
                if ((boolean) STRANDED.getAndSet(supervisor, false)) {
                    Failures.abortIfFatal(supervisor);
                    supervisor.census.forEach(new Rescue());
                    supervisor.census.settle();
                }
            } catch (Throwable cut) {
                supervisor.stranded = true;
                throw cut;
            }
        }
    }

    /** Tries to finish what the caller has left; if he has not the stack for that, it is left to others. */
    static void attempt(Supervisor supervisor) {
        try {
            run(supervisor);
        } catch (StackOverflowError again) {
            // The caller throws the first one.
        }
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if ((task.slot & UNDO) != 0 && task.refuse()) {   // only one that is pending can be refused
            try {
                task.cleanUpDropped(me);
            } catch (Throwable cut) {
                task.thread = CUT_OFF;
                throw cut;
            }
        } else {
            task.rescue(me);
        }
    }

    /** Where a task lies in its segment, whatever is noted besides. */
    static int index(int slot) {
        return (slot < 0 ? ~slot : slot) & ~UNDO;
    }
}
