package dev.supervisor.engine;

import dev.supervisor.Background;
import dev.supervisor.Completions;
import dev.supervisor.FailureHandler;
import dev.supervisor.Overflow;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A recursion that spawns in the calling thread until its stack overflows, each time somewhere else in our frames. */
final class Recursion implements Callable<@Nullable Void> {

    static final String RESULT = "violations: ";

    private static final long SMALLEST_STACK = 180_000;
    private static final int MORE_STACK = 150_000;
    private static final long DEADLINE_SECONDS = 20;
    private static final int MOST = 1_000_000;
    /** How many tasks a dive spawns before it begins. */
    private static final int BEFORE = 20;

    /**
     * How each level of the recursion calls the next one. Those of DIVES do something on the way back, where there is a
     * little more room at each level.
     */
    enum Way {
        PLAIN, NAMED, OBSERVED, HANDED_OVER, TAKEN, LIMITED, SPECIFIED, SHIELDED, ASYNC, VIEWED, NESTED, CANCELLED,
        SPAWNED, POLLED, CALLED_BACK, DROPPED, ABORTED, DRAINED, SHUT_DOWN, SEALED, CONSUMED
    }

    static final Set<Way> DIVES = EnumSet.range(Way.SPAWNED, Way.CONSUMED);
    /** Those for whose end a thread waits from the beginning. */
    private static final Set<Way> AWAITED = EnumSet.range(Way.DROPPED, Way.SHUT_DOWN);
    /** Those that bring about the end themselves. */
    private static final Set<Way> ENDED = EnumSet.range(Way.ABORTED, Way.CONSUMED);
    private static final Set<Way> NEVER_RUN = EnumSet.of(Way.CALLED_BACK, Way.DROPPED, Way.ABORTED, Way.SHUT_DOWN);

    /** Objects that a thread notes without a call, since its stack may be full. */
    private static final class Notes {

        private final Object[] all = new Object[20_000];
        private int count;

        List<Object> toList() {
            return Arrays.asList(all).subList(0, count);
        }

        Set<Object> toSet() {
            Set<Object> set = Collections.newSetFromMap(new IdentityHashMap<>());
            set.addAll(toList());
            return set;
        }

        boolean hasDuplicates() {
            return toSet().size() < count;
        }
    }

    /** Counts its calls. */
    private static final class Counted implements Consumer<Task<?>> {

        private boolean isRegistered;
        private int calls;

        @Override
        public void accept(Task<?> task) {
            calls++;
        }

        boolean isWrong() {
            return calls > 1 || isRegistered && calls == 0;
        }
    }

    private final Way way;
    private final Supervisor supervisor;
    private final Completions<@Nullable Void> completions;
    private final TaskSpec spec;
    private final ExecutorService view;

    private final Notes spawned = new Notes();
    private final Notes notified = new Notes();
    private final Counted[] callbacks = Stream.generate(Counted::new).limit(2_000).toArray(Counted[]::new);
    private int attempts;
    private int blocks;
    private final List<Background<Void>> waiters = new ArrayList<>();
    private final CountDownLatch completed = new CountDownLatch(1);
    /** How many of the calls on the way back have returned. */
    private int returned;

    private Recursion(Way way) {
        this.way = way;
        Supervisor.Builder builder = builder().unowned();
        if (way == Way.LIMITED || way == Way.SPECIFIED) {
            builder.maxTasks(MOST, Overflow.REJECT);
        } else if (NEVER_RUN.contains(way)) {
            builder.executor(neverRun -> { });
        }
        supervisor = builder.open();
        completions = supervisor.completions();
        spec = supervisor.spec("specified").timeout(Duration.ofHours(1)).onDone(this::note);
        view = supervisor.asExecutorService();
        supervisor.completion().thenRun(completed::countDown);
        if (DIVES.contains(way)) {
            for (int i = 0; i < BEFORE; i++) {
                spawn();
            }
        }
    }

    private static Supervisor.Builder builder() {
        return Supervisor.builder().executor(Runnable::run).onFailure(FailureHandler.ignore());
    }

    @Override
    public @Nullable Void call() throws Exception {
        Object task = next();
        if (task != null) {
            spawned.all[spawned.count] = task;
            spawned.count++;
        }
        if (way == Way.TAKEN) {
            take();
        } else if (way == Way.CANCELLED) {
            supervisor.abort();
        }
        return null;
    }

    private @Nullable Object next() throws Exception {
        return switch (way) {
            case PLAIN, LIMITED, CANCELLED -> supervisor.spawn(this);
            case NAMED -> supervisor.spawn("named", this);
            case OBSERVED -> Admission.<@Nullable Void>admit(
                    (Scope) supervisor, null, this, (Callback.Observer) this::note);
            case HANDED_OVER, TAKEN -> completions.spawn(this);
            case SPECIFIED -> spec.spawn(this);
            case SHIELDED -> supervisor.spawnWithSelf(self -> self.shield(Duration.ofHours(1), this::call));
            case ASYNC -> supervisor.spawnAsync(this::stage);
            case VIEWED -> view.submit(this);
            case NESTED -> {
                builder().run(this::block);
                yield null;
            }
            case SPAWNED, POLLED, CALLED_BACK, DROPPED, ABORTED, DRAINED, SHUT_DOWN, SEALED, CONSUMED -> {
                dive();
                yield null;
            }
        };
    }

