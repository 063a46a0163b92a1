package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The matrix in {@code docs/verification.md} says what the sources say: which tests name a clause, which races and model
 * checks claim it, which mutants take a protection of it away. No clause lacks tests, or a mutant; nor does a race or a
 * model check.
 */
class VerificationTest {

    private static final Path RACES = Repository.ROOT.resolve("supervisor-jcstress/src/main/java/dev/supervisor/engine");
    private static final Path CHECKS = Repository.ROOT.resolve("supervisor-jcstress/src/test/java/dev/supervisor/engine");
    private static final Path MUTANTS = Repository.ROOT.resolve("supervisor-jcstress/mutants");
    private static final String MEMORY = "memory effects";
    /** The description of a class, up to its first paragraph's end. */
    private static final Pattern CLAIM = Pattern.compile("(?s)\\n/\\*\\*\\n(.*?)\\n \\*(\\n|/)");

    @Test
    void matrixIsThatOfTheSources() throws IOException {
        List<String> expected = matrix();
        List<String> actual = Repository.read("docs/verification.md").lines()
                .filter(line -> line.matches("\\| ([AECSOT]\\d+|" + MEMORY + ") \\|.*"))
                .toList();
        assertEquals(String.join("\n", expected), String.join("\n", actual));
    }

    /** Every race and every model check has been seen to fail: a mutant names it. */
    @Test
    void everyHarnessIsNamedByAMutant() throws IOException {
        Set<String> named = new TreeSet<>();
        for (String mutant : mutants()) {
            if (!mutant.contains(" Survives:")) {
                Pattern.compile("(?m)^ *Noticed-by: \\w+ (.*)").matcher(mutant).results()
                        .forEach(test -> named.add(test.group(1)));
            }
        }
        Set<String> harnesses = new TreeSet<>();
        for (Path race : files(RACES, ".java")) {
            String file = race.getFileName().toString().replace(".java", "");
            Pattern.compile("(?s)@JCStressTest.*?\\bclass (\\w+)").matcher(Repository.read(race)).results()
                    .map(test -> test.group(1))
                    .forEach(name -> harnesses.add(name.equals(file) ? file : file + "." + name));
        }
        for (Path check : files(CHECKS, "Test.java")) {
            String file = check.getFileName().toString().replace(".java", "");
            Pattern.compile("@Test\\s+void (\\w+)").matcher(Repository.read(check)).results()
                    .forEach(test -> harnesses.add(file + "#" + test.group(1)));
        }
        assertTrue(harnesses.size() > 60, harnesses::toString);
        harnesses.removeAll(named);
        assertEquals(Set.of(), harnesses, "no mutant names these");
    }

    /** A reader of the module's README finds each race in a table, so each file is named there. */
    @Test
    void readmeNamesEveryRace() throws IOException {
        String readme = Repository.read("supervisor-jcstress/README.md");
        List<String> missing = files(RACES, ".java").stream()
                .map(race -> race.getFileName().toString().replace(".java", ""))
                .filter(race -> race.startsWith("Race") && !readme.contains("`" + race + "`"))
                .toList();
        assertEquals(List.of(), missing);
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    private static List<String> matrix() throws IOException {
        String guarantees = Repository.read("docs/guarantees.md");
        List<String> rows = new ArrayList<>();
        for (String clause : clauses()) {
            String tests = tests(guarantees, clause);
            String mutants = mutants(clause);
            assertFalse(tests.isEmpty(), () -> "no test of " + clause);
            assertFalse(mutants.isEmpty(), () -> "no mutant takes a protection of " + clause + " away");
            rows.add("| " + clause + " | " + tests + " | " + orNone(claims(RACES, "Race", clause)) + " | "
                    + orNone(claims(CHECKS, "Lincheck", clause)) + " | " + mutants + " |");
        }
        return rows;
    }

    private static List<String> clauses() {
        return Stream.of(
                IntStream.rangeClosed(1, 7).mapToObj(number -> "A" + number),
                IntStream.rangeClosed(1, 10).mapToObj(number -> "E" + number),
                IntStream.rangeClosed(1, 10).mapToObj(number -> "C" + number),
                IntStream.rangeClosed(1, 12).mapToObj(number -> "S" + number),
                IntStream.rangeClosed(1, 8).mapToObj(number -> "O" + number),
                IntStream.rangeClosed(1, 6).mapToObj(number -> "T" + number),
                Stream.of(MEMORY)).flatMap(names -> names).toList();
    }

    private static String tests(String guarantees, String clause) {
        int begin = guarantees.indexOf(clause.equals(MEMORY) ? "\n## Memory effects" : "\n### " + clause + " ");
        int end = guarantees.indexOf("\n#", begin + 1);
        Matcher names = Pattern.compile("`(\\w+)Test`").matcher(guarantees.substring(begin, end));
        return names.results().map(name -> name.group(1)).distinct().collect(Collectors.joining(", "));
    }

    /** The numbered files whose description names the clause. */
    private static String claims(Path folder, String prefix, String clause) throws IOException {
        Pattern named = Pattern.compile("\\b" + clause + "\\b");
        return files(folder, ".java").stream()
                .filter(file -> file.getFileName().toString().startsWith(prefix))
                .filter(file -> named.matcher(claim(file)).find())
                .map(file -> file.getFileName().toString().replaceAll(prefix + "|(Test)?\\.java", ""))
                .map(name -> name.replace("_", " "))
                .collect(Collectors.joining(", "));
    }

    private static String claim(Path file) {
        Matcher claim = CLAIM.matcher(Repository.read(file));
        return claim.find() ? claim.group(1) : "";
    }

    /** All of them, each with its name and what it says of itself. */
    private static List<String> mutants() throws IOException {
        return files(MUTANTS, ".txt").stream()
                .filter(table -> !table.endsWith("self-test.txt"))
                .flatMap(table -> Stream.of(Repository.read(table).split("\n(?=\\d)")))
                .toList();
    }

    /** The numbers of the mutants, each with how many there are of it. */
    private static String mutants(String clause) throws IOException {
        Pattern named = Pattern.compile(
                "(?m)^ *Clause: .*\\b" + (clause.equals(MEMORY) ? "memory" : clause) + "\\b");
        Map<String, Integer> counts = new TreeMap<>();
        for (String mutant : mutants()) {
            if (named.matcher(mutant).find()) {
                counts.merge(mutant.substring(0, 2), 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + (entry.getValue() == 1 ? "" : "×" + entry.getValue()))
                .collect(Collectors.joining(" "));
    }

    private static String orNone(String names) {
        return names.isEmpty() ? "–" : names;
    }
}
