package dev.supervisor.docs;

import dev.supervisor.Supervisor;

/** What the server's tasks run on. */
enum Threads {
    /** Virtual threads from JDK 21 on, before it pooled platform threads. */
    DEFAULT,
    /** A new platform thread for each task, on every JDK. */
    PLATFORM;

    Supervisor.Builder builder() {
        Supervisor.Builder builder = Supervisor.builder().name("http").onFailure((task, failure) -> { });
        return this == DEFAULT ? builder : builder.threadFactory(Threads::daemon);
    }

    /** An executor: a new thread for each. */
    static void run(Runnable body) {
        daemon(body).start();
    }

    private static Thread daemon(Runnable body) {
        Thread thread = new Thread(body);
        thread.setDaemon(true);
        return thread;
    }
}
