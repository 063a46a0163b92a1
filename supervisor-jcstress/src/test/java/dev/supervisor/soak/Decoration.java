package dev.supervisor.soak;

import java.util.SplittableRandom;

/** What a decorator does to a body (E10). The entry that is being spawned is told to it by its thread. */
enum Decoration {
    WRAP, TWICE, THROW_BEFORE, THROW_AFTER, SKIP, THROW_IN_DECORATE;

    private static final ThreadLocal<Spawning> SPAWNING = new ThreadLocal<>();

    private record Spawning(Entry entry, Decoration decoration) { }

    static Decoration pick(SplittableRandom random, boolean isNamed) {
        int dice = random.nextInt(32);
        // What a skipped body fails with is the library's, and is found by the name of the task.
        return dice == 1 ? TWICE : dice == 2 ? THROW_BEFORE : dice == 3 ? THROW_AFTER
                : dice == 4 ? THROW_IN_DECORATE : dice < 8 && isNamed ? SKIP : WRAP;
    }

    static void begin(Entry entry, Decoration decoration) {
        SPAWNING.set(new Spawning(entry, decoration));
    }

    static void end() {
        SPAWNING.remove();
    }

    static Runnable decorate(Runnable body) {
        Spawning spawning = SPAWNING.get();
        Entry entry = spawning.entry();
        SPAWNING.remove();   // an executor that runs it in the caller may spawn others
        entry.ledger.tally.add(spawning.decoration());
        return switch (spawning.decoration()) {
            case WRAP -> () -> body.run();
            case TWICE -> () -> {
                body.run();
                body.run();
            };
            case THROW_BEFORE -> () -> {
                entry.failedByDecorator();
                throw fault(entry);
            };
            case THROW_AFTER -> () -> {   // the outcome stands, and this goes to the uncaught-exception handler
                body.run();
                entry.ledger.tally.add(Tally.Of.DECORATORS_THAT_THREW);
                throw fault(entry);
            };
            case SKIP -> entry::failedByDecorator;
            case THROW_IN_DECORATE -> throw new Fault.OfDecorator(entry);
        };
    }

    private static Fault.OfDecorator fault(Entry entry) {
        Fault.OfDecorator fault = new Fault.OfDecorator(entry);
        entry.sample("decorator's failure", fault);
        return fault;
    }
}
