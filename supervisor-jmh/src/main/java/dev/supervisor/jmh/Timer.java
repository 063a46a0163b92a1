package dev.supervisor.jmh;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Something that calls back later: what a server without time limits of tasks takes for them. */
interface Timer extends AutoCloseable {

    /** One callback, which can be taken back. */
    interface Ticket {

        void cancel();
    }

    /** Asks for a callback after so many nanoseconds. */
    Ticket start(Runnable callback, long nanos);

    /** Ends its thread. */
    @Override
    void close();

    static Timer of(String name) {
        return switch (name) {
            case "schedule" -> new OfJdk();
            case "wheel" -> new OfNetty();
            default -> throw new IllegalArgumentException("No timer has the name " + name);
        };
    }

    /** One thread and a heap; what is cancelled leaves the heap at once. */
    final class OfJdk implements Timer {

        private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);

        OfJdk() {
            executor.setRemoveOnCancelPolicy(true);
        }

        @Override
        public Ticket start(Runnable callback, long nanos) {
            Future<?> future = executor.schedule(callback, nanos, TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        }

        @Override
        public void close() {
            executor.shutdownNow();
        }
    }

    /**
     * Netty's wheel. A tick takes a millisecond, since the worker takes in no more than 100,000 timeouts a tick: with
     * the default tick of 100 ms, those that are started faster pile up before it.
     */
    final class OfNetty implements Timer {

        private final HashedWheelTimer wheel = new HashedWheelTimer(
                new DefaultThreadFactory("wheel", true), 1, TimeUnit.MILLISECONDS, 512, false);

        @Override
        public Ticket start(Runnable callback, long nanos) {
            Timeout timeout = wheel.newTimeout(expired -> callback.run(), nanos, TimeUnit.NANOSECONDS);
            return timeout::cancel;
        }

        @Override
        public void close() {
            wheel.stop();
        }
    }
}
