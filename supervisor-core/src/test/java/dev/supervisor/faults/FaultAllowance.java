package dev.supervisor.faults;

import dev.supervisor.faults.FaultSwitch.Fault;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What need not hold if the stack runs out twice, at two calls in a row in our own frames, and why. There is no
 * allowance for a single fault.
 */
enum FaultAllowance {

    EXIT_CUT_OFF(
            "the stack ran out in the exit of run or call, above which the block had room, and again when it tried once"
                    + " more: what it throws says so, and the tasks are as they were",
            "the block has ended with live tasks",
            ".*",
            EnumSet.of(Fault.ENTRY_TWICE));

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

    /** Whether any allowance covers the violation. */
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

    /** Whether this allowance was needed so far. */
    boolean isUsed() {
        return used;
    }
}
