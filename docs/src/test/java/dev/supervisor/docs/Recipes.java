package dev.supervisor.docs;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import dev.supervisor.Action;
import dev.supervisor.Overflow;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskFunction;
import dev.supervisor.TaskSpec;
import dev.supervisor.Tasks;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Whole answers to copy: {@code docs/recipes.md} says of each when to use it, in this order. */
final class Recipes {

    static final Duration GRACE = Duration.ofSeconds(20);

    private Recipes() { }

    /** Jobs that callers start and do not wait for. */
    static final class Jobs implements AutoCloseable {

        private final Supervisor supervisor;

        Jobs(Supervisor.Builder builder) {
            supervisor = builder.name("jobs").unowned().maxTasks(100).open();
        }

        /** Returns false if a hundred jobs are live: tell the client to come later. */
        boolean start(String name, Callable<?> job) {
            return supervisor.spec(name).trySpawn(job) != null;
        }

        @Override
        public void close() {
            supervisor.drain(GRACE);
        }
    }

    /** Accepts until the server drains or is cancelled. A client for whom there is no place is turned away. */
    static Task<Void> acceptAll(Supervisor server, ServerSocket listener, TaskFunction<Socket, ?> handler) {
        return server.spec("acceptor").onDrain(listener::close).onCancel(listener::close).spawn(() -> {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    if (server.spec("client").onCancel(socket::close).trySpawn(() -> handler.apply(socket)) == null) {
                        socket.close();
                    }
                }
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw e;
                }
            }
        });
    }

    /** Works on the messages of a queue, on so many at once, until the server drains. */
    static Task<Void> consume(
            Supervisor server, BlockingQueue<String> queue, int limit, TaskFunction<String, ?> handler) {
        AtomicBoolean draining = new AtomicBoolean();
        return server.spec("consumer").onDrain(() -> draining.set(true)).spawn(() ->
            Supervisor.builder().name("messages").maxTasks(limit, Overflow.BLOCK).run(messages -> {
                while (!draining.get()) {
                    String message = queue.poll(100, TimeUnit.MILLISECONDS);
                    if (message != null) {
                        messages.spawn(() -> handler.apply(message));       // waits while there are so many
                    }
                }
            }));
    }

    /** Tries again after 1 s, 2 s, 4 s and so on, five times, what may go well the next time. */
    static RetryPolicy<Object> backoff() {
        return RetryPolicy.builder().handle(IOException.class)
            .withBackoff(Duration.ofSeconds(1), Duration.ofMinutes(1)).withJitter(0.2).withMaxRetries(5).build();
    }

    /** Runs a job again and again, with a pause in between. A round that fails is reported, and the next one comes. */
    static Task<Void> repeat(Supervisor server, String name, Duration pause, RetryPolicy<Object> policy, Action job) {
        CountDownLatch draining = new CountDownLatch(1);
        return server.spec(name).onDrain(draining::countDown).spawn(() -> {
            do {
                Supervisor.builder().name(name).run(round ->
                    round.spawn(name, () -> Failsafe.with(policy).run(job::run)));
            } while (!draining.await(pause.toMillis(), TimeUnit.MILLISECONDS));
        });
    }

    /** The first mirror that answers within the time; the requests to the others are cancelled. */
    static byte[] fromAnyMirror(Collection<URI> mirrors, TaskFunction<URI, byte[]> fetch, Duration limit)
            throws ExecutionException, InterruptedException {
        List<Callable<byte[]>> requests = new ArrayList<>();
        for (URI mirror : mirrors) {
            requests.add(() -> fetch.apply(mirror));
        }
        return Tasks.firstSuccessful(Supervisor.builder().name("mirrors").deadline(limit), requests);
    }

    /** A page of three parts, within the time, or none: the first failure cancels the other requests. */
    static String page(String user, TaskFunction<String, String> ask, Duration limit)
            throws ExecutionException, InterruptedException {
        List<Callable<String>> requests = List.of(
            () -> ask.apply("/profile/" + user),
            () -> ask.apply("/orders/" + user),
            () -> ask.apply("/offers/" + user));
        List<String> parts = Tasks.all(Supervisor.builder().name("page").deadline(limit), requests);
        return String.join("\n", parts);
    }

    /** Made once, when the server starts. */
    static TaskSpec requests(Supervisor server, Duration limit) {
        return server.spec("request").timeout(limit);
    }

    /** The status for the client: each request has so much time, from its acceptance on. */
    static int handle(TaskSpec requests, Callable<?> request) throws InterruptedException {
        try {
            Task<?> task = requests.trySpawn(request);
            if (task == null) {
                return 503;
            }
            task.get();
            return 200;
        } catch (ExecutionException e) {
            return e.getCause() instanceof TimeoutException ? 504 : 500;
        } catch (RejectedExecutionException | CancellationException stopping) {
            return 503;
        }
    }

    /** Handlers whose configuration is exchanged while the server runs. */
    static final class Reloadable<C> {

        private final Supervisor server;
        private final AtomicReference<Generation<C>> current;

        Reloadable(Supervisor server, C config) {
            this.server = server;
            current = new AtomicReference<>(new Generation<>(config, openChild()));
        }

        /** The new generation takes the requests from now on. The old one ends those that it has. */
        boolean reload(C config) {
            Generation<C> next = new Generation<>(config, openChild());
            Generation<C> old = current.getAndSet(next);
            return old.handlers().drain(GRACE);         // true: nothing had to be cancelled
        }

        private Supervisor openChild() {
            return Supervisor.builder().name("handlers").unowned().parent(server).open();
        }

        /** Works on a request by the configuration of now. */
        <T> Task<T> spawn(TaskFunction<C, T> request) {
            Generation<C> now = current.get();
            try {
                return now.handlers().spawn(() -> request.apply(now.config()));
            } catch (RejectedExecutionException e) {
                if (now == current.get()) {
                    throw e;                            // the server stops
                }
                return spawn(request);                  // a reload came in between
            }
        }
    }

    /** A configuration, and the tasks that work by it. */
    record Generation<C>(C config, Supervisor handlers) { }

    /** What an operator reads of a task. */
    static String line(Task<?> task) {
        boolean hangs = task.status() == Task.Status.RUNNING && task.isCancelRequested();
        return task.name() + (hangs ? ": was asked to end, and runs on" : ": " + task.status());
    }
}
