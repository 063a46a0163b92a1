package dev.supervisor.soak;

/**
 * What the current thread is running, as the harness sees it: bodies of tasks, blocks of supervisors and callbacks, one
 * within the other. It says whose code has just felt an interrupt.
 */
final class Frames {

    private static final ThreadLocal<Frame> INNERMOST = new ThreadLocal<>();

    /** The task that this thread has run last, with nothing around it. */
    private static final ThreadLocal<Cancellation> LAST = new ThreadLocal<>();

    private Frames() { }

    /** One body, block or callback. */
    static final class Frame {

        /** The task whose body this is; null for a block and for a callback. */
        final Cancellation body;
        /** The supervisor whose block this is; null for a body and for a callback. */
        final NestedScope block;
        /** Whether a body runs inside of its own spawn: a status that was found there stays set. */
        final boolean inline;
        final long began;
        private Frame below;
        private boolean mayBeStray;

        private Frame(Cancellation body, NestedScope block, boolean inline, long began) {
            this.body = body;
            this.block = block;
            this.inline = inline;
            this.began = began;
        }

        /** Whether an interrupt of this thread can have been meant for this frame. */
        private boolean mayBeTold() {
            return mayBeStray || (body != null ? body.isAsked() : block != null && block.mayOwnerBeTold());
        }

        /**
         * This body ends by an InterruptedException. If it runs inside of another, and was not asked to cancel, that
         * sets the status for the code around (C6), although a block in it may have been the only one that was told.
         */
        void endsByInterrupt() {
            Frame around = windowFrom(below);
            if (around != null) {
                around.allowStray();
            }
        }

        private void allowStray() {
            mayBeStray = true;
            if (body != null) {
                body.allowOneMore();
            }
        }

        /** Whether its thread may have been interrupted although nobody was told: see {@link #endsByInterrupt}. */
        boolean mayBeStray() {
            return mayBeStray;
        }

        /** Whether that was asked for before a moment. */
        private boolean mayBeToldBefore(long tick) {
            long asked = body != null ? body.askedTick() : block != null ? block.ownerAskedTick() : 0;
            return asked != 0 && asked <= tick;
        }

        private void takenInline() {
            if (body != null) {
                body.takenInline();
            } else {
                block.takenInline();
            }
        }
    }

    static Frame enterBody(Cancellation task, boolean inline, long tick) {
        return enter(new Frame(task, null, inline, tick));
    }

    static Frame enterBlock(NestedScope scope, long tick) {
        return enter(new Frame(null, scope, false, tick));
    }

    static Frame enterCallback(long tick) {
        return enter(new Frame(null, null, false, tick));
    }

    private static Frame enter(Frame frame) {
        frame.below = INNERMOST.get();
        Cancellation around = taskAround(frame.below);
        if (around != null) {
            around.covered(1);
        }
        INNERMOST.set(frame);
        return frame;
    }

    /** Leaves a frame, which need not be the innermost one. */
    static void leave(Frame frame) {
        Frame top = INNERMOST.get();
        if (top != frame) {
            Frame above = top;
            while (above.below != frame) {
                above = above.below;
            }
            above.below = frame.below;
        } else if (frame.below == null) {
            INNERMOST.remove();
            LAST.set(frame.body != null ? frame.body : LAST.get());
        } else {
            INNERMOST.set(frame.below);
        }
        Cancellation around = taskAround(frame.below);
        if (around != null) {
            around.covered(-1);
        }
    }

    /** Whether the thread runs nothing of the harness's. */
    static boolean isEmpty() {
        return INNERMOST.get() == null;
    }

    /** What it has run last, for a report. */
    static Cancellation last() {
        return LAST.get();
    }

    /** How many frames there are. */
    static int height() {
        int height = 0;
        for (Frame frame = INNERMOST.get(); frame != null; frame = frame.below) {
            height++;
        }
        return height;
    }

