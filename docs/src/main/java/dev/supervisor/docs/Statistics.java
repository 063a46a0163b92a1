package dev.supervisor.docs;

import dev.supervisor.Task;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts connections and requests, those that have begun and those that have ended, by how they did. The two sums
 * meet when the server has stopped. While it runs every figure is right by itself, and all of them together are a
 * moving picture.
 */
public final class Statistics {

    private final LongAdder connections = new LongAdder();
    private final Map<Task.Status, LongAdder> endedConnections = new EnumMap<>(Task.Status.class);
    private final LongAdder turnedAway = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final Map<Outcome, LongAdder> endedRequests = new EnumMap<>(Outcome.class);

    Statistics() {
        for (Task.Status status : Task.Status.values()) {
            endedConnections.put(status, new LongAdder());
        }
        for (Outcome outcome : Outcome.values()) {
            endedRequests.put(outcome, new LongAdder());
        }
    }

    void connectionBegan() {
        connections.increment();
    }

    void connectionEnded(Task.Status status) {
        endedConnections.get(status).increment();
    }

    void connectionTurnedAway() {
        turnedAway.increment();
    }

    void requestBegan() {
        requests.increment();
    }

    void requestEnded(Outcome outcome) {
        endedRequests.get(outcome).increment();
    }

    /** {@return how many connections were accepted} */
    public long connections() {
        return connections.sum();
    }

    /** {@return how many of them did not become tasks: there was no place for them, or no thread} */
    public long turnedAway() {
        return turnedAway.sum();
    }

    /** {@return how many connections are open} */
    public long live() {
        long ended = turnedAway() + endedConnections.values().stream().mapToLong(LongAdder::sum).sum();
        return connections() - ended;                   // summed up in this order, never below 0
    }

    /**
     * How many connections ended in a certain way.
     *
     * @param status the outcome of the connection's task
     * @return their number
     */
    public long connections(Task.Status status) {
        return endedConnections.get(status).sum();
    }

    /** {@return how many requests have begun, that is, sent their first byte} */
    public long requests() {
        return requests.sum();
    }

    /**
     * How many requests ended in a certain way.
     *
     * @param outcome the way
     * @return their number
     */
    public long requests(Outcome outcome) {
        return endedRequests.get(outcome).sum();
    }

    /** {@return how many requests are under way} */
    public long busy() {
        long ended = endedRequests.values().stream().mapToLong(LongAdder::sum).sum();
        return requests() - ended;                      // summed up in this order, never below 0
    }

    /** {@return two lines for people} */
    public String summary() {
        return String.format("connections: %d = %d ended + %d failed + %d cancelled + %d turned away%n"
                + "requests: %d = %d served + %d refused + %d failed + %d cancelled + %d dropped",
            connections(), connections(Task.Status.SUCCEEDED), connections(Task.Status.FAILED),
            connections(Task.Status.CANCELLED), turnedAway(), requests(), requests(Outcome.SERVED),
            requests(Outcome.REFUSED), requests(Outcome.FAILED), requests(Outcome.CANCELLED),
            requests(Outcome.DROPPED));
    }
}
