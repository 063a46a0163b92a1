package dev.supervisor.docs.remote;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.ExecutorConfig;
import com.hazelcast.config.JoinConfig;
import java.util.List;

/** How Hazelcast is set up, on loopback. */
final class RemoteSettings {

    static final String BODIES = "bodies";
    static final String CANCELS = "cancels";
    static final String NAME = "name";

    private RemoteSettings() { }

    static Config member(String cluster, String name, int port, List<String> addresses) {
        Config config = new Config().setClusterName(cluster)
            .setProperty("hazelcast.phone.home.enabled", "false")
            .setProperty("hazelcast.shutdownhook.enabled", "false")         // after the drain, and not before it
            .setProperty("hazelcast.heartbeat.interval.seconds", "1")
            .setProperty("hazelcast.max.no.heartbeat.seconds", "10")        // 60 if not said
            .setProperty("hazelcast.socket.bind.any", "false")
            .setProperty("hazelcast.logging.type", "slf4j")
            .addExecutorConfig(new ExecutorConfig(BODIES, 64))              // so many bodies at once on a member
            .addExecutorConfig(new ExecutorConfig(CANCELS, 2));             // no cancel waits behind a body
        config.getMemberAttributeConfig().setAttribute(NAME, name);
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false).setReuseAddress(true)
            .getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(addresses);
        return config;
    }

    static ClientConfig client(String cluster, List<String> addresses) {
        ClientConfig config = new ClientConfig().setClusterName(cluster)
            .setProperty("hazelcast.client.heartbeat.interval", "1000")
            .setProperty("hazelcast.client.heartbeat.timeout", "10000")     // 60,000 if not said
            .setProperty("hazelcast.logging.type", "slf4j");
        config.getConnectionStrategyConfig().getConnectionRetryConfig()
            .setClusterConnectTimeoutMillis(60_000);                        // for ever if not said
        config.getNetworkConfig().setAddresses(addresses)
            .getAutoDetectionConfig().setEnabled(false);
        return config;
    }
}
