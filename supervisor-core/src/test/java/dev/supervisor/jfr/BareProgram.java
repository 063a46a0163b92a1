package dev.supervisor.jfr;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.RejectedExecutionException;

/** What a user does, where each event for the flight recorder would be made. */
final class BareProgram {

    static final String END = "SupervisorStats[accepted=3, live=0, succeeded=1, failed=1, cancelled=1, timedOut=0, refused=1]";

    private BareProgram() { }

    public static void main(String[] args) throws InterruptedException {
        System.out.println(ModuleLayer.boot().findModule("jdk.jfr").map(Object::toString).orElse("no jdk.jfr"));
        Supervisor supervisor = Supervisor.builder().name("bare").unowned().recordTimes().open();
        supervisor.spawn(() -> 1);
        supervisor.spawn("failing", () -> {
            throw new IllegalStateException("on purpose");
        });
        Task<?> cancelled = supervisor.spawn(() -> Thread.sleep(Long.MAX_VALUE));
        cancelled.cancel();
        supervisor.join();
        try {
            supervisor.spawn(() -> 1);
        } catch (RejectedExecutionException refused) {
            System.out.println(supervisor.stats());
        }
    }
}
