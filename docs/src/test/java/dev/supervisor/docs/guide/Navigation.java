package dev.supervisor.docs.guide;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jsoup.nodes.Element;

/** The pages in the order of the index, and in its groups. A page stands where it is first linked. */
record Navigation(List<Group> groups) {

    /** The pages under one heading of the index, or under the paragraph above one of its lists. */
    record Group(String name, List<Page> pages) { }

    static Navigation of(Page index, Map<String, Page> pages) {
        List<Group> groups = new ArrayList<>();
        Group group = new Group("", new ArrayList<>(List.of(index)));
        Set<Page> placed = new LinkedHashSet<>(group.pages());
        groups.add(group);
        for (Element block : index.body().children()) {
            if (isHeading(block) || isLabel(block) && !group.pages().isEmpty()) {
                group = new Group(block.text().replaceFirst("[:;.].*", ""), new ArrayList<>());
                groups.add(group);
            }
            for (String link : block.select("a[href]").eachAttr("href")) {
                Page page = index.target(link).map(pages::get).orElse(null);
                if (page != null && placed.add(page)) {
                    group.pages().add(page);
                }
            }
        }
        groups.removeIf(empty -> empty.pages().isEmpty());
        return new Navigation(List.copyOf(groups));
    }

    List<Page> pages() {
        return groups.stream().flatMap(group -> group.pages().stream()).toList();
    }

    private static boolean isHeading(Element block) {
        return block.normalName().matches("h[2-6]");
    }

    private static boolean isLabel(Element block) {
        Element next = block.nextElementSibling();
        return block.normalName().equals("p") && next != null && next.normalName().matches("[ou]l");
    }
}
