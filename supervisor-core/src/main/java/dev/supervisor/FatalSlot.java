package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The first fatal error, kept for the owner's exit. The slot goes from empty to kept, by CAS, and from either
 * to taken, by CAS; from then on nobody will look into it.
 */
final class FatalSlot {

    private static final Throwable TAKEN = new Throwable("taken", null, false, false) {
        private static final long serialVersionUID = 1L;
    };

    private static final VarHandle FATAL = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "fatal", VarHandle.class, FatalSlot.class, Throwable.class);

    private volatile @Nullable Throwable fatal;

    /**
     * Keeps the error if it is the first.
     *
     * @return false if the slot has been taken: the caller has to find somebody else to tell
     */
    boolean keep(Throwable error) {
        return FATAL.compareAndExchange(this, null, error) != TAKEN;
    }

    /** The error, if one is kept. */
    @Nullable Throwable kept() {
        Throwable error = fatal;
        return error == TAKEN ? null : error;
    }

    /** Closes the slot if this is what it holds, an error or nothing: the caller throws it, and nobody else. */
    boolean take(@Nullable Throwable kept) {
        return FATAL.compareAndSet(this, kept, TAKEN);
    }

    /** Whether somebody has closed the slot. */
    boolean isTaken() {
        return fatal == TAKEN;
    }
}
