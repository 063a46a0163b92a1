/** Supervised tasks: see {@link dev.supervisor}. */
@org.jspecify.annotations.NullMarked
module dev.supervisor {
    requires org.jctools.core.jdk11;
    requires static org.jspecify;

    exports dev.supervisor;
}
