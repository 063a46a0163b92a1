package dev.supervisor.engine;

import dev.supervisor.Task;
import dev.supervisor.TaskCancelledException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLockInterruptionException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** What a thrown body means: the classification of clause E3. */
final class Outcome {

    /*
     * Two questions are asked of the throwable and its causes, the links:
     *
     *   Is one of them how a cancellation shows itself?  Then the body has ended by that.
     *   Has one of them suppressed something else?       Then a clean-up has failed on the way, in try-with-resources;
     *                                                    it would never be heard of if the task were cancelled.
     *
     * The second is asked of all links, also of those behind the one that answers the first: a body may wrap what it
     * has caught in another exception of the same kind.
     */

    /** How far the search follows causes, which need not end. */
    private static final int MAX_LINKS = 32;

    private Outcome() { }

    /** Whether the body has cancelled its own task: a cancellation that it has not merely seen in another task. */
    static boolean isSelfCancellation(Throwable failure, Task<?> task) {
        return failure instanceof CancellationException
                && !(failure instanceof TaskCancelledException seen && seen.task() != task)
                && !hidesFailure(failure);
    }

    /**
     * Whether a body that was asked to cancel has ended by that.
     *
     * @param thread the current thread
     */
    static boolean isCancellation(Throwable failure, Thread thread) {
        return shows(failure, thread, true) && !hidesFailure(failure);
    }

    /**
     * Whether the failure, or one of its causes, is how an interrupt shows itself, whatever else has failed then.
     *
     * @param thread the current thread
     */
    static boolean isByInterrupt(Throwable failure, Thread thread) {
        return shows(failure, thread, false);
    }

    /** Whether this is no more than how a cancelled body ends, and nothing that could be fatal. */
    static boolean isCancellationItself(Throwable thrown) {
        return isInterrupt(thrown) || isAnswer(thrown) || thrown instanceof SocketException;
    }

    /**
     * Whether an interrupt shows itself in one of the links.
     *
     * @param thread the current thread; a virtual one reports an interrupted socket call as a SocketException with the
     *     status set
     * @param orAnswer whether what answers a request without an interrupt counts, too
     */
    private static boolean shows(Throwable failure, Thread thread, boolean orAnswer) {
        Throwable link = failure;
        for (int links = 0; link != null && links <= MAX_LINKS; links++) {
            if (isInterrupt(link)
                    || orAnswer && isAnswer(link)
                    || link instanceof SocketException && thread.isInterrupted()) {
                return true;
            }
            link = causeOf(link);
        }
        return false;
    }

    /** Whether one of the links has suppressed what is not a consequence of the cancellation. */
    private static boolean hidesFailure(Throwable failure) {
        Throwable link = failure;
        for (int links = 0; link != null && links <= MAX_LINKS; links++) {
            for (Throwable suppressed : link.getSuppressed()) {
                // An interrupt closes channels and sockets; so their own clean-up finds them closed.
                if (!isCancellationItself(suppressed) && !(suppressed instanceof ClosedChannelException)) {
                    return true;
                }
            }
            link = causeOf(link);
        }
        return false;
    }

    /** What the JDK throws in a thread that is interrupted. */
    private static boolean isInterrupt(Throwable thrown) {
        return thrown instanceof InterruptedException
                || thrown instanceof ClosedByInterruptException
                || thrown instanceof FileLockInterruptionException
                || thrown instanceof InterruptedIOException && !(thrown instanceof SocketTimeoutException);
    }

    /** What cooperative code throws once it is asked, and what a spawn throws while the supervisor shuts down. */
    private static boolean isAnswer(Throwable thrown) {
        return thrown instanceof CancellationException || thrown instanceof ShuttingDownException;
    }

    private static @Nullable Throwable causeOf(Throwable link) {
        try {
            return link.getCause();
        } catch (Throwable thrown) {
            return null;   // getCause can be overridden: one that throws ends the search
        }
    }
}
