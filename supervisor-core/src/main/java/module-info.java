import org.jspecify.annotations.NullMarked;

/** Supervised tasks: see {@link dev.supervisor}. */
@NullMarked
@SuppressWarnings("requires-automatic") // Micrometer's jar has a name for its module, and no descriptor
module dev.supervisor {
    requires org.jctools.core.jdk11;
    requires static jdk.jfr; // events, in images that have it
    requires static org.jspecify; // not transitive: a user's compiler would then ask for it too
    requires static micrometer.core;

    exports dev.supervisor;
    exports dev.supervisor.micrometer;
}
