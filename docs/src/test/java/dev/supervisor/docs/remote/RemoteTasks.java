package dev.supervisor.docs.remote;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.ExecutionCallback;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** The side that spawns: async tasks of a supervisor here, whose bodies run on the members of a cluster. */
public final class RemoteTasks {

    private final Supervisor supervisor;
    private final HazelcastInstance client;
    private final IExecutorService bodies;
    private final IExecutorService cancels;
    private final AtomicInteger next = new AtomicInteger();

    /** Hazelcast is shut down by whoever started it, when the supervisor is finished. */
    public RemoteTasks(Supervisor supervisor, HazelcastInstance client) {
        this.supervisor = supervisor;
        this.client = client;
        bodies = client.getExecutorService(RemoteSettings.BODIES);
        cancels = client.getExecutorService(RemoteSettings.CANCELS);
    }

    /** Spawns a task on one member after the other. */
    public Task<String> spawn(String name, Work work) {
        List<Member> members = List.copyOf(client.getCluster().getMembers());
        return spawn(name, work, members.get(Math.floorMod(next.getAndIncrement(), members.size())));
    }

    /** Spawns a task on one member. It is live until the member has said that the body has ended, or is lost. */
    public Task<String> spawn(String name, Work work, Member member) {
        UUID id = UUID.randomUUID();
        return supervisor.spec(name)
            .onCancel(() -> cancels.submitToMember(new Worker.Cancel(id), member))
            .spawnAsync(() -> send(new Worker.Run(client.getLocalEndpoint().getUuid(), id, name, work), member));
    }

    /** The stage completes with the answer. Nobody cancels it, so it never completes before the body has ended. */
    private CompletionStage<String> send(Worker.Run run, Member member) {
        CompletableFuture<String> end = new CompletableFuture<>();
        bodies.submitToMember(run, member, new ExecutionCallback<Worker.Answer>() {
            @Override
            public void onResponse(Worker.Answer answer) {
                answer.complete(end);
            }

            @Override
            public void onFailure(Throwable lost) {
                end.completeExceptionally(new OutcomeUnknownException(member + " is lost", lost));
            }
        });
        return end;
    }
}
