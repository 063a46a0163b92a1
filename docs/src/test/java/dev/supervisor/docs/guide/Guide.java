package dev.supervisor.docs.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A static site, with a page for each Markdown file that the index leads to, over other pages or by itself. Its folders
 * are those of the repository, so that a link between two files is one between their pages, too.
 */
public final class Guide {

    private static final String INDEX = "docs/README.md";

    private final Path root;
    private final String home;

    /**
     * @param root the folder of the repository
     * @param home where the repository lies on the web
     */
    public Guide(Path root, String home) {
        this.root = root;
        this.home = home;
    }

    /** Makes the site. The arguments are the folder of the repository, its address, and the folder of the site. */
    public static void main(String[] arguments) throws IOException {
        new Guide(Path.of(arguments[0]), arguments[1]).write(Path.of(arguments[2]));
    }

    /** Writes the whole site into a folder, in the place of what was there. */
    public void write(Path site) throws IOException {
        delete(site);
        Map<String, Page> pages = read();
        Navigation navigation = Navigation.of(pages.get(INDEX), pages);
        write(site.resolve("search-index.js"), SearchIndex.of(navigation.pages()));
        Assets.copyTo(site);
        Links links = new Links(root, home, pages);
        for (Page page : pages.values()) {
            links.rewrite(page);
            for (String image : page.images()) {
                copyImage(image, site);
            }
        }
        Layout layout = new Layout(navigation);
        for (Page page : pages.values()) {
            write(site.resolve(page.path()), layout.of(page));
        }
    }

    private Map<String, Page> read() throws IOException {
        Map<String, Page> pages = new LinkedHashMap<>();
        Deque<String> sources = new ArrayDeque<>(List.of(INDEX));
        while (!sources.isEmpty()) {
            String source = sources.remove();
            if (!pages.containsKey(source)) {
                Page page = Page.read(root, source);
                pages.put(source, page);
                sources.addAll(page.linkedMarkdown());
            }
        }
        return pages;
    }

    private void copyImage(String image, Path site) throws IOException {
        Path copy = site.resolve(image);
        Files.createDirectories(copy.getParent());
        Files.copy(root.resolve(image), copy, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(folder)) {
                files = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }
}
