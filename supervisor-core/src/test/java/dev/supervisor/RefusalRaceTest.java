package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import dev.supervisor.Task.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Refused spawns against cancels by other threads, aborts and late starts: A6. */
class RefusalRaceTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @Test
    void a6_strangersCancellingWhileTheExecutorRefuses_race() throws Exception {
        AtomicInteger called = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        AtomicReference<Supervisor> self = new AtomicReference<>();
        AtomicInteger served = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        Executor executor = task -> {
            Poll.until("another thread has found the task", () -> served.get() > 0);
            throw new RejectedExecutionException("full");
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            self.set(supervisor);
            AtomicInteger registered = new AtomicInteger();
            List<Background<Void>> background = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                background.add(Background.run(() -> {
                    while (!over.get()) {
                        for (Task<?> task : self.get().tasks()) {
                            registered.incrementAndGet();
                            task.onDone(done -> called.incrementAndGet());
                            served.incrementAndGet();
                            task.cancel();
                        }
                        Thread.yield();
                    }
                }));
            }
            for (int i = 0; i < 500; i++) {
                served.set(0);
                assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> ran.incrementAndGet()));
            }
            over.set(true);
            background.forEach(Background::join);
            assertEquals(0, supervisor.liveCount());
            assertEquals(List.of(), supervisor.tasks());
            supervisor.join();
            assertEquals(registered.get(), called.get(), "every callback ran once");
        }
        assertEquals(0, ran.get());
    }

    @Test
    void a6_anAbortWhileTheExecutorRefusesCleansUpOnceAndTheSpawnThrowsTheRefusal() throws Exception {
        for (int round = 0; round < 300; round++) {
            RejectedExecutionException refusal = new RejectedExecutionException("full");
            CountDownLatch asked = new CountDownLatch(1);
            AtomicInteger called = new AtomicInteger();
            AtomicReference<Supervisor> self = new AtomicReference<>();
            Executor executor = task -> {
                self.get().tasks().get(0).onDone(done -> called.incrementAndGet());
                asked.countDown();
                Thread.yield();
                throw refusal;
            };
            Supervisor supervisor = Supervisor.builder().unowned().executor(executor).open();
            self.set(supervisor);
            Background<Void> aborter = Background.run(() -> {
                Poll.await(asked);
                supervisor.abort();
            });
            assertSame(refusal, assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1)));
            aborter.join();
            supervisor.join();
            assertEquals(1, called.get());
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.FINISHED, supervisor.state());
        }
    }

    @Test
    void a6_anExecutorThatHandsOverAndThrows_raceOfUndoAgainstStart() throws Exception {
        for (int round = 0; round < 500; round++) {
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger called = new AtomicInteger();
            AtomicReference<Supervisor> self = new AtomicReference<>();
            AtomicReference<Task<?>> glimpsed = new AtomicReference<>();
            RejectedExecutionException refusal = new RejectedExecutionException("handed over all the same");
            Executor executor = task -> {
                glimpsed.set(self.get().tasks().get(0).onDone(done -> called.incrementAndGet()));
                Kind.POOL.execute(task);
                throw refusal;
            };
            try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
                self.set(supervisor);
                assertSame(refusal, assertThrows(Throwable.class, () -> supervisor.spawn(() -> ran.incrementAndGet())));
                supervisor.join();
                assertEquals(ran.get() == 1 ? Status.SUCCEEDED : Status.CANCELLED, glimpsed.get().status());
                assertEquals(0, supervisor.liveCount());
            }
            assertTrue(ran.get() <= 1);
            assertEquals(1, called.get());
        }
    }

    @Test
    void a6_aThreadThatStartsAndThrows_raceOfUndoAgainstStart() throws Exception {
        for (int round = 0; round < 200; round++) {
            AtomicInteger ran = new AtomicInteger();
            OutOfMemoryError refusal = new OutOfMemoryError("started all the same");
            ThreadFactory factory = task -> new Thread(task) {
                @Override
                public void start() {
                    setDaemon(true);
                    super.start();
                    throw refusal;
                }
            };
            try (Supervisor supervisor = Supervisor.builder().threadFactory(factory).open()) {
                assertSame(refusal, assertThrows(Throwable.class, () -> supervisor.spawn(() -> ran.incrementAndGet())));
                supervisor.join();
                assertEquals(0, supervisor.liveCount());
            }
            assertTrue(ran.get() <= 1);
        }
    }
}
