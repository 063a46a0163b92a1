package dev.supervisor.faults;

import dev.supervisor.Task;
import java.util.EnumSet;
import java.util.Set;

/** The places where a spawn, a completion, a cancellation or an exit calls user code, and what a throw there means. */
enum FaultPoint {
    DECORATE("the decorator", Means.REFUSED),
    EXECUTE("the executor, before it takes the task", Means.REFUSED, Where.CALLER_RUNS, Where.POOLED),
    EXECUTE_QUEUED("the executor, having queued the task", Means.REFUSED, Where.POOLED),
    EXECUTE_RAN("the executor, after the body has begun", Means.REFUSED_TOO_LATE, Where.CALLER_RUNS, Where.POOLED),
    FACTORY("the thread factory", Means.REFUSED, Where.PER_TASK),
    START("start() of the factory's thread", Means.REFUSED, Where.PER_TASK),
    SPAWNER_LOADER("getContextClassLoader() of the spawner's thread", Means.REFUSED, Where.DEFAULT),
    SPAWNER_STATUS("isInterrupted() of the spawner's thread", Means.REFUSED, Where.CALLER_RUNS),

    BODY("the body", Means.FAILS),
    DECORATED_BEFORE("the decorated body, before the body", Means.FAILS),
    DECORATED_AFTER("the decorated body, after the body", Means.REPORTED),
    DECORATED_AFTER_FAILURE("the decorated body, after the body has failed", Means.REPORTED, Ends.FAILS),
    CALLBACK("a callback", Means.REPORTED),
    CALLBACK_OF_FAILED("a callback of a failed task", Means.REPORTED, Ends.FAILS),
    LATE_CALLBACK("a callback registered after the end", Means.REPORTED),
    HANDLER("the failure handler", Means.REPORTED, Ends.FAILS),
    FATAL_IF("the fatalIf predicate", Means.REPORTED_ONLY, Ends.FAILS),
    GET_CAUSE("getCause() of the failure", Means.NOTHING, Ends.FAILS),
    GET_MESSAGE("getMessage() of the failure", Means.NOTHING, Ends.FAILS),
    TO_STRING("toString() of the failure", Means.NOTHING, Ends.FAILS),
    THROWN_BY_CALLBACK("toString() and getMessage() of what a callback throws", Means.NOTHING),
    UNCAUGHT_HANDLER("the uncaught-exception handler", Means.NOTHING),
    DEPENDENT("a dependent of the task's CompletableFuture", Means.NOTHING),
    OWNER_INTERRUPT("interrupt() of the owner's thread", Means.REPORTED_ONLY, Ends.FATALLY),

    PENDING_CALLBACK("a callback of a task that never started", Means.REPORTED, Ends.NEVER,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    PENDING_HOOK("a cancel hook of a task that never started", Means.REPORTED, Ends.NEVER,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    CANCEL_HOOK("a cancel hook of a task that runs", Means.REPORTED, Ends.INTERRUPTED),
    INTERRUPT("interrupt() of the task's thread, before its status is set", Means.REPORTED_ONLY, Ends.RELEASED,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    INTERRUPT_FELT("interrupt() of the task's thread, after its status is set", Means.REPORTED_ONLY, Ends.INTERRUPTED,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    CHANNEL("implCloseChannel() of the channel that the body is blocked on", Means.REPORTED_ONLY, Ends.IN_CHANNEL);

    /** What a throw of the user code means. */
    enum Means {
        /** The spawn throws the same; nothing of the task remains; never fatal (A6). */
        REFUSED("spawn throws it; body never runs", "A6"),
        /** The spawn throws the same; the task stays supervised (A6). */
        REFUSED_TOO_LATE("spawn throws it; task SUCCEEDED", "A6"),
        /** It is the task's failure, and fatal if {@code fatalIf} says so (E3, E10, C7). */
        FAILS("task FAILED with it, reported once; fatal if fatalIf says so", "E3, E5, E10, C7"),
        /** It goes to the uncaught-exception handler, wrapped, and is fatal if {@code fatalIf} says so (E4, E5, C7). */
        REPORTED("task ends as without it; uncaught handler gets it once; fatal if fatalIf says so", "E4, E5, C7"),
        /** As {@link #REPORTED}, and never fatal (C2, C7). */
        REPORTED_ONLY("task ends as without it; uncaught handler gets it once; never fatal", "C2, C7"),
        /** It has no effect. */
        NOTHING("task ends as without it", "E2, E3, E4");

        final String words;
        final String clauses;

        Means(String words, String clauses) {
            this.words = words;
            this.clauses = clauses;
        }
    }

    /** Where tasks get their threads from. */
    enum Where { CALLER_RUNS, POOLED, PER_TASK, DEFAULT }

    /** How the body ends if the place under test does not throw. */
    enum Ends {
        /** Returns. */
        RETURNS(Task.Status.SUCCEEDED),
        /** Throws an exception. */
        FAILS(Task.Status.FAILED),
        /** Throws an error that is fatal. */
        FATALLY(Task.Status.FAILED),
        /** Is never started; the task is cancelled. */
        NEVER(Task.Status.CANCELLED),
        /** Runs on, however often it is cancelled, until it is released. */
        RELEASED(Task.Status.SUCCEEDED),
        /** Ends by the interrupt that cancels it. */
        INTERRUPTED(Task.Status.CANCELLED),
        /** Ends when the interrupt closes its channel. */
        IN_CHANNEL(Task.Status.CANCELLED);

        final Task.Status status;

        Ends(Task.Status status) {
            this.status = status;
        }
    }

    final String words;
    final Means means;
    final Ends ends;
    final Set<Where> where;

    FaultPoint(String words, Means means, Where... where) {
        this(words, means, Ends.RETURNS, where);
    }

    FaultPoint(String words, Means means, Ends ends, Where... where) {
        this.words = words;
        this.means = means;
        this.ends = ends;
        this.where = where.length == 0 ? EnumSet.allOf(Where.class) : Set.of(where);
    }

    /** Whether the bench has to cancel the task to reach this place. */
    boolean needsCancelling() {
        return ends.compareTo(Ends.NEVER) >= 0;
    }
}
