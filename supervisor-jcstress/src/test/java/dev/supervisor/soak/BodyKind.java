package dev.supervisor.soak;

import java.util.SplittableRandom;

/** What a body does. */
enum BodyKind {
    QUICK, SPIN, SLEEP, FAIL, FAIL_FATALLY, CANCEL_ITSELF, SPAWN_CHILDREN, MEDDLE, SWALLOW_INTERRUPT, WAIT_FOR_ITSELF,
    NEST, WAIT_UNTIL_TOLD;

    /**
     * Picks one that is fair in this scope.
     *
     * @param depth how deep supervisors may still be nested
     */
    static BodyKind pick(SplittableRandom random, SupervisorUnderTest scope, int depth) {
        int dice = random.nextInt(200);
        return dice < 90 ? QUICK
                : dice < 115 ? SPIN
                : dice < 125 ? SLEEP
                : dice < 145 ? FAIL
                : dice < 148 ? CANCEL_ITSELF
                : dice < 160 ? SPAWN_CHILDREN
                : dice < 170 ? MEDDLE
                : dice < 175 ? SWALLOW_INTERRUPT
                : dice < 178 ? WAIT_FOR_ITSELF
                : dice < 183 && depth > 0 ? NEST
                : dice < 184 && scope.meddled ? FAIL_FATALLY
                : dice >= 194 && scope.tells && !scope.threads.mayRunInline() ? WAIT_UNTIL_TOLD
                : QUICK;
    }
}
