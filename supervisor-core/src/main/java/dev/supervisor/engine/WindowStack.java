package dev.supervisor.engine;

import dev.supervisor.threads.Launcher;
import org.jspecify.annotations.Nullable;

/**
 * The windows that are open on one thread, the innermost on top: what the thread is doing for us, and inside of what.
 * From it the end of a window knows whether an interrupt was meant for a window around it (C6, C10), and a wait knows
 * whether it would wait for itself (C8, {@link Inside}).
 */
final class WindowStack implements Thread.UncaughtExceptionHandler {

    /*
     * A thread has one interrupt bit. What the code of an inner window does with it says nothing about a window around.
     * So a window that was interrupted while others stood on it is owed the interrupt when they end.
     *
     * Only the thread itself writes, with one exception: a canceller sets `raised` before it interrupts a window of
     * this stack. The thread looks at the windows when it finds `raised`, at its next push, pop or removal. Between two
     * looks the stack does not change; so a window that is found interrupted for the first time was interrupted while
     * all above it stood. From then on it is NOTED and never looked at again: so one interrupt is handed on once,
     * whatever else is interrupted later. (Race22b_NestedInterrupt, Race22a_BothCancelled, Lincheck22_NestedTest.)
     *
     *   interrupted below is   what stands on top of it
     *   a task                 each window above is OWING: at its end the status is set again. A task's interrupt
     *                          cannot be taken back, so this is written at once
     *   a block                each window above has to ASK the block, at its end, whether the interrupt is still
     *                          owed: the block can be left, or settled, before that. So the block keeps how far up its
     *                          interrupt reached
     *
     * A window found in the middle of being interrupted (INTERRUPTING) counts as interrupted where a window ends, since
     * the code of that may have seen the bit; not where one begins, since it will see it. Either way `raised` is set
     * again, and the thread looks again. So a window that is being interrupted just as an inner window begins may see
     * the interrupt twice.
     *
     * The code of a block is code of the task around it. An interrupt that ends a wait in the block has been seen by
     * the task, too: see Owner for what a block's exit owes. A status that a block finds is for what is around it
     * (FOUND). If a wait of ours throws in the block before its owner is interrupted, it was that one (CONSUMED); if
     * the status is then set again, that is FOUND again.
     *
     * A window is pushed before its code, and popped after it, by identity. A task's pop takes out the blocks that were
     * opened above it and never left; a block can be taken out from anywhere. A block that no thread will leave, since
     * it was opened on a thread of a pool and its supervisor was ended from elsewhere, is dropped when its supervisor
     * is finished, no task is around, and there are many windows. A pop that was cut off (the stack ran out) leaves its
     * window behind. Such a task does not lead to this stack any more, so no thread takes it for one that runs, and the
     * next pop below takes it out.
     */

    /** What a callback that is called late runs in: the interrupts are its own, and no task waits for it. */
    static final Window LATE_CALLBACK = new Window() { };

    // What a frame notes.
    private static final int NOTED = 1;
    private static final int OWING = 1 << 1;
    private static final int ASK = 1 << 2;
    /** The interrupt status was set when the window began. */
    private static final int FOUND = 1 << 3;
    /** A task in its own spawn, or inside of another task: it shares the status with what is around. */
    private static final int NESTED = 1 << 4;
    /** A wait in the block has thrown for the status that it had found, before its owner was interrupted. */
    private static final int CONSUMED = 1 << 5;
    /** There is an `ancestor` to be cleared at the end. */
    private static final int ANCESTOR = 1 << 6;

    /** One window on the stack; used again for the next one. */
    private static final class Frame {
        @Nullable Window window;
        int notes;
        /** Of a block that was interrupted: the index of the topmost frame that stood on it then; or -1. */
        int reach;
        /** What supervisors that were opened in this window know of it; made when one is. */
        @Nullable Ancestor ancestor;
    }

    private static final int FIRST_CAPACITY = 2;
    /** So many windows make it look for blocks that no thread will leave. */
    private static final int CROWD = 16;

    final Thread thread;

    private Frame[] frames = frames(null, FIRST_CAPACITY);
    private int depth;

    private volatile boolean raised;

    WindowStack(Thread thread) {
        this.thread = thread;
    }

