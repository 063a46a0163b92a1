package dev.supervisor.docs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/**
 * The body of a response: its type, and as many bytes as are announced before the first of them is sent.
 *
 * @param type the media type
 * @param length in bytes
 * @param bytes at least as many
 */
record Content(String type, long length, InputStream bytes) implements Closeable {

    private static final int BUFFER_BYTES = 16 * 1024;

    static Content text(String text) {
        return of(ContentType.TEXT, text);
    }

    static Content html(String html) {
        return of(ContentType.HTML, html);
    }

    private static Content of(String type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Content(type, bytes.length, new ByteArrayInputStream(bytes));
    }

    /** A file as it is now: opened first and measured then, so that both speak of the same file. */
    static Content file(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, Set.of(READ, NOFOLLOW_LINKS));
        try {
            return new Content(ContentType.of(file.toString()), channel.size(), Channels.newInputStream(channel));
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Sends exactly {@link #length} bytes: not those by which a file has grown since.
     *
     * @throws EOFException if there are fewer; the announced length can no longer be kept, so the connection must break
     */
    void writeTo(OutputStream out) throws IOException {
        byte[] buffer = new byte[(int) Math.min(length, BUFFER_BYTES)];
        for (long left = length; left > 0; ) {
            int read = bytes.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException("the file has shrunk while it was sent");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
