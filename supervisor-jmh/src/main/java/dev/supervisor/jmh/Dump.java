package dev.supervisor.jmh;

import dev.supervisor.DumpOption;
import dev.supervisor.Supervisor;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: how long does a dump of a supervisor with a million live tasks take, and what does it allocate? The text
 * is thrown away.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Dump extends Timed {

    /** How many tasks live. */
    @Param("1000000")
    public int tasks;

    /** How many of them are written. */
    @Param({"0", "1000"})
    public int max;

    private Supervisor supervisor;

    /** Brings them to life. */
    @Setup
    public void setUp() {
        supervisor = Supervisor.builder().unowned().executor(task -> { }).open();
        for (int task = 0; task < tasks; task++) {
            supervisor.spawn("task", Work.NONE);
        }
    }

    /** Ends them. */
    @TearDown
    public void tearDown() {
        supervisor.shutdown();
    }

    /** Counts what it is given. */
    private static final class Length implements Appendable {

        private long length;

        @Override
        public Appendable append(CharSequence text) {
            length += text.length();
            return this;
        }

        @Override
        public Appendable append(CharSequence text, int start, int end) {
            length += end - start;
            return this;
        }

        @Override
        public Appendable append(char c) {
            length++;
            return this;
        }
    }

    /**
     * One dump, without stacks.
     *
     * @return how long the text is
     * @throws IOException never
     */
    @Benchmark
    public long dump() throws IOException {
        Length length = new Length();
        supervisor.dump(length, DumpOption.maxTasks(max));
        return length.length;
    }
}
