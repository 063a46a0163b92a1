package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * E4: each callback finds the interrupt status clear; afterwards it is what it was before, or set if an interrupt came
 * meanwhile. The library cannot distinguish a status that the callback has set from one that came from outside, so it
 * keeps both.
 */
class CallbackStatusTest {

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    @Test
    void e4_anInterruptThatComesDuringACallbackIsHiddenFromTheNextAndNotLost() throws InterruptedException {
        AtomicReference<Boolean> after = new AtomicReference<>();
        List<Boolean> found = new ArrayList<>();
        CountDownLatch gate = new CountDownLatch(1);
        try (Supervisor supervisor = Supervisor.builder().executor(task -> Kind.POOL.execute(() -> {
            task.run();
            after.set(Thread.interrupted());
        })).open()) {
            supervisor.spawn(() -> gate.await())
                    .onDone(task -> {
                        found.add(Thread.currentThread().isInterrupted());
                        Thread.currentThread().interrupt();
                    })
                    .onDone(task -> found.add(Thread.currentThread().isInterrupted()));
            gate.countDown();
            supervisor.join();
        }
        Poll.until("the pooled thread is free again", () -> after.get() != null);
        assertTrue(after.get());
        assertFalse(found.contains(true));
    }

    @Test
    void e4_aLateCallbackFindsTheStatusClearAndItIsRestoredAfter() throws InterruptedException {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            Task<String> task = supervisor.spawn(() -> "done");
            List<Boolean> found = new ArrayList<>();
            Thread.currentThread().interrupt();
            task.onDone(done -> found.add(Thread.interrupted()));
            assertTrue(Thread.interrupted(), "it was set before the callback");
            task.onDone(done -> found.add(Thread.interrupted()));
            assertFalse(Thread.interrupted(), "it was clear before the callback");
            assertEquals(List.of(false, false), found);
            supervisor.join();
        }
    }

    @Test
    void e4_aStatusThatACallbackSetsIsHiddenFromTheHandlerAndNotLost() {
        List<Boolean> found = new ArrayList<>();
        FailureHandler handler = (task, failure) -> found.add(Thread.currentThread().isInterrupted());
        try (Supervisor supervisor = Kind.CALLER_RUNS.builder().onFailure(handler).open()) {
            supervisor.spawn(() -> {
                supervisor.tasks().get(0).onDone(task -> Thread.currentThread().interrupt());
                throw new IllegalStateException("on purpose");
            });
            assertTrue(Thread.interrupted());
            assertEquals(List.of(false), found);
        }
    }
}
