package dev.supervisor.docs.guide;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** Puts what is around a page around it: {@code page.html} and the navigation. */
final class Layout {

    private static final String SITE_TITLE = "Supervisor for Java";

    private final Navigation navigation;
    private final String template;

    Layout(Navigation navigation) throws IOException {
        this.navigation = navigation;
        try (InputStream in = Assets.own("page.html")) {
            template = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    String of(Page page) {
        Document html = Jsoup.parse(template);
        html.outputSettings().prettyPrint(false);
        html.title(page.title().equals(SITE_TITLE) ? SITE_TITLE : page.title() + " · " + SITE_TITLE);
        html.expectFirst("html").attr("data-top", page.wayUp());
        for (String attribute : List.of("href", "src")) {
            html.select("[" + attribute + "]").forEach(element -> lift(element, attribute, page));
        }
        addGroups(html.expectFirst("nav"), page);
        html.expectFirst("main").insertChildren(0, page.body().childNodesCopy());
        html.select("main :is(h2, h3, h4)[id]").forEach(Layout::addPermalink);
        addNeighbours(html.expectFirst("footer"), page);
        return html.outerHtml();
    }

    /** The template's links are those of a page at the top of the site. */
    private static void lift(Element element, String attribute, Page page) {
        String link = element.attr(attribute);
        if (!link.startsWith("#")) {
            element.attr(attribute, page.wayUp() + link);
        }
    }

    private void addGroups(Element nav, Page current) {
        for (Navigation.Group group : navigation.groups()) {
            if (!group.name().isEmpty()) {
                nav.appendElement("p").text(group.name());
            }
            Element list = nav.appendElement("ul");
            for (Page page : group.pages()) {
                Element item = list.appendElement("li");
                Element link = link(item, current, page);
                if (page == current) {
                    link.attr("aria-current", "page");
                    addHeadings(item, page);
                }
            }
        }
    }

    private static void addHeadings(Element item, Page page) {
        List<Element> headings = page.body().select("h2[id]");
        Element list = headings.isEmpty() ? item : item.appendElement("ul");
        for (Element heading : headings) {
            list.appendElement("li").appendElement("a").attr("href", "#" + heading.id()).text(heading.text());
        }
    }

    private static void addPermalink(Element heading) {
        heading.appendElement("a").addClass("permalink").attr("href", "#" + heading.id())
            .attr("aria-label", "Link to this heading").text("#");
    }

    private void addNeighbours(Element footer, Page page) {
        List<Page> pages = navigation.pages();
        int place = pages.indexOf(page);
        if (place > 0) {
            link(footer, page, pages.get(place - 1)).attr("rel", "prev");
        }
        if (place >= 0 && place < pages.size() - 1) {
            link(footer, page, pages.get(place + 1)).attr("rel", "next");
        }
    }

    private static Element link(Element parent, Page from, Page to) {
        return parent.appendElement("a").attr("href", from.wayUp() + to.path()).text(to.shortTitle());
    }
}
