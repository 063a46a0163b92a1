package dev.supervisor.docs;

import java.util.Locale;
import java.util.Map;

/** What a file is, by the suffix of its name. */
final class ContentType {

    static final String TEXT = "text/plain; charset=utf-8";
    static final String HTML = "text/html; charset=utf-8";
    private static final String UNKNOWN = "application/octet-stream";

    private static final Map<String, String> BY_SUFFIX = Map.ofEntries(
        Map.entry("css", "text/css; charset=utf-8"),
        Map.entry("csv", "text/csv; charset=utf-8"),
        Map.entry("gif", "image/gif"),
        Map.entry("htm", HTML),
        Map.entry("html", HTML),
        Map.entry("ico", "image/x-icon"),
        Map.entry("java", TEXT),
        Map.entry("jpeg", "image/jpeg"),
        Map.entry("jpg", "image/jpeg"),
        Map.entry("js", "text/javascript; charset=utf-8"),
        Map.entry("json", "application/json"),
        Map.entry("md", "text/markdown; charset=utf-8"),
        Map.entry("pdf", "application/pdf"),
        Map.entry("png", "image/png"),
        Map.entry("svg", "image/svg+xml"),
        Map.entry("txt", TEXT),
        Map.entry("webp", "image/webp"),
        Map.entry("xml", "application/xml"),
        Map.entry("zip", "application/zip"));

    private ContentType() { }

    static String of(String fileName) {
        String suffix = fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return BY_SUFFIX.getOrDefault(suffix, UNKNOWN);
    }
}
