package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/**
 * Serves the files below a directory over HTTP/1.1, on the loopback interface. The loop that accepts is a task, and so
 * is each connection; one {@link Supervisor} limits how many they are, and stops them.
 */
public final class FileServer implements AutoCloseable {

    private static final int BACKLOG = 1_024;
    private static final int RETRY_MILLIS = 50;

    private final ServerSocket listener;
    private final Supervisor supervisor;
    private final Handler handler;
    private final Limits limits;
    private final Statistics statistics = new Statistics();
    private volatile boolean accepting = true;

    /** Listens. Clients may connect from now on; they are served from {@link #start} on. */
    FileServer(Handler handler, int port, Limits limits, Supervisor.Builder builder) throws IOException {
        this.handler = handler;
        this.limits = limits;
        listener = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
        supervisor = builder.unowned().maxTasks(limits.connections() + 1).open();   // one of them accepts
    }

    /** The program; see {@code --help}. */
    public static void main(String[] arguments) throws Exception {
        FileServerProgram.run(arguments);
    }

    /** Starts to serve. To be called once. */
    void start() {
        supervisor.spec("http acceptor").onDrain(listener::close).onCancel(listener::close).spawn(this::acceptAll);
    }

    int port() {
        return listener.getLocalPort();
    }

    Statistics statistics() {
        return statistics;
    }

    State state() {
        return supervisor.state();
    }

    /**
     * Stops the server, and returns when every task has ended. New connections are refused, and idle ones closed.
     * Requests under way have the grace to end; if one has not by then, it is cancelled, and the answer is false.
     */
    boolean stop(Duration grace) {
        return supervisor.drain(grace);
    }

    /** Stops the server without grace. What was fatal to it is thrown by this method, wrapped. */
    @Override
    public void close() {
        Sockets.close(listener);                        // if it was never started, no task does
        supervisor.abort();
        supervisor.close();
    }

    /** Whether the system may still accept clients. It may for a moment after the listener is closed. */
    boolean isAccepting() {
        return accepting;
    }

    /** Waits until the server has ended, in whatever way. @return whether it has */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return supervisor.awaitFinished(timeout);
    }

    private void acceptAll() throws InterruptedException {
        while (!listener.isClosed()) {
            try {
                serve(listener.accept());
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    Thread.sleep(RETRY_MILLIS);         // out of file descriptors: tasks that end give some back
                }
            }
        }
        accepting = false;
    }

    private void serve(Socket socket) {
        statistics.connectionBegan();
        if (!spawn(socket)) {
            Connection.turnAway(socket, statistics);
        }
    }

    private boolean spawn(Socket socket) {
        try {
            Connection connection = new Connection(socket, handler, statistics, limits, supervisor, this::isAccepting);
            return supervisor.spec("http " + socket.getRemoteSocketAddress())
                .onDone(task -> statistics.connectionEnded(task.status()))
                .onDrain(connection::leave)             // an idle client goes, a busy one gets its answer
                .onCancel(connection::close)            // an interrupt does not end socket I/O on a platform thread
                .trySpawn(connection) != null;          // null: there are as many as there may be
        } catch (IOException | RejectedExecutionException | OutOfMemoryError e) {
            return false;                               // the client has gone; or there is no thread for it
        }
    }
}
