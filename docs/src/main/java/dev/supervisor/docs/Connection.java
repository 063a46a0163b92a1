package dev.supervisor.docs;

import dev.supervisor.Action;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
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
 * <p>The other threads touch it through {@link #close} and {@link #closeIfIdle}, never through its streams.
 */
final class Connection implements Action {

    /** How long a client may keep silent, between two requests or within one. */
    private static final int SILENCE_MILLIS = 30_000;

    private static final int LINGER_MILLIS = 1_000;

    /**
     * IDLE while no request is under way. The task leaves it with the first byte of a request, by compare-and-set,
     * and comes back after the answer; {@code closeIfIdle} leaves it for CLOSED, by compare-and-set, for good.
     */
    private enum Phase { IDLE, BUSY, CLOSED }

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Handler handler;
    private final Statistics statistics;
    private final BooleanSupplier stopping;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.IDLE);

    /** Whether another request may follow; the task's own. */
    private boolean open = true;

    /** @param stopping whether each request from now on is the last on its connection */
    Connection(Socket socket, Handler handler, Statistics statistics, BooleanSupplier stopping) throws IOException {
        this.socket = socket;
        this.handler = handler;
        this.statistics = statistics;
        this.stopping = stopping;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SILENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        out = new BufferedOutputStream(socket.getOutputStream());
    }

    @Override
    public void run() throws InterruptedException {
        try (socket) {
            while (open && awaitRequest()) {
                exchange();
                phase.set(Phase.IDLE);
                open &= !stopping.getAsBoolean();       // stop() has looked for idle connections before this was one
            }
        } catch (IOException broken) {
            // the client has gone; or it was idle, and has been closed
        }
    }

    /**
     * Closes the socket: whatever this connection's task is doing with it ends in an exception, on any kind of
     * thread. That is how a cancellation reaches a platform thread in socket I/O, which does not feel its interrupt.
     */
    void close() {
        Sockets.close(socket);
    }

    /** Closes the connection unless a request is under way. */
    void closeIfIdle() {
        if (phase.compareAndSet(Phase.IDLE, Phase.CLOSED)) {
            close();
        }
    }

    /** Waits for the first byte of a request. @return false if none will come */
    private boolean awaitRequest() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return false;
        }
        in.reset();
        return phase.compareAndSet(Phase.IDLE, Phase.BUSY);
    }

    /**
     * Answers one request, and counts how that ended. A broken connection alone does not tell who broke it. The
     * interrupt status does: whoever cancels a task interrupts it first, and closes its socket then.
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
            request = RequestReader.read(in);
        } catch (Refusal malformed) {
            return send(malformed.response(), false, false);
        }
        try (Response response = respond(request)) {
            return send(response, request.isHead(), request.keepsAlive() && !stopping.getAsBoolean());
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
            socket.setSoTimeout(LINGER_MILLIS);
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
            byte[] unread = new byte[1024];
            while (in.read(unread) >= 0 && System.nanoTime() - end < 0) { }
        } catch (IOException enough) {
            // the answer has been sent; how the connection ends after it is all the same
        }
    }
}
