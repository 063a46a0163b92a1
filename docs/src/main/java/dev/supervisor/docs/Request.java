package dev.supervisor.docs;

import java.util.Locale;
import java.util.Map;

/**
 * The head of one request. Its body, if it has one, is never read: no method that we serve gives it a meaning.
 *
 * @param method as sent, for instance {@code GET}
 * @param target as sent, for instance {@code /a%20file?query}
 * @param minorVersion 0 or 1, of HTTP/1.x
 * @param headers by their names in lower case
 */
record Request(String method, String target, int minorVersion, Map<String, String> headers) {

    Request {
        headers = Map.copyOf(headers);
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /**
     * Whether another request may follow on this connection: not if the client says so, nor past a body that we do
     * not read.
     */
    boolean keepsAlive() {
        return !hasBody() && (minorVersion == 0 ? connectionSays("keep-alive") : !connectionSays("close"));
    }

    private boolean hasBody() {
        return headers.containsKey("transfer-encoding") || !headers.getOrDefault("content-length", "0").equals("0");
    }

    private boolean connectionSays(String option) {
        for (String said : headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT).split(",", -1)) {
            if (said.strip().equals(option)) {
                return true;
            }
        }
        return false;
    }
}
