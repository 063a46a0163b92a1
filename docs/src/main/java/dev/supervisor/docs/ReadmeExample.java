package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;

/** The README's example: how long are these files? One that cannot be read is logged, and disturbs no other. */
public final class ReadmeExample {

    private ReadmeExample() { }

    /**
     * Prints the length of each file that can be read.
     *
     * @param files their names
     * @throws InterruptedException if the calling thread is interrupted; the tasks are then cancelled
     */
    public static void main(String... files) throws InterruptedException {
        Supervisor.run(supervisor -> {
            for (String file : files) {
                supervisor.spawn(file, () -> System.out.println(file + ": " + Files.size(Path.of(file)) + " bytes"));
            }
        });                                                     // waits for every task
        System.out.println("done");
    }
}
