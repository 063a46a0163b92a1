package dev.supervisor.docs;

import static dev.supervisor.docs.Status.BAD_REQUEST;
import static dev.supervisor.docs.Status.REQUEST_TIMEOUT;
import static dev.supervisor.docs.Status.VERSION_NOT_SUPPORTED;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the head of one request: strictly, because what two readers of a message understand differently is how
 * requests are smuggled past one of them. RFC 9112 (2.2) asks for two leniences: a line may end in a bare line feed,
 * and an empty line may precede the request.
 */
final class RequestReader {

    /** Of the whole head: request line and header lines. */
    static final int MAX_HEAD_BYTES = 16 * 1024;

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final Pattern REQUEST_LINE =
        Pattern.compile("(" + TOKEN + ") ([^\\x00-\\x20\\x7F]+) HTTP/(\\d)\\.(\\d)");
    private static final Pattern HEADER_LINE =
        Pattern.compile("(" + TOKEN + "):[ \t]*([^\\x00-\\x08\\x0A-\\x1F\\x7F]*)");
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

    private final InputStream in;
    private int bytesLeft = MAX_HEAD_BYTES;

    private RequestReader(InputStream in) {
        this.in = in;
    }

    /**
     * Reads a request, of which at least one byte is there already.
     *
     * @throws Refusal if the client should be told what is wrong with it; what follows on the connection is then no
     *     request
     * @throws IOException if there is nobody to be told, because the client has gone
     */
    static Request read(InputStream in) throws IOException, Refusal {
        try {
            return new RequestReader(in).request();
        } catch (SocketTimeoutException slow) {
            throw new Refusal(REQUEST_TIMEOUT, "the request did not arrive in time");
        }
    }

    private Request request() throws IOException, Refusal {
        Matcher requestLine = requestLine();
        Request request = new Request(requestLine.group(1), requestLine.group(2), minorVersion(requestLine), headers());
        checkHeaders(request);
        return request;
    }

    private Matcher requestLine() throws IOException, Refusal {
        String line = line();
        if (line.isEmpty()) {
            line = line();
        }
        return match(REQUEST_LINE, line, "malformed request line");
    }

    private static int minorVersion(Matcher requestLine) throws Refusal {
        if (!requestLine.group(3).equals("1")) {
            throw new Refusal(VERSION_NOT_SUPPORTED, "this server speaks HTTP/1.1");
        }
        return requestLine.group(4).equals("0") ? 0 : 1;
    }

    private Map<String, String> headers() throws IOException, Refusal {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            Matcher header = match(HEADER_LINE, line, "malformed header line");
            String name = header.group(1).toLowerCase(Locale.ROOT);
            if (headers.containsKey(name) && (name.equals("host") || name.equals("content-length"))) {
                throw new Refusal(BAD_REQUEST, "more than one " + header.group(1));
            }
            headers.merge(name, header.group(2).strip(), (first, second) -> first + ", " + second);
        }
        return headers;
    }

    private static void checkHeaders(Request request) throws Refusal {
        Map<String, String> headers = request.headers();
        if (request.minorVersion() > 0 && !headers.containsKey("host")) {
            throw new Refusal(BAD_REQUEST, "no Host");
        }
        if (!LENGTH.matcher(headers.getOrDefault("content-length", "0")).matches()) {
            throw new Refusal(BAD_REQUEST, "malformed Content-Length");
        }
        if (headers.containsKey("content-length") && headers.containsKey("transfer-encoding")) {
            throw new Refusal(BAD_REQUEST, "both Content-Length and Transfer-Encoding");
        }
    }

    private static Matcher match(Pattern pattern, String line, String otherwise) throws Refusal {
        Matcher matcher = pattern.matcher(line);
        if (!matcher.matches()) {
            throw new Refusal(BAD_REQUEST, otherwise);
        }
        return matcher;
    }

    /** The next line, without its end. Every byte is a character, so that nothing is lost before it is judged. */
    private String line() throws IOException, Refusal {
        StringBuilder line = new StringBuilder();
        for (int next = next(); next != '\n'; next = next()) {
            line.append((char) next);
        }
        int last = line.length() - 1;
        if (last >= 0 && line.charAt(last) == '\r') {
            line.setLength(last);
        }
        return line.toString();
    }

    private int next() throws IOException, Refusal {
        if (bytesLeft-- == 0) {
            throw new Refusal(BAD_REQUEST, "the head of the request is longer than " + MAX_HEAD_BYTES + " bytes");
        }
        int next = in.read();
        if (next < 0) {
            throw new EOFException("the client left in the middle of a request");
        }
        return next;
    }
}
