package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Supervisor.State;
import dev.supervisor.Task;
import dev.supervisor.Task.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.web.context.WebServerGracefulShutdownLifecycle;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The recipe for Spring, in an application of Spring Boot that starts, works and stops. */
class SpringRecipeTest {

    private static final AtomicReference<Supervisor> OF_FAILED_START = new AtomicReference<>();

    private final CountDownLatch release = new CountDownLatch(1);
    private final List<ConfigurableApplicationContext> started = new ArrayList<>();

    /** An application with one bean that has work done. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @Import(SpringRecipe.SupervisorConfiguration.class)
    @ImportAutoConfiguration(TaskExecutionAutoConfiguration.class)
    static class Application {

        @Bean
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        Orders orders(Supervisor supervisor, Database database) {
            return new Orders(supervisor, database);
        }

        @Bean
        Database database() {
            return new Database();
        }
    }

    /** Takes orders for requests, which have an entry in the MDC. */
    record Orders(Supervisor supervisor, Database database) {

        Task<String> order(CountDownLatch release) {
            return supervisor.spawn("order", () -> {
                release.await();
                return MDC.get("request") + ", database " + (database.closed ? "closed" : "open");
            });
        }
    }

    /** What tasks use until they end. */
    static final class Database implements AutoCloseable {

        private volatile boolean closed;

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Boot would make Logback anew, and take away what other tests have added to it. */
    @BeforeAll
    static void leaveLoggingAlone() {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
    }

    @AfterAll
    static void restore() {
        System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
    }

    @AfterEach
    void stop() {
        release.countDown();
        started.forEach(ConfigurableApplicationContext::close);
        MDC.clear();
    }

    private ConfigurableApplicationContext start(String... arguments) {
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setBannerMode(Banner.Mode.OFF);
        ConfigurableApplicationContext context = application.run(arguments);
        started.add(context);
        return context;
    }

    @Test
    void theApplicationStopsWhenItsTasksHaveEnded() throws Exception {
        ConfigurableApplicationContext context = start();
        Supervisor supervisor = context.getBean(Supervisor.class);
        Orders orders = context.getBean(Orders.class);
        MDC.put("request", "one");
        Task<String> order = orders.order(release);
        MDC.put("request", "two");
        CompletableFuture<Void> close = CompletableFuture.runAsync(context::close, Threads::run);
        Poll.until("it drains", () -> supervisor.state() == State.DRAINING);
        assertThrows(RejectedExecutionException.class, () -> orders.order(release));
        assertFalse(close.isDone());
        release.countDown();
        close.get(60, TimeUnit.SECONDS);
        assertEquals("one, database open", order.get());
        assertEquals(State.FINISHED, supervisor.state());
        assertEquals(0, supervisor.stats().cancelled());
        assertTrue(orders.database().closed);
    }

    @Test
    void itIsMeasuredAndLimited() throws Exception {
        ConfigurableApplicationContext context = start();
        Supervisor supervisor = context.getBean(Supervisor.class);
        MeterRegistry registry = context.getBean(MeterRegistry.class);
        supervisor.spawn(() -> "quick").get();
        Poll.until("it is counted", () -> registry.get("executor.completed").tag("name", "app")
            .functionCounter().count() == 1);
        Poll.until("it is timed", () -> registry.find("executor").tag("name", "app").timer() != null);
        int live = 0;
        while (supervisor.trySpawn(() -> {
            release.await();
            return null;
        }) != null) {
            live++;
        }
        assertEquals(200, live);
        assertEquals(200, registry.get("executor.active").tag("name", "app").gauge().value());
        assertEquals(1, registry.get("supervisor.refused").tags("name", "app", "reason", "full")
            .functionCounter().count());
        release.countDown();
        context.close();
        assertEquals(State.FINISHED, supervisor.state());
    }

    @Test
    void itDrainsAfterTheWebServerHasStopped() {
        int webServer = WebServerGracefulShutdownLifecycle.SMART_LIFECYCLE_PHASE - 1024;     // where it is stopped
        assertTrue(start().getBean("supervisorDrain", SmartLifecycle.class).getPhase() < webServer);
    }

    @Test
    void aContextThatIsStartedAgainHasAFinishedSupervisor() {
        ConfigurableApplicationContext context = start();
        context.stop();
        context.start();
        assertTrue(context.isRunning());
        assertEquals(State.FINISHED, context.getBean(Supervisor.class).state());
    }

    /** Spring calls {@code close}, which it finds by itself, if the context does not start. */
    @Test
    void aStartThatFailsCancelsWhatRuns() {
        assertThrows(BeanCreationException.class, () -> new AnnotationConfigApplicationContext(Broken.class));
        assertEquals(State.FINISHED, OF_FAILED_START.get().state());
        assertEquals(1, OF_FAILED_START.get().stats().cancelled());
    }

    /** A bean spawns a task, and cannot be made. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @Import(SpringRecipe.SupervisorConfiguration.class)
    static class Broken {

        @Bean
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        Object broken(Supervisor supervisor) {
            OF_FAILED_START.set(supervisor);
            supervisor.spawn(() -> new CountDownLatch(1).await());
            throw new IllegalStateException("on purpose");
        }
    }

    /** A supervisor is an Executor, and Boot makes its own only where there is none. */
    @Test
    void bootMakesItsOwnExecutorOnlyIfItIsForcedTo() {
        assertFalse(start().containsBean("applicationTaskExecutor"));
        assertTrue(start("--spring.task.execution.mode=force").containsBean("applicationTaskExecutor"));
    }
}
