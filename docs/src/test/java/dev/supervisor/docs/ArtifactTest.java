package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The library's jar has in it what a user, a module path, an OSGi framework and Maven Central look for. */
class ArtifactTest {

    /** Where one part of an OSGi header ends: at a comma that is not quoted. */
    private static final Pattern COMMA = Pattern.compile(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)");
    private static final Set<String> API = Set.of("dev.supervisor", "dev.supervisor.micrometer");
    private static final Set<String> OPTIONAL = Set.of("io.micrometer", "jdk.jfr", "org.jspecify");

    private Path file;
    private JarFile jar;
    private Attributes manifest;

    @BeforeEach
    void open() throws Exception {
        file = Path.of(Supervisor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertTrue(file.toString().endsWith(".jar"), () -> file + " is no jar: build with verify, not with test");
        jar = new JarFile(file.toFile());
        manifest = jar.getManifest().getMainAttributes();
    }

    @AfterEach
    void close() throws IOException {
        jar.close();
    }

    @Test
    void theManifestSaysWhatItIs() {
        String version = version();
        assertEquals("Supervisor: core", manifest.getValue("Implementation-Title"));
        assertEquals(version, manifest.getValue("Implementation-Version"));
        assertEquals("The Supervisor developers", manifest.getValue("Implementation-Vendor"));
        assertEquals("Supervisor: core", manifest.getValue("Specification-Title"));
        assertTrue(version.startsWith(manifest.getValue("Specification-Version") + "."), version);
        assertEquals("dev.supervisor.jfr.RecordingReport", manifest.getValue("Main-Class"));
        assertNotNull(jar.getEntry("dev/supervisor/jfr/RecordingReport.class"));
    }

    @Test
    void theLicenseIsInIt() throws IOException {
        byte[] license = jar.getInputStream(jar.getEntry("META-INF/LICENSE")).readAllBytes();
        assertEquals(Repository.read("LICENSE"), new String(license, StandardCharsets.UTF_8));
    }

    @Test
    void theModuleAndTheBundleExportTheSamePackages() {
        ModuleDescriptor module = ModuleFinder.of(file).find("dev.supervisor").orElseThrow().descriptor();
        assertEquals(API, module.exports().stream().filter(exported -> !exported.isQualified())
            .map(ModuleDescriptor.Exports::source).collect(Collectors.toSet()));
        assertEquals("dev.supervisor", manifest.getValue("Bundle-SymbolicName"));
        assertEquals(API, parts("Export-Package").map(ArtifactTest::name).collect(Collectors.toSet()));
    }

    @Test
    void theBundleNeedsNothingButJctoolsAndTheJdk() {
        assertEquals(OPTIONAL, parts("Import-Package").filter(part -> part.contains("resolution:=optional"))
            .map(part -> name(part).replaceFirst("^(\\w+\\.\\w+).*", "$1")).collect(Collectors.toSet()));
        assertEquals(Set.of("org.jctools.queues", "org.jctools.queues.varhandle"), parts("Import-Package")
            .filter(part -> !part.contains("resolution:=optional") && !part.startsWith("java."))
            .map(ArtifactTest::name).collect(Collectors.toSet()));
        assertTrue(manifest.getValue("Require-Capability").contains("(version=17)"));
    }

    /** What depends on the time of the build makes two builds differ; .ci/check-reproducible compares two. */
    @Test
    void nothingTellsWhenItWasBuilt() {
        Set<LocalDateTime> times =
            jar.stream().map(entry -> entry.getTimeLocal()).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(LocalDateTime.of(2026, 1, 1, 0, 0)), times);
        assertTrue(manifest.keySet().stream()
            .noneMatch(key -> key.toString().matches("Bnd-LastModified|Build-Date|Built-By|Tool")));
    }

    private static String version() {
        var matcher = Pattern.compile("<artifactId>supervisor-parent</artifactId>\\s*<version>(.*)</version>")
            .matcher(Repository.read("pom.xml"));
        assertTrue(matcher.find());
        return matcher.group(1);
    }

    private Stream<String> parts(String header) {
        return COMMA.splitAsStream(manifest.getValue(header));
    }

    private static String name(String part) {
        return part.replaceFirst(";.*", "");
    }
}
