package dev.supervisor;

import dev.supervisor.History.Act;
import dev.supervisor.History.End;
import dev.supervisor.History.Mode;
import dev.supervisor.History.Op;
import dev.supervisor.History.Plan;
import dev.supervisor.History.Step;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Chooses the next step of a history by the state of the reference. It chooses only steps that have one answer by the
 * contract.
 *
 * <p>It leaves out what the contract leaves open: what callbacks of a task see that has failed fatally (the abort may
 * come before or after them); fatal errors of an unowned supervisor with several closers; exits by a thread that is not
 * the owner, after the owner has exited; an interrupt from outside while one of the supervisor's own is pending; the
 * order in which an abort visits tasks; what becomes of the status that a callback itself leaves behind.
 */
final class HistoryWriter {

    private static final Set<End> BY_INTERRUPT = EnumSet.of(End.INTERRUPTED, End.WRAPPED_INTERRUPT,
            End.CLOSED_BY_INTERRUPT, End.INTERRUPTED_IO, End.SOCKET, End.FAILED_CLEAN_UP);

    private final Random random;
    private final HistoryPlayer player;
    private final ReferenceSupervisor reference;
    private final boolean owned;
    private final List<Mode> modes;

    private final List<String> names = new ArrayList<>();
    /** Tasks that have a callback with acts of its own; none of them fails fatally. */
    private final Set<String> eventful = new HashSet<>();
    /** Tasks that will fail fatally; their callbacks have no acts. */
    private final Set<String> doomed = new HashSet<>();
    private int callbacks;
    private boolean left;

    HistoryWriter(Random random, HistoryPlayer player, ReferenceSupervisor reference, boolean owned, List<Mode> modes) {
        this.random = random;
        this.player = player;
        this.reference = reference;
        this.owned = owned;
        this.modes = modes;
    }

    Step next() {
        List<String> idle = HistoryPlayer.ACTORS.stream().filter(player::idle).toList();
        List<String> waiting = player.waiting();
        List<String> queued = player.queued();
        while (true) {
            int dice = random.nextInt(100);
            if (dice < 55 && !idle.isEmpty()) {
                return byActor(pick(idle));
            } else if (dice < 70 && !waiting.isEmpty()) {
                return inBody(pick(waiting));
            } else if (dice < 85 && !waiting.isEmpty()) {
                String body = pick(waiting);
                return new Step(body, Act.end(bodyEnd(body)));
            } else if (dice < 95 && !queued.isEmpty()) {
                return new Step("driver", Act.on(Op.START, pick(queued)));
            } else if (dice >= 95 && !reference.ownerInterruptPending() && !reference.hasFatal()) {
                return new Step(HistoryPlayer.OWNER, Act.of(Op.INTERRUPT));
            }
        }
    }

    private Step byActor(String actor) {
        boolean mayExit = !owned || actor.equals(HistoryPlayer.OWNER) || !left;
        boolean live = reference.liveCount() > 0;
        int dice = random.nextInt(100);
        if (dice < 2 && random.nextInt(3) > 0) {
            return new Step(actor, Act.of(Op.SHUTDOWN));
        } else if (dice < 4) {
            return new Step(actor, Act.of(Op.ABORT));
        } else if (dice < 6) {
            return new Step(actor, Act.of(Op.SEAL));
        } else if (dice < 10 && mayExit && (live || dice == 9)) {
            left |= owned && actor.equals(HistoryPlayer.OWNER) && !live;
            return new Step(actor, Act.of(Op.JOIN));
        } else if (dice < 12 && mayExit) {
            left |= !owned || actor.equals(HistoryPlayer.OWNER);
            return new Step(actor, Act.of(Op.CLOSE));
        }
        return new Step(actor, anywhere());
    }

    private Step inBody(String body) {
        int dice = random.nextInt(100);
        if (dice < 20) {
            return new Step(body, onDone(body));
        } else if (dice < 30) {
            return new Step(body, inside(body));
        }
        return new Step(body, anywhere());
    }

    /** An act of an actor or a waiting body. */
    private Act anywhere() {
        int dice = random.nextInt(100);
        if (dice < 45 || names.isEmpty()) {
            return Act.spawn(body(2, false));
        } else if (dice < 57) {
            return Act.on(Op.CANCEL, pick(names));
        } else if (dice < 63) {
            return Act.on(Op.CANCEL_QUIETLY, pick(names));
        } else if (dice < 85) {
            return onDone(pick(names));
        } else if (dice < 93) {
            return Act.of(Op.PROBE);
        }
        String target = pick(names);
        return player.jobNames().contains(target) && done(target) ? Act.on(Op.GET, target) : Act.of(Op.PROBE);
    }

