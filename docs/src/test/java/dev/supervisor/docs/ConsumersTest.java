package dev.supervisor.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.core.task.support.TaskExecutorAdapter;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Libraries that are given a supervisor as their executor. Each one runs on it, has work under way when it is stopped,
 * and is stopped in the order that {@code docs/servers.md} recommends; then the supervisor drains, and nothing is left,
 * nothing was cancelled, and nothing has failed. (Kotlin's coroutines are in the test that is written in Kotlin.)
 */
class ConsumersTest {

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final AtomicInteger tasks = new AtomicInteger();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Supervisor supervisor = Supervisor.builder().name("consumer").unowned()
        .onFailure((task, failure) -> failures.add(failure))
        .decorator(task -> {
            tasks.incrementAndGet();
            return task;
        })
        .open();
    private final ExecutorService view = supervisor.asExecutorService();

    /** For the work that is under way when the stop begins. */
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    private String answer() {
        begun.countDown();
        try {
            assertTrue(release.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return "answer";
    }

    @AfterEach
    void end() {
        release.countDown();
        supervisor.shutdown();
    }

    private void assertDrains() {
        assertTrue(supervisor.drain(GRACE), () -> "cancelled: " + supervisor);
        assertEnded();
    }

    private void assertEnded() {
        assertEquals(State.FINISHED, supervisor.state());
        assertTrue(view.isTerminated());
        assertTrue(tasks.get() > 0, "it was not used");
        assertEquals(List.of(), List.copyOf(failures));
    }

    private static CompletableFuture<Void> start(Stop stop) {
        return CompletableFuture.runAsync(() -> {
            try {
                stop.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }, Threads::run);
    }

    /** Starts a stop that first waits for the work under way; returns when it waits. */
    private static CompletableFuture<Void> startWaiting(Stop stop) {
        CompletableFuture<Thread> stopper = new CompletableFuture<>();
        CompletableFuture<Void> stopping = start(() -> {
            stopper.complete(Thread.currentThread());
            stop.run();
        });
        Thread thread = stopper.join();
        Poll.until("it waits", () -> thread.getState() == Thread.State.WAITING
            || thread.getState() == Thread.State.TIMED_WAITING || stopping.isDone());
        assertFalse(stopping.isDone(), "there is work under way");
        return stopping;
    }

    private interface Stop {
        void run() throws Exception;
    }

    private static boolean isRefused(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isClosed();
        } catch (IOException refused) {
            return true;
        }
    }

    private static CompletableFuture<String> get(HttpClient client, int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/")).build();
        return client.sendAsync(request, BodyHandlers.ofString()).thenApply(HttpResponse::body);
    }

    /** Its threads are the tasks. */
    private HttpServer startHttpServer() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(view);
        server.createContext("/", exchange -> {
            byte[] answer = answer().getBytes(UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void theHttpServerOfTheJdk() throws Exception {
        HttpServer server = startHttpServer();
        int port = server.getAddress().getPort();
        CompletableFuture<String> answer = get(HttpClient.newHttpClient(), port);
        begun.await();
        CompletableFuture<Void> stop = start(() -> server.stop(30));
        Poll.until("it listens no more", () -> isRefused(port));
        release.countDown();
        assertEquals("answer", answer.get());
        stop.get();
        assertDrains();
    }

    @Test
    void theHttpClientOfTheJdk() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            answer();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try {
            HttpClient client = HttpClient.newBuilder().executor(view).build();
            CompletableFuture<String> answer = get(client, server.getAddress().getPort());
            begun.await();
            CompletableFuture<Void> stop = startWaiting(() -> {
                answer.get();
                if (client instanceof AutoCloseable closeable) {    // from JDK 21 on
                    closeable.close();
                }
            });
            release.countDown();
            assertEquals("", answer.get());
            stop.get();
            assertDrains();
        } finally {
            server.stop(0);
        }
    }

    /** A stage that a task completes goes on in that task, so a drain admits it. */
    @Test
    void completableFuture() throws Exception {
        CompletableFuture<String> future = CompletableFuture.supplyAsync(this::answer, view)
            .thenApplyAsync(answer -> answer + "!", view)
            .thenApplyAsync(answer -> answer + "!", view);
        begun.await();
        CompletableFuture<Boolean> drain = CompletableFuture.supplyAsync(() -> supervisor.drain(GRACE), Threads::run);
        Poll.until("it drains", () -> supervisor.state() == State.DRAINING);
        release.countDown();
        assertEquals("answer!!", future.get());
        assertTrue(drain.get());
        assertEnded();
        assertEquals(3, tasks.get());
    }

    @Test
    void jetty() throws Exception {
        org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server(new TaskThreads(view));
        ServerConnector connector = new ServerConnector(server, 1, 1);
        connector.setHost("localhost");
        server.addConnector(connector);
        server.setHandler(new GracefulHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                Content.Sink.write(response, true, answer(), callback);
                return true;
            }
        }));
        server.setStopTimeout(GRACE.toMillis());
        server.start();
        CompletableFuture<String> answer = get(HttpClient.newHttpClient(), connector.getLocalPort());
        begun.await();
        int port = connector.getLocalPort();
        CompletableFuture<Void> stop = start(server::stop);
        Poll.until("it listens no more", () -> isRefused(port));
        release.countDown();
        assertEquals("answer", answer.get());
        stop.get();
        assertDrains();
    }

    /** Jetty's threads as tasks, those that accept and select, too. */
    private record TaskThreads(ExecutorService view) implements ThreadPool {

        @Override
        public void execute(Runnable task) {
            view.execute(task);
        }

        @Override
        public void join() throws InterruptedException {
            view.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        }

        @Override
        public int getThreads() {
            return 0;                                   // each task has its own
        }

        @Override
        public int getIdleThreads() {
            return 0;
        }

        @Override
        public boolean isLowOnThreads() {
            return false;
        }
    }

    @Test
    void grpc() throws Exception {
        Server server = InProcessServerBuilder.forName("supervised").executor(view)
            .addService(ServerServiceDefinition.builder("Echo").addMethod(ECHO,
                ServerCalls.asyncUnaryCall((question, observer) -> {
                    observer.onNext(question + answer());
                    observer.onCompleted();
                })).build())
            .build().start();
        ManagedChannel channel = InProcessChannelBuilder.forName("supervised").executor(view).build();
        Future<String> answer = ClientCalls.futureUnaryCall(channel.newCall(ECHO, CallOptions.DEFAULT), "an ");
        begun.await();
        server.shutdown();
        release.countDown();
        assertEquals("an answer", answer.get());
        channel.shutdown();
        assertTrue(channel.awaitTermination(60, TimeUnit.SECONDS));
        assertTrue(server.awaitTermination(60, TimeUnit.SECONDS));
        assertDrains();
    }

    private static final MethodDescriptor<String, String> ECHO = MethodDescriptor.<String, String>newBuilder()
        .setType(MethodType.UNARY).setFullMethodName("Echo/echo")
        .setRequestMarshaller(new Text()).setResponseMarshaller(new Text()).build();

    private static final class Text implements MethodDescriptor.Marshaller<String> {

        @Override
        public InputStream stream(String text) {
            return new ByteArrayInputStream(text.getBytes(UTF_8));
        }

        @Override
        public String parse(InputStream bytes) {
            try {
                return new String(bytes.readAllBytes(), UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void reactor() throws Exception {
        Scheduler scheduler = Schedulers.fromExecutorService(view);
        CompletableFuture<List<String>> answers = Flux.range(0, 100)
            .flatMap(i -> Flux.just(i).publishOn(scheduler).map(number -> number + answer()))
            .subscribeOn(scheduler)
            .collectSortedList()
            .toFuture();
        begun.await();
        CompletableFuture<Void> stop = startWaiting(() -> {
            answers.get();
            scheduler.disposeGracefully().block(GRACE);
        });
        release.countDown();
        assertEquals(IntStream.range(0, 100).mapToObj(i -> i + "answer").sorted().toList(), answers.get());
        stop.get();
        assertDrains();
    }

    /** A scheduler that is made of an executor service takes it for its own. One of an executor does not. */
    @Test
    void reactorsDisposeAborts() throws Exception {
        Scheduler borrowed = Schedulers.fromExecutor(supervisor);
        assertEquals(List.of("an answer"), List.of(Flux.just("an answer").publishOn(borrowed).blockLast(GRACE)));
        borrowed.dispose();
        assertEquals(State.ENTERED, supervisor.state());
        Task<?> bystander = supervisor.spawn(() -> new CountDownLatch(1).await());
        Schedulers.fromExecutorService(view).dispose();
        assertTrue(view.awaitTermination(60, TimeUnit.SECONDS));
        assertTrue(bystander.isCancelled());
    }

    @Test
    void spring() throws Exception {
        TaskExecutorAdapter executor = new TaskExecutorAdapter(view);
        CompletableFuture<String> answer = executor.submitCompletable(this::answer);
        begun.await();
        CompletableFuture<Boolean> drain = CompletableFuture.supplyAsync(() -> supervisor.drain(GRACE), Threads::run);
        Poll.until("it drains", () -> supervisor.state() == State.DRAINING);
        assertThrows(TaskRejectedException.class, () -> executor.execute(() -> { }));
        release.countDown();
        assertEquals("answer", answer.get());
        assertTrue(drain.get());
        assertEnded();
    }
}
