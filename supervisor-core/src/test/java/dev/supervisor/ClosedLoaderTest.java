package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * E3: a program uses the library after the class loader of both was closed, as a server closes that of an application
 * that it stops. All classes that the library needs were loaded with the first task.
 */
class ClosedLoaderTest {

    /** The program. The classes that it names itself are loaded with it. It has run one task. */
    static final class Program implements Function<String, Object> {

        static final int FAILURES = 100;

        private final LateExecutor never = new LateExecutor();
        private final Supervisor supervisor =
                Supervisor.builder().executor(Runnable::run).onFailure((task, failure) -> { }).unowned().open();
        private final Supervisor late = Supervisor.builder().executor(never).unowned().open();
        private final Supervisor.Builder builder = Supervisor.builder().executor(Runnable::run);
        private final Callable<Integer> one = () -> 1;
        private final Callable<Integer> fails = () -> {
            throw new IllegalStateException("on purpose");
        };
        private final Callable<Integer> sleeps = () -> {
            new CountDownLatch(1).await();
            return 1;
        };
        private final Task<Integer> first = supervisor.spawn(one);

        Program() {
            never.size();
            Supervisor.class.getMethods();   // loads the types that it mentions
            Supervisor.Builder.class.getMethods();
        }

        @Override
        public Object apply(String operation) {
            try {
                return tried(operation);
            } catch (Throwable thrown) {
                String cause = thrown.getCause() == null ? "" : " by " + thrown.getCause().getMessage();
                return thrown.getClass().getSimpleName() + cause;
            }
        }

        private Object tried(String operation) throws Exception {
            return switch (operation) {
                case "get" -> first.get();
                case "get of a failed task" -> supervisor.spawn(fails).get();
                case "get of a cancelled task" -> dropped().get();
                case "get in time" -> late.spawn(one).get(1, TimeUnit.NANOSECONDS);
                case "join of a failed task" -> supervisor.spawn(fails).join();
                case "join of a cancelled task" -> dropped().join();
                case "future" -> first.toCompletableFuture().join();
                case "future of a failed task" -> supervisor.spawn(fails).toCompletableFuture().join();
                case "future of a cancelled task" -> dropped().toCompletableFuture().join();
                case "future of a pending task" -> {
                    Task<Integer> task = late.spawn(one);
                    CompletableFuture<Integer> future = task.toCompletableFuture();
                    never.runAll();
                    yield future.join();
                }
                case "cancel of a future" -> late.spawn(one).toCompletableFuture().cancel(true);
                case "refused" -> {
                    supervisor.abort();
                    yield supervisor.spawn(one);
                }
                case "sealed" -> {
                    supervisor.seal();
                    yield supervisor.spawn(one);
                }
                case "completions" -> {
                    Completions<Integer> completions = supervisor.completions();
                    completions.spawn(one);
                    yield completions.take().get();
                }
                case "run" -> {
                    builder.run(s -> s.spawn(one));
                    yield "ran";
                }
                case "call" -> builder.<Object, Exception>call(s -> s.spawn(one).get());
                case "interrupted run" -> {
                    Thread.currentThread().interrupt();
                    builder.run(s -> s.spawn(sleeps).get());
                    yield "ran";
                }
                case "join" -> {
                    supervisor.join();
                    yield "joined";
                }
                case "self-wait" -> supervisor.spawn("self", supervisor::shutdown).failure().getClass().getSimpleName();
                case "named" -> supervisor.spawn("named", one).toString();
                case "failures" -> {
                    for (int i = 0; i < FAILURES; i++) {
                        late.spawn(fails);
                    }
                    never.runAll();
                    yield "failed";
                }
                case "observing" -> "" + supervisor.tasks() + supervisor.liveCount() + first + first.status();
                default -> throw new AssertionError(operation);
            };
        }

        private Task<Integer> dropped() {
            Task<Integer> task = late.spawn(one);
            task.cancel();
            return task;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "get of a failed task", "get of a cancelled task", "get in time",
            "join of a failed task", "join of a cancelled task", "future", "future of a failed task",
            "future of a cancelled task", "future of a pending task", "cancel of a future", "refused", "sealed",
            "completions", "run", "call", "interrupted run", "join", "self-wait", "named", "observing"})
    void e3_nothingIsLoadedAfterTheFirstTask(String operation) throws Exception {
        Background<Object> expected;
        Background<Object> late;
        try (ReloadingLoader loader = new ReloadingLoader(path())) {
            Function<String, Object> program = program(loader);
            expected = Background.call(() -> program.apply(operation));
            ShortWait.result("with an open loader", expected);
        }
        try (ReloadingLoader loader = new ReloadingLoader(path())) {
            Function<String, Object> program = program(loader);
            loader.closed = true;
            late = Background.call(() -> program.apply(operation));
            ShortWait.result("with a closed loader", late);
        }
        assertEquals(stable(expected.join()), stable(late.join()));
        assertEquals(expected.leftInterrupted(), late.leftInterrupted(), "the status");
    }

    @Test
    void e5_aFailureThatIsNotLoggedIsToldOfThoughTheLoaderIsClosed() throws Exception {
        try (ReloadingLoader loader = new ReloadingLoader(path()); RecordedLog log = new RecordedLog()) {
            Function<String, Object> program = program(loader);
            loader.closed = true;
            assertEquals("failed", program.apply("failures"));
            Poll.until("all are logged or counted", () -> Program.FAILURES == log.messages("has failed").size()
                    + log.messages("without a name").stream().mapToLong(RecordedLog::leftOut).sum());
        }
    }

    /** The text of the result, without the numbers of objects that have no name. */
    private static String stable(Object result) {
        return result.toString().replaceAll("(supervisor-|task-|@)[0-9a-f]+", "$1N");
    }

    @SuppressWarnings("unchecked")
    private static Function<String, Object> program(ReloadingLoader loader) throws Exception {
        var constructor = loader.loadClass(Program.class.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        return (Function<String, Object>) constructor.newInstance();
    }

    private static URL[] path() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(element).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }
}
