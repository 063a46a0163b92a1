package dev.supervisor;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the library as {@link FaultLoader} rewrites it asks, at each allocation, each method entry and each call to
 * others, whether this is the place to fail. Only the thread that has armed the switch fails. Public, since the
 * rewritten classes see it from another class loader.
 */
public final class FaultSwitch {

    /** What fails, and how often. */
    public enum Fault {
        /** Memory runs out at one allocation. */
        ALLOCATION,
        /** Memory runs out at one allocation, and is not there for any that follows. */
        ALLOCATIONS,
        /** The stack runs out at the entry of one method; it unwinds, and the next entry succeeds. */
        ENTRY,
        /** The stack runs out at the entries of two methods, one after the other. */
        ENTRY_TWICE,
        /** The stack runs out at a call into the JDK, JCTools, or a user's code. */
        CALL
    }

    private static volatile Thread armed;
    private static Fault fault;
    private static int number;
    private static int count;
    private static String where;
    private static final List<Error> THROWN = new ArrayList<>();

    private FaultSwitch() { }

    /** Decides what will fail between the next arming and disarming: the place that comes at this number, from 1 on. */
    static void plan(Fault fault, int number) {
        FaultSwitch.fault = fault;
        FaultSwitch.number = number;
        where = null;
        count = 0;
        THROWN.clear();
    }

    /** The current thread fails from now on, as planned. */
    public static void arm() {
        armed = Thread.currentThread();
    }

    public static void disarm() {
        armed = null;
    }

    /** The first place that has failed, or null. */
    static String where() {
        return where;
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
        if (Thread.currentThread() == armed) {
            switch (fault) {
                case ALLOCATION -> failIf(++count == number, place);
                case ALLOCATIONS -> failIf(++count >= number, place);
                default -> { }
            }
        }
    }

    /** At the entry of a method. */
    public static void entry(String place) {
        if (Thread.currentThread() == armed) {
            switch (fault) {
                case ENTRY -> failIf(++count == number, place);
                case ENTRY_TWICE -> failIf(++count == number || count == number + 1, place);
                default -> { }
            }
        }
    }

    /** Before a call to others. */
    public static void call(String place) {
        if (Thread.currentThread() == armed && fault == Fault.CALL) {
            failIf(++count == number, place);
        }
    }

    private static void failIf(boolean here, String place) {
        if (here) {
            Error error = fault == Fault.ALLOCATION || fault == Fault.ALLOCATIONS
                    ? new OutOfMemoryError(place)
                    : new StackOverflowError(place);
            THROWN.add(error);
            where = where == null ? place : where;
            throw error;
        }
    }
}
