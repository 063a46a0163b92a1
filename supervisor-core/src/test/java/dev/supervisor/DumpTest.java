package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tree of a supervisor as text: O2. */
@Timeout(120)
class DumpTest {

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static String dump(Supervisor supervisor, DumpOption... options) {
        StringBuilder out = new StringBuilder();
        try {
            supervisor.dump(out, options);
        } catch (IOException e) {
            throw new AssertionError("a StringBuilder throws nothing", e);
        }
        return out.toString();
    }

    /** Lines, each with its line feed. */
    private static String lines(String... lines) {
        return String.join("\n", lines) + "\n";
    }

    private static Supervisor.Builder unowned(Kind kind, String name) {
        return kind.builder().name(name).unowned();
    }

    /** How the dump tells a task that has begun, and waits. */
    private static String line(GatedTask task, String status) {
        Poll.untilBlocked(task.thread());
        return "Task \"" + task.task().name() + "\": " + status + ", age unknown, thread \"" + task.thread().getName()
                + "\" " + task.thread().getState().name().toLowerCase(Locale.ROOT);
    }

    private static String line(GatedTask task) {
        return line(task, "running");
    }

    /** A supervisor whose tasks never run. */
    private static Supervisor withoutThreads(String name) {
        return Supervisor.builder().name(name).unowned().executor(task -> { }).open();
    }

