package dev.supervisor.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.supervisor.Kind;
import dev.supervisor.faults.FaultSwitch.Fault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Memory or stack runs out in the library's own frames, at each place in turn. Each scenario runs again and again, and
 * fails at the first place, the second, and so on, until a run reaches its end. After each run the test checks what has
 * to hold. {@link FaultAllowance} lists the exceptions. All violations are written to {@code target/own-frames.txt}.
 */
class OwnFramesTest {

    /** How long a run may take before it counts as one that hangs, in milliseconds. */
    private static final int DEADLINE = Integer.getInteger("fault.deadline", 10_000);

    /** Whether the first violation is enough, as it is for one who tries a mutant. */
    private static final boolean FIRST_ONLY = Boolean.getBoolean("fault.first");

    private static final Logger LOGGER = Logger.getLogger("dev.supervisor");

    private static final List<String> TABLE = new ArrayList<>();
    private static final Map<String, Set<String>> PLACES = new LinkedHashMap<>();
    private static Map<String, Supplier<Callable<List<String>>>> scenarios;
    private static Map<String, Supplier<Callable<List<String>>>> scenariosOfServers;
    private static boolean violated;
    private static Level level;

    @BeforeAll
    static void load() throws ReflectiveOperationException {
        level = LOGGER.getLevel();
        LOGGER.setLevel(Level.OFF);   // many tasks fail here
        FaultLoader loader = new FaultLoader();
        Class.forName("dev.supervisor.engine.Settings", true, loader);   // throws the reason if rewriting has failed
        scenarios = all(loader, "FaultScenarios");
        scenariosOfServers = all(loader, "FaultScenariosOfServers");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Supplier<Callable<List<String>>>> all(FaultLoader loader, String name)
            throws ReflectiveOperationException {
        Method all = Class.forName("dev.supervisor.faults." + name, true, loader).getDeclaredMethod("all");
        all.setAccessible(true);
        return (Map<String, Supplier<Callable<List<String>>>>) all.invoke(null);
    }

    static Set<String> scenarios() {
        return scenarios.keySet();
    }

    static Set<String> scenariosOfServers() {
        return scenariosOfServers.keySet();
    }

    @AfterAll
    static void write() throws IOException {
        LOGGER.setLevel(level);
        Files.write(Path.of("target", "own-frames.txt"), TABLE);
        if (PLACES.size() == scenarios.size() + scenariosOfServers.size()) {
            for (FaultAllowance allowance : FaultAllowance.values()) {
                assertTrue(allowance.isUsed(), "nothing needs " + allowance + " any more");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void a6_e1_c9_whereverMemoryOrStackRunsOut(String scenario) throws Exception {
        failAtEachPlace(scenario, scenarios.get(scenario));
    }

    @ParameterizedTest
    @MethodSource("scenariosOfServers")
    void s9_s10_s11_whereverTheyRunOutInWhatServersUse(String scenario) throws Exception {
        failAtEachPlace(scenario, scenariosOfServers.get(scenario));
    }

    private static void failAtEachPlace(String scenario, Supplier<Callable<List<String>>> runs) throws Exception {
        assumeFalse(violated && FIRST_ONLY, "one violation is known");
        FaultSwitch.plan(Fault.CALL, 0);
        run(runs.get());   // loads the classes that the scenario needs
        List<String> usual = run(runs.get());
        assertTrue(usual.stream().allMatch(line -> line.startsWith("threw ")), () -> "without any fault: " + usual);
        long start = System.nanoTime();
        int faults = 0;
        Set<String> places = PLACES.computeIfAbsent(scenario, name -> new TreeSet<>());
        List<String> violations = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            for (int number = 1; !(violated && FIRST_ONLY); number++) {
                FaultSwitch.plan(fault, number);
                List<String> found = new ArrayList<>(run(runs.get()));
                String where = FaultSwitch.where();
                if (where == null) {
                    break;
                }
                faults++;
                places.add(fault + " " + where);
                found.removeAll(usual);
                for (String violation : found) {
                    boolean allowed = FaultAllowance.allows(fault, where, violation);
                    String line = String.join(" | ", scenario, fault.name(), "" + number, where,
                            violation.replaceAll("(task|supervisor)-[0-9a-f]+", "$1"));
                    TABLE.add((allowed ? "allowed | " : "VIOLATED | ") + line);
                    if (!allowed) {
                        violated = true;
                        violations.add(line);
                    }
                }
            }
        }
        TABLE.add("faults | " + scenario + " | " + faults + " at " + places.size() + " places | "
                + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms");
        assertEquals(List.of(), violations, () -> String.join("\n", violations));
        assertTrue(places.size() > 1, "it meets faults");
    }

    /** Runs the scenario on a new thread. If it hangs, the thread is released and left behind. */
    private static List<String> run(Callable<List<String>> run) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        List<String> violations = new ArrayList<>();
        Thread thread = Kind.daemon(() -> {
            try {
                violations.addAll(run.call());
            } catch (Throwable thrown) {
                violations.add("broken: " + thrown + " at " + List.of(thrown.getStackTrace()));
            } finally {
                done.countDown();
            }
        });
        thread.start();
        if (done.await(DEADLINE, TimeUnit.MILLISECONDS)) {
            return violations;
        }
        List<String> hangs = List.of(run + " at " + Arrays.toString(thread.getStackTrace()));
        FaultSwitch.disarm();
        ((Runnable) run).run();
        return hangs;
    }
}
