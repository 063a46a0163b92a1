package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Everything at once. In each round several threads, the owner among them, spawn, cancel, register callbacks, seal and
 * abort. Bodies and callbacks do the same, fail, wait, or swallow interrupts. The owner leaves in one of all ways, a
 * shutdown by another thread among them. Then the books must balance: each accepted task has one outcome, the one that
 * the end of its body implies; each callback has run once; each failure was reported once; no task is live; and no
 * thread is left interrupted.
 *
 * <p>The choices of actors and bodies come from a seed, the interleaving does not. {@code -Dstress.seed} sets it,
 * {@code -Dstress.scale} stretches the time (1 is two seconds for each executor).
 */
class StressTest {

    private static final double SCALE = Double.parseDouble(System.getProperty("stress.scale", "1"));
    private static final long SEED = Long.getLong("stress.seed", System.nanoTime());
    private static final long NANOS = (long) (2e9 * SCALE);

    /** What runs the tasks. */
    private enum Runs {
        /** A {@link ChaoticExecutor}: on a pooled thread, in the spawner, late, never, twice, or it refuses. */
        CHAOS,
        DEFAULT,
        /** Threads from a factory that sometimes returns null or throws. */
        FACTORY,
        COMMON_POOL,
        CALLER
    }

    /** How the owner leaves. */
    private enum Exit { JOIN, CLOSE, EARLY_CLOSE, SHUT_DOWN_BY_STRANGER, INTERRUPTED_JOIN, FATAL }

    private final Queue<Throwable> strays = new ConcurrentLinkedQueue<>();
    private Thread.UncaughtExceptionHandler before;

