package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.engine.Peek;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The open supervisors that were given a name, and the names of threads: O3. */
@Timeout(120)
class NamedTest {

    private static final AtomicInteger NAMES = new AtomicInteger();

    /** What ends an unowned supervisor. */
    enum End {
        JOIN, CLOSE, SHUTDOWN, DRAIN, SEAL, ABORT, DEADLINE, LAST_TASK;

        Supervisor.Builder builder(Kind kind) {
            Supervisor.Builder builder = kind.builder().unowned();
            return this == DEADLINE ? builder.deadline(Duration.ofMillis(50)) : builder;
        }

        void of(Kind kind, Supervisor supervisor) throws InterruptedException {
            switch (this) {
                case JOIN -> supervisor.join();
                case CLOSE -> supervisor.close();
                case SHUTDOWN -> supervisor.shutdown();
                case DRAIN -> assertTrue(supervisor.drain(Duration.ofHours(1)));
                case SEAL -> supervisor.seal();
                case ABORT -> supervisor.abort();
                case DEADLINE -> Poll.until("passed", supervisor::isDeadlineExceeded);
                case LAST_TASK -> {
                    GatedTask last = GatedTask.stubborn(kind, supervisor);
                    supervisor.seal();
                    assertTrue(Supervisor.named().contains(supervisor), "its last task lives");
                    last.release();
                }
            }
        }
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** A name that no other test has. */
    private static String newName() {
        return "named-" + NAMES.incrementAndGet();
    }

    /** Those of this name. */
    private static List<Supervisor> listed(String name) {
        return Supervisor.named().stream().filter(supervisor -> supervisor.name().equals(name)).toList();
    }

    // which are listed, and in which order

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_oneThatWasGivenANameIsListedWhileItIsOpen(Kind kind) throws Exception {
        String name = newName();
        try (Supervisor supervisor = kind.builder().name(name).open()) {
            assertEquals(List.of(supervisor), listed(name));
            supervisor.spawn(() -> assertEquals(List.of(supervisor), listed(name))).get();
            supervisor.join();
            assertEquals(List.of(), listed(name));
        }
        kind.builder().name(name).run(supervisor -> assertEquals(List.of(supervisor), listed(name)));
        Supervisor called = kind.builder().name(name).call(supervisor -> listed(name).get(0));
        assertSame(Supervisor.State.FINISHED, called.state());
        assertEquals(List.of(), listed(name));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_oneWithoutANameIsNotListed(Kind kind) {
        for (Supervisor.Builder builder : List.of(kind.builder(), kind.builder().maxTasks(1))) {
            try (Supervisor supervisor = builder.open()) {
                assertFalse(Supervisor.named().contains(supervisor));
                supervisor.completion();
                assertFalse(Supervisor.named().contains(supervisor), "nor when it has something else that is rare");
            }
        }
    }

    @Test
    void o3_thoseOfOneNameAreAllListedInTheOrderOfTheirOpening() {
        String name = newName();
        Supervisor.Builder builder = Supervisor.builder().name(name).unowned();
        List<Supervisor> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expected.add(builder.open());
        }
        assertEquals(expected, listed(name));
        for (int i = 0; i < 50; i++) {
            expected.remove(i).close();   // every other one
        }
        expected.add(builder.open());
        assertEquals(expected, listed(name));
        expected.forEach(Supervisor::close);
        assertEquals(List.of(), listed(name));
    }

