package dev.supervisor.faults;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.BlockFailure;
import dev.supervisor.Completions;
import dev.supervisor.GatedTask;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Sneaky;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.UncaughtReports;
import dev.supervisor.engine.Peek;
import dev.supervisor.faults.FaultBench.Variant;
import dev.supervisor.faults.FaultPoint.Form;
import dev.supervisor.faults.FaultPoint.Means;
import dev.supervisor.faults.FaultPoint.Way;
import dev.supervisor.faults.FaultPoint.Where;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * User code that throws, at every place where the library calls it: each place, with each kind of throwable, on each
 * kind of thread, in each form of a spawn, through {@code Completions}, and with a limit. {@link FaultPoint} is the
 * table of the places and of what a throw there means. This test checks that for the task, its reports, its sibling and
 * the exit.
 */
class FaultTest {

    /** What is thrown. */
    enum Thrown implements Supplier<Throwable> {
        UNCHECKED(() -> new IllegalStateException("unchecked")),
        CHECKED(() -> new IOException("checked, thrown sneakily")),
        MEMORY(() -> new OutOfMemoryError("memory")),
        STACK(() -> new StackOverflowError("stack")),
        FATAL(() -> new InternalError("fatal by default")),
        THREAD_DEATH(() -> new Error("as ThreadDeath was"));

        private final Supplier<Throwable> supplier;

        Thrown(Supplier<Throwable> supplier) {
            this.supplier = supplier;
        }

        @Override
        public Throwable get() {
            return supplier.get();
        }
    }

    /** How many cases have held. */
    private static final Map<FaultPoint, AtomicInteger> HELD = new EnumMap<>(FaultPoint.class);

    /** Writes the table for the docs, with the number of cases that have held. */
    @AfterAll
    static void writeTable() throws IOException {
        List<String> table = new ArrayList<>(List.of(
                "| what throws | outcome | clauses | threads | cases that held |", "| --- | --- | --- | --- | --- |"));
        HELD.forEach((point, held) -> table.add("| " + String.join(" | ", point.words, point.means.words,
                point.means.clauses, point.where.size() == Where.values().length ? "all"
                        : point.where.stream().sorted().map(Where::name).collect(Collectors.joining(", ")),
                held.toString()) + " |"));
        Files.write(Path.of("target", "fault-table.md"), table);
    }

    static Stream<Arguments> places() {
        List<Arguments> places = new ArrayList<>();
        for (FaultPoint point : FaultPoint.values()) {
            for (Where where : point.where) {
                for (Way way : point.ends.ways) {
                    places.add(Arguments.of(point, where, way));
                }
            }
        }
        return places.stream();
    }

    /** A queue of {@code Completions} takes plain tasks only. */
    private static Stream<Variant> variants(FaultPoint point) {
        return Stream.of(Variant.values())
                .filter(variant -> variant != Variant.COMPLETIONS || point.form == Form.PLAIN);
    }

    @ParameterizedTest
    @MethodSource("places")
    void a6_e2_whereverForeignCodeThrows(FaultPoint point, Where where, Way way) {
        assertAll(Arrays.stream(Thrown.values())
                .flatMap(thrown -> variants(point).map(variant -> () -> check(point, where, way, thrown, variant))));
    }

