package dev.supervisor;

/**
 * What {@link Supervisor#dump} is to write besides, or how much; immutable.
 */
public final class DumpOption {

    private static final DumpOption STACKS = new DumpOption(true, -1);
    private static final int MAX_TASKS = 1_000;

    private final boolean stacks;
    /** Or -1. */
    private final int maxTasks;

    private DumpOption(boolean stacks, int maxTasks) {
        this.stacks = stacks;
        this.maxTasks = maxTasks;
    }

    /**
     * The stack of each thread that runs a task, virtual ones included. Each is taken as {@link Thread#getStackTrace}
     * does it, which holds up that thread for a moment, and no other.
     *
     * @return an option
     */
    public static DumpOption stacks() {
        return STACKS;
    }

    /**
     * No more than so many tasks of a supervisor, and children of a supervisor; of the rest the number is written. If
     * this is not given, it is 1,000.
     *
     * @param max the number; zero for supervisors without any tasks
     * @return an option
     * @throws IllegalArgumentException if it is negative
     */
    public static DumpOption maxTasks(int max) {
        if (max < 0) {
            throw new IllegalArgumentException("maxTasks is " + max + "; it cannot be negative");
        }
        return new DumpOption(false, max);
    }

    /** Whether one of these asks for stacks. */
    static boolean asksForStacks(DumpOption... options) {
        boolean asks = false;
        for (DumpOption option : options) {
            asks |= option.stacks;
        }
        return asks;
    }

    /** The last limit of these, or the default. */
    static int maxTasks(DumpOption... options) {
        int max = MAX_TASKS;
        for (DumpOption option : options) {
            max = option.maxTasks >= 0 ? option.maxTasks : max;
        }
        return max;
    }
}
