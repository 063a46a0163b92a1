package dev.supervisor;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/**
 * A program, for a JVM of its own with one carrier. A virtual thread accepts connections. In rounds a platform thread
 * closes the listener while another virtual thread shuts the supervisor down. The thread that interrupts can be
 * unmounted inside of {@code interrupt()}, where it waits for the lock of the channel that is being closed. So a thread
 * that waits for it has to leave the carrier.
 */
final class CarrierProgram {

    static final String END = "all rounds have ended";

    private CarrierProgram() { }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        try (Supervisor main = Supervisor.open()) {
            main.spawn(() -> {
                for (int i = 1; i <= rounds; i++) {
                    round();
                    System.out.println("round " + i);
                }
                System.out.println(END);
            });
            main.join();
        }
    }

    private static void round() throws Exception {
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        try (Supervisor server = Supervisor.builder().onFailure(FailureHandler.ignore()).open();
                Supervisor closer = Kind.POOLED.open()) {
            Task<?> accepting = server.spawn(listener::accept);
            Poll.until("begun", () -> accepting.status() == Task.Status.RUNNING);
            closer.spawn(listener::close);
            Poll.spinUntil("being closed", () -> !listener.isOpen());
            server.shutdown();
            closer.join();
        }
    }
}