    private static void check(FaultPoint point, Where where, Way way, Thrown thrown, Variant variant)
            throws Throwable {
        FaultBench bench = new FaultBench(point, where, thrown.get(), way, variant);
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler(bench.uncaughtHandler());
        try {
            bench.run();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        try {
            if (bench.broken != null) {
                throw bench.broken;
            }
            checkTask(bench);
            checkReports(bench);
            checkInvariants(bench);
            HELD.computeIfAbsent(point, p -> new AtomicInteger()).incrementAndGet();
        } catch (Throwable violation) {
            String which = String.join(", ", point.name(), where.name(), way.name(), thrown.name(), variant.name());
            throw new AssertionError(which, violation);
        }
    }

    static Stream<Arguments> blocks() {
        return Arrays.stream(Thrown.values()).flatMap(thrown -> Arrays.stream(BlockFailure.values())
                .flatMap(policy -> Stream.of(false, true).map(broken -> Arguments.of(thrown, policy, broken))));
    }

    /** A block throws, and {@code fatalIf} may throw, too. A fatal error or ABORT cancels; otherwise the run waits. */
    @ParameterizedTest
    @MethodSource("blocks")
    void c5_whateverTheBlockThrows(Thrown thrown, BlockFailure policy, boolean fatalIfThrows) {
        Throwable fault = thrown.get();
        Thread owner = Thread.currentThread();
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        AtomicReference<GatedTask> sibling = new AtomicReference<>();
        boolean cancels = policy == BlockFailure.ABORT || thrown == Thrown.FATAL && !fatalIfThrows;
        Supervisor.Builder builder = Kind.POOLED.builder().onBlockFailure(policy).fatalIf(failure -> {
            if (fatalIfThrows) {
                throw new IllegalStateException("fatalIf");
            }
            return failure instanceof InternalError;
        });
        try (UncaughtReports uncaught = UncaughtReports.collect()) {
            Throwable result = assertThrows(Throwable.class, () -> builder.run(supervisor -> {
                opened.set(supervisor);
                sibling.set(GatedTask.yielding(Kind.POOLED, supervisor));
                if (!cancels) {
                    Background.run(() -> {
                        Poll.untilBlocked(owner);
                        sibling.get().release();
                    });
                }
                throw Sneaky.<RuntimeException>sneakyThrow(fault);
            }));
            assertSame(fault, result);
            assertEquals(cancels ? Task.Status.CANCELLED : Task.Status.SUCCEEDED, sibling.get().task().status());
            assertEquals(Supervisor.State.FINISHED, opened.get().state());
            assertEquals(0, fault.getSuppressed().length);
            assertFalse(Thread.interrupted());
            boolean asked = fatalIfThrows && policy == BlockFailure.WAIT;
            assertEquals(asked ? 1 : 0, uncaught.seen().size(), () -> uncaught.seen().toString());
        }
    }

    /** Checks the spawn, the outcome of the task, and its callbacks. */
    private static void checkTask(FaultBench bench) throws InterruptedException {
        boolean refused = bench.point.means == Means.REFUSED;
        boolean spawnThrows = refused || bench.point.means == Means.REFUSED_TOO_LATE;
        assertSame(spawnThrows ? bench.fault : null, bench.spawnThrew, "spawn throws");
        boolean bodyRuns = !refused && bench.point != FaultPoint.DECORATED_BEFORE
                && bench.point != FaultPoint.SPEC_DECORATED_BEFORE && !bench.point.ends.isPending();
        assertEquals(bodyRuns ? 1 : 0, bench.runs.get(), "runs of the body");
        if (!spawnThrows) {
            boolean fails = bench.point.means == Means.FAILS;
            assertEquals(fails ? Task.Status.FAILED : bench.point.ends.status, bench.task.status());
            if (bench.way == Way.TIME_LIMIT) {
                assertInstanceOf(TimeoutException.class, bench.task.failure());
            } else {
                assertSame(fails ? bench.fault : bench.blockFailure, bench.task.failure());
            }
        }
        assertSame(bench.point.means == Means.FAILS_FUTURE ? bench.fault : null, bench.failureOfFuture());
        List<String> called = new ArrayList<>(refused ? List.of() : List.of("first", "second", "third"));
        if (!refused && bench.point.form != Form.PLAIN && bench.point.form != Form.SUBMITTED) {
            called.add(0, "spec");
        }
        if (bench.point == FaultPoint.DEPENDENT) {
            called.add(0, "dependent");   // futures are completed before callbacks run
        }
        if (bench.point.isHook()) {
            assertTrue(bench.callbacks.remove("hook"), "the hook has run");
            assertFalse(bench.callbacks.contains("hook"), "it has run once");
        }
        if (bench.task != null && bench.way != Way.CLOSE) {
            called.add("late");
        }
        if (bench.point == FaultPoint.COMPLETION_DEPENDENT) {
            called.add("finished");
        }
        assertEquals(called, bench.callbacks, "callbacks");
    }

    /** Checks the calls of the failure handler and of the uncaught-exception handler. */
    private static void checkReports(FaultBench bench) {
        boolean failed = bench.task != null && bench.task.status() == Task.Status.FAILED;
        assertEquals(failed ? 1 : 0, bench.reports.get(), "reports of the failure");
        assertEquals(0, bench.uncaught.stream().filter(t -> t == bench.fault).count(), "reported unwrapped");
        long wrapped = bench.uncaught.stream().filter(t -> t.getCause() == bench.fault).count();
        boolean interrupt = bench.point == FaultPoint.INTERRUPT || bench.point == FaultPoint.INTERRUPT_FELT;
        if (bench.point == FaultPoint.FATAL_IF || bench.point == FaultPoint.OWNER_INTERRUPT
                || interrupt && bench.fault instanceof StackOverflowError) {   // then the interrupt is tried again
            assertTrue(wrapped >= 1, "reported each time that it is called");
        } else {
            boolean swallowed = bench.point == FaultPoint.CHANNEL && bench.fault instanceof IOException;   // by the JDK
            boolean reported = bench.point.means == Means.REPORTED || bench.point.means == Means.REPORTED_ONLY;
            assertEquals(reported && !swallowed ? 1 : 0, wrapped, "reported as uncaught, wrapped");
        }
        assertEquals(0, bench.fault.getSuppressed().length, "the throwable is left alone");
    }

    /** Checks the sibling, the exit, and what remains. */
    private static void checkInvariants(FaultBench bench) throws InterruptedException {
        Task.Status sibling = bench.expectsSiblingToEnd() ? Task.Status.CANCELLED : Task.Status.RUNNING;
        assertEquals(sibling, bench.siblingWas, "the sibling at the end of the task");
        assertEquals(bench.expectsSiblingToEnd() ? 1 : 0, bench.sibling.interrupts(), "interrupts of the sibling");
        Throwable fatal = bench.point.ends == FaultPoint.Ends.FATALLY ? bench.blockFailure : bench.fault;
        List<Throwable> exits = bench.exits.stream()
                .map(thrown -> bench.way == Way.CLOSE ? thrown.getCause() : thrown).collect(Collectors.toList());
        assertEquals(bench.isFatal() ? List.of(fatal) : List.of(), exits, "thrown by the exits");
        assertEquals(Supervisor.State.FINISHED, bench.supervisor.state());
        assertEquals(0, bench.supervisor.liveCount());
        assertEquals(List.of(), bench.supervisor.tasks());
        assertFalse(bench.leftInterrupted, "the owner's interrupt status is left set");
        assertEquals(bench.way == Way.DRAIN ? !bench.isFatal() : null, bench.drained, "the drain went well");
        if (bench.variant == Variant.LIMITED) {
            assertEquals(2, Peek.freePermits(bench.supervisor), "free permits");
        }
        checkQueue(bench);
    }

    /** Checks the queue: a spawn that has thrown does not count, unless the body had ended before. */
    private static void checkQueue(FaultBench bench) {
        List<Task<?>> taken = new ArrayList<>();
        long pending = bench.completions.pending();
        for (Task<?> task = bench.completions.poll(); task != null; task = bench.completions.poll()) {
            taken.add(task);
        }
        assertEquals(pending, taken.size(), "pending in the queue, and taken");
        if (bench.point.means != Means.REFUSED_TOO_LATE) {
            boolean queued = bench.variant == Variant.COMPLETIONS && bench.task != null;
            assertEquals(queued ? List.of(bench.task) : List.of(), taken);
        }
    }
}
