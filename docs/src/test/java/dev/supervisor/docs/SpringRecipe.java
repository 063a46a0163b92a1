package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.micrometer.SupervisorMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A supervisor in an application of Spring Boot 3: {@code docs/recipes.md} shows it. */
final class SpringRecipe {

    static final Duration GRACE = Duration.ofSeconds(20);

    private SpringRecipe() { }

    /** One supervisor for the application: with a limit, metrics and the MDC, and drained when that stops. */
    @Configuration(proxyBeanMethods = false)
    static class SupervisorConfiguration {

        @Bean
        Supervisor supervisor(MeterRegistry registry) {
            Supervisor supervisor = Supervisor.builder().name("app").unowned().maxTasks(200)
                .decorator(ContextExamples::carryMdc)
                .observer(SupervisorMetrics.timers(registry, "app", Tags.empty())).open();
            new SupervisorMetrics(supervisor).bindTo(registry);
            return supervisor;
        }

        @Bean
        SmartLifecycle supervisorDrain(Supervisor supervisor) {
            return new SmartLifecycle() {
                @Override
                public void start() { }

                @Override
                public void stop() {
                    supervisor.drain(GRACE);
                }

                @Override
                public boolean isRunning() {
                    return supervisor.state() != State.FINISHED;
                }

                @Override
                public int getPhase() {
                    return DEFAULT_PHASE - 4096;        // after the web server, which stops in DEFAULT_PHASE - 2048
                }
            };
        }
    }
}
