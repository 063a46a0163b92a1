package dev.supervisor.engine;

import dev.supervisor.SupervisorStats;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The tree of a supervisor as text for people (O2). */
final class Dump {

    /*
     * Tasks are visited as an abort visits them, and nobody is stopped or waited for. The first ones of a supervisor are
     * kept until they are written; the others are counted. What is still to be written lies on a stack of this object's
     * own, since supervisors may be nested deeper than a thread's stack is long.
     *
     * A thread may go on to another task, of another supervisor, while it is looked at. So what was seen of a thread
     * counts only if it runs the same task afterwards: a thread runs a task once, and in one piece.
     * (Race35c_DumpEnd.)
     */
    private static final String INDENT = "  ";
    /** From this level on lines are not indented further, and tell their level. */
    private static final int DEEPEST = 32;
    private static final StackTraceElement[] NO_FRAMES = { };

    private final Appendable out;
    private final boolean stacks;
    private final int maxTasks;
    /** What is to be written, the next one first. */
    private final Deque<Item> items = new ArrayDeque<>();
    private final StringBuilder line = new StringBuilder();

    private Dump(Appendable out, boolean stacks, int maxTasks) {
        this.out = out;
        this.stacks = stacks;
        this.maxTasks = maxTasks;
    }

    /** Writes the tree of a supervisor. */
    static void write(Scope scope, Appendable out, boolean stacks, int maxTasks) throws IOException {
        Dump dump = new Dump(out, stacks, maxTasks);
        dump.items.push(new Item(0, scope));
        for (Item item; (item = dump.items.poll()) != null;) {
            dump.write(item);
        }
    }

    /** A supervisor, a task, or what is to be written as it is. */
    private record Item(int level, Object what) { }

    private void write(Item item) throws IOException {
        if (item.what instanceof Scope scope) {
            writeSupervisor(scope, item.level);
            unfold(scope, item.level + 1);
        } else if (item.what instanceof SupervisedTask<?> task) {
            writeTask(task, item.level);
        } else {
            begin(item.level).append(item.what);
            end();
        }
    }

    // ---- What is in a supervisor

    /** The first tasks and children of a supervisor, and how many others there are. */
    private final class Content implements Consumer<SupervisedTask<?>> {

        final List<SupervisedTask<?>> tasks = new ArrayList<>();
        final List<ChildTask> children = new ArrayList<>();
        long otherTasks;
        long otherChildren;

        @Override
        public void accept(SupervisedTask<?> task) {
            if (task.isRetired() || task.isRefused()) {
                return;
            }
            if (task instanceof ChildTask child) {
                if (children.size() < maxTasks) {
                    children.add(child);
                } else {
                    otherChildren++;
                }
            } else if (tasks.size() < maxTasks) {
                tasks.add(task);
            } else {
                otherTasks++;
            }
        }

        /** The children that these tasks have opened, by task; takes them out of the list. */
        Map<SupervisedTask<?>, List<ChildTask>> openedByTasks() {
            Map<SupervisedTask<?>, List<ChildTask>> opened = new IdentityHashMap<>();
            if (!children.isEmpty()) {
                tasks.forEach(task -> opened.put(task, new ArrayList<>()));
                children.removeIf(child -> {
                    List<ChildTask> besides = opened.get(child.openedIn());
                    return besides != null && besides.add(child);
                });
            }
            return opened;
        }
    }

    /** Puts what is in a supervisor before all else that is to be written. */
    private void unfold(Scope scope, int level) {
        Content content = new Content();
        scope.census.forEach(content);
        Map<SupervisedTask<?>, List<ChildTask>> opened = content.openedByTasks();
        List<Item> found = new ArrayList<>();
        for (SupervisedTask<?> task : content.tasks) {
            found.add(new Item(level, task));
            for (ChildTask child : opened.getOrDefault(task, List.of())) {
                found.add(new Item(level + 1, child.child));
            }
        }
        addRest(found, level, content.otherTasks, "task");
        content.children.forEach(child -> found.add(new Item(level, child.child)));
        addRest(found, level, content.otherChildren, "supervisor");
        for (int last = found.size() - 1; last >= 0; last--) {
            items.push(found.get(last));
        }
    }

