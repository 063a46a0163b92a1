package dev.supervisor;

import java.util.List;

/**
 * The vocabulary of random histories: what actors, bodies and callbacks do. Scripts are plain data, made before
 * anything runs, so that both sides of a comparison perform the very same ones.
 */
final class History {

    private History() { }

    /** What can be done, by an actor, a body or a callback. The last three are the driver's alone. */
    enum Op {
        SPAWN, CANCEL, CANCEL_QUIETLY, ON_DONE, SEAL, ABORT, SHUTDOWN, JOIN, CLOSE, GET,
        /** Reports the interrupt status, and clears it. */
        PROBE,
        /** Tells a waiting body how to end. */
        END,
        /** Runs what the executor has kept back. */
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
        /** Fails, and the failure handler throws when told of it. */
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
     * A body or a callback: its acts, and then either its end or, if it {@code waits}, whatever the driver tells it
     * until the driver ends it.
     */
    record Plan(String name, Mode mode, boolean waits, List<Act> acts, End end) {

        @Override
        public String toString() {
            return " " + name + (mode == null ? "" : " " + mode) + acts + (waits ? " waits" : " " + end);
        }
    }

    /** One step of a history: who does what. */
    record Step(String who, Act act) {

        @Override
        public String toString() {
            return who + ": " + act;
        }
    }
}
