package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Background;
import dev.supervisor.BlockFailure;
import dev.supervisor.FailureHandler;
import dev.supervisor.Heap;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskDecorator;
import dev.supervisor.threads.SharedPool;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The threads that a supervisor starts if it has neither an executor nor a factory: E8. */
class ThreadsTest {

    private final ClassLoader loaderBefore = Thread.currentThread().getContextClassLoader();

    @AfterEach
    void noStrayInterrupt() {
        Thread.currentThread().setContextClassLoader(loaderBefore);
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    @Test
    void e8_theyAreDaemons() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            Task<Boolean> task = supervisor.spawn(() -> Thread.currentThread().isDaemon());
            Task<Boolean> named = supervisor.spawn("named", () -> Thread.currentThread().isDaemon());
            assertTrue(task.get());
            assertTrue(named.get());
            assertTrue(Background.call(() -> supervisor.spawn(() -> Thread.currentThread().isDaemon()).get()).join());
            supervisor.join();
        }
    }

    @Test
    void e8_theyAreVirtualFromJdk21On() throws Exception {
        boolean expected = Runtime.version().feature() >= 21;
        for (Supervisor.Builder builder : List.of(Supervisor.builder(), Supervisor.builder().name("named"))) {
            try (Supervisor supervisor = builder.open()) {
                assertEquals(expected, isVirtual(supervisor.spawn(Thread::currentThread).get()));
                assertEquals(expected, isVirtual(supervisor.spawn("named, too", Thread::currentThread).get()));
            }
        }
    }

    private static boolean isVirtual(Thread thread) throws ReflectiveOperationException {
        return Runtime.version().feature() >= 21 && (boolean) Thread.class.getMethod("isVirtual").invoke(thread);
    }

    @Test
    void e8_theyAreDaemonsEvenIfANonDaemonSpawns() throws Exception {
        AtomicReference<Task<Boolean>> task = new AtomicReference<>();
        try (Supervisor supervisor = Supervisor.open()) {
            Thread thread = new Thread(() -> task.set(supervisor.spawn(() -> Thread.currentThread().isDaemon())));
            thread.setDaemon(false);
            thread.start();
            thread.join(Poll.DEADLINE.toMillis());
            assertTrue(task.get().get());
            supervisor.join();
        }
    }

    @Test
    void e8_theyAreNotTheSpawnersOwn() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            assertNotSame(Thread.currentThread(), supervisor.spawn(Thread::currentThread).get());
            supervisor.join();
        }
    }

    @Test
    void e8_aThreadHasTheNameOfItsTask() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            for (int i = 0; i < 100; i++) {
                Task<String> task = supervisor.spawn("task " + i, () -> Thread.currentThread().getName());
                assertEquals("task " + i, task.get());
                assertEquals(task.name(), task.get());
            }
            supervisor.join();
        }
    }

    @Test
    void e8_tasksAtTheSameTimeHaveTheirOwnNames() throws Exception {
        CountDownLatch all = new CountDownLatch(50);
        List<Task<String>> tasks = new ArrayList<>();
        try (Supervisor supervisor = Supervisor.open()) {
            for (int i = 0; i < 50; i++) {
                tasks.add(supervisor.spawn("task " + i, () -> {
                    all.countDown();
                    Poll.await(all);
                    return Thread.currentThread().getName();
                }));
            }
            supervisor.join();
        }
        for (int i = 0; i < 50; i++) {
            assertEquals("task " + i, tasks.get(i).get());
        }
    }

    @Test
    void e8_theThreadOfATaskWithoutANameTellsTheSupervisors() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().name("lighthouse").open()) {
            String name = supervisor.spawn(() -> Thread.currentThread().getName()).get();
            assertTrue(name.contains("lighthouse"), name);
            supervisor.join();
        }
    }

    /** On the shared pool, which is the default on JDK 17 and works on all; its threads borrow the name "pooled". */
    private static Supervisor openOnSharedPool() {
        return new Scope(new Settings(null, new SharedPool("pooled"), true, Settings.DEFAULT.fatalIf(),
                FailureHandler.ignore(), BlockFailure.WAIT, null, null, Options.NONE), false);
    }

    private static void untilItHasItsOwnName(Thread pooled) {
        Poll.until("has its own name: " + pooled, () -> pooled.getName().startsWith("supervisor-pool-"));
    }

    @Test
    void e8_aPooledThreadGetsItsNameBack() throws Exception {
        try (Supervisor supervisor = openOnSharedPool()) {
            for (int i = 0; i < 20; i++) {
                untilItHasItsOwnName(supervisor.spawn("borrowed name", Thread::currentThread).get());
                Task<String> second = supervisor.spawn("a second name", () -> Thread.currentThread().getName());
                assertEquals("a second name", second.get());
                assertEquals("pooled", supervisor.spawn(() -> Thread.currentThread().getName()).get());
            }
            supervisor.join();
        }
        List<String> borrowed = List.of("borrowed name", "a second name", "pooled");
        Poll.until("no thread keeps a name", () -> Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName).noneMatch(borrowed::contains));
    }

    @Test
    void e8_aPooledThreadGetsItsNameBackAfterAFailureToo() throws Exception {
        try (Supervisor supervisor = openOnSharedPool()) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            supervisor.spawn("failing name", () -> {
                thread.set(Thread.currentThread());
                throw new AssertionError("on purpose");
            });
            supervisor.join();
            untilItHasItsOwnName(thread.get());
            assertEquals(0, supervisor.liveCount());
        }
    }

    @Test
    void e8_aNameThatABodySetsDoesNotReachTheNextTask() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            for (int i = 0; i < 20; i++) {
                supervisor.spawn(() -> Thread.currentThread().setName("set by a body")).get();
                assertNotEquals("set by a body", supervisor.spawn(() -> Thread.currentThread().getName()).get());
            }
            supervisor.join();
        }
    }

    @Test
    void e8_aPooledThreadGetsBackWhateverABodyHasSet() throws Exception {
        Thread.UncaughtExceptionHandler tenants = (thread, thrown) -> { };
        try (Supervisor supervisor = openOnSharedPool()) {
            for (boolean fails : List.of(false, true)) {
                AtomicReference<Thread> used = new AtomicReference<>();
                supervisor.spawn("tenant", () -> {
                    Thread me = Thread.currentThread();
                    me.setName("tenant's");
                    me.setContextClassLoader(newLoader());
                    me.setPriority(Thread.MIN_PRIORITY);
                    me.setUncaughtExceptionHandler(tenants);
                    used.set(me);
                    if (fails) {
                        throw new IllegalStateException("on purpose");
                    }
                });
                Poll.until("the task has ended", () -> supervisor.liveCount() == 0);
                Thread thread = used.get();
                untilItHasItsOwnName(thread);
                Poll.until("loader", () -> thread.getContextClassLoader() == ClassLoader.getSystemClassLoader());
                Poll.until("priority", () -> thread.getPriority() == Thread.NORM_PRIORITY);
                Poll.until("handler", () -> thread.getUncaughtExceptionHandler() == thread.getThreadGroup());
            }
            supervisor.join();
        }
    }

    @Test
    void e8_theNextTenantFindsNothingOfTheLast() throws Exception {
        try (Supervisor supervisor = openOnSharedPool()) {
            for (int i = 0; i < 100; i++) {
                String found = supervisor.spawn(() -> {
                    Thread me = Thread.currentThread();
                    String state = me.getPriority() + " " + (me.getUncaughtExceptionHandler() == me.getThreadGroup());
                    me.setPriority(Thread.MAX_PRIORITY);
                    me.setUncaughtExceptionHandler((thread, thrown) -> { });
                    return state;
                }).get();
                assertEquals(Thread.NORM_PRIORITY + " true", found);
            }
            supervisor.join();
        }
    }

    @Test
    void e8_aFactorysThreadHasTheNameOfItsTask() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().threadFactory(Kind::daemon).open()) {
            assertEquals("given", supervisor.spawn("given", () -> Thread.currentThread().getName()).get());
            supervisor.join();
        }
    }

    @Test
    void e8_anExecutorsThreadKeepsItsName() throws Exception {
        try (Supervisor supervisor = Kind.POOLED.open()) {
            String name = supervisor.spawn("given", () -> Thread.currentThread().getName()).get();
            assertTrue(name.startsWith("test-"), name);
            supervisor.join();
        }
        String mine = Thread.currentThread().getName();
        try (Supervisor supervisor = Kind.CALLER_RUNS.open()) {
            assertEquals(mine, supervisor.spawn("given", () -> Thread.currentThread().getName()).get());
            supervisor.join();
        }
    }

    private static ClassLoader newLoader() {
        return new URLClassLoader(new URL[0], ThreadsTest.class.getClassLoader());
    }

    private static ClassLoader loaderInTask(Supervisor supervisor) throws Exception {
        return supervisor.spawn(() -> Thread.currentThread().getContextClassLoader()).get();
    }

    @Test
    void e8_theBodyHasTheSpawnersContextClassLoader() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            for (int i = 0; i < 20; i++) {
                ClassLoader loader = i % 5 == 4 ? null : newLoader();
                Thread.currentThread().setContextClassLoader(loader);
                assertSame(loader, loaderInTask(supervisor));
                Thread.currentThread().setContextClassLoader(loaderBefore);
                assertSame(loaderBefore, loaderInTask(supervisor));
            }
            supervisor.join();
        }
    }

    @Test
    void e8_theLoaderIsThatOfTheSpawnerNotOfTheOwner() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            ClassLoader loader = newLoader();
            ClassLoader seen = Background.call(() -> {
                Thread.currentThread().setContextClassLoader(loader);
                return loaderInTask(supervisor);
            }).join();
            assertSame(loader, seen);
            ClassLoader inner = newLoader();
            Task<ClassLoader> outer = supervisor.spawn(() -> {
                Thread.currentThread().setContextClassLoader(inner);
                return loaderInTask(supervisor);
            });
            assertSame(inner, outer.get());
            assertSame(loaderBefore, loaderInTask(supervisor));
            supervisor.join();
        }
    }

    @Test
    void e8_aLoaderThatABodySetsDoesNotReachTheNextTask() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            for (int i = 0; i < 20; i++) {
                Task<?> setter = supervisor.spawn(() -> Thread.currentThread().setContextClassLoader(newLoader()));
                setter.get();
                assertSame(loaderBefore, loaderInTask(supervisor));
            }
            supervisor.join();
        }
    }

    @Test
    void e8_noPooledThreadHoldsOnToALoader() throws Exception {
        try (Supervisor supervisor = openOnSharedPool()) {
            List<WeakReference<?>> loaders = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                spawnUnderNewLoader(supervisor, loaders);
            }
            Poll.until("none live", () -> supervisor.liveCount() == 0);
            Heap.untilCollected(loaders);
            assertEquals(10, loaders.size());
            supervisor.join();
        }
    }

    private void spawnUnderNewLoader(Supervisor supervisor, List<WeakReference<?>> loaders) throws Exception {
        ClassLoader loader = newLoader();
        loaders.add(new WeakReference<>(loader));
        Thread.currentThread().setContextClassLoader(loader);
        try {
            assertSame(loader, loaderInTask(supervisor));
            // This body sets yet another loader on its thread.
            Task<WeakReference<ClassLoader>> setter = supervisor.spawn(() -> {
                ClassLoader another = newLoader();
                Thread.currentThread().setContextClassLoader(another);
                return new WeakReference<>(another);
            });
            loaders.add(setter.get());
        } finally {
            Thread.currentThread().setContextClassLoader(loaderBefore);
        }
    }

    /**
     * Spawns more tasks at once than a pool can have idle threads for. Public, since another class loader loads it.
     */
    public static final class Spawner implements Consumer<Supervisor> {
        @Override
        public void accept(Supervisor supervisor) {
            CountDownLatch all = new CountDownLatch(100);
            for (int i = 0; i < 100; i++) {
                supervisor.spawn(() -> {
                    all.countDown();
                    all.await();
                });
            }
        }
    }

    /** Loads the class {@link Spawner} itself, and no other class. */
    private static final class SpawnersLoader extends ClassLoader {

        SpawnersLoader() {
            super(ThreadsTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Spawner.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private static WeakReference<?> spawnByForeignCode(Supervisor supervisor) throws Exception {
        ClassLoader loader = new SpawnersLoader();
        Object spawner = loader.loadClass(Spawner.class.getName()).getDeclaredConstructor().newInstance();
        assertSame(loader, spawner.getClass().getClassLoader());
        @SuppressWarnings("unchecked")
        Consumer<Supervisor> spawn = (Consumer<Supervisor>) spawner;
        spawn.accept(supervisor);
        return new WeakReference<>(loader);
    }

    @Test
    void e8_noPooledThreadHoldsOnToTheCodeOfWhoeverHappenedToSpawnFirst() throws Exception {
        try (Supervisor supervisor = openOnSharedPool()) {
            WeakReference<?> loader = spawnByForeignCode(supervisor);
            supervisor.join();
            Heap.untilCollected(loader);
            assertEquals(0, supervisor.liveCount());
        }
    }

    private static final InheritableThreadLocal<Object> INHERITABLE = new InheritableThreadLocal<>();

    @Test
    void e8_inheritableThreadLocalsAreNotInherited() throws Exception {
        INHERITABLE.set("the spawner's");
        try (Supervisor supervisor = Supervisor.open()) {
            CountDownLatch all = new CountDownLatch(30);
            List<Task<Object>> tasks = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                // All run at the same time, so that a pool has to start new threads.
                tasks.add(supervisor.spawn(() -> {
                    all.countDown();
                    Poll.await(all);
                    return INHERITABLE.get();
                }));
            }
            for (Task<Object> task : tasks) {
                assertNull(task.get());
            }
            supervisor.join();
        } finally {
            INHERITABLE.remove();
        }
    }

    @Test
    void e8_whatAnInheritableThreadLocalHoldsIsNotHeldByTheThreads() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            WeakReference<?> value = spawnWithInheritable(supervisor);
            Poll.until("none live", () -> supervisor.liveCount() == 0);
            Heap.untilCollected(value);
            assertNull(INHERITABLE.get());
            supervisor.join();
        }
    }

    private static WeakReference<?> spawnWithInheritable(Supervisor supervisor) {
        Object value = new Object();
        INHERITABLE.set(value);
        try {
            CountDownLatch all = new CountDownLatch(30);
            for (int i = 0; i < 30; i++) {
                supervisor.spawn(() -> {
                    all.countDown();
                    Poll.await(all);
                });
            }
            return new WeakReference<>(value);
        } finally {
            INHERITABLE.remove();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void e8_aDecoratorCarriesWhatShouldBe(Kind kind) throws Exception {
        ThreadLocal<String> context = new ThreadLocal<>();
        TaskDecorator carry = task -> {
            String value = context.get();
            return () -> {
                context.set(value);
                try {
                    task.run();
                } finally {
                    context.remove();
                }
            };
        };
        try (Supervisor supervisor = kind.builder().decorator(carry).open()) {
            context.set("mine");
            assertEquals("mine", supervisor.spawn(context::get).get());
            assertEquals("a stranger's", Background.call(() -> {
                context.set("a stranger's");
                return supervisor.spawn(context::get).get();
            }).join());
            context.remove();
            assertNull(supervisor.spawn(context::get).get());
            supervisor.join();
        }
    }
}
