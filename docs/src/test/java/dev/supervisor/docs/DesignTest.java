package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/design.md} says of fields, and the sources of races, is complete. */
class DesignTest {

    private static final Path CORE = Repository.ROOT.resolve("supervisor-core/src/main/java/dev/supervisor");
    private static final Path HARNESSES = Repository.ROOT.resolve("supervisor-jcstress/src");
    /** A field, with its class or without if it is the one before. */
    private static final Pattern NAME = Pattern.compile("`(?:(\\w+)\\.)?(\\w+)`");
    /** Keeps others apart, and means nothing. */
    private static final Pattern PADDING = Pattern.compile("[hopq]\\d+");
    private static final Pattern DECIDES = Pattern.compile("(?m)// .*?decides ([\\w, ]+)$");

    @Test
    void everyMutableFieldStandsInTheTable() throws IOException, ClassNotFoundException {
        Set<String> missing = new TreeSet<>();
        for (String folder : List.of("engine", "threads")) {
            for (Class<?> type : classes(folder)) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isFinal(field.getModifiers()) && !PADDING.matcher(field.getName()).matches()) {
                        missing.add(type.getSimpleName() + "." + field.getName());
                    }
                }
            }
        }
        assertTrue(missing.size() > 40, missing::toString);
        missing.removeAll(namedInTheTable());
        assertEquals(Set.of(), missing);
    }

    /** So whoever reads a race finds the line that decides it, and whoever changes the line finds the race. */
    @Test
    void everyRaceAndModelCheckIsNamedAtALineThatDecidesIt() throws IOException {
        Set<String> named = new TreeSet<>();
        for (Path file : files(CORE.resolve("engine"))) {
            Matcher lines = DECIDES.matcher(Repository.read(file));
            while (lines.find()) {
                named.addAll(List.of(lines.group(1).split(", ")));
            }
        }
        Set<String> harnesses = files(HARNESSES).stream()
                .map(file -> file.getFileName().toString().replaceAll("(Test)?\\.java", ""))
                .filter(name -> name.matches("(Race|Lincheck)\\d.*"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(harnesses.size() > 60, harnesses::toString);
        assertEquals(harnesses, named);
    }

    private static Set<String> namedInTheTable() {
        Set<String> named = new TreeSet<>();
        String type = "";
        for (String row : Repository.read("docs/design.md").split("\n")) {
            Matcher names = NAME.matcher(row.startsWith("| ") ? row.substring(0, row.indexOf(" | ")) : "");
            while (names.find()) {
                type = names.group(1) != null ? names.group(1) : type;
                named.add(type + "." + names.group(2));
            }
        }
        return named;
    }

    private static List<Class<?>> classes(String folder) throws IOException, ClassNotFoundException {
        List<Class<?>> classes = new ArrayList<>();
        for (Path file : files(CORE.resolve(folder))) {
            Matcher types = Pattern.compile("(?m)^(?:[a-z]+ )*(?:class|record|interface|enum) (\\w+)")
                    .matcher(Repository.read(file));
            while (types.find()) {
                Class<?> type = Class.forName("dev.supervisor." + folder + "." + types.group(1), false,
                        DesignTest.class.getClassLoader());
                classes.add(type);
                classes.addAll(List.of(type.getDeclaredClasses()));
                for (Class<?> nested : type.getDeclaredClasses()) {
                    classes.addAll(List.of(nested.getDeclaredClasses()));
                }
            }
        }
        return classes;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }
}
