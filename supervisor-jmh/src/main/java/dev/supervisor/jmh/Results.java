package dev.supervisor.jmh;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What JMH has measured, from its files: for each question the answers of all rounds, in their order. */
final class Results {

    /** JMH's name of the bytes allocated per operation. */
    static final String BYTES = "gc.alloc.rate.norm";

    /** The argument by which {@link Suite} tells a JVM what is measured, and where. */
    static final String ORIGIN = "-Dorigin=";

    private final Map<Question, List<JsonObject>> answers = new LinkedHashMap<>();
    private final String jdk;

    /** The name in each result of the round, which the name of its file ends with. */
    private static final String ROUND = "round";

    /** A benchmark with its parameters, its method ({@code method}) and its number of threads ({@code t}) among them. */
    record Question(String benchmark, Map<String, String> parameters) {

        /** Like {@code SpawnJoin method=scope microseconds=0 peer=kotlin t=1}, in alphabetical order. */
        static Question of(String text) {
            String[] words = text.split(" ");
            Map<String, String> parameters = new TreeMap<>();
            for (String word : Arrays.asList(words).subList(1, words.length)) {
                parameters.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
            }
            return new Question(words[0], parameters);
        }

        String get(String parameter) {
            return parameters.getOrDefault(parameter, "");
        }
    }

    private Results(List<JsonObject> all) {
        for (JsonObject one : all) {
            answers.computeIfAbsent(question(one), key -> new ArrayList<>()).add(one);
        }
        jdk = all.isEmpty() ? "nothing was measured"
                : all.get(0).get("vmName").getAsString() + " " + all.get(0).get("vmVersion").getAsString();
    }

    /** Reads all JSON files of the folder, in the order of their names. */
    static Results read(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
        List<JsonObject> objects = new ArrayList<>();
        for (Path file : files) {
            try (Reader reader = Files.newBufferedReader(file)) {
                String name = file.getFileName().toString();
                int round = Integer.parseInt(name.substring(name.lastIndexOf('-') + 1, name.lastIndexOf('.')));
                for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
                    JsonObject result = element.getAsJsonObject();
                    result.addProperty(ROUND, round);
                    objects.add(result);
                }
            }
        }
        return new Results(objects);
    }

    private static Question question(JsonObject one) {
        String[] name = one.get("benchmark").getAsString().split("\\.");
        Map<String, String> parameters = new TreeMap<>();
        if (one.has("params")) {
            one.getAsJsonObject("params").asMap().forEach((key, value) -> parameters.put(key, value.getAsString()));
        }
        parameters.put("method", name[name.length - 1]);
        parameters.put("t", one.get("threads").getAsString());
        return new Question(name[name.length - 2], parameters);
    }

    String jdk() {
        return jdk;
    }

    /** What the runs were told of themselves, each different text once. */
    String origins() {
        return answers.values().stream().flatMap(List::stream)
                .flatMap(one -> one.getAsJsonArray("jvmArgs").asList().stream()).map(JsonElement::getAsString)
                .filter(argument -> argument.startsWith(ORIGIN))
                .map(argument -> argument.substring(ORIGIN.length())).distinct().collect(Collectors.joining("; "));
    }

    /** How often each was asked: "3", or "1 to 3". */
    String rounds() {
        IntSummaryStatistics sizes = answers.values().stream().mapToInt(List::size).summaryStatistics();
        return sizes.getMin() >= sizes.getMax() ? "" + sizes.getMax() : sizes.getMin() + " to " + sizes.getMax();
    }

    /** The questions of a benchmark, in the order in which they were asked first. */
    List<Question> questions(String benchmark) {
        return answers.keySet().stream().filter(question -> question.benchmark().equals(benchmark)).toList();
    }

    /** The scores of the rounds, each the median of its iterations; none if nobody has asked. */
    double[] scores(Question question) {
        return of(question).stream().mapToDouble(Results::score).toArray();
    }

    /** The scores of all iterations of all rounds. */
    double[] iterations(Question question) {
        return of(question).stream()
                .flatMap(one -> one.getAsJsonObject("primaryMetric").getAsJsonArray("rawData").asList().stream())
                .flatMap(fork -> fork.getAsJsonArray().asList().stream())
                .mapToDouble(JsonElement::getAsDouble).toArray();
    }

    private static double score(JsonObject one) {
        return one.getAsJsonObject("primaryMetric").getAsJsonObject("scorePercentiles").get("50.0").getAsDouble();
    }

    /** A second measure of the rounds, by its name; none if there is none. */
    double[] scores(Question question, String metric) {
        return of(question).stream().map(one -> one.getAsJsonObject("secondaryMetrics"))
                .filter(metrics -> metrics.has(metric)).mapToDouble(metrics -> score(metrics, metric)).toArray();
    }

    private static double score(JsonObject metrics, String metric) {
        return metrics.getAsJsonObject(metric).get("score").getAsDouble();
    }

    /** Of the first to the second, in each round that has asked both. */
    double[] ratios(Question question, Question other) {
        return inRounds(question, other, Results::score, (first, second) -> first / second);
    }

    /** Of the first to the second, by a second measure. */
    double[] ratios(Question question, Question other, String metric) {
        return inRounds(question, other, one -> score(one.getAsJsonObject("secondaryMetrics"), metric),
                (first, second) -> first / second);
    }

    /** By how much the first has more of a second measure, in each round that has asked both. */
    double[] differences(Question question, Question other, String metric) {
        return inRounds(question, other, one -> score(one.getAsJsonObject("secondaryMetrics"), metric),
                (first, second) -> first - second);
    }

    /** By how much the score of the first is greater, in each round that has asked both. */
    double[] differences(Question question, Question other) {
        return inRounds(question, other, Results::score, (first, second) -> first - second);
    }

    private double[] inRounds(
            Question question, Question other, ToDoubleFunction<JsonObject> value, DoubleBinaryOperator compare) {
        Map<Integer, Double> others = byRound(other, value);
        return of(question).stream().filter(one -> others.containsKey(round(one)))
                .mapToDouble(one -> compare.applyAsDouble(value.applyAsDouble(one), others.get(round(one)))).toArray();
    }

    private Map<Integer, Double> byRound(Question question, ToDoubleFunction<JsonObject> value) {
        Map<Integer, Double> values = new TreeMap<>();
        of(question).forEach(one -> values.put(round(one), value.applyAsDouble(one)));
        return values;
    }

    private static int round(JsonObject one) {
        return one.get(ROUND).getAsInt();
    }

    /** What the first takes more than the second, to what the third takes, in each round that has asked all three. */
    double[] ratiosOfDifference(Question question, Question without, Question other) {
        Map<Integer, Double> less = byRound(without, Results::score);
        Map<Integer, Double> others = byRound(other, Results::score);
        return of(question).stream().filter(one -> less.containsKey(round(one)) && others.containsKey(round(one)))
                .mapToDouble(one -> (score(one) - less.get(round(one))) / others.get(round(one))).toArray();
    }

    /** Not a number, if there are no values. */
    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length == 0 ? Double.NaN
                : sorted.length % 2 == 1 ? sorted[middle]
                : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private List<JsonObject> of(Question question) {
        return answers.getOrDefault(question, List.of());
    }
}
