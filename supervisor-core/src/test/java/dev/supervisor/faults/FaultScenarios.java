package dev.supervisor.faults;

import dev.supervisor.Background;
import dev.supervisor.BlockFailure;
import dev.supervisor.Completions;
import dev.supervisor.Kind;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import dev.supervisor.TaskSpec;
import dev.supervisor.engine.Peek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The scenarios of {@link OwnFramesTest}: each prepares a scene and returns an act, which runs with the switch armed. A
 * {@link FaultLoader} loads this class, so {@link OwnFramesTest} sees only types of the JDK.
 */
final class FaultScenarios {

    private static final Map<String, Function<FaultScene, FaultScene.Act>> ALL = new LinkedHashMap<>();

    private FaultScenarios() { }

    /** One run: {@code call} returns the violations, and {@code toString} says where the run hangs. */
    static final class Run implements Callable<List<String>>, Runnable {

        private final Function<FaultScene, FaultScene.Act> scenario;
        private volatile FaultScene scene;
        private volatile Throwable thrown;

        Run(Function<FaultScene, FaultScene.Act> scenario) {
            this.scenario = scenario;
        }

        @Override
        public List<String> call() {
            FaultScene mine = new FaultScene();
            scene = mine;
            FaultScene.Act act = scenario.apply(mine);
            thrown = mine.act(act);
            List<String> violations = new ArrayList<>(mine.violations());
            if (mine.exit && thrown instanceof OutOfMemoryError) {
                violations.add("the exit threw for want of memory");
            }
            if (thrown != null && !FaultSwitch.threw(thrown)) {
                violations.add(0, "threw " + thrown.getClass().getSimpleName());
            }
            return violations;
        }

        /** Releases the threads of a run that hangs. */
        @Override
        public void run() {
            scene.abandon();
        }

        @Override
        public String toString() {
            return "hangs in " + scene;
        }
    }

    /** A supplier of runs for every scenario, by its name. */
    static Map<String, Supplier<Callable<List<String>>>> all() {
        return runs(ALL);
    }

    static Map<String, Supplier<Callable<List<String>>>> runs(Map<String, Function<FaultScene, FaultScene.Act>> all) {
        Map<String, Supplier<Callable<List<String>>>> runs = new LinkedHashMap<>();
        all.forEach((name, scenario) -> runs.put(name, () -> new Run(scenario)));
        return runs;
    }

    static {
        opening();
        spawning();
        running();
        observing();
        cancelling();
        ending();
        blocks();
        fatal();
        completions();
        limits();
        timeLimits();
        hooks();
        children();
        observed();
    }

    private static void opening() {
        ALL.put("open", s -> () -> s.supervisor = Supervisor.open());
        ALL.put("open, built", s -> () -> s.supervisor = s.builder().unowned().decorator(task -> task).open());
        ALL.put("observe the supervisor", s -> {
            s.queued().spawn(s.body("a"));
            return () -> {
                s.supervisor.toString();
                s.supervisor.tasks();
                s.supervisor.state();
            };
        });
    }

