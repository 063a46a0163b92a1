package dev.supervisor.docs.guide;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jsoup.nodes.Element;

/** Where the links of a page lead: to other pages, or to the repository on the web. */
final class Links {

    private final Path root;
    private final String home;
    private final Map<String, Page> pages;

    Links(Path root, String home, Map<String, Page> pages) {
        this.root = root;
        this.home = home;
        this.pages = pages;
    }

    void rewrite(Page page) {
        for (Element link : page.body().select("a[href]")) {
            String markdown = link.attr("href");
            page.target(markdown).ifPresent(target ->
                link.attr("href", pages.containsKey(target) ? Page.linkToPage(markdown) : address(target)));
        }
    }

    /** The address of what has no page: a source file, or a folder. */
    private String address(String target) {
        Path file = root.resolve(target);
        if (!Files.exists(file)) {
            throw new IllegalStateException("a link leads to " + target + ", which is not there");
        }
        return home + (Files.isDirectory(file) ? "/tree/HEAD/" : "/blob/HEAD/") + target;
    }
}
