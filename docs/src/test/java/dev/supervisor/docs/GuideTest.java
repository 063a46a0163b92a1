package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.supervisor.docs.guide.Guide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide in {@code target/site}, as the build has made it; {@link GuideBrowserTest} looks at it in a browser. */
class GuideTest {

    private static final Pattern MARKDOWN = Pattern.compile("\\]\\(([^)\\s]*?\\.md)(?:#[^)\\s]*)?\\)");

    private GuidePages pages;

    @BeforeEach
    void read() throws Exception {
        pages = new GuidePages();
    }

    @Test
    void everyDocumentHasAPage() throws Exception {
        List<String> missing = Repository.markdown().stream()
            .map(file -> path(Repository.ROOT.relativize(file).toString().replace('\\', '/')))
            .filter(path -> pages.page(path) == null).toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void everyLinkOfEveryPageLeadsSomewhere() {
        assertEquals(List.of(), pages.all().keySet().stream().flatMap(path -> pages.broken(path).stream()).toList());
        assertTrue(pages.links("docs/index.html").size() > 20);
    }

    @Test
    void aCheckOfThisKindCanFail() {
        assertTrue(pages.leadsSomewhere("docs/index.html", "guarantees.html#e2-failures-stay-where-they-are"));
        assertFalse(pages.leadsSomewhere("docs/index.html", "guarantees.html#e2"));
        assertFalse(pages.leadsSomewhere("docs/index.html", "guarantees.md"));
        assertTrue(pages.leadsSomewhere("docs/index.html", GuidePages.home() + "/blob/HEAD/pom.xml"));
        assertFalse(pages.leadsSomewhere("docs/index.html", GuidePages.home() + "/tree/HEAD/pom.xml"));
        assertFalse(pages.leadsSomewhere("docs/index.html", GuidePages.home() + "/blob/HEAD/none"));
    }

    /** A link to an element would lead to the first of two. */
    @Test
    void noTwoElementsOfAPageHaveOneId() {
        List<String> twice = new ArrayList<>();
        pages.all().forEach((path, page) -> {
            Set<String> ids = new HashSet<>();
            page.select("[id]").eachAttr("id").stream().filter(id -> !ids.add(id))
                .forEach(id -> twice.add(path + "#" + id));
        });
        assertEquals(List.of(), twice);
    }

    @Test
    void noPageLoadsAnythingFromElsewhere() {
        List<String> loaded = new ArrayList<>();
        for (Document page : pages.all().values()) {
            loaded.addAll(page.select("link[href]").eachAttr("href"));
            loaded.addAll(page.select("[src]").eachAttr("src"));
        }
        assertFalse(loaded.isEmpty());
        assertEquals(List.of(), loaded.stream().filter(link -> URI.create(link).isAbsolute()).toList());
    }

    @Test
    void theNavigationHasTheOrderOfTheIndex() {
        URI index = URI.create("/docs/index.html");
        List<URI> order = new ArrayList<>(List.of(index));
        MARKDOWN.matcher(Repository.read("docs/README.md")).results()
            .map(link -> index.resolve(path(link.group(1)))).forEach(order::add);
        assertEquals(order.stream().distinct().toList(),
            pages.page("docs/index.html").select("nav > ul > li > a").eachAttr("href").stream()
                .map(index::resolve).toList());
    }

    @Test
    void thePicturesAreThere() {
        assertTrue(Files.isRegularFile(GuidePages.SITE.resolve("docs/benchmarks/spawn-join.svg")));
        assertTrue(Files.isRegularFile(GuidePages.SITE.resolve("docs/states.svg")));
    }

    @Test
    void whatTheSearchFindsIsThere() throws Exception {
        String script = Files.readString(GuidePages.SITE.resolve("search-index.js"));
        List<String> paths = new ArrayList<>();
        boolean found = false;
        for (JsonElement section : JsonParser.parseString(script.replaceFirst("^.*? = ", "").replaceFirst(";\\s*$", ""))
                .getAsJsonArray()) {
            paths.add(section.getAsJsonObject().get("path").getAsString());
            found |= section.getAsJsonObject().get("text").getAsString().contains("drainOnJvmExit");
        }
        assertTrue(found);
        assertEquals(List.of(), paths.stream().filter(path -> !pages.leadsSomewhere("index.html", path)).toList());
        assertTrue(paths.containsAll(pages.all().keySet()));
    }

    @Test
    void aSecondBuildGivesTheSameFiles(@TempDir Path folder) throws Exception {
        Path second = folder.resolve("site");
        new Guide(Repository.ROOT, GuidePages.home()).write(second);
        assertEquals(files(GuidePages.SITE), files(second));
        for (Path file : files(second)) {
            assertEquals(-1, Files.mismatch(GuidePages.SITE.resolve(file), second.resolve(file)), file::toString);
        }
    }

    private static List<Path> files(Path site) throws IOException {
        try (Stream<Path> files = Files.walk(site)) {
            return files.filter(Files::isRegularFile).map(site::relativize).sorted().toList();
        }
    }

    private static String path(String markdown) {
        return markdown.replaceFirst("(^|/)README\\.md$", "$1index.html").replaceFirst("\\.md$", ".html");
    }
}
