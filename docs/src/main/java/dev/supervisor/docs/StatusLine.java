package dev.supervisor.docs;

import java.io.PrintStream;

/**
 * A line that changes, among lines that do not. On a terminal it is written over itself, and cut to its width, since a
 * line that has wrapped cannot be; elsewhere, in a file or a pipe, each change is a line of its own. Several threads
 * print: the one that serves, those of the tasks, and the one that sums up.
 */
final class StatusLine {

    private final PrintStream out;
    private final boolean terminal;
    private final int width;

    /** What was shown last. */
    private String shown = "";

    /** Whether the cursor stands behind it. */
    private boolean unfinished;

    private boolean ended;

    /** @param width of the terminal, in columns; the last one stays empty */
    StatusLine(PrintStream out, boolean terminal, int width) {
        this.out = out;
        this.terminal = terminal;
        this.width = width;
    }

    /** Shows the status, if it is news. */
    synchronized void show(String text) {
        String status = terminal ? text.substring(0, Math.min(text.length(), width - 1)) : text;
        if (ended || status.equals(shown)) {
            return;
        }
        if (terminal) {
            out.print("\r" + status + " ".repeat(Math.max(0, shown.length() - status.length())));
        } else {
            out.println(status);
        }
        out.flush();
        shown = status;
        unfinished = terminal;
    }

    /** Prints text that stays, below the status that was shown last. */
    synchronized void print(String text) {
        if (ended) {
            return;
        }
        if (unfinished) {
            out.println();
            unfinished = false;
            shown = "";
        }
        out.println(text);
        out.flush();
    }

    /** Prints the last text: nobody shows or prints anything after it. */
    synchronized void end(String text) {
        print(text);
        ended = true;
    }
}
