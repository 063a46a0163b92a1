package dev.supervisor.docs;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of this repository, for the tests that compare them with each other. */
final class Repository {

    /** The module in which the tests run is one folder below. */
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final String SRC = File.separator + "src" + File.separator;

    private Repository() { }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(String file) {
        return read(ROOT.resolve(file));
    }

    /** The README and whatever else is written in Markdown. */
    static List<Path> markdown() throws IOException {
        try (Stream<Path> top = Files.list(ROOT); Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                .filter(file -> file.toString().endsWith(".md"))
                .filter(file -> !isBuilt(file))
                .sorted().toList();
        }
    }

    /** Every source file of every module. */
    static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files
                .filter(file -> file.toString().matches(".*\\.(java|kt)") && file.toString().contains(SRC))
                .filter(file -> !isBuilt(file))
                .sorted().toList();
        }
    }

    private static boolean isBuilt(Path file) {
        for (Path part : ROOT.relativize(file)) {
            if (part.toString().equals("target") || part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
