package dev.supervisor.docs;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * One answer.
 *
 * @param status its first line
 * @param content its body
 * @param extraHeaders whole lines, each with its end; empty for most
 */
record Response(Status status, Content content, String extraHeaders) implements Closeable {

    private static final DateTimeFormatter DATE =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    static Response of(Status status, Content content) {
        return new Response(status, content, "");
    }

    Response withHeader(String name, String value) {
        return new Response(status, content, extraHeaders + name + ": " + value + "\r\n");
    }

    /**
     * Sends the whole answer.
     *
     * @param headOnly whether to leave the body out; its length is told all the same
     * @param keepAlive whether the client may send another request on this connection
     */
    void writeTo(OutputStream out, boolean headOnly, boolean keepAlive) throws IOException {
        out.write(head(keepAlive).getBytes(StandardCharsets.ISO_8859_1));
        if (!headOnly) {
            content.writeTo(out);
        }
        out.flush();
    }

    private String head(boolean keepAlive) {
        return "HTTP/1.1 " + status + "\r\n"
            + "Date: " + DATE.format(ZonedDateTime.now(ZoneOffset.UTC)) + "\r\n"
            + "Content-Type: " + content.type() + "\r\n"
            + "Content-Length: " + content.length() + "\r\n"
            + "Connection: " + (keepAlive ? "keep-alive" : "close") + "\r\n"
            + extraHeaders
            + "\r\n";
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
