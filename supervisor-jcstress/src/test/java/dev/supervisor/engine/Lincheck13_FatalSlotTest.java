package dev.supervisor.engine;

import java.util.Arrays;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * Fatal errors against the exit that takes one (C7; {@link FatalErrors}).
 *
 * <p>The claim: the slot is linearizable. The slot keeps the first error. An exit takes only the error that it has
 * read, and the first exit takes it. A thread that comes later with an error finds the slot taken, and has to report
 * the error itself.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck13_FatalSlotTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck13_FatalSlotTest {

    private static final int TAKEN = -2;

    @Test
    void c7_firstIsKept() {
        Interleavings.options(10, 200).threads(3).sequentialSpecification(Sequential.class).check(Concurrent.class);
    }

    /** The real slot; errors are numbered. */
    public static class Concurrent {

        private static final List<Error> ERRORS = Arrays.asList(new Error("0"), new Error("1"), new Error("2"));

        private final Scope slot = new Scope(Settings.DEFAULT, false);

        @Operation
        public boolean keep(@Param(gen = IntGen.class, conf = "0:2") int error) {
            return FatalErrors.keep(slot, ERRORS.get(error));
        }

        @Operation
        public int kept() {
            return ERRORS.indexOf(FatalErrors.kept(slot));
        }

        /** Takes what it has read, as an exit does. */
        @Operation
        public int take() {
            for (;;) {
                Throwable kept = FatalErrors.kept(slot);
                if (FatalErrors.take(slot, kept)) {
                    return ERRORS.indexOf(kept);
                }
                if (FatalErrors.isTaken(slot)) {
                    return TAKEN;
                }
            }
        }

        /** Takes the given error, as an exit does that has read it long ago. */
        @Operation
        public boolean takeThis(@Param(gen = IntGen.class, conf = "-1:2") int error) {
            return FatalErrors.take(slot, error < 0 ? null : ERRORS.get(error));
        }

        @Operation
        public boolean isTaken() {
            return FatalErrors.isTaken(slot);
        }
    }

    /** What a slot does, one operation after the other. */
    public static class Sequential {

        private int kept = -1;
        private boolean taken;

        public boolean keep(int error) {
            if (!taken && kept < 0) {
                kept = error;
            }
            return !taken;
        }

        public int kept() {
            return kept;
        }

        public int take() {
            int error = taken ? TAKEN : kept;
            kept = -1;
            taken = true;
            return error;
        }

        public boolean takeThis(int error) {
            return !taken && kept == error && take() == error;
        }

        public boolean isTaken() {
            return taken;
        }
    }
}
