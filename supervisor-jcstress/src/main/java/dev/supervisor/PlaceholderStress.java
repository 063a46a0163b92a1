package dev.supervisor;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Proves that stress tests run and see the core's package; delete it with {@link Placeholder}. */
@JCStressTest
@Outcome(id = {"1, 1", "1, 2", "2, 1", "2, 2"}, expect = Expect.ACCEPTABLE, desc = "A race without order.")
@State
public class PlaceholderStress {
    int value;

    @Actor
    public void left(II_Result result) {
        result.r1 = value = Placeholder.increment(value);
    }

    @Actor
    public void right(II_Result result) {
        result.r2 = value = Placeholder.increment(value);
    }
}
