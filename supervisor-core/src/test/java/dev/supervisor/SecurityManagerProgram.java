package dev.supervisor;

import java.security.AccessControlContext;
import java.security.AccessControlException;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A program, for a JVM of its own that has a security manager, or allows the program to set one. It uses a supervisor
 * with the default executor. The arguments say whether the program sets the manager itself, when threads are pooled
 * already, and whether the policy grants everything.
 */
@SuppressWarnings("removal")
final class SecurityManagerProgram {

    static final String END = "all has worked";
    static final String LATER = "later";
    static final String GRANTED = "granted";

    private static final int TASKS = 20;

    private SecurityManagerProgram() { }

    public static void main(String[] args) throws Exception {
        List<String> arguments = List.of(args);
        if (arguments.contains(LATER)) {
            spawnMany();
            System.setSecurityManager(new SecurityManager());
        }
        if (System.getSecurityManager() == null) {
            throw new AssertionError("There is no security manager");
        }
        spawnMany();
        cancel();
        fail();
        if (arguments.contains(GRANTED)) {
            setContextClassLoader();
            keepPermissions();
        }
        System.out.println(END);
    }

    /** Spawns more tasks at the same time than there are idle threads. */
    private static void spawnMany() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().name("many").open()) {
            CountDownLatch all = new CountDownLatch(TASKS);
            Completions<String> completions = supervisor.completions();
            for (int i = 0; i < TASKS; i++) {
                completions.spawn("task " + i, () -> {
                    all.countDown();
                    all.await();
                    return Thread.currentThread().getName();
                });
            }
            for (int i = 0; i < TASKS; i++) {
                Task<String> task = completions.take();
                expect(task.get().endsWith(task.name()), task.get());
            }
            supervisor.execute(() -> expect(supervisor.liveCount() > 0, "live"));
            expect("nested".equals(supervisor.spawn(() -> Supervisor.call(
                    nested -> nested.spawn(() -> "nested").toCompletableFuture().get())).get()), "nested");
            supervisor.join();
        }
    }

    private static void cancel() throws Exception {
        CountDownLatch started = new CountDownLatch(2);
        Action body = () -> {
            started.countDown();
            new CountDownLatch(1).await();
        };
        Supervisor supervisor = Supervisor.open();
        try (supervisor) {
            Task<?> first = supervisor.spawn(body);
            Task<?> second = supervisor.spawn(body);
            started.await();
            first.cancel();
            supervisor.abort();
            supervisor.join();
            expect(first.isCancelled() && second.isCancelled(), first + " " + second);
        }
    }

    private static void fail() throws Exception {
        try (Supervisor supervisor = Supervisor.open()) {
            Task<?> task = supervisor.spawn("failing", () -> {
                throw new IllegalStateException("on purpose");
            });
            CountDownLatch called = new CountDownLatch(1);
            task.onDone(done -> called.countDown());
            supervisor.join();
            expect(called.await(0, TimeUnit.SECONDS) && task.failure() instanceof IllegalStateException, "failed");
        }
    }

    private static void setContextClassLoader() throws Exception {
        ClassLoader loader = new ClassLoader(SecurityManagerProgram.class.getClassLoader()) { };
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(loader);
        try (Supervisor supervisor = Supervisor.open()) {
            expect(supervisor.spawn(() -> Thread.currentThread().getContextClassLoader()).get() == loader, "loader");
            Thread.currentThread().setContextClassLoader(before);
            expect(supervisor.spawn(() -> Thread.currentThread().getContextClassLoader()).get() == before, "before");
            supervisor.join();
        }
    }

    /** A body may do what its spawner may, as in a thread that the spawner starts itself. */
    private static void keepPermissions() throws Exception {
        AccessControlContext unprivileged =
                new AccessControlContext(new ProtectionDomain[] {new ProtectionDomain(null, null)});
        try (Supervisor supervisor = Supervisor.builder().onFailure(FailureHandler.ignore()).open()) {
            for (int i = 0; i < TASKS; i++) {
                Task<String> ours = supervisor.spawn(() -> System.getProperty("user.home"));
                expect(ours.get() != null, "may read");
                Task<String> theirs = AccessController.doPrivileged(
                        (PrivilegedAction<Task<String>>) () -> supervisor.spawn(() -> System.getProperty("user.home")),
                        unprivileged);
                Poll.until("ended", theirs::isDone);
                expect(theirs.failure() instanceof AccessControlException, "may not read");
            }
            supervisor.join();
        }
    }

    private static void expect(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
