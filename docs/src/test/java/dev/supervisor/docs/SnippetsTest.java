package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the Markdown shows is there: its code, in Java or Kotlin, in a source file, and the files that it links to. */
class SnippetsTest {

    private static final Pattern CODE = Pattern.compile("(?ms)^```(?:java|kotlin)\\n(.*?)^```$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");

    @Test
    void codeThatIsShownIsCompiledSomewhere() throws Exception {
        List<String> sources = Repository.sources().stream().map(file -> unindented(Repository.read(file))).toList();
        Set<String> strangers = new TreeSet<>();
        int snippets = 0;
        for (Path document : Repository.markdown()) {
            for (MatchResult snippet : CODE.matcher(Repository.read(document)).results().toList()) {
                snippets++;
                if (sources.stream().noneMatch(source -> source.contains(unindented(snippet.group(1))))) {
                    strangers.add(document.getFileName() + ":\n" + snippet.group(1));
                }
            }
        }
        assertTrue(snippets > 0, "no snippet was found");
        assertTrue(strangers.isEmpty(), () -> "In no source file: " + strangers);
    }

    @Test
    void linksLeadSomewhere() throws Exception {
        Set<String> broken = new TreeSet<>();
        for (Path document : Repository.markdown()) {
            String text = FENCED.matcher(Repository.read(document)).replaceAll("");
            for (MatchResult link : LINK.matcher(text).results().toList()) {
                if (link.group(1).contains(":")) {
                    continue;   // nothing is fetched
                }
                Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1)).normalize();
                if (!Files.exists(target)) {
                    broken.add(document.getFileName() + ": " + link.group(1));
                } else if (link.group(2) != null && !anchors(target).contains(link.group(2))) {
                    broken.add(document.getFileName() + ": " + link.group(1) + "#" + link.group(2));
                }
            }
        }
        assertTrue(broken.isEmpty(), () -> broken.toString());
    }

    @Test
    void theIndexLeadsToEveryDocument() throws Exception {
        Path index = Repository.ROOT.resolve("docs/README.md");
        Set<Path> linked = LINK.matcher(Repository.read(index)).results()
            .map(link -> index.resolveSibling(link.group(1)).normalize()).collect(Collectors.toSet());
        linked.add(index);
        assertEquals(List.of(), Repository.markdown().stream().filter(document -> !linked.contains(document)).toList());
    }

    @Test
    void aCheckOfThisKindCanFail() {
        assertFalse(unindented("a\n  b").contains(unindented("a\n  c")));
        assertTrue(unindented("x {\n    a\n\n      b\n}").contains(unindented("a\n\n  b\n")));
    }

    /** What GitHub makes of headings. */
    private static Set<String> anchors(Path document) {
        return Repository.read(document).lines()
            .filter(line -> line.startsWith("#"))
            .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
            .collect(Collectors.toSet());
    }

    private static String unindented(String code) {
        return code.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
