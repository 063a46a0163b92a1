package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Serves the files below a directory over HTTP/1.1, on the loopback interface: one task for each connection, all of
 * them under one {@link Supervisor}. An example, of a server's life and end; a server for the world would also limit
 * how many connections it has and how long they may take.
 *
 * <p>A thread of its own owns the supervisor. In the body it accepts connections and spawns their tasks; the body
 * returns when the listening socket is closed, and then the owner waits for the tasks. Every other thread stops the
 * server by {@link #stop}, a shutdown hook too: it need not own anything.
 */
public final class FileServer implements AutoCloseable {

    private static final int BACKLOG = 1_024;
    private static final int RETRY_MILLIS = 50;

    private final ServerSocket listener;
    private final Handler handler;
    private final Supervisor.Builder builder;
    private final Statistics statistics = new Statistics();

    /** Those whose tasks live, for {@link #stop} to close their sockets. */
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    private final CompletableFuture<Supervisor> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /**
     * Listens. Clients may connect from now on; they are served from {@link #start} on.
     *
     * @param root the directory
     * @param port the port, or 0 for any that is free
     * @param builder says on which threads the tasks run and who hears of failures; not {@code unowned}
     * @throws IOException if there is no such directory, or the port is taken
     */
    public FileServer(Path root, int port, Supervisor.Builder builder) throws IOException {
        this(new Routes(new Site(root)), port, builder);
    }

    FileServer(Handler handler, int port, Supervisor.Builder builder) throws IOException {
        this.handler = handler;
        this.builder = builder.fatalIf(FileServer::isFatal);
        this.listener = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
    }

    /**
     * The program; see {@code --help}.
     *
     * @param arguments the options
     * @throws Exception if the server cannot start, or ends by a failure of its own
     */
    public static void main(String[] arguments) throws Exception {
        FileServerProgram.run(arguments);
    }

    /** Starts to serve, and returns once the supervisor is there. To be called once. */
    public void start() {
        new Thread(this::own, "http owner").start();
        opened.join();
    }

    /** {@return the port that the server listens on} */
    public int port() {
        return listener.getLocalPort();
    }

    /** {@return the counts of what it has done, which go on counting} */
    public Statistics statistics() {
        return statistics;
    }

    /** {@return the state of the supervisor} */
    public State state() {
        return supervisor().state();
    }

    /** {@return how many connections are open} */
    public long liveConnections() {
        return supervisor().liveCount();
    }

    /**
     * Stops the server, and returns when every task has ended. New connections are refused and idle ones closed at
     * once. Requests under way may take the grace period to end; those that have not by then are cancelled.
     *
     * <p>May be called by any thread but those of the tasks, by several at once, and again. An interrupt ends the grace
     * period, and nothing else.
     *
     * @param grace how long to wait before requests are cancelled
     */
    public void stop(Duration grace) {
        Supervisor supervisor = supervisor();
        supervisor.seal();                              // no new task from here on,
        Sockets.close(listener);                        // so the owner may leave its block
        connections.forEach(Connection::closeIfIdle);
        if (!endsWithin(grace)) {
            supervisor.abort();                         // interrupts every task,
            connections.forEach(Connection::close);     // which does not end socket I/O on a platform thread
        }
        supervisor.shutdown();                          // waits for every task
        ended.exceptionally(failure -> null).join();    // and for the owner, which has left or is about to
    }

    /** Stops the server without grace, or gives the port back if the server was never started. */
    @Override
    public void close() {
        if (opened.isDone()) {
            stop(Duration.ZERO);
        } else {
            Sockets.close(listener);
        }
    }

    /**
     * Waits until the server has ended.
     *
     * @param timeout how long to wait
     * @return whether it has
     * @throws ExecutionException if it has, by a failure of its own
     * @throws InterruptedException if the calling thread was interrupted
     */
    public boolean awaitEnd(Duration timeout) throws ExecutionException, InterruptedException {
        try {
            ended.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private Supervisor supervisor() {
        if (!opened.isDone()) {
            throw new IllegalStateException("not started");
        }
        return opened.join();
    }

    private boolean endsWithin(Duration grace) {
        try {
            return awaitEnd(grace);
        } catch (ExecutionException e) {
            return true;                                // the owner reports it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The life of the owner. */
    private void own() {
        try {
            builder.run(this::acceptAll);
            ended.complete(null);
        } catch (InterruptedException stopped) {
            ended.complete(null);                       // shutdown() found it still in its block
        } catch (Throwable failure) {
            opened.completeExceptionally(failure);
            ended.completeExceptionally(failure);
        }
    }

    private void acceptAll(Supervisor supervisor) throws IOException, InterruptedException {
        opened.complete(supervisor);
        try (listener) {
            while (!listener.isClosed()) {
                acceptOne(supervisor);
            }
        }
    }

    private void acceptOne(Supervisor supervisor) throws InterruptedException {
        try {
            serve(supervisor, listener.accept());
        } catch (IOException e) {
            if (!listener.isClosed()) {
                Thread.sleep(RETRY_MILLIS);             // out of file descriptors: tasks that end give some back
            }
        }
    }

    private void serve(Supervisor supervisor, Socket socket) {
        try {
            Connection connection =
                new Connection(socket, handler, statistics, () -> supervisor.state() != State.ENTERED);
            spawn(supervisor, "http " + socket.getRemoteSocketAddress(), connection);
        } catch (IOException | RejectedExecutionException | OutOfMemoryError e) {
            Sockets.close(socket);                      // it has gone; or we stop; or no thread can be had for it
        }
    }

    private void spawn(Supervisor supervisor, String name, Connection connection) {
        connections.add(connection);                    // before the spawn, so that stop() finds every task's
        try {
            Task<?> task = supervisor.spawn(name, connection);
            statistics.connectionBegan();
            task.onDone(done -> connectionEnded(connection, done));
        } catch (Throwable refused) {
            connections.remove(connection);
            throw refused;
        }
    }

    private void connectionEnded(Connection connection, Task<?> task) {
        connection.close();                             // a task that was cancelled before its start did not
        connections.remove(connection);
        statistics.connectionEnded(task.status());
        if (isFatal(task.failure())) {                  // the supervisor is about to abort: sockets must feel that, too
            Sockets.close(listener);
            connections.forEach(Connection::close);
        }
    }

    /** The library's own rule, spelled out because we have a part in it. */
    private static boolean isFatal(Throwable failure) {
        return failure instanceof VirtualMachineError
            && !(failure instanceof StackOverflowError || failure instanceof OutOfMemoryError);
    }
}
