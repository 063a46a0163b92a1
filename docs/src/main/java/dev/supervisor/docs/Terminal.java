package dev.supervisor.docs;

import java.io.Console;

/** Whether somebody watches, and how much they see. */
final class Terminal {

    private static final int USUAL_WIDTH = 80;

    private Terminal() { }

    /** From JDK 22 on there may be a console without a terminal, and a method to ask it. */
    static boolean isInteractive() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException olderJdk) {
            return true;
        }
    }

    /** In columns: what the environment says, if it says anything that can be. */
    static int width() {
        return width(System.getenv("COLUMNS"));
    }

    static int width(String columns) {
        return columns != null && columns.matches("[1-9]\\d{0,3}") ? Integer.parseInt(columns) : USUAL_WIDTH;
    }
}
