package dev.supervisor;

import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** What a thrown body means: the classification of clause E3. */
final class Outcome {

    /** How far the search follows causes, which need not end. */
    private static final int MAX_LINKS = 32;

    private Outcome() { }

    /** Whether the body has cancelled its own task: a cancellation that it has not merely seen in another task. */
    static boolean isSelfCancellation(Throwable failure, Task<?> task) {
        return failure instanceof CancellationException
                && !(failure instanceof TaskCancelledException seen && seen.task() != task);
    }

    /**
     * Whether the failure, or one of its causes, is how an interrupt shows itself.
     *
     * @param thread the current thread; a virtual one reports an interrupted socket call as a SocketException with the
     *     status set
     * @param orCancellation whether a CancellationException counts too, as what cooperative code throws on request
     */
    static boolean isByInterrupt(Throwable failure, Thread thread, boolean orCancellation) {
        Throwable link = failure;
        for (int links = 0; link != null && links <= MAX_LINKS; links++) {
            if (link instanceof InterruptedException
                    || link instanceof ClosedByInterruptException
                    || orCancellation && link instanceof CancellationException
                    || link instanceof SocketException && thread.isInterrupted()) {
                return true;
            }
            link = causeOf(link);
        }
        return false;
    }

    /** Whether this is no more than how a cancelled body ends, and nothing that could be fatal. */
    static boolean isCancellationItself(Throwable thrown) {
        return thrown instanceof InterruptedException
                || thrown instanceof ClosedByInterruptException
                || thrown instanceof CancellationException
                || thrown instanceof SocketException;
    }

    private static @Nullable Throwable causeOf(Throwable link) {
        try {
            return link.getCause();
        } catch (Throwable thrown) {
            return null;   // getCause can be overridden: one that throws ends the search
        }
    }
}
