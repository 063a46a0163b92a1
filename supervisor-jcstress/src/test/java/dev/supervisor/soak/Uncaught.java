package dev.supervisor.soak;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The default uncaught-exception handler: each report must be of something that was thrown, and only once. */
final class Uncaught implements Thread.UncaughtExceptionHandler {

    private final Soak soak;
    private final Map<Fault.Culprit, LongAdder> reports = new EnumMap<>(Fault.Culprit.class);
    private Thread.UncaughtExceptionHandler previous;

    Uncaught(Soak soak) {
        this.soak = soak;
        for (Fault.Culprit culprit : Fault.Culprit.values()) {
            reports.put(culprit, new LongAdder());
        }
    }

    void listen() {
        previous = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler(this);
    }

    void restore() {
        Thread.setDefaultUncaughtExceptionHandler(previous);
    }

    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
        soak.tally.add(Tally.Of.UNCAUGHT);
        Fault fault = Fault.in(thrown);
        if (fault == null) {
            soak.unexpected(thread.getName() + ", uncaught,", thrown);
            return;
        }
        reports.get(fault.culprit()).increment();
        if (fault.culprit() == Fault.Culprit.BODY || fault.culprit() == Fault.Culprit.EXECUTOR) {
            soak.findings.add("E5", "the failure of a body has gone to the uncaught-exception handler: " + thrown);
        }
        if (fault.culprit() == Fault.Culprit.FATAL) {   // every scope that has one has an owner who exits
            soak.findings.add("C7", "a fatal error has gone to the uncaught-exception handler: " + thrown);
        } else if (thrown == fault) {
            soak.findings.add("E4", "a user's throwable is reported as it is: " + thrown);
        }
    }

    /** At the end: as many reports as throwables (E4, E5, C7, E10). */
    void check() {
        check("E4", Fault.Culprit.CALLBACK, Tally.Of.CALLBACKS_THAT_THREW);
        check("E5", Fault.Culprit.HANDLER, Tally.Of.HANDLERS_THAT_THREW);
        check("C7", Fault.Culprit.PREDICATE, Tally.Of.PREDICATES_THAT_THREW);
        check("S3", Fault.Culprit.HOOK, Tally.Of.HOOKS_THAT_THREW);
        check("E10", Fault.Culprit.DECORATOR, Tally.Of.DECORATORS_THAT_THREW);
    }

    private void check(String clause, Fault.Culprit culprit, Tally.Of thrown) {
        long expected = soak.tally.of(thrown);
        long actual = reports.get(culprit).sum();
        if (expected != actual) {
            soak.findings.add(clause, culprit + " has thrown " + expected + " times, and was reported " + actual
                    + " times");
        }
    }
}
