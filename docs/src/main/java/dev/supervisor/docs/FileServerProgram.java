package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The file server as a program: options, a status line, and a summary at the end.
 *
 * <p>The supervisor drains when the JVM exits, which is all that a stop takes. The JVM halts when its shutdown hooks
 * have returned, whatever the other threads are doing. So the summary is printed by a hook, too, which waits for the
 * supervisor.
 */
final class FileServerProgram {

    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;
    /** What the last tasks may take after the grace, when they have been cancelled. */
    private static final Duration CANCELLED = Duration.ofSeconds(6);
    private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(200);
    private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(1);

    private final Options options;
    private final boolean terminal = Terminal.isInteractive();
    private final StatusLine line = new StatusLine(System.out, terminal, Terminal.width());
    private final FileServer server;

    private FileServerProgram(Options options) throws IOException {
        this.options = options;
        Limits limits = Limits.DEFAULT.withConnections(options.connections());
        server = new FileServer(new Routes(new Site(options.root())), options.port(), limits, Supervisor.builder()
            .name("http")
            .onFailure((task, failure) -> line.print("failed: " + task.name() + ": " + failure))
            .drainOnJvmExit(options.grace()));
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

    private void serve() throws InterruptedException {
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::sumUp, "summary"));
        line.print("Serving " + options.root() + " at http://localhost:" + server.port() + "/ (Ctrl-C ends it)");
        while (!server.awaitEnd(terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL)) {
            line.show(status());
        }
        server.close();                                 // throws what was fatal, if that has ended it
    }

    private void sumUp() {
        try {
            server.awaitEnd(options.grace().plus(CANCELLED));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        line.show(status());
        line.end(server.statistics().summary());
    }

    private String status() {
        Statistics statistics = server.statistics();
        return String.format("connections: %d (%d busy), served: %d, failed: %d, state: %s",
            statistics.live(), statistics.busy(),
            statistics.requests(Outcome.SERVED), statistics.requests(Outcome.FAILED), server.state());
    }
}
