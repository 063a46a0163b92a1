package dev.supervisor.docs;

import dev.supervisor.DumpOption;
import dev.supervisor.Supervisor;
import dev.supervisor.micrometer.SupervisorMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
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

    /** A supervisor with metrics, for what runs as long as the program does. */
    static Supervisor measured(String name, MeterRegistry registry) {
        Supervisor supervisor = Supervisor.builder().name(name).unowned()
                .observer(SupervisorMetrics.timers(registry, name, Tags.empty()))
                .open();
        new SupervisorMetrics(supervisor).bindTo(registry);
        return supervisor;
    }
}