    @BeforeEach
    void listen() {
        before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            for (Throwable link = thrown; link != null; link = link.getCause()) {
                if (link instanceof Boom || link instanceof FatalBoom) {
                    return;
                }
            }
            strays.add(thrown);
        });
    }

    @AfterEach
    void restore() {
        Thread.setDefaultUncaughtExceptionHandler(before);
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void booksBalance(Runs runs) throws InterruptedException {
        System.out.println("StressTest " + runs + ": -Dstress.seed=" + SEED);
        long start = System.nanoTime();
        Map<Exit, Integer> exits = new EnumMap<>(Exit.class);
        long accepted = 0;
        long refused = 0;
        for (long seed = SEED; System.nanoTime() - start < NANOS || exits.size() < Exit.values().length; seed++) {
            Round round = new Round(runs, seed);
            round.play();
            exits.merge(round.exit, 1, Integer::sum);
            accepted += round.accepted;
            refused += round.refused;
        }
        System.out.println("StressTest " + runs + ": accepted " + accepted + ", refused " + refused + ", " + exits);
        assertTrue(accepted > 0 && refused > 0, "a stress test that stresses nothing");
        assertEquals(List.of(), List.copyOf(strays), "a throwable that no task has thrown was reported");
    }

    /** How a body has ended, as it has recorded itself. */
    private enum Fate { RETURNED, THREW, CANCELLED_ITSELF, INTERRUPTED }

    private static final class Boom extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class FatalBoom extends InternalError {
        private static final long serialVersionUID = 1L;
    }

    /** One spawn, accepted or refused. */
    private final class Entry {

        private final String name;
        private final long seed;
        private final int depth;
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final AtomicInteger handled = new AtomicInteger();
        private final Queue<AtomicInteger> callbacks = new ConcurrentLinkedQueue<>();
        private volatile Fate fate;
        private volatile Task<?> task;
        private volatile Throwable refused;

        Entry(int id, long seed, int depth) {
            this.name = "t" + id;
            this.seed = seed;
            this.depth = depth;
        }
    }

    private final class Round {

        private final Runs runs;
        private final long seed;
        private final Exit exit;
        private final Map<String, Entry> entries = new ConcurrentHashMap<>();
        private final List<Entry> known = new ArrayList<>();
        private final AtomicInteger ids = new AtomicInteger();
        private final Queue<Runnable> late = new ConcurrentLinkedQueue<>();
        private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
        private final Queue<Throwable> fatals = new ConcurrentLinkedQueue<>();
        private final CountDownLatch gate = new CountDownLatch(1);
        private final ThreadLocal<Integer> bodies = ThreadLocal.withInitial(() -> 0);
        private final int actors;
        private final int steps;
        private final boolean mayAbort;
        /** How many runnables a pool has queued or runs. */
        private final AtomicInteger pooled = new AtomicInteger();
        private volatile Supervisor supervisor;
        /** The owner joins, so tasks that the executor has dropped have to be cancelled. */
        private volatile boolean leaving;
        private volatile boolean over;
        private long accepted;
        private long refused;

        Round(Runs runs, long seed) {
            this.runs = runs;
            this.seed = seed;
            Random random = new Random(seed);
            exit = Exit.values()[random.nextInt(Exit.values().length)];
            actors = 1 + random.nextInt(4);
            steps = 10 + random.nextInt(150);
            mayAbort = random.nextBoolean();
        }

        @Override
        public String toString() {
            return runs + ", -Dstress.seed=" + seed + ", " + exit;
        }

        // ---- the round

        void play() throws InterruptedException {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch opened = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 1; i <= actors; i++) {
                Random random = new Random(seed * 31 + i);
                threads.add(Kind.daemon(() -> {
                    Poll.await(opened);
                    for (int step = 0; step < steps; step++) {
                        act(random, 2);
                    }
                    if (Thread.interrupted()) {
                        complaints.add("an actor carries an interrupt");
                    }
                }));
            }
            Thread pump = Kind.daemon(() -> {
                while (!over) {
                    runLate();
                    if (leaving) {
                        cancelPending();
                    }
                    Thread.yield();
                }
            });
            Thread owner = Kind.daemon(() -> {
                try {
                    own(opened, threads);
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            threads.forEach(Thread::start);
            pump.start();
            owner.start();
            await(owner);
            for (Thread thread : threads) {
                await(thread);
            }
            over = true;
            await(pump);
            runLate(); // these tasks come too late, and are empty shells
            Poll.until("the pools are at rest", () -> pooled.get() == 0);
            if (failure.get() != null) {
                throw new AssertionError(toString(), failure.get());
            }
            balance();
        }

        private void own(CountDownLatch opened, List<Thread> threads) throws InterruptedException {
            supervisor = configure().open();
            opened.countDown();
            Random random = new Random(seed * 31);
            Throwable thrown = null;
            try {
                for (int step = 0; step < steps / 2; step++) {
                    act(random, 2);
                }
                leave(threads);
            } catch (FatalBoom e) {
                thrown = e;
            } catch (CompletionException e) {   // as close throws it
                thrown = e.getCause();
            }
            if (Thread.interrupted()) {
                complaints.add("the owner carries an interrupt after its exit");
            }
            if (thrown == null ? !fatals.isEmpty() : !fatals.contains(thrown)) {
                complaints.add("fatal errors " + fatals + ", but the exit has thrown " + thrown);
            }
            afterExit();
        }

        private void leave(List<Thread> threads) throws InterruptedException {
            switch (exit) {
                case EARLY_CLOSE -> supervisor.close();
                case CLOSE -> {
                    awaitAll(threads);
                    supervisor.close();
                }
                case JOIN -> {
                    leaving = true;
                    awaitAll(threads);
                    supervisor.join();
                }
                case INTERRUPTED_JOIN -> {
                    Thread interrupter = Kind.daemon(Thread.currentThread()::interrupt);
                    interrupter.start();
                    try {
                        supervisor.join();
                    } catch (InterruptedException e) {
                        supervisor.close();
                    }
                    await(interrupter);
                    Thread.interrupted(); // from outside, and it may have come late
                }
                case SHUT_DOWN_BY_STRANGER -> {
                    Thread stopper = Kind.daemon(supervisor::shutdown);
                    stopper.start();
                    try {
                        supervisor.join();
                    } catch (InterruptedException e) {
                        complaints.add("the interrupt that was meant for the owner's block has ended its join");
                        supervisor.close();
                    }
                    await(stopper);
                }
                case FATAL -> {
                    try {
                        supervisor.spawn("fatal", (Action) this::fail);
                    } catch (RejectedExecutionException | Boom | OutOfMemoryError refusal) {
                        Thread.yield(); // by the executor, or after an abort; the body may have begun all the same
                    }
                    awaitAll(threads);
                    supervisor.close();
                }
            }
        }

        /** Checks, once the owner has left, that no body runs, no task is live, and the supervisor is finished. */
        private void afterExit() {
            assertEquals(Supervisor.State.FINISHED, supervisor.state());
            assertEquals(0, supervisor.liveCount());
            assertEquals(List.of(), supervisor.tasks());
            for (Entry entry : entries.values()) {
                Task<?> task = entry.task;
                if (task != null && !task.isDone()) {
                    complaints.add(entry.name + " is " + task.status() + " after the exit");
                }
                if (entry.begun.get() != entry.ended.get()) {
                    complaints.add("the body of " + entry.name + " runs after the exit");
                }
            }
        }

        private void balance() {
            Map<Task.Status, Integer> outcomes = new EnumMap<>(Task.Status.class);
            int handled = 0;
            for (Entry entry : entries.values()) {
                check(entry);
                if (entry.task != null) {
                    accepted++;
                    handled += entry.handled.get();
                    outcomes.merge(entry.task.status(), 1, Integer::sum);
                } else {
                    refused++;
                }
            }
            assertEquals(List.of(), List.copyOf(complaints), this::toString);
            int failed = outcomes.getOrDefault(Task.Status.FAILED, 0);
            assertEquals(accepted, outcomes.getOrDefault(Task.Status.SUCCEEDED, 0) + failed
                    + outcomes.getOrDefault(Task.Status.CANCELLED, 0), () -> this + " " + outcomes);
            assertEquals(failed, handled, this::toString);
            assertEquals(0, supervisor.liveCount());
        }

        private void check(Entry entry) {
            int begun = entry.begun.get();
            if (begun > 1 || begun != entry.ended.get()) {
                complaints.add(entry.name + " has begun " + begun + " times and ended " + entry.ended.get() + " times");
            }
            for (AtomicInteger callback : entry.callbacks) {
                if (callback.get() != 1) {
                    complaints.add("a callback of " + entry.name + " has run " + callback.get() + " times");
                }
            }
            if (entry.task == null) {
                assertNotNull(entry.refused, entry.name);
                if (entry.fate == Fate.THREW != (entry.handled.get() == 1) && entry.fate != Fate.INTERRUPTED) {
                    complaints.add(entry.name + ", refused after its start, was reported " + entry.handled + " times");
                }
                return;
            }
            Task.Status status = entry.task.status();
            Task.Status earned = entry.fate == null ? Task.Status.CANCELLED : switch (entry.fate) {
                case RETURNED -> Task.Status.SUCCEEDED;
                case THREW -> Task.Status.FAILED;
                case CANCELLED_ITSELF -> Task.Status.CANCELLED;
                // the interrupt of an inline task may have been meant for its spawner, which has the same thread
                case INTERRUPTED -> inlinePossible() && status == Task.Status.FAILED ? status : Task.Status.CANCELLED;
            };
            if (status != earned) {
                complaints.add(entry.name + " is " + status + ", though its body has " + entry.fate);
            }
            if (entry.handled.get() != (status == Task.Status.FAILED ? 1 : 0)) {
                complaints.add(entry.name + ", " + status + ", was reported " + entry.handled + " times");
            }
        }

        private boolean inlinePossible() {
            return runs == Runs.CALLER || runs == Runs.CHAOS;
        }

        // ---- what actors, bodies and callbacks do

        private void act(Random random, int depth) {
            int dice = random.nextInt(1000);
            if (dice < 550) {
                spawn(random, depth);
            } else if (dice < 800) {
                Task<?> task = any(random);
                if (task != null) {
                    task.cancel(random.nextBoolean());
                }
            } else if (dice < 950) {
                Entry entry = anyEntry(random);
                if (entry != null && entry.task != null) {
                    register(entry, random, depth);
                }
            } else if (dice < 980) {
                int around = bodies.get();
                long live = supervisor.liveCount();
                int spawned = ids.get() + 1;   // the fatal one besides
                if (live < around || live > spawned) {   // an assertion could be taken for the failure of a body
                    complaints.add(live + " live, of " + spawned + " spawned, " + around + " of them around");
                }
                supervisor.tasks().forEach(task -> assertNotNull(task.status()));
                assertFalse(supervisor.toString().isEmpty());
            } else if (mayAbort && dice < 985) {
                supervisor.abort();
            } else if (mayAbort && dice < 988) {
                supervisor.seal();
            }
        }

        private void spawn(Random random, int depth) {
            Entry entry = new Entry(ids.incrementAndGet(), random.nextLong(), depth);
            entries.put(entry.name, entry);
            synchronized (known) {
                known.add(entry);
            }
            try {
                entry.task = supervisor.<Object>spawn(entry.name, () -> body(entry));
                for (int n = random.nextInt(3); n > 0; n--) {
                    register(entry, random, depth);
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                entry.refused = e;
                if (!(e instanceof RejectedExecutionException || e instanceof Boom || e instanceof OutOfMemoryError
                        || runs == Runs.FACTORY)) {
                    complaints.add(entry.name + " was refused with " + e);
                }
            }
        }

        private void register(Entry entry, Random random, int depth) {
            AtomicInteger calls = new AtomicInteger();
            long seed = random.nextLong();
            entry.task.onDone(task -> {
                calls.incrementAndGet();
                if (bodies.get() == 0 && Thread.currentThread().isInterrupted()) {
                    complaints.add("a callback of " + entry.name + " finds its status set");
                }
                Random mine = new Random(seed);
                if (mine.nextInt(4) == 0 && depth > 0) {
                    act(mine, depth - 1);
                }
                if (mine.nextInt(5) == 0) {
                    throw new Boom();
                }
            });
            entry.callbacks.add(calls);
        }

        private Object body(Entry entry) throws Exception {
            entry.begun.incrementAndGet();
            bodies.set(bodies.get() + 1);
            Fate fate = Fate.THREW;
            try {
                act(entry);
                fate = Fate.RETURNED;
                return entry.name;
            } catch (CancellationException e) {
                fate = Fate.CANCELLED_ITSELF;
                throw e;
            } catch (InterruptedException e) {
                fate = Fate.INTERRUPTED;
                throw e;
            } finally {
                entry.fate = fate;
                bodies.set(bodies.get() - 1);
                entry.ended.incrementAndGet();
            }
        }

        private void act(Entry entry) throws InterruptedException {
            Random random = new Random(entry.seed);
            switch (random.nextInt(8)) {
                case 0 -> throw new Boom();
                case 1 -> throw new CancellationException();
                case 2, 3 -> gate.await(2, TimeUnit.MILLISECONDS); // until it is cancelled, or the time is over
                case 4 -> {
                    try {
                        gate.await(1, TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        Thread.yield(); // ignores its interrupt
                    }
                }
                case 5 -> {
                    if (entry.depth > 0) {
                        for (int n = random.nextInt(4); n > 0; n--) {
                            act(random, entry.depth - 1);
                        }
                    }
                }
                case 6 -> waitFor(any(random));
                default -> Thread.yield();
            }
        }

        private void waitFor(Task<?> other) throws InterruptedException {
            if (other == null) {
                return;
            }
            try {
                other.get(500, TimeUnit.MICROSECONDS);
            } catch (ExecutionException | TimeoutException | IllegalStateException e) {
                Thread.yield(); // failed, slow, cancelled (an illegal state, too), or this very task: any will do
            }
        }

        private void fail() {
            FatalBoom fatal = new FatalBoom();
            fatals.add(fatal);
            throw fatal;
        }

        private Task<?> any(Random random) {
            Entry entry = anyEntry(random);
            return entry == null ? null : entry.task;
        }

        private Entry anyEntry(Random random) {
            synchronized (known) {
                return known.isEmpty() ? null : known.get(random.nextInt(known.size()));
            }
        }

        // ---- executors

        private Supervisor.Builder configure() {
            Supervisor.Builder builder = Supervisor.builder().name("stress").onFailure((task, failure) -> {
                Entry entry = entries.get(task.name());
                if (entry != null) {
                    entry.handled.incrementAndGet();
                    if (entry.seed % 7 == 0) {
                        throw new Boom();
                    }
                } else if (!fatals.contains(failure)) {
                    complaints.add("an unknown task was reported: " + task);
                }
            });
            AtomicInteger calls = new AtomicInteger();
            return switch (runs) {
                case DEFAULT -> builder;
                case CALLER -> builder.executor(Runnable::run);
                case COMMON_POOL -> builder.executor(watched(ForkJoinPool.commonPool()));
                case FACTORY -> builder.threadFactory(body -> switch (calls.incrementAndGet() % 50) {
                    case 7 -> null;
                    case 17 -> throw new Boom();
                    default -> Kind.daemon(body);
                });
                case CHAOS -> builder.executor(new ChaoticExecutor(seed, watched(Kind.POOL), late, Boom::new));
            };
        }

        private Executor watched(Executor executor) {
            return task -> {
                pooled.incrementAndGet();
                executor.execute(() -> {
                    task.run();
                    if (Thread.interrupted()) {
                        complaints.add("a pooled thread carries an interrupt");
                    }
                    pooled.decrementAndGet();
                });
            };
        }

        private void runLate() {
            for (Runnable task = late.poll(); task != null; task = late.poll()) {
                task.run();
                if (Thread.interrupted()) {
                    complaints.add("a thread that runs late tasks carries an interrupt");
                }
            }
        }

        /** Cancels pending tasks, since a join would wait for those that the executor has dropped. */
        private void cancelPending() {
            supervisor.tasks().stream().filter(task -> task.status() == Task.Status.PENDING).forEach(Task::cancel);
        }

        // ---- waiting

        private void awaitAll(List<Thread> threads) {
            for (Thread thread : threads) {
                await(thread);
            }
        }

        /** Joins the thread uninterruptibly (the status is restored). */
        private void await(Thread thread) {
            boolean interrupted = false;
            long end = System.nanoTime() + Poll.DEADLINE.toNanos();
            while (thread.isAlive()) {
                try {
                    thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                if (thread.isAlive() && System.nanoTime() - end > 0) {
                    AssertionError stuck = new AssertionError(this + ": stuck " + thread);
                    stuck.setStackTrace(thread.getStackTrace());
                    throw stuck;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
