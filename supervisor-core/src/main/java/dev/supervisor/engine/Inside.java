package dev.supervisor.engine;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks the current thread is inside of (C8): those whose windows are open on it, and the ancestors of their
 * supervisors. A thread that waits for one of them waits for itself. Blocks are passed through: an owner joins its own.
 */
final class Inside {

    private Inside() { }

    /**
     * The live task of this supervisor that the current thread is inside of, or null. A task of ours on a virtual
     * thread whose body has set a handler of its own is not in the chain: it is looked for among all live ones.
     */
    static @Nullable SupervisedTask<?> of(Scope scope) {
        SupervisedTask<?> found = find(scope, null);
        return found == null && Chain.mayHideTask() ? new Hidden().in(scope) : found;
    }

    /** Whether the current thread is inside of this task, whose body has not ended. */
    static boolean of(SupervisedTask<?> task) {
        return task.plainThread() == Thread.currentThread() || find(task, null) != null;
    }

    /** What a supervisor that the current thread opens is to know of the tasks around; null if there are none. */
    static @Nullable Ancestor opener() {
        Object chain = Chain.current();
        if (chain instanceof SupervisedTask) {
            chain = Chain.stack();
        }
        return chain instanceof WindowStack stack ? stack.ancestor() : null;
    }

    /** How many tasks that the current thread is inside of are to be handed over by these completions. */
    static long count(CompletionQueue<?> completions) {
        Count count = new Count(completions);
        find(completions, count);
        return count.found;
    }

    /** What is wanted: a task, its supervisor, or, with a count, whatever is counted. */
    private static @Nullable SupervisedTask<?> find(Object wanted, @Nullable Count count) {
        Object chain = Chain.current();
        if (chain instanceof WindowStack stack) {
            Search search = null;
            for (int i = stack.depth() - 1; i >= 0; i--) {
                SupervisedTask<?> task = stack.taskAt(i);
                if (task != null) {
                    search = search == null ? new Search(wanted, count) : search;
                    search.add(task);
                }
            }
            return search == null ? null : search.run();
        }
        if (chain instanceof SupervisedTask<?> alone && alone.plainThread() != null) {
            if (count == null && alone.scope.opener == null && alone.scope.asTask() == null) {
                return alone == wanted || alone.scope == wanted ? alone : null;
            }
            Search search = new Search(wanted, count);
            search.add(alone);
            return search.run();
        }
        return null;
    }

    /** Visits each task once, however many ways lead to it. */
    private static final class Search {

        private final Object wanted;
        private final @Nullable Count count;
        private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Deque<SupervisedTask<?>> open = new ArrayDeque<>();

        Search(Object wanted, @Nullable Count count) {
            this.wanted = wanted;
            this.count = count;
        }

        void add(SupervisedTask<?> task) {
            if (seen.add(task)) {
                open.add(task);
            }
        }

        @Nullable SupervisedTask<?> run() {
            for (SupervisedTask<?> task; (task = open.poll()) != null;) {
                if (task == wanted || task.scope == wanted) {
                    return task;
                }
                if (count != null) {
                    count.look(task);
                }
                ChildTask child = task.scope.asTask();
                if (child != null && !child.isRetired()) {
                    add(child);
                }
                for (Ancestor at = task.scope.opener; at != null && seen.add(at); at = at.around) {
                    SupervisedTask<?> ancestor = at.task;
                    if (ancestor != null && ancestor.plainThread() != null) {
                        add(ancestor);
                    }
                }
            }
            return null;
        }
    }

    /** Counts tasks that are to be handed over. */
    private static final class Count {

        private final CompletionQueue<?> completions;
        private long found;

        Count(CompletionQueue<?> completions) {
            this.completions = completions;
        }

        void look(SupervisedTask<?> task) {
            if (!task.isDone() && completions.isToBeHandedOver(task)) {
                found++;
            }
        }
    }

    /** Looks for a task of a supervisor that the current thread runs. */
    private static final class Hidden implements Consumer<SupervisedTask<?>> {

        private final Thread me = Thread.currentThread();
        private @Nullable SupervisedTask<?> found;

        @Nullable SupervisedTask<?> in(Scope scope) {
            scope.census.forEach(this);
            return found;
        }

        @Override
        public void accept(SupervisedTask<?> task) {
            if (task.isRunBy(me)) {
                found = task;
            }
        }
    }
}
