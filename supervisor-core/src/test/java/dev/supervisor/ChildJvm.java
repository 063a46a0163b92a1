package dev.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for a program of the tests, on the class path of the tests; killed if it does not end in time. */
public final class ChildJvm {

    private static final long DEADLINE_SECONDS = 60;
    private static final int TAIL = 2_000;

    private ChildJvm() { }

    /** Runs the program; returns the end of what it has printed, and says so there if it was killed. */
    public static String run(List<String> options, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("child-jvm", ".txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly().waitFor();
            String all = Files.readString(output).strip();
            String tail = all.substring(Math.max(0, all.length() - TAIL));
            return ended ? tail : tail + "\nkilled after " + DEADLINE_SECONDS + " s";
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }
}