    @Test
    void o3_theListIsAnUnmodifiableSnapshot() {
        String name = newName();
        Supervisor supervisor = Supervisor.builder().name(name).unowned().open();
        List<Supervisor> snapshot = Supervisor.named();
        assertTrue(snapshot.contains(supervisor));
        assertThrows(UnsupportedOperationException.class, snapshot::clear);
        supervisor.close();
        assertTrue(snapshot.contains(supervisor));
        assertEquals(List.of(), listed(name));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_aChildIsListedLikeAnyOther(Kind kind) {
        String name = newName();
        Supervisor parent = kind.builder().name(name).unowned().open();
        Supervisor child = kind.builder().name(name).parent(parent).unowned().open();
        Supervisor unnamed = kind.builder().parent(parent).unowned().open();
        assertEquals(List.of(parent, child), listed(name));
        assertFalse(Supervisor.named().contains(unnamed));
        parent.abort();
        assertEquals(List.of(), listed(name));
        assertFalse(Peek.hasEntry(child));
        assertFalse(Peek.hasEntry(parent));
    }

    // the end

    @ParameterizedTest
    @EnumSource
    void o3_whateverEndsItTakesItOut(End end) throws Exception {
        for (Kind kind : Kind.all()) {
            Supervisor supervisor = end.builder(kind).name(newName()).open();
            end.of(kind, supervisor);
            Poll.until("out", () -> !Peek.hasEntry(supervisor));
            assertSame(Supervisor.State.FINISHED, supervisor.state());
            assertFalse(Supervisor.named().contains(supervisor));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_oneWhoseTasksLiveIsListedInEveryState(Kind kind) {
        Supervisor supervisor = kind.builder().name(newName()).unowned().open();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        for (Action step : List.<Action>of(supervisor::seal, supervisor::abort)) {
            Background.run(step).join();
            assertTrue(Supervisor.named().contains(supervisor), supervisor::toString);
        }
        Background<Void> closer = Background.blockedIn(supervisor::close);
        assertTrue(Supervisor.named().contains(supervisor), supervisor::toString);
        task.release();
        closer.join();
        assertFalse(Peek.hasEntry(supervisor));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_aCallbackOfTheLastTaskFindsIt(Kind kind) {
        Supervisor supervisor = kind.builder().name(newName()).unowned().open();
        AtomicReference<Boolean> found = new AtomicReference<>();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        task.task().onDone(done -> found.set(Supervisor.named().contains(supervisor)));
        supervisor.seal();
        task.release();
        Poll.until("finished", () -> supervisor.state() == Supervisor.State.FINISHED);
        assertTrue(found.get());
        assertFalse(Supervisor.named().contains(supervisor));
    }

    /** A drain that is under way ends an empty child at once. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_aChildThatIsFinishedWhenItsOpenReturnsIsNotKept(Kind kind) throws Exception {
        Supervisor parent = kind.builder().unowned().open();
        CountDownLatch drains = new CountDownLatch(1);
        Background<Task<Supervisor>> spawner = Background.call(() -> parent.spawn(() -> {
            Poll.await(drains);
            return kind.builder().name(newName()).parent(parent).unowned().open();
        }));
        Poll.until("live", () -> parent.liveCount() == 1);
        Background<Void> drainer = Background.run(() -> parent.drain(Duration.ofHours(1)));
        Poll.until("drains", () -> parent.state() == Supervisor.State.DRAINING);
        drains.countDown();
        Supervisor child = spawner.join().get();
        assertSame(Supervisor.State.FINISHED, child.state());
        assertFalse(Peek.hasEntry(child));
        drainer.join();
    }

    // opening that throws

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_oneWhoseOpeningIsRefusedIsNotListed(Kind kind) {
        String name = newName();
        Supervisor parent = kind.builder().unowned().open();
        parent.seal();
        assertThrows(RejectedExecutionException.class, () -> kind.builder().name(name).parent(parent).open());
        assertThrows(RejectedExecutionException.class,
                () -> kind.builder().name(name).parent(parent).run(supervisor -> { }));
        assertEquals(List.of(), listed(name));
    }

    // one that is dropped

    private static List<WeakReference<?>> openAndDrop(int count) {
        List<WeakReference<?>> references = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Supervisor supervisor = Supervisor.builder().name("dropped").unowned().open();
            assertTrue(Peek.hasEntry(supervisor));
            references.add(new WeakReference<>(supervisor));
            references.add(Peek.entry(supervisor));
        }
        return references;
    }

    /** A thread that opens another one removes its entry. */
    @Test
    void o3_oneThatIsDroppedWithoutAnExitIsCollectedWithItsEntry() {
        List<WeakReference<?>> references = openAndDrop(10);
        Poll.until("collected", () -> {
            System.gc();
            Supervisor.builder().name("other").unowned().open().close();
            return references.stream().allMatch(reference -> reference.get() == null);
        });
        assertEquals(List.of(), listed("dropped"));
    }

    @Test
    void o3_askingRemovesTheEntriesOfThoseThatAreCollected() {
        List<WeakReference<?>> references = openAndDrop(10);
        Poll.until("collected", () -> {
            System.gc();
            assertNotNull(Supervisor.named());
            return references.stream().allMatch(reference -> reference.get() == null);
        });
    }

    // names of threads

    private static String threadName(Supervisor supervisor, String task) throws Exception {
        String name = supervisor.spawn(task, () -> Thread.currentThread().getName()).get();
        assertEquals(task, supervisor.spawn(task, () -> { }).name(), "the task's own name is what it was given");
        return name;
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o3_theThreadOfANamedTaskInANamedSupervisorTellsBoth(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.builder().name("http").open()) {
            String name = threadName(supervisor, "GET /");
            assertEquals(kind.startsThreads(), name.equals("http/GET /"), name);
            String specified = supervisor.spec("spec").spawn(() -> Thread.currentThread().getName()).get();
            assertEquals(kind.startsThreads(), specified.equals("http/spec"), specified);
            supervisor.join();
        }
        try (Supervisor supervisor = kind.builder().open()) {
            String name = threadName(supervisor, "GET /");
            assertEquals(kind.startsThreads(), name.equals("GET /"), name);
            supervisor.join();
        }
    }

    /** On JDK 17 that is the shared pool. */
    @Test
    void o3_soDoesTheThreadThatIsTheDefault() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().name("http").open()) {
            assertEquals("http/GET /", threadName(supervisor, "GET /"));
            assertEquals("http", supervisor.spawn(() -> Thread.currentThread().getName()).get());
            supervisor.join();
        }
    }

    @Test
    void o3_aFactorysThreadKeepsItsNameIfTheTaskHasNone() throws Exception {
        try (Supervisor supervisor = Kind.PER_TASK.builder().name("http").open()) {
            String name = supervisor.spawn(() -> Thread.currentThread().getName()).get();
            assertTrue(name.startsWith("test-"), name);
            supervisor.join();
        }
    }
}