    /** Becomes the stack of a thread on which a task has been alone; returns the stack that the task has by now. */
    WindowStack over(SupervisedTask<?> alone) {
        Object runner = alone.plainThread();
        if (runner instanceof WindowStack earlier) {   // the thread was cut off before it could use it
            return earlier;
        }
        if (runner == thread) {
            frames[0].window = alone;
            depth = 1;
            Window.THREAD.setVolatile(alone, this);
            int s = alone.state;   // after that: decides Race22d_StackMade
            if ((s & Window.INTERRUPTED) != 0) {
                frames[0].notes = NOTED;
            } else if ((s & Window.INTERRUPTING) != 0) {
                raised = true;
            }
        }
        return this;
    }

    /** Of a virtual thread of ours this is the handler: see {@link Chain}. */
    @Override
    public void uncaughtException(Thread of, Throwable thrown) {
        Chain.passOn(of, thrown);
    }

    // ---- By cancellers

    /** A canceller is about to interrupt a window of this stack. */
    void raise() {
        raised = true;
    }

    // ---- Opening and closing windows; by the thread itself

    /** Opens the window of a task that shares the status with what is around: it runs inside of its own spawn. */
    void pushNested(SupervisedTask<?> task) {
        noteInterrupts(false);   // before the status is read: decides Lincheck22_Nested
        boolean found = thread.isInterrupted();
        push(task).notes = found ? NESTED | FOUND : NESTED;
    }

    /**
     * Opens the window of a task's body.
     *
     * @param launcher whose thread it is: if it is stopping, a status that is found is for whatever its threads run
     */
    void pushBody(SupervisedTask<?> task, Launcher launcher) {
        if (isInTask()) {
            pushNested(task);
        } else {
            noteInterrupts(false);
            if (takeStatus(push(task)) && launcher.isStopping()) {
                Window.setStatus();
            }
        }
    }

    /** Opens a window for callbacks, which start with a clear status. */
    void pushCallbacks(Window window) {
        noteInterrupts(false);
        takeStatus(push(window));
    }

    private static boolean takeStatus(Frame frame) {
        boolean found = Thread.interrupted();
        if (found) {
            frame.notes = FOUND;
        }
        return found;
    }

    /** Opens the window of a block. */
    void pushBlock(Owner owner) {
        noteInterrupts(false);
        boolean found = thread.isInterrupted();
        Frame frame = push(owner);
        frame.notes = found ? FOUND : 0;
        frame.reach = -1;
    }

    /** The body of a task has ended: blocks that it has left open go. Returns whether the task is nested. */
    boolean endBody(SupervisedTask<?> task) {
        Frame top = frames[depth - 1];
        return ((top.window == task ? top.notes : dropBlocksAbove(task)) & NESTED) != 0;
    }

    private int dropBlocksAbove(SupervisedTask<?> task) {
        noteInterrupts(true);
        truncate(indexOf(task) + 1);
        return frames[depth - 1].notes;
    }

    /** Another thread has set the status while the top window was in its callbacks: it is to be set at the end. */
    void restoreAtEnd() {
        frames[depth - 1].notes |= FOUND;
    }

    /** Clears the status before a callback, and notes it if it was set. */
    void clearStatus() {
        if (Thread.interrupted()) {
            restoreAtEnd();
        }
    }

    /** Closes a window, and those above it; sets the status if that is owed to what is around. May be repeated. */
    void pop(Window window) {
        if (!raised && depth > 0) {
            Frame top = frames[depth - 1];
            if (top.window == window && (top.notes & ~NESTED) == 0) {
                top.window = null;   // as nearly always
                depth--;
                return;
            }
        }
        popAndHandOn(window);
    }

    private void popAndHandOn(Window window) {
        int index = indexOf(window);
        if (index < 0) {
            return;
        }
        Frame frame = frames[index];
        if (isOwedAround(index)) {   // decides Race22a_BothCancelled
            foundAgain(index);
            Window.setStatus();
        }
        boolean asks = (frame.notes & ASK) != 0;
        for (int i = 0; asks && i < index; i++) {
            frames[i].reach = Math.min(frames[i].reach, index - 1);   // nothing is known of what stands here next
        }
        truncate(index);
    }

    private void truncate(int newDepth) {
        for (int i = depth - 1; i >= newDepth; i--) {
            Frame frame = frames[i];
            frame.window = null;
            if (frame.ancestor != null) {
                frame.ancestor.task = null;
                frame.ancestor = null;
            }
        }
        depth = newDepth;
    }

