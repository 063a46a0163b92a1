import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Reads tables of mutants, and applies every row to the sources. For the script {@code run}, which says what a row is:
 * {@code java Table.java SOURCES FOLDER TABLE...} leaves a folder {@code FOLDER/NAME} for every mutant, with its words in
 * {@code header}, and either the sources that it changes in {@code src}, or what is wrong with it in {@code wrong}.
 */
final class Table {

    /** In what is looked for: a name or a number, or one other character. */
    private static final Pattern TOKEN = Pattern.compile("[\\w$]+|\\S");
    /** What may contain the beginning of a comment, or is one. */
    private static final Pattern LITERAL_OR_COMMENT = Pattern.compile(
            "\"\"\"(?s:\\\\.|.)*?\"\"\"|\"(\\\\.|[^\"\\\\])*\"|'(\\\\.|[^'\\\\])*'|//[^\\n]*|/\\*(?s:.)*?\\*/");

    private final Map<Path, String> sources = new LinkedHashMap<>();
    private final Map<Path, String> codes = new LinkedHashMap<>();   // the same without comments
    private final List<Place> places = new ArrayList<>();

    /** A class, or a method of one, by its simple name: where it stands. */
    private record Place(String name, Path file, int begin, int end) { }

    /** What is looked for in all places of one name, and what comes in its place. */
    private record Edit(String in, List<String> find, List<String> put) { }

    private record Mutant(String name, List<String> header, List<Edit> edits) { }

    public static void main(String[] arguments) throws IOException {
        Table table = new Table(Path.of(arguments[0]));
        for (int i = 2; i < arguments.length; i++) {
            for (Mutant mutant : read(Path.of(arguments[i]))) {
                table.prepare(mutant, Path.of(arguments[1], mutant.name));
            }
        }
    }

    private Table(Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                Path file = Path.of(unit.getSourceFile().toUri());
                sources.put(file, Files.readString(file));
                codes.put(file, withoutComments(sources.get(file)));
                new Places(unit, positions, file).scan(unit, null);
            }
        }
    }

    /** Notes the classes and methods of a file. */
    private final class Places extends TreeScanner<Void, Void> {

        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final Path file;
        private String around = "";

        Places(CompilationUnitTree unit, SourcePositions positions, Path file) {
            this.unit = unit;
            this.positions = positions;
            this.file = file;
        }

        @Override
        public Void visitClass(ClassTree type, Void none) {
            if (type.getSimpleName().isEmpty()) {
                return super.visitClass(type, none);
            }
            String before = around;
            around += (before.isEmpty() ? "" : ".") + type.getSimpleName();
            note(around, type);
            super.visitClass(type, none);
            around = before;
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Void none) {
            note(around + "." + method.getName(), method);
            return super.visitMethod(method, none);
        }

        private void note(String name, Tree tree) {
            places.add(new Place(name, file, (int) positions.getStartPosition(unit, tree),
                    (int) positions.getEndPosition(unit, tree)));
        }
    }

    // ---- Reading

    private static List<Mutant> read(Path table) throws IOException {
        List<Mutant> mutants = new ArrayList<>();
        Mutant mutant = null;
        Edit edit = null;
        for (String line : Files.readAllLines(table)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String text = line.strip();
            if (text.equals(line)) {
                mutant = new Mutant(line, new ArrayList<>(), new ArrayList<>());
                mutants.add(mutant);
            } else if (text.startsWith("In: ")) {
                edit = new Edit(text.substring(4), new ArrayList<>(), new ArrayList<>());
                mutant.edits.add(edit);
            } else if (text.startsWith("-")) {
                if (!edit.put.isEmpty()) {
                    edit = new Edit(edit.in, new ArrayList<>(), new ArrayList<>());
                    mutant.edits.add(edit);
                }
                edit.find.add(text.substring(1));
            } else if (text.startsWith("+")) {
                edit.put.add(text.substring(1));
            } else {
                mutant.header.add(text);
            }
        }
        return mutants;
    }

    // ---- Applying

    private void prepare(Mutant mutant, Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("header"), mutant.header);
        List<String> wrong = new ArrayList<>();
        Map<Path, List<Change>> changes = new LinkedHashMap<>();
        for (Edit edit : mutant.edits) {
            List<Change> found = find(edit);
            if (found.size() == 1) {
                changes.computeIfAbsent(found.get(0).file, file -> new ArrayList<>()).add(found.get(0));
            } else {
                wrong.add((found.isEmpty() ? "nowhere in " : found.size() + " times in ") + edit.in + ":"
                        + String.join("", edit.find));
            }
        }
        if (mutant.edits.isEmpty()) {
            wrong.add("changes nothing");
        }
        if (!wrong.isEmpty()) {
            Files.write(folder.resolve("wrong"), wrong);
            return;
        }
        Path src = Files.createDirectories(folder.resolve("src"));
        for (Map.Entry<Path, List<Change>> file : changes.entrySet()) {
            StringBuilder text = new StringBuilder(sources.get(file.getKey()));
            file.getValue().sort(Comparator.comparing(Change::begin).reversed());
            for (Change change : file.getValue()) {
                text.replace(change.begin, change.end, change.put);
            }
            Files.writeString(src.resolve(file.getKey().getFileName()), text);
        }
    }

    private record Change(Path file, int begin, int end, String put) { }

    private List<Change> find(Edit edit) {
        Pattern pattern = pattern(String.join("\n", edit.find));
        String put = edit.put.stream().map(String::strip).collect(Collectors.joining("\n"));
        return places.stream()
                .filter(place -> place.name.equals(edit.in))
                .flatMap(place -> pattern.matcher(codes.get(place.file)).region(place.begin, place.end).results()
                        .map(found -> new Change(place.file, found.start(), found.end(), put)))
                .distinct()
                .toList();
    }

    /** Finds these tokens, however they are broken into lines. */
    private static Pattern pattern(String text) {
        StringBuilder pattern = new StringBuilder();
        boolean afterWord = false;
        for (MatchResult token : TOKEN.matcher(withoutComments(text)).results().toList()) {
            boolean word = Character.isJavaIdentifierPart(token.group().charAt(0));
            pattern.append(pattern.length() == 0 ? "" : word && afterWord ? "\\s+" : "\\s*");
            pattern.append(word ? "(?<![\\w$])" : "").append(Pattern.quote(token.group())).append(word ? "(?![\\w$])" : "");
            afterWord = word;
        }
        return Pattern.compile(pattern.toString());
    }

    /** The same, with a blank for each character of a comment. */
    private static String withoutComments(String java) {
        Matcher parts = LITERAL_OR_COMMENT.matcher(java);
        return parts.replaceAll(part -> Matcher.quoteReplacement(
                part.group().startsWith("/") ? part.group().replaceAll("[^\\n]", " ") : part.group()));
    }
}
