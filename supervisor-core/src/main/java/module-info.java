/** A long-lived scope for an indefinite set of tasks; see {@link dev.supervisor}. */
module dev.supervisor {
    requires org.jctools.core.jdk11;
    requires static transitive org.jspecify;

    exports dev.supervisor;
}
