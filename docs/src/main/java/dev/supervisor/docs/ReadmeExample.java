package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.nio.file.Files;
import java.nio.file.Path;

/** The README's example: how long are these files? One that cannot be read does not disturb the others. */
public final class ReadmeExample {

    private ReadmeExample() { }

    /**
     * Prints the length of each file.
     *
     * @param files their names
     * @throws InterruptedException if the calling thread is interrupted; the tasks are then cancelled
     */
    public static void main(String... files) throws InterruptedException {
        Supervisor.run(supervisor -> {
            for (String file : files) {
                Task<Long> length = supervisor.spawn(file, () -> Files.size(Path.of(file)));
                length.onDone(task -> System.out.println(task.name() + ": " + switch (task.status()) {
                    case SUCCEEDED -> task.resultNow() + " bytes";
                    default -> task.failure();
                }));
            }
        });                                                     // waits for every task
        System.out.println("done");
    }
}
