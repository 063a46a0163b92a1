package dev.supervisor.docs.guide;

import com.google.gson.Gson;
import java.util.ArrayList;
import java.util.List;
import org.jsoup.nodes.Element;

/** What the search looks through: each page in parts, from one heading to the next. */
final class SearchIndex {

    /** The names are those that {@code guide.js} reads. */
    private record Section(String path, String page, String heading, String text) { }

    private SearchIndex() { }

    /** A script, since a page that was opened as a file may load nothing else. */
    static String of(List<Page> pages) {
        List<Section> sections = new ArrayList<>();
        for (Page page : pages) {
            addSections(page, sections);
        }
        return "window.guideSections = " + new Gson().toJson(sections) + ";\n";
    }

    private static void addSections(Page page, List<Section> sections) {
        String path = page.path();
        String heading = "";
        StringBuilder text = new StringBuilder();
        for (Element block : page.body().children()) {
            if (block.normalName().matches("h[2-6]")) {
                sections.add(new Section(path, page.title(), heading, text.toString().strip()));
                path = page.path() + "#" + block.id();
                heading = block.text();
                text.setLength(0);
            } else if (!block.normalName().equals("h1")) {
                text.append(block.text()).append(' ');
            }
        }
        sections.add(new Section(path, page.title(), heading, text.toString().strip()));
    }
}
