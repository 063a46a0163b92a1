package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every recipe of {@code docs/context.md} does, on every kind of thread: the body of a task, its callbacks, its
 * failure handler and what they log have the value of the spawner, and the next task on the thread has not.
 */
abstract class ContextContract extends ContextFixture {

    @ParameterizedTest
    @EnumSource
    void bodyCallbacksAndHandlerSeeTheValueAndSoDoTheirLines(Kind kind) throws Exception {
        Supervisor supervisor = open(builder(kind).onFailure((task, failure) -> look("handler")));
        with("one", () -> supervisor.spec("task").onDone(task -> look("callback of the spec"))
            .spawnWithSelf(self -> {
                self.task().onDone(task -> look("callback of the task"));
                self.task().toCompletableFuture().whenComplete((result, failure) -> look("dependent"));
                look("body");
                throw new IOException("this is meant");
            }));
        assertSeen(supervisor, "body: one", "dependent: one", "callback of the spec: one", "callback of the task: one",
            "handler: one");
    }

    @ParameterizedTest
    @EnumSource
    void theLineOfTheDefaultHandlerHasTheValue(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        with("one", () -> supervisor.spawn("task", () -> {
            throw new IOException("this is meant");
        }));
        assertTrue(supervisor.drain(AGES));
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.get(0).matches("Task task of .* has failed: one"), lines::toString);
    }

    @ParameterizedTest
    @EnumSource
    void theNextTaskOnTheThreadSeesNothing(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        Task<Thread> first = with("one", () -> supervisor.spawn(() -> {
            assertEquals("one", value());
            return Thread.currentThread();
        }));
        Thread thread = first.get();
        Poll.until("a task on the same thread", () -> {
            Task<Thread> clean = supervisor.spawn(() -> {
                assertNull(value());
                return Thread.currentThread();
            });
            return clean.join() == thread || !kind.reusesThreads();
        });
    }

    @Test
    void whatElseRunsOnTheThreadSeesNothing() throws Exception {
        Supervisor supervisor = open(Kind.FOREIGN);
        assertEquals("one", with("one", () -> supervisor.spawn(this::value)).get());
        assertNull(pool.submit(this::value).get());     // no task, so no decorator
    }

    @ParameterizedTest
    @EnumSource
    void aTaskOfATaskInheritsTheValue(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        with("one", () -> supervisor.spawn(() -> {
            supervisor.execute(() -> look("inner"));
        }));
        assertSeen(supervisor, "inner: one");       // a drain admits what a live task spawns
    }

    @ParameterizedTest
    @EnumSource
    void eachTaskHasTheValueOfItsOwnSpawner(Kind kind) throws Exception {
        Supervisor supervisor = open(builder(kind));
        List<Task<String>> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tasks.add(with("request " + i, () -> supervisor.spawn(this::value)));
            tasks.add(supervisor.spawn(this::value));
        }
        for (int i = 0; i < 50; i++) {
            assertEquals("request " + i, tasks.get(2 * i).get());
            assertNull(tasks.get(2 * i + 1).get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSpawnerKeepsItsOwnValue(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        with("one", () -> {
            Task<String> task = with("two", () -> supervisor.spawn(this::value));
            assertEquals("two", task.get());
            assertEquals("one", value());
            return null;
        });
        assertNull(value());
    }
}
