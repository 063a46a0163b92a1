package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.supervisor.Supervisor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/** A test whose bodies wait until it releases them, and which shuts down the supervisors that it has opened. */
abstract class HeldBodies {

    final CountDownLatch release = new CountDownLatch(1);
    final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger interrupted = new AtomicInteger();
    final IOException failure = new IOException("on purpose");
    private final List<Supervisor> opened = new ArrayList<>();

    @AfterEach
    final void end() {
        release.countDown();
        opened.forEach(Supervisor::shutdown);
        assertFalse(Thread.interrupted());
    }

    final Supervisor open(Supervisor.Builder builder) {
        Supervisor supervisor = builder.unowned().open();
        opened.add(supervisor);
        return supervisor;
    }

    /** A body that waits until it is released, and notes an interrupt. */
    final String await() throws InterruptedException {
        begun.incrementAndGet();
        try {
            release.await();
            return "released";
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
    }

    final void awaitBegun(int number) {
        Poll.until(number + " have begun", () -> begun.get() == number);
    }
}
