package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The file server as a program: options, a status line, and a shutdown hook that stops it.
 *
 * <p>The JVM halts when its shutdown hooks have returned, whatever the other threads are doing. So the hook stops the
 * server, which means waiting for every task, and prints the summary itself. It does not own the supervisor, and does
 * not need to.
 */
final class FileServerProgram {

    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;
    private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(200);
    private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(1);

    private final Options options;
    private final boolean terminal = Terminal.isInteractive();
    private final StatusLine line = new StatusLine(System.out, terminal);
    private final FileServer server;

    private FileServerProgram(Options options) throws IOException {
        this.options = options;
        server = new FileServer(options.root(), options.port(), Supervisor.builder().name("http")
            .onFailure((task, failure) -> line.print("failed: " + task.name() + ": " + failure)));
    }

    static void run(String... arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.println(Options.USAGE);
            return;
        }
        try {
            new FileServerProgram(Options.parse(arguments)).serve();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + Options.USAGE);
            System.exit(EXIT_USAGE);
        } catch (IOException e) {
            System.err.println("Cannot start: " + e);
            System.exit(EXIT_FAILED);
        }
    }

    private void serve() throws Exception {
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
        line.print("Serving " + options.root() + " at http://localhost:" + server.port() + "/ (Ctrl-C ends it)");
        while (!server.awaitEnd(terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL)) {
            line.show(status());
        }
    }

    private void stop() {
        server.stop(options.grace());
        line.show(status());
        line.end(server.statistics().summary());
    }

    private String status() {
        Statistics statistics = server.statistics();
        return String.format("connections: %d (%d busy), served: %d, failed: %d, state: %s",
            server.liveConnections(), statistics.busy(),
            statistics.requests(Outcome.SERVED), statistics.requests(Outcome.FAILED), server.state());
    }
}