    private Frame push(Window window) {
        Frame[] room = depth < frames.length ? frames : makeRoom();
        Frame frame = room[depth];
        frame.window = window;
        frame.notes = 0;
        depth++;
        return frame;
    }

    private int indexOf(Window window) {
        int index = depth - 1;
        while (index >= 0 && frames[index].window != window) {
            index--;
        }
        return index;
    }

    /** Whether the window of a task is open, or one for callbacks. */
    boolean isInTask() {
        for (int i = depth - 1; i >= 0; i--) {
            if (!(frames[i].window instanceof Owner)) {
                return true;
            }
        }
        return false;
    }

    /** Drops blocks that no thread will leave, if there are many; then makes the array larger if it is still full. */
    private Frame[] makeRoom() {
        for (int i = 0; depth >= CROWD && i < depth && frames[i].window instanceof Owner owner;) {
            if (owner.isOver()) {
                takeOut(i);
            } else {
                i++;
            }
        }
        if (depth == frames.length) {
            frames = frames(frames, depth * 2);
        }
        return frames;
    }

    private static Frame[] frames(Frame @Nullable [] present, int capacity) {
        Frame[] frames = new Frame[capacity];
        int kept = present == null ? 0 : present.length;
        if (present != null) {
            System.arraycopy(present, 0, frames, 0, kept);
        }
        for (int i = kept; i < capacity; i++) {
            frames[i] = new Frame();
        }
        return frames;
    }

    // ---- Which windows were interrupted

    /** Looks which windows were interrupted since the last look, and notes it with those that stand above. */
    private void noteInterrupts(boolean atEnd) {
        if (raised) {
            noteAllInterrupts(atEnd);
        }
    }

    private void noteAllInterrupts(boolean atEnd) {
        raised = false;   // before the words are read
        int above = 0;   // what is noted with each window that stands on those so far
        for (int i = 0; i < depth; i++) {
            Frame frame = frames[i];
            frame.notes |= above;
            Window window = frame.window;
            if (window == null || (frame.notes & NOTED) != 0) {
                continue;
            }
            int s = window.state;
            boolean interrupting = (s & Window.INTERRUPTING) != 0;
            boolean interrupted = (s & Window.INTERRUPTED) != 0;
            if (interrupting) {
                raised = true;
            }
            if (interrupted) {
                frame.notes |= NOTED;
            }
            if (interrupted || interrupting && atEnd) {
                above |= window instanceof Owner ? ASK : OWING;
                frame.reach = depth - 1;
            }
        }
    }

    /** Whether a window around this one was interrupted since this one began, or a status was found then. */
    private boolean isOwedAround(int index) {
        noteInterrupts(true);
        int notes = frames[index].notes;
        boolean owed = (notes & (OWING | FOUND)) != 0;
        for (int i = 0; !owed && (notes & ASK) != 0 && i < index; i++) {
            owed = isOwedToBlock(i, index);
        }
        return owed;
    }

    /** Whether a block was interrupted while the window at this index stood on it, and is owed its interrupt. */
    private boolean isOwedToBlock(int block, int index) {
        Frame frame = frames[block];
        return isInterrupted(frame.window) && frame.reach >= index
                && frame.window instanceof Owner owner && owner.isOwed();
    }

    /** The status is set for the code below this index: what its blocks have found and consumed is pending again. */
    private void foundAgain(int index) {
        for (int i = index - 1; i >= 0 && frames[i].window instanceof Owner; i--) {
            Frame frame = frames[i];
            if ((frame.notes & CONSUMED) != 0) {
                frame.notes = frame.notes & ~CONSUMED | FOUND;
            }
        }
    }

    /** Whether the window was interrupted, or is in the middle of that. */
    private static boolean isInterrupted(@Nullable Window window) {
        return window != null && (window.state & (Window.INTERRUPTING | Window.INTERRUPTED)) != 0;
    }

    /** Whether a window that is open on the current thread was interrupted, or is about to be. */
    static boolean isCurrentThreadInterruptedByUs() {
        Object chain = Chain.current();
        if (chain instanceof SupervisedTask<?> alone) {
            return isInterrupted(alone);
        }
        boolean raised = false;
        if (chain instanceof WindowStack stack) {
            for (int i = 0; i < stack.depth; i++) {
                raised |= isInterrupted(stack.frames[i].window);
            }
        }
        return raised;
    }

