package dev.supervisor.docs.remote;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.impl.clientside.HazelcastClientProxy;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import dev.supervisor.docs.Poll;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Two members as processes, and a client in this one. Ends all of them when it is closed. */
final class RemoteCluster implements AutoCloseable {

    private static final List<String> NAMES = List.of("a", "b");

    private final Path directory;
    private final String cluster = UUID.randomUUID().toString();
    private final Map<String, Integer> ports = new HashMap<>();
    private final Map<String, Process> processes = new HashMap<>();
    private HazelcastInstance client;

    RemoteCluster(Path directory) throws IOException {
        this.directory = directory;
        List<ServerSocket> free = new ArrayList<>();
        for (String name : NAMES) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            free.add(socket);
            ports.put(name, socket.getLocalPort());
        }
        for (ServerSocket socket : free) {
            socket.close();
        }
    }

    /** Starts what is not there, and waits until the client is connected to both members. */
    void complete() throws IOException {
        for (String name : NAMES) {
            if (!processes.containsKey(name) || !processes.get(name).isAlive()) {
                if (client != null) {
                    Poll.until("the one before is forgotten", () -> find(name) == null);
                }
                processes.put(name, start(name));
            }
        }
        if (client == null) {
            client = HazelcastClient.newHazelcastClient(settings(NAMES));
        }
        Poll.until("both members are there", () -> NAMES.stream().allMatch(this::isThere));
    }

    private boolean isThere(String name) {
        if (!processes.get(name).isAlive()) {
            throw new AssertionError("member " + name + " has ended:\n" + read(log(name)));
        }
        Member member = find(name);
        return client.getCluster().getMembers().size() == NAMES.size() && member != null && isConnected(member);
    }

    /** A member may be in the list for seconds before. No public class says it. */
    private boolean isConnected(Member member) {
        return ((HazelcastClientProxy) client).client.getConnectionManager()
            .getActiveConnection(member.getUuid()) != null;
    }

    private Process start(String name) throws IOException {
        List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), WorkerProcess.class.getName(),
            cluster, name, String.valueOf(ports.get(name)), bookFile(name).toString()));
        command.addAll(addresses(NAMES));
        return new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile())).start();
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> addresses(List<String> names) {
        return names.stream().map(name -> "127.0.0.1:" + ports.get(name)).toList();
    }

    private Path bookFile(String name) {
        return directory.resolve(name + ".book");
    }

    RemoteBook book(String name) {
        return new RemoteBook(bookFile(name));
    }

    /** Of a client that is told of these members. */
    ClientConfig settings(List<String> names) {
        return RemoteSettings.client(cluster, addresses(names));
    }

    HazelcastInstance client() {
        return client;
    }

    Member member(String name) {
        Member found = find(name);
        if (found == null) {
            throw new AssertionError("no member " + name);
        }
        return found;
    }

    private Member find(String name) {
        return client.getCluster().getMembers().stream()
            .filter(member -> name.equals(member.getAttribute(RemoteSettings.NAME))).findFirst().orElse(null);
    }

    /** Ends a member without a word. */
    void kill(String name) {
        processes.get(name).destroyForcibly().onExit().join();
    }

    /** Sends a signal: STOP, or CONT. */
    void signal(String name, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(processes.get(name).pid())).start();
        if (!kill.waitFor(30, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new IOException("cannot send " + signal);
        }
    }

    @Override
    public void close() {
        try {
            if (client != null) {
                client.shutdown();
                client = null;
            }
        } finally {
            processes.keySet().forEach(this::kill);
            processes.clear();
        }
    }
}
