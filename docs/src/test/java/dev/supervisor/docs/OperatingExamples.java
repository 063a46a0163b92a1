package dev.supervisor.docs;

import dev.supervisor.DumpOption;
import dev.supervisor.Supervisor;
import java.io.IOException;

/** What an operator can ask: {@code docs/operating.md} explains each method, in about this order. */
final class OperatingExamples {

    private OperatingExamples() { }

    /** Everything that runs in the supervisors that have a name, for an endpoint or a signal handler. */
    static String whatRuns() throws IOException {
        StringBuilder text = new StringBuilder();
        for (Supervisor supervisor : Supervisor.named()) {
            supervisor.dump(text, DumpOption.stacks());
        }
        return text.toString();
    }
}
