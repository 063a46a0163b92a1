package dev.supervisor.docs;

/** The recipe of {@code docs/context.md} for JDK 25. */
final class ScopedValueExample {

    static final ScopedValue<String> REQUEST = ScopedValue.newInstance();

    private ScopedValueExample() { }

    /** A scoped value: a task has the binding of its spawner. Each value has to be named. */
    static Runnable carryRequest(Runnable task) {
        if (!REQUEST.isBound()) {
            return task;
        }
        String request = REQUEST.get();                                 // on the spawning thread
        return () -> ScopedValue.where(REQUEST, request).run(task);
    }
}
