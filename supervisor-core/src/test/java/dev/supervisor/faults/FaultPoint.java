package dev.supervisor.faults;

import dev.supervisor.Task;
import java.util.EnumSet;
import java.util.List;
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
    CHANNEL("implCloseChannel() of the channel that the body is blocked on", Means.REPORTED_ONLY, Ends.IN_CHANNEL),

    DRAIN_HOOK("a drain hook", Means.REPORTED, Ends.DRAINED),
    SPEC_DRAIN_HOOK("a spec's drain hook", Form.SPEC, Means.REPORTED, Ends.DRAINED),
    SPEC_CALLBACK("a spec's callback", Form.SPEC, Means.REPORTED, Ends.RETURNS),
    PENDING_SPEC_CALLBACK("a spec's callback, of a task that never started", Form.SPEC, Means.REPORTED, Ends.NEVER,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    PENDING_SPEC_HOOK("a spec's cancel hook, of a task that never started", Form.SPEC, Means.REPORTED, Ends.NEVER,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    SPEC_DECORATE("a spec's decorator", Form.SPEC, Means.REFUSED, Ends.RETURNS),
    SPEC_DECORATED_BEFORE("the body that a spec's decorator has made, before the body", Form.SPEC, Means.FAILS,
            Ends.RETURNS),
    SPEC_DECORATED_AFTER("the body that a spec's decorator has made, after the body", Form.SPEC, Means.REPORTED,
            Ends.RETURNS),

    // No thread runs an async task, so the kinds of thread are all one. Of a stage the library calls no other methods;
    // an UnsupportedOperationException of cancel() says that it has none (AsyncTest).
    ASYNC_START("the start of an async task", Form.ASYNC, Means.FAILS, Ends.RETURNS, Where.DEFAULT),
    ASYNC_DECORATED_AFTER("the decorated start, after the start", Form.ASYNC, Means.REPORTED, Ends.RETURNS,
            Where.DEFAULT),
    ASYNC_REGISTER("whenComplete() of a stage", Form.ASYNC, Means.FAILS, Ends.RETURNS, Where.DEFAULT),
    ASYNC_REGISTERED("whenComplete() of a stage, after it has called back", Form.ASYNC, Means.REPORTED, Ends.RETURNS,
            Where.DEFAULT),
    ASYNC_CANCEL("cancel() of a stage", Form.ASYNC, Means.REPORTED, Ends.RELEASED, Where.DEFAULT),

    SHIELDED("the body, inside of a shield", Form.SELF, Means.FAILS, Ends.RETURNS),
    SUBMITTED("a body that was given to submit()", Form.SUBMITTED, Means.FAILS_FUTURE, Ends.RETURNS),
    COMPLETION_DEPENDENT("a dependent of completion()", Means.NOTHING),

    // On the thread that follows the alarm: no other comes to a task that has not started. Threads of the default kind
    // start each task.
    LIMIT_HOOK("a cancel hook, when a time limit has passed", Form.SPEC, Means.REPORTED, Ends.EXPIRED,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    LIMIT_CALLBACK("a callback, when a time limit has passed", Form.SPEC, Means.REPORTED, Ends.EXPIRED,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK),
    LIMIT_HANDLER("the failure handler, when a time limit has passed", Form.SPEC, Means.REPORTED, Ends.EXPIRED,
            Where.CALLER_RUNS, Where.POOLED, Where.PER_TASK);

    /** How the task is spawned. */
    enum Form {
        /** As a plain task, also through {@code Completions}. */
        PLAIN,
        /** With a spec that has a callback. No queue of {@code Completions} takes this one, or those that follow. */
        SPEC,
        /** By {@code spawnAsync} of such a spec. */
        ASYNC,
        /** By {@code spawnWithSelf} of such a spec. */
        SELF,
        /** By {@code submit} of the view, which takes no spec. */
        SUBMITTED
    }

    /** What a throw of the user code means. */
    enum Means {
        /** The spawn throws the same; nothing of the task remains; never fatal (A6). */
        REFUSED("spawn throws it; body never runs", "A6"),
        /** The spawn throws the same; the task stays supervised (A6). */
        REFUSED_TOO_LATE("spawn throws it; task SUCCEEDED", "A6"),
        /** It is the task's failure, and fatal if {@code fatalIf} says so (E3, E10, C7). */
        FAILS("task FAILED with it, reported once; fatal if fatalIf says so", "E3, E5, E10, C7, S7, S11"),
        /** It is the failure of the future that is the body, not reported, and fatal if {@code fatalIf} says so. */
        FAILS_FUTURE("future fails with it, not reported; task SUCCEEDED; fatal if fatalIf says so", "S10, C7"),
        /** It goes to the uncaught-exception handler, wrapped, and is fatal if {@code fatalIf} says so (E4, E5, C7). */
        REPORTED("task ends as without it; uncaught handler gets it once; fatal if fatalIf says so", "E4, E5, C7, S3"),
        /** As {@link #REPORTED}, and never fatal (C2, C7). */
        REPORTED_ONLY("task ends as without it; uncaught handler gets it once; never fatal", "C2, C7"),
        /** It has no effect. */
        NOTHING("task ends as without it", "E2, E3, E4, S8");

        final String words;
        final String clauses;

        Means(String words, String clauses) {
            this.words = words;
            this.clauses = clauses;
        }

        /** Whether the throw is shown to {@code fatalIf}. */
        boolean countsForFatalIf() {
            return this == FAILS || this == FAILS_FUTURE || this == REPORTED;
        }
    }

    /** Where tasks get their threads from. */
    enum Where { CALLER_RUNS, POOLED, PER_TASK, DEFAULT }

    /** What ends the task. */
    enum Way { COMPLETION, CANCEL, ABORT, SHUTDOWN, CLOSE, DRAIN, TIME_LIMIT }

    /** How the body ends if the place under test does not throw, and what may end the task. */
    enum Ends {
        /** Returns. */
        RETURNS(Task.Status.SUCCEEDED, Way.COMPLETION),
        /** Throws an exception. */
        FAILS(Task.Status.FAILED, Way.COMPLETION),
        /** Throws an error that is fatal. */
        FATALLY(Task.Status.FAILED, Way.COMPLETION),
        /** Is never started; the task is cancelled. */
        NEVER(Task.Status.CANCELLED, Way.CANCEL, Way.ABORT, Way.SHUTDOWN, Way.CLOSE),
        /** Is never started; the time limit of the task passes. */
        EXPIRED(Task.Status.FAILED, Way.TIME_LIMIT),
        /** Runs on, however often it is cancelled, until it is released. */
        RELEASED(Task.Status.SUCCEEDED, Way.CANCEL, Way.ABORT, Way.SHUTDOWN, Way.CLOSE),
        /** The same, in a drain. */
        DRAINED(Task.Status.SUCCEEDED, Way.DRAIN),
        /** Ends by the interrupt that cancels it. */
        INTERRUPTED(Task.Status.CANCELLED, Way.CANCEL, Way.ABORT, Way.SHUTDOWN, Way.CLOSE),
        /** Ends when the interrupt closes its channel. */
        IN_CHANNEL(Task.Status.CANCELLED, Way.CANCEL, Way.ABORT, Way.SHUTDOWN, Way.CLOSE);

        final Task.Status status;
        final List<Way> ways;

        Ends(Task.Status status, Way... ways) {
            this.status = status;
            this.ways = List.of(ways);
        }

        /** Whether the body never begins. */
        boolean isPending() {
            return this == NEVER || this == EXPIRED;
        }

        /** Whether the bench has to release the body, once the throw was reported. */
        boolean isReleased() {
            return this == RELEASED || this == DRAINED;
        }

        /** Whether the body runs on until the bench does something. */
        boolean runsOn() {
            return compareTo(RELEASED) >= 0;
        }
    }

    final String words;
    final Form form;
    final Means means;
    final Ends ends;
    final Set<Where> where;

    FaultPoint(String words, Means means, Where... where) {
        this(words, means, Ends.RETURNS, where);
    }

    FaultPoint(String words, Means means, Ends ends, Where... where) {
        this(words, Form.PLAIN, means, ends, where);
    }

    FaultPoint(String words, Form form, Means means, Ends ends, Where... where) {
        this.words = words;
        this.form = form;
        this.means = means;
        this.ends = ends;
        this.where = where.length == 0 ? EnumSet.allOf(Where.class) : Set.of(where);
    }

    /** Whether it is a hook: one that is registered with the task, or one of its spec. */
    boolean isHook() {
        return this == DRAIN_HOOK || isCancelHook() || this == SPEC_DRAIN_HOOK || this == PENDING_SPEC_HOOK;
    }

    /** Whether it is a cancel hook that is registered with the task. */
    boolean isCancelHook() {
        return this == PENDING_HOOK || this == CANCEL_HOOK || this == LIMIT_HOOK;
    }
}
