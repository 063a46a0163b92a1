package dev.supervisor.docs;

import java.util.concurrent.CountDownLatch;

/**
 * Who answers what: the files, and two handlers that misbehave, to show that the others do not notice.
 * <ul>
 * <li>{@code /boom} throws;
 * <li>{@code /hang} waits for what never happens, until it is cancelled.
 * </ul>
 */
final class Routes implements Handler {

    private final Site site;

    Routes(Site site) {
        this.site = site;
    }

    @Override
    public Response handle(Request request) throws Refusal, InterruptedException {
        if (!request.method().equals("GET") && !request.isHead()) {
            Refusal refusal = new Refusal(Status.METHOD_NOT_ALLOWED, "only GET and HEAD");
            return refusal.response().withHeader("Allow", "GET, HEAD");
        }
        Target target = Target.parse(request.target());
        if (target.isUnder("boom")) {
            throw new IllegalStateException("boom");
        }
        if (target.isUnder("hang")) {
            new CountDownLatch(1).await();
        }
        return site.find(target);
    }
}
