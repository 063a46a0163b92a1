package dev.supervisor.jmh;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The {@linkplain Peers peer} that a benchmark asks. */
@State(Scope.Thread)
public class Asked {

    /** Its name. */
    @Param({
        "thread.bare", "thread.supervised", "thread.execute", "thread.submit", "thread.structured",
        "thread.hashSet", "thread.cells", "thread.keySet",
        "common.bare", "common.supervised", "common.allOf", "kotlin",
        "fixed.bare", "fixed.supervised",
        "caller.bare", "caller.supervised", "caller.hashSet", "caller.cells", "caller.keySet"
    })
    public String peer;

    private Peer asked;

    /** All names. */
    static String[] everybody() {
        try {
            return Asked.class.getField("peer").getAnnotation(Param.class).value();
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
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
        for (int task = 0; task < tasks; task++) {
            scope.start(work);
        }
        scope.leave();
    }
}
