package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What {@code serving.md} quotes is what the sources say. */
class QuotesTest {

    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "supervisor", "docs");
    private static final Pattern QUOTE = Pattern.compile("(?s)```java\n(.*?)```");

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
