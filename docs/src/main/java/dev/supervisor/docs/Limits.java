package dev.supervisor.docs;

import java.time.Duration;

/**
 * What clients may take of the server.
 *
 * @param connections how many there may be at once; a client beyond that is told 503
 * @param quiet how long a server that stops waits for one more request on a connection that was just opened or used
 * @param silence how long a client may keep silent between two requests, after the quiet time
 * @param head how long a client may take to send the head of a request, from its first byte to the last
 */
record Limits(int connections, Duration quiet, Duration silence, Duration head) {

    static final Limits DEFAULT =
        new Limits(1_000, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(10));

    Limits withConnections(int connections) {
        return new Limits(connections, quiet, silence, head);
    }

    Limits withHead(Duration head) {
        return new Limits(connections, quiet, silence, head);
    }
}
