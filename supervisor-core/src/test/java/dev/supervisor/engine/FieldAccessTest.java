package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The plain fields of a task are read and written by {@link TaskState} and {@link Window}, which say what each access
 * means. The test lists all other methods that access them: above all the marks of threads whose stack has run out,
 * where no call may be made, and the step that counts a task out.
 */
class FieldAccessTest {

    private static final Set<String> OWNERS =
            Set.of("Window", "Owner", "TaskState", "ObservedTask", "TaskBody", "SupervisedTask", "AsyncTask",
                    "ChildTask", "SupervisedTask$Permitted");
    private static final Set<String> FIELDS = Set.of("thread", "segment", "slot", "payload");

    @Test
    void plainFieldsOfATaskAreAccessedInTheseMethodsAlone() throws Exception {
        assertEquals(new TreeSet<>(Set.of(
                "AsyncTask.accept: payload, thread",   // the marks of threads that were cut off
                "AsyncTask.start: payload, thread",
                "ChildTask.ended: payload, thread",
                "Admission.admit: segment",   // of a spawn that was cut off with a permit
                "Admission.enterAndLaunch: segment, slot",   // a task that could not be added, for want of stack
                "Completion.attend: segment, slot, thread",   // the mark of a completer that was cut off
                "Completion.complete: thread",   // no call between this and the count-out
                "Completion.completeForOther: payload",   // the failure that a runner that was cut off has stored
                "Completion.retire: segment, slot",
                "Tally.ended: slot",   // no call between the addition and its mark
                "TaskBody.run: payload, segment, slot, thread")),   // the mark of a runner that was cut off
                accesses());
    }

    private static Set<String> accesses() throws IOException, URISyntaxException {
        Set<String> found = new TreeSet<>();
        visitEngine(new Accesses(found));
        return found;
    }

    /** Shows the visitor each class of the engine, one after the other. */
    static void visitEngine(ClassVisitor visitor) throws IOException, URISyntaxException {
        Path classes = Path.of(Scope.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes.resolve("dev/supervisor/engine"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    new ClassReader(in).accept(visitor, 0);
                }
            }
        }
    }

    /** Collects the methods of a class that access the fields, except for the two classes that declare them. */
    private static final class Accesses extends ClassVisitor {

        private final Set<String> found;
        private String type;

        Accesses(Set<String> found) {
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
            return type.equals("TaskState") || type.equals("Window") ? null : new MethodVisitor(Opcodes.ASM9) {

                private final Set<String> fields = new TreeSet<>();

                @Override
                public void visitFieldInsn(int opcode, String owner, String field, String fieldsType) {
                    if (OWNERS.contains(simple(owner)) && FIELDS.contains(field)) {
                        fields.add(field);
                    }
                }

                @Override
                public void visitEnd() {
                    if (!fields.isEmpty()) {
                        found.add(type + "." + method + ": " + String.join(", ", fields));
                    }
                }
            };
        }

        private static String simple(String name) {
            return name.substring(name.lastIndexOf('/') + 1);
        }
    }
}
