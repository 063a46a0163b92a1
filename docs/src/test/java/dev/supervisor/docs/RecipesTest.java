package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.failsafe.RetryPolicy;
import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import dev.supervisor.Task.Status;
import dev.supervisor.TaskFunction;
import dev.supervisor.TaskSpec;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Each recipe does what {@code docs/recipes.md} says of it; two of them are tests themselves, and stand here. */
class RecipesTest extends HeldBodies {

    private static final Duration AGES = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Pattern CODE = Pattern.compile("(?ms)^```(?:java|kotlin)\\n(.*?)^```$");

    private final Queue<String> reported = new ConcurrentLinkedQueue<>();

    private Supervisor.Builder reporting(Supervisor.Builder builder) {
        return builder.onFailure((task, thrown) -> reported.add(task.name() + ": " + thrown.getMessage()));
    }

    private Supervisor openReporting(Supervisor.Builder builder) {
        return open(reporting(builder));
    }

    private Supervisor open() {
        return openReporting(Supervisor.builder());
    }

    private <T> T fail() throws IOException {
        throw failure;
    }

    /** Runs a call on another thread. */
    private static <T> CompletableFuture<T> elsewhere(Callable<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Threads.run(() -> {
            try {
                result.complete(call.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static CompletableFuture<Boolean> drainElsewhere(Supervisor supervisor) {
        CompletableFuture<Boolean> drain = elsewhere(() -> supervisor.drain(AGES));
        Poll.until("it drains", () -> supervisor.state() != State.ENTERED);
        return drain;
    }

    private static boolean isRefused(Supplier<?> spawn) {
        try {
            spawn.get();
            return false;
        } catch (RejectedExecutionException e) {
            return true;
        }
    }

    private static <T> T soon(CompletableFuture<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    @Test
    void aRecipeIsShort() {
        int recipes = 0;
        for (MatchResult code : CODE.matcher(Repository.read("docs/recipes.md")).results().toList()) {
            long lines = code.group(1).lines().map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("/**") && !line.startsWith("*")).count();
            assertTrue(lines <= (code.group(1).contains("@Configuration") ? 30 : 16), code::group);
            recipes++;
        }
        assertTrue(recipes >= 11, "only " + recipes + " were found");
    }

    @Nested
    class BackgroundJobs {

        private final Recipes.Jobs jobs = new Recipes.Jobs(reporting(Supervisor.builder()));

        @AfterEach
        void close() {
            release.countDown();
            jobs.close();
        }

        @Test
        void aHundredAndNoMore() {
            int started = 0;
            while (jobs.start("job " + started, RecipesTest.this::await)) {
                started++;
            }
            assertEquals(100, started);
            release.countDown();
            Poll.until("a place is free", () -> jobs.start("late", () -> "late"));
        }

        @Test
        void aJobThatFailsIsReportedAndTheOthersGoOn() {
            assertTrue(jobs.start("other", RecipesTest.this::await));
            assertTrue(jobs.start("mail to ann", RecipesTest.this::fail));
            Poll.until("it is reported", () -> !reported.isEmpty());
            release.countDown();
            jobs.close();
            assertEquals(List.of("mail to ann: on purpose"), List.copyOf(reported));
            assertEquals(0, interrupted.get());
        }

        @Test
        void closeLetsJobsEndAndTakesNoMore() throws Exception {
            assertTrue(jobs.start("job", RecipesTest.this::await));
            awaitBegun(1);
            CompletableFuture<Boolean> close = elsewhere(() -> {
                jobs.close();
                return true;
            });
            Poll.until("it takes no more", () -> isRefused(() -> jobs.start("late", () -> "late")));
            assertFalse(close.isDone());
            release.countDown();
            assertTrue(soon(close));
            assertEquals(0, interrupted.get());
        }
    }

    @Nested
    class AcceptLoop {

        private final TaskFunction<Socket, Long> echo = socket -> {
            try (socket) {
                return socket.getInputStream().transferTo(socket.getOutputStream());
            }
        };

        private ServerSocket listen() throws IOException {
            return new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        }

        private boolean isServed(Socket client) throws IOException {
            client.setSoTimeout(60_000);
            try {
                client.getOutputStream().write(7);
                return client.getInputStream().read() == 7;
            } catch (IOException reset) {
                return false;
            }
        }

        private boolean isServed(ServerSocket listener) {
            try (Socket client = connect(listener)) {
                return isServed(client);
            } catch (IOException reset) {
                return false;
            }
        }

        private Socket connect(ServerSocket listener) throws IOException {
            return new Socket(listener.getInetAddress(), listener.getLocalPort());
        }

        @ParameterizedTest
        @EnumSource
        void aClientWithoutAPlaceIsTurnedAwayAndADrainEndsTheLoop(Threads threads) throws Exception {
            Supervisor server = openReporting(threads.builder().maxTasks(2));    // the loop, and one client
            ServerSocket listener = listen();
            Task<Void> acceptor = Recipes.acceptAll(server, listener, echo);
            try (Socket client = connect(listener)) {
                assertTrue(isServed(client));
                assertFalse(isServed(listener));
            }
            Poll.until("a place is free", () -> isServed(listener));
            assertTrue(server.drain(AGES));
            assertTrue(listener.isClosed());
            assertEquals(Status.SUCCEEDED, acceptor.status());
            assertEquals(List.of(), List.copyOf(reported));
        }

        @ParameterizedTest
        @EnumSource
        void anAbortClosesTheListenerAndConnections(Threads threads) throws Exception {
            Supervisor server = openReporting(threads.builder());
            ServerSocket listener = listen();
            Task<Void> acceptor = Recipes.acceptAll(server, listener, echo);
            try (Socket client = connect(listener)) {
                assertTrue(isServed(client));
                server.shutdown();
                assertFalse(isServed(client));
            }
            assertTrue(listener.isClosed());
            assertTrue(acceptor.failure() == null, acceptor::toString);
        }

        @Test
        void aHandlerThatFailsIsReportedAndTheLoopGoesOn() throws Exception {
            Supervisor server = open();
            ServerSocket listener = listen();
            Recipes.acceptAll(server, listener, socket -> {
                try (socket) {
                    return begun.incrementAndGet() == 1 ? RecipesTest.this.fail() : echo.apply(socket);
                }
            });
            assertFalse(isServed(listener));
            assertTrue(isServed(listener));
            assertTrue(server.drain(AGES));
            assertEquals(List.of("client: on purpose"), List.copyOf(reported));
        }

        @Test
        void anAcceptThatFailsEndsTheLoopAndIsReported() throws Exception {
            try (ServerSocket broken = new ServerSocket() {
                @Override
                public Socket accept() throws IOException {
                    throw failure;
                }
            }) {
                Task<Void> acceptor = Recipes.acceptAll(open(), broken, echo);
                assertSame(failure, assertThrows(ExecutionException.class, acceptor::get).getCause());
                Poll.until("it is reported", () -> reported.contains("acceptor: on purpose"));
            }
        }
    }

    @Nested
    class QueueConsumer {

        private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

        @Test
        void soManyAtOnceAndAFailureEndsNothing() {
            AtomicInteger running = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            AtomicInteger done = new AtomicInteger();
            for (int i = 0; i < 50; i++) {
                queue.add("message " + i);
            }
            Supervisor server = open();
            Task<Void> consumer = Recipes.consume(server, queue, 3, message -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Thread.yield();
                running.decrementAndGet();
                done.incrementAndGet();
                return message.endsWith("7") ? RecipesTest.this.fail() : message;
            });
            Poll.until("all are done", () -> done.get() == 50);
            assertTrue(most.get() <= 3, most::toString);
            assertTrue(server.drain(AGES));
            assertEquals(Status.SUCCEEDED, consumer.status());
        }

        @Test
        void aDrainEndsWhatWasTakenAndLeavesTheRest() throws Exception {
            Supervisor server = open();
            Task<Void> consumer = Recipes.consume(server, queue, 2, message -> await());
            for (int i = 0; i < 5; i++) {
                queue.add("message " + i);
            }
            awaitBegun(2);
            CompletableFuture<Boolean> drain = drainElsewhere(server);
            release.countDown();
            assertTrue(soon(drain));
            assertEquals(Status.SUCCEEDED, consumer.status());
            assertEquals(5, begun.get() + queue.size());
            assertEquals(0, interrupted.get());
        }

        @Test
        void anAbortCancelsTheLoopAndItsMessages() throws Exception {
            Supervisor server = open();
            queue.addAll(List.of("first", "second"));
            Task<Void> consumer = Recipes.consume(server, queue, 1, message -> await());
            awaitBegun(1);
            Poll.until("the second waits for a place", queue::isEmpty);
            server.shutdown();
            assertEquals(Status.CANCELLED, consumer.status());
            assertEquals(begun.get(), interrupted.get());
            assertEquals(1, begun.get());
        }
    }

    @Nested
    class PeriodicJob {

        private final RetryPolicy<Object> quick = RetryPolicy.builder().handle(IOException.class)
            .withBackoff(Duration.ofMillis(1), Duration.ofMillis(4)).withMaxRetries(5).build();

        @Test
        void thePolicyOfTheRecipe() {
            assertEquals(5, Recipes.backoff().getConfig().getMaxRetries());
            assertEquals(Duration.ofSeconds(1), Recipes.backoff().getConfig().getDelay());
            assertEquals(2, Recipes.backoff().getConfig().getDelayFactor());
        }

        @Test
        void aRoundIsTriedAgainAndTheNextOneComes() throws Exception {
            Supervisor server = open();
            AtomicInteger rounds = new AtomicInteger();
            Task<Void> loop = Recipes.repeat(server, "refresh", Duration.ofMillis(1), quick, () -> {
                if (begun.incrementAndGet() % 3 != 0) {
                    fail();
                }
                rounds.incrementAndGet();
            });
            List<String> log = logged(() -> Poll.until("three rounds", () -> rounds.get() >= 3));
            assertEquals(List.of(), log);
            assertFalse(loop.isDone());
            assertTrue(server.drain(AGES));
            assertEquals(Status.SUCCEEDED, loop.status());
        }

        @Test
        void aRoundThatFailsForGoodIsInTheLogAndTheNextOneComes() throws Exception {
            Supervisor server = open();
            List<String> log = logged(() -> {
                Recipes.repeat(server, "refresh", Duration.ofMillis(1), quick, () -> {
                    if (begun.incrementAndGet() <= 6) {
                        fail();                                 // six attempts are one round
                    }
                });
                Poll.until("the next one has come", () -> begun.get() >= 7);
            });
            assertEquals(1, log.size(), log::toString);
            assertTrue(log.get(0).matches("Task refresh of Supervisor\\[refresh.*\\] has failed"), log::toString);
        }

        @Test
        void aDrainEndsThePauseAndNotTheRound() throws Exception {
            Supervisor server = open();
            Task<Void> loop = Recipes.repeat(server, "refresh", AGES, quick, RecipesTest.this::await);
            awaitBegun(1);
            CompletableFuture<Boolean> drain = drainElsewhere(server);
            release.countDown();
            assertTrue(soon(drain));
            assertEquals(Status.SUCCEEDED, loop.status());
            assertEquals(0, interrupted.get());
            Supervisor other = open();
            Recipes.repeat(other, "refresh", AGES, quick, begun::incrementAndGet);
            awaitBegun(2);
            assertTrue(other.drain(AGES));
        }

        @Test
        void anAbortEndsTheWaitForTheNextAttempt() {
            CountDownLatch scheduled = new CountDownLatch(1);
            RetryPolicy<Object> slow = RetryPolicy.builder().handle(IOException.class).withDelay(AGES)
                .onRetryScheduled(event -> scheduled.countDown()).build();
            Supervisor server = open();
            Task<Void> loop = Recipes.repeat(server, "refresh", AGES, slow, () -> {
                begun.incrementAndGet();
                fail();
            });
            Poll.until("it waits", () -> scheduled.getCount() == 0);
            server.shutdown();
            assertEquals(Status.CANCELLED, loop.status());
            assertEquals(1, begun.get());
        }

        @Test
        void anInterruptEndsTheRoundWhateverThePolicyNames() {
            for (RetryPolicy<Object> policy : List.of(quick, RetryPolicy.ofDefaults())) {
                AtomicInteger attempts = new AtomicInteger();
                Supervisor server = open();
                Task<Void> loop = Recipes.repeat(server, "refresh", AGES, policy, () -> {
                    attempts.incrementAndGet();
                    await();
                });
                Poll.until("it has begun", () -> attempts.get() == 1);
                server.shutdown();
                assertEquals(1, attempts.get());
                assertEquals(Status.CANCELLED, loop.status());
            }
        }

        @Test
        void whatThePolicyDoesNotNameEndsTheRoundAtOnce() {
            Supervisor server = open();
            List<String> log = logged(() -> {
                Recipes.repeat(server, "refresh", Duration.ofMillis(1), quick, () -> {
                    if (begun.incrementAndGet() == 1) {
                        throw new IllegalStateException("on purpose");
                    }
                });
                Poll.until("the next one has come", () -> begun.get() >= 2);
            });
            assertEquals(1, log.size(), log::toString);
        }

        /** The lines that the library logs meanwhile. */
        private List<String> logged(Runnable block) {
            Queue<String> lines = new ConcurrentLinkedQueue<>();
            Logger logger = (Logger) LoggerFactory.getLogger("dev.supervisor");
            AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    lines.add(event.getFormattedMessage());
                }
            };
            appender.start();
            logger.addAppender(appender);
            logger.setAdditive(false);
            logger.setLevel(Level.WARN);
            try {
                block.run();
            } finally {
                logger.detachAppender(appender);
                logger.setAdditive(true);
                logger.setLevel(Level.OFF);
            }
            return List.copyOf(lines);
        }
    }

    @Nested
    class Composed {

        private final byte[] answer = {1};

        @Test
        void theFirstMirrorWins() throws Exception {
            List<URI> mirrors = List.of(URI.create("slow"), URI.create("broken"), URI.create("quick"));
            assertArrayEquals(answer, Recipes.fromAnyMirror(mirrors, this::fetch, AGES));
            assertEquals(begun.get(), interrupted.get());       // by then
            ExecutionException thrown = assertThrows(ExecutionException.class,
                () -> Recipes.fromAnyMirror(List.of(URI.create("broken")), this::fetch, AGES));
            assertSame(failure, thrown.getCause());
            assertThrows(DeadlineExceededException.class,
                () -> Recipes.fromAnyMirror(List.of(URI.create("slow")), this::fetch, SHORT));
            assertEquals(begun.get(), interrupted.get());
        }

        private byte[] fetch(URI mirror) throws Exception {
            switch (mirror.toString()) {
                case "slow" -> await();
                case "broken" -> fail();
                default -> awaitBegun(1);
            }
            return answer;
        }

        @Test
        void aPageHasAllPartsOrIsNone() throws Exception {
            assertEquals("/profile/ann\n/orders/ann\n/offers/ann", Recipes.page("ann", path -> path, AGES));
            ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> Recipes.page("ann", this::withoutOffers, AGES));
            assertSame(failure, thrown.getCause());
            assertEquals(2, interrupted.get());
            assertThrows(DeadlineExceededException.class, () -> Recipes.page("ann", path -> await(), SHORT));
            assertEquals(begun.get(), interrupted.get());
        }

        private String withoutOffers(String path) throws Exception {
            if (path.startsWith("/offers/")) {
                awaitBegun(2);
                fail();
            }
            return await();
        }
    }

    @Nested
    class RequestsWithATimeLimit {

        @Test
        void eachOutcomeHasAStatus() throws Exception {
            TaskSpec requests = Recipes.requests(open(), AGES);
            assertEquals(200, Recipes.handle(requests, () -> "an answer"));
            assertEquals(500, Recipes.handle(requests, RecipesTest.this::fail));
            Poll.until("it is reported", () -> reported.contains("request: on purpose"));
        }

        @Test
        void aRequestThatTakesTooLongIsInterruptedAndReported() throws Exception {
            TaskSpec requests = Recipes.requests(open(), SHORT);
            assertEquals(504, Recipes.handle(requests, RecipesTest.this::await));
            assertEquals(begun.get(), interrupted.get());
            Poll.until("it is reported", () -> reported.size() == 1);
        }

        @Test
        void aBodyThatIsInterruptedAndReturnsHasSucceeded() throws Exception {
            TaskSpec requests = Recipes.requests(open(), SHORT);
            int status = Recipes.handle(requests, () -> {
                try {
                    return await();
                } catch (InterruptedException ignored) {
                    return "late";
                }
            });
            assertEquals(begun.get() == 0 ? 504 : 200, status);     // it may not have begun in its time
        }

        @Test
        void aTimeoutThatABodyThrowsLooksTheSame() throws Exception {
            assertEquals(504, Recipes.handle(Recipes.requests(open(), AGES), () -> {
                throw new TimeoutException("of the database");
            }));
        }

        @Test
        void aServerThatIsFullOrStopsSaysSo() throws Exception {
            Supervisor server = openReporting(Supervisor.builder().maxTasks(1));
            TaskSpec requests = Recipes.requests(server, AGES);
            CompletableFuture<Integer> first = elsewhere(() -> Recipes.handle(requests, RecipesTest.this::await));
            awaitBegun(1);
            assertEquals(503, Recipes.handle(requests, () -> "no place"));
            server.shutdown();
            assertEquals(503, soon(first));
            assertEquals(503, Recipes.handle(requests, () -> "too late"));
        }
    }

    @Nested
    class Reload {

        @Test
        void theNewGenerationTakesOverAndTheOldOneEndsWhatItHas() throws Exception {
            Supervisor server = open();
            Recipes.Reloadable<String> handlers = new Recipes.Reloadable<>(server, "old");
            Task<String> slow = handlers.spawn(config -> {
                await();
                return config;
            });
            awaitBegun(1);
            CompletableFuture<Boolean> reload = elsewhere(() -> handlers.reload("new"));
            Poll.until("the new one", () -> handlers.spawn(config -> config).join().equals("new"));
            assertFalse(reload.isDone());
            assertEquals(2, server.liveCount());
            release.countDown();
            assertTrue(soon(reload));
            assertEquals("old", slow.get());
            Poll.until("one is left", () -> server.liveCount() == 1);
        }

        @Test
        void noRequestIsRefusedByAReload() throws Exception {
            Supervisor server = open();
            Recipes.Reloadable<Integer> handlers = new Recipes.Reloadable<>(server, 0);
            CompletableFuture<Integer> requests = elsewhere(() -> {
                int last = 0;
                while (last < 200) {
                    int now = handlers.spawn(config -> config).get();
                    assertTrue(now >= last);
                    last = now;
                }
                return last;
            });
            for (int i = 1; i <= 200; i++) {
                assertTrue(handlers.reload(i));
            }
            assertEquals(200, soon(requests));
        }

        @Test
        void aDrainOfTheServerDrainsBothAndRefusesWhatComes() throws Exception {
            Supervisor server = open();
            Recipes.Reloadable<String> handlers = new Recipes.Reloadable<>(server, "old");
            handlers.spawn(config -> await());
            awaitBegun(1);
            CompletableFuture<Boolean> reload = elsewhere(() -> handlers.reload("new"));
            Poll.until("the new one", () -> handlers.spawn(config -> config).join().equals("new"));
            handlers.spawn(config -> await());
            awaitBegun(2);
            CompletableFuture<Boolean> drain = drainElsewhere(server);
            assertThrows(RejectedExecutionException.class, () -> handlers.reload("newer"));
            Poll.until("the drain has come to the new one", () -> isRefused(() -> handlers.spawn(config -> config)));
            release.countDown();
            assertTrue(soon(drain));
            assertTrue(soon(reload));
            assertEquals(0, interrupted.get());
        }

        @Test
        void aTaskOfTheServerMayReloadAndOneOfTheOldGenerationMayNot() throws Exception {
            Supervisor server = open();
            Recipes.Reloadable<String> handlers = new Recipes.Reloadable<>(server, "old");
            assertTrue(server.spawn(() -> handlers.reload("new")).get());
            Task<Boolean> inside = handlers.spawn(config -> handlers.reload("newer"));
            assertInstanceOf(IllegalStateException.class,
                assertThrows(ExecutionException.class, inside::get).getCause());
        }
    }

    @Nested
    class Testing {

        /** There is no thread but that of the test. A job has ended when its start returns. */
        @Test
        void aJobThatFailsIsReported() {
            List<String> reports = new ArrayList<>();
            Supervisor.Builder builder = Supervisor.builder().executor(Runnable::run)
                .onFailure((task, failure) -> reports.add(task.name() + ": " + failure.getMessage()));
            try (Recipes.Jobs jobs = new Recipes.Jobs(builder)) {
                assertTrue(jobs.start("report", () -> {
                    throw new IOException("no paper");
                }));
                assertEquals(List.of("report: no paper"), reports);
            }
        }

        /** A task that answers what the test says, and nothing else. */
        private static Task<?> fake(Map<String, Object> answers) {
            return (Task<?>) Proxy.newProxyInstance(Task.class.getClassLoader(), new Class<?>[] {Task.class},
                (proxy, method, arguments) -> {
                    if (answers.containsKey(method.getName())) {
                        return answers.get(method.getName());
                    }
                    throw new UnsupportedOperationException(method.toString());
                });
        }

        @Test
        void aTaskThatHangsIsSeen() {
            Task<?> task = fake(Map.of("name", "report", "status", Status.RUNNING, "isCancelRequested", true));
            assertEquals("report: was asked to end, and runs on", Recipes.line(task));
        }

        @Test
        void aFakeSaysWhatItWasNotToldToAnswer() {
            assertThrows(UnsupportedOperationException.class, fake(Map.of("name", "report"))::failure);
        }

        @Test
        void anExecutorThatRunsNothingLeavesATaskPending() {
            Supervisor supervisor = openReporting(Supervisor.builder().executor(task -> { }));
            Task<String> task = supervisor.spawn("report", () -> "never");
            assertEquals("report: PENDING", Recipes.line(task));
            assertTrue(task.cancel());
            assertEquals("report: CANCELLED", Recipes.line(task));
        }

        @Test
        void aTaskRunsOnTheThreadOfItsSpawner() {
            Supervisor supervisor = openReporting(Supervisor.builder().executor(Runnable::run));
            Task<Thread> task = supervisor.spawn(Thread::currentThread);
            assertSame(Thread.currentThread(), task.join());
            assertNull(task.failure());
        }
    }
}
