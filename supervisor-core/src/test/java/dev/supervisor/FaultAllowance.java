package dev.supervisor;

import dev.supervisor.FaultSwitch.Fault;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/** What cannot hold if memory or stack runs out at certain places in our own frames, and why. */
enum FaultAllowance {

    LIKE_ITS_OWN_OVERFLOW(
            "the stack ran out at the call of a callback: nobody can tell that from the callback's own overflow, and a"
                    + " second call could be one too many; it is reported as what the callback threw",
            "callback .* called 0 times|a future was not completed|E9: .*",
            "(Completions(\\$Handover)?\\.(accept|handOver)|Callback\\.call|TaskFuture\\.follow"
                    + "|SupervisedTask\\.(call|lambda\\$toCompletableFuture\\$0)"
                    + "|SupervisedTask\\.(status|resultNow)|TaskState\\.(phase|present))(:.*)?",
            EnumSet.of(Fault.ENTRY, Fault.ENTRY_TWICE, Fault.CALL)),

    HANDLER_NOT_REACHED(
            "the stack ran out at the call of the failure handler, likewise",
            ".* is FAILED and was reported 0 times",
            "(SupervisedTask\\.seeOff|Settings\\.failureHandler)(:.*)?",
            EnumSet.of(Fault.ENTRY, Fault.ENTRY_TWICE, Fault.CALL)),

    NO_NODE_FOR_THE_QUEUE(
            "no memory for the queue's node: the task is done, does not count as pending, and cannot be taken",
            "E9: .*",
            "Completions.handOver:.*",
            EnumSet.of(Fault.ALLOCATION, Fault.ALLOCATIONS)),

    ONE_INTERRUPT_TOO_MANY(
            "cut off while looking whether an interrupt was meant for an outer window: one too many rather than one"
                    + " lost",
            "interrupt status left set",
            "(Interrupts(\\$Outer)?|Census|LiveTasks(\\$Segment)?|TaskState)\\..*",
            EnumSet.allOf(Fault.class)),

    LIKE_THE_PREDICATES_OWN(
            "the stack ran out at the call of the fatalIf predicate, likewise: one that throws counts as false",
            "fatal error thrown 0 times, handed over 0 times|.* not told: .*|hangs in act .*",
            "(Settings\\.(fatalIf|isFatalByDefault)|Failures\\.isFatal)(:.*)?",
            EnumSet.of(Fault.ENTRY, Fault.ENTRY_TWICE, Fault.CALL)),

    FATAL_EXIT_CUT_OFF(
            "the stack ran out in the exit itself when it was about to throw the fatal error; it throws that instead",
            "fatal error thrown 0 times, handed over 0 times",
            "(Exit\\.throwStronger|Failures\\.exited|FatalSlot\\.take|Settings\\.failureHandler"
                    + "|SupervisedTask\\.throwAny)(:.*)?",
            EnumSet.of(Fault.ENTRY, Fault.ENTRY_TWICE, Fault.CALL)),

    COMPLETIONS_CUT_OFF(
            "the stack ran out twice while a spawn took its count back, or in take() with the task in hand",
            "E9: not handed over once each: .*",
            ".*",
            EnumSet.of(Fault.ENTRY_TWICE, Fault.CALL)),

    QUEUED_BEFORE_THE_CUT(
            "the executor had the task when the stack ran out, and the spawn threw; undoing it was cut off in turn",
            ".* was refused and ran later",
            ".*",
            EnumSet.of(Fault.ENTRY, Fault.ENTRY_TWICE, Fault.CALL)),

    EXIT_CUT_OFF(
            "the stack ran out in the exit of run or call itself, above which the block had room: what it throws"
                    + " says so, and the tasks are as they were",
            "the block has ended with live tasks",
            ".*",
            EnumSet.of(Fault.ENTRY, Fault.ENTRY_TWICE, Fault.CALL));

    final String reason;
    private final Pattern violation;
    private final Pattern place;
    private final Set<Fault> faults;
    private volatile boolean used;

    FaultAllowance(String reason, String violation, String place, Set<Fault> faults) {
        this.reason = reason;
        this.violation = Pattern.compile(violation);
        this.place = Pattern.compile(place);
        this.faults = faults;
    }

    /** Whether any of these speaks of the violation. */
    static boolean allows(Fault fault, String place, String violation) {
        boolean allowed = false;
        for (FaultAllowance allowance : values()) {
            if (allowance.faults.contains(fault) && allowance.place.matcher(place).matches()
                    && allowance.violation.matcher(violation).matches()) {
                allowance.used = true;
                allowed = true;
            }
        }
        return allowed;
    }

    /** Whether it was needed so far. */
    boolean isUsed() {
        return used;
    }
}
