package dev.supervisor.soak;

import java.util.SplittableRandom;

/** What an actor does to a server in one step. */
enum ServerAct {
    SPAWN(40), TRY_SPAWN(10), CANCEL(12), CANCEL_QUIETLY(3), HOOK_LATE(6), DRAIN_HOOK_LATE(3), AWAIT_FINISHED(2),
    LOOK(4), ASK_COMPLETION(2), SUBMIT(8), SUBMIT_AND_CANCEL(4), EXECUTE(2), INVOKE_ANY(2), INVOKE_ALL(1), OPEN_CHILD(3);

    private static final int SUM = java.util.Arrays.stream(values()).mapToInt(act -> act.weight).sum();

    private final int weight;

    ServerAct(int weight) {
        this.weight = weight;
    }

    static ServerAct pick(SplittableRandom random) {
        int dice = random.nextInt(SUM);
        for (ServerAct act : values()) {
            dice -= act.weight;
            if (dice < 0) {
                return act;
            }
        }
        throw new AssertionError();
    }
}
