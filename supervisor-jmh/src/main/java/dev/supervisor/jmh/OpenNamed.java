package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: what does a name cost a supervisor that is opened for one request? An empty one is opened and closed, by
 * a builder without a name and by one with; the difference is what the name costs. Run it with {@code -t} 1 and 2.
 */
@State(Scope.Thread)
public class OpenNamed extends Timed {

    /** What all threads share. */
    @State(Scope.Benchmark)
    public static class Others {

        /** How many other supervisors with a name are open all the while. */
        @Param({"0", "1000", "100000"})
        public int open;

        private final List<Supervisor> others = new ArrayList<>();

        /** Opens them. */
        @Setup(Level.Trial)
        public void setUp() {
            for (int other = 0; other < open; other++) {
                others.add(Supervisor.builder().unowned().name("other").open());
            }
        }

        /** Closes them. */
        @TearDown(Level.Trial)
        public void tearDown() {
            others.forEach(Supervisor::close);
        }
    }

    private final Supervisor.Builder without = Supervisor.builder();
    private final Supervisor.Builder with = Supervisor.builder().name("request");
    private Supervisor last;

    /** Without a name. */
    @Benchmark
    public Supervisor unnamed(Others others) {
        return once(without);
    }

    /** With one. */
    @Benchmark
    public Supervisor named(Others others) {
        return once(with);
    }

    /** A field keeps it until the next one is opened: otherwise the compiler dissolves it. */
    private Supervisor once(Supervisor.Builder builder) {
        last = builder.open();
        last.close();
        return last;
    }
}
