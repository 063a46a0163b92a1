package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Supervisors that no thread leaves, in JVMs of their own with {@code -Ddev.supervisor.leaks=true}: O8. */
class LeakTest {

    private static final String ON = "-Ddev.supervisor.leaks=true";

    private static void assertRuns(String role, String... options) throws Exception {
        String output = ChildJvm.run(List.of(options), LeakProgram.class, role);
        assertTrue(output.endsWith(LeakProgram.END), output);
    }

    @Test
    void o8_oneThatIsDroppedIsReportedOnceWithWhereItWasOpened() throws Exception {
        assertRuns("collected", ON);
    }

    @Test
    void o8_oneThatWasLeftOrIsFinishedIsNotReported() throws Exception {
        assertRuns("left", ON);
    }

    /** No collection can find it. */
    @Test
    void o8_oneWhoseOwnerIsDeadIsFoundBySpawnsAndCountOuts() throws Exception {
        assertRuns("owner dead", ON, "-XX:+UnlockExperimentalVMOptions", "-XX:+UseEpsilonGC", "-Xmx1g");
    }

    @Test
    void o8_oneWhoseOwnerIsDeadIsFoundByACollection() throws Exception {
        assertRuns("owner dead, nothing happens", ON);
    }

    @Test
    void o8_oneWhoseOwnerIsDeadIsNotReportedIfOthersEndIt() throws Exception {
        assertRuns("ended by others", ON);
    }

    @Test
    void o8_nothingIsReportedWithoutTheProperty() throws Exception {
        assertRuns("off");
    }

    /** As in {@code FailureLogTest}. */
    @Test
    void o8_theClassLoaderOfTheLibraryIsCollected() throws Exception {
        String output = ChildJvm.run(List.of(ON), LoaderProgram.class);
        assertTrue(output.endsWith(LoaderProgram.END), output);
    }
}
