package dev.supervisor;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A program, for a JVM of its own, whose supervisors drain when the JVM exits. The first argument says what it does,
 * the second how long the grace is, in milliseconds. It prints a line for each event that the test looks for.
 */
final class JvmExitProgram {

    static final String READY = "ready";
    static final int CODE = 3;
    /** So many that it takes long if they are waited for one after the other. */
    static final int STUBBORN = 6;

    private final String role;
    private final Duration grace;
    /** When the exit began, or a little earlier. */
    private volatile long exitBegan;

    private JvmExitProgram(String role, Duration grace) {
        this.role = role;
        this.grace = grace;
    }

    public static void main(String[] args) throws Exception {
        new JvmExitProgram(args[0], Duration.ofMillis(Long.parseLong(args[1]))).run();
    }

    private static synchronized void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private Supervisor open(String name) {
        return open(name, grace);
    }

    private static Supervisor open(String name, Duration grace) {
        return Supervisor.builder().name(name).drainOnJvmExit(grace).unowned().open();
    }

    private void exit() {
        exitBegan = System.nanoTime();
        System.exit(CODE);
    }

    private static void never() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    private void run() throws Exception {
        switch (role) {
            case "drains" -> {
                spawnDraining("first");
                spawnDraining("second");
                print(READY);
                never();
            }
            case "exit in a task" -> {
                Supervisor supervisor = open("exiting");
                supervisor.spawn("bystander", () -> {
                    try {
                        never();
                    } finally {
                        print("bystander interrupted");
                    }
                });
                supervisor.spawn("exits", this::exit);
                never();
            }
            case "ignores interrupts" -> {
                CountDownLatch begun = new CountDownLatch(1);
                open("stubborn supervisor").spawn("stubborn task", () -> {
                    begun.countDown();
                    ignoreInterruptsForEver();
                });
                begun.await();
                print(READY);
                never();
            }
            case "opens during the exit" -> openDuringTheExit();
            case "one clock" -> {
                for (String name : new String[] {"first", "second"}) {
                    CountDownLatch begun = new CountDownLatch(1);
                    open(name).spawn(() -> {
                        begun.countDown();
                        try {
                            never();
                        } finally {
                            print(name + " interrupted after " + (System.nanoTime() - exitBegan) / 1_000_000 + " ms");
                        }
                    });
                    begun.await();
                }
                exit();
            }
            case "one clock for the stubborn" -> {
                for (int i = 1; i <= STUBBORN; i++) {
                    CountDownLatch begun = new CountDownLatch(1);
                    open("stubborn " + i).spawn("task " + i, () -> {
                        begun.countDown();
                        ignoreInterruptsForEver();
                    });
                    begun.await();
                }
                exit();
            }
            case "a short grace among long ones" -> {
                CountDownLatch shortIsOver = new CountDownLatch(1);
                CountDownLatch begun = new CountDownLatch(STUBBORN + 1);
                for (int i = 1; i <= STUBBORN; i++) {
                    open("long " + i).spawn(() -> {
                        begun.countDown();
                        shortIsOver.await();
                    });
                }
                open("short", Duration.ofMillis(100)).spawn(() -> {
                    begun.countDown();
                    try {
                        never();
                    } finally {
                        print("the short one is interrupted");
                        shortIsOver.countDown();
                    }
                });
                begun.await();
                print(READY);
                never();
            }
            case "the owner waits in join" -> ownerWaitsInJoin();
            case "the owner is in its block" -> ownerIsInItsBlock(true);
            case "the owner is in its block when the grace is over" -> ownerIsInItsBlock(false);
            case "a parent and its child" -> {
                Supervisor parent = open("parent");
                Supervisor child = openChild(parent);
                spawnDraining(parent);
                spawnDraining(child);
                print(READY);
                never();
            }
            case "a stubborn child" -> {
                CountDownLatch begun = new CountDownLatch(1);
                openChild(open("parent")).spawn("task of the child", () -> {
                    begun.countDown();
                    ignoreInterruptsForEver();
                });
                begun.await();
                print(READY);
                never();
            }
            case "a cancel hook hangs" -> cancelHookHangs();
            case "a drain hook hangs" -> drainHookHangs();
            case "a task ends late" -> {
                CountDownLatch begun = new CountDownLatch(1);
                open("late").spawn(() -> {
                    begun.countDown();
                    try {
                        never();
                    } catch (InterruptedException e) {
                        pause(1_000);
                        print("ended late");
                    }
                });
                begun.await();
                print(READY);
                never();
            }
            case "a huge grace" -> {
                Supervisor supervisor = open("huge", Duration.ofSeconds(Long.MAX_VALUE));
                CountDownLatch begun = new CountDownLatch(1);
                CountDownLatch asked = new CountDownLatch(1);
                supervisor.spawn(() -> {
                    begun.countDown();
                    asked.await();
                    pause(500);   // long enough for an abort that comes too early
                    print("ended undisturbed");
                }).onDrain(asked::countDown);
                begun.await();
                print(READY);
                never();
            }
            case "the hook is removed" -> hookIsRemoved();
            case "ended in time" -> {
                open("never used");
                Supervisor closed = open("closed");
                closed.spawn(() -> 1);
                closed.join();
                exit();
            }
            default -> throw new IllegalArgumentException(role);
        }
    }

    private void spawnDraining(String name) throws InterruptedException {
        spawnDraining(open(name));
    }

