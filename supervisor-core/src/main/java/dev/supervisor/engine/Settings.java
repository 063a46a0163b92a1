package dev.supervisor.engine;

import dev.supervisor.BlockFailure;
import dev.supervisor.FailureHandler;
import dev.supervisor.TaskDecorator;
import dev.supervisor.TaskObserver;
import dev.supervisor.threads.Launcher;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a builder was given; immutable and shared by all supervisors that it opens.
 *
 * @param name the name of the supervisor, or null
 * @param launcher where its tasks get threads from
 * @param owned whether it has an owner
 * @param fatalIf decides which throwables are fatal
 * @param failureHandler called with failures
 * @param blockFailure what becomes of tasks when a block throws
 * @param decorator wraps tasks, or null
 * @param observer told of tasks, NO_OBSERVER if their times are only recorded, or null if nothing is
 * @param options what few supervisors have
 */
public record Settings(
        @Nullable String name,
        Launcher launcher,
        boolean owned,
        Predicate<? super Throwable> fatalIf,
        FailureHandler failureHandler,
        BlockFailure blockFailure,
        @Nullable TaskDecorator decorator,
        @Nullable TaskObserver observer,
        Options options) {

    /** In place of an observer: the times of tasks are recorded, and nobody is told. */
    public static final TaskObserver NO_OBSERVER = new TaskObserver() { };

    /** Those of a builder that was given nothing. */
    public static final Settings DEFAULT = new Settings(
            null, Launcher.ofDefault(null), true, Settings::isFatalByDefault, FailureLog.INSTANCE, BlockFailure.WAIT,
            null, null, Options.NONE);

    static {
        FirstUse.prepare();   // here, since both a builder and open() come by
    }

    /** Whether a supervisor with these has {@link Extras} from its opening on. */
    boolean hasExtras() {
        return name != null || options != Options.NONE;
    }

    /** The VM itself is broken; stack and memory run out in one task without harm to the others. */
    static boolean isFatalByDefault(Throwable thrown) {
        return thrown instanceof VirtualMachineError
                && !(thrown instanceof StackOverflowError)
                && !(thrown instanceof OutOfMemoryError);
    }
}
