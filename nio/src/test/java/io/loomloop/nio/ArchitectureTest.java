package io.loomloop.nio;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The shape of nio")
class ArchitectureTest {
    private static final JavaClasses NIO = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.loomloop.nio");

    @Test
    @DisplayName("it knows the JDK, the public types of core, and JSpecify")
    void dependencies() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.net.ssl",
                        "io.loomloop",
                        "io.loomloop.spi",
                        "io.loomloop.nio..",
                        "org.jspecify.annotations")
                .check(NIO);
    }

    @Test
    @DisplayName("no package depends on itself in a circle")
    void cycles() {
        slices().matching("io.loomloop.(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(NIO);
    }

    @Test
    @DisplayName("no name says nothing")
    void names() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
                .check(NIO);
    }

    @Test
    @DisplayName("only these types are public")
    void publicTypes() {
        assertThat(NIO.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "ClientHandler",
                        "Connection",
                        "Datagram",
                        "DatagramEndpoint",
                        "DatagramOptions",
                        "GroupServer",
                        "IncompleteReadException",
                        "LimitOverrunException",
                        "ProactorDriver",
                        "SelectorDriver",
                        "LoopFile",
                        "LoopFiles",
                        "Server",
                        "StreamOptions",
                        "StreamReader",
                        "StreamWriter",
                        "Subprocess",
                        "Output",
                        "SubprocessOptions",
                        "Streams",
                        "Resolver",
                        "Sockets",
                        "Pipes",
                        "Tls",
                        "ClientAuth",
                        "BaseProtocol",
                        "BaseTransport",
                        "BufferedProtocol",
                        "DatagramProtocol",
                        "DatagramTransport",
                        "LimitPolicy",
                        "Protocol",
                        "Transport",
                        "Transports");
    }
}