    /** The task whose code is running: blocks are code of the task around them. Null in a callback. */
    static Cancellation currentTask() {
        Frame frame = windowFrom(INNERMOST.get());
        return frame == null ? null : frame.body;
    }

    /** The tasks that this thread runs around the innermost one. */
    static Cancellation taskBelow(Frame frame) {
        return taskAround(frame.below);
    }

    private static Cancellation taskAround(Frame from) {
        Frame frame = from;
        while (frame != null && frame.body == null) {
            frame = frame.below;
        }
        return frame == null ? null : frame.body;
    }

    private static Frame windowFrom(Frame from) {
        Frame frame = from;
        while (frame != null && frame.block != null) {
            frame = frame.below;
        }
        return frame;
    }

    /** Whether an interrupt of this thread can have been meant for anybody who stands here. */
    static boolean mayAnybodyBeTold() {
        boolean told = false;
        for (Frame frame = INNERMOST.get(); frame != null; frame = frame.below) {
            told |= frame.mayBeTold();
        }
        return told;
    }

    /** Who has consumed an interrupt. */
    private enum By {
        /** The code that calls. */
        ITSELF,
        /** A wait of the library's, which knows who had been told by then. */
        WAIT,
        /** The code of a block in it, some time ago. */
        BLOCK
    }

    /** The code that calls has consumed an interrupt. */
    static void felt(CancellationLedger ledger, String where) {
        felt(ledger, where, false, By.ITSELF);
    }

    /** A wait of the library's, in the code that calls, has thrown InterruptedException. */
    static void thrownByWait(CancellationLedger ledger, String where) {
        felt(ledger, where, false, By.WAIT);
    }

    /**
     * The {@code run} of a supervisor has thrown InterruptedException. If that was found while it waited, windows of
     * its own have begun just then, those of the tasks that it has dropped.
     *
     * @param byBlock whether its block had thrown it
     * @param explained whether it is known to come from what has ended by now
     */
    static void thrownByRun(CancellationLedger ledger, boolean byBlock, boolean explained) {
        Cancellation task = currentTask();
        if (task != null) {
            task.allowOneMore();
        }
        felt(ledger, "run has thrown InterruptedException", explained, byBlock ? By.BLOCK : By.WAIT);
    }

    private static void felt(CancellationLedger ledger, String where, boolean explained, By by) {
        long now = ledger.tick();
        Frame top = INNERMOST.get();
        Frame window = windowFrom(top);
        boolean blockTold = false;
        for (Frame frame = top; frame != window; frame = frame.below) {
            frame.block.felt(by != By.ITSELF, by == By.BLOCK);
            blockTold |= frame.block.owned && frame.block.mayOwnerBeTold();
        }
        if (window != null && window.body != null) {
            window.body.felt(!blockTold, where);
        }
        if (!explained && !mayAnybodyBeTold()) {
            ledger.findings.stray("an interrupt that was meant for nobody is felt, in " + where + ", at " + now
                    + (window == null || window.body == null ? "" : ", by " + window.body));
        }
        excuse(window);
    }

    /**
     * The block of a {@code run} has thrown an InterruptedException, and something else won over it: so the status is
     * set again (C7), although another block, deeper, may have been the only one that was told.
     */
    static void interruptHasLost() {
        Frame window = windowFrom(INNERMOST.get());
        if (window != null) {
            window.allowStray();
        }
    }

    /**
     * What was pending when an inline task began stays set in it (C6), and that task may swallow it (C10). Whoever it
     * was meant for cannot complain.
     */
    private static void excuse(Frame innermost) {
        Frame inner = innermost;
        while (inner != null && inner.inline) {
            Frame frame = inner.below;
            while (frame != null) {
                if (frame.mayBeToldBefore(inner.began)) {
                    frame.takenInline();
                }
                if (frame.block == null) {
                    break;
                }
                frame = frame.below;
            }
            inner = frame;
        }
    }
}
