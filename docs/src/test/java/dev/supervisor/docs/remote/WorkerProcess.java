package dev.supervisor.docs.remote;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A member as a process. It ends when its input does, so it does not outlive the process that has started it. */
final class WorkerProcess {

    private static final Duration GRACE = Duration.ofSeconds(5);

    private WorkerProcess() { }

    /** Arguments: the cluster, the name of this member, its port, its book, the addresses of all members. */
    public static void main(String[] args) throws IOException {
        List<String> addresses = List.of(args).subList(4, args.length);
        Config config = RemoteSettings.member(args[0], args[1], Integer.parseInt(args[2]), addresses);
        Worker worker = new Worker(config, new RemoteBook(Path.of(args[3])));
        HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config);
        System.in.transferTo(System.out);
        worker.drain(GRACE);
        hazelcast.shutdown();
    }
}
