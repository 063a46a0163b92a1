package dev.supervisor.jmh.alternatives;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jctools.maps.NonBlockingHashSet;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;

/** What an {@link Alternative} keeps its live tasks in. */
interface TaskSet {

    /** Adds the task; returns what {@link #remove} wants back. */
    Object add(Alternative.LiveTask task);

    void remove(Alternative.LiveTask task, Object cell);

    void forEach(Consumer<Alternative.LiveTask> visitor);

    static TaskSet hashSet() {
        return of(new NonBlockingHashSet<>());
    }

    static TaskSet keySet() {
        return of(ConcurrentHashMap.newKeySet());
    }

    private static TaskSet of(Set<Alternative.LiveTask> tasks) {
        return new TaskSet() {

            @Override
            public Object add(Alternative.LiveTask task) {
                tasks.add(task);
                return null;
            }

            @Override
            public void remove(Alternative.LiveTask task, Object cell) {
                tasks.remove(task);
            }

            @Override
            public void forEach(Consumer<Alternative.LiveTask> visitor) {
                tasks.forEach(visitor);
            }
        };
    }

    static TaskSet cells() {
        return new Cells();
    }

    /**
     * Cells, all of them in one list for ever; those that are free in a queue besides, as far as it has room. A cell
     * for which it has none is not used again.
     */
    final class Cells implements TaskSet {

        private static final int MOST_FREE = 1 << 10;

        private final ConcurrentLinkedQueue<Cell> all = new ConcurrentLinkedQueue<>();
        private final MpmcVarHandleArrayQueue<Cell> free = new MpmcVarHandleArrayQueue<>(MOST_FREE);

        private static final class Cell {
            private volatile Alternative.LiveTask task;
        }

        @Override
        public Object add(Alternative.LiveTask task) {
            Cell cell = free.poll();
            if (cell == null) {
                cell = new Cell();
                all.add(cell);
            }
            cell.task = task;
            return cell;
        }

        @Override
        public void remove(Alternative.LiveTask task, Object cell) {
            ((Cell) cell).task = null;
            free.offer((Cell) cell);
        }

        @Override
        public void forEach(Consumer<Alternative.LiveTask> visitor) {
            all.forEach(cell -> {
                Alternative.LiveTask task = cell.task;
                if (task != null) {
                    visitor.accept(task);
                }
            });
        }
    }
}