    /** A task that ends when it is asked to by its hook, a little later, and has not been interrupted. */
    private static void spawnDraining(Supervisor supervisor) throws InterruptedException {
        String name = supervisor.name();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        supervisor.spec("acceptor").onDrain(() -> {
            print(name + " hook while " + supervisor.state());
            asked.countDown();
        }).spawn(() -> {
            begun.countDown();
            asked.await();
            supervisor.spawn("follow-up", () -> print(name + " follow-up")).join();
            print(name + " ended");
        });
        begun.await();
    }

    private static void ignoreInterruptsForEver() {
        while (true) {
            try {
                never();
            } catch (InterruptedException e) {
                // goes on
            }
        }
    }

    /** Waits, interruptibly; nothing comes before the time is over. */
    private static void pause(long millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }

    /** A child that does not drain by itself when the JVM exits. */
    private static Supervisor openChild(Supervisor parent) {
        return Supervisor.builder().name("child").parent(parent).unowned().open();
    }

    /** The exit waits for this thread, too, by a hook of its own: so what it prints at its end is there. */
    private static void keepUntilEnd(Background<Void> owner) {
        Runtime.getRuntime().addShutdownHook(new Thread(owner::outcome));
    }

    private void ownerWaitsInJoin() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        keepUntilEnd(Background.run(() -> {
            try (Supervisor supervisor = Supervisor.builder().name("owned").drainOnJvmExit(grace).open()) {
                supervisor.spawn(() -> {
                    begun.countDown();
                    try {
                        never();
                    } finally {
                        print("task interrupted");
                    }
                });
                opened.set(supervisor);
                supervisor.join();
            }
            print("joined, interrupted: " + Thread.currentThread().isInterrupted());
        }));
        begun.await();
        Poll.until("in join", () -> opened.get() != null && opened.get().state() == Supervisor.State.EXITING);
        print(READY);
        never();
    }

    /** The owner waits in its block for nothing: only an interrupt ends that. */
    private void ownerIsInItsBlock(boolean tasksEndInTime) throws Exception {
        CountDownLatch inBlock = new CountDownLatch(1);
        CountDownLatch ownerInterrupted = new CountDownLatch(1);
        keepUntilEnd(Background.run(() -> {
            try (Supervisor supervisor = Supervisor.builder().name("owned").drainOnJvmExit(grace).open()) {
                if (tasksEndInTime) {
                    spawnDraining(supervisor);
                } else {
                    CountDownLatch begun = new CountDownLatch(1);
                    supervisor.spawn(() -> {
                        begun.countDown();
                        Poll.await(ownerInterrupted);
                        print("owned ended");
                    });
                    begun.await();
                }
                inBlock.countDown();
                try {
                    never();
                } finally {
                    print("owner interrupted");
                    ownerInterrupted.countDown();
                }
            }
        }));
        inBlock.await();
        print(READY);
        never();
    }

    private void cancelHookHangs() throws Exception {
        for (String name : new String[] {"first", "second"}) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch hooked = new CountDownLatch(1);
            open(name).spec("task").onCancel(() -> {
                hooked.countDown();
                ignoreInterruptsForEver();
            }).spawn(() -> {
                begun.countDown();
                Poll.await(hooked);   // else the task's own thread might be the one that runs the hook
                print(name + " ended");
            });
            begun.await();
        }
        print(READY);
        never();
    }

    private void drainHookHangs() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        TaskSpec spec = open("hanging", Duration.ofMillis(300)).spec("task");
        spec.onDrain(JvmExitProgram::ignoreInterruptsForEver).spawn(() -> {
            begun.countDown();
            try {
                never();
            } finally {
                print("hanging interrupted");
            }
        });
        begun.await();
        spawnDraining("other");
        print(READY);
        never();
    }

    private void openDuringTheExit() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch draining = new CountDownLatch(1);
        Supervisor first = open("first");
        first.spawn(() -> {
            begun.countDown();
            never();
        }).onDrain(draining::countDown);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                draining.await();   // so the exit has begun, and the library's own hook runs
                Supervisor closed = open("closed in the exit");
                print("spawned " + closed.spawn(() -> 1).get());
                closed.close();
                print("opened " + open("left open in the exit").state());
                first.close();
                print("closed all");
            } catch (Throwable t) {
                print("thrown " + t);
            }
        }));
        begun.await();
        exit();
    }

    /** Looks into the JDK; needs --add-opens java.base/java.lang=ALL-UNNAMED. */
    private void hookIsRemoved() throws Exception {
        Supervisor warmUp = open("warm-up");
        warmUp.spawn(() -> 1);
        warmUp.join();   // whatever else has a hook, as a logger has, has it now
        int before = hooks();
        Supervisor first = open("first");
        int one = hooks();
        Supervisor second = open("second");
        Supervisor third = open("third");
        int many = hooks();
        first.close();
        second.spawn(() -> 1);
        second.join();
        int stillOne = hooks();
        third.abort();   // finished, and never left
        int none = hooks();
        Supervisor again = open("again");
        int oneAgain = hooks();
        again.close();
        print("hooks " + (one - before) + (many - before) + (stillOne - before) + (none - before)
                + (oneAgain - before) + (hooks() - before));
    }

    private static int hooks() throws Exception {
        Field field = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
        field.setAccessible(true);
        return ((Map<?, ?>) field.get(null)).size();
    }
}
