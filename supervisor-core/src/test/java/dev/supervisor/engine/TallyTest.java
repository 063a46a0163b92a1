package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.supervisor.Background;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a supervisor counts, and that a task that succeeds counts nothing besides its stripe: O1. */
class TallyTest {

    private static final int MOST_STRIPES = 64;

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_nothingIsMadeForTasksThatSucceed(Kind kind) throws Exception {
        try (Supervisor supervisor = kind.open()) {
            for (int i = 0; i < 100; i++) {
                supervisor.spawn(() -> 1);
            }
            supervisor.join();
            assertEquals(100, supervisor.stats().succeeded());
            assertNull(((Scope) supervisor).tallyIfAny());
        }
        try (Supervisor supervisor = kind.open()) {
            supervisor.spawn(() -> {
                throw new IllegalStateException("on purpose");
            });
            supervisor.join();
            assertNotNull(((Scope) supervisor).tallyIfAny());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o1_allStripesAreSummedUp(Kind kind) throws Exception {
        Supervisor supervisor = kind.builder().unowned().open();
        stripes(((Scope) supervisor).census);
        List<Background<Void>> spawners = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            spawners.add(Background.run(() -> {
                for (int n = 0; n < 30; n++) {
                    int number = n;
                    supervisor.spawn(() -> {
                        if (number % 3 == 0) {
                            throw new IllegalStateException("on purpose");
                        }
                    });
                }
            }));
        }
        spawners.forEach(Background::join);
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
        SupervisorStats stats = supervisor.stats();
        assertEquals(MOST_STRIPES, ((Scope) supervisor).census.stripes().length);
        assertEquals(600, stats.accepted(), stats::toString);
        assertEquals(400, stats.succeeded(), stats::toString);
        assertEquals(200, stats.failed(), stats::toString);
        supervisor.close();
        assertEquals(600, supervisor.stats().accepted());
    }

    /** Gives a new census as many stripes as one can have. */
    private static void stripes(Census census) throws ReflectiveOperationException {
        VarHandle table = MethodHandles.privateLookupIn(Census.class, MethodHandles.lookup())
                .findVarHandle(Census.class, "table", Object.class);
        Stripes stripes = Stripes.one();
        while (stripes.all.length < MOST_STRIPES) {
            stripes = stripes.doubled();
        }
        table.setVolatile(census, stripes);
    }
}
