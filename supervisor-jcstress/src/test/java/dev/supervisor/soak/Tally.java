package dev.supervisor.soak;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts how often each thing was done. A soak that has left one of them out has failed. */
final class Tally {

    /** What is counted besides the constants of the other enums. */
    enum Of {
        ROUNDS, TASKS, REFUSED_BY_SUPERVISOR, REFUSED_BY_EXECUTOR,
        SUCCEEDED, FAILED, CANCELLED, CANCELLED_BEFORE_START, INTERRUPTED,
        CALLBACKS, CALLBACKS_REGISTERED_LATE, CALLBACKS_THAT_THREW, REPORTS, HANDLERS_THAT_THREW,
        PREDICATES_THAT_THREW, DECORATORS_THAT_THREW, UNCAUGHT, FATAL_EXITS, OWNERS_INTERRUPTED,
        HANDED_OVER, LATE_SPAWNS_REFUSED, FOLLOW_UPS_FROM_CALLBACKS, NESTS_CUT_SHORT, CHAINS_THREE_DEEP,
        SELF_WAITS_REFUSED, STATUS_RESTORED, LONG_LIVES_IN_JOIN, SEEN_COLLECTED,
        CANCEL_HOOKS, DRAIN_HOOKS, HOOKS_THAT_THREW, TIMED_OUT, NOT_TAKEN, FULL, CHILDREN, CHILDREN_UNOWNED, CHILDREN_REFUSED,
        CHILDREN_DRAINED, CHILDREN_LATE, DECORATED, DEADLINES_EXCEEDED, DRAINED, RETURNED_UNRUN
    }

    private final Map<Enum<?>, LongAdder> counts = new LinkedHashMap<>();

    /** Counts all that the soak does. */
    static Tally ofEverything() {
        return new Tally(Of.class, Threads.class, Exit.class, SupervisorUnderTest.Act.class, BodyKind.class, Fault.Kind.class,
                Decoration.class, ServerKind.class, ServerAct.class, ServerEnd.class);
    }

    @SafeVarargs
    private Tally(Class<? extends Enum<?>>... kinds) {
        for (Class<? extends Enum<?>> kind : kinds) {
            for (Enum<?> constant : kind.getEnumConstants()) {
                counts.put(constant, new LongAdder());
            }
        }
    }

    void add(Enum<?> what) {
        counts.get(what).increment();
    }

    long of(Enum<?> what) {
        return counts.get(what).sum();
    }

    /** What was never done. */
    List<Enum<?>> missing() {
        List<Enum<?>> missing = new ArrayList<>();
        counts.forEach((what, count) -> {
            if (count.sum() == 0) {
                missing.add(what);
            }
        });
        return missing;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        Class<?> kind = null;
        for (Map.Entry<Enum<?>, LongAdder> count : counts.entrySet()) {
            if (count.getKey().getDeclaringClass() != kind) {
                kind = count.getKey().getDeclaringClass();
                text.append(String.format("%n  %s:", kind.getSimpleName()));
            }
            text.append(' ').append(count.getKey()).append('=').append(count.getValue().sum());
        }
        return text.toString();
    }
}
