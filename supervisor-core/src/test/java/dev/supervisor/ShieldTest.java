package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Task.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A body that knows itself, and shields a part of itself from requests to cancel it: S11. */
@Timeout(120)
class ShieldTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofSeconds(1);

    /** The ways to ask the only task of a supervisor to cancel with an interrupt. */
    enum Request {
        CANCEL, ABORT, SHUTDOWN, TIMEOUT, DEADLINE;

        Task<?> begin(Kind kind, Asked asked) {
            Supervisor.Builder builder = kind.builder().unowned();
            if (this == DEADLINE) {
                builder.deadline(SHORT);
            }
            Supervisor supervisor = builder.open();
            TaskSpec spec = supervisor.spec("shielded");
            return asked.spawnIn(supervisor, this == TIMEOUT ? spec.timeout(SHORT) : spec);
        }

        void of(Task<?> task) {
            switch (this) {
                case CANCEL -> assertTrue(task.cancel());
                case ABORT -> task.supervisor().abort();
                case SHUTDOWN -> Background.run(task.supervisor()::shutdown);
                default -> { }
            }
        }

        /** What a task comes to that is asked like this, and then ends by an interrupt. */
        Status end() {
            return this == TIMEOUT ? Status.FAILED : Status.CANCELLED;
        }
    }

    static Stream<Arguments> requests() {
        return Kind.all().stream().flatMap(kind ->
                Stream.of(Request.values()).map(request -> Arguments.of(kind, request)));
    }

    /** A body with itself, spawned on a thread of its own, so that one that runs in its spawner holds up no test. */
    private static final class Asked {
        final TaskBody<?> body;
        final CountDownLatch begun = new CountDownLatch(1);
        volatile Self self;

        private Asked(TaskBody<?> body) {
            this.body = body;
        }

        Task<?> spawnIn(Supervisor supervisor, TaskSpec spec) {
            Background<Task<Object>> spawner = Background.call(() -> spec.<Object>spawnWithSelf(given -> {
                self = given;
                begun.countDown();
                return body.run(given);
            }));
            Poll.until("begun, or dropped before that", () ->
                    begun.getCount() == 0 || spawner.hasEnded() && spawner.join().isDone());
            return begun.getCount() == 0 ? self.task() : spawner.join();
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Task<?> begin(Kind kind, TaskBody<?> body) {
        return Request.CANCEL.begin(kind, new Asked(body));
    }

    /** Waits for the end; fails the test if the task has failed, as by an assertion in its body. */
    private static void succeeds(Task<?> task) {
        Poll.until("done: " + task, task::isDone);
        if (task.status() != Status.SUCCEEDED) {
            throw new AssertionError(task + " came to its end", assertThrows(Exception.class, task::get).getCause());
        }
        task.supervisor().close();
    }

    private static Object never() throws InterruptedException {
        new CountDownLatch(1).await();
        return null;
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private static void untilRequested(Self self) {
        Poll.until("requested", self::isCancelRequested);
    }

    /** Gives an interrupt that is not to come the time to come. */
    private static void giveTime() {
        for (int i = 0; i < 50; i++) {
            Thread.yield();
        }
    }

    // the body knows itself

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_theBodyIsGivenItsOwnTask(Kind kind) throws Exception {
        AtomicReference<Task<?>> seen = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawnWithSelf(self -> {
                seen.set(self.task());
                return "result " + self.isCancelRequested();
            });
            assertEquals("result false", task.get());
            assertSame(task, seen.get());
            assertSame(supervisor, task.supervisor());
            Task<String> named = supervisor.spec("named").spawnWithSelf(self -> self.task().name());
            assertEquals("named", named.get());
            Task<?> fails = supervisor.spawnWithSelf(self -> {
                throw new IOException("on purpose");
            });
            supervisor.join();
            assertInstanceOf(IOException.class, fails.failure());
            assertThrows(NullPointerException.class, () -> supervisor.spawnWithSelf(null));
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void s11_aBodyThatNeverWaitsPollsTheRequest(Kind kind, Request request) {
        Asked asked = new Asked(self -> {
            while (!self.isCancelRequested()) {
                Thread.onSpinWait();
            }
            Poll.until("interrupted, too", ShieldTest::isInterrupted);
            return "polled";
        });
        Task<?> task = request.begin(kind, asked);
        request.of(task);
        Poll.until("done", task::isDone);
        if (asked.begun.getCount() == 0) {   // else it was too late for its limit
            assertEquals(Status.SUCCEEDED, task.status());
        }
        assertTrue(task.isCancelRequested());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aRequestWithoutInterruptIsSeen(Kind kind) {
        Task<?> task = begin(kind, self -> {
            untilRequested(self);
            assertFalse(isInterrupted());
            self.shield(HOUR, () -> null);
            assertFalse(isInterrupted(), "there was no interrupt to defer");
            return 1;
        });
        task.cancel(false);
        succeeds(task);
    }

    // deferred

    @ParameterizedTest
    @MethodSource("requests")
    void s11_aRequestIsDeferredUntilTheShieldEnds(Kind kind, Request request) {
        CountDownLatch shielded = new CountDownLatch(1);
        AtomicBoolean inside = new AtomicBoolean();
        AtomicBoolean after = new AtomicBoolean();
        AtomicBoolean waited = new AtomicBoolean();
        Asked asked = new Asked(self -> {
            String result = self.shield(HOUR, () -> {
                shielded.countDown();
                untilRequested(self);
                giveTime();
                waited.set(!new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS));
                inside.set(isInterrupted());
                return "from inside";
            });
            assertEquals("from inside", result);
            after.set(isInterrupted());
            return never();
        });
        Task<?> task = request.begin(kind, asked);
        if (request == Request.CANCEL || request == Request.ABORT || request == Request.SHUTDOWN) {
            Poll.await(shielded);
        }
        request.of(task);
        Poll.until("done", task::isDone);
        if (shielded.getCount() == 0 && after.get()) {
            assertTrue(waited.get(), "a wait inside is not interrupted");
            assertFalse(inside.get());
        } else {
            assertTrue(request == Request.TIMEOUT || request == Request.DEADLINE,
                    () -> "not set at the end of the shield: " + task.failure());
        }
        assertEquals(request.end(), task.status(), () -> "" + task.failure());
        if (request == Request.TIMEOUT) {
            assertInstanceOf(TimeoutException.class, task.failure());
        }
        Poll.until("finished", () -> {
            task.supervisor().abort();
            return task.supervisor().state() == Supervisor.State.FINISHED;
        });
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_manyRequestsAreOneInterrupt(Kind kind) {
        CountDownLatch shielded = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        Task<?> task = begin(kind, self -> {
            self.shield(HOUR, () -> {
                shielded.countDown();
                Poll.await(asked);
                assertFalse(isInterrupted());
                return null;
            });
            assertTrue(Thread.interrupted());
            self.shield(HOUR, () -> null);
            assertFalse(isInterrupted(), "one interrupt in all");
            return 1;
        });
        Poll.await(shielded);
        for (int i = 0; i < 5; i++) {
            assertTrue(task.cancel());
        }
        task.supervisor().abort();
        asked.countDown();
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aRequestBetweenTwoShieldsIsFeltAtOnce(Kind kind) {
        CountDownLatch between = new CountDownLatch(1);
        Task<?> task = begin(kind, self -> {
            self.shield(HOUR, () -> 1);
            between.countDown();
            assertThrows(InterruptedException.class, ShieldTest::never);
            self.shield(HOUR, () -> {
                assertFalse(isInterrupted(), "it was felt");
                return 2;
            });
            assertFalse(isInterrupted());
            return 1;
        });
        Poll.await(between);
        task.cancel();
        succeeds(task);
    }

    /** The interrupt that is pending when the shield begins is taken away, and set again at its end. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_anInterruptThatIsOnItsWayIsDeferredToo(Kind kind) {
        Task<?> task = begin(kind, self -> {
            untilRequested(self);   // its interrupt may have come or not
            self.shield(HOUR, () -> {
                assertFalse(isInterrupted());
                assertFalse(new CountDownLatch(1).await(5, TimeUnit.MILLISECONDS));
                return null;
            });
            assertTrue(isInterrupted());
            return 1;
        });
        task.cancel();
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void s11_aRequestThatMeetsTheBeginOrTheEndOfAShieldIsFeltOnceAndOutsideOnly(Kind kind) throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int i = 0; i < 300; i++) {
                CountDownLatch go = new CountDownLatch(1);
                AtomicReference<String> wrong = new AtomicReference<>();
                AtomicInteger felt = new AtomicInteger();
                Task<?> task = begin(kind, self -> {
                    Poll.await(go);
                    for (int j = 0; j < 30; j++) {
                        self.shield(HOUR, () -> {
                            for (int k = 0; k < 5; k++) {
                                if (isInterrupted()) {
                                    wrong.set("felt inside");
                                }
                                Thread.onSpinWait();
                            }
                            return null;
                        });
                        if (Thread.interrupted()) {
                            felt.incrementAndGet();
                        }
                    }
                    untilRequested(self);
                    while (felt.get() == 0) {
                        try {
                            never();
                        } catch (InterruptedException e) {
                            felt.incrementAndGet();
                        }
                    }
                    if (isInterrupted()) {
                        wrong.set("felt twice");
                    }
                    return 1;
                });
                race.round(task::cancel, go::countDown);
                succeeds(task);
                assertNull(wrong.get());
                assertEquals(1, felt.get());
            }
        }
    }

    // nested

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_theOutermostShieldCounts(Kind kind) {
        CountDownLatch shielded = new CountDownLatch(1);
        Task<?> task = begin(kind, self -> {
            self.shield(HOUR, () -> {
                self.shield(HOUR, () -> {
                    shielded.countDown();
                    untilRequested(self);
                    assertFalse(isInterrupted());
                    return null;
                });
                assertFalse(isInterrupted(), "the inner one's end is none");
                self.shield(Duration.ofNanos(1), () -> {
                    assertFalse(new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS), "nor its time");
                    return null;
                });
                assertFalse(isInterrupted());
                return null;
            });
            assertTrue(isInterrupted());
            return 1;
        });
        Poll.await(shielded);
        task.cancel();
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_theTimeOfTheOutermostShieldCounts(Kind kind) {
        CountDownLatch shielded = new CountDownLatch(1);
        Task<?> task = begin(kind, self -> {
            long begin = System.nanoTime();
            self.shield(Duration.ofMillis(100), () -> self.shield(HOUR, () -> {
                shielded.countDown();
                assertThrows(InterruptedException.class, ShieldTest::never);
                long took = System.nanoTime() - begin;
                assertTrue(took >= 100_000_000, () -> "after " + took + " ns");
                return null;
            }));
            assertFalse(isInterrupted(), "it was felt");
            return 1;
        });
        Poll.await(shielded);
        task.cancel();
        succeeds(task);
    }

    // the time

    @ParameterizedTest
    @MethodSource("requests")
    void s11_afterItsTimeTheInterruptArrivesInside(Kind kind, Request request) {
        Duration max = Duration.ofMillis(700);   // later than the limit
        CountDownLatch shielded = new CountDownLatch(1);
        AtomicBoolean felt = new AtomicBoolean();
        Asked asked = new Asked(self -> {
            long begin = System.nanoTime();
            self.shield(max, () -> {
                shielded.countDown();
                untilRequested(self);
                assertThrows(InterruptedException.class, ShieldTest::never);
                long took = System.nanoTime() - begin;
                assertTrue(took >= max.toNanos(), () -> "after " + took + " ns");
                felt.set(true);
                return null;
            });
            assertFalse(isInterrupted(), "one interrupt in all");
            return 1;
        });
        Task<?> task = request.begin(kind, asked);
        Poll.until("shielded, or too late for its limit", () -> shielded.getCount() == 0 || task.isDone());
        request.of(task);
        Poll.until("done", task::isDone);
        if (shielded.getCount() > 0) {
            assertEquals(request.end(), task.status());
            return;
        }
        assertEquals(Status.SUCCEEDED, task.status(), () -> "" + task.failure());
        assertTrue(felt.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aRequestThatComesAfterItsTimeIsFeltInsideAtOnce(Kind kind) {
        CountDownLatch passed = new CountDownLatch(1);
        Task<?> task = begin(kind, self -> {
            self.shield(Duration.ofNanos(1), () -> {
                long end = System.nanoTime() + 20_000_000;
                Poll.until("its time is over", () -> System.nanoTime() - end > 0);
                passed.countDown();
                assertThrows(InterruptedException.class, ShieldTest::never);
                return null;
            });
            assertFalse(isInterrupted());
            return 1;
        });
        Poll.await(passed);
        task.cancel();
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_withoutARequestItsTimeMeansNothing(Kind kind) {
        Task<?> task = begin(kind, self -> {
            self.shield(Duration.ofMillis(1), () -> {
                assertFalse(new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS));
                return null;
            });
            assertFalse(isInterrupted());
            return 1;
        });
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aTimeThatOverflowsIsForEver(Kind kind) {
        CountDownLatch shielded = new CountDownLatch(1);
        Task<?> task = begin(kind, self -> {
            for (Duration max : List.of(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofNanos(Long.MAX_VALUE))) {
                self.shield(max, () -> {
                    shielded.countDown();
                    untilRequested(self);
                    assertFalse(new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS));
                    return null;
                });
            }
            assertTrue(isInterrupted());
            return 1;
        });
        Poll.await(shielded);
        task.cancel();
        succeeds(task);
    }

    // interrupts of others

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aStrangersInterruptThatIsFoundIsSetAsideAndRestored(Kind kind) {
        Task<?> task = begin(kind, self -> {
            Thread.currentThread().interrupt();
            self.shield(HOUR, () -> {
                assertFalse(isInterrupted());
                assertFalse(new CountDownLatch(1).await(5, TimeUnit.MILLISECONDS));
                return null;
            });
            assertFalse(self.isCancelRequested());
            assertTrue(Thread.interrupted(), "restored");
            return 1;
        });
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aStrangersInterruptThatComesLaterIsFelt(Kind kind) {
        AtomicReference<Thread> thread = new AtomicReference<>();
        Task<?> task = begin(kind, self -> {
            self.shield(HOUR, () -> {
                thread.set(Thread.currentThread());
                assertThrows(InterruptedException.class, ShieldTest::never);
                return null;
            });
            assertFalse(isInterrupted());
            return 1;
        });
        Poll.until("shielded", () -> thread.get() != null);
        thread.get().interrupt();
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aStrangersInterruptIsFeltBesidesARequestThatIsDeferred(Kind kind) {
        AtomicReference<Thread> thread = new AtomicReference<>();
        Task<?> task = begin(kind, self -> {
            self.shield(HOUR, () -> {
                thread.set(Thread.currentThread());
                untilRequested(self);
                assertThrows(InterruptedException.class, ShieldTest::never);
                return null;
            });
            assertTrue(isInterrupted(), "ours");
            return 1;
        });
        Poll.until("shielded", () -> thread.get() != null);
        task.cancel();
        thread.get().interrupt();
        succeeds(task);
    }

    /** The block of a supervisor that is opened inside belongs to that supervisor, not to the task. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aSupervisorThatIsOpenedInsideStillReachesItsOwner(Kind kind) {
        AtomicReference<Supervisor> inner = new AtomicReference<>();
        Task<?> task = begin(kind, self -> {
            self.shield(HOUR, () -> {
                assertThrows(InterruptedException.class, () -> kind.builder().run(supervisor -> {
                    inner.set(supervisor);
                    never();
                }));
                return null;
            });
            assertFalse(self.isCancelRequested());
            assertFalse(isInterrupted());
            return 1;
        });
        Poll.until("opened", () -> inner.get() != null);
        inner.get().shutdown();
        succeeds(task);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aTaskThatIsSpawnedInsideIsNotShielded(Kind kind) {
        AtomicReference<GatedTask> spawned = new AtomicReference<>();
        Task<?> task = begin(kind, self -> {
            Supervisor supervisor = self.task().supervisor();
            self.shield(HOUR, () -> {
                spawned.set(GatedTask.yielding(kind, supervisor));
                spawned.get().end();
                assertFalse(isInterrupted());
                return null;
            });
            assertTrue(isInterrupted());
            return 1;
        });
        Poll.until("spawned", () -> spawned.get() != null);
        task.supervisor().abort();
        succeeds(task);
        assertEquals(Status.CANCELLED, spawned.get().task().status());
        assertEquals(1, spawned.get().interrupts());
    }

    /** A task in the thread of a shielded one, inside of the shield, is interrupted for itself. */
    @Test
    void s11_anInlineTaskInsideIsNotShielded() {
        Supervisor inline = Kind.CALLER_RUNS.builder().unowned().open();
        CountDownLatch begun = new CountDownLatch(1);
        Task<?> task = begin(Kind.POOLED, self -> {
            Task<?> inner = self.shield(HOUR, () -> inline.spawn(() -> {
                begun.countDown();
                never();
            }));
            assertEquals(Status.CANCELLED, inner.status());
            assertFalse(isInterrupted());
            return 1;
        });
        Poll.await(begun);
        inline.abort();
        succeeds(task);
    }

    /** The request of the task around reaches its shield only, not the inline task in it. */
    @Test
    void s11_anInlineTaskInsideIsCoveredFromTheRequestOfTheTaskAround() {
        Supervisor inline = Kind.CALLER_RUNS.builder().unowned().open();
        CountDownLatch begun = new CountDownLatch(1);
        Task<?> task = begin(Kind.POOLED, self -> {
            Task<?> inner = self.shield(HOUR, () -> inline.spawn(() -> {
                begun.countDown();
                untilRequested(self);
                assertFalse(new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS));
            }));
            assertEquals(Status.SUCCEEDED, inner.status(), () -> "" + inner.failure());
            assertTrue(isInterrupted());
            return 1;
        });
        Poll.await(begun);
        task.cancel();
        succeeds(task);
        inline.close();
    }

    // what it throws

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_whatTheCodeThrowsPassesAndTheStatusIsSet(Kind kind) {
        List<Throwable> thrown = List.of(new IOException("checked"), new IllegalStateException("unchecked"),
                new AssertionError("error"), new InterruptedException("of its own"));
        for (Throwable throwable : thrown) {
            CountDownLatch shielded = new CountDownLatch(1);
            Task<?> task = begin(kind, self -> {
                assertSame(throwable, assertThrows(Throwable.class, () -> self.shield(HOUR, () -> {
                    shielded.countDown();
                    untilRequested(self);
                    throw Sneaky.<Exception>sneakyThrow(throwable);
                })));
                assertEquals(0, throwable.getSuppressed().length);
                assertTrue(Thread.interrupted());
                self.shield(HOUR, () -> null);   // the one that has failed has ended
                return 1;
            });
            Poll.await(shielded);
            task.cancel();
            succeeds(task);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_aCheckedExceptionOfTheCodeIsThatOfTheCall(Kind kind) {
        Task<?> task = begin(kind, self -> {
            try {
                return self.<Integer, IOException>shield(HOUR, () -> {
                    throw new IOException("on purpose");
                });
            } catch (IOException e) {
                return e.getMessage();
            }
        });
        succeeds(task);
        assertEquals("on purpose", task.resultNow());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_timesThatAreNoneAreRefused(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        Task<?> task = begin(kind, self -> {
            for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThrows(IllegalArgumentException.class, () -> self.shield(none, ran::incrementAndGet));
            }
            assertThrows(NullPointerException.class, () -> self.shield(null, ran::incrementAndGet));
            assertThrows(NullPointerException.class, () -> self.shield(HOUR, null));
            return self.shield(HOUR, () -> 1);
        });
        succeeds(task);
        assertEquals(0, ran.get());
        assertEquals(1, task.resultNow());
    }

    // where it may be called

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_onAnotherThreadItIsRefused(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        Task<?> task = begin(kind, self -> {
            Action elsewhere = () -> {
                assertThrows(IllegalStateException.class, () -> self.shield(HOUR, ran::incrementAndGet));
                assertFalse(self.isCancelRequested());
            };
            Background.run(elsewhere).join();
            self.shield(HOUR, () -> Background.run(elsewhere).join());
            return 1;
        });
        succeeds(task);
        assertEquals(0, ran.get());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_afterTheBodyItIsRefused(Kind kind) {
        AtomicInteger ran = new AtomicInteger();
        AtomicReference<Self> leaked = new AtomicReference<>();
        AtomicReference<Throwable> inCallback = new AtomicReference<>();
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> task = supervisor.spawnWithSelf(self -> {
                leaked.set(self);
                self.task().onDone(done -> {
                    try {
                        self.shield(HOUR, ran::incrementAndGet);
                    } catch (IllegalStateException e) {
                        inCallback.set(e);
                    }
                });
                return 1;
            });
            Poll.until("retired", () -> supervisor.liveCount() == 0);
            assertInstanceOf(IllegalStateException.class, inCallback.get(), "on the same thread, after the body");
            assertThrows(IllegalStateException.class, () -> leaked.get().shield(HOUR, ran::incrementAndGet));
            assertSame(task, leaked.get().task());
            assertFalse(leaked.get().isCancelRequested());
            // another body on the same thread, perhaps
            Task<?> other = supervisor.spawn(() ->
                    assertThrows(IllegalStateException.class, () -> leaked.get().shield(HOUR, ran::incrementAndGet)));
            Poll.until("done", other::isDone);
            assertEquals(Status.SUCCEEDED, other.status());
        }
        assertEquals(0, ran.get());
    }

    // what leaks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void s11_anInterruptThatIsSetAtTheEndGoesWithTheTask(Kind kind) throws Exception {
        AtomicBoolean clear = new AtomicBoolean();
        try (Supervisor supervisor = kind.open()) {
            Task<Integer> task = supervisor.spawnWithSelf(self -> {
                self.task().onDone(done -> clear.set(!isInterrupted()));
                return self.shield(HOUR, () -> {
                    self.task().cancel();
                    assertFalse(isInterrupted());
                    return 1;
                });
            });
            assertFalse(isInterrupted());
            assertEquals(1, task.get());
            supervisor.join();
            assertTrue(clear.get());
        }
    }

    @Test
    void s11_nothingLeaksToTheNextTaskOnThePool() throws Exception {
        try (StatusKeepingExecutor executor = StatusKeepingExecutor.calm(); TwoThreadRace race = new TwoThreadRace()) {
            Supervisor supervisor = Supervisor.builder().executor(executor).unowned()
                    .onFailure(FailureHandler.ignore()).open();
            for (int i = 0; i < 500; i++) {
                Duration max = i % 2 == 0 ? HOUR : Duration.ofMillis(1);
                CountDownLatch release = new CountDownLatch(1);
                Task<Integer> task = supervisor.spawnWithSelf(self -> self.shield(max, () -> {
                    long end = System.nanoTime() + 1_000_000;
                    while (release.getCount() > 0 || max != HOUR && System.nanoTime() - end < 0) {
                        Thread.onSpinWait();   // so the end of the shield, and of the task, meets its time
                    }
                    TwoThreadRace.jitter();
                    return 1;
                }));
                Task<?> next = supervisor.spawn(() -> assertFalse(isInterrupted()));
                race.round(task::cancel, release::countDown);
                executor.drain();
                assertEquals(Status.SUCCEEDED, next.status(), "round " + i);
                assertTrue(task.isDone());
            }
            Background.run(supervisor::join).join();
            assertEquals(0, executor.strays());
        }
    }

    @Test
    void s11_manyShieldsLeaveNothing() {
        Task<?> task = begin(Kind.POOLED, self -> {
            int sum = 0;
            for (int i = 0; i < 200_000; i++) {
                sum += self.<Integer, RuntimeException>shield(HOUR, () -> 1);
            }
            return sum;
        });
        succeeds(task);
        assertEquals(200_000, task.resultNow());
    }
}
