package dev.supervisor.docs.remote;

import java.io.Serializable;

/** A body that runs on a member. Both sides have its class. */
@FunctionalInterface
public interface Work extends Serializable {

    String run() throws Exception;
}
