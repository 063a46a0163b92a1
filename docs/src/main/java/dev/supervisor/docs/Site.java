package dev.supervisor.docs;

import static dev.supervisor.docs.Status.FORBIDDEN;
import static dev.supervisor.docs.Status.MOVED_PERMANENTLY;
import static dev.supervisor.docs.Status.NOT_FOUND;
import static dev.supervisor.docs.Status.OK;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * The files below one directory, and nothing else. Names that lead up are refused before they get here ({@link
 * Target}); what is left are links, so a path is followed to where it really ends, and has to end below the root.
 */
final class Site {

    private final Path root;

    /** @throws IOException if there is no such directory */
    Site(Path root) throws IOException {
        this.root = root.toRealPath();
        if (!Files.isDirectory(this.root)) {
            throw new NotDirectoryException(root.toString());
        }
    }

    /** The file, or what stands for the directory. */
    Response find(Target target) throws Refusal, InterruptedException {
        Path path = below(path(target));
        if (Files.isDirectory(path)) {
            return target.isDirectory() ? directory(path, target) : moved(target);
        }
        if (target.isDirectory()) {
            throw new Refusal(NOT_FOUND, "no such directory");
        }
        return file(path);
    }

    private Path path(Target target) throws Refusal {
        try {
            Path path = root;
            for (String segment : target.segments()) {
                path = path.resolve(segment);
            }
            return path;
        } catch (InvalidPathException e) {
            throw new Refusal(NOT_FOUND, "no file can have this name here");
        }
    }

    private Path below(Path path) throws Refusal {
        Path real;
        try {
            real = path.toRealPath();
        } catch (AccessDeniedException e) {
            throw new Refusal(FORBIDDEN, "not readable");
        } catch (FileSystemException e) {
            throw new Refusal(NOT_FOUND, "no such file");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!real.startsWith(root)) {
            throw new Refusal(FORBIDDEN, "the path leads out of the root");
        }
        return real;
    }

    private Response file(Path file) throws Refusal, InterruptedException {
        if (!Files.isRegularFile(file)) {
            throw new Refusal(FORBIDDEN, "not a regular file");     // to open a pipe could take for ever
        }
        try {
            return Response.of(OK, Content.file(file));
        } catch (NoSuchFileException e) {
            throw new Refusal(NOT_FOUND, "no such file any more");
        } catch (AccessDeniedException e) {
            throw new Refusal(FORBIDDEN, "not readable");
        } catch (ClosedByInterruptException e) {
            throw new InterruptedException("cancelled while opening a file");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Response directory(Path directory, Target target) throws Refusal, InterruptedException {
        Path index = directory.resolve("index.html");
        if (Files.isRegularFile(index)) {
            return file(below(index));
        }
        try {
            return Response.of(OK, Content.html(Listing.of(directory, target)));
        } catch (AccessDeniedException e) {
            throw new Refusal(FORBIDDEN, "not readable");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** To the same path with a slash, without which the links of a listing would lead elsewhere. */
    private static Response moved(Target target) {
        String location = target.directoryPath();
        return Response.of(MOVED_PERMANENTLY, Content.text(location + "\n")).withHeader("Location", location);
    }
}
