package dev.supervisor;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.LogRecord;

/** A program for {@link LeakTest}, in a JVM of its own: opens supervisors, and leaves them or not. */
public final class LeakProgram {

    static final String END = "as it should be";

    private static final RecordedLog LOG = new RecordedLog();

    private LeakProgram() { }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "collected" -> forEachKind(LeakProgram::collected);
            case "left" -> forEachKind(LeakProgram::left);
            case "owner dead" -> forEachKind(LeakProgram::ownerDead);
            case "owner dead, nothing happens" -> forEachKind(LeakProgram::ownerDeadAndNothingHappens);
            case "ended by others" -> forEachKind(LeakProgram::endedByOthers);
            case "off" -> {
                forEachKind(kind -> abandon(kind, "off"));
                collectOne();
                check(reports("was collected").isEmpty(), "something is reported");
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.out.println(END);   // and the JVM exits, whatever is open
    }

    private interface Role {
        void play(Kind kind) throws Exception;
    }

    private static void forEachKind(Role role) throws Exception {
        for (Kind kind : Kind.all()) {
            role.play(kind);
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise + ": " + LOG.messages(""));
        }
    }

    private static List<String> reports(String part) {
        return LOG.messages(part).stream().filter(message -> message.startsWith("Supervisor ")).toList();
    }

    private static void untilReported(String part) {
        Poll.until(part, () -> {
            System.gc();
            return !reports(part).isEmpty();
        });
    }

    /** Waits until something has been collected, and the thread of the Cleaner has come by. */
    private static void collectOne() {
        WeakReference<Object> dropped = new WeakReference<>(new Object());
        for (int i = 0; i < 3; i++) {
            Poll.until("collected", () -> {
                System.gc();
                return dropped.get() == null;
            });
        }
    }

    // ---- Dropped

    private static void abandon(Kind kind, String name) throws Exception {
        Supervisor unowned = kind.builder().unowned().name(name + " unowned " + kind).open();
        unowned.spawn(() -> 1).get();
        kind.builder().name(name + " owned " + kind).open().spawn(() -> 1).get();
        kind.builder().name(name + " never used " + kind).open();
    }

    private static void collected(Kind kind) throws Exception {
        abandon(kind, "dropped");
        for (String how : List.of("unowned", "owned", "never used")) {
            String name = "Supervisor dropped " + how + " " + kind + " was collected";
            untilReported(name);
            check(reports(name).size() == 1, "not once");
            LogRecord record = LOG.records().stream().filter(r -> r.getMessage().startsWith(name)).findAny().orElseThrow();
            check(List.of(record.getThrown().getStackTrace()).stream()
                    .anyMatch(frame -> frame.getMethodName().equals("abandon")), "not where it was opened");
        }
    }

    /** None of these is reported; one that is opened later, and dropped, is. */
    private static void left(Kind kind) throws Exception {
        List<WeakReference<Supervisor>> all = new ArrayList<>();
        for (boolean used : new boolean[] {true, false}) {
            leaveAll(kind, used, all);
        }
        Poll.until("all are collected", () -> {
            System.gc();
            return all.stream().allMatch(one -> one.get() == null);
        });
        kind.builder().unowned().name("last " + kind).open();
        untilReported("last " + kind);
        check(reports("").size() == Kind.all().indexOf(kind) + 1, "one that was left is reported");
    }

    private static void leaveAll(Kind kind, boolean used, List<WeakReference<Supervisor>> all) throws Exception {
        for (String exit : List.of("join", "close", "shutdown", "drain", "seal", "abort", "view", "refused")) {
            Supervisor supervisor = kind.builder().name(exit).open();
            if (used) {
                supervisor.spawn(() -> 1).get();
            }
            switch (exit) {
                case "join" -> supervisor.join();
                case "close" -> supervisor.close();
                case "shutdown" -> supervisor.shutdown();
                case "drain" -> check(supervisor.drain(Duration.ofMinutes(1)), "not drained");
                case "seal" -> supervisor.seal();
                case "abort" -> supervisor.abort();
                case "view" -> supervisor.asExecutorService().shutdown();
                default -> {
                    supervisor.close();
                    refuses(kind, supervisor);
                }
            }
            Poll.until("finished", () -> supervisor.state() == Supervisor.State.FINISHED);
            all.add(new WeakReference<>(supervisor));
        }
        kind.builder().run(supervisor -> all.add(new WeakReference<>(supervisor)));
        kind.builder().unowned().call(supervisor -> all.add(new WeakReference<>(supervisor)));
    }

    private static void refuses(Kind kind, Supervisor parent) {
        try {
            kind.builder().parent(parent).open();
            throw new AssertionError("not refused");
        } catch (RejectedExecutionException expected) {
            // It was never open.
        }
    }

    // ---- Without an owner

    private static Supervisor orphan(Kind kind, String name, List<GatedTask> tasks) {
        Supervisor[] opened = new Supervisor[1];
        Background.run(() -> {
            opened[0] = kind.builder().name(name + " " + kind).open();
            tasks.add(GatedTask.stubborn(kind, opened[0]));
            tasks.add(GatedTask.stubborn(kind, opened[0]));
        }).join();
        return opened[0];
    }

    private static void ownerDead(Kind kind) {
        List<GatedTask> tasks = new ArrayList<>();
        Supervisor counted = orphan(kind, "counted out", tasks);
        tasks.get(0).release();
        Poll.until("counted out", () -> !reports("counted out " + kind + " has lost its owner").isEmpty());
        tasks.get(1).release();

        Supervisor spawned = orphan(kind, "spawned", tasks);
        tasks.add(GatedTask.stubborn(kind, spawned));   // which is not counted out yet
        Poll.until("spawned", () -> !reports("spawned " + kind + " has lost its owner").isEmpty());

        tasks.forEach(GatedTask::release);
        for (Supervisor each : List.of(counted, spawned)) {
            each.shutdown();
            check(reports("Supervisor " + each.name()).size() == 1, "not once");
        }
    }

    private static void ownerDeadAndNothingHappens(Kind kind) {
        List<GatedTask> tasks = new ArrayList<>();
        Supervisor left = orphan(kind, "collection", tasks);
        untilReported("collection " + kind + " has lost its owner");
        tasks.forEach(GatedTask::release);
        left.shutdown();
        collectOne();
        check(reports("Supervisor " + left.name()).size() == 1, "not once");
    }

    /** The owner is dead, but another thread ends it. */
    private static void endedByOthers(Kind kind) {
        CountDownLatch opened = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        List<Supervisor> all = new ArrayList<>();
        List<GatedTask> tasks = new ArrayList<>();
        Background<Void> owner = Background.run(() -> {
            for (String how : List.of("shut down", "drained")) {
                Supervisor supervisor = kind.builder().name(how + " " + kind).open();
                tasks.add(GatedTask.stubborn(kind, supervisor));
                all.add(supervisor);
            }
            opened.countDown();
            boolean interrupted = false;
            while (leave.getCount() > 0) {
                try {
                    leave.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        });
        Poll.await(opened);
        Background<Void> shutdown = Background.run(all.get(0)::shutdown);
        Background<Void> drain = Background.run(() -> all.get(1).drain(Duration.ofMinutes(1)));
        Poll.until("both have begun", () -> all.get(0).state() == Supervisor.State.ABORTING
                && all.get(1).state() == Supervisor.State.DRAINING);
        leave.countDown();
        owner.join();
        collectOne();
        tasks.forEach(GatedTask::release);
        shutdown.join();
        drain.join();
        collectOne();
        check(reports("").isEmpty(), "reported though others end it");
    }
}
