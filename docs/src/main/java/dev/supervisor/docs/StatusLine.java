package dev.supervisor.docs;

import java.io.PrintStream;

/**
 * A line that changes, among lines that do not. On a terminal it is written over itself; elsewhere, in a file or a
 * pipe, each change is a line of its own. Several threads print: whoever serves, and whoever stops the server.
 */
final class StatusLine {

    private final PrintStream out;
    private final boolean terminal;

    /** What was shown last. */
    private String shown = "";

    /** Whether the cursor stands behind it. */
    private boolean unfinished;

    private boolean ended;

    StatusLine(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Shows the status, if it is news. */
    synchronized void show(String status) {
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
