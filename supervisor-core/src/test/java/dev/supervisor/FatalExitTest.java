package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.supervisor.Supervisor.State;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** C7: in what form an exit throws a fatal error, above all where the block throws that very error too. */
class FatalExitTest {

    static Stream<Arguments> errors() {
        return Kind.all().stream().flatMap(kind -> Stream.of(new InternalError("on purpose"),
                new IllegalStateException("on purpose"), new IOException("on purpose"))
                .map(fatal -> Arguments.of(kind, fatal)));
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** Throws the error in a task. Returns when the task has retired, and clears the owner's interrupt status. */
    private static void fail(Supervisor supervisor, Throwable fatal) {
        Task<Void> task = supervisor.spawn((Action) () -> Sneaky.<Error>sneakyThrow(fatal));
        Poll.until("failed", () -> task.isDone() && supervisor.liveCount() == 0);
        Thread.interrupted();
    }

    private static Supervisor.Builder builder(Kind kind, Throwable fatal) {
        return kind.builder().fatalIf(thrown -> thrown == fatal);
    }

    /** Asserts that a CompletionException wraps the error, and that neither of them has a suppressed exception. */
    private static void assertWrapped(Throwable fatal, Throwable thrown) {
        assertInstanceOf(CompletionException.class, thrown);
        assertSame(fatal, thrown.getCause());
        assertEquals(0, thrown.getSuppressed().length);
        assertEquals(0, fatal.getSuppressed().length);
    }

    @ParameterizedTest
    @MethodSource("errors")
    void c7_closeThrowsItInsideOfAFreshException(Kind kind, Throwable fatal) {
        CompletionException[] thrown = new CompletionException[2];
        for (int i = 0; i < 2; i++) {
            Supervisor supervisor = i == 0 ? builder(kind, fatal).open() : builder(kind, fatal).unowned().open();
            fail(supervisor, fatal);
            thrown[i] = assertThrows(CompletionException.class, supervisor::close);
            assertWrapped(fatal, thrown[i]);
            supervisor.close();
        }
        assertNotSame(thrown[0], thrown[1]);
    }

    @ParameterizedTest
    @MethodSource("errors")
    void c7_aTryBlockMayRethrowTheFatalErrorItself(Kind kind, Throwable fatal) {
        Throwable thrown = assertThrows(Throwable.class, () -> {
            try (Supervisor supervisor = builder(kind, fatal).open()) {
                fail(supervisor, fatal);
                throw fatal;
            }
        });
        assertSame(fatal, thrown);
        List<Throwable> suppressed = Arrays.asList(fatal.getSuppressed());
        assertEquals(1, suppressed.size());
        assertInstanceOf(CompletionException.class, suppressed.get(0));
        assertSame(fatal, suppressed.get(0).getCause());
    }

    @ParameterizedTest
    @MethodSource("errors")
    void c7_aTryBlockMayThrowWhatGetHasThrown(Kind kind, Throwable fatal) {
        CompletionException thrown = assertThrows(CompletionException.class, () -> {
            try (Supervisor supervisor = builder(kind, fatal).open()) {
                Task<Integer> task = supervisor.spawn(() -> {
                    Sneaky.<Error>sneakyThrow(fatal);
                    return 1;
                });
                Poll.until("failed", () -> task.isDone() && supervisor.liveCount() == 0);
                Thread.interrupted();
                task.join();
            }
        });
        assertSame(fatal, thrown.getCause());
        assertEquals(1, thrown.getSuppressed().length);
        assertWrapped(fatal, thrown.getSuppressed()[0]);
    }

    @ParameterizedTest
    @MethodSource("errors")
    void c7_joinThrowsItAsItIsAndACheckedOneWrapped(Kind kind, Throwable fatal) {
        for (boolean owned : new boolean[] {true, false}) {
            Supervisor supervisor = owned ? builder(kind, fatal).open() : builder(kind, fatal).unowned().open();
            fail(supervisor, fatal);
            Throwable thrown = assertThrows(Throwable.class, supervisor::join);
            if (fatal instanceof IOException) {
                assertWrapped(fatal, thrown);
            } else {
                assertSame(fatal, thrown);
                assertEquals(0, fatal.getSuppressed().length);
            }
            assertEquals(State.FINISHED, supervisor.state());
            supervisor.close();
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void c7_aBlockThatRethrowsItAddsNothing(Kind kind, Throwable fatal) {
        Throwable byRun = assertThrows(Throwable.class, () -> builder(kind, fatal).run(supervisor -> {
            fail(supervisor, fatal);
            Sneaky.<Error>sneakyThrow(fatal);
        }));
        assertThrownOnce(fatal, byRun);
        Throwable byCall = assertThrows(Throwable.class, () -> builder(kind, fatal).unowned().call(supervisor -> {
            fail(supervisor, fatal);
            Sneaky.<Error>sneakyThrow(fatal);
            return 1;
        }));
        assertThrownOnce(fatal, byCall);
    }

    private static void assertThrownOnce(Throwable fatal, Throwable thrown) {
        if (fatal instanceof IOException) {
            assertWrapped(fatal, thrown);
        } else {
            assertSame(fatal, thrown);
            assertEquals(0, thrown.getSuppressed().length);
        }
    }
}
