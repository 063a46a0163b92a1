import org.jspecify.annotations.NullMarked;

/** Supervised tasks: see {@link dev.supervisor}. */
@NullMarked
module dev.supervisor {
    requires org.jctools.core.jdk11;
    requires static jdk.jfr; // events, in images that have it
    requires static org.jspecify; // not transitive: a user's compiler would then ask for it too

    exports dev.supervisor;
}
