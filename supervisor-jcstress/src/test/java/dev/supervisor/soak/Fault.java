package dev.supervisor.soak;

import java.util.concurrent.RejectedExecutionException;

/** What the soak throws. Each throwable says who threw it, and bodies' also whose task it was. */
interface Fault {

    /** Who has thrown. */
    enum Culprit { BODY, FATAL, CALLBACK, HANDLER, DECORATOR, PREDICATE, EXECUTOR, HOOK }

    Culprit culprit();

    /** The kinds of throwables that bodies throw. */
    enum Kind { EXCEPTION, ERROR, SNEAKY_CHECKED, OUT_OF_MEMORY, NESTED_CAUSE }

    /** A fault of a body. */
    interface OfBody extends Fault {

        Entry entry();

        @Override
        default Culprit culprit() {
            return Culprit.BODY;
        }
    }

    /** Throws one of that kind, checked or not. */
    static RuntimeException ofBody(Kind kind, Entry entry) {
        Throwable fault = switch (kind) {
            case EXCEPTION -> new Boom(entry, null);
            case ERROR -> new BoomError(entry);
            case SNEAKY_CHECKED -> new Checked(entry);
            case OUT_OF_MEMORY -> new NoMemory(entry);
            case NESTED_CAUSE -> new Boom(entry, new IllegalStateException("the cause"));
        };
        entry.sample("failure", fault);
        throw Fault.<RuntimeException>any(fault);
    }

    @SuppressWarnings("unchecked")
    static <X extends Throwable> X any(Throwable thrown) throws X {
        throw (X) thrown;
    }

    /** Finds the fault in what was reported, or null. */
    static Fault in(Throwable reported) {
        for (Throwable link = reported; link != null; link = link.getCause()) {
            if (link instanceof Fault fault) {
                return fault;
            }
        }
        return null;
    }

    final class Boom extends RuntimeException implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        Boom(Entry entry, Throwable cause) {
            super("a body's", cause);
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }
    }

    final class BoomError extends Error implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        BoomError(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }
    }

    final class Checked extends Exception implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        Checked(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }
    }

    final class NoMemory extends OutOfMemoryError implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        NoMemory(Entry entry) {
            super("made by hand");
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }
    }

    /** Of a task of a server, or of its stage. */
    final class OfServer extends RuntimeException implements Fault {
        private static final long serialVersionUID = 1L;

        OfServer(ServerTask task) {
            super(task.name);
        }

        @Override
        public Culprit culprit() {
            return Culprit.BODY;
        }
    }

    /** A body was interrupted. */
    final class Interrupted extends InterruptedException implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        Interrupted(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }
    }

    /** Fatal, by the predicate of the soak. */
    final class Fatal extends InternalError implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        Fatal(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }

        @Override
        public Culprit culprit() {
            return Culprit.FATAL;
        }
    }

    /** Fatal, and checked: the exit wraps it. */
    final class FatalChecked extends Exception implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        FatalChecked(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }

        @Override
        public Culprit culprit() {
            return Culprit.FATAL;
        }
    }

    /** Thrown by what a user lends to the supervisor: callbacks, handlers, decorators, executors. */
    final class OfUser extends RuntimeException implements Fault {
        private static final long serialVersionUID = 1L;
        private final Culprit culprit;

        OfUser(Culprit culprit) {
            super(culprit.name());
            this.culprit = culprit;
        }

        @Override
        public Culprit culprit() {
            return culprit;
        }
    }

    /** A decorator has thrown, outside of the body. */
    final class OfDecorator extends RuntimeException implements OfBody {
        private static final long serialVersionUID = 1L;
        private final transient Entry entry;

        OfDecorator(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Entry entry() {
            return entry;
        }

        @Override
        public Culprit culprit() {
            return Culprit.DECORATOR;
        }
    }

    /** An executor refuses, as executors should. */
    final class Refusal extends RejectedExecutionException implements Fault {
        private static final long serialVersionUID = 1L;

        Refusal() {
            super("the executor refuses");
        }

        @Override
        public Culprit culprit() {
            return Culprit.EXECUTOR;
        }
    }

    /** No thread can be had. */
    final class NoThread extends OutOfMemoryError implements Fault {
        private static final long serialVersionUID = 1L;

        @Override
        public Culprit culprit() {
            return Culprit.EXECUTOR;
        }
    }

    /** Thrown by an executor that has already passed the task on. */
    final class AfterStart extends IllegalStateException implements Fault {
        private static final long serialVersionUID = 1L;

        @Override
        public Culprit culprit() {
            return Culprit.EXECUTOR;
        }
    }
}
