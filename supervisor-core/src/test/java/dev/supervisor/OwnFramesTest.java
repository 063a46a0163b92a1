package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Memory or stack runs out in the library's own frames, at each place in turn: A6, E1, E2, E4, E5, C2, C4, C7, C9. */
class OwnFramesTest {

    private static final int DEADLINE_MILLIS = Integer.getInteger("fault.deadline", 1_500);

    @SuppressWarnings("unchecked")
    private static Map<String, Supplier<Callable<List<String>>>> scenarios() throws ReflectiveOperationException {
        Class<?> type = Class.forName("dev.supervisor.FaultScenarios", true, new FaultLoader());
        var all = type.getDeclaredMethod("all");
        all.setAccessible(true);
        return (Map<String, Supplier<Callable<List<String>>>>) all.invoke(null);
    }

    @Test
    void explore() throws Exception {
        java.util.logging.Logger.getLogger("dev.supervisor").setLevel(java.util.logging.Level.OFF);
        List<String> table = new ArrayList<>();
        int[] faults = new int[1];
        long start = System.nanoTime();
        for (var scenario : scenarios().entrySet()) {
            String name = scenario.getKey();
            FaultSwitch.plan(FaultSwitch.Fault.CALL, 0);
            List<String> baseline = run(scenario.getValue().get());
            baseline = run(scenario.getValue().get());
            for (FaultSwitch.Fault fault : FaultSwitch.Fault.values()) {
                for (int number = 1;; number++) {
                    FaultSwitch.plan(fault, number);
                    List<String> violations = new ArrayList<>(run(scenario.getValue().get()));
                    if (FaultSwitch.where() == null) {
                        break;
                    }
                    faults[0]++;
                    violations.removeAll(baseline);
                    for (String violation : violations) {
                        table.add(name + " | " + fault + " | " + number + " | " + FaultSwitch.where() + " | "
                                + violation.replaceAll("task-[0-9a-f]+", "task"));
                    }
                }
            }
            System.out.println(table.size() + " " + faults[0] + " " + name + " " + (System.nanoTime() - start) / 1_000_000);
            write(table);
            baseline.forEach(violation -> table.add(name + " | none | | | " + violation));
        }
        table.add(faults[0] + " faults in " + (System.nanoTime() - start) / 1_000_000 + " ms");
        write(table);
        assertEquals(1, table.size(), () -> String.join("\n", table));
    }

    private static void write(List<String> table) throws IOException {
        Files.write(Path.of("target", "faults.txt"), table);
    }

    private static List<String> run(Callable<List<String>> run) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        List<String> violations = new ArrayList<>();
        Thread thread = Kind.daemon(() -> {
            try {
                violations.addAll(run.call());
            } catch (Throwable t) {
                violations.add("broken: " + t + Arrays.asList(t.getStackTrace()));
            } finally {
                done.countDown();
            }
        });
        thread.start();
        for (int waits = 0, waiting = 0; waits < DEADLINE_MILLIS / 5 && waiting < 16; waits++) {
            if (done.await(5, TimeUnit.MILLISECONDS)) {
                return violations;
            }
            waiting = thread.getState() == Thread.State.WAITING ? waiting + 1 : 0;
        }
        if (done.await(thread.getState() == Thread.State.WAITING ? 0 : 5_000, TimeUnit.MILLISECONDS)) {
            return violations;
        }
        List<String> hangs = List.of(run.toString());
        FaultSwitch.disarm();
        ((Runnable) run).run();
        return hangs;
    }
}
