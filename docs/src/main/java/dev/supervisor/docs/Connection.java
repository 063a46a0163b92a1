package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * One client: the body of one supervised task, which reads requests and answers them until one of the two sides has
 * enough.
 *
 * <p>How it ends is how its task ends. A client that leaves is no failure: the body returns. A handler that throws is
 * one: the client is told, and the exception leaves the body. If the task is cancelled in the middle of a request, an
 * {@link InterruptedException} leaves the body, by which the supervisor knows that it has ended by its cancellation.
 *
 * <p>The task's hooks, which other threads run, are {@link #close} and {@link #leave}.
 */
final class Connection implements Callable<Void> {

    private static final Duration LINGER = Duration.ofSeconds(1);

    /**
     * BUSY while a request is under way, and for the quiet time after it, in which the next one may come. The task sets
     * IDLE then, and leaves it for BUSY by compare-and-set; {@code leave} leaves IDLE for CLOSED by compare-and-set.
     */
    private enum Phase { BUSY, IDLE, CLOSED }

    private final Socket socket;
    private final TimedInput input;
    private final InputStream in;
    private final OutputStream out;
    private final Handler handler;
    private final Statistics statistics;
    private final Limits limits;
    private final Supervisor supervisor;
    private final BooleanSupplier accepting;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.BUSY);

    /** Whether another request may follow; the task's own. */
    private boolean open = true;

    /**
     * Takes a client on.
     *
     * @param supervisor when it drains, an idle connection ends
     * @param accepting when it is false, each answer is the last on its connection; not before, because a client that
     *     is told to go connects again at once, and is to be refused, not accepted by the system and served by nobody
     */
    Connection(Socket socket, Handler handler, Statistics statistics, Limits limits, Supervisor supervisor,
            BooleanSupplier accepting) throws IOException {
        this.socket = socket;
        this.handler = handler;
        this.statistics = statistics;
        this.limits = limits;
        this.supervisor = supervisor;
        this.accepting = accepting;
        socket.setTcpNoDelay(true);
        input = new TimedInput(socket);
        in = new BufferedInputStream(input);
        out = new BufferedOutputStream(socket.getOutputStream());
    }

    /**
     * Tells a client that there is no place for it. It does not wait for the client, since the thread that accepts has
     * others to see to; a request that comes after the answer may reset the connection.
     */
    static void turnAway(Socket socket, Statistics statistics) {
        statistics.connectionTurnedAway();
        Refusal full = new Refusal(Status.SERVICE_UNAVAILABLE, "too many connections");
        try (socket; Response response = full.response().withHeader("Retry-After", "1")) {
            response.writeTo(socket.getOutputStream(), false, false);
            socket.shutdownOutput();
            InputStream unread = socket.getInputStream();
            unread.skipNBytes(unread.available());      // what nobody has read would reset the connection
        } catch (IOException gone) {
            // it did not wait for the answer
        }
    }

    @Override
    public Void call() throws InterruptedException {
        try (socket) {
            while (open && awaitRequest()) {
                exchange();
            }
        } catch (IOException broken) {
            // the client has gone; or it was idle, and has been closed
        }
        return null;
    }

    /**
     * Closes the socket when the task is cancelled: whatever the task is doing with it ends in an exception, on any
     * kind of thread. A platform thread in socket I/O does not notice its interrupt.
     */
    void close() {
        Sockets.close(socket);
    }

    /**
     * Lets the client go when the server stops. An idle connection is closed, unless a request has just come; that is
     * answered first. Any other connection ends with its next answer, which says so, or with its quiet time. So a
     * client that sends one request after the other finds no connection closed that it is about to use.
     */
    void leave() {
        if (phase.get() == Phase.IDLE && !hasUnread() && phase.compareAndSet(Phase.IDLE, Phase.CLOSED)) {
            close();
        }
    }

    private boolean hasUnread() {
        try {
            return input.available() > 0;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Waits for the first byte of a request. @return false if none will come */
    private boolean awaitRequest() throws IOException {
        if (arrives(limits.quiet())) {
            return true;
        }
        phase.set(Phase.IDLE);
        if (supervisor.state() != Supervisor.State.ENTERED && !hasUnread()) {
            return false;                               // leave() was called before this connection was idle
        }
        return arrives(limits.silence()) && phase.compareAndSet(Phase.IDLE, Phase.BUSY);
    }

    private boolean arrives(Duration time) throws IOException {
        input.limit(time);
        in.mark(1);
        try {
            if (in.read() < 0) {
                throw new EOFException("the client has left");
            }
        } catch (SocketTimeoutException silent) {
            return false;
        }
        in.reset();
        return true;
    }

    /**
     * Answers one request, and counts how that ended. A broken connection alone does not tell who broke it. The
     * interrupt status does: a task that is cancelled is interrupted first, and its hook closes the socket then.
     */
    private void exchange() throws IOException, InterruptedException {
        Outcome outcome = Outcome.FAILED;
        statistics.requestBegan();
        try {
            outcome = Outcome.of(answer());
        } catch (IOException broken) {
            if (!Thread.interrupted()) {
                outcome = Outcome.DROPPED;
                throw broken;
            }
            outcome = Outcome.CANCELLED;
            throw (InterruptedException) new InterruptedException("cancelled").initCause(broken);
        } catch (InterruptedException cancelled) {
            outcome = Outcome.CANCELLED;
            throw cancelled;
        } finally {
            statistics.requestEnded(outcome);
        }
    }

    private Status answer() throws IOException, InterruptedException {
        Request request;
        try {
            input.limit(limits.head());                 // of a request only: an answer may take what it takes
            request = RequestReader.read(in);
        } catch (Refusal malformed) {
            return send(malformed.response(), false, false);
        }
        try (Response response = respond(request)) {
            return send(response, request.isHead(), request.keepsAlive() && accepting.getAsBoolean());
        }
    }

    private Response respond(Request request) throws InterruptedException {
        try {
            return handler.handle(request);
        } catch (Refusal refusal) {
            return refusal.response();
        } catch (RuntimeException | Error failure) {
            sendFailure(request, failure);
            throw failure;
        }
    }

    private void sendFailure(Request request, Throwable failure) {
        Response response = Response.of(Status.INTERNAL_SERVER_ERROR, Content.text("the handler failed\n"));
        try {
            send(response, request.isHead(), false);
        } catch (IOException broken) {
            failure.addSuppressed(broken);
        }
    }

    private Status send(Response response, boolean headOnly, boolean keepAlive) throws IOException {
        open = keepAlive;
        response.writeTo(out, headOnly, keepAlive);
        if (!keepAlive) {
            linger();
        }
        return response.status();
    }

    /**
     * Ends our half of the connection and waits, not for long, until the client has ended its own. To close it while
     * there is input that nobody has read would reset the connection, and might destroy the answer on its way.
     */
    private void linger() {
        try {
            socket.shutdownOutput();
            input.limit(LINGER);
            byte[] unread = new byte[1024];
            while (in.read(unread) >= 0) { }
        } catch (IOException enough) {
            // the answer has been sent; how the connection ends after it is all the same
        }
    }
}
