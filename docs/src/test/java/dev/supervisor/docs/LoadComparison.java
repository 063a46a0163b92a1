package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What supervision costs a server, with the same connections: the file server, against a loop that gives each
 * connection to an executor and looks after none. Both are asked in each round, in turns.
 *
 * <pre>{@code
 * mvn -q -DskipTests -pl docs -am package
 * java -cp "docs/target/test-classes:docs/target/classes:docs/target/lib/*" dev.supervisor.docs.LoadComparison
 * }</pre>
 *
 * <p>With the argument {@code serve} it runs both, says where, and leaves the asking to a tool such as {@code wrk}.
 */
final class LoadComparison {

    private static final int CLIENTS = 16;
    private static final int WARM_UP = 4;
    private static final int ROUNDS = 11;
    private static final String PATH = "/file.bin";

    private final Routes routes;
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final ExecutorService threads = threads();

    private LoadComparison(Path root) throws IOException {
        routes = new Routes(new Site(root));
    }

    public static void main(String[] arguments) throws Exception {
        Path root = Files.createTempDirectory("load");
        Files.write(root.resolve("file.bin"), new byte[1_000]);
        LoadComparison comparison = new LoadComparison(root);
        if (List.of(arguments).equals(List.of("serve"))) {
            comparison.serve();
            return;
        }
        System.out.println("| " + Runtime.version() + " | bare, requests/s | supervised, requests/s | ratio of the times |");
        System.out.println("| --- | ---: | ---: | ---: |");
        comparison.compare("one connection a request", 1, 1_500);
        comparison.compare("connections are kept", 400, 400 * 100);
        System.exit(0);   // what the bare server has begun is nobody's
    }

    /** Runs both until the JVM is stopped. */
    private void serve() throws IOException {
        FileServer server = new FileServer(routes, 0, Limits.DEFAULT, Supervisor.builder());
        server.start();
        ServerSocket listener = new ServerSocket(0, 1_024, InetAddress.getLoopbackAddress());
        System.out.printf("bare: http://localhost:%d%s%n", listener.getLocalPort(), PATH);
        System.out.printf("supervised: http://localhost:%d%s%n", server.port(), PATH);
        acceptAll(listener, Supervisor.builder().unowned().open());
    }

    private void compare(String what, int requestsAConnection, int requests) throws Exception {
        List<Double> bare = new ArrayList<>();
        List<Double> supervised = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < WARM_UP + ROUNDS; round++) {
            double first = round % 2 == 0 ? ofBare(requestsAConnection, requests) : 0;
            double own = ofSupervised(requestsAConnection, requests);
            double peer = round % 2 == 0 ? first : ofBare(requestsAConnection, requests);
            if (round >= WARM_UP) {
                bare.add(requests / peer);
                supervised.add(requests / own);
                ratios.add(own / peer);
            }
        }
        System.out.println("| " + what + " | " + spread(bare, "%,.0f") + " | " + spread(supervised, "%,.0f") + " | "
                + spread(ratios, "%.2f") + " |");
    }

    private static String spread(List<Double> values, String format) {
        List<Double> sorted = values.stream().sorted().toList();
        return String.format(format + " (" + format + "–" + format + ")", sorted.get(sorted.size() / 2),
                sorted.get(0), sorted.get(sorted.size() - 1));
    }

    private double ofSupervised(int requestsAConnection, int requests) throws Exception {
        try (FileServer server = new FileServer(routes, 0, Limits.DEFAULT, Supervisor.builder())) {
            server.start();
            return seconds(server.port(), requestsAConnection, requests);
        }
    }

    private double ofBare(int requestsAConnection, int requests) throws Exception {
        try (Supervisor asked = Supervisor.builder().open();   // for its state alone
                ServerSocket listener = new ServerSocket(0, 1_024, InetAddress.getLoopbackAddress())) {
            threads.execute(() -> acceptAll(listener, asked));
            return seconds(listener.getLocalPort(), requestsAConnection, requests);
        }
    }

    private void acceptAll(ServerSocket listener, Supervisor asked) {
        Statistics statistics = new Statistics();
        try {
            for (;;) {
                Socket socket = listener.accept();
                Connection connection =
                    new Connection(socket, routes, statistics, Limits.DEFAULT, asked, () -> true);
                threads.submit(connection);
            }
        } catch (IOException closed) {
            // the round is over
        }
    }

    /** How long so many requests take. */
    private double seconds(int port, int requestsAConnection, int requests)
            throws InterruptedException, ExecutionException {
        Callable<Void> client = () -> {
            for (int left = requests / CLIENTS; left > 0; left -= requestsAConnection) {
                try (RawClient connection = new RawClient(port)) {
                    for (int i = Math.min(left, requestsAConnection); i > 0; i--) {
                        connection.get(PATH);
                    }
                }
            }
            return null;
        };
        List<Callable<Void>> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            all.add(client);
        }
        long start = System.nanoTime();
        for (Future<Void> done : clients.invokeAll(all)) {
            done.get();
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** As the supervisor's default: virtual threads where there are, else pooled ones. */
    private static ExecutorService threads() {
        try {
            return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException before21) {
            return Executors.newCachedThreadPool();
        }
    }
}
