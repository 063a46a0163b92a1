package dev.supervisor.faults;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Loads the library and the tests' classes anew. It inserts a call of {@link FaultSwitch} into the library at each
 * allocation, at the entry of each method and before each call out of the library. It leaves static initialisers alone,
 * since a class whose initialiser has failed stays unusable.
 */
final class FaultLoader extends ClassLoader {

    private static final String PACKAGE = "dev.supervisor.";
    private static final String TESTS =
            FaultLoader.class.getProtectionDomain().getCodeSource().getLocation().toString();
    private static final Set<String> USERS_CODE =
            Set.of("Action", "Block", "BlockFunction", "FailureHandler", "TaskDecorator", "TaskObserver");
    /** Methods of the JDK that the library calls on a class of its own. */
    private static final Set<String> INHERITED = Set.of("arriveAndDeregister", "forceTermination", "isTerminated");
    private static final String SWITCH = FaultSwitch.class.getName();

    FaultLoader() {
        super(FaultLoader.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(PACKAGE) || name.startsWith(SWITCH)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        URL url = getParent().getResource(name.replace('.', '/') + ".class");
        if (url == null) {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = url.openStream()) {
            byte[] bytes = in.readAllBytes();
            if (!url.toString().startsWith(TESTS)) {   // a class of the library
                bytes = rewrite(bytes);
            }
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static byte[] rewrite(byte[] bytes) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {

            private String simpleName;

            @Override
            public void visit(
                    int version, int access, String name, String signature, String superName, String[] interfaces) {
                simpleName = name.substring(name.lastIndexOf('/') + 1);
                super.visit(version, access, name, signature, superName, interfaces);
            }

            @Override
            public MethodVisitor visitMethod(
                    int access, String name, String descriptor, String signature, String[] exceptions) {
                MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
                return name.equals("<clinit>") ? next : new Method(next, simpleName + "." + name);
            }
        }, 0);
        return writer.toByteArray();
    }

    /** Inserts a call of the switch before each instruction that can fail. */
    private static final class Method extends MethodVisitor {

        private final String name;
        private int line;

        Method(MethodVisitor next, String name) {
            super(Opcodes.ASM9, next);
            this.name = name;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            ask("entry", name);   // before the first label: outside of every try block of the method, as in the JVM
        }

        @Override
        public void visitLineNumber(int number, Label start) {
            line = number;
            super.visitLineNumber(number, start);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            super.visitTypeInsn(opcode, type);   // first: stack map frames name a raw object by the place of its NEW
            if (opcode == Opcodes.NEW || opcode == Opcodes.ANEWARRAY) {
                ask("allocation", place());
            }
        }

        @Override
        public void visitIntInsn(int opcode, int operand) {
            if (opcode == Opcodes.NEWARRAY) {
                ask("allocation", place());
            }
            super.visitIntInsn(opcode, operand);
        }

        @Override
        public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
            ask("allocation", place());
            super.visitMultiANewArrayInsn(descriptor, dimensions);
        }

        @Override
        public void visitInvokeDynamicInsn(String called, String descriptor, Handle bootstrap, Object... arguments) {
            ask("allocation", place());
            super.visitInvokeDynamicInsn(called, descriptor, bootstrap, arguments);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String called, String descriptor, boolean isInterface) {
            String type = owner.substring(owner.lastIndexOf('/') + 1);
            boolean leaves = (!owner.startsWith("dev/supervisor/") || INHERITED.contains(called))
                    && !called.equals("<init>") && !called.equals("onSpinWait");
            if (leaves || USERS_CODE.contains(type)) {
                ask("call", place() + " → " + type + "." + called);
            }
            if (leaves && called.equals("offer")) {
                ask("allocation", place());   // of a node of JCTools' queue
            }
            super.visitMethodInsn(opcode, owner, called, descriptor, isInterface);
        }

        private String place() {
            return name + ":" + line;
        }

        private void ask(String what, String place) {
            super.visitLdcInsn(place);
            super.visitMethodInsn(
                    Opcodes.INVOKESTATIC, SWITCH.replace('.', '/'), what, "(Ljava/lang/String;)V", false);
        }
    }
}
