package dev.supervisor.jmh;

/** What only JDK 25 has; compiled by it, from src/main/java25, and so loaded by name. */
interface Jdk25 {

    Peer peer(String name);

    Sleepers sleepers();

    Composer composer(String name);

    /** Whether this program was built by JDK 25, runs on it, and may use its previews. */
    static boolean isPresent() {
        try {
            load();
            return true;
        } catch (ReflectiveOperationException | UnsupportedClassVersionError e) {
            return false;
        }
    }

    static Jdk25 get() {
        try {
            return load();
        } catch (ReflectiveOperationException | UnsupportedClassVersionError e) {
            throw new IllegalArgumentException(
                    "StructuredTaskScope needs JDK 25, to build the benchmarks and to run them, and --enable-preview", e);
        }
    }

    private static Jdk25 load() throws ReflectiveOperationException {
        return (Jdk25) Class.forName("dev.supervisor.jmh.Jdk25Peers").getDeclaredConstructor().newInstance();
    }
}
