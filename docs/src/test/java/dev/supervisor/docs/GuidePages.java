package dev.supervisor.docs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** The pages of the guide that the build has made, by their paths in it. */
final class GuidePages {

    static final Path SITE = Path.of("target", "site").toAbsolutePath();

    private static final Pattern HOME = Pattern.compile("<project\\.home>(.*)</project\\.home>");
    private static final Pattern IN_REPOSITORY = Pattern.compile("/(blob|tree)/HEAD/(.*)");

    private final Map<String, Document> pages = new TreeMap<>();
    private final String home = home();

    GuidePages() throws IOException {
        try (Stream<Path> files = Files.walk(SITE)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".html")).toList()) {
                pages.put(SITE.relativize(file).toString().replace('\\', '/'), Jsoup.parse(file));
            }
        }
    }

    static String home() {
        Matcher matcher = HOME.matcher(Repository.read("pom.xml"));
        if (!matcher.find()) {
            throw new IllegalStateException("pom.xml does not say where the project is at home");
        }
        return matcher.group(1);
    }

    Map<String, Document> all() {
        return pages;
    }

    Document page(String path) {
        return pages.get(path);
    }

    /** The links of a page that stay in the guide. */
    List<String> links(String path) {
        return page(path).select("a[href]").eachAttr("href").stream().filter(link -> !URI.create(link).isAbsolute())
            .distinct().toList();
    }

    /** What is wrong with the links of a page, and with what it loads. */
    List<String> broken(String path) {
        List<String> broken = new ArrayList<>();
        for (Element element : page(path).select("[href], [src]")) {
            String link = element.attr(element.hasAttr("href") ? "href" : "src");
            if (!leadsSomewhere(path, link)) {
                broken.add(path + ": " + link);
            }
        }
        return broken;
    }

    boolean leadsSomewhere(String path, String link) {
        URI target = URI.create("/" + path).resolve(link);
        if (target.isAbsolute()) {
            return !link.startsWith(home) || isInRepository(link.substring(home.length()));
        }
        String file = target.getPath().substring(1);
        if (target.getFragment() == null) {
            return Files.isRegularFile(SITE.resolve(file));
        }
        return pages.containsKey(file) && pages.get(file).getElementById(target.getFragment()) != null;
    }

    /** Nothing is fetched: what lies in this repository lies in the one on the web. */
    private static boolean isInRepository(String path) {
        Matcher matcher = IN_REPOSITORY.matcher(path);
        if (!matcher.matches()) {
            return false;
        }
        Path file = Repository.ROOT.resolve(matcher.group(2));
        return matcher.group(1).equals("tree") ? Files.isDirectory(file) : Files.isRegularFile(file);
    }
}
