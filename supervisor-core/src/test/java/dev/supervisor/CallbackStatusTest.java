package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * E4, read to the letter: a callback finds the interrupt status clear, and afterwards the status is what it was before,
 * whatever the callback has done to it.
 */
class CallbackStatusTest {

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    @Test
    void e4_statusThatACallbackLeavesDoesNotStayOnAPooledThread() throws InterruptedException {
        AtomicReference<Boolean> after = new AtomicReference<>();
        CountDownLatch gate = new CountDownLatch(1);
        try (Supervisor supervisor = Supervisor.builder().executor(task -> Kind.POOL.execute(() -> {
            task.run();
            after.set(Thread.interrupted());
        })).open()) {
            supervisor.spawn(() -> gate.await()).onDone(task -> Thread.currentThread().interrupt());
            gate.countDown();
            supervisor.join();
        }
        Poll.until("the pooled thread is free again", () -> after.get() != null);
        assertFalse(after.get(), "it was clear before the callback");
    }

    @Test
    void e4_statusThatALateCallbackLeavesDoesNotStayOnTheRegisteringThread() throws InterruptedException {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<String> task = supervisor.spawn(() -> "done");
            task.onDone(done -> Thread.currentThread().interrupt());
            assertFalse(Thread.currentThread().isInterrupted(), "it was clear before the callback");
            Thread.currentThread().interrupt();
            task.onDone(done -> assertFalse(Thread.interrupted()));
            assertTrue(Thread.interrupted(), "it was set before the callback");
            supervisor.join();
        }
    }
}
