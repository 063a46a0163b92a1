package dev.supervisor.docs;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A client that sends what it is told, byte by byte, and takes nothing for whole that is not. */
final class RawClient implements Closeable {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket = new Socket();
    private final InputStream in;

    RawClient(FileServer server) throws IOException {
        this(server.port());
    }

    RawClient(int port) throws IOException {
        socket.setReceiveBufferSize(64 * 1024);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** An answer of which every byte has come. */
    record Reply(int status, Map<String, String> headers, byte[] body) {

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        boolean keepsAlive() {
            return "keep-alive".equals(headers.get("connection"));
        }
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Sends the text unless the server has begun to answer. @return whether it has */
    boolean sendUnlessAnswered(String text) {
        try {
            if (in.available() > 0) {
                return true;
            }
            send(text);
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads so many bytes, unless the connection ends before. @return how many they were */
    long skip(long bytes) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long left = bytes;
        for (int read = 0; left > 0 && read >= 0; left -= Math.max(read, 0)) {
            read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        }
        return bytes - left;
    }

    /** A plain request for the path. */
    Reply get(String path) throws IOException {
        return send(request("GET", path)).reply();
    }

    static String request(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    /** The next answer. */
    Reply reply() throws IOException {
        Reply head = head();
        byte[] body = in.readNBytes(Integer.parseInt(head.headers().get("content-length")));
        if (body.length < Integer.parseInt(head.headers().get("content-length"))) {
            throw new EOFException("the answer is not whole");
        }
        return new Reply(head.status(), head.headers(), body);
    }

    /** The next answer, which has no body, whatever it says. */
    Reply head() throws IOException {
        String[] statusLine = line().split(" ", 3);
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            String[] header = line.split(": ", 2);
            headers.put(header[0].toLowerCase(Locale.ROOT), header[1]);
        }
        return new Reply(Integer.parseInt(statusLine[1]), headers, new byte[0]);
    }

    /** Whether the server has ended the connection, in whichever way, and nothing came before that. */
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException stillOpen) {
            throw stillOpen;
        } catch (IOException reset) {
            return true;
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the answer is not whole");
            }
            line.append((char) next);
        }
        return line.substring(0, line.length() - 1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
