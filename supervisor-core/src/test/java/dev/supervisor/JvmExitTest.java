package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Supervisors that drain when the JVM exits, in JVMs of their own: {@code drainOnJvmExit}, a part of S1. */
@Timeout(120)
class JvmExitTest {

    /** What the hook waits for an aborted supervisor, beyond the grace. */
    private static final long BEYOND_MILLIS = 5_000;
    /** For the start of a JVM, and a busy machine. */
    private static final long SLACK_MILLIS = 25_000;

    /** A run of the program, and what came of it. */
    private static final class Run {
        final List<String> lines = new ArrayList<>();
        final int code;
        final long millis;

        /** Runs the program; when it says that it is ready, ends it by SIGTERM. */
        Run(String role, long graceMillis, String... options) throws Exception {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of(options));
            command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                    JvmExitProgram.class.getName(), role, Long.toString(graceMillis)));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                Background<Long> reader = Background.call(() -> read(process));
                if (!process.waitFor(graceMillis + BEYOND_MILLIS + SLACK_MILLIS, TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly().waitFor();
                    reader.outcome();
                    throw new AssertionError("killed, having said " + lines);
                }
                long began = reader.join();
                millis = (System.nanoTime() - began) / 1_000_000;
                code = process.exitValue();
            } finally {
                process.destroyForcibly();
            }
        }

        /** Reads all that the process says; returns when its exit began, if that was by us. */
        private long read(Process process) throws IOException {
            long began = System.nanoTime();
            try (BufferedReader reader = process.inputReader()) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    lines.add(line);
                    if (line.equals(JvmExitProgram.READY)) {
                        began = System.nanoTime();
                        process.toHandle().destroy();   // that of the process itself would close its output, too
                    }
                }
            }
            return began;
        }

        boolean says(String part) {
            return lines.stream().anyMatch(line -> line.contains(part));
        }

        void assertSays(String part) {
            assertTrue(says(part), () -> "\"" + part + "\" is not in " + lines);
        }

        void assertSaysNot(String part) {
            assertFalse(says(part), () -> "\"" + part + "\" is in " + lines);
        }

        void assertDrained(String... names) {
            for (String name : names) {
                assertSays(name + " hook while DRAINING");
                assertSays(name + " follow-up");
                assertSays(name + " ended");
            }
        }

        void assertAllFinishedAtSigterm() {
            assertSaysNot("not finished");
            assertEquals(128 + 15, code);
        }

        void assertGraceWasNotWaitedFor() {
            assertTrue(millis < 30_000, () -> "it has waited for the grace, " + millis + " ms");
        }
    }

    @Test
    void s1_hooksRunAndTasksEndWhenTheJvmIsTerminated() throws Exception {
        Run run = new Run("drains", 60_000);
        run.assertDrained("first", "second");
        run.assertSaysNot("Exception");
        assertEquals(128 + 15, run.code);
        assertTrue(run.millis < 30_000, () -> "it has not waited for the grace, but took " + run.millis + " ms");
    }

    @Test
    void s1_aTaskThatExitsTheJvmDoesNotHangIt() throws Exception {
        Run run = new Run("exit in a task", 300);
        assertEquals(JvmExitProgram.CODE, run.code, () -> "" + run.lines);
        run.assertSays("bystander interrupted");
        run.assertSays("exits");   // the report names it: it waits in System.exit for the hook
    }

    @Test
    void s1_aTaskThatIgnoresInterruptsIsReportedAndTheJvmExits() throws Exception {
        Run run = new Run("ignores interrupts", 300);
        assertEquals(128 + 15, run.code);
        assertTrue(run.millis >= 300, () -> "it did not wait for the grace, but took " + run.millis + " ms");
        run.assertSays("stubborn supervisor");
        run.assertSays("stubborn task");
        run.assertSays("ignoreInterruptsForEver");
    }

    @Test
    void s1_noneIsReportedIfNoneIsLeft() throws Exception {
        Run run = new Run("ended in time", 60_000);
        assertEquals(List.of(), run.lines);
        assertEquals(JvmExitProgram.CODE, run.code);
        assertTrue(run.millis < 30_000);
    }

    @Test
    void s1_supervisorsThatOpenAndCloseDuringTheExitThrowNothing() throws Exception {
        Run run = new Run("opens during the exit", 2_000);
        assertEquals(JvmExitProgram.CODE, run.code);
        run.assertSaysNot("thrown");
        run.assertSaysNot("Exception");
        run.assertSays("spawned 1");
        run.assertSays("opened ENTERED");
        run.assertSays("closed all");
    }

    @Test
    void s1_manySupervisorsShareOneClock() throws Exception {
        long grace = 3_000;
        Run run = new Run("one clock", grace);
        assertEquals(JvmExitProgram.CODE, run.code);
        Pattern pattern = Pattern.compile("(first|second) interrupted after (\\d+) ms");
        List<Long> millis = run.lines.stream().map(pattern::matcher).filter(Matcher::matches)
                .map(matcher -> Long.parseLong(matcher.group(2))).toList();
        assertEquals(2, millis.size(), () -> "" + run.lines);
        for (long each : millis) {
            assertTrue(each >= grace, () -> "early: " + millis);
            assertTrue(each < 2 * grace, () -> "one after the other: " + millis);
        }
    }

    @Test
    void s1_aShortGraceIsNotHeldUpByLongOnes() throws Exception {
        Run run = new Run("a short grace among long ones", 60_000);
        run.assertSays("the short one is interrupted");
        assertTrue(run.millis < 30_000, () -> "it has waited for the long ones, " + run.millis + " ms");
    }

    @Test
    void s1_theBoundBeyondTheGraceIsSharedToo() throws Exception {
        Run run = new Run("one clock for the stubborn", 1_000);
        assertEquals(JvmExitProgram.CODE, run.code);
        for (int i = 1; i <= JvmExitProgram.STUBBORN; i++) {
            run.assertSays("task " + i);
        }
        assertTrue(run.millis < JvmExitProgram.STUBBORN * BEYOND_MILLIS, () -> "one after the other: " + run.millis + " ms");
    }

    /** It has left its block: so no interrupt is for it, and its join returns when the abort has ended the tasks. */
    @Test
    void s1_anOwnerThatWaitsInJoinReturnsFromIt() throws Exception {
        Run run = new Run("the owner waits in join", 300);
        run.assertSays("task interrupted");
        run.assertSays("joined, interrupted: false");
        run.assertAllFinishedAtSigterm();
    }

    @Test
    void s1_anOwnerInItsBlockIsInterruptedAlsoAfterADrainThatWentWell() throws Exception {
        Run run = new Run("the owner is in its block", 60_000);
        run.assertSays("owned follow-up");
        run.assertSays("owned ended");
        run.assertSays("owner interrupted");
        run.assertAllFinishedAtSigterm();
        run.assertGraceWasNotWaitedFor();
    }

    @Test
    void s1_anOwnerInItsBlockIsInterruptedWhenTheGraceIsOver() throws Exception {
        Run run = new Run("the owner is in its block when the grace is over", 300);
        run.assertSays("owner interrupted");
        run.assertSays("owned ended");   // it waits for the owner's interrupt
        run.assertAllFinishedAtSigterm();
    }

    @Test
    void s1_theChildOfASupervisorDrainsWithIt() throws Exception {
        Run run = new Run("a parent and its child", 60_000);
        run.assertDrained("parent", "child");
        run.assertAllFinishedAtSigterm();
        run.assertGraceWasNotWaitedFor();
    }

    @Test
    void s1_aChildThatIsNotFinishedIsReportedWithItsParent() throws Exception {
        Run run = new Run("a stubborn child", 300);
        run.assertSays("not finished");
        run.assertSays("parent");
        run.assertSays("task of the child");
        run.assertSays("ignoreInterruptsForEver");
        assertEquals(128 + 15, run.code);
    }

    @Test
    void s1_aCancelHookThatHangsHoldsUpNoExit() throws Exception {
        Run run = new Run("a cancel hook hangs", 300);
        run.assertSays("first ended");
        run.assertSays("second ended");
        run.assertAllFinishedAtSigterm();
    }

    @Test
    void s1_aDrainHookThatHangsHoldsUpNoExit() throws Exception {
        Run run = new Run("a drain hook hangs", 60_000);
        run.assertSays("hanging interrupted");
        run.assertSays("other hook while DRAINING");
        run.assertSays("other ended");
        run.assertAllFinishedAtSigterm();
        run.assertGraceWasNotWaitedFor();
    }

    /** The body goes on for a second when it has been interrupted: the JVM waits for it. */
    @Test
    void s1_aTaskThatEndsSoonAfterTheAbortIsWaitedFor() throws Exception {
        Run run = new Run("a task ends late", 300);
        run.assertSays("ended late");
        run.assertAllFinishedAtSigterm();
    }

    /** More nanoseconds than a long holds. */
    @Test
    void s1_aHugeGraceEndsWithTheTasks() throws Exception {
        Run run = new Run("a huge grace", 0);
        run.assertSays("ended undisturbed");
        run.assertAllFinishedAtSigterm();
    }

    @Test
    void s1_thereIsOneHookAndItGoesWithTheLastSupervisor() throws Exception {
        Run run = new Run("the hook is removed", 1_000, "--add-opens", "java.base/java.lang=ALL-UNNAMED");
        run.assertSays("hooks 111010");
        assertEquals(0, run.code);
    }

    @Test
    void s1_aGraceThatIsNegativeIsRefused() {
        Supervisor.Builder builder = Supervisor.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.drainOnJvmExit(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> builder.drainOnJvmExit(null));
        builder.drainOnJvmExit(Duration.ZERO).open().close();
        builder.drainOnJvmExit(Duration.ofSeconds(Long.MAX_VALUE)).open().close();
    }
}
