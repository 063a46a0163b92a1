package dev.supervisor.docs.guide;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.webjars.WebJarVersionLocator;

/** The files that every page loads: our own style and script, and those of two libraries. */
final class Assets {

    private static final WebJarVersionLocator WEBJARS = new WebJarVersionLocator();

    private Assets() { }

    static void copyTo(Path site) throws IOException {
        Path assets = Files.createDirectories(site.resolve("assets"));
        try (InputStream style = own("guide.css"); InputStream script = own("guide.js")) {
            Files.copy(style, assets.resolve("guide.css"));
            Files.copy(script, assets.resolve("guide.js"));
        }
        copy("lunr", "lunr.min.js", assets.resolve("lunr.js"));
        copy("highlightjs", "highlight.min.js", assets.resolve("highlight.js"));
        copy("highlightjs", "styles/github.min.css", assets.resolve("highlight-light.css"));
        copy("highlightjs", "styles/github-dark.min.css", assets.resolve("highlight-dark.css"));
    }

    /** A resource of this package. */
    static InputStream own(String name) {
        return Objects.requireNonNull(Assets.class.getResourceAsStream(name), name);
    }

    private static void copy(String library, String file, Path copy) throws IOException {
        String path = Objects.requireNonNull(WEBJARS.fullPath(library, file), library);
        try (InputStream in = Objects.requireNonNull(Assets.class.getClassLoader().getResourceAsStream(path), path)) {
            Files.copy(in, copy);
        }
    }
}