    private static void spawning() {
        ALL.put("spawn, run by the caller", s -> {
            s.inline();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, queued", s -> {
            s.queued();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, queued, beside others", s -> {
            s.queued().sibling("b");
            for (int i = 0; i < 7; i++) {
                s.spawn(s.body("full" + i));   // the first segment is full
            }
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, named", s -> {
            s.inline();
            FaultScene.Body body = s.body("a");
            return () -> s.spawn(body, () -> s.supervisor.spawn("a", body));
        });
        ALL.put("spawn, default executor", s -> {
            s.supervisor = Supervisor.builder().onFailure(s::report).open();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, default executor, named", s -> {
            s.supervisor = Supervisor.builder().name("scene").onFailure(s::report).open();
            FaultScene.Body body = s.body("a");
            return () -> s.spawn(body, () -> s.supervisor.spawn("a", body));
        });
        ALL.put("spawn, thread factory", s -> {
            s.supervisor = Supervisor.builder().threadFactory(Kind::daemon).onFailure(s::report).open();
            FaultScene.Body body = s.body("a");
            return () -> s.spawn(body, () -> s.supervisor.spawn("a", body));
        });
        ALL.put("spawn, decorated", s -> {
            s.inline = true;
            s.supervisor = s.builder().decorator(task -> task::run).open();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, decorated, fails", s -> {
            s.inline = true;
            s.supervisor = s.builder().decorator(task -> task::run).open();
            return () -> s.spawn(s.failing("a"));
        });
        ALL.put("spawn, refused by the executor", s -> {
            s.supervisor = s.builder().executor(task -> {
                throw new RejectedExecutionException("full");
            }).open();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, refused after the body ran", s -> {
            s.supervisor = s.builder().executor(task -> {
                task.run();
                throw new RejectedExecutionException("late");
            }).open();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, null from the factory", s -> {
            s.supervisor = Supervisor.builder().threadFactory(task -> null).open();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, sealed", s -> {
            s.queued().supervisor.seal();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("spawn, inside of a task", s -> {
            s.inline();
            return () -> s.spawn(s.body("outer", () -> s.spawn(s.body("inner"))));
        });
        ALL.put("execute", s -> {
            s.inline();
            return () -> s.supervisor.execute(() -> { });
        });
    }

    /** Spawns the body, with two callbacks and a sibling; the act runs the body from the queue. */
    static FaultScene.Act runOf(FaultScene s, FaultScene.Body body) {
        s.spawn(body);
        s.onDone(body);
        s.onDone(body);
        s.sibling("b");
        Runnable task = s.queue.remove();
        return task::run;
    }

    private static void running() {
        ALL.put("run, succeeds", s -> {
            s.queued();
            return runOf(s, s.body("a"));
        });
        ALL.put("run, fails", s -> {
            s.queued();
            return runOf(s, s.failing("a"));
        });
        ALL.put("run, while a thread joins", s -> {
            s.supervisor = s.builder().unowned().open();
            s.spawn(s.body("a"));
            Background<Void> joiner = Background.blockedIn(s.supervisor::join);
            s.rightAfter("the thread that joins sleeps on",
                    () -> joiner.hasEnded() || s.supervisor.liveCount() > 0);
            Runnable task = s.queue.remove();
            return task::run;
        });
        ALL.put("cancel, while a thread joins", s -> {
            s.supervisor = s.builder().unowned().open();
            Task<Object> task = s.spawn(s.body("a"));
            Background<Void> joiner = Background.blockedIn(s.supervisor::join);
            s.rightAfter("the thread that joins sleeps on",
                    () -> joiner.hasEnded() || s.supervisor.liveCount() > 0);
            return task::cancel;
        });
        ALL.put("run, fails, default handler", s -> {
            s.supervisor = Supervisor.builder().executor(s.queue::add).open();
            s.accepted = s.supervisor.spawn(() -> {
                throw new IllegalStateException("a");
            });
            Runnable task = s.queue.remove();
            return task::run;
        });
        ALL.put("run, a callback throws", s -> {
            s.queued();
            FaultScene.Body body = s.body("a");
            FaultScene.Act act = runOf(s, body);
            body.task().onDone(task -> {
                throw new IllegalStateException("callback");
            });
            s.onDone(body);
            return act;
        });
        ALL.put("run, the handler throws", s -> {
            s.supervisor = s.builder().onFailure((task, failure) -> {
                s.report(task, failure);
                throw new IllegalStateException("handler");
            }).open();
            return runOf(s, s.failing("a"));
        });
        ALL.put("run, cancels itself", s -> {
            s.queued();
            FaultScene.Body[] body = new FaultScene.Body[1];
            body[0] = s.body("a", () -> {
                body[0].task().cancel();
                Thread.sleep(100);
            });
            return runOf(s, body[0]);
        });
        ALL.put("run, cancelled before", s -> {
            s.queued();
            FaultScene.Body body = s.body("a");
            FaultScene.Act act = runOf(s, body);
            body.task().cancel();
            return act;
        });
        ALL.put("run, the last one while admission has ended", s -> {
            s.queued().spawn(s.body("a"));
            s.supervisor.seal();
            Runnable task = s.queue.remove();
            return task::run;
        });
        ALL.put("run, the callback spawns", s -> {
            s.queued();
            FaultScene.Body body = s.body("a");
            FaultScene.Act act = runOf(s, body);
            body.task().onDone(task -> s.spawn(s.body("follow-up")));
            return act;
        });
    }

    private static void observing() {
        ALL.put("onDone, pending", s -> {
            FaultScene.Body body = s.queued().spawned(s.body("a"));
            s.onDone(body);
            return () -> s.onDone(body);
        });
        ALL.put("onDone, done", s -> {
            FaultScene.Body body = s.inline().spawned(s.body("a"));
            return () -> s.onDone(body);
        });
        ALL.put("get, done", s -> {
            FaultScene.Body body = s.inline().spawned(s.body("a"));
            return () -> body.task().get();
        });
        ALL.put("get, failed", s -> {
            FaultScene.Body body = s.inline().spawned(s.failing("a"));
            return () -> body.task().get();
        });
        ALL.put("join of a task, cancelled", s -> {
            FaultScene.Body body = s.queued().spawned(s.body("a"));
            body.task().cancel();
            return () -> body.task().join();
        });
        ALL.put("get, waits", s -> {
            FaultScene.Body body = s.queued().untilWaitedFor("a", () -> { });
            s.onDone(body);
            return () -> body.task().get();
        });
        ALL.put("join of a task, waits", s -> {
            FaultScene.Body body = s.queued().untilWaitedFor("a", () -> {
                throw new IllegalStateException("a");
            });
            return () -> body.task().join();
        });
        ALL.put("get, timed out", s -> {
            FaultScene.Body body = s.queued().spawned(s.body("a"));
            return () -> {
                try {
                    body.task().get(1, TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    return;
                }
                throw new AssertionError("not timed out");
            };
        });
        ALL.put("toCompletableFuture", s -> {
            FaultScene.Body body = s.queued().spawned(s.body("a"));
            List<CompletableFuture<?>> futures = new ArrayList<>();
            s.after("a future was not completed", () -> futures.stream().allMatch(CompletableFuture::isDone));
            return () -> {
                futures.add(body.task().toCompletableFuture());
                futures.add(futures.get(0).thenRun(() -> { }));
                s.queue.remove().run();
            };
        });
        ALL.put("toCompletableFuture, cancelled", s -> {
            FaultScene.Body body = s.queued().spawned(s.body("a"));
            s.onDone(body);
            CompletableFuture<Object> future = body.task().toCompletableFuture();
            s.after("the future was not completed", future::isDone);
            return () -> future.cancel(true);
        });
    }

    private static void cancelling() {
        ALL.put("cancel, pending", s -> {
            FaultScene.Body body = s.queued().spawned(s.body("a"));
            s.onDone(body);
            s.onDone(body);
            s.sibling("b");
            return () -> body.task().cancel();
        });
        ALL.put("cancel, running", s -> {
            FaultScene.Body body = s.queued().sibling("a");
            s.onDone(body);
            s.cancels = true;
            return () -> {
                body.task().cancel();
                s.told();
            };
        });
        ALL.put("cancel, done", s -> {
            FaultScene.Body body = s.inline().spawned(s.body("a"));
            return () -> body.task().cancel();
        });
        ALL.put("abort, nothing live", s -> {
            s.queued().cancels = true;
            return s.supervisor::abort;
        });
        ALL.put("abort, pending and running", s -> {
            crowd(s.queued());
            return () -> abort(s);
        });
        ALL.put("abort, twice", s -> {
            crowd(s.queued());
            return () -> {
                abort(s);
                abort(s);
            };
        });
        ALL.put("abort, inside of a task", s -> {
            crowd(s.inline());
            return () -> s.spawn(s.body("aborts", () -> {
                abort(s);
                Thread.sleep(100);
            }));
        });
        ALL.put("abort, bodies that are futures", s -> {
            s.queued().cancels = true;
            for (int i = 0; i < 2; i++) {
                FutureTask<Integer> future = new FutureTask<>(() -> 1);
                s.supervisor.execute(future);
                s.after("C2: a future that is never done", () -> future.isDone()
                        || s.cutOff("The cancellation of the body") > 0);
            }
            s.onDone(s.spawned(s.body("pending, observed")));
            return () -> abort(s);
        });
        ALL.put("abort, inside of a callback", s -> {
            crowd(s.queued());
            FaultScene.Body body = s.spawned(s.body("a"));
            body.task().onDone(task -> abort(s));
            s.onDone(body);
            Runnable task = s.queue.removeLast();
            return task::run;
        });
    }

    static void abort(FaultScene s) {
        s.supervisor.abort();
        s.told();
    }

    /** Spawns two pending tasks with a callback, one without, and two running ones, one with a callback. */
    static void crowd(FaultScene s) {
        s.cancels = true;
        boolean inline = s.inline;
        s.inline = false;
        s.onDone(s.spawned(s.body("pending, observed")));
        s.sibling("running");
        s.spawn(s.body("pending"));
        s.onDone(s.sibling("running, observed"));
        s.onDone(s.spawned(s.body("pending, observed too")));
        s.inline = inline;
    }

    private static void ending() {
        ALL.put("seal", s -> {
            s.queued().spawn(s.body("a"));
            return s.supervisor::seal;
        });
        ALL.put("seal, nothing live", s -> {
            s.inline().spawn(s.body("a"));
            return s.supervisor::seal;
        });
        ALL.put("join, nothing ever", s -> s.queued().supervisor::join);
        ALL.put("join, nothing live", s -> {
            s.inline().spawn(s.body("a"));
            return s.supervisor::join;
        });
        ALL.put("join, waits", s -> {
            s.queued().untilWaitedFor("a", () -> { });
            return s.supervisor::join;
        });
        ALL.put("join, interrupted", s -> {
            s.queued().sibling("a");
            s.cancels = true;   // if the fault comes first, the status stays set
            return () -> {
                Thread.currentThread().interrupt();
                try {
                    s.supervisor.join();
                } catch (InterruptedException e) {
                    s.supervisor.close();
                    return;
                }
                throw new AssertionError("not interrupted");
            };
        });
        ALL.put("close, nothing ever", s -> {
            s.exit = true;
            return s.queued().supervisor::close;
        });
        ALL.put("close, pending and running", s -> {
            s.exit = true;
            crowd(s.queued());
            return () -> {
                s.supervisor.close();
                s.told();
            };
        });
        ALL.put("shutdown", s -> {
            s.exit = true;
            crowd(s.queued());
            return () -> {
                s.supervisor.shutdown();
                s.told();
            };
        });
        ALL.put("shutdown, unowned", s -> {
            s.exit = true;
            s.supervisor = s.builder().unowned().open();
            crowd(s);
            return () -> {
                s.supervisor.shutdown();
                s.told();
            };
        });
        ALL.put("close after join", s -> {
            s.inline().spawn(s.body("a"));
            return () -> {
                s.supervisor.join();
                s.supervisor.close();
            };
        });
    }

    private static void blocks() {
        ALL.put("run a block", s -> {
            s.inline = true;
            return () -> s.builder().run(supervisor -> {
                s.block = true;
                s.supervisor = supervisor;
                s.spawn(s.body("a"));
            });
        });
        ALL.put("run a block that seals, nothing live", s -> {
            s.inline = true;
            return () -> s.builder().run(supervisor -> {
                s.block = true;
                s.supervisor = supervisor;
                s.spawn(s.body("a"));
                supervisor.seal();
            });
        });
        ALL.put("call a block that waits", s -> {
            s.cancels = true;
            return () -> s.builder().call(supervisor -> {
                s.block = true;
                s.supervisor = supervisor;
                s.unarmed(() -> s.untilWaitedFor("a", () -> { }));
                return null;
            });
        });
        ALL.put("run a block that throws, ABORT", s -> {
            s.cancels = true;
            return () -> {
                try {
                    s.builder().onBlockFailure(BlockFailure.ABORT).run(supervisor -> {
                        s.block = true;
                        s.block = true;
                        s.supervisor = supervisor;
                        s.unarmed(() -> crowd(s));
                        throw new IllegalArgumentException("block");
                    });
                } catch (IllegalArgumentException e) {
                    return;
                }
                throw new AssertionError("not thrown");
            };
        });
        ALL.put("run a block, interrupted", s -> {
            s.cancels = true;
            return () -> {
                try {
                    s.builder().run(supervisor -> {
                        s.block = true;
                        s.block = true;
                        s.supervisor = supervisor;
                        s.unarmed(() -> crowd(s));
                        Thread.currentThread().interrupt();
                    });
                } catch (InterruptedException e) {
                    return;
                }
                throw new AssertionError("not interrupted");
            };
        });
    }

    private static void fatal() {
        ALL.put("fatal, run by the caller", s -> {
            s.inline().cancels = true;
            s.sibling("b");
            return () -> s.spawn(s.fatal("fatal", FaultScene.FATAL));
        });
        ALL.put("fatal, from the queue", s -> {
            crowd(s.queued());
            s.spawn(s.fatal("fatal", FaultScene.FATAL));
            Runnable task = s.queue.removeLast();
            return task::run;
        });
        ALL.put("fatal, then join", s -> {
            s.inline().cancels = true;
            s.spawn(s.fatal("fatal", FaultScene.FATAL));
            return () -> {
                try {
                    s.supervisor.join();
                } catch (InternalError e) {
                    throw e;
                }
            };
        });
        ALL.put("fatal and checked, then close", s -> {
            s.inline = true;
            s.cancels = true;
            s.exit = true;
            s.supervisor = s.builder().fatalIf(thrown -> thrown == FaultScene.CHECKED_FATAL).open();
            s.spawn(s.fatal("fatal", FaultScene.CHECKED_FATAL));
            return () -> s.supervisor.close();
        });
        ALL.put("fatal, in a block", s -> {
            s.inline = true;
            s.cancels = true;
            return () -> s.builder().run(supervisor -> {
                s.block = true;
                s.supervisor = supervisor;
                s.unarmed(() -> s.untilTold("b"));
                s.spawn(s.fatal("fatal", FaultScene.FATAL));
            });
        });
    }

    private static void completions() {
        ALL.put("completions, queued", s -> completions(s.queued()));
        ALL.put("completions, run by the caller", s -> completions(s.inline()));
        ALL.put("completions, aborted", s -> {
            Completions<Object> completions = s.queued().supervisor.completions();
            s.cancels = true;
            FaultScene.Body first = s.body("a");
            FaultScene.Body second = s.body("b");
            handedOverOnce(s, completions, first, second, new ArrayList<>());
            s.spawn(first, () -> completions.spawn(first));
            s.spawn(second, () -> completions.spawn(second));
            return () -> abort(s);
        });
        ALL.put("completions, waits", s -> {
            Completions<Object> completions = s.queued().supervisor.completions();
            return () -> {
                s.unarmed(() -> s.untilWaitedFor("a", () -> { }));
                completions.poll(java.time.Duration.ofMillis(1));
            };
        });
        ALL.put("completions, waits for the end", s -> {
            Completions<Object> completions = s.queued().supervisor.completions();
            return () -> {
                s.supervisor.seal();
                completions.poll(java.time.Duration.ofHours(1));
            };
        });
    }

    private static FaultScene.Act completions(FaultScene s) {
        Completions<Object> completions = s.supervisor.completions();
        FaultScene.Body first = s.body("a");
        FaultScene.Body second = s.failing("b");
        List<Task<?>> taken = new ArrayList<>();
        handedOverOnce(s, completions, first, second, taken);
        return () -> {
            s.spawn(first, () -> completions.spawn(first));
            s.spawn(second, () -> completions.spawn(second));
            while (!s.queue.isEmpty()) {
                s.queue.remove().run();
            }
            taken.add(completions.take());
        };
    }

    private static void handedOverOnce(FaultScene s, Completions<Object> completions, FaultScene.Body first,
            FaultScene.Body second, List<Task<?>> taken) {
        s.after("E9: not handed over once each: " + taken, () -> {
            for (Task<Object> task = completions.poll(); task != null; task = completions.poll()) {
                taken.add(task);
            }
            List<Task<?>> expected = new ArrayList<>();
            for (FaultScene.Body body : List.of(first, second)) {
                if (body.task() != null) {
                    expected.add(body.task());
                }
            }
            return completions.pending() == 0 && taken.size() == new java.util.HashSet<>(taken).size()
                    && taken.containsAll(expected);
        });
    }

    /** A scene with room for two tasks; at the end both places are free. */
    private static FaultScene limited(FaultScene s) {
        s.supervisor = s.builder().maxTasks(2).open();
        s.after("a permit was lost, or returned twice", () -> Peek.freePermits(s.supervisor) == 2);
        return s;
    }

    private static void limits() {
        ALL.put("limited, spawn, run by the caller", s -> {
            s.inline = true;
            limited(s);
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("limited, spawn, queued", s -> {
            limited(s);
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("limited, spawn, named, decorated", s -> {
            s.supervisor = s.builder().maxTasks(2).decorator(task -> task::run).open();
            s.after("a permit was lost, or returned twice", () -> Peek.freePermits(s.supervisor) == 2);
            FaultScene.Body body = s.body("a");
            return () -> s.spawn(body, () -> s.supervisor.spawn("a", body));
        });
        ALL.put("limited, spawn, refused by the executor", s -> {
            s.supervisor = s.builder().maxTasks(2).executor(task -> {
                throw new RejectedExecutionException("full");
            }).open();
            s.after("a permit was lost, or returned twice", () -> Peek.freePermits(s.supervisor) == 2);
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("limited, run", s -> {
            limited(s);
            return runOf(s, s.failing("a"));
        });
        ALL.put("limited, cancel", s -> {
            FaultScene.Body body = limited(s).spawned(s.body("a"));
            s.onDone(body);
            return () -> body.task().cancel();
        });
    }

    private static void timeLimits() {
        ALL.put("time limit, spawn", s -> {
            s.queued();
            TaskSpec spec = s.supervisor.spec("a").timeout(Duration.ofMillis(1));
            AtomicBoolean passed = new AtomicBoolean();
            s.after("a later time limit is forgotten", passed::get);
            return () -> {
                try {
                    spec.spawn(() -> null);
                } finally {
                    s.unarmed(() -> {
                        passed.set(FaultScene.until(spec.spawn(() -> null)::isDone));
                        FaultScene.until(() -> s.supervisor.liveCount() == 0);   // the first may end later
                    });
                }
            };
        });
        ALL.put("time limit, the alarm", s -> {
            s.queued();
            Thread alarm = Peek.alarm();
            AtomicBoolean passed = new AtomicBoolean();
            s.after("a time limit is forgotten", passed::get);
            return () -> {
                if (FaultSwitch.isOfEntries()) {   // the stack of the alarm is never deep
                    FaultSwitch.disarm();
                } else {
                    FaultSwitch.arm(alarm);
                }
                Task<?> task = s.supervisor.spec("a").timeout(Duration.ofMillis(2)).spawn(() -> null);
                passed.set(FaultScene.until(task::isDone));
            };
        });
        ALL.put("time limit, the thread that follows", s -> timeLimitPasses(s, false));
        ALL.put("deadline, the thread that follows", s -> timeLimitPasses(s, true));
    }

    /** The thread tries again where memory has run out. Its stack is never deep. */
    private static FaultScene.Act timeLimitPasses(FaultScene s, boolean deadline) {
        s.queued();
        s.cancels = deadline;
        TaskSpec spec = s.supervisor.spec("a").timeout(Duration.ofHours(1));
        AtomicInteger hooks = new AtomicInteger();
        Task<?> pending = spec.spawn(() -> null);
        pending.onCancel(hooks::incrementAndGet);
        s.sibling("b");
        s.after("its task is not done", pending::isDone);
        s.after("its hook has run " + hooks + " times", () -> hooks.get() == 1);
        return () -> {
            if (!FaultSwitch.isOfMemory()) {
                FaultSwitch.disarm();
            }
            Peek.pass(s.supervisor, deadline, pending);
        };
    }

    private static void hooks() {
        ALL.put("spec, run by the caller", s -> {
            s.inline();
            AtomicInteger calls = new AtomicInteger();
            TaskSpec spec = s.supervisor.spec("a").onDone(task -> calls.incrementAndGet());
            s.after("the spec's callback was called twice", () -> calls.get() <= 1);
            FaultScene.Body body = s.body("a");
            return () -> s.spawn(body, () -> spec.spawn(body));
        });
        ALL.put("spec, cancelled", s -> {
            s.queued();
            AtomicInteger hooks = new AtomicInteger();
            AtomicInteger calls = new AtomicInteger();
            FaultScene.Body body = s.body("a");
            s.spawn(body, () -> s.supervisor.spec("a").onCancel(hooks::incrementAndGet)
                    .onDone(task -> calls.incrementAndGet()).spawn(body));
            s.after("the hook has run " + hooks, () -> hooks.get() == 1 || hooks.get() + s.cutOff("A cancel hook") <= 1);
            s.after("the callback was called " + calls, () -> calls.get() <= 1);
            return () -> body.task().cancel();
        });
        ALL.put("onCancel, then cancel", s -> {
            s.queued();
            AtomicInteger hooks = new AtomicInteger();
            FaultScene.Body body = s.spawned(s.body("a"));
            s.after("a hook has run twice", () -> hooks.get() <= 2);
            return () -> {
                body.task().onCancel(hooks::incrementAndGet);
                body.task().cancel();
                body.task().onCancel(hooks::incrementAndGet);
            };
        });
        ALL.put("async, completed", s -> {
            s.queued();
            CompletableFuture<Object> stage = new CompletableFuture<>();
            return () -> {
                try {
                    s.accepted = s.supervisor.spawnAsync(() -> stage);
                } finally {
                    // A spawn that was cut off after the start leaves the task to its stage. That completes with room
                    // on the stack: if there is none, the JDK does not come to call us.
                    s.unarmed(() -> stage.complete("a"));
                }
                s.accepted.get(1, TimeUnit.SECONDS);
            };
        });
        ALL.put("drain, with a task that ends", s -> {
            s.queued();
            FaultScene.Body body = s.untilWaitedFor("a", () -> { });
            s.onDone(body);
            return () -> s.supervisor.drain(Duration.ofSeconds(30));
        });
    }

    private static void children() {
        ALL.put("open a child", s -> opening(s, s.queued().builder().unowned()));
        ALL.put("open a child, owned, with a deadline", s ->
                opening(s, s.queued().builder().deadline(Duration.ofHours(1))));
        ALL.put("close a child", s -> {
            Supervisor child = child(s);
            return child::close;
        });
        ALL.put("end of the last task of a child that is sealed", s -> {
            Supervisor child = child(s);
            FaultScene.Body body = s.body("a");
            s.spawn(body, () -> child.spawn(body));
            child.seal();
            return () -> {
                try {
                    s.queue.remove().run();
                } finally {
                    s.unarmed(() -> {
                        Peek.recover(child);
                        child.tasks().forEach(Task::cancel);   // one that was cut off before its body (A7)
                    });
                }
            };
        });
        ALL.put("abort, with a child", s -> {
            Supervisor child = child(s);
            FaultScene.Body body = s.body("a");
            s.spawn(body, () -> child.spawn(body));
            s.cancels = true;
            return s.supervisor::abort;
        });
        ALL.put("seal, with a child", s -> {
            child(s);
            return s.supervisor::seal;
        });
    }

    /** Opens a child in the act: what throws leaves nothing behind. */
    private static FaultScene.Act opening(FaultScene s, Supervisor.Builder builder) {
        AtomicReference<Supervisor> opened = new AtomicReference<>();
        s.rightAfter("a child is left whose open has thrown", () -> {
            Peek.recover(s.supervisor);
            return opened.get() != null || s.supervisor.liveCount() == 0;
        });
        s.rightAfter("the child does not end", () -> {
            if (opened.get() != null) {
                opened.get().close();
            }
            Peek.recover(s.supervisor);
            return s.supervisor.liveCount() == 0;
        });
        return () -> opened.set(builder.parent(s.supervisor).open());
    }

    /** A child of the scene's supervisor, which ends with the scene at the latest. */
    private static Supervisor child(FaultScene s) {
        Supervisor child = s.queued().builder().unowned().parent(s.supervisor).open();
        s.after("the child has not ended: " + child, () -> child.state() == Supervisor.State.FINISHED);
        return child;
    }

    /** Counts what it is told of each task. */
    private static final class Counts implements TaskObserver {

        private final Map<Task<?>, Integer> accepted = new ConcurrentHashMap<>();
        private final Map<Task<?>, Integer> ended = new ConcurrentHashMap<>();

        @Override
        public void accepted(Task<?> task) {
            accepted.merge(task, 1, Integer::sum);
        }

        @Override
        public void ended(Task<?> task, long queuedNanos, long ranNanos) {
            ended.merge(task, 1, Integer::sum);
        }
    }

    /** A scene with an observer, which is told of the end of what it was told of before, once. */
    private static FaultScene observed(FaultScene s, boolean inline) {
        Counts counts = new Counts();
        s.inline = inline;
        s.supervisor = s.builder().observer(counts).open();
        s.after("O4: an event came twice", () ->
                Stream.of(counts.accepted, counts.ended).allMatch(of -> of.values().stream().allMatch(n -> n == 1)));
        s.after("O4: an end without a begin", () ->
                counts.ended.keySet().stream().filter(task -> !counts.accepted.containsKey(task)).count()
                        <= s.cutOff("The observer"));
        s.after("O4: a task whose spawn has returned has no end", () -> {
            long missing = s.supervisor.stats().accepted() - counts.ended.size();
            return missing <= s.cutOff("The observer");
        });
        return s;
    }

    private static void observed() {
        ALL.put("observed, run by the caller", s -> {
            observed(s, true);
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("observed, queued", s -> {
            observed(s, false);
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("observed, run, fails", s -> runOf(observed(s, false), s.failing("a")));
        ALL.put("observed, cancelled", s -> {
            FaultScene.Body body = observed(s, false).spawned(s.body("a"));
            s.onDone(body);
            return () -> body.task().cancel();
        });
        ALL.put("observed, aborted", s -> {
            crowd(observed(s, false));
            return () -> abort(s);
        });
        ALL.put("observed, refused", s -> {
            observed(s, false).supervisor.seal();
            return () -> s.spawn(s.body("a"));
        });
    }
}
