package dev.supervisor.docs.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.config.RoutingMode;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import dev.supervisor.Task;
import dev.supervisor.docs.Poll;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Two members as processes of their own. What the supervisor here says is compared with what each has written down. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RemoteTasksTest {

    private static final int EACH = 3;
    private static final Duration LONG = Duration.ofMinutes(1);
    /** The heartbeat timeout, one interval, and what a busy machine takes. */
    private static final Duration NOTICED = Duration.ofSeconds(30);
    private static final Path TIMES = Path.of("target", "remote-times.txt");

    @TempDir
    static Path directory;

    private static RemoteCluster cluster;

    private Supervisor supervisor;
    private RemoteTasks remote;

    @BeforeAll
    static void open() throws Exception {
        cluster = new RemoteCluster(directory);
        Files.deleteIfExists(TIMES);
    }

    @AfterAll
    static void close() throws Exception {
        cluster.close();
    }

    @BeforeEach
    void complete() throws Exception {
        cluster.complete();
        supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore()).open();
        remote = new RemoteTasks(supervisor, cluster.client());
    }

    /** Tasks of a test that has failed end here, with the members if not otherwise. */
    @AfterEach
    void end() throws Exception {
        supervisor.abort();
        if (!supervisor.awaitFinished(Duration.ofSeconds(20))) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    void tasksSpreadOverBothMembers() throws Exception {
        List<Task<String>> tasks = new ArrayList<>();
        for (int i = 0; i < 10 * EACH; i++) {
            tasks.add(remote.spawn("spread", new Echo("" + i)));
        }
        for (int i = 0; i < tasks.size(); i++) {
            assertEquals("" + i, tasks.get(i).get());
        }
        assertTrue(supervisor.drain(LONG));
        for (String member : List.of("a", "b")) {
            assertEquals(5 * EACH, cluster.book(member).lines("begun spread").size());
            assertEquals(5 * EACH, cluster.book(member).lines("ended spread succeeded").size());
        }
        assertStats(10 * EACH, 0, 0);
    }

    /** The client sends again what has thrown this, for two minutes. */
    @Test
    @Order(2)
    void aBodyRunsOnceWhateverItThrows() {
        Task<String> task = remote.spawn("throws", new Throws(), cluster.member("a"));
        ExecutionException failure =
            assertThrows(ExecutionException.class, () -> task.get(30, TimeUnit.SECONDS));
        assertInstanceOf(RemoteFailureException.class, failure.getCause());
        assertTrue(failure.getCause().getMessage().contains("again!"), failure.getCause()::getMessage);
        assertEquals(1, cluster.book("a").lines("begun throws").size());
        assertEquals(List.of("ended throws RetryableHazelcastException"), cluster.book("a").lines("ended throws"));
        assertTrue(supervisor.drain(LONG));
        assertStats(0, 1, 0);
    }

    @Test
    @Order(3)
    void aBodyThatIsDeliveredTwiceRunsOnce() throws Exception {
        Worker.Run run = run("twice");
        assertEquals(new Worker.Answer(Task.Status.SUCCEEDED, "once"), send(run));
        assertEquals(Task.Status.RUNNING, send(run).status());
        assertEquals(1, cluster.book("a").lines("begun twice").size());
    }

    @Test
    @Order(4)
    void aCancelThatOvertakesItsBodyIsNotLost() throws Exception {
        Worker.Run run = run("overtaken");
        IExecutorService cancels = cluster.client().getExecutorService(RemoteSettings.CANCELS);
        cancels.submitToMember(new Worker.Cancel(run.id()), cluster.member("a")).get();
        assertEquals(Task.Status.CANCELLED, send(run).status());
        assertEquals(List.of(), cluster.book("a").lines("begun overtaken"));
    }

    /** Hazelcast sends through another member what it has no connection for. Lost with that one, it would go on here. */
    @Test
    @Order(5)
    void aBodyThatComesThroughAnotherMemberDoesNotBegin() throws Exception {
        ClientConfig config = cluster.settings(List.of("a"))
            .setProperty("hazelcast.client.invocation.timeout.seconds", "1");
        config.getNetworkConfig().getClusterRoutingConfig().setRoutingMode(RoutingMode.SINGLE_MEMBER);
        HazelcastInstance connectedToA = HazelcastClient.newHazelcastClient(config);
        try {
            RemoteTasks throughA = new RemoteTasks(supervisor, connectedToA);
            assertEquals("direct", throughA.spawn("direct", new Echo("direct"), cluster.member("a")).get());
            Task<String> indirect = throughA.spawn("indirect", new Echo("indirect"), cluster.member("b"));
            ExecutionException refused =
                assertThrows(ExecutionException.class, () -> indirect.get(60, TimeUnit.SECONDS));
            assertInstanceOf(OutcomeUnknownException.class, refused.getCause());
            assertEquals(List.of(), cluster.book("b").lines("begun indirect"));
        } finally {
            connectedToA.shutdown();
        }
    }

    @Test
    @Order(6)
    void anAbortReachesBodiesAndTheExitWaitsForThem() throws Exception {
        Path gate = directory.resolve("abort");
        spawnOnBoth("abort", name -> new Stubborn(gate.toString(), gate + "." + name));
        awaitBegun("abort", "a", "b");
        CompletableFuture<Void> exit = CompletableFuture.runAsync(supervisor::shutdown, inThread());
        for (String member : List.of("a", "b")) {
            for (int i = 0; i < EACH; i++) {
                Path interrupted = Path.of(gate + ".abort-" + member + i);
                Poll.until("is interrupted", () -> Files.exists(interrupted));
            }
        }
        assertFalse(exit.isDone());
        assertEquals(2 * EACH, supervisor.liveCount());
        assertEquals(List.of(), ended("abort"));
        Files.createFile(gate);
        exit.get(60, TimeUnit.SECONDS);
        assertEquals(2 * EACH, ended("abort").size());      // read when the exit has returned, and not polled
        assertAllEnd(" InterruptedException", ended("abort"));
        assertStats(0, 0, 2 * EACH);
    }

    @Test
    @Order(7)
    void aDrainWaitsForBodiesAndTakesNoMore() throws Exception {
        Path gate = directory.resolve("drain");
        spawnOnBoth("drain", name -> new Hold(gate.toString()));
        awaitBegun("drain", "a", "b");
        CompletableFuture<Boolean> drain = CompletableFuture.supplyAsync(() -> supervisor.drain(LONG), inThread());
        Poll.until("it drains", () -> supervisor.state() == Supervisor.State.DRAINING);
        assertThrows(RejectedExecutionException.class, () -> remote.spawn("drain-late", new Echo("late")));
        assertFalse(drain.isDone());
        assertEquals(List.of(), ended("drain"));
        Files.createFile(gate);
        assertTrue(drain.get(60, TimeUnit.SECONDS));
        assertEquals(2 * EACH, ended("drain").size());
        assertAllEnd(" succeeded", ended("drain"));
        assertStats(2 * EACH, 0, 0);
    }

    /** When it runs again, it finds that its driver has given it up, and cancels the bodies that nobody waits for. */
    @Test
    @Order(8)
    void aFrozenMemberIsNoticedInTime() throws Exception {
        Path gate = directory.resolve("frozen");
        List<Task<String>> tasks = spawnOnBoth("frozen", name -> new Hold(gate.toString()));
        awaitBegun("frozen", "a", "b");
        try {
            cluster.signal("b", "STOP");
            assertLost(tasks.subList(EACH, 2 * EACH), "a frozen member", NOTICED);
            assertLive(tasks.subList(0, EACH));
            assertEquals(List.of(), ended("frozen"));
            cluster.signal("b", "CONT");
            Poll.until("abandoned bodies end", () -> ended("frozen").size() == EACH);
            assertAllEnd(" InterruptedException", ended("frozen"));
            finishAfterLoss("frozen", gate, tasks);
        } finally {
            cluster.kill("b");      // frozen or not. The cluster was split; the next test takes a new member
        }
    }

    @Test
    @Order(9)
    void aKilledMembersTasksFailAndTheOthersFinish() throws Exception {
        Path gate = directory.resolve("killed");
        List<Task<String>> tasks = spawnOnBoth("killed", name -> new Hold(gate.toString()));
        awaitBegun("killed", "a", "b");
        cluster.kill("b");
        assertLost(tasks.subList(EACH, 2 * EACH), "a killed member", NOTICED);
        assertLive(tasks.subList(0, EACH));
        finishAfterLoss("killed", gate, tasks);
        assertEquals(List.of(), cluster.book("b").lines("ended killed"));
    }

    private void finishAfterLoss(String name, Path gate, List<Task<String>> tasks) throws Exception {
        Files.createFile(gate);
        assertTrue(supervisor.drain(LONG));
        for (Task<String> task : tasks.subList(0, EACH)) {
            assertEquals("held", task.get());
        }
        assertEquals(EACH, cluster.book("a").lines("ended " + name).size());
        for (String member : List.of("a", "b")) {
            assertEquals(EACH, cluster.book(member).lines("begun " + name).size(), "no body ran twice, or elsewhere");
        }
        assertStats(EACH, EACH, 0);
    }

    private interface WorkFor {

        Work of(String task);
    }

    /** First those of member a. A task is called by the name, its member, and a number. */
    private List<Task<String>> spawnOnBoth(String name, WorkFor work) {
        List<Task<String>> tasks = new ArrayList<>();
        for (String member : List.of("a", "b")) {
            for (int i = 0; i < EACH; i++) {
                String task = name + "-" + member + i;
                tasks.add(remote.spawn(task, work.of(task), cluster.member(member)));
            }
        }
        return tasks;
    }

    private static void awaitBegun(String name, String... members) {
        for (String member : members) {
            Poll.until("begun on " + member, () -> cluster.book(member).lines("begun " + name).size() == EACH);
        }
    }

    /** What both books say of the ends of tasks. */
    private static List<String> ended(String name) {
        List<String> lines = new ArrayList<>(cluster.book("a").lines("ended " + name));
        lines.addAll(cluster.book("b").lines("ended " + name));
        return lines;
    }

    private static void assertAllEnd(String how, List<String> lines) {
        assertTrue(lines.stream().allMatch(line -> line.endsWith(how)), lines::toString);
    }

    /** The tasks fail within that time from now, and say that their outcome is not known. */
    private static void assertLost(List<Task<String>> tasks, String what, Duration limit) throws Exception {
        long start = System.nanoTime();
        for (Task<String> task : tasks) {
            long left = limit.toNanos() - (System.nanoTime() - start);
            ExecutionException lost = assertThrows(ExecutionException.class,
                () -> task.get(left, TimeUnit.NANOSECONDS));
            assertInstanceOf(OutcomeUnknownException.class, lost.getCause());
        }
        Files.writeString(TIMES, String.format("%s was noticed after %,d ms%n", what,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)),
            StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static void assertLive(List<Task<String>> tasks) {
        for (Task<String> task : tasks) {
            assertFalse(task.isDone(), () -> task + ", " + task.failure());
        }
    }

    private void assertStats(long succeeded, long failed, long cancelled) {
        SupervisorStats stats = supervisor.stats();
        assertEquals(List.of(succeeded, failed, cancelled, 0L),
            List.of(stats.succeeded(), stats.failed(), stats.cancelled(), stats.live()));
    }

    private static Worker.Run run(String name) {
        return new Worker.Run(cluster.client().getLocalEndpoint().getUuid(), UUID.randomUUID(), name, new Echo("once"));
    }

    private static Worker.Answer send(Worker.Run run) throws Exception {
        IExecutorService bodies = cluster.client().getExecutorService(RemoteSettings.BODIES);
        return bodies.submitToMember(run, cluster.member("a")).get();
    }

    private static Executor inThread() {
        return command -> {
            Thread thread = new Thread(command, "exit");
            thread.setDaemon(true);
            thread.start();
        };
    }

    /** Returns what it was given. */
    private record Echo(String text) implements Work {

        @Override
        public String run() {
            return text;
        }
    }

    private record Throws() implements Work {

        @Override
        public String run() {
            throw new RetryableHazelcastException("again!");
        }
    }

    /** Works until the gate is there. */
    private record Hold(String gate) implements Work {

        @Override
        public String run() throws InterruptedException {
            while (!Files.exists(Path.of(gate))) {
                Thread.sleep(5);
            }
            return "held";
        }
    }

    /** Interrupted, it says so, and goes on until the gate is there: its clean-up takes that long. */
    private record Stubborn(String gate, String interrupted) implements Work {

        @Override
        public String run() throws Exception {
            try {
                return new Hold(gate + ".never").run();
            } catch (InterruptedException e) {
                Files.createFile(Path.of(interrupted));
                new Hold(gate).run();
                throw e;
            }
        }
    }
}
