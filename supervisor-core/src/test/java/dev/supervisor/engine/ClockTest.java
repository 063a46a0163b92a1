package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Supervisor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Without an observer, {@code recordTimes} and time limits no clock is read for a task, and nothing is made: O4. */
class ClockTest {

    private static final Set<String> CLOCKS = Set.of("System.nanoTime", "System.currentTimeMillis", "Deadlines.now",
            "Deadlines.after");

    /** None of these is on the way of a task without them. */
    @Test
    void o4_theClockIsReadInTheseMethodsAlone() throws Exception {
        assertEquals(new TreeSet<>(Set.of(
                "Alarm.look",   // the alarm, of time limits
                "Alarm.lookAndSleep",
                "Alarm.run",
                "Alarm.sleepUntil",
                "Alarm.sleepUntilNext",
                "CompletionQueue.next",   // waits of a limited time
                "Waits$Blocker.block",
                "Waits.await",
                "ExecutorView.invokeAny",
                "WaitClock.now",
                "JvmExit.await",
                "JvmExit.run",
                "LogTimer$Delayed.run",
                "FirstUse.async",
                "Deadlines.<clinit>",
                "Deadlines.<init>",   // of a supervisor with a deadline, or with time limits
                "Deadlines.after",
                "Deadlines.now",
                "Deadlines.sweep",
                "Drain.drain",
                "RecordedBody.<init>",   // with an observer, or recordTimes
                "RecordedBody.age",
                "RecordedBody.call",
                "RecordedBody.ended",
                "SelfTask.begin",   // a shield
                "Specified.beginTime",   // of a task with a time limit
                "Specified.due")),
                readers());
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o4_nothingIsRecordedUnlessThatIsWanted(Kind kind) {
        LateExecutor late = new LateExecutor();
        Supervisor plain = kind.builder().unowned().open();
        Supervisor held = Supervisor.builder().unowned().executor(late).open();
        SupervisedTask<?> task = (SupervisedTask<?>) held.spawn(() -> 1);
        assertNull(RecordedBody.of(task));
        assertNull(task.newestCallback());
        late.runAll();
        plain.spawn(() -> 1);
        plain.close();
        held.close();
    }

    private static Set<String> readers() throws IOException, URISyntaxException {
        Set<String> found = new TreeSet<>();
        FieldAccessTest.visitEngine(new Readers(found));
        return found;
    }

    /** Collects the methods of a class that read a clock. */
    private static final class Readers extends ClassVisitor {

        private final Set<String> found;
        private String type;

        Readers(Set<String> found) {
            super(Opcodes.ASM9);
            this.found = found;
        }

        @Override
        public void visit(int version, int access, String name, String signature, String above, String[] interfaces) {
            type = simple(name);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String method, String descriptor, String signature, String[] exceptions) {
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitMethodInsn(
                        int opcode, String owner, String called, String descriptor, boolean isInterface) {
                    if (CLOCKS.contains(simple(owner) + "." + called)) {
                        found.add(type + "." + method);
                    }
                }
            };
        }

        private static String simple(String name) {
            return name.substring(name.lastIndexOf('/') + 1);
        }
    }
}
