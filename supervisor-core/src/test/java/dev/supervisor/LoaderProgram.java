package dev.supervisor;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A program, for a JVM of its own. An application, whose class loader has loaded the library too, has more failures
 * than are logged. A look of the log reports the rest, and the JVM's timer is used. Then the application is dropped,
 * and its loader has to be collected.
 */
public final class LoaderProgram {

    public static final String END = "collected";

    private static final InheritableThreadLocal<Object> LOCAL = new InheritableThreadLocal<>();

    private LoaderProgram() { }

    /** The application: more failures than are logged. */
    public static final class Application implements Runnable {
        @Override
        public void run() {
            try (RecordedLog log = new RecordedLog()) {
                Supervisor supervisor = Supervisor.builder().name("gone").executor(Runnable::run).unowned().open();
                for (int i = 0; i < 100; i++) {
                    supervisor.spawn(() -> {
                        throw new IllegalStateException("on purpose");
                    });
                }
                Poll.until("all are logged or counted", () -> log.toldOf("gone") == 100);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        WeakReference<?> loader = run(new ReloadingLoader(path()));
        CompletableFuture<Object> timed = new CompletableFuture<>().completeOnTimeout("", 1, TimeUnit.MILLISECONDS);
        timed.join();   // the timer, if the look has used it, lives on
        long end = System.nanoTime() + Poll.DEADLINE.toNanos() / 2;
        while (loader.get() != null && System.nanoTime() - end < 0) {
            System.gc();
            Thread.sleep(1);   // no use of Poll or Heap: they would load the library for this JVM
        }
        System.out.println(loader.get() == null ? END : "held: " + loader.get());
        System.exit(0);
    }

    private static WeakReference<?> run(ReloadingLoader loader) throws Exception {
        var constructor = loader.loadClass(Application.class.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        Runnable application = (Runnable) constructor.newInstance();
        Thread thread = new Thread(() -> {
            LOCAL.set(application);
            application.run();
        });
        thread.setContextClassLoader(loader);
        thread.start();
        thread.join();
        return new WeakReference<>(loader);
    }

    private static URL[] path() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(element).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }
}
