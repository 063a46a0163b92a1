package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program reads from its command line, and how it prints. */
class ProgramTest {

    @Test
    void optionsHaveDefaults() {
        assertEquals(new Options(Path.of("docs"), 0, Duration.ofSeconds(5), 1_000), Options.parse());
        Options all = new Options(Path.of("x"), 8080, Duration.ZERO, 7);
        assertEquals(all, Options.parse("--port", "8080", "--connections", "7", "x", "--grace", "0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--port", "--port x", "--port -1", "--port 65536", "--grace 86401", "--connections 0",
        "--connections", "--unknown"})
    void optionsAreChecked(String arguments) {
        assertThrows(IllegalArgumentException.class, () -> Options.parse(arguments.split(" ")));
    }

    @Test
    void aTerminalShowsTheStatusInPlace() {
        assertEquals("one\n\rlonger\rshort \nfailed\n\rshort\nend\n", printed(true));
    }

    @Test
    void aFileGetsALineForEachChange() {
        assertEquals("one\nlonger\nshort\nfailed\nend\n", printed(false));
    }

    @Test
    void aStatusIsCutBeforeItWraps() {
        assertEquals("\rlon\rsho", printed(true, 4, "longer", "short"));
        assertEquals("\r12\r3 ", printed(true, 3, "123456789", "3"));
        assertEquals("longer\nshort\n", printed(false, 4, "longer", "short"));
    }

    @Test
    void theWidthIsThatOfTheEnvironment() {
        assertEquals(40, Terminal.width("40"));
        for (String none : new String[] {null, "", "0", "-1", "wide", "99999"}) {
            assertEquals(80, Terminal.width(none));
        }
    }

    private static String printed(boolean terminal, int width, String... statuses) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StatusLine line = new StatusLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, width);
        for (String status : statuses) {
            line.show(status);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String printed(boolean terminal) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StatusLine line = new StatusLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, 80);
        line.print("one");
        line.show("longer");
        line.show("longer");
        line.show("short");
        line.print("failed");
        line.show("short");
        line.end("end");
        line.show("later");
        line.print("later");
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
