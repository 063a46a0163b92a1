package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * C6: a supervisor in a task of another ends by a fatal error while that task is cancelled. The task catches the
 * error and goes on. It still has to see that it was cancelled.
 */
class LostToFatalTest {

    /** How the task opens the inner supervisor. */
    enum Form { RUN, CALL, TRY }

    /** Which interrupt comes first; with BOTH_PENDING the inner block looks only when both have come. */
    enum Order { CANCEL_FIRST, FATAL_FIRST, BOTH_PENDING }

    static Stream<Arguments> cases() {
        return Kind.all().stream().flatMap(kind -> Stream.of(Form.values()).flatMap(form -> Stream.of(true, false)
                .flatMap(inJoin -> Stream.of(true, false).flatMap(owned -> orders(inJoin)
                        .map(order -> Arguments.of(kind, form, inJoin, owned, order))))));
    }

    /** A join throws for the first interrupt, so its owner cannot look at both together. */
    private static Stream<Order> orders(boolean inJoin) {
        return Arrays.stream(Order.values()).filter(order -> !inJoin || order != Order.BOTH_PENDING);
    }

    @AfterEach
    void noStrayInterrupt() {
        assertFalse(Thread.interrupted(), "a stray interrupt on the test's thread");
    }

    /** One nested supervisor: its block and its tasks do what the case says. */
    private static final class Scene {

        final InternalError fatal = new InternalError("on purpose");
        final AtomicReference<Supervisor> inner = new AtomicReference<>();
        final AtomicReference<GatedTask> failing = new AtomicReference<>();
        final AtomicReference<GatedTask> other = new AtomicReference<>();
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        final AtomicReference<Boolean> noticed = new AtomicReference<>();
        final CountDownLatch look = new CountDownLatch(1);
        final CountDownLatch never = new CountDownLatch(1);
        final Kind kind;
        final Form form;
        final boolean inJoin;
        final boolean owned;
        final Order order;

        Scene(Kind kind, Form form, boolean inJoin, boolean owned, Order order) {
            this.kind = kind;
            this.form = form;
            this.inJoin = inJoin;
            this.owned = owned;
            this.order = order;
        }

        /** The body of the task around. It catches the fatal error and goes on, as a server that loses a connection. */
        void outerBody() throws InterruptedException {
            try {
                nest();
            } catch (Throwable t) {
                thrown.set(t);
            }
            noticed.set(thrown.get() instanceof InterruptedException || Thread.currentThread().isInterrupted());
            if (!(thrown.get() instanceof InterruptedException)) {
                never.await();
            }
        }

        private void nest() throws Exception {
            Supervisor.Builder builder = owned ? kind.builder() : kind.builder().unowned();
            switch (form) {
                case RUN -> builder.run(this::innerBody);
                case CALL -> builder.<Integer, Exception>call(supervisor -> {
                    innerBody(supervisor);
                    return 1;
                });
                case TRY -> {
                    try (Supervisor supervisor = builder.open()) {
                        innerBody(supervisor);
                        if (inJoin) {
                            supervisor.join();
                        }
                    }
                }
            }
        }

        private void innerBody(Supervisor supervisor) throws Exception {
            failing.set(GatedTask.stubborn(kind, supervisor));
            other.set(GatedTask.stubborn(kind, supervisor));
            inner.set(supervisor);
            if (!inJoin && order == Order.BOTH_PENDING) {
                Poll.await(look);
            } else if (!inJoin) {
                never.await();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void c6_aTaskKnowsThatItIsCancelledThoughAFatalErrorEndsWhatItNests(
            Kind kind, Form form, boolean inJoin, boolean owned, Order order) {
        Scene scene = new Scene(kind, form, inJoin, owned, order);
        Supervisor outer = kind.builder().unowned().open();
        Task<?> task = ShortWait.begin(kind, outer, scene::outerBody);
        Poll.until("nested", () -> scene.inner.get() != null);
        Poll.until("in join", () -> !inJoin || scene.inner.get().state() == Supervisor.State.EXITING);
        try {
            if (order == Order.FATAL_FIRST) {
                scene.failing.get().fail(scene.fatal);
                scene.other.get().untilTold();
            }
            assertTrue(task.cancel());
            if (order == Order.BOTH_PENDING) {
                scene.failing.get().fail(scene.fatal);
                scene.other.get().untilTold();
                scene.look.countDown();
            }
            // Interrupted by the fatal error, or since the interrupted owner leaves its block.
            scene.other.get().untilTold();
            scene.failing.get().fail(scene.fatal);
            scene.other.get().release();
            ShortWait.until("the inner supervisor has ended", () -> scene.noticed.get() != null);
            assertFatal(scene);
            assertTrue(scene.noticed.get(), "the cancellation of the task around was lost");
            ShortWait.shutdown(outer);
        } finally {
            scene.never.countDown();
            scene.look.countDown();
        }
    }

    /** Asserts that the inner supervisor has thrown the fatal error: as it is, as a cause, or suppressed. */
    private static void assertFatal(Scene scene) {
        Throwable thrown = scene.thrown.get();
        List<Throwable> all = new ArrayList<>(Arrays.asList(thrown.getSuppressed()));
        all.add(0, thrown);
        all.replaceAll(t -> t.getCause() == scene.fatal ? scene.fatal : t);
        assertTrue(all.contains(scene.fatal), () -> "thrown: " + all);
        if (scene.form != Form.TRY) {
            assertSame(scene.fatal, thrown);
        }
    }
}
