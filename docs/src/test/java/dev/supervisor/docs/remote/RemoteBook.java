package dev.supervisor.docs.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What a member has written down about bodies: a file, which outlives the member. */
final class RemoteBook {

    private final Path file;

    RemoteBook(Path file) {
        this.file = file;
    }

    void begun(String name) {
        write("begun " + name);
    }

    void ended(String name, String how) {
        write("ended " + name + " " + how);
    }

    private synchronized void write(String line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines that begin so. */
    List<String> lines(String beginning) {
        try {
            return Files.exists(file)
                ? Files.readAllLines(file).stream().filter(line -> line.startsWith(beginning)).toList() : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
