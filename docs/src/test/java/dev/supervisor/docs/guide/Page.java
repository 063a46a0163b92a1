package dev.supervisor.docs.guide;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;

/** A Markdown file of the repository, and the page that is made of it. */
final class Page {

    private static final List<Extension> EXTENSIONS =
        List.of(TablesExtension.create(), HeadingAnchorExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
    private static final HtmlRenderer RENDERER = HtmlRenderer.builder().extensions(EXTENSIONS).build();

    private final String source;
    private final Element body;

    private Page(String source, Element body) {
        this.source = source;
        this.body = body;
    }

    static Page read(Path root, String source) throws IOException {
        String html = RENDERER.render(PARSER.parse(Files.readString(root.resolve(source))));
        return new Page(source, Jsoup.parseBodyFragment(html).body());
    }

    /** The link to the page of a Markdown file, made of a link to that file. A README is the index of its folder. */
    static String linkToPage(String linkToMarkdown) {
        return linkToMarkdown.replaceFirst("(^|/)README\\.md(?=#|$)", "$1index.html")
            .replaceFirst("\\.md(?=#|$)", ".html");
    }

    /** Where the page lies in the site. */
    String path() {
        return linkToPage(source);
    }

    /** The way from the page to the top of the site: empty, or ends with a slash. */
    String wayUp() {
        return "../".repeat((int) source.chars().filter(c -> c == '/').count());
    }

    String title() {
        Element heading = body.selectFirst("h1");
        if (heading == null) {
            throw new IllegalStateException(source + " has no title");
        }
        return heading.text();
    }

    /** The title without what explains it. */
    String shortTitle() {
        return title().replaceFirst(": .*", "");
    }

    /** What the Markdown was turned into. */
    Element body() {
        return body;
    }

    /** The file or folder of the repository to which a link of this file leads; empty if it leads elsewhere. */
    Optional<String> target(String link) {
        URI target = URI.create("/" + source).resolve(link);
        return target.isAbsolute() ? Optional.empty() : Optional.of(target.getPath().substring(1));
    }

    List<String> linkedMarkdown() {
        return body.select("a[href]").eachAttr("href").stream()
            .flatMap(link -> target(link).stream())
            .filter(target -> target.endsWith(".md"))
            .toList();
    }

    List<String> images() {
        return body.select("img[src]").eachAttr("src").stream().flatMap(link -> target(link).stream()).toList();
    }
}
