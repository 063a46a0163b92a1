package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Where a method handle for virtual threads is missing, as in a native image that was built without the library's
 * reachability metadata, tasks get pooled threads. Such an image is imitated: a class loader takes one name away that
 * the library looks up.
 */
class MissingHandlesTest {

    private static final String LOOKS_UP = "dev.supervisor.threads.VirtualThreads";
    private static final String BUILDER = "java.lang.Thread$Builder$OfVirtual";
    private static final String METADATA =
            "/META-INF/native-image/dev.supervisor/supervisor-core/reachability-metadata.json";

    /** Runs a task, and cancels one that waits. Says which thread the first one had, and how the second one ended. */
    static final class Program implements Callable<String> {

        @Override
        public String call() throws Exception {
            try (Supervisor supervisor = Supervisor.open()) {
                Thread thread = supervisor.spawn("task", Thread::currentThread).get();
                CountDownLatch begun = new CountDownLatch(1);
                Task<Object> waits = supervisor.spawn(() -> {
                    begun.countDown();
                    new CountDownLatch(1).await();
                    return null;
                });
                begun.await();
                supervisor.shutdown();
                return thread.getClass().getSimpleName() + ", " + waits.status();
            }
        }
    }

    /** What a strict image throws, where others say that there is no such class, is a LinkageError, as this is. */
    static final class Refused {
        static {
            fail();
        }

        private static void fail() {
            throw new IllegalStateException("not registered for reflection");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BUILDER, "ofVirtual", "inheritInheritableThreadLocals", "name", "factory", "isVirtual"})
    void withoutOneOfThemTasksGetPooledThreads(String missing) throws Exception {
        assertEquals("PooledThread, CANCELLED", ranWithout(missing, "absent"));
    }

    @Test
    void whatIsRefusedByAnErrorIsMissing() throws Exception {
        assertEquals("PooledThread, CANCELLED", ranWithout(BUILDER, Refused.class.getName()));
    }

    @Test
    void withAllOfThemTasksGetVirtualThreads() throws Exception {
        String expected = Runtime.version().feature() >= 21 ? "VirtualThread, CANCELLED" : "PooledThread, CANCELLED";
        assertEquals(expected, ranWithout("isVirtual", "isVirtual"));
    }

    @ParameterizedTest
    @ValueSource(strings = {BUILDER, "ofVirtual", "inheritInheritableThreadLocals", "name", "factory", "isVirtual"})
    void theMetadataNamesThem(String looked) throws Exception {
        try (InputStream in = Supervisor.class.getResourceAsStream(METADATA)) {
            String metadata = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            String key = looked.equals(BUILDER) ? "type" : "name";
            assertTrue(metadata.contains('"' + key + "\": \"" + looked + '"'), metadata);
        }
    }

    private static String ranWithout(String name, String instead) throws Exception {
        Loader loader = new Loader(name, instead);
        var constructor = loader.loadClass(Program.class.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        @SuppressWarnings("unchecked")
        Callable<String> program = (Callable<String>) constructor.newInstance();
        String said = program.call();
        assertTrue(loader.found, () -> LOOKS_UP + " looks up no " + name);
        return said;
    }

    /** Loads the library anew, and replaces a name that it looks up. */
    private static final class Loader extends ClassLoader {

        private final String name;
        private final String instead;
        private boolean found;

        Loader(String name, String instead) {
            super(Loader.class.getClassLoader());
            this.name = name;
            this.instead = instead;
        }

        @Override
        protected Class<?> loadClass(String className, boolean resolve) throws ClassNotFoundException {
            if (!className.startsWith("dev.supervisor.") || className.equals(Refused.class.getName())) {
                return super.loadClass(className, resolve);
            }
            synchronized (getClassLoadingLock(className)) {
                Class<?> loaded = findLoadedClass(className);
                return loaded != null ? loaded : define(className);
            }
        }

        private Class<?> define(String className) throws ClassNotFoundException {
            URL url = getParent().getResource(className.replace('.', '/') + ".class");
            if (url == null) {
                throw new ClassNotFoundException(className);
            }
            try (InputStream in = url.openStream()) {
                byte[] read = in.readAllBytes();
                byte[] bytes = className.equals(LOOKS_UP) ? replaced(read) : read;
                return defineClass(className, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(className, e);
            }
        }

        private byte[] replaced(byte[] bytes) {
            ClassReader reader = new ClassReader(bytes);
            ClassWriter writer = new ClassWriter(reader, 0);
            reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
                @Override
                public MethodVisitor visitMethod(
                        int access, String method, String descriptor, String signature, String[] exceptions) {
                    MethodVisitor next = super.visitMethod(access, method, descriptor, signature, exceptions);
                    return method.equals("<clinit>") ? new Names(next) : next;
                }
            }, 0);
            return writer.toByteArray();
        }

        private final class Names extends MethodVisitor {

            Names(MethodVisitor next) {
                super(Opcodes.ASM9, next);
            }

            @Override
            public void visitLdcInsn(Object value) {
                boolean is = value.equals(name);
                found |= is;
                super.visitLdcInsn(is ? instead : value);
            }
        }
    }
}
