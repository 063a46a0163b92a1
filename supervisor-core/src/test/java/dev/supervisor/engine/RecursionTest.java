package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.ChildJvm;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A {@link Recursion} until the stack overflows, each time at another place in our frames (see {@link Completion} and
 * {@link StackRoom}): A5, E4, E9, C9, S9.
 */
class RecursionTest {

    @ParameterizedTest
    @EnumSource(Recursion.Way.class)
    void a5_aStackOverflowLeavesNoTaskBehind(Recursion.Way way) throws InterruptedException {
        assertEquals(List.of(), Recursion.violations(way, Recursion.DIVES.contains(way) ? 5 : 100));
    }

    /** In a JVM that never compiles certain methods of the JDK, so that they need more of the stack than their callers. */
    @ParameterizedTest
    @CsvSource({
        "SPAWNED, *.VarHandleInts*::compareAndSet, 8",
        "DROPPED, *.VarHandleInts*::compareAndSet, 30",
        "TAKEN, *.VarHandleInts*::compareAndSet, 100",
        "HANDED_OVER, *.VarHandleReferences*::setRelease, 100",
        "ABORTED, *.VarHandleReferences*::setRelease, 15",
        "POLLED, *.VarHandle*::getAndAdd, 15",
        "LIMITED, *.VarHandle*::getAndAdd, 100",
        "DRAINED, *.AbstractQueuedSynchronizer*::*, 30",
        "SEALED, *.CompletableFuture*::*, 42"
    })
    void a5_e9_s9_whateverIsCompiledAtThatMoment(Recursion.Way way, String interpreted, int rounds) throws Exception {
        List<String> options = List.of("-Xbatch", "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=exclude," + interpreted);
        List<String> lines = ChildJvm.run(options, Recursion.class, way.name(), "" + rounds).lines().toList();
        assertEquals(Recursion.RESULT + "[]", lines.get(lines.size() - 1), () -> String.join("\n", lines));
    }
}
