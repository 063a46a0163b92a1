package dev.supervisor.engine;

import dev.supervisor.Self;
import dev.supervisor.Shielded;
import dev.supervisor.Task;
import dev.supervisor.TaskBody;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A task whose body is given the task itself, and can shield a part of itself from interrupts (S11). */
final class SelfTask<T extends @Nullable Object> extends Specified<T> implements Self {

    /*
     * While SHIELDED is set a canceller notes OWED in place of an interrupt, by compare-and-set of the word that has the
     * flag. The body's thread sets SHIELDED on a word in which no canceller is in the middle of an interrupt. A status
     * that is set by then becomes OWED too: it may be ours. When the body's thread clears SHIELDED, it clears OWED with
     * it, and delivers what is owed to itself, by the handshake of Window: so still in the body, and once.
     * (Race30a_ShieldEnds.)
     *
     * When `max` has passed the alarm claims the shield, by compare-and-set of `shieldEnd`, and clears SHIELDED; another
     * thread then delivers what is owed. The body's thread claims the shield in the same way as it ends it. If it comes
     * second it waits until the alarm has cleared the flag, which is its next step: so the alarm never clears the flag
     * of a later shield. (Race30b_ShieldMax.)
     */
    private static final VarHandle SHIELD_END = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "shieldEnd", VarHandle.class, SelfTask.class, long.class);

    /** When the alarm is to end the shield; NEVER if there is none, or a thread has claimed its end. */
    private volatile long shieldEnd = Deadlines.NEVER;
    /** How many shields the body is in; of its thread alone. */
    private int shields;

    SelfTask(Spec spec, TaskBody<T> body) {
        super(spec, new Body<>(body));
        ((Body<?>) plainBody()).self = this;
    }

    /** The body as executors and decorators know it. */
    private static final class Body<T extends @Nullable Object> implements Callable<T> {

        private final TaskBody<T> body;
        @SuppressWarnings("NullAway.Init")
        private Self self;

        Body(TaskBody<T> body) {
            this.body = body;
        }

        @Override
        public T call() throws Exception {
            return body.run(self);
        }
    }

    @Override
    public Task<T> task() {
        return this;
    }

    @Override
    public <R extends @Nullable Object, X extends Exception> R shield(Duration max, Shielded<R, X> body) throws X {
        Objects.requireNonNull(body, "body");
        long nanos = Options.nanos(Options.positive(max, "max of a shield"));
        if (phase() != RUNNING || !isRunBy(Thread.currentThread())) {
            throw new IllegalStateException("A shield of " + describe()
                    + " has to be in the body of that task, on the thread that runs it");
        }
        if (shields == 0) {
            begin(nanos);
        }
        shields++;
        try {
            return body.run();
        } finally {
            if (--shields == 0) {
                end();
            }
        }
    }

    private void begin(long nanos) {
        try {
            defer();
            long end = Deadlines.after(nanos);
            shieldEnd = end;   // after SHIELDED, so that who claims the shield finds it: decides Race30b_ShieldMax
            scope.deadlines().watch(this, end);
        } catch (Throwable noAlarm) {
            try {
                if (shieldEnd == Deadlines.NEVER) {
                    deliver();
                } else {
                    end();
                }
            } finally {
                if (shieldEnd == Deadlines.NEVER) {
                    STATE.getAndBitwiseAnd(this, ~SHIELDED);   // no other call: later requests come in any case
                }
            }
            throw noAlarm;
        }
    }

    private void defer() {
        int s;
        do {
            s = awaitCanceller();
        } while (!casState(s, s | SHIELDED));   // decides Race30a_ShieldEnds
        if (Thread.interrupted()) {
            try {
                do {
                    s = state;
                } while (!casState(s, s & ~INTERRUPTED | OWED));
            } catch (Throwable overflow) {   // no call but the change itself
                STATE.getAndBitwiseOr(this, OWED);
                STATE.getAndBitwiseAnd(this, ~INTERRUPTED);
                throw overflow;
            }
        }
    }

    private void end() {
        long end = shieldEnd;
        boolean mine = false;
        boolean delivered = false;
        try {
            mine = end != Deadlines.NEVER && SHIELD_END.compareAndSet(this, end, Deadlines.NEVER);
            while (!mine && (state & SHIELDED) != 0) {   // the alarm is about to: decides Race30b_ShieldMax
                Thread.onSpinWait();
            }
            delivered = deliver();
        } finally {
            if (mine && !delivered) {
                shieldEnd = end;   // no call: the alarm ends what was cut off, and an interrupt comes then
            }
        }
    }

    /** Ends the deferral; returns whether what is owed has been delivered. */
    private boolean deliver() {
        int s;
        do {
            s = state;
        } while (!casState(s, s & ~(SHIELDED | OWED)));   // decides Race30a_ShieldEnds
        if ((s & OWED) != 0) {
            if ((s & REQUESTS) != 0) {
                return Completion.interrupt(this) != INTERRUPTING;   // unless that was done when `max` had passed
            }
            setStatus();
        }
        return true;
    }

    // ---- By the alarm, and the thread that it starts

    @Override
    long due() {
        return Math.min(super.due(), isDone() ? Deadlines.NEVER : shieldEnd);
    }

    @Override
    boolean expire(long now) {
        boolean expired = super.due() <= now && super.expire(now);
        long end = shieldEnd;
        boolean over = end <= now && SHIELD_END.compareAndSet(this, end, Deadlines.NEVER);
        if (over) {
            STATE.getAndBitwiseAnd(this, ~SHIELDED);
        }
        return expired || over;
    }

    @Override
    int onTime() {
        return (state & REQUESTS) != 0 ? super.onTime() : 0;
    }
}
