package dev.supervisor.docs;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A directory to serve, with files of many lengths whose hashes are known, and a secret beside it:
 * <pre>
 * secret.txt
 * root/0.bin, 1.bin, 16383.bin …      random bytes, as many as the name says
 * root/huge.bin                       larger than all buffers between server and client
 * root/a &amp; b.txt                  needs encoding
 * root/plain/one.txt
 * root/indexed/index.html
 * root/inside → plain/one.txt, root/outside → ../secret.txt, root/up → .., root/nowhere → missing
 * </pre>
 */
final class TestSite {

    static final int HUGE = 64 * 1024 * 1024;

    private static final int[] LENGTHS = {0, 1, 1_000, 8_191, 8_192, 8_193, 16_384, 65_537, 100_000};

    private final Path root;
    private final Map<String, String> hashes = new HashMap<>();

    TestSite(Path parent) throws IOException {
        root = Files.createDirectory(parent.resolve("root"));
        Files.writeString(parent.resolve("secret.txt"), "secret");
        Files.writeString(root.resolve("a & b.txt"), "a & b");
        Files.writeString(Files.createDirectory(root.resolve("plain")).resolve("one.txt"), "one");
        Files.writeString(Files.createDirectory(root.resolve("indexed")).resolve("index.html"), "<p>index");
        Files.createSymbolicLink(root.resolve("inside"), Path.of("plain", "one.txt"));
        Files.createSymbolicLink(root.resolve("outside"), Path.of("..", "secret.txt"));
        Files.createSymbolicLink(root.resolve("up"), Path.of(".."));
        Files.createSymbolicLink(root.resolve("nowhere"), Path.of("missing"));
        writeRandomFiles();
        try (RandomAccessFile huge = new RandomAccessFile(root.resolve("huge.bin").toFile(), "rw")) {
            huge.setLength(HUGE);
        }
    }

    private void writeRandomFiles() throws IOException {
        Random random = new Random(42);
        for (int length : LENGTHS) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            Files.write(root.resolve(length + ".bin"), bytes);
            hashes.put("/" + length + ".bin", hash(bytes));
        }
    }

    Path root() {
        return root;
    }

    /** The paths of the files whose content is known. */
    List<String> paths() {
        return new ArrayList<>(hashes.keySet());
    }

    /** Whether this is the content of that file, to the last byte. */
    boolean isWhole(String path, byte[] content) {
        return hash(content).equals(hashes.get(path));
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
