package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory effects, shown by plain fields. The stress tests look harder; these tests cover every kind of thread. */
class MemoryEffectsTest {

    /** Plain state, handed from the spawner to the body, to the callbacks and to the threads that wait. */
    private static final class Cell {
        int bySpawner;
        int byBody;
        int byCallback;
        int seenByBody;
        int seenByCallback;
    }

    private static final int CELLS = 500;

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    private static List<Cell> spawnWithCallbacks(Supervisor supervisor, List<Task<?>> tasks) {
        List<Cell> cells = new ArrayList<>();
        for (int i = 1; i <= CELLS; i++) {
            int number = i;
            Cell cell = new Cell();
            cells.add(cell);
            cell.bySpawner = number;
            tasks.add(supervisor.spawn(() -> {
                cell.seenByBody = cell.bySpawner;
                cell.byBody = number;
            }).onDone(done -> {
                cell.seenByCallback = cell.byBody;
                cell.byCallback = number;
            }));
        }
        return cells;
    }

    private static void assertBodiesSeen(List<Cell> cells) {
        for (int i = 1; i <= cells.size(); i++) {
            Cell cell = cells.get(i - 1);
            assertEquals(i, cell.seenByBody, "before spawn, seen by the body");
            assertEquals(i, cell.byBody, "in the body, seen by the waiter");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void memory_spawnBodyCallbackJoin(Kind kind) throws Exception {
        List<Cell> cells;
        try (Supervisor supervisor = kind.open()) {
            cells = spawnWithCallbacks(supervisor, new ArrayList<>());
            supervisor.join();
            assertBodiesSeen(cells);
            for (int i = 1; i <= CELLS; i++) {
                assertEquals(i, cells.get(i - 1).seenByCallback, "in the body, seen by the callback");
                assertEquals(i, cells.get(i - 1).byCallback, "in the callback, seen by the owner");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void memory_run(Kind kind) throws Exception {
        List<Cell> cells = new ArrayList<>();
        kind.builder().run(supervisor -> cells.addAll(spawnWithCallbacks(supervisor, new ArrayList<>())));
        assertBodiesSeen(cells);
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void memory_getJoinTimedGetAndIsDone(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            List<Task<?>> tasks = new ArrayList<>();
            List<Cell> cells = spawnWithCallbacks(supervisor, tasks);
            for (int i = 0; i < CELLS; i++) {
                awaitBy(i % 4, tasks.get(i));
                assertEquals(i + 1, cells.get(i).byBody);
            }
            supervisor.join();
        }
    }

    private static void awaitBy(int way, Task<?> task) throws Exception {
        switch (way) {
            case 0 -> task.get();
            case 1 -> task.join();
            case 2 -> task.get(30, TimeUnit.SECONDS);
            default -> Poll.until("done", task::isDone);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void memory_closeAndShutdown(Kind kind) throws Exception {
        for (int way = 0; way < 2; way++) {
            List<Task<?>> tasks = new ArrayList<>();
            List<Cell> cells;
            try (Supervisor supervisor = kind.open()) {
                cells = spawnWithCallbacks(supervisor, tasks);
                if (way == 0) {
                    supervisor.shutdown();
                }
            }
            for (int i = 0; i < CELLS; i++) {
                assertTrue(tasks.get(i).isDone());
                assertEquals(tasks.get(i).isCancelled() ? 0 : i + 1, cells.get(i).byBody);
                assertEquals(i + 1, cells.get(i).byCallback);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void memory_aFailureIsPublishedWithWhatTheBodyDid(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            for (int i = 1; i <= 100; i++) {
                int number = i;
                Cell cell = new Cell();
                Task<?> task = supervisor.spawn(() -> {
                    cell.byBody = number;
                    throw new IllegalStateException("on purpose");
                });
                try {
                    task.get();
                } catch (ExecutionException e) {
                    assertEquals("on purpose", e.getCause().getMessage());
                }
                assertEquals(number, cell.byBody);
            }
            supervisor.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void memory_completionsTake(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            Completions<Cell> completions = supervisor.completions();
            for (int i = 0; i < CELLS; i++) {
                completions.spawn(() -> {
                    Cell cell = new Cell();
                    cell.byBody = 1;
                    return cell;
                });
            }
            for (int i = 0; i < CELLS; i++) {
                assertEquals(1, completions.take().resultNow().byBody);
            }
            supervisor.join();
        }
    }
}
