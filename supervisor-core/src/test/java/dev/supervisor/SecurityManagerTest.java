package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The threads of the shared pool under a security manager: E8. In JVMs of their own. */
class SecurityManagerTest {

    private static final String NOW = "-Djava.security.manager";
    private static final String ALLOWED = "-Djava.security.manager=allow";

    /** On JDKs where tasks run on the shared pool. Later JDKs have virtual threads, and no security managers. */
    @TestFactory
    List<DynamicTest> e8_theDefaultExecutorWorksUnderASecurityManager(@TempDir Path directory) throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        if (Runtime.version().feature() < 21) {
            Path everything = Files.writeString(
                    directory.resolve("policy"), "grant { permission java.security.AllPermission; };");
            String granted = "-Djava.security.policy==" + everything;
            tests.add(test("granted little", List.of(NOW)));
            tests.add(test("granted everything", List.of(NOW, granted), SecurityManagerProgram.GRANTED));
            tests.add(test("granted little, later", List.of(ALLOWED), SecurityManagerProgram.LATER));
            tests.add(test("granted everything, later", List.of(ALLOWED, granted),
                    SecurityManagerProgram.LATER, SecurityManagerProgram.GRANTED));
        }
        return tests;
    }

    private static DynamicTest test(String name, List<String> options, String... arguments) {
        return DynamicTest.dynamicTest(name, () -> {
            String output = ChildJvm.run(options, SecurityManagerProgram.class, arguments);
            assertTrue(output.endsWith(SecurityManagerProgram.END), () -> "came to: " + output);
        });
    }
}