    private static void addRest(List<Item> found, int level, long rest, String what) {
        if (rest > 0) {
            found.add(new Item(level, String.format(Locale.ROOT, "and %,d more %s", rest, rest == 1 ? what : what + "s")));
        }
    }

    // ---- Lines

    private void writeSupervisor(Scope scope, int level) throws IOException {
        begin(level).append("Supervisor ");
        appendQuoted(scope.name());
        line.append(": ").append(scope.state().name().toLowerCase(Locale.ROOT)).append(", ");
        appendCounts(scope);
        Owner owner = scope.owner;
        if (owner == null) {
            line.append(", no owner");
        } else {
            line.append(", owner ");
            appendQuoted(owner.owner().getName());
            line.append(owner.isDead() ? " has ended" : " " + state(owner.owner()));
        }
        end();
    }

    /** How many tasks live, and what has been counted besides, where it is not zero. */
    private void appendCounts(Scope scope) {
        SupervisorStats stats = scope.stats();
        line.append(String.format(Locale.ROOT, "%,d live", stats.live()));
        appendUnlessZero(stats.succeeded(), "succeeded");
        appendUnlessZero(stats.failed(), "failed");
        appendUnlessZero(stats.cancelled(), "cancelled");
        appendUnlessZero(stats.refused(), "refused");
    }

    private void appendUnlessZero(long number, String what) {
        if (number != 0) {
            line.append(String.format(Locale.ROOT, ", %,d %s", number, what));
        }
    }

    private void writeTask(SupervisedTask<?> task, int level) throws IOException {
        Thread thread = task.runner();
        String name = thread == null ? "" : thread.getName();
        String state = thread == null ? "" : state(thread);
        StackTraceElement[] frames = stacks && thread != null ? stack(thread) : NO_FRAMES;
        boolean runs = thread != null && task.isRunBy(thread);   // after the look: decides Race35c_DumpEnd
        begin(level).append("Task ");
        appendQuoted(task.name());
        line.append(": ").append(task.status().name().toLowerCase(Locale.ROOT));
        if (task.isCancelRequested() && !task.isDone()) {
            line.append(", cancel requested");
        }
        line.append(", age ").append(age(task));
        if (runs) {
            line.append(", thread ");
            appendQuoted(name);
            line.append(' ').append(state);
        } else {
            line.append(", no thread");
        }
        end();
        for (int frame = 0; runs && frame < frames.length; frame++) {
            begin(level + 2).append("at ");
            appendEscaped(frames[frame].toString());
            end();
        }
    }

    /** How long ago a task was spawned, as far as that is known. */
    private static String age(SupervisedTask<?> task) {
        long nanos = RecordedBody.age(task);
        return nanos < 0 ? "unknown" : String.format(Locale.ROOT, "%d.%03d s",
                TimeUnit.NANOSECONDS.toSeconds(nanos), TimeUnit.NANOSECONDS.toMillis(nanos) % 1_000);
    }

    // ---- Threads, of which a user's factory may have made odd ones

    private static String state(Thread thread) {
        try {
            return thread.getState().name().toLowerCase(Locale.ROOT);
        } catch (RuntimeException odd) {
            return "unknown";
        }
    }

    static StackTraceElement[] stack(Thread thread) {
        try {
            return thread.getStackTrace();
        } catch (RuntimeException refused) {   // by a security manager
            return NO_FRAMES;
        }
    }

    // ---- Text

    private StringBuilder begin(int level) {
        line.setLength(0);
        line.append(INDENT.repeat(Math.min(level, DEEPEST)));
        return level > DEEPEST ? line.append('[').append(level).append("] ") : line;
    }

    /** Hands the line over, in one call. */
    private void end() throws IOException {
        out.append(line.append('\n'));
    }

    private void appendQuoted(String name) {
        line.append('"');
        appendEscaped(name);
        line.append('"');
    }

    /** As a string literal of Java has it: what would break the line, or its quotes, or cannot be seen, is escaped. */
    private void appendEscaped(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> line.append('\\').append(c);
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (isVisible(c)) {
                        line.append(c);
                    } else {
                        line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    }
                }
            }
        }
    }

    private static boolean isVisible(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
