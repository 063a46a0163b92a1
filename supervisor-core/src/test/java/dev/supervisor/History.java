package dev.supervisor;

import java.util.List;

/**
 * The vocabulary of random histories: what actors, bodies and callbacks do. Acts and plans are plain data, made before
 * they run, so that both sides of a comparison perform the same ones.
 */
final class History {

    private History() { }

    /** What an actor, a body or a callback can do. The last three are for the driver only. */
    enum Op {
        SPAWN, CANCEL, CANCEL_QUIETLY, ON_DONE, SEAL, ABORT, SHUTDOWN, JOIN, CLOSE, GET,
        /** Reports the interrupt status, and clears it. */
        PROBE,
        /** Ends a waiting body in the given way. */
        END,
        /** Runs a task that the executor has queued. */
        START,
        /** Interrupts an actor from outside. */
        INTERRUPT
    }

    /** What the executor does with a task. */
    enum Mode {
        /** Runs it on a pooled thread at once; {@code spawn} returns while it runs. */
        STARTED,
        /** The same, on a thread that carries a stray interrupt status. */
        STARTED_INTERRUPTED,
        /** Runs it on a pooled thread, twice. */
        TWICE,
        /** Runs it in the spawning thread. */
        INLINE,
        /** Keeps it until the driver starts it, or for ever. */
        QUEUED,
        /** Refuses it. */
        REFUSED,
        /** Starts it, and then throws all the same. */
        REFUSED_AFTER_START
    }

    /** How a body or a callback ends. */
    enum End {
        RETURN, THROW, THROW_ERROR, STACK_OVERFLOW, CANCELLATION, FOREIGN_CANCELLATION, INTERRUPTED, WRAPPED_INTERRUPT,
        CLOSED_BY_INTERRUPT, INTERRUPTED_IO, SOCKET,
        /** Is interrupted, and its clean-up fails. */
        FAILED_CLEAN_UP,
        /** Fails, and the failure handler throws when it is called. */
        HANDLER_THROWS,
        /** Throws what the predicate calls fatal. */
        FATAL,
        /** Fails, and the failure handler throws something fatal. */
        HANDLER_FATAL
    }

    /** One action. {@code target} names a task, if the action has one; {@code plan} is what it spawns or registers. */
    record Act(Op op, String target, Plan plan, End end) {

        static Act of(Op op) {
            return new Act(op, "", null, null);
        }

        static Act on(Op op, String target) {
            return new Act(op, target, null, null);
        }

        static Act spawn(Plan plan) {
            return new Act(Op.SPAWN, "", plan, null);
        }

        static Act onDone(String target, Plan callback) {
            return new Act(Op.ON_DONE, target, callback, null);
        }

        static Act end(End end) {
            return new Act(Op.END, "", null, end);
        }

        @Override
        public String toString() {
            return (op + " " + target + (plan == null ? "" : plan) + (end == null ? "" : end)).strip();
        }
    }

    /**
     * A body or a callback: its acts, and then its end. A body that {@code waits} performs the acts of the driver in
     * place of that end, until the driver ends it.
     */
    record Plan(String name, Mode mode, boolean waits, List<Act> acts, End end) {

        @Override
        public String toString() {
            return " " + name + (mode == null ? "" : " " + mode) + acts + (waits ? " waits" : " " + end);
        }
    }

    /** One step of a history: an act, and the actor or body that performs it. */
    record Step(String who, Act act) {

        @Override
        public String toString() {
            return who + ": " + act;
        }
    }
}
