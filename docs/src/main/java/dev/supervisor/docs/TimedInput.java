package dev.supervisor.docs;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The input of a socket, with a limit for everything that is read from now on together. The timeout of a socket alone
 * begins again with each read, so a client that sends a byte now and then would never be late.
 */
final class TimedInput extends InputStream {

    private final Socket socket;
    private final InputStream in;
    private long end;

    TimedInput(Socket socket) throws IOException {
        this.socket = socket;
        in = socket.getInputStream();
    }

    /** Whatever is read from now on has to be there within this time. */
    void limit(Duration time) {
        end = System.nanoTime() + time.toNanos();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    /** @throws SocketTimeoutException if the time is over */
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        long left = end - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("the time is over");
        }
        socket.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(left) + 1);     // 0 would mean no limit
        return in.read(bytes, offset, length);
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }
}
