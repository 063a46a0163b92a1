package dev.supervisor.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The library, as {@link FaultLoader} rewrites it, asks this switch at each allocation, each method entry and each call
 * out of the library whether to fail there. Only the thread that has armed the switch fails. Public, since the
 * rewritten classes see it from another class loader.
 */
public final class FaultSwitch {

    /** What fails, and how often. */
    public enum Fault {
        /** Memory runs out at one allocation. */
        ALLOCATION,
        /** Memory runs out at one allocation and at the next ones; after that there is memory again. */
        ALLOCATIONS,
        /** The stack runs out at the entry of one method; it unwinds, and the next entry succeeds. */
        ENTRY,
        /** The stack runs out at the entries of two methods, one after the other. */
        ENTRY_TWICE,
        /** The stack runs out at a call into the JDK, JCTools, or a user's code. */
        CALL
    }

    /** How many allocations fail in a row. */
    private static final int SHORTAGE = 8;
    /** How often one place counts in a run, if it is in a loop. */
    private static final int ROUNDS = 6;

    private static volatile Thread armed;
    private static Fault fault;
    private static int number;
    private static int count;
    private static int left;
    private static String where;
    private static final List<Error> THROWN = new ArrayList<>();
    private static final Map<String, Integer> SEEN = new HashMap<>();

    private FaultSwitch() { }

    /** Decides what will fail between the next arming and disarming: the place with this number, from 1 on. */
    static void plan(Fault fault, int number) {
        FaultSwitch.fault = fault;
        FaultSwitch.number = number;
        where = null;
        count = 0;
        left = switch (fault) {
            case ALLOCATIONS -> SHORTAGE;
            case ENTRY_TWICE -> 2;
            default -> 1;
        };
        THROWN.clear();
        SEEN.clear();
    }

    /** The current thread fails from now on, as planned. */
    public static void arm() {
        armed = Thread.currentThread();
    }

    /** That thread fails from now on, as planned, and no other. */
    public static void arm(Thread thread) {
        armed = thread;
    }

    /** Whether the current thread fails as planned. */
    public static boolean isArmed() {
        return armed == Thread.currentThread();
    }

    /** Whether it is the stack that runs out, in a frame of ours. */
    public static boolean isOfEntries() {
        return fault == Fault.ENTRY || fault == Fault.ENTRY_TWICE;
    }

    /** Whether it is memory that runs out. */
    public static boolean isOfMemory() {
        return fault == Fault.ALLOCATION || fault == Fault.ALLOCATIONS;
    }

    public static void disarm() {
        armed = null;
    }

    /** The first place that has failed, or null. */
    static String where() {
        return where;
    }

    /** Whether what recovers may be cut off, too. */
    public static boolean isTwice() {
        return fault == Fault.ENTRY_TWICE;
    }

    /** Whether memory runs out for so long that what recovers may be cut off, too. */
    public static boolean isShortage() {
        return fault == Fault.ALLOCATIONS;
    }

    /** Whether the fault has come at one of these places. */
    public static boolean isIn(String... places) {
        for (String place : places) {
            if (where != null && where.startsWith(place)) {
                return true;
            }
        }
        return false;
    }

    /** Whether this throwable is one that was thrown here, or has one among its causes. */
    public static boolean threw(Throwable thrown) {
        for (Throwable link = thrown; link != null; link = link.getCause()) {
            if (THROWN.contains(link)) {
                return true;
            }
        }
        return false;
    }

    /** Before an allocation. */
    public static void allocation(String place) {
        if (Thread.currentThread() == armed && isOfMemory()) {
            pass(place);
        }
    }

    /** At the entry of a method. */
    public static void entry(String place) {
        if (Thread.currentThread() == armed && isOfEntries()) {
            pass(place);
        }
    }

    /** Before a call out of the library. */
    public static void call(String place) {
        if (Thread.currentThread() == armed && fault == Fault.CALL) {
            pass(place);
        }
    }

    private static void pass(String place) {
        boolean failing = where != null && left > 0;
        if (failing || where == null && SEEN.merge(place, 1, Integer::sum) <= ROUNDS && ++count == number) {
            left--;
            Error error = isOfMemory()
                    ? new OutOfMemoryError(place)
                    : new StackOverflowError(place);
            THROWN.add(error);
            where = where == null ? place : where;
            throw error;
        }
    }
}
