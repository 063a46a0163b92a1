package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.ChildJvm;
import dev.supervisor.Supervisor;
import dev.supervisor.engine.FirstUseProgram.Operation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Progress: a class whose first use meets a full stack stays broken in its JVM. So the library uses all that it needs
 * there before. Each operation runs in a new JVM.
 */
class FirstUseTest {

    @ParameterizedTest
    @EnumSource(Operation.class)
    void e2_anOperationThatIsFirstUsedAtAFullStackWorksAfterwards(Operation operation) throws Exception {
        List<String> lines = ChildJvm.run(List.of(), FirstUseProgram.class, operation.name()).lines().toList();
        assertEquals(FirstUseProgram.RESULT + "works", lines.get(lines.size() - 1), () -> String.join("\n", lines));
    }

    /** A program, for a JVM of its own. It opens a supervisor, and prints which threads the library has started. */
    static final class OpenProgram {
        public static void main(String[] args) {
            Supervisor.builder().unowned().open();
            Supervisor.open();
            System.out.println("started " + Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName).filter(name -> name.startsWith("supervisor")).toList());
        }
    }

    @Test
    void e8_theFirstUseStartsNoThread() throws Exception {
        assertEquals("started []", ChildJvm.run(List.of(), OpenProgram.class));
    }
}
