package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/guarantees.md} has every clause of the contract, and tests of each that exist. */
class GuaranteesTest {

    private static final Path TESTS = Repository.ROOT.resolve("supervisor-core/src/test/java/dev/supervisor");
    private static final List<String> PACKAGES = List.of("", "engine", "faults", "jfr", "micrometer");
    private static final Pattern CLAUSE = Pattern.compile("(?m)^### ([AECSOT]\\d+) ");
    private static final Pattern TEST_CLASS = Pattern.compile("`(\\w+Test|Race\\d\\d[a-z]?_\\w+)`");

    private final String text = Repository.read("docs/guarantees.md");

    @Test
    void everyClauseIsThereOnceAndInOrder() {
        List<String> expected = Stream
            .of(clauses('A', 7), clauses('E', 10), clauses('C', 10), clauses('S', 12), clauses('O', 8), clauses('T', 6))
            .flatMap(List::stream).toList();
        assertEquals(expected, CLAUSE.matcher(text).results().map(result -> result.group(1)).toList());
    }

    @Test
    void everyClauseHasTestsThatBearItsName() {
        Set<String> untested = new TreeSet<>();
        sections().forEach((clause, section) -> {
            String method = "void " + clause.toLowerCase(Locale.ROOT) + "_";
            boolean tested = testClasses(section).stream()
                .flatMap(name -> PACKAGES.stream().map(folder -> TESTS.resolve(folder).resolve(name + ".java")))
                .anyMatch(file -> Files.exists(file) && Repository.read(file).contains(method));
            if (!tested) {
                untested.add(clause);
            }
        });
        assertTrue(untested.isEmpty(), () -> "No test is named after " + untested);
    }

    @Test
    void everyTestClassThatAnyDocumentNamesExists() throws Exception {
        Set<String> known = Repository.sources().stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
        Set<String> unknown = new TreeSet<>();
        for (Path document : Repository.markdown()) {
            for (String name : testClasses(Repository.read(document))) {
                if (!known.contains(name)) {
                    unknown.add(document.getFileName() + ": " + name);
                }
            }
        }
        assertTrue(unknown.isEmpty(), () -> unknown.toString());
    }

    private static List<String> clauses(char group, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(number -> "" + group + number).toList();
    }

    private static Set<String> testClasses(String markdown) {
        return TEST_CLASS.matcher(markdown).results()
            .map(result -> result.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The text of each clause, up to the next heading. */
    private Map<String, String> sections() {
        Map<String, String> sections = new LinkedHashMap<>();
        for (MatchResult heading : CLAUSE.matcher(text).results().toList()) {
            int next = text.indexOf("\n#", heading.end());
            sections.put(heading.group(1), text.substring(heading.end(), next < 0 ? text.length() : next));
        }
        return sections;
    }
}
