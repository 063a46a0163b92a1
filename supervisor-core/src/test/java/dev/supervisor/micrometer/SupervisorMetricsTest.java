package dev.supervisor.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.FailureHandler;
import dev.supervisor.GatedTask;
import dev.supervisor.Heap;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import dev.supervisor.TwoThreadRace;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Metrics for Micrometer: O6. */
@Timeout(120)
class SupervisorMetricsTest {

    private static final Tags EU = Tags.of("region", "eu");
    private static final int METERS = 12;

    private final MeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static Supervisor open(String name) {
        return Supervisor.builder().name(name).unowned().open();
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).functionCounter().count();
    }

    private static Set<String> shown(MeterRegistry registry) {
        return registry.getMeters().stream().map(meter -> meter.getId().toString()).collect(Collectors.toSet());
    }

    // what there is

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o6_theNumbersAreThoseOfTheSupervisor(Kind kind) {
        Supervisor supervisor = kind.builder().name("http").unowned().open();
        new SupervisorMetrics(supervisor).bindTo(registry);
        supervisor.spawn(() -> 1);
        supervisor.spawn(() -> 2);
        supervisor.spawn(() -> {
            throw new IOException("on purpose");
        });
        supervisor.spawn(() -> {
            throw new CancellationException("on purpose");
        });
        supervisor.spec("slow").timeout(Duration.ofMillis(20)).spawn(() -> {
            new CountDownLatch(1).await();
            return null;
        });
        Poll.until("all have retired", () -> supervisor.liveCount() == 0);
        GatedTask live = GatedTask.stubborn(kind, supervisor);
        supervisor.seal();
        assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 3));

        assertEquals(1, registry.get("executor.active").tags("name", "http").gauge().value());
        assertEquals(5, count("executor.completed", "name", "http"));
        assertEquals(2, count("supervisor.tasks", "name", "http", "outcome", "succeeded"));
        assertEquals(2, count("supervisor.tasks", "name", "http", "outcome", "failed"));
        assertEquals(1, count("supervisor.tasks", "name", "http", "outcome", "cancelled"));
        assertEquals(1, count("supervisor.timed.out", "name", "http"));
        assertEquals(1, count("supervisor.refused", "name", "http", "reason", "sealed"));
        assertEquals(1, registry.get("supervisor.refused").functionCounters().stream()
                .mapToDouble(FunctionCounter::count).sum());
        live.release();
        Poll.until("finished", () -> supervisor.state() == Supervisor.State.FINISHED);
    }

    /** Some monitoring systems put the unit into the name. */
    @Test
    void o6_theNamesAndUnitsAreThoseOfAnExecutor() {
        try (Supervisor supervisor = open("http")) {
            new SupervisorMetrics(supervisor, EU).bindTo(registry);
            Tags tags = EU.and("name", "http");
            for (Meter meter : registry.getMeters()) {
                Meter.Id id = meter.getId();
                assertTrue(id.getTags().containsAll(tags.stream().toList()), id::toString);
                assertEquals(id.getName().equals("executor.active") ? "threads" : "tasks", id.getBaseUnit());
                assertNotNull(id.getDescription());
            }
            assertEquals(METERS, registry.getMeters().size());
            assertEquals(Set.of("sealed", "draining", "shutting_down", "full", "finished", "executor"),
                    registry.get("supervisor.refused").meters().stream()
                            .map(meter -> meter.getId().getTag("reason")).collect(Collectors.toSet()));
            Stream.of("executor.active", "executor.completed", "supervisor.timed.out").forEach(name ->
                    assertEquals(tags.stream().toList(), registry.get(name).meter().getId().getTags()));
        }
    }

    /** A task that is cancelled counts, and does not any more when its spawn throws. */
    @Test
    void o6_aCounterNeverFalls() {
        Supervisor[] opened = new Supervisor[1];
        opened[0] = Supervisor.builder().name("http").unowned().executor(body -> {
            opened[0].tasks().forEach(task -> task.cancel());
            assertEquals(1, count("supervisor.tasks", "outcome", "cancelled"));
            assertEquals(1, count("executor.completed"));
            throw new RejectedExecutionException("on purpose");
        }).open();
        try (Supervisor supervisor = opened[0]) {
            new SupervisorMetrics(supervisor).bindTo(registry);
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            assertEquals(0, supervisor.stats().cancelled());
            assertEquals(1, count("supervisor.tasks", "outcome", "cancelled"));
            assertEquals(1, count("executor.completed"));
        }
    }

    // who has any

    @Test
    void o6_anOpenOneWithoutANameIsRefused() {
        try (Supervisor supervisor = Supervisor.open()) {
            IllegalArgumentException refusal =
                    assertThrows(IllegalArgumentException.class, () -> new SupervisorMetrics(supervisor));
            assertTrue(refusal.getMessage().contains("name("), refusal::getMessage);
            supervisor.completion();   // which gives it what one with a name has, too
            assertThrows(IllegalArgumentException.class, () -> new SupervisorMetrics(supervisor, EU));
        }
    }

    @Test
    void o6_aFinishedOneHasNoMeters() {
        Supervisor supervisor = open("http");
        SupervisorMetrics before = new SupervisorMetrics(supervisor);
        supervisor.close();
        before.bindTo(registry);
        new SupervisorMetrics(supervisor).bindTo(registry);
        assertEquals(Set.of(), shown(registry));
    }

    @Test
    void o6_noArgumentMayBeNull() {
        try (Supervisor supervisor = open("http")) {
            assertThrows(NullPointerException.class, () -> new SupervisorMetrics(null));
            assertThrows(NullPointerException.class, () -> new SupervisorMetrics(supervisor, null));
            assertThrows(NullPointerException.class, () -> new SupervisorMetrics(supervisor).bindTo(null));
            assertThrows(NullPointerException.class, () -> SupervisorMetrics.timers(null, "http", EU));
            assertThrows(NullPointerException.class, () -> SupervisorMetrics.timers(registry, null, EU));
            assertThrows(NullPointerException.class, () -> SupervisorMetrics.timers(registry, "http", null));
        }
    }

    /** It is listed, or it is finished. The list is long, so that it takes time to look through it. */
    @Test
    void o6_oneThatIsAboutToFinishIsNotTakenForOneWithoutAName() throws Exception {
        List<Supervisor> others = Stream.generate(() -> open("other")).limit(1_000).toList();
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 2_000; round++) {
                Supervisor supervisor = open("http");
                race.round(() -> new SupervisorMetrics(supervisor), supervisor::close);
            }
        }
        others.forEach(Supervisor::close);
    }

    // the end

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o6_theMetersGoAtTheEnd(Kind kind) {
        registry.counter("another", "name", "http");
        Set<String> others = shown(registry);
        Supervisor supervisor = kind.builder().name("http").unowned().open();
        new SupervisorMetrics(supervisor).bindTo(registry);
        GatedTask last = GatedTask.stubborn(kind, supervisor);
        supervisor.seal();
        assertEquals(others.size() + METERS, shown(registry).size());
        last.release();
        Poll.until("gone", () -> shown(registry).equals(others));
        assertEquals(Supervisor.State.FINISHED, supervisor.state());
    }

    @Test
    void o6_oneThatFinishesWhileItIsBoundHasNoMeters() {
        Supervisor supervisor = open("http");
        registry.config().onMeterAdded(first -> supervisor.close());
        new SupervisorMetrics(supervisor).bindTo(registry);
        assertEquals(Set.of(), shown(registry));
    }

    @Test
    void o6_bindingAgainstTheEnd_noMetersStay() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 2_000; round++) {
                Supervisor supervisor = open("http");
                SupervisorMetrics metrics = new SupervisorMetrics(supervisor);
                race.round(() -> metrics.bindTo(registry), supervisor::close);
                assertEquals(Set.of(), shown(registry));
            }
        }
    }

    @Test
    void o6_aSupervisorCanHaveMetersInSeveralRegistries() {
        MeterRegistry other = new SimpleMeterRegistry();
        Supervisor supervisor = open("http");
        SupervisorMetrics metrics = new SupervisorMetrics(supervisor);
        metrics.bindTo(registry);
        metrics.bindTo(other);
        assertEquals(shown(registry), shown(other));
        assertEquals(METERS, shown(other).size());
        supervisor.close();
        assertEquals(Set.of(), shown(registry));
        assertEquals(Set.of(), shown(other));
    }

    // names that are taken

    @Test
    void o6_aSecondOneWithTheSameNameAndTagsIsRefused() {
        Supervisor first = open("http");
        Supervisor second = open("http");
        new SupervisorMetrics(first).bindTo(registry);
        Set<String> ofFirst = shown(registry);
        IllegalStateException refusal =
                assertThrows(IllegalStateException.class, () -> new SupervisorMetrics(second).bindTo(registry));
        assertTrue(refusal.getMessage().contains("another name or other tags"), refusal::getMessage);
        assertEquals(ofFirst, shown(registry));

        new SupervisorMetrics(second, EU).bindTo(registry);
        assertEquals(2 * METERS, shown(registry).size());
        second.close();
        assertEquals(ofFirst, shown(registry), "those of the one that is open stay");
        first.close();
        try (Supervisor third = open("http")) {
            new SupervisorMetrics(third).bindTo(registry);
            assertEquals(ofFirst, shown(registry), "its name is free again");
        }
        assertEquals(Set.of(), shown(registry));
    }

    @Test
    void o6_bindingTwoOfOneName_oneIsRefused() throws Exception {
        try (TwoThreadRace race = new TwoThreadRace()) {
            for (int round = 0; round < 2_000; round++) {
                AtomicInteger refused = new AtomicInteger();
                Supervisor first = open("http");
                Supervisor second = open("http");
                race.round(() -> bindOrCount(first, refused), () -> bindOrCount(second, refused));
                assertEquals(1, refused.get());
                assertEquals(METERS, shown(registry).size());
                first.close();
                second.close();
                assertEquals(Set.of(), shown(registry));
            }
        }
    }

    private void bindOrCount(Supervisor supervisor, AtomicInteger refused) {
        try {
            new SupervisorMetrics(supervisor).bindTo(registry);
        } catch (IllegalStateException e) {
            refused.incrementAndGet();
        }
    }

    @Test
    void o6_oneThatIsRefusedLeavesNothingAndTakesNothing() {
        try (Supervisor supervisor = open("http")) {
            SupervisorMetrics metrics = new SupervisorMetrics(supervisor);
            Meter taken = FunctionCounter.builder("supervisor.refused", this, any -> 7)
                    .tags("name", "http", "reason", "executor").register(registry);
            assertThrows(IllegalStateException.class, () -> metrics.bindTo(registry));
            assertEquals(List.of(taken), registry.getMeters());
            registry.remove(taken);

            taken = registry.counter("supervisor.timed.out", "name", "http");   // of another type
            assertThrows(IllegalArgumentException.class, () -> metrics.bindTo(registry));
            assertEquals(List.of(taken), registry.getMeters());
            registry.remove(taken);

            metrics.bindTo(registry);
            assertEquals(METERS, shown(registry).size());
        }
        assertEquals(Set.of(), shown(registry));
    }

    /** Its end comes before what it brings with it. */
    @Test
    void o6_aFinishedOneWhoseMetersAreNotRemovedYetHoldsNoName() {
        Supervisor first = open("http");
        CountDownLatch removes = new CountDownLatch(1);
        first.completion().thenRun(() -> Poll.await(removes));   // in the place of a thread that is stopped
        new SupervisorMetrics(first).bindTo(registry);
        Set<String> ofFirst = shown(registry);
        first.completion().thenRun(() -> Poll.await(removes));   // whichever comes first
        Background<Void> closer = Background.run(first::close);
        Poll.until("finished", () -> first.state() == Supervisor.State.FINISHED);

        Supervisor second = open("http");
        second.spawn(() -> 1);
        Poll.until("retired", () -> second.liveCount() == 0);
        new SupervisorMetrics(second).bindTo(registry);
        removes.countDown();
        closer.join();
        assertEquals(ofFirst, shown(registry));
        assertEquals(1, count("executor.completed"));
        second.close();
        assertEquals(Set.of(), shown(registry));
    }

    @Test
    void o6_bindingAgainChangesNothing() {
        Supervisor supervisor = open("http");
        new SupervisorMetrics(supervisor).bindTo(registry);
        List<Meter> meters = registry.getMeters();
        new SupervisorMetrics(supervisor).bindTo(registry);
        assertEquals(Set.copyOf(meters), Set.copyOf(registry.getMeters()));
        registry.clear();
        new SupervisorMetrics(supervisor).bindTo(registry);
        assertEquals(METERS, shown(registry).size());
        supervisor.close();
        assertEquals(Set.of(), shown(registry));
    }

    // registries that change meters

    @Test
    void o6_commonTagsAndFiltersOfTheRegistryChangeNothing() {
        registry.config().commonTags("host", "a", "name", "overwritten by that of the supervisor")
                .meterFilter(MeterFilter.denyNameStartsWith("supervisor.refused"))
                .meterFilter(MeterFilter.renameTag("executor", "name", "executor.name"))
                .meterFilter(new MeterFilter() {
                    @Override
                    public Meter.Id map(Meter.Id id) {
                        return id.withName("app." + id.getName());
                    }
                });
        TaskObserver timers = SupervisorMetrics.timers(registry, "http", EU);
        Supervisor supervisor = Supervisor.builder().name("http").unowned().observer(timers).open();
        new SupervisorMetrics(supervisor, EU).bindTo(registry);
        supervisor.spawn(() -> 1);
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        assertEquals(1, count("app.executor.completed", "host", "a", "region", "eu", "executor.name", "http"));
        assertEquals(1, registry.get("app.executor").timer().count());
        assertThrows(IllegalStateException.class, () -> {
            try (Supervisor second = open("http")) {
                new SupervisorMetrics(second, EU).bindTo(registry);
            }
        });
        supervisor.close();
        assertEquals(Set.of(), shown(registry));
    }

    @Test
    void o6_aCompositeRegistryShowsThemInEachAndRemovesThemFromEach() {
        CompositeMeterRegistry all = new CompositeMeterRegistry();
        registry.config().commonTags("host", "a");
        all.add(registry);
        all.add(new SimpleMeterRegistry());
        TaskObserver timers = SupervisorMetrics.timers(all, "http", EU);
        Supervisor supervisor = Supervisor.builder().name("http").unowned().observer(timers).open();
        new SupervisorMetrics(supervisor, EU).bindTo(all);
        supervisor.spawn(() -> 1);
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        SimpleMeterRegistry late = new SimpleMeterRegistry();
        all.add(late);
        assertEquals(1, count("executor.completed", "host", "a"));
        assertEquals(METERS + 2, shown(late).size());
        try (Supervisor second = open("http")) {
            assertThrows(IllegalStateException.class, () -> new SupervisorMetrics(second, EU).bindTo(all));
        }
        supervisor.close();
        assertEquals(Set.of(), shown(all));
        all.getRegistries().forEach(each -> assertEquals(Set.of(), shown(each)));
    }

    // what is kept

    private WeakReference<Supervisor> bindAndDrop() {
        Supervisor supervisor = open("http");
        new SupervisorMetrics(supervisor).bindTo(registry);
        return new WeakReference<>(supervisor);
    }

    @Test
    void o6_aRegistryKeepsNoSupervisor() {
        Heap.untilCollected(bindAndDrop());
        try (Supervisor second = open("another")) {
            new SupervisorMetrics(second).bindTo(registry);
            assertNull(registry.find("executor.active").tags("name", "http").gauge(), "the next one removes them");
            assertEquals(METERS, shown(registry).size());
        }
    }

    private static WeakReference<MeterRegistry> bindToAnother(Supervisor supervisor) {
        MeterRegistry another = new SimpleMeterRegistry();
        new SupervisorMetrics(supervisor).bindTo(another);
        return new WeakReference<>(another);
    }

    @Test
    void o6_aFinishedSupervisorKeepsNoRegistry() {
        Supervisor supervisor = open("http");
        WeakReference<MeterRegistry> another = bindToAnother(supervisor);
        supervisor.close();
        Heap.untilCollected(another);
        assertEquals(Supervisor.State.FINISHED, supervisor.state());
    }

    // timers

    private long recorded(String timer) {
        Timer found = registry.find(timer).tags("name", "http").timer();
        return found == null ? 0 : found.count();
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o6_timersHaveHowLongTasksRunAndWaitForTheirStart(Kind kind) {
        TaskObserver timers = SupervisorMetrics.timers(registry, "http", EU);
        Supervisor supervisor = kind.builder().name("http").unowned().observer(timers).open();
        long before = System.nanoTime();
        supervisor.spawn(() -> {
            Poll.spend(2_000_000);
            throw new IOException("on purpose");
        });
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        Timer ran = registry.get("executor").tags("name", "http", "region", "eu").timer();
        Timer queued = registry.get("executor.idle").tags("name", "http", "region", "eu").timer();
        assertEquals(1, ran.count());
        assertEquals(1, queued.count());
        double nanos = ran.totalTime(TimeUnit.NANOSECONDS);
        assertTrue(nanos >= 2_000_000, () -> nanos + " ns");
        assertTrue(nanos + queued.totalTime(TimeUnit.NANOSECONDS) <= System.nanoTime() - before);
        supervisor.close();
    }

    @Test
    void o6_ofATaskThatNeverStartsTheWaitAloneIsRecorded() {
        TaskObserver timers = SupervisorMetrics.timers(registry, "http", Tags.empty());
        Supervisor supervisor = Supervisor.builder().name("http").unowned().observer(timers).executor(body -> { })
                .onFailure(FailureHandler.ignore()).open();
        supervisor.spawn(() -> 1).cancel();
        assertEquals(0, recorded("executor"));
        assertEquals(1, recorded("executor.idle"));
        supervisor.spec("late").timeout(Duration.ofMillis(1)).spawn(() -> 2);
        Poll.until("timed out", () -> supervisor.liveCount() == 0);
        assertEquals(2, recorded("executor.idle"));
        assertEquals(0, recorded("executor"));
        supervisor.close();
    }

    @Test
    void o6_theLifeOfAChildIsNoWait() {
        TaskObserver timers = SupervisorMetrics.timers(registry, "http", Tags.empty());
        Supervisor parent = Supervisor.builder().name("http").unowned().observer(timers).open();
        Supervisor.builder().parent(parent).unowned().open().close();
        Poll.until("retired", () -> parent.liveCount() == 0);
        assertEquals(Set.of(), shown(registry));
        parent.close();
    }

    @Test
    void o6_timersGoWithTheMetersAndComeBackWithTheNextTask() {
        Supervisor.Builder builder = Supervisor.builder().name("http").unowned()
                .observer(SupervisorMetrics.timers(registry, "http", EU));
        registry.timer("executor", "name", "another");
        Set<String> others = shown(registry);
        for (int i = 0; i < 2; i++) {
            Supervisor supervisor = builder.open();
            new SupervisorMetrics(supervisor, EU).bindTo(registry);
            supervisor.spawn(() -> 1);
            Poll.until("retired", () -> supervisor.liveCount() == 0);
            assertEquals(1, recorded("executor"));
            assertEquals(1, recorded("executor.idle"));
            supervisor.close();
            assertEquals(others, shown(registry));
        }
    }

    /** An observer that asks for its timers meanwhile may find one that is about to go. */
    @Test
    void o6_timersThatAreRemovedWhileATaskEndsComeBackTogether() {
        TaskObserver timers = SupervisorMetrics.timers(registry, "http", Tags.empty());
        Supervisor supervisor = Supervisor.builder().name("http").unowned().observer(timers).open();
        new SupervisorMetrics(supervisor).bindTo(registry);
        Task<?> task = supervisor.spawn(() -> 1);
        Poll.until("retired", () -> supervisor.liveCount() == 0);
        registry.config().onMeterRemoved(meter -> {
            if (meter.getId().getName().equals("executor")) {
                timers.ended(task, 1, 1);
            }
        });
        supervisor.close();
        timers.ended(task, 1, 1);
        assertTrue(recorded("executor") > 0);
        assertTrue(recorded("executor.idle") > 0);
    }

    // the library without Micrometer

    @Test
    void o6_nothingElseOfTheLibraryRefersToMicrometer() throws Exception {
        Path classes = Path.of(Supervisor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Predicate<Path> refers = file ->
                bytes(file).contains("io/micrometer") || bytes(file).contains("supervisor/micrometer");
        try (Stream<Path> files = Files.walk(classes.resolve("dev/supervisor"))) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".class")).filter(refers).toList();
            assertFalse(found.isEmpty());
            found.forEach(file -> assertEquals("micrometer", file.getParent().getFileName().toString()));
        }
    }

    private static String bytes(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
