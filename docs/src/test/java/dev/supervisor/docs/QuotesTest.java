package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What pages quote is what the sources say: code in {@code serving.md}, versions in {@code compatibility.md}. */
class QuotesTest {

    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "supervisor", "docs");
    private static final Pattern QUOTE = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern VERSION = Pattern.compile("<[\\w.-]+\\.version>([^<]+)<");
    private static final Pattern TRIED = Pattern.compile("(?m)^\\| [^|]+ \\| ([\\d.]+) \\|");

    @Test
    void quotesAreCurrent() throws IOException {
        String sources = allSources();
        List<String> quotes = QUOTE.matcher(Files.readString(Path.of("serving.md"))).results()
            .map(quote -> quote.group(1)).toList();
        assertFalse(quotes.isEmpty());
        for (String quote : quotes) {
            assertTrue(sources.contains(withoutIndentation(quote)), quote);
        }
    }

    @Test
    void versionsAreThoseOfTheBuild() {
        String poms = Repository.read("pom.xml") + Repository.read("docs/pom.xml");
        Set<String> built = VERSION.matcher(poms).results().map(version -> version.group(1)).collect(Collectors.toSet());
        List<String> said = TRIED.matcher(Repository.read("docs/compatibility.md")).results()
            .map(row -> row.group(1)).toList();
        assertFalse(said.isEmpty());
        assertEquals(List.of(), said.stream().filter(version -> !built.contains(version)).toList());
    }

    private static String allSources() throws IOException {
        StringBuilder text = new StringBuilder();
        try (var files = Files.list(SOURCES)) {
            for (Path file : files.toList()) {
                text.append(withoutIndentation(Files.readString(file))).append('\n');
            }
        }
        return text.toString();
    }

    private static String withoutIndentation(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
