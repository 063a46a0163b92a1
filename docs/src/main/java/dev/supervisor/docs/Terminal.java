package dev.supervisor.docs;

import java.io.Console;

/** Whether somebody watches. */
final class Terminal {

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
}
