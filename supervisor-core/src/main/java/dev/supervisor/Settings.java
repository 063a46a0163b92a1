package dev.supervisor;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a builder has been told; immutable and shared by all supervisors that it opens. */
record Settings(
        @Nullable String name,
        Launcher launcher,
        boolean owned,
        Predicate<? super Throwable> fatalIf,
        FailureHandler failureHandler,
        BodyFailure bodyFailure,
        @Nullable TaskDecorator decorator) {

    static final Settings DEFAULT = new Settings(
            null, Launcher.ofDefault(null), true, Settings::isFatalByDefault, FailureLog.INSTANCE, BodyFailure.WAIT,
            null);

    /** The VM itself is broken; stack and memory run out in one task without harm to the others. */
    static boolean isFatalByDefault(Throwable thrown) {
        return thrown instanceof VirtualMachineError
                && !(thrown instanceof StackOverflowError)
                && !(thrown instanceof OutOfMemoryError);
    }
}