    private void dive() {
        try {
            call();
        } catch (Exception | StackOverflowError full) {
            // One level up there is more room.
        }
        try {
            if (way == Way.SPAWNED && spawned.count < 2 * BEFORE) {
                spawn();
            } else if (way == Way.POLLED) {
                take();
            } else if (way == Way.DROPPED && returned < BEFORE) {
                ((Task<?>) spawned.all[returned]).cancel();
                returned++;
            } else if (way == Way.CALLED_BACK && returned < BEFORE) {
                register((Task<?>) spawned.all[returned]);
                returned++;
            } else if (ENDED.contains(way) && returned == 0) {
                end();
                returned++;
            }
        } catch (StackOverflowError cutOff) {
            // Once more, one level up.
        }
    }

    private void register(Task<?> task) {
        Counted callback = callbacks[attempts];
        attempts++;
        task.onDone(callback);
        callback.isRegistered = true;
    }

    private void end() {
        switch (way) {
            case ABORTED -> supervisor.abort();
            case DRAINED -> supervisor.drain(Duration.ofHours(1));
            case SHUT_DOWN -> view.shutdownNow();
            default -> supervisor.seal();
        }
    }

    private CompletionStage<@Nullable Void> stage() throws Exception {
        call();
        return CompletableFuture.completedFuture(null);
    }

    private void block(Supervisor block) {
        blocks++;
        block.spawn(this);
    }

    private void note(Task<?> task) {
        notified.all[notified.count] = task;
        notified.count++;
    }

    private void spawn() {
        Task<?> task = completions.spawn(() -> null);
        spawned.all[spawned.count] = task;
        spawned.count++;
    }

    private boolean take() {
        Task<?> task = completions.poll();
        if (task == null) {
            return false;
        }
        notified.all[notified.count] = task;
        notified.count++;
        return true;
    }

    /** One recursion on a thread with a stack of this size; returns what is wrong afterwards. */
    private static List<String> violationsOfOne(Way way, long stackSize) throws InterruptedException {
        Recursion recursion = new Recursion(way);
        Thread thread = new Thread(null, recursion::overflow, "recursion", stackSize);
        thread.setDaemon(true);
        if (AWAITED.contains(way)) {
            recursion.waiters.add(Background.blockedIn(recursion::awaitEnd));
        } else if (way == Way.CONSUMED) {
            Completions<Object> others = recursion.supervisor.completions();   // which nothing is spawned through
            recursion.waiters.add(Background.blockedIn(() -> others.poll(Duration.ofHours(1))));
        }
        thread.start();
        thread.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
        return thread.isAlive() ? new ArrayList<>(List.of("the recursion hangs")) : recursion.violations();
    }

    private void overflow() {
        try {
            call();
        } catch (Exception | StackOverflowError expected) {
            // Thrown by the outermost spawn; the others failed their tasks with it.
        }
    }

    /** A join, unless the recursion itself is to bring about the end. */
    private void awaitEnd() throws InterruptedException {
        if (ENDED.contains(way)) {
            supervisor.awaitFinished(Duration.ofHours(1));
        } else {
            supervisor.join();
        }
    }

    private List<String> violations() throws InterruptedException {
        List<String> wrong = new ArrayList<>();
        if (way == Way.CALLED_BACK) {
            supervisor.abort();
        }
        if (!AWAITED.contains(way)) {
            waiters.add(Background.run(this::awaitEnd));
        }
        for (Background<Void> waiter : waiters) {
            waiter.thread().join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
            if (!waiter.hasEnded()) {
                wrong.add("a thread waits for " + supervisor.tasks());
                return wrong;
            }
            waiter.join();
        }
        check(wrong, completed.await(DEADLINE_SECONDS, TimeUnit.SECONDS), "the completion is not told");
        check(wrong, spawned.count > 10 || blocks > 10, "no recursion");
        check(wrong, supervisor.state() == Supervisor.State.FINISHED, "it is " + supervisor.state());
        check(wrong, spawned.toList().stream().allMatch(task -> ((Future<?>) task).isDone()),
                "a task is not done whose spawn has returned");
        Permits permits = ((Scope) supervisor).permits();
        check(wrong, permits == null || permits.free == MOST, "a permit is missing");
        if (way == Way.OBSERVED) {   // at least once (Callback.Observer)
            check(wrong, notified.toSet().containsAll(spawned.toList()), "a task is not notified");
        } else if (way == Way.SPECIFIED) {   // a hook whose call is cut off has been called
            check(wrong, !notified.hasDuplicates(), "a hook runs twice");
        } else if (way == Way.CALLED_BACK) {
            check(wrong, Stream.of(callbacks).noneMatch(Counted::isWrong), "a callback is not called once");
        } else if (way == Way.HANDED_OVER || way == Way.TAKEN || DIVES.contains(way)) {
            while (take()) {
                // each
            }
            check(wrong, completions.pending() == 0, completions.pending() + " are pending for ever");
            check(wrong, !notified.hasDuplicates(), "a task is handed over twice");
            check(wrong, notified.toSet().containsAll(spawned.toList()), "a task is not handed over");
        }
        return wrong;
    }

    private static void check(List<String> wrong, boolean right, String violation) {
        if (!right) {
            wrong.add(violation);
        }
    }

    /** So many recursions, with different stacks, until one leaves something wrong; returns that. */
    static List<String> violations(Way way, int rounds) throws InterruptedException {
        Random random = new Random(way.ordinal());
        for (int round = 0; round < rounds; round++) {
            List<String> wrong = violationsOfOne(way, SMALLEST_STACK + random.nextInt(MORE_STACK));
            if (!wrong.isEmpty()) {
                wrong.add("in round " + round);
                return wrong;
            }
        }
        return List.of();
    }

    /** A program, for a JVM of its own: the way, and how many rounds. */
    public static void main(String[] args) throws InterruptedException {
        System.out.println(RESULT + violations(Way.valueOf(args[0]), Integer.parseInt(args[1])));
        Runtime.getRuntime().halt(0);
    }
}