    // ---- Blocks

    /** What a supervisor that is opened now on this thread is to know of the tasks around; null if there are none. */
    @Nullable Ancestor ancestor() {
        Ancestor around = null;
        for (int i = 0; i < depth; i++) {
            SupervisedTask<?> task = taskAt(i);
            if (task != null) {
                Frame frame = frames[i];
                if (frame.ancestor == null) {
                    frame.ancestor = new Ancestor(task, around);
                    frame.notes |= ANCESTOR;
                }
                around = frame.ancestor;
            }
        }
        return around;
    }

    /**
     * Whether clearing the status that an interrupt of the owner's own has set might take one from another window: from
     * one around that was interrupted since the block began, or to which a status belongs that was found then; or from
     * one above it.
     */
    boolean isOwedBesides(Owner owner) {
        boolean owed = isOwedAround(owner);
        for (int i = indexOf(owner) + 1; i < depth; i++) {
            Frame frame = frames[i];
            owed |= (frame.notes & NOTED) != 0 && !(frame.window instanceof Owner other && !other.isOwed());
        }
        return owed;
    }

    /** Whether a window around the block was interrupted since the block began, or a status was found then. */
    boolean isOwedAround(Owner owner) {
        int index = indexOf(owner);
        return index >= 0 && isOwedAround(index);
    }

    /**
     * Whether a window around the block was interrupted since the block began, or a status was found then; whatever has
     * become of that since.
     */
    boolean wasInterruptedAround(Owner owner) {
        noteInterrupts(true);
        int index = indexOf(owner);
        return index >= 0 && (frames[index].notes & (OWING | ASK | FOUND | CONSUMED)) != 0;
    }

    /** Whether a wait in the block has thrown for the status that it had found, before its owner was interrupted. */
    boolean hasConsumedFound(Owner owner) {
        int index = indexOf(owner);
        return index >= 0 && (frames[index].notes & CONSUMED) != 0;
    }

    /** Takes the window of a block out, wherever it stands. */
    void remove(Owner owner) {
        if (depth == 1 && frames[0].window == owner) {
            frames[0].window = null;   // as nearly always
            depth = 0;
        } else {
            int index = indexOf(owner);
            if (owner.wasInterruptedByUs()) {
                for (int i = index - 1; i >= 0 && frames[i].window instanceof Owner around; i--) {
                    around.markInnerInterrupted();
                }
            }
            if (index >= 0) {
                takeOut(index);
            }
        }
    }

    private void takeOut(int index) {
        Frame free = frames[index];
        free.window = null;
        depth--;
        for (int i = index; i < depth; i++) {
            frames[i] = frames[i + 1];
        }
        frames[depth] = free;
        for (int i = 0; i < depth; i++) {
            Frame frame = frames[i];
            frame.reach -= frame.reach >= index ? 1 : 0;   // what stood above it stands one lower, or does not any more
        }
    }

    /**
     * A wait of ours has thrown an InterruptedException in the innermost code of this thread. It was for the interrupts
     * of its blocks until then; for a block that was not interrupted, it was for the status that the block had found.
     */
    static void endedByInterrupt() {
        if (Chain.current() instanceof WindowStack stack) {
            for (int i = stack.depth - 1; i >= 0 && stack.frames[i].window instanceof Owner owner; i--) {
                Frame frame = stack.frames[i];
                if (!owner.settle() && (frame.notes & FOUND) != 0) {
                    frame.notes = frame.notes & ~FOUND | CONSUMED;   // it was that one; otherwise it cannot be known
                }
            }
        }
    }

    /** An exit sets the status, for what is around it, or since it does not throw what it has consumed. */
    static void setStatusAgain() {
        if (Chain.current() instanceof WindowStack stack) {
            stack.foundAgain(stack.depth);
        }
        Window.setStatus();
    }

    // ---- Looking around (see Inside)

    int depth() {
        return depth;
    }

    /** The live task whose window has this index, or null. */
    @Nullable SupervisedTask<?> taskAt(int index) {
        return frames[index].window instanceof SupervisedTask<?> task && task.plainThread() == this ? task : null;
    }
}
