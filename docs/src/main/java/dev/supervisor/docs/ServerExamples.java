package dev.supervisor.docs;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;

/** What a server's author copies from: {@code docs/servers.md} explains each method, in this order. */
public final class ServerExamples {

    private static final Duration GRACE = Duration.ofSeconds(20);

    private ServerExamples() { }

    // @start region="open"
    /** One supervisor for the whole server. A container starts and stops it, so no thread owns it. */
    static Supervisor open() {
        return Supervisor.builder().name("http").unowned()
            .maxTasks(1_000)                            // beyond that a spawn is refused
            .drainOnJvmExit(GRACE)                      // SIGTERM, Ctrl-C and System.exit stop it gracefully
            .open();
    }
    // @end

    // @start region="bound"
    /** A server that is full, or stops, says so at once. It does not let its clients queue. */
    static int accept(Supervisor supervisor, Callable<?> request) {
        try {
            return supervisor.trySpawn(request) == null ? 503 : 202;
        } catch (RejectedExecutionException stopping) {
            return 503;
        }
    }
    // @end

    /** Asks a database, over a socket. */
    static final class Queries {

        private final LongAdder cancelled = new LongAdder();
        private final TaskSpec queries;

        // @start region="spec"
        /** Made once, when the server starts. */
        Queries(Supervisor supervisor, Duration limit) {
            queries = supervisor.spec("query").timeout(limit).onCancel(cancelled::increment);
        }

        /** A query that takes too long is interrupted, and its socket is closed: a read from it ends by that. */
        Task<Integer> ask(Socket database) {
            return queries.spawn(() -> database.getInputStream().read()).onCancel(database::close);
        }
        // @end

        long cancelled() {
            return cancelled.sum();
        }
    }

    // @start region="deadline"
    /**
     * One request that asks many.
     *
     * @throws DeadlineExceededException if it takes longer than the limit; every part has ended by then
     * @throws RejectedExecutionException if the limit is over before each part is spawned; it has the other one suppressed
     */
    static List<String> askAll(Duration limit, Collection<Callable<String>> parts)
            throws InterruptedException, ExecutionException {
        try (Supervisor request = Supervisor.builder().deadline(limit).open()) {
            List<Task<String>> tasks = new ArrayList<>();
            parts.forEach(part -> tasks.add(request.spawn(part)));
            request.join();                             // throws it
            List<String> answers = new ArrayList<>();
            for (Task<String> task : tasks) {
                answers.add(task.get());
            }
            return answers;
        }
    }
    // @end

    // @start region="async"
    /** Holds no thread while it waits. Cancelled, it aborts the exchange, which is what this client's future does. */
    static Task<HttpResponse<String>> fetch(Supervisor supervisor, HttpClient client, HttpRequest request) {
        return supervisor.spawnAsync(() -> client.sendAsync(request, BodyHandlers.ofString()));
    }
    // @end

    // @start region="hooks"
    /** The loop that accepts is a task like any other. Either hook closes the listener, which ends the loop. */
    static Task<Void> listen(Supervisor supervisor, ServerSocket listener, Server server) {
        return supervisor.spec("acceptor").onDrain(listener::close).onCancel(listener::close).spawn(() -> {
            while (!listener.isClosed()) {
                try {
                    serve(supervisor, listener.accept(), server);
                } catch (IOException e) {
                    if (!listener.isClosed()) {
                        throw e;                        // the task fails, and is reported
                    }
                }
            }
        });
    }

    /** Idle when the drain begins, a connection is closed; cancelled, likewise; without a place it is turned away. */
    static void serve(Supervisor supervisor, Socket socket, Server server) throws IOException {
        TaskSpec client = supervisor.spec("client").onDrain(() -> server.closeIfIdle(socket)).onCancel(socket::close);
        Task<?> task = client.trySpawn(() -> {
            server.serve(socket);
            return null;
        });
        if (task == null) {
            socket.close();
        }
    }
    // @end

    /** What a server does with its sockets. */
    interface Server {
        void serve(Socket socket) throws IOException;

        void closeIfIdle(Socket socket) throws IOException;
    }

    // @start region="shield"
    /** Either both accounts have changed or none: a request to cancel waits until the transfer is whole. */
    static Task<Void> transfer(Supervisor supervisor, Callable<?> take, Callable<?> give) {
        return supervisor.spawnWithSelf(self -> self.shield(Duration.ofSeconds(5), () -> {
            take.call();
            give.call();
            return null;
        }));
    }
    // @end

    // @start region="tree"
    /** A part of a server with a limit of its own. The whole server waits for it, and stops it. */
    static Supervisor openReports(Supervisor server) {
        return Supervisor.builder().name("reports").unowned().maxTasks(10).parent(server).open();
    }
    // @end

    // @start region="stop"
    /** Stops gracefully: takes no new work, lets the work that it has end, and cancels what is left of it. */
    static boolean stop(Supervisor supervisor) {
        return supervisor.drain(GRACE);                 // true: nothing had to be cancelled
    }
    // @end

    // @start region="hook"
    /** A shutdown hook for what comes after the last task. It leaves the drain to the library, and waits so long. */
    static Thread afterLast(Supervisor supervisor, Runnable summary) {
        return new Thread(() -> {
            try {
                supervisor.awaitFinished(GRACE.plusSeconds(6));     // after the grace, cancelled tasks have 5 s to end
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            summary.run();
        });
    }
    // @end

    // @start region="completion"
    /** Closes what the tasks have used when none is left, with no thread that waits. */
    static void closeAfter(Supervisor supervisor, AutoCloseable pool) {
        supervisor.completion().thenRun(() -> {
            try {
                pool.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }
    // @end
}
