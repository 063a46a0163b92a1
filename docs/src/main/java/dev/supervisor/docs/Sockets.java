package dev.supervisor.docs;

import java.io.Closeable;
import java.io.IOException;

/** Closing a socket from another thread than the one that uses it. */
final class Sockets {

    private Sockets() { }

    /** Closes a socket whose fate does not interest any more: what happens to it is seen by the thread that uses it. */
    static void close(Closeable socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // it is as closed as it will ever be
        }
    }
}