    // a supervisor

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_aSupervisorHasALineWithItsNameStateCountAndOwner(Kind kind) throws Exception {
        Thread me = Thread.currentThread();
        try (Supervisor supervisor = kind.builder().name("owned").open()) {
            assertEquals(lines("Supervisor \"owned\": entered, 0 live, owner \"" + me.getName() + "\" runnable"),
                    dump(supervisor));
        }
        Supervisor supervisor = unowned(kind, "unowned").open();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        assertTrue(dump(supervisor).startsWith("Supervisor \"unowned\": entered, 1 live, no owner\n"));
        supervisor.seal();
        assertTrue(dump(supervisor).startsWith("Supervisor \"unowned\": sealed, 1 live, no owner\n"));
        supervisor.abort();
        assertTrue(dump(supervisor).startsWith("Supervisor \"unowned\": aborting, 1 live, no owner\n"));
        task.release();
        supervisor.join();
        assertEquals(lines("Supervisor \"unowned\": finished, 0 live, 1 succeeded, no owner"), dump(supervisor));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_whatWasCountedStandsInTheLineWhereItIsNotZero(Kind kind) {
        Supervisor supervisor = kind.builder().name("http").unowned().onFailure(FailureHandler.ignore()).open();
        for (int i = 0; i < 1_234; i++) {
            supervisor.spawn(() -> { });
        }
        supervisor.spawn(() -> {
            throw new IllegalStateException("on purpose");
        });
        GatedTask.stubborn(kind, supervisor).release();
        Poll.until("none live", () -> supervisor.liveCount() == 0);
        supervisor.seal();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> { }));
        assertEquals(lines("Supervisor \"http\": finished, 0 live, 1,235 succeeded, 1 failed, 1 refused, no owner"),
                dump(supervisor));
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_oneWithoutANameHasTheOneThatWasMadeUp(Kind kind) {
        try (Supervisor supervisor = kind.open()) {
            assertTrue(dump(supervisor).startsWith("Supervisor \"" + supervisor.name() + "\": entered"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_anOwnerThatHasEndedWithoutAnExitIsTold(Kind kind) {
        Background<Supervisor> owner = Background.call(() -> kind.builder().name("left").open());
        Supervisor left = owner.join();
        Poll.until("ended", () -> !owner.thread().isAlive());
        assertEquals(lines("Supervisor \"left\": entered, 0 live, owner \"" + owner.thread().getName() + "\" has ended"),
                dump(left));
        left.shutdown();
    }

    // tasks

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_aTaskHasALineWithItsNameStatusAndThread(Kind kind) {
        Supervisor supervisor = unowned(kind, "http").open();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        String first = "Supervisor \"http\": entered, 1 live, no owner";
        assertEquals(lines(first, "  " + line(task)), dump(supervisor));
        task.task().cancel();
        task.untilTold();
        assertEquals(lines(first, "  " + line(task, "running, cancel requested")), dump(supervisor));
        task.release();
        supervisor.shutdown();
    }

    @Test
    void o2_aTaskThatHasNotStartedHasNoThread() {
        Supervisor supervisor = withoutThreads("queue");
        supervisor.spawn("waiting", () -> { });
        assertEquals(lines("Supervisor \"queue\": entered, 1 live, no owner",
                "  Task \"waiting\": pending, age unknown, no thread"), dump(supervisor));
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_anAsyncTaskHasNoThread(Kind kind) {
        Supervisor supervisor = unowned(kind, "events").open();
        supervisor.spec("call").spawnAsync(() -> new CompletableFuture<>());
        assertEquals(lines("Supervisor \"events\": entered, 1 live, no owner",
                "  Task \"call\": running, age unknown, no thread"), dump(supervisor));
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_theAgeOfATaskWithATimeLimitIsKnown(Kind kind) {
        Supervisor supervisor = unowned(kind, "limited").open();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Background.run(() -> supervisor.spec("call").timeout(Duration.ofHours(1)).spawn(() -> {
            begun.countDown();
            Poll.await(end);
        }));
        Poll.await(begun);
        String line = dump(supervisor).lines().toList().get(1);
        assertTrue(line.matches("  Task \"call\": running, age \\d\\d?\\.\\d\\d\\d s, thread \".*"), line);
        end.countDown();
        Background.run(supervisor::join).join();
    }

    /** A limit of centuries is later than all that the alarm knows. */
    @Test
    void o2_theAgeOfATaskWithALimitBeyondAllTimeIsUnknown() {
        Supervisor supervisor = withoutThreads("limited");
        supervisor.spec("call").timeout(Duration.ofSeconds(Long.MAX_VALUE)).spawn(() -> { });
        assertTrue(dump(supervisor).contains("  Task \"call\": pending, age unknown, no thread\n"));
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_theAgeIsKnownIfTimesAreRecorded(Kind kind) {
        Supervisor supervisor = unowned(kind, "http").recordTimes().open();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        assertTrue(dump(supervisor).matches("(?s).* age \\d+\\.\\d{3} s, thread .*"), () -> dump(supervisor));
        task.release();
        supervisor.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_aTaskWhoseBodyHasEndedIsThereUntilItsCallbacksHave(Kind kind) {
        Supervisor supervisor = unowned(kind, "http").open();
        AtomicReference<String> seen = new AtomicReference<>();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        task.task().onDone(done -> seen.set(dump(supervisor)));
        task.release();
        Poll.until("none live", () -> supervisor.liveCount() == 0);
        assertEquals(lines("Supervisor \"http\": entered, 1 live, no owner", "  Task \"" + task.task().name()
                + "\": succeeded, age unknown, thread \"" + task.thread().getName() + "\" runnable"), seen.get()
                .replaceAll("thread \".*\"", "thread \"" + task.thread().getName() + "\""));
        assertEquals(lines("Supervisor \"http\": entered, 0 live, 1 succeeded, no owner"), dump(supervisor));
        supervisor.shutdown();
    }

    // the tree

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_aChildStandsUnderTheTaskThatHasOpenedItOrElseUnderItsParent(Kind kind) {
        Supervisor parent = unowned(kind, "parent").open();
        Supervisor outside = unowned(kind, "outside").parent(parent).open();
        AtomicReference<Supervisor> inner = new AtomicReference<>();
        CountDownLatch end = new CountDownLatch(1);
        Background.run(() -> parent.spawn("request", () -> kind.builder().name("inner").parent(parent).run(opened -> {
            inner.set(opened);
            Poll.await(end);
        })));
        Poll.until("opened", () -> inner.get() != null);
        GatedTask query = GatedTask.stubborn(kind, inner.get());
        GatedTask other = GatedTask.stubborn(kind, outside);
        String text = dump(parent).replaceAll("(thread|owner) \".*?\" \\w+", "$1");
        assertEquals(lines("Supervisor \"parent\": entered, 3 live, no owner",
                "  Task \"request\": running, age unknown, thread",
                "    Supervisor \"inner\": entered, 1 live, owner",
                "      Task \"" + query.task().name() + "\": running, age unknown, thread",
                "  Supervisor \"outside\": entered, 1 live, no owner",
                "    Task \"" + other.task().name() + "\": running, age unknown, thread"), text);
        query.release();
        other.release();
        end.countDown();
        Background.run(outside::close).join();
        Background.run(parent::join).join();
    }

    /** The thread of the task may be in tasks of others meanwhile. */
    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_aChildThatATaskOpensInATaskOfAnotherSupervisorStandsUnderIt(Kind kind) {
        Supervisor parent = unowned(kind, "parent").open();
        CountDownLatch opened = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Background.run(() -> parent.spawn("request", () -> Kind.CALLER_RUNS.builder().run(other ->
                other.spawn(() -> kind.builder().name("inner").parent(parent).run(inner -> {
                    opened.countDown();
                    Poll.await(end);
                })))));
        Poll.await(opened);
        assertEquals(lines("Supervisor \"parent\": entered, 2 live, no owner",
                "  Task \"request\": running, age unknown, thread",
                "    Supervisor \"inner\": entered, 0 live, owner"),
                dump(parent).replaceAll("(thread|owner) \".*?\" \\w+", "$1"));
        end.countDown();
        Background.run(parent::join).join();
    }

    @Test
    void o2_aTreeOfAnyDepthIsWritten() {
        Supervisor root = withoutThreads("level-0");
        List<Supervisor> chain = new ArrayList<>(List.of(root));
        int depth = 3_000;
        for (int level = 1; level <= depth; level++) {
            chain.add(Supervisor.builder().name("level-" + level).parent(chain.get(level - 1)).unowned().open());
        }
        List<String> lines = dump(root).lines().toList();
        assertEquals(depth + 1, lines.size());
        for (int level = 0; level <= depth; level++) {
            String expected = "  ".repeat(Math.min(level, 32)) + (level > 32 ? "[" + level + "] " : "")
                    + "Supervisor \"level-" + level + "\": entered, " + (level < depth ? 1 : 0) + " live, no owner";
            assertEquals(expected, lines.get(level));
        }
        for (int level = depth; level >= 0; level--) {
            chain.get(level).close();
        }
    }

    // options

    @Test
    void o2_noMoreTasksAreWrittenThanTheLimitAndTheRestIsCounted() {
        Supervisor supervisor = withoutThreads("many");
        for (int task = 0; task < 3_002; task++) {
            supervisor.spawn("task-" + task, () -> { });
        }
        for (int max : new int[] {0, 1, 3_000, 3_001, 3_002, 3_003}) {
            List<String> lines = dump(supervisor, DumpOption.maxTasks(max)).lines().toList();
            int rest = Math.max(0, 3_002 - max);
            assertEquals("Supervisor \"many\": entered, 3,002 live, no owner", lines.get(0));
            assertEquals(1 + Math.min(max, 3_002) + (rest > 0 ? 1 : 0), lines.size());
            String last = switch (rest) {
                case 0 -> "  Task \"task-3001\": pending, age unknown, no thread";
                case 1 -> "  and 1 more task";
                case 3_001 -> "  and 3,001 more tasks";
                default -> lines.get(lines.size() - 1);
            };
            assertEquals(last, lines.get(lines.size() - 1));
        }
        assertEquals("  and 2,002 more tasks", dump(supervisor).lines().toList().get(1_001), "by default it is 1,000");
        assertEquals(dump(supervisor, DumpOption.maxTasks(2)),
                dump(supervisor, DumpOption.maxTasks(1), DumpOption.stacks(), DumpOption.maxTasks(2)), "the last counts");
        assertThrows(IllegalArgumentException.class, () -> DumpOption.maxTasks(-1));
        supervisor.shutdown();
    }

    @Test
    void o2_theLimitIsForEachSupervisorAndForItsChildrenToo() {
        Supervisor parent = withoutThreads("parent");
        List<Supervisor> children = new ArrayList<>();
        for (int child = 0; child < 3; child++) {
            parent.spawn("task-" + child, () -> { });
            children.add(Supervisor.builder().name("child-" + child).parent(parent).unowned()
                    .executor(task -> { }).open());
            children.get(child).spawn("a", () -> { });
            children.get(child).spawn("b", () -> { });
        }
        assertEquals(lines("Supervisor \"parent\": entered, 6 live, no owner",
                "  Task \"task-0\": pending, age unknown, no thread",
                "  and 2 more tasks",
                "  Supervisor \"child-0\": entered, 2 live, no owner",
                "    Task \"a\": pending, age unknown, no thread",
                "    and 1 more task",
                "  and 2 more supervisors"), dump(parent, DumpOption.maxTasks(1)));
        children.forEach(Supervisor::shutdown);
        parent.shutdown();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_onRequestEachThreadHasItsStack(Kind kind) {
        Supervisor supervisor = unowned(kind, "http").open();
        GatedTask task = GatedTask.stubborn(kind, supervisor);
        Poll.untilBlocked(task.thread());
        List<String> lines = dump(supervisor, DumpOption.stacks()).lines().toList();
        assertEquals("  " + line(task), lines.get(1));
        assertTrue(lines.size() > 4, lines::toString);
        lines.subList(2, lines.size()).forEach(line -> assertTrue(line.startsWith("      at "), line));
        assertTrue(lines.stream().anyMatch(line -> line.contains("dev.supervisor.GatedTask.body(")), lines::toString);
        assertEquals(2, dump(supervisor).lines().count(), "no stack if none was asked for");
        task.release();
        Background.run(supervisor::join).join();
    }

    /** A thread of a factory may be of any class. */
    @Test
    void o2_aThreadThatRefusesToTellItsStackHasNone() throws Exception {
        class Odd extends Thread {
            Odd(Runnable body) {
                super(body, "odd");
                setDaemon(true);
            }

            @Override
            public State getState() {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                throw new SecurityException("on purpose");
            }
        }
        try (Supervisor supervisor = Supervisor.builder().threadFactory(Odd::new).unowned().name("odd").open()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            supervisor.spawn(() -> {
                begun.countDown();
                Poll.await(end);
            });
            Poll.await(begun);
            String text = dump(supervisor, DumpOption.stacks());
            assertTrue(text.endsWith(": running, age unknown, thread \"odd\" unknown\n"), text);
            end.countDown();
            supervisor.join();
        }
    }

    // the text

    @Test
    void o2_namesKeepTheShapeOfTheText() {
        Supervisor supervisor = withoutThreads("a\n  Task \"b\": \\");
        supervisor.spawn("\r\t\u0000\u001b\u007f\u0085\u2028\u2029\u202e \u00e4\u4e16\ud83d\ude00", () -> { });
        assertEquals(lines("Supervisor \"a\\n  Task \\\"b\\\": \\\\\": entered, 1 live, no owner",
                "  Task \"\\r\\t\\u0000\\u001b\\u007f\\u0085\\u2028\\u2029\\u202e \u00e4\u4e16\ud83d\ude00\": pending,"
                + " age unknown, no thread"), dump(supervisor));
        supervisor.shutdown();
    }

    @Test
    void o2_noCodeOfUsersIsCalled() {
        AtomicBoolean called = new AtomicBoolean();
        class Body implements Action {
            @Override
            public void run() {
                called.set(true);
            }

            @Override
            public String toString() {
                called.set(true);
                return "body";
            }
        }
        Supervisor supervisor = withoutThreads("queue");
        supervisor.spawn("waiting", new Body());
        assertEquals(2, dump(supervisor, DumpOption.stacks()).lines().count());
        assertFalse(called.get());
        supervisor.shutdown();
    }

    // where the text goes

    /** Takes so many lines, and then throws. */
    private static final class Full implements Appendable {

        private int room;
        private final List<CharSequence> taken = new ArrayList<>();

        Full(int room) {
            this.room = room;
        }

        @Override
        public Appendable append(CharSequence line) throws IOException {
            if (room-- == 0) {
                throw new IOException("full");
            }
            taken.add(line.toString());
            return this;
        }

        @Override
        public Appendable append(CharSequence text, int start, int end) {
            throw new AssertionError("a line in several parts");
        }

        @Override
        public Appendable append(char c) {
            throw new AssertionError("a line in several parts");
        }
    }

    @Test
    void o2_eachLineIsHandedOverInOneCallAndWhatThatThrowsIsThrown() throws Exception {
        Supervisor supervisor = withoutThreads("queue");
        supervisor.spawn("a", () -> { });
        supervisor.spawn("b", () -> { });
        Full roomy = new Full(3);
        supervisor.dump(roomy);
        assertEquals(dump(supervisor), String.join("", roomy.taken));
        assertEquals(3, roomy.taken.size());
        for (int room = 0; room < 3; room++) {
            Full full = new Full(room);
            assertEquals("full", assertThrows(IOException.class, () -> supervisor.dump(full)).getMessage());
            assertEquals(room, full.taken.size());
        }
        assertThrows(NullPointerException.class, () -> supervisor.dump(null));
        assertThrows(NullPointerException.class, () -> supervisor.dump(new StringBuilder(), (DumpOption) null));
        supervisor.shutdown();
    }

    // where it may be called

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o2_itMayBeCalledInATaskACallbackAHandlerAndAHook(Kind kind) throws Exception {
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        Supervisor.Builder builder = kind.builder().name("http")
                .onFailure((task, failure) -> texts.add(dump(task.supervisor(), DumpOption.stacks())));
        builder.run(supervisor -> {
            opened.set(supervisor);
            Task<?> task = supervisor.spawn("work", () -> {
                texts.add(dump(supervisor, DumpOption.stacks()));
                throw new IllegalStateException("on purpose");
            });
            task.onDone(done -> texts.add(dump(supervisor)));
        });
        assertEquals(3, texts.size());
        texts.forEach(text -> assertTrue(text.startsWith("Supervisor \"http\": "), text));
        assertTrue(texts.get(0).contains("DumpTest"), texts.get(0));
        assertSame(Supervisor.State.FINISHED, opened.get().state());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void o2_itSurvivesTasksAndChildrenThatComeAndGo(Kind kind) throws Exception {
        Supervisor supervisor = unowned(kind, "busy").open();
        AtomicBoolean stop = new AtomicBoolean();
        Background<Void> spawner = Background.run(() -> {
            while (!stop.get()) {
                Task<?> task = supervisor.spawn("ours", () -> kind.builder().name("ours").parent(supervisor)
                        .run(child -> child.spawn("ours", () -> { })));
                supervisor.spawn("ours", () -> { });
                task.join();
            }
        });
        for (int dumps = 0; dumps < 500; dumps++) {
            String text = dump(supervisor, dumps % 2 == 0 ? DumpOption.stacks() : DumpOption.maxTasks(3));
            text.lines().filter(line -> line.trim().startsWith("Task")).forEach(line ->
                    assertTrue(line.trim().startsWith("Task \"ours\": "), text));
        }
        stop.set(true);
        spawner.join();
        supervisor.join();
    }
}
