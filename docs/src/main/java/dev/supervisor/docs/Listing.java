package dev.supervisor.docs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The page for a directory that has no {@code index.html}: one link for each entry. */
final class Listing {

    private Listing() { }

    static String of(Path directory, Target target) throws IOException {
        String title = escape("/" + String.join("/", target.segments()));
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n");
        page.append("<title>" + title + "</title>\n<h1>" + title + "</h1>\n<ul>\n");
        for (String name : names(directory)) {
            page.append(item(name, Files.isDirectory(directory.resolve(name)) ? "/" : ""));
        }
        return page.append("</ul>\n").toString();
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(names);
        return names;
    }

    private static String item(String name, String slash) {
        return "<li><a href=\"" + Target.encode(name) + slash + "\">" + escape(name) + slash + "</a></li>\n";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
