package dev.supervisor.docs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;

/**
 * The command line.
 *
 * @param root the directory to serve
 * @param port to listen on, or 0 for any
 * @param grace how long requests under way may take when the server is stopped
 * @param connections how many there may be at once
 */
record Options(Path root, int port, Duration grace, int connections) {

    static final String USAGE =
        "Usage: java -jar file-server.jar [--port N] [--grace SECONDS] [--connections N] [DIRECTORY]\n"
        + "Serves DIRECTORY (default: docs) at http://localhost:N/ (default: a port that is free).\n"
        + "Has at most N connections (default: 1000) at once, and says 503 to others.\n"
        + "Ctrl-C ends it; requests under way have SECONDS (default: 5) to end by themselves.";

    private static final int MAX_PORT = 65_535;
    private static final int MAX_GRACE_SECONDS = 24 * 60 * 60;
    private static final int MAX_CONNECTIONS = 999_999;

    /** @throws IllegalArgumentException if there is something in it that we do not know */
    static Options parse(String... arguments) {
        Options options = new Options(Path.of("docs"), 0, Duration.ofSeconds(5), Limits.DEFAULT.connections());
        Iterator<String> rest = List.of(arguments).iterator();
        while (rest.hasNext()) {
            options = options.with(rest.next(), rest);
        }
        return options;
    }

    private Options with(String argument, Iterator<String> rest) {
        switch (argument) {
            case "--port":
                return new Options(root, number(argument, rest, 0, MAX_PORT), grace, connections);
            case "--grace":
                Duration seconds = Duration.ofSeconds(number(argument, rest, 0, MAX_GRACE_SECONDS));
                return new Options(root, port, seconds, connections);
            case "--connections":
                return new Options(root, port, grace, number(argument, rest, 1, MAX_CONNECTIONS));
            default:
                if (argument.startsWith("-")) {
                    throw new IllegalArgumentException("unknown option " + argument);
                }
                return new Options(Path.of(argument), port, grace, connections);
        }
    }

    private static int number(String option, Iterator<String> rest, int min, int max) {
        String text = rest.hasNext() ? rest.next() : "";
        int number = text.matches("\\d{1,6}") ? Integer.parseInt(text) : -1;
        if (number < min || number > max) {
            throw new IllegalArgumentException(option + " wants a number from " + min + " to " + max);
        }
        return number;
    }
}
