package dev.supervisor.docs;

import static dev.supervisor.docs.Status.BAD_REQUEST;
import static dev.supervisor.docs.Status.FORBIDDEN;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The path that a request asks for, decoded. Every segment is a plain name: neither empty nor {@code .} nor {@code
 * ..}, and without a separator or a NUL, encoded or not.
 *
 * @param segments the names from the root down
 * @param isDirectory whether the path ended in a slash
 */
record Target(List<String> segments, boolean isDirectory) {

    private static final String SCHEME = "http://";

    Target {
        segments = List.copyOf(segments);
    }

    /**
     * Decodes the target of a request.
     *
     * @param target a path, or the absolute form {@code http://host/path}; a query is ignored
     * @throws Refusal if it is neither of them, or if it leads up
     */
    static Target parse(String target) throws Refusal {
        String path = path(target);
        List<String> segments = new ArrayList<>();
        for (String encoded : path.split("/")) {
            String segment = decode(encoded);
            if (segment.equals("..")) {
                throw new Refusal(FORBIDDEN, "the path leads up");
            }
            if (!segment.isEmpty() && !segment.equals(".")) {
                segments.add(segment);
            }
        }
        return new Target(segments, path.endsWith("/") || path.endsWith("/."));
    }

    /** Whether this is the given entry of the root, or lies below it. */
    boolean isUnder(String first) {
        return !segments.isEmpty() && segments.get(0).equals(first);
    }

    /** The path of this target as a directory, encoded, absolute. */
    String directoryPath() {
        StringBuilder path = new StringBuilder("/");
        for (String segment : segments) {
            path.append(encode(segment)).append('/');
        }
        return path.toString();
    }

    /** Encodes one name for use in a path: all but what RFC 3986 calls unreserved. */
    static String encode(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
            if (isUnreserved(octet)) {
                encoded.append((char) octet);
            } else {
                encoded.append(String.format("%%%02X", octet));
            }
        }
        return encoded.toString();
    }

    private static String path(String target) throws Refusal {
        String path = target.split("[?#]", 2)[0];
        if (path.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            int slash = path.indexOf('/', SCHEME.length());
            return slash < 0 ? "/" : path.substring(slash);
        }
        if (!path.startsWith("/")) {
            throw new Refusal(BAD_REQUEST, "the target is not a path");
        }
        return path;
    }

    private static String decode(String encoded) throws Refusal {
        ByteBuffer octets = ByteBuffer.allocate(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%') {
                octets.put(octet(encoded, i + 1));
                i += 2;
            } else {
                octets.put((byte) c);
            }
        }
        return name(octets.flip());
    }

    private static byte octet(String encoded, int at) throws Refusal {
        int high = at + 1 < encoded.length() ? Character.digit(encoded.charAt(at), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(encoded.charAt(at + 1), 16);
        if (low < 0) {
            throw new Refusal(BAD_REQUEST, "malformed percent-encoding");
        }
        return (byte) (high << 4 | low);
    }

    private static String name(ByteBuffer octets) throws Refusal {
        String name;
        try {
            name = StandardCharsets.UTF_8.newDecoder().decode(octets).toString();
        } catch (CharacterCodingException e) {
            throw new Refusal(BAD_REQUEST, "the path is not UTF-8");
        }
        if (name.chars().anyMatch(c -> c == 0 || c == '/' || c == '\\')) {
            throw new Refusal(BAD_REQUEST, "no file has such a name");
        }
        return name;
    }

    private static boolean isUnreserved(byte octet) {
        return octet >= '0' && octet <= '9' || octet >= 'A' && octet <= 'Z' || octet >= 'a' && octet <= 'z'
            || octet == '-' || octet == '.' || octet == '_' || octet == '~';
    }
}
