package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** No outcome and no exit is lost because a class cannot be loaded (no more files or memory, or a closed loader). */
class ClassLoadingTest {

    /** The program. It spawns when all classes have been loaded, and returns the ends that it has seen. */
    static final class Ends implements Callable<List<String>> {

        private final List<String> seen = new ArrayList<>();
        private final Supervisor supervisor = Supervisor.builder()
                .executor(Runnable::run)
                .onFailure((task, failure) -> seen.add("reported " + failure.getMessage()))
                .open();
        private final Task<?> first = supervisor.spawn(() -> 1);
        private final Action fails = () -> {
            throw new IOException("failed");
        };
        private final Action cancelsItself = () -> {
            throw new CancellationException("gone");
        };

        @Override
        public List<String> call() throws Exception {
            for (Action body : List.of(fails, cancelsItself)) {
                seen.add(supervisor.spawn(body).onDone(task -> seen.add("called back")).status().name());
            }
            seen.add(first.status().name());
            supervisor.join();
            supervisor.close();
            seen.add(supervisor.state().name());
            return seen;
        }
    }

    @Test
    void e3_noEndOfATaskDependsOnAClassLoader() throws Exception {
        try (ReloadingLoader loader = new ReloadingLoader(path())) {
            // Opens a supervisor and spawns a first task, which loads all that any end of a task will need.
            Class<?> type = loader.loadClass(Ends.class.getName());
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            Callable<?> ends = (Callable<?>) constructor.newInstance();
            loader.closed = true;
            assertEquals(List.of("reported failed", "called back", "FAILED", "called back", "CANCELLED", "SUCCEEDED",
                    "FINISHED"),
                    ends.call());
        }
    }

    @Test
    void c4_waitingForMemoryTakesNone() throws Exception {
        try (ReloadingLoader loader = new ReloadingLoader(path())) {
            Class.forName("dev.supervisor.engine.Settings", true, loader);   // uses all that the library needs once
            Method wait = loader.loadClass("dev.supervisor.engine.Waits").getDeclaredMethod("pause", long.class);
            wait.setAccessible(true);
            loader.outOfMemory = true;
            try {
                wait.invoke(null, 1L);
            } catch (InvocationTargetException e) {
                // without the cause: JUnit stops at an OutOfMemoryError
                throw new AssertionError("It has thrown " + e.getCause());
            }
        }
    }

    private static URL[] path() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(element).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }
}
