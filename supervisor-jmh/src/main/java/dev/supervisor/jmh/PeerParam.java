package dev.supervisor.jmh;

import java.util.function.Predicate;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The {@linkplain Peers peer} that a benchmark asks. */
@State(Scope.Thread)
public class PeerParam {

    /** Its name. */
    @Param({
        "thread.bare", "thread.supervised", "thread.execute", "thread.submit", "thread.view", "thread.structured",
        "thread.hashSet", "thread.cells", "thread.keySet",
        "forkJoin.bare", "forkJoin.supervised", "forkJoin.allOf", "kotlin",
        "fixed.bare", "fixed.supervised",
        "caller.bare", "caller.supervised", "caller.hashSet", "caller.cells", "caller.keySet"
    })
    public String peer;

    private Peer asked;
    /** The last scope: kept, so that every scope is really made, as one is that tasks know. */
    private Peer.Scope last;

    /** All names that are wanted. */
    static String[] everybody(Predicate<String> wanted) {
        try {
            String[] all = PeerParam.class.getField("peer").getAnnotation(Param.class).value();
            return Stream.of(all).filter(wanted).toArray(String[]::new);
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether the name is one of a design of ours that was rejected. */
    static boolean isRejected(String peer) {
        return peer.matches(".*\\.(hashSet|cells|keySet)");
    }

    /** Looks up the peer. */
    @Setup
    public void setUp() {
        asked = Peers.of(peer);
    }

    /** Gives back the peer's threads. */
    @TearDown
    public void tearDown() {
        asked.close();
    }

    /** Opens a scope. */
    Peer.Scope open(int tasks) {
        return asked.open(tasks);
    }

    /** A whole scope, in which all tasks do the same. */
    void scope(int tasks, Work work) throws Exception {
        Peer.Scope scope = asked.open(tasks);
        last = scope;
        for (int task = 0; task < tasks; task++) {
            scope.start(work);
        }
        scope.leave();
    }
}