    /** A wait that would never return inside of a task, and is refused there. */
    private Act inside(String self) {
        return switch (random.nextInt(4)) {
            case 0 -> Act.on(Op.GET, self);
            case 1 -> Act.of(Op.JOIN);
            case 2 -> Act.of(Op.CLOSE);
            default -> Act.of(Op.SHUTDOWN);
        };
    }

    private Plan body(int depth, boolean inCallback) {
        String name = "T" + (names.size() + 1);
        names.add(name);
        Mode mode = pick(modes);
        boolean waits = mode != Mode.INLINE && random.nextInt(4) > 0;
        List<Act> acts = new ArrayList<>();
        for (int n = random.nextInt(waits ? 2 : 4); n > 0; n--) {
            Act act = inScript(name, depth);
            acts.add(inCallback && act.op() == Op.PROBE ? Act.on(Op.GET, name) : act);
        }
        End end = waits ? null : bodyEnd(name);
        if (inCallback && BY_INTERRUPT.contains(end)) {
            end = End.THROW;
        }
        return new Plan(name, mode, waits, acts, end);
    }

    private Act inScript(String self, int depth) {
        int dice = random.nextInt(100);
        if (dice < 25 && depth > 0) {
            return Act.spawn(body(depth - 1, false));
        } else if (dice < 50) {
            return onDone(self);
        } else if (dice < 62) {
            return Act.on(Op.CANCEL, random.nextBoolean() ? self : pick(names));
        } else if (dice < 66) {
            return Act.on(Op.CANCEL_QUIETLY, random.nextBoolean() ? self : pick(names));
        } else if (dice < 68) {
            return Act.of(Op.ABORT);
        } else if (dice < 70) {
            return Act.of(Op.SEAL);
        } else if (dice < 80) {
            return inside(self);
        }
        return Act.of(Op.PROBE);
    }

    /** Registers a callback with a task, which may be done already, or not exist. */
    private Act onDone(String target) {
        boolean known = player.jobNames().contains(target);
        boolean late = known && done(target);
        boolean alive = known && !late || !known && !doomed.contains(target);
        boolean quiet = doomed.contains(target) || random.nextInt(3) > 0;
        List<Act> acts = new ArrayList<>();
        if (!quiet) {
            eventful.add(target);
            for (int n = 1 + random.nextInt(2); n > 0; n--) {
                acts.add(inCallback(target, alive && known));
            }
        }
        End end = random.nextInt(4) > 0 ? End.RETURN : End.THROW;
        if (quiet && alive && known && mayDoom(target) && random.nextInt(8) == 0) {
            doomed.add(target);
            end = End.FATAL;
        }
        return Act.onDone(target, new Plan(target + "#" + ++callbacks, null, false, acts, end));
    }

    private Act inCallback(String self, boolean alive) {
        int dice = random.nextInt(100);
        if (dice < 35) {
            return Act.spawn(body(0, true));
        } else if (dice < 55) {
            return Act.on(Op.CANCEL, pick(names));
        } else if (dice < 70) {
            End end = random.nextBoolean() ? End.RETURN : End.THROW;
            Plan nested = new Plan(self + "#" + ++callbacks, null, false, List.of(), end);
            return Act.onDone(self, nested);
        } else if (dice < 76) {
            return Act.of(Op.ABORT);
        } else if (dice < 80) {
            return Act.of(Op.SEAL);
        } else if (dice < 90 && alive) {
            return inside(self);
        }
        return Act.on(Op.GET, self);
    }

    private End bodyEnd(String task) {
        End end = random.nextInt(3) == 0 ? End.RETURN : pick(List.of(End.values()));
        if (end == End.FATAL || end == End.HANDLER_FATAL) {
            if (!mayDoom(task)) {
                return End.THROW;
            }
            doomed.add(task);
        }
        return end;
    }

    /** Whether this task may fail fatally: none of its callbacks shows whether it runs before or after the abort. */
    private boolean mayDoom(String task) {
        return owned && !left && !eventful.contains(task) && !doomed.contains(task) && random.nextInt(3) == 0;
    }

    private boolean done(String target) {
        Task.Status status = player.status(target);
        return status != Task.Status.PENDING && status != Task.Status.RUNNING;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
