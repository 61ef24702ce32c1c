package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The contract of streams")
class StreamContractTest {
    @Test
    @DisplayName("every test that opens sockets on a loop is in here, unless it says that once is enough")
    void complete() {
        assertThat(new ClassFileImporter()
                        .importPackages("io.loomloop.nio").stream()
                                .filter(type -> type.getAllFields().stream()
                                        .anyMatch(field -> field.getRawType().isEquivalentTo(LoopCheck.class)))
                                .filter(type -> !type.isNestedClass() && !type.isEquivalentTo(SelectorThreadTest.class))
                                .filter(type -> type.getName().endsWith("Test"))
                                .filter(type -> !type.isAnnotatedWith(OneDriver.class))
                                .map(JavaClass::getName))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(StreamContract.class.getDeclaredClasses())
                        .map(nested -> nested.getSuperclass().getName())
                        .toList());
    }
}
