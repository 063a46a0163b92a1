package dev.supervisor;

/** Throws checked exceptions that the compiler would refuse. */
public final class Sneaky {

    private Sneaky() { }

    /** Throws anything, checked or not, without a wrapper; in an expression lambda that returns nothing. */
    @SuppressWarnings("unchecked")
    public static <X extends Throwable> void sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }

    /** The same, for use in a throw statement. */
    @SuppressWarnings("unchecked")
    public static <X extends Throwable> X sneakyThrow(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
