package dev.supervisor.docs;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.Lock;

/**
 * What a file server has besides its files, on a bad day; see {@code docs/operating.md}:
 * <ul>
 * <li>{@code /report} waits for an answer that never comes;
 * <li>{@code /price} waits for a lock that somebody keeps;
 * <li>{@code /basket} throws.
 * </ul>
 */
final class BadDay implements Handler {

    private final Handler files;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Lock prices;

    BadDay(Handler files, Lock prices) {
        this.files = files;
        this.prices = prices;
    }

    @Override
    public Response handle(Request request) throws Refusal, InterruptedException {
        Target target = Target.parse(request.target());
        if (target.isUnder("report")) {
            return report();
        }
        if (target.isUnder("price")) {
            return price();
        }
        if (target.isUnder("basket")) {
            throw new IllegalStateException("no basket");
        }
        return files.handle(request);
    }

    private Response report() throws InterruptedException {
        return text(answers.take());
    }

    private Response price() {
        prices.lock();
        try {
            return text("42");
        } finally {
            prices.unlock();
        }
    }

    private static Response text(String text) {
        return Response.of(Status.OK, Content.text(text + "\n"));
    }
}
