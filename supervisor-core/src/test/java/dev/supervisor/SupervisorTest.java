package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The methods of {@link Supervisor}: names, queries, refused arguments, and the ways to open one. */
class SupervisorTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    // Names

    @Test
    void api_toStringTellsNameTasksAndState() throws Exception {
        LateExecutor executor = new LateExecutor();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(3);
        Supervisor supervisor = Supervisor.builder().name("http").executor(executor).unowned().open();
        assertEquals("Supervisor[http, tasks=0, entered]", supervisor.toString());
        List<Background<Void>> runners = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            supervisor.spawn(() -> {
                started.countDown();
                Poll.await(release);
            });
            Runnable shell = executor.next();
            runners.add(Background.run(shell::run));
        }
        Poll.await(started);
        assertEquals("Supervisor[http, tasks=3, entered]", supervisor.toString());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("exiting", () -> supervisor.toString().equals("Supervisor[http, tasks=3, exiting]"));
        supervisor.seal();
        assertEquals("Supervisor[http, tasks=3, sealed]", supervisor.toString());
        supervisor.abort();
        assertEquals("Supervisor[http, tasks=3, aborting]", supervisor.toString());
        release.countDown();
        runners.forEach(Background::join);
        joiner.join();
        assertEquals("Supervisor[http, tasks=0, finished]", supervisor.toString());
    }

    @Test
    void api_theNameIsTheGivenOneOrMadeUp() {
        try (Supervisor named = Supervisor.builder().name("http").open();
                Supervisor one = Supervisor.open();
                Supervisor other = Supervisor.builder().open()) {
            assertEquals("http", named.name());
            assertFalse(one.name().isBlank());
            assertFalse(other.name().isBlank());
            assertEquals(one.name(), one.name());
            assertEquals("Supervisor[" + one.name() + ", tasks=0, entered]", one.toString());
        }
    }

    // State

    @Test
    void c9_theStateIsTheFirstThatHolds() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().executor(executor).unowned().open();
        supervisor.spawn(() -> 1);
        assertEquals(State.ENTERED, supervisor.state());
        Background<Void> joiner = Background.run(supervisor::join);
        Poll.until("exiting", () -> supervisor.state() == State.EXITING);
        supervisor.seal();
        assertEquals(State.SEALED, supervisor.state());
        executor.runAll();
        joiner.join();
        assertEquals(State.FINISHED, supervisor.state());
        supervisor.abort();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void c9_anEmptyMomentIsNotTheEnd() throws Exception {
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> 1);
                assertEquals(State.ENTERED, supervisor.state());
                assertEquals(0, supervisor.liveCount());
            }
            supervisor.seal();
            assertEquals(State.FINISHED, supervisor.state());
            supervisor.join();
        }
    }

    // Observers

    @Test
    void api_tasksIsASnapshotOfTheLive() throws Exception {
        LateExecutor executor = new LateExecutor();
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            List<Task<?>> spawned = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                spawned.add(supervisor.spawn(() -> 1));
            }
            List<Task<?>> snapshot = supervisor.tasks();
            assertEquals(100, snapshot.size());
            assertEquals(new HashSet<>(spawned), new HashSet<>(snapshot));
            assertThrows(UnsupportedOperationException.class, snapshot::clear);
            for (int i = 0; i < 40; i++) {
                executor.runNext();
            }
            assertEquals(100, snapshot.size());
            assertEquals(60, supervisor.tasks().size());
            assertEquals(new HashSet<>(spawned.subList(40, 100)), new HashSet<>(supervisor.tasks()));
            assertEquals(60, supervisor.liveCount());
            spawned.get(70).cancel();
            assertFalse(supervisor.tasks().contains(spawned.get(70)));
            assertEquals(59, supervisor.liveCount());
            executor.runAll();
            assertEquals(List.of(), supervisor.tasks());
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void api_tasksListsEveryTaskThatIsLiveThroughout(Kind kind) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Supervisor supervisor = kind.open()) {
            List<Task<?>> steady = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                steady.add(supervisor.spawn(() -> Poll.await(release)));
            }
            Background<Void> churn = Background.run(() -> {
                for (int i = 0; i < 300; i++) {
                    supervisor.spawn(() -> 1);
                }
            });
            do {
                List<Task<?>> tasks = supervisor.tasks();
                assertTrue(tasks.containsAll(steady));
                assertEquals(tasks.size(), new HashSet<>(tasks).size(), "one is listed twice");
                assertTrue(supervisor.liveCount() >= 20);
            } while (!churn.hasEnded());
            churn.join();
            Poll.until("only the steady ones", () -> supervisor.liveCount() == 20);
            assertEquals(new HashSet<>(steady), new HashSet<>(supervisor.tasks()));
            release.countDown();
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void api_insideItsBodyATaskIsLiveAndListed(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Task<String> task = supervisor.spawn("self", () -> {
                List<Task<?>> tasks = supervisor.tasks();
                Task<?> self = tasks.get(0);
                return tasks.size() + " " + self.name() + " " + self.status() + " " + supervisor.liveCount();
            });
            assertEquals("1 self RUNNING 1", task.get());
            supervisor.join();
        }
    }

    // Arguments

    @Test
    void api_nullBodiesAndNamesAreRefusedAndChangeNothing() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Executor executor = task -> {
            asked.incrementAndGet();
            task.run();
        };
        try (Supervisor supervisor = Supervisor.builder().executor(executor).open()) {
            assertThrows(NullPointerException.class, () -> supervisor.spawn((Callable<String>) null));
            assertThrows(NullPointerException.class, () -> supervisor.spawn((Action) null));
            assertThrows(NullPointerException.class, () -> supervisor.spawn("named", (Callable<String>) null));
            assertThrows(NullPointerException.class, () -> supervisor.spawn("named", (Action) null));
            assertThrows(NullPointerException.class, () -> supervisor.spawn(null, () -> 1));
            assertThrows(NullPointerException.class, () -> supervisor.spawn(null, () -> { }));
            assertThrows(NullPointerException.class, () -> supervisor.execute(null));
            assertEquals(0, asked.get());
            assertEquals(0, supervisor.liveCount());
            assertEquals(State.ENTERED, supervisor.state());
            assertEquals(1, supervisor.spawn(() -> 1).get());
            supervisor.join();
        }
    }

    @Test
    void api_aNullArgumentIsRefusedEvenByASealedSupervisor() {
        try (Supervisor supervisor = Supervisor.open()) {
            supervisor.seal();
            assertThrows(NullPointerException.class, () -> supervisor.spawn((Action) null));
            assertThrows(NullPointerException.class, () -> supervisor.execute(null));
        }
    }

    @Test
    void api_aBuilderRefusesNullsAndKeepsWhatItHad() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor.Builder builder = Supervisor.builder().name("kept").executor(executor);
        assertThrows(NullPointerException.class, () -> builder.name(null));
        assertThrows(NullPointerException.class, () -> builder.executor(null));
        assertThrows(NullPointerException.class, () -> builder.threadFactory(null));
        assertThrows(NullPointerException.class, () -> builder.fatalIf(null));
        assertThrows(NullPointerException.class, () -> builder.onFailure(null));
        assertThrows(NullPointerException.class, () -> builder.onBlockFailure(null));
        assertThrows(NullPointerException.class, () -> builder.decorator(null));
        assertThrows(NullPointerException.class, () -> builder.run(null));
        assertThrows(NullPointerException.class, () -> builder.call(null));
        assertThrows(NullPointerException.class, () -> Supervisor.run(null));
        assertThrows(NullPointerException.class, () -> Supervisor.call(null));
        try (Supervisor supervisor = builder.open()) {
            assertEquals("kept", supervisor.name());
            supervisor.spawn(() -> 1);
            assertEquals(1, executor.size());
            executor.runAll();
            supervisor.join();
        }
    }

    @Test
    void api_anExecutorAndAThreadFactoryExcludeEachOtherAndTheFirstIsKept() throws Exception {
        LateExecutor executor = new LateExecutor();
        Supervisor.Builder builder = Supervisor.builder().executor(executor);
        assertThrows(IllegalStateException.class, () -> builder.threadFactory(Kind::daemon));
        try (Supervisor supervisor = builder.open()) {
            supervisor.spawn(() -> 1);
            assertEquals(1, executor.size());
            executor.runAll();
            supervisor.join();
        }
        Supervisor.Builder other = Supervisor.builder().threadFactory(Kind::daemon);
        assertThrows(IllegalStateException.class, () -> other.executor(executor));
        try (Supervisor supervisor = other.open()) {
            Task<Integer> task = supervisor.spawn(() -> 2);
            assertEquals(0, executor.size());
            assertEquals(2, task.get());
            supervisor.join();
        }
    }

    @Test
    void api_theBuilderReturnsItself() {
        Supervisor.Builder builder = Supervisor.builder();
        assertSame(builder, builder.name("b").executor(Runnable::run).unowned().fatalIf(thrown -> false)
                .onFailure(FailureHandler.ignore()).onBlockFailure(BlockFailure.ABORT).decorator(task -> task));
    }

    @Test
    void api_aSupervisorKeepsTheSettingsThatItWasOpenedWith() {
        Supervisor.Builder builder = Supervisor.builder().name("before");
        try (Supervisor supervisor = builder.open()) {
            builder.name("after");
            assertEquals("before", supervisor.name());
            try (Supervisor later = builder.open()) {
                assertEquals("after", later.name());
            }
        }
    }

    // Executor

    @Test
    void api_aSupervisorIsAnExecutor() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            Executor executor = supervisor;
            assertEquals(42, CompletableFuture.supplyAsync(() -> 42, executor).get());
            supervisor.join();
            assertEquals(0, supervisor.liveCount());
        }
    }

    /** A body that is more than one of the functional interfaces. */
    private static final class Ambiguous implements Runnable, Callable<String>, Action {
        private final List<String> calls = new ArrayList<>();

        @Override
        public void run() {
            calls.add("run");
        }

        @Override
        public String call() {
            calls.add("call");
            return "called";
        }
    }

    @Test
    void api_aBodyOfTwoKindsIsRunAsTheKindThatItWasGivenAs() throws Exception {
        Ambiguous body = new Ambiguous();
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            supervisor.execute(body);
            assertNull(supervisor.spawn((Action) body).get());
            assertEquals("called", supervisor.spawn((Callable<String>) body).get());
            assertNull(supervisor.spawn("named", (Action) body).get());
            supervisor.join();
        }
        assertEquals(List.of("run", "run", "call", "run"), body.calls);
    }

    @Test
    void api_aRunnableThatIsACallableTooIsRunByExecute() {
        List<String> calls = new ArrayList<>();
        class Both implements Runnable, Callable<String> {
            @Override
            public void run() {
                calls.add("run");
            }

            @Override
            public String call() {
                calls.add("call");
                return "called";
            }
        }
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            supervisor.execute(new Both());
        }
        assertEquals(List.of("run"), calls);
    }

    // run and call, as far as they are plain

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void c5_runWaitsForEveryTaskAndClosesTheSupervisor(Kind kind) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicReference<Supervisor> self = new AtomicReference<>();
        kind.builder().run(supervisor -> {
            self.set(supervisor);
            assertEquals(State.ENTERED, supervisor.state());
            for (int i = 0; i < 10; i++) {
                supervisor.spawn(() -> supervisor.spawn(() -> ran.incrementAndGet()));
            }
        });
        assertEquals(10, ran.get());
        assertEquals(State.FINISHED, self.get().state());
    }

    @Test
    void c5_callReturnsWhatTheBlockReturns() throws Exception {
        AtomicReference<Task<String>> task = new AtomicReference<>();
        String result = Supervisor.call(supervisor -> {
            task.set(supervisor.spawn(() -> "task"));
            return "block";
        });
        assertEquals("block", result);
        assertEquals("task", task.get().resultNow());
        assertNull(Supervisor.<String, RuntimeException>call(supervisor -> null));
    }

    @Test
    void c5_runThrowsWhatTheBlockThrows() {
        IOException thrown = new IOException("the block's");
        assertSame(thrown, assertThrows(IOException.class, () -> Supervisor.run(supervisor -> {
            throw thrown;
        })));
        assertEquals(0, thrown.getSuppressed().length);
    }

    @Test
    void api_aBlockThatThrowsNothingCheckedNeedsOnlyInterruptedException() {
        assertDoesNotThrow(() -> Supervisor.run(supervisor -> assertNotNull(supervisor.name())));
    }
}
