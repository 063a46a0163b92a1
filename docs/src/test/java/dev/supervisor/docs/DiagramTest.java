package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

/** The picture was made from its source: PlantUML leaves the source in it, deflated and in letters of its own. */
class DiagramTest {

    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    private static final Pattern SOURCE = Pattern.compile("<\\?plantuml-src ([\\w-]+)\\?>");

    @Test
    void theStateDiagramIsUpToDate() throws Exception {
        Matcher recorded = SOURCE.matcher(Repository.read("docs/states.svg"));
        assertTrue(recorded.find(), "docs/states.svg does not say what it was made of");
        assertEquals(
            body(Repository.read("docs/states.puml")),
            body(inflate(decode(recorded.group(1)))),
            "docs/states.svg is older than docs/states.puml: see CONTRIBUTING.md");
    }

    /** What counts: not the first and last line, nor comments. */
    private static String body(String source) {
        return source.lines().map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("@") && !line.startsWith("'"))
            .collect(Collectors.joining("\n"));
    }

    /** Four letters of six bits are three bytes. */
    private static byte[] decode(String letters) {
        byte[] bytes = new byte[letters.length() * 3 / 4];
        int bits = 0;
        int count = 0;
        int length = 0;
        for (char letter : letters.toCharArray()) {
            bits = bits << 6 | DIGITS.indexOf(letter);
            count += 6;
            if (count >= 8) {
                count -= 8;
                bytes[length++] = (byte) (bits >> count);
            }
        }
        return bytes;
    }

    private static String inflate(byte[] bytes) throws DataFormatException {
        Inflater inflater = new Inflater(true);
        inflater.setInput(bytes);
        byte[] text = new byte[1 << 16];
        int length = inflater.inflate(text);
        inflater.end();
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }
}
