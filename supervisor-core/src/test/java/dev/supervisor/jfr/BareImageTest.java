package dev.supervisor.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library in an image of the JDK that has neither the flight recorder nor Micrometer: O5, O6. */
class BareImageTest {

    @Test
    void o5_o6_theLibraryWorksWithoutFlightRecorderAndMicrometer() throws Exception {
        Path directory = Files.createTempDirectory("image");
        Path image = directory.resolve("image");
        try {
            StringWriter said = new StringWriter();
            PrintWriter out = new PrintWriter(said);
            int code = ToolProvider.findFirst("jlink").orElseThrow().run(out, out,
                    "--add-modules", "java.base", "--output", image.toString());
            assertEquals(0, code, said::toString);
            String classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                    .filter(place -> !place.contains("micrometer")).collect(Collectors.joining(File.pathSeparator));
            Path output = directory.resolve("output.txt");
            Process process = new ProcessBuilder(image.resolve("bin").resolve("java").toString(), "-cp", classPath,
                    BareProgram.class.getName()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            try {
                assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            } finally {
                process.destroyForcibly();
            }
            List<String> lines = Files.readAllLines(output);
            assertEquals("no jdk.jfr", lines.get(0));
            assertEquals(BareProgram.END, lines.get(lines.size() - 1), lines::toString);
            assertEquals(0, process.exitValue());
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    path.toFile().setWritable(true);
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
