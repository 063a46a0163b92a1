package dev.supervisor;

/** Throws what the compiler would not let pass. */
public final class Sneaky {

    private Sneaky() { }

    /** Throws anything, checked or not, without a wrapper; in an expression lambda that returns nothing. */
    @SuppressWarnings("unchecked")
    public static <X extends Throwable> void sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }

    /** The same, to be thrown. */
    @SuppressWarnings("unchecked")
    public static <X extends Throwable> X sneakyThrow(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
