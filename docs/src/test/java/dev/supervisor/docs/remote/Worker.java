package dev.supervisor.docs.remote;

import com.hazelcast.client.Client;
import com.hazelcast.client.ClientListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.io.Serializable;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The side that runs: a member's bodies are tasks of a supervisor of its own. */
final class Worker {

    private static final String KEY = "worker";
    private static final int REMEMBERED = 10_000;

    private final RemoteBook book;
    private final Supervisor supervisor = Supervisor.builder().name(KEY).unowned()
        .onFailure(FailureHandler.ignore())             // the answer has it
        .open();
    private final Map<UUID, Live> live = new HashMap<>();       // guarded by this
    private final Map<UUID, Task.Status> heard = new LinkedHashMap<>();     // guarded by this

    private record Live(UUID driver, Task<String> task) { }

    /** Made before the member, so that it is there when the first body comes. */
    Worker(Config config, RemoteBook book) {
        this.book = book;
        config.getUserContext().put(KEY, this);
        config.addListenerConfig(new ListenerConfig(new ClientListener() {
            @Override
            public void clientConnected(Client client) { }

            @Override
            public void clientDisconnected(Client client) {
                cancelAllOf(client.getUuid());
            }
        }));
    }

    /**
     * A body whose driver has no connection to this member comes through another one, or late. It would be lost with
     * that one, and nothing here would end it. The client sends again what has thrown this.
     */
    private static void requireConnected(Run run) {
        if (run.hazelcast.getClientService().getConnectedClients().stream()
                .noneMatch(client -> client.getUuid().equals(run.driver))) {
            throw new RetryableHazelcastException(run.name + " does not begin: no connection of its driver is here");
        }
    }

    /** Begins a body, unless this member has heard of its id before: from an earlier delivery, or a cancel. */
    private synchronized @Nullable Task<String> begin(Run run) {
        if (heard.containsKey(run.id)) {
            return null;
        }
        requireConnected(run);
        hear(run.id, Task.Status.RUNNING);
        Task<String> task = supervisor.spec(run.name).onDone(done -> forget(run.id)).spawn(() -> runInBook(run));
        live.put(run.id, new Live(run.driver, task));
        return task;
    }

    /** Asks a body to cancel. One that has not come yet will not begin. */
    private void cancel(UUID id) {
        Live found;
        synchronized (this) {
            hear(id, Task.Status.CANCELLED);
            found = live.get(id);
        }
        if (found != null) {
            found.task.cancel();
        }
    }

    /** A driver that is gone, or has given this member up, waits for nothing more. */
    private void cancelAllOf(UUID driver) {
        List<Live> found;
        synchronized (this) {
            found = live.values().stream().filter(one -> one.driver.equals(driver)).toList();
        }
        found.forEach(one -> one.task.cancel());
    }

    private synchronized void forget(UUID id) {
        live.remove(id);
    }

    /** Returns what was heard of an id before, if anything. So many are remembered. */
    private synchronized Task.@Nullable Status hear(UUID id, Task.Status status) {
        Task.Status before = heard.putIfAbsent(id, status);
        if (heard.size() > REMEMBERED) {
            heard.remove(heard.keySet().iterator().next());
        }
        return before;
    }

    private String runInBook(Run run) throws Exception {
        book.begun(run.name);
        String how = "succeeded";
        try {
            return run.work.run();
        } catch (Throwable e) {
            how = e.getClass().getSimpleName();
            throw e;
        } finally {
            book.ended(run.name, how);
        }
    }

    /** Takes no more bodies, and waits for those that run. */
    boolean drain(Duration grace) {
        return supervisor.drain(grace);
    }

    private static Worker of(HazelcastInstance hazelcast) {
        return (Worker) hazelcast.getUserContext().get(KEY);
    }

    /** What a member says when a body has ended. A failure travels as text: its class need not be known there. */
    record Answer(Task.Status status, String text) implements Serializable {

        void complete(CompletableFuture<String> end) {
            switch (status) {
                case SUCCEEDED -> end.complete(text);
                case CANCELLED -> end.completeExceptionally(new CancellationException(text));
                case FAILED -> end.completeExceptionally(new RemoteFailureException(text));
                default -> end.completeExceptionally(new OutcomeUnknownException(text, null));
            }
        }
    }

    /** Runs a body. Sent to one member; the answer leaves that when the body has ended. */
    static final class Run implements Callable<Answer>, HazelcastInstanceAware, Serializable {

        private static final long serialVersionUID = 1L;

        private final UUID driver;
        private final UUID id;
        private final String name;
        private final Work work;
        private transient HazelcastInstance hazelcast;

        Run(UUID driver, UUID id, String name, Work work) {
            this.driver = driver;
            this.id = id;
            this.name = name;
            this.work = work;
        }

        UUID id() {
            return id;
        }

        @Override
        public void setHazelcastInstance(HazelcastInstance hazelcast) {
            this.hazelcast = hazelcast;
        }

        /** Holds a thread of Hazelcast's pool until the body has ended. Throws nothing that a body has thrown. */
        @Override
        public Answer call() throws InterruptedException {
            Worker worker = of(hazelcast);
            Task<String> task = worker.begin(this);
            if (task == null) {
                return new Answer(worker.hear(id, Task.Status.RUNNING), "this member has heard of it before");
            }
            try {
                return new Answer(Task.Status.SUCCEEDED, task.get());
            } catch (CancellationException cancelled) {
                return new Answer(Task.Status.CANCELLED, "cancelled");
            } catch (ExecutionException failed) {
                return new Answer(Task.Status.FAILED, String.valueOf(failed.getCause()));
            }
        }
    }

    /** Asks a body to cancel. The answer to it says nothing; that of the body does. */
    static final class Cancel implements Callable<Boolean>, HazelcastInstanceAware, Serializable {

        private static final long serialVersionUID = 1L;

        private final UUID id;
        private transient HazelcastInstance hazelcast;

        Cancel(UUID id) {
            this.id = id;
        }

        @Override
        public void setHazelcastInstance(HazelcastInstance hazelcast) {
            this.hazelcast = hazelcast;
        }

        @Override
        public Boolean call() {
            of(hazelcast).cancel(id);
            return true;
        }
    }
}
