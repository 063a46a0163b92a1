package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.supervisor.History.Mode;
import dev.supervisor.History.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories, performed on the library and on the {@link ReferenceSupervisor}: after every step both must show
 * the same states, statuses and counts, and all that actors, bodies, callbacks, the failure handler and the
 * uncaught-exception handler have seen must be the same.
 *
 * <p>{@code -Dstress.seed} repeats a run (the seed is printed); {@code -Dstress.scale} lengthens it.
 */
class RandomHistoryTest {

    private static final int HISTORIES = 300;
    private static final int MOST_STEPS = 60;

    private static final double SCALE = Double.parseDouble(System.getProperty("stress.scale", "1"));
    private static final long SEED = Long.getLong("stress.seed", System.nanoTime());

    private final Queue<Throwable> strays = new ConcurrentLinkedQueue<>();
    private Thread.UncaughtExceptionHandler before;

    @BeforeEach
    void listen() {
        before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            Throwable link = thrown;
            while (link != null && !(link instanceof HistoryPlayer.Tagged)) {
                link = link.getCause();
            }
            if (link instanceof HistoryPlayer.Tagged tagged) {
                tagged.uncaught();
            } else {
                strays.add(thrown);
            }
        });
    }

    @AfterEach
    void restore() {
        Thread.setDefaultUncaughtExceptionHandler(before);
        assertEquals(List.of(), List.copyOf(strays), "a throwable that no history has thrown was reported");
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void libraryBehavesAsReference(Kind kind) {
        int histories = (int) Math.ceil(HISTORIES * SCALE);
        System.out.println("RandomHistoryTest " + kind + ": -Dstress.seed=" + SEED + ", " + histories + " histories");
        for (int i = 0; i < histories; i++) {
            compare(kind, SEED + i, library(kind));
        }
    }

    /** The checker can fail: it finds a difference between the reference and a supervisor with one fault. */
    @ParameterizedTest
    @EnumSource
    void faultIsFound(Fault fault) {
        int found = 0;
        for (int i = 0; i < 200 && found == 0; i++) {
            try {
                compare(Kind.POOLED, i, faulty(fault));
            } catch (AssertionError difference) {
                found++;
            }
        }
        assertNotEquals(0, found, "200 histories have not shown " + fault);
    }

    /** The checker is fair: it finds no difference between the reference and itself. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void referenceAgreesWithItself(Kind kind) {
        for (int i = 0; i < 50; i++) {
            compare(kind, SEED + i, (player, owned) -> reference(player, owned));
        }
    }

    // ---- the comparison

    private interface Opener {

        SupervisorUnderTest open(HistoryPlayer player, boolean owned);
    }

    private static void compare(Kind kind, long seed, Opener subjectOpener) {
        Random random = new Random(seed);
        boolean owned = random.nextInt(4) > 0;
        HistoryPlayer expected = new HistoryPlayer(false, player -> reference(player, owned));
        HistoryPlayer actual = new HistoryPlayer(kind.startsThreads() && subjectOpener instanceof LibraryOpener,
                player -> subjectOpener.open(player, owned));
        HistoryWriter writer =
                new HistoryWriter(random, expected, (ReferenceSupervisor) expected.scope(), owned, modes(kind));
        List<Step> history = new ArrayList<>();
        String where = kind + ", seed " + seed + (owned ? ", owned" : ", unowned") + ", after";
        for (int steps = 5 + random.nextInt(MOST_STEPS - 4); steps > 0; steps--) {
            Step step = writer.next();
            history.add(step);
            expected.perform(step);
            try {
                actual.perform(step);
            } catch (RuntimeException | AssertionError stuck) {
                throw new AssertionError(describe(where, history) + "\n" + differences(expected, actual), stuck);
            }
            if (!agree(expected, actual)) {
                throw new AssertionError(describe(where, history) + "\n" + differences(expected, actual));
            }
        }
        expected.finish();
        actual.finish();
        if (!agree(expected, actual)) {
            throw new AssertionError(describe(where, history) + "\n  the end\n" + differences(expected, actual));
        }
        assertEquals(Supervisor.State.FINISHED, actual.scope().state());
    }

    /**
     * Whether both show the same, at the latest after a while: a thread that seems to wait may be about to return,
     * because it has found that there is nothing to wait for. Of what is faulty a second is enough.
     */
    private static boolean agree(HistoryPlayer expected, HistoryPlayer actual) {
        long end = System.nanoTime() + (actual.scope() instanceof Faulty ? 1_000_000_000 : Poll.DEADLINE.toNanos());
        while (!expected.observe().equals(actual.observe()) || !expected.lanes().equals(actual.lanes())) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            Thread.yield();
        }
        return true;
    }

    private static String describe(String where, List<Step> history) {
        StringBuilder text = new StringBuilder(where);
        history.forEach(step -> text.append("\n  ").append(step));
        return text.toString();
    }

    private static String differences(HistoryPlayer expected, HistoryPlayer actual) {
        StringBuilder text = new StringBuilder("expected ").append(expected.observe())
                .append("\nactual   ").append(actual.observe());
        Map<String, List<String>> left = expected.lanes();
        Map<String, List<String>> right = actual.lanes();
        TreeSet<String> names = new TreeSet<>(left.keySet());
        names.addAll(right.keySet());
        for (String name : names) {
            List<String> a = left.getOrDefault(name, List.of());
            List<String> b = right.getOrDefault(name, List.of());
            if (!a.equals(b)) {
                text.append("\n").append(name).append(": expected ").append(a).append("\n").append(name)
                        .append(": actual   ").append(b);
            }
        }
        return text.toString();
    }

    // ---- the matrix

    /**
     * What may happen to a task: everything if the player's executor runs it; if the library starts threads, they only
     * run it.
     */
    private static List<Mode> modes(Kind kind) {
        return switch (kind) {
            case VIRTUAL, SHARED_POOL, PER_TASK -> List.of(Mode.STARTED);
            case CALLER_RUNS -> List.of(Mode.INLINE);
            case POOLED -> List.of(Mode.STARTED, Mode.STARTED, Mode.STARTED_INTERRUPTED, Mode.TWICE, Mode.INLINE,
                    Mode.QUEUED, Mode.QUEUED, Mode.REFUSED, Mode.REFUSED_AFTER_START);
        };
    }

    private static SupervisorUnderTest reference(HistoryPlayer player, boolean owned) {
        return new ReferenceSupervisor(
                "history", owned, player.executor(), player::handle, HistoryPlayer.Fatal.class::isInstance);
    }

    private record LibraryOpener(Kind kind) implements Opener {

        @Override
        public SupervisorUnderTest open(HistoryPlayer player, boolean owned) {
            Supervisor.Builder builder = kind.builder().name("history")
                    .onFailure((task, failure) -> player.handle(task.name(), failure));
            if (!kind.startsThreads()) {
                builder = builder.executor(player.executor());
            }
            return new SupervisorUnderTest.Library((owned ? builder : builder.unowned()).open());
        }
    }

    private static Opener library(Kind kind) {
        return new LibraryOpener(kind);
    }

    // ---- faults, to show that they are found

    private enum Fault {
        SEAL_IGNORED, CANCEL_OF_DONE_IS_TRUE, EVERY_THIRD_CALLBACK_LOST, CALLBACK_TWICE, ABORT_ONLY_SEALS,
        SHUTDOWN_DOES_NOT_WAIT, COUNTS_TOO_MANY, SWALLOWS_FAILURES, LOSES_FATAL, STATE_GOES_BACK
    }

    private static Opener faulty(Fault fault) {
        return (player, owned) -> new Faulty(reference(player, owned), fault);
    }

    private record Faulty(SupervisorUnderTest scope, Fault fault) implements SupervisorUnderTest {

        private boolean is(Fault other) {
            return fault == other;
        }

        @Override
        public Job spawn(String name, Callable<?> body) {
            if (is(Fault.SWALLOWS_FAILURES)) {
                return job(scope.spawn(name, () -> {
                    try {
                        return body.call();
                    } catch (RuntimeException e) {
                        return null;
                    }
                }));
            }
            return job(scope.spawn(name, body));
        }

        @Override
        public void seal() {
            if (!is(Fault.SEAL_IGNORED)) {
                scope.seal();
            }
        }

        @Override
        public void abort() {
            if (is(Fault.ABORT_ONLY_SEALS)) {
                scope.seal();
            } else {
                scope.abort();
            }
        }

        @Override
        public void shutdown() {
            if (is(Fault.SHUTDOWN_DOES_NOT_WAIT)) {
                scope.abort();
            } else {
                scope.shutdown();
            }
        }

        @Override
        public void join() throws InterruptedException {
            try {
                scope.join();
            } catch (InternalError fatal) {
                if (!is(Fault.LOSES_FATAL)) {
                    throw fatal;
                }
            }
        }

        @Override
        public void close() {
            try {
                scope.close();
            } catch (InternalError fatal) {
                if (!is(Fault.LOSES_FATAL)) {
                    throw fatal;
                }
            }
        }

        @Override
        public Supervisor.State state() {
            Supervisor.State state = scope.state();
            return is(Fault.STATE_GOES_BACK) && state == Supervisor.State.EXITING ? Supervisor.State.ENTERED : state;
        }

        @Override
        public long liveCount() {
            return scope.liveCount() + (is(Fault.COUNTS_TOO_MANY) && state() == Supervisor.State.SEALED ? 1 : 0);
        }

        @Override
        public List<? extends Job> jobs() {
            return scope.jobs().stream().map(this::job).toList();
        }

        private Job job(Job job) {
            return new FaultyJob(job, fault);
        }
    }

    private record FaultyJob(SupervisorUnderTest.Job job, Fault fault) implements SupervisorUnderTest.Job {

        @Override
        public String name() {
            return job.name();
        }

        @Override
        public Task.Status status() {
            return job.status();
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            return job.cancel(mayInterruptIfRunning) | fault == Fault.CANCEL_OF_DONE_IS_TRUE;
        }

        @Override
        public void onDone(Consumer<? super SupervisorUnderTest.Job> callback) {
            if (fault == Fault.EVERY_THIRD_CALLBACK_LOST && callback.hashCode() % 3 == 0) {
                return;
            }
            job.onDone(callback);
            if (fault == Fault.CALLBACK_TWICE) {
                job.onDone(callback);
            }
        }

        @Override
        public Object get() throws InterruptedException, ExecutionException {
            return job.get();
        }
    }
}
